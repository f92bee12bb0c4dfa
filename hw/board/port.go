package board

import (
	"errors"
	"fmt"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
)

// A Fault is what can be wrong with the wires of one chip select.
type Fault uint8

// The faults of a bus.
const (
	Healthy  Fault = iota
	DeadHigh       // the chip does not answer and MISO is pulled up: all reads are 0xff
	DeadLow        // MISO is stuck at ground
	Broken         // the host's transfer fails, as an unplugged adapter's does
)

// ErrBroken is what a transfer returns with the fault Broken.
var ErrBroken = errors.New("board: the transfer failed")

// SetFault makes the wires of chip select i fail, or mends them.
func (b *Board) SetFault(i int, f Fault) { b.Do(func() { b.chips[i].fault = f }) }

// SlipBit makes chip select i lose a clock after some bytes more: until the chip select rises the chip is one bit behind, and a
// byte of which it has seen seven bits then is none.
func (b *Board) SlipBit(i, after int) {
	b.Do(func() { b.chips[i].slip, b.chips[i].slipIn = slipNext, after })
}

// A slipState is where a lost clock has got to.
type slipState uint8

const (
	slipNone slipState = iota
	slipNext           // the byte after slipIn more loses its first bit
	slipped            // held has the byte that began late
)

// Port returns chip select i as a port.
func (b *Board) Port(i int) spi.PortCloser { return &port{b: b, i: i} }

// A port is one chip select. Connect works once, as periph asks.
type port struct {
	b         *Board
	i         int
	connected bool
	closed    bool
}

var (
	errTwice  = errors.New("board: Connect was called twice")
	errClosed = errors.New("board: the port is closed")
)

func (p *port) String() string { return fmt.Sprintf("board-cs%d", p.i) }

// Close implements io.Closer.
func (p *port) Close() error {
	if p.closed {
		return errClosed
	}
	p.closed = true
	return nil
}

// LimitSpeed implements spi.PortCloser. An SPI byte takes no time on a board.
func (p *port) LimitSpeed(f physic.Frequency) error {
	if f <= 0 {
		return fmt.Errorf("board: a speed of %s: want more than 0", f)
	}
	return nil
}

// Connect implements spi.Port. The chips want mode 3 and 8 bits.
func (p *port) Connect(_ physic.Frequency, mode spi.Mode, bits int) (spi.Conn, error) {
	switch {
	case p.closed:
		return nil, errClosed
	case p.connected:
		return nil, errTwice
	case mode != spi.Mode3 || bits != 8:
		return nil, fmt.Errorf("board: %s with %d bits: the chips want Mode3 with 8", mode, bits)
	}
	p.connected = true
	return &link{p}, nil
}

// A link is a connected port.
type link struct{ p *port }

func (c *link) String() string { return c.p.String() }

// Duplex implements conn.Conn.
func (c *link) Duplex() conn.Duplex { return conn.Full }

// Tx implements conn.Conn: one chip select for all bytes.
func (c *link) Tx(w, r []byte) error { return c.TxPackets([]spi.Packet{{W: w, R: r}}) }

// TxPackets implements spi.Conn.
func (c *link) TxPackets(packets []spi.Packet) error {
	if c.p.closed {
		return errClosed
	}
	b := c.p.b
	b.mu.Lock()
	defer b.mu.Unlock()
	chip := b.chips[c.p.i]
	for _, p := range packets {
		if len(p.W) != 0 && len(p.R) != 0 && len(p.W) != len(p.R) {
			return fmt.Errorf("board: a packet of %d bytes out and %d in", len(p.W), len(p.R))
		}
		if chip.fault == Broken {
			return ErrBroken
		}
		chip.sel(true)
		for i := range max(len(p.W), len(p.R)) {
			out := uint8(0)
			if len(p.W) != 0 {
				out = p.W[i]
			}
			in := chip.shift(out)
			if len(p.R) != 0 {
				p.R[i] = in
			}
		}
		if !p.KeepCS {
			chip.sel(false)
		}
	}
	b.edges()
	return nil
}

// Select drives the chip select of chip i, for a host that clocks bytes itself.
func (b *Board) Select(i int, on bool) { b.Do(func() { b.chips[i].sel(on); b.edges() }) }

// Shift clocks one byte out to chip i and returns what came in. A chip that is not selected leaves MISO at 0xff.
func (b *Board) Shift(i int, mosi uint8) (miso uint8) {
	b.Do(func() { miso = b.chips[i].shift(mosi); b.edges() })
	return miso
}

func (c *chip) sel(on bool) {
	if c.selected == on {
		return
	}
	c.selected = on
	if !on && c.slip == slipped {
		c.slip = slipNone
	}
	if c.fault != DeadHigh {
		c.dev.Select(on)
	}
}

func (c *chip) shift(mosi uint8) uint8 {
	if !c.selected || c.fault == DeadHigh {
		return 0xff
	}
	switch c.slip {
	case slipNext:
		if c.slipIn--; c.slipIn >= 0 {
			break
		}
		c.slip, c.held = slipped, mosi
		return c.idle()
	case slipped:
		late := c.held<<1 | mosi>>7
		c.held = mosi
		c.dev.Shift(late)
		return c.idle()
	}
	miso, driven := c.dev.Shift(mosi)
	if !driven || c.fault == DeadLow {
		return c.idle()
	}
	return miso
}

// idle is what MISO reads when no chip drives it.
func (c *chip) idle() uint8 {
	if c.fault == DeadLow {
		return 0
	}
	return 0xff
}
