package link

import (
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/pin"
)

// An interrupt is an interrupt line of the card as a periph pin that shows falling edges.
type interrupt struct {
	c    *Conn
	line int
	halt chan struct{}
}

// Interrupt returns an interrupt line of the card. The card reports its falling edges, and a line that stays low again
// after each report, so an edge that is waited for after the chips were serviced is not missed. One goroutine may
// wait for a line.
func (c *Conn) Interrupt(line int) (gpio.PinIn, error) {
	if line < 0 || line >= len(c.edges) {
		return nil, fmt.Errorf("card link: interrupt line %d: the card has %d", line, len(c.edges))
	}
	return &interrupt{c: c, line: line, halt: make(chan struct{}, 1)}, nil
}

func (p *interrupt) String() string   { return fmt.Sprintf("link-int%d", p.line) }
func (p *interrupt) Name() string     { return p.String() }
func (p *interrupt) Number() int      { return -1 }
func (p *interrupt) Function() string { return string(p.Func()) }

// Func implements pin.PinFunc.
func (p *interrupt) Func() pin.Func { return gpio.IN }

// Halt implements conn.Resource: it ends a WaitForEdge.
func (p *interrupt) Halt() error {
	select {
	case p.halt <- struct{}{}:
	default:
	}
	return nil
}

// In implements gpio.PinIn.
func (p *interrupt) In(_ gpio.Pull, edge gpio.Edge) error {
	if edge != gpio.FallingEdge && edge != gpio.NoEdge {
		return errors.New("card link: an interrupt line shows falling edges")
	}
	return nil
}

// Read implements gpio.PinIn: low when an edge has not been waited for yet.
func (p *interrupt) Read() gpio.Level { return gpio.Level(len(p.c.edges[p.line]) == 0) }

// WaitForEdge implements gpio.PinIn.
func (p *interrupt) WaitForEdge(timeout time.Duration) bool {
	var late <-chan time.Time
	if timeout >= 0 {
		t := time.NewTimer(timeout)
		defer t.Stop()
		late = t.C
	}
	select {
	case <-p.c.edges[p.line]:
		return true
	case <-late:
	case <-p.halt:
	case <-p.c.done:
	}
	return false
}

// Pull implements gpio.PinIn.
func (p *interrupt) Pull() gpio.Pull { return gpio.PullUp }

// DefaultPull implements gpio.PinIn.
func (p *interrupt) DefaultPull() gpio.Pull { return gpio.PullUp }

var _ gpio.PinIn = (*interrupt)(nil)
