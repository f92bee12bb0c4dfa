package si3050

import (
	"fmt"
	"time"

	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
)

// MaxClock is a clock that the drivers in the open use safely; the chip's own limit was not read in a source.
const MaxClock = 4 * physic.MegaHertz

// Connect connects a port the way the chip wants it.
func Connect(p spi.Port) (spi.Conn, error) {
	c, err := p.Connect(MaxClock, spi.Mode3, 8)
	if err != nil {
		return nil, fmt.Errorf("si3050: connect %s: %w", p, err)
	}
	return c, nil
}

// The control byte, with the chip's place in the chain in its low half.
const (
	controlRead  = 0x60
	controlWrite = 0x20
)

// A bus is the chip's register access: frames of three bytes, each with a chip select of its own. What one call needs goes in
// one transfer.
type bus struct {
	conn    spi.Conn
	sleep   func(time.Duration)
	cid     uint8
	w, r    []byte
	packets []spi.Packet
}

// maxBurst is the most registers that one transfer reads.
const maxBurst = 10

func newBus(conn spi.Conn, sleep func(time.Duration), position int) bus {
	p := uint8(position)
	b := bus{conn: conn, sleep: sleep, cid: p&1<<3 | p&2<<1 | p&4>>1 | p&8>>3, w: make([]byte, 3*maxBurst), r: make([]byte, 3*maxBurst), packets: make([]spi.Packet, 3*maxBurst)}
	for i := range b.packets {
		b.packets[i] = spi.Packet{W: b.w[i : i+1 : i+1], R: b.r[i : i+1 : i+1]}
	}
	return b
}

// filler is sent while a byte is read. As a control byte it is neither a read nor a write, and does nothing.
const filler = 0xff

// burst reads the registers in addrs into values.
func (b *bus) burst(addrs, values []uint8) error {
	for i, a := range addrs {
		b.w[3*i], b.w[3*i+1], b.w[3*i+2] = controlRead|b.cid, a, filler
	}
	n := len(addrs)
	if err := b.conn.TxPackets(b.packets[:3*n]); err != nil {
		return fmt.Errorf("read %d registers from %d: %w", n, addrs[0], err)
	}
	for i := range addrs {
		values[i] = b.r[3*i+2]
	}
	return nil
}

func (b *bus) read(addr uint8) (uint8, error) {
	b.w[0], b.w[1], b.w[2] = controlRead|b.cid, addr, filler
	if err := b.conn.TxPackets(b.packets[:3]); err != nil {
		return 0, fmt.Errorf("read register %d: %w", addr, err)
	}
	return b.r[2], nil
}

func (b *bus) write(addr, v uint8) error {
	b.w[0], b.w[1], b.w[2] = controlWrite|b.cid, addr, v
	if err := b.conn.TxPackets(b.packets[:3]); err != nil {
		return fmt.Errorf("write register %d: %w", addr, err)
	}
	return nil
}

// nudge sends one byte more, which brings a chip that lost one nearer to being in step.
func (b *bus) nudge() error {
	b.w[0] = filler
	return b.conn.TxPackets(b.packets[:1])
}
