package board

import (
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/pin"
)

// A Pin is the interrupt line that some chips share: low while any of them wants service. It implements gpio.PinIn.
type Pin struct {
	b     *Board
	name  string
	chips []int
	low   bool
	edge  chan struct{} // a falling edge that nobody has waited for yet
	halt  chan struct{}
}

// Interrupt returns the shared interrupt line of the chips given; without any it is that of all.
func (b *Board) Interrupt(chips ...int) *Pin {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(chips) == 0 {
		for i := range b.chips {
			chips = append(chips, i)
		}
	}
	p := &Pin{b: b, name: fmt.Sprintf("INT%d", len(b.pins)), chips: chips, edge: make(chan struct{}, 1), halt: make(chan struct{}, 1)}
	b.pins = append(b.pins, p)
	b.edges()
	return p
}

// edges looks at all interrupt lines.
func (b *Board) edges() {
	for _, p := range b.pins {
		low := false
		for _, i := range p.chips {
			low = low || b.chips[i].dev.Interrupt()
		}
		if low && !p.low {
			select {
			case p.edge <- struct{}{}:
			default:
			}
		}
		p.low = low
	}
}

// String implements conn.Resource.
func (p *Pin) String() string { return p.name }

// Halt implements conn.Resource: it ends a WaitForEdge.
func (p *Pin) Halt() error {
	select {
	case p.halt <- struct{}{}:
	default:
	}
	return nil
}

// Name implements pin.Pin.
func (p *Pin) Name() string { return p.name }

// Number implements pin.Pin.
func (p *Pin) Number() int { return -1 }

// Function implements pin.Pin.
func (p *Pin) Function() string { return string(p.Func()) }

// Func implements pin.PinFunc.
func (p *Pin) Func() pin.Func { return gpio.IN }

// In implements gpio.PinIn. The line has a pull-up of its own and shows falling edges.
func (p *Pin) In(pull gpio.Pull, edge gpio.Edge) error {
	if edge != gpio.FallingEdge && edge != gpio.NoEdge {
		return errors.New("board: an interrupt line shows falling edges")
	}
	return nil
}

// Read implements gpio.PinIn.
func (p *Pin) Read() gpio.Level {
	p.b.mu.Lock()
	defer p.b.mu.Unlock()
	return gpio.Level(!p.low)
}

// WaitForEdge implements gpio.PinIn. The time is the host's.
func (p *Pin) WaitForEdge(timeout time.Duration) bool {
	var late <-chan time.Time
	if timeout >= 0 {
		t := time.NewTimer(timeout)
		defer t.Stop()
		late = t.C
	}
	select {
	case <-p.edge:
		return true
	case <-p.halt:
		return false
	case <-late:
		return false
	}
}

// Pull implements gpio.PinIn.
func (p *Pin) Pull() gpio.Pull { return gpio.PullUp }

// DefaultPull implements gpio.PinIn.
func (p *Pin) DefaultPull() gpio.Pull { return gpio.PullUp }

var _ gpio.PinIn = (*Pin)(nil)
