package si3210

import (
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
)

// MaxClock is the fastest SPI clock of the chip (data sheet table 10).
const MaxClock = 16129 * physic.KiloHertz

// Connect connects a port the way the chip wants it.
func Connect(p spi.Port) (spi.Conn, error) {
	c, err := p.Connect(MaxClock, spi.Mode3, 8)
	if err != nil {
		return nil, fmt.Errorf("si3210: connect %s: %w", p, err)
	}
	return c, nil
}

// errIndirect says that the chip did not serve an indirect access in time, or that its status is none.
var errIndirect = errors.New("indirect access is not served within 10 ms")

// A bus is the chip's register access: every byte has a chip select of its own. What one call needs goes in one transfer.
type bus struct {
	conn    spi.Conn
	sleep   func(time.Duration)
	w, r    []byte
	packets []spi.Packet
}

// maxBurst is the most registers that one transfer reads.
const maxBurst = 8

func newBus(conn spi.Conn, sleep func(time.Duration)) bus {
	b := bus{conn: conn, sleep: sleep, w: make([]byte, 2*maxBurst), r: make([]byte, 2*maxBurst), packets: make([]spi.Packet, 2*maxBurst)}
	for i := range b.packets {
		b.packets[i] = spi.Packet{W: b.w[i : i+1 : i+1], R: b.r[i : i+1 : i+1]}
	}
	return b
}

// filler is sent while a byte is read. Taken for a command it reads an address that is reserved, and does nothing.
const filler = 0xff

// burst reads the registers in addrs into values.
func (b *bus) burst(addrs, values []uint8) error {
	for i, a := range addrs {
		b.w[2*i], b.w[2*i+1] = 0x80|a, filler
	}
	n := len(addrs)
	if err := b.conn.TxPackets(b.packets[:2*n]); err != nil {
		return fmt.Errorf("read %d registers from %d: %w", n, addrs[0], err)
	}
	for i := range addrs {
		values[i] = b.r[2*i+1]
	}
	return nil
}

func (b *bus) read(addr uint8) (uint8, error) {
	b.w[0], b.w[1] = 0x80|addr, filler
	if err := b.conn.TxPackets(b.packets[:2]); err != nil {
		return 0, fmt.Errorf("read register %d: %w", addr, err)
	}
	return b.r[1], nil
}

func (b *bus) write(addr, v uint8) error {
	b.w[0], b.w[1] = addr, v
	if err := b.conn.TxPackets(b.packets[:2]); err != nil {
		return fmt.Errorf("write register %d: %w", addr, err)
	}
	return nil
}

// nudge sends one byte more, which brings a chip that lost one back into step.
func (b *bus) nudge() error {
	b.w[0] = filler
	return b.conn.TxPackets(b.packets[:1])
}

// unchain writes 0 to register 0 of a chip in daisy-chain mode that is at the start of a frame, and sends one byte more, so that
// a few calls meet the start wherever it is.
func (b *bus) unchain() error {
	b.w[0], b.w[1], b.w[2], b.w[3] = filler, regSPIMode, 0, filler
	return b.conn.TxPackets(b.packets[:4])
}

// indirectPeriod is how often the chip serves indirect accesses (data sheet section 4).
const indirectPeriod = 62500 * time.Nanosecond

// settle waits until the chip has served the last indirect access.
func (b *bus) settle() error {
	for range 160 {
		v, err := b.read(regIndirectStatus)
		if err != nil {
			return err
		}
		switch v {
		case 0:
			return nil
		case bitIAS:
			b.sleep(indirectPeriod)
		default:
			return errIndirect
		}
	}
	return errIndirect
}

// readIndirect reads the indirect register at addr, which is the variant's.
func (b *bus) readIndirect(addr uint8) (uint16, error) {
	if err := b.settle(); err != nil {
		return 0, err
	}
	if err := b.write(regIndirectAddr, addr); err != nil {
		return 0, err
	}
	if err := b.settle(); err != nil {
		return 0, err
	}
	var v [2]uint8
	err := b.burst([]uint8{regIndirectLow, regIndirectHigh}, v[:])
	return uint16(v[1])<<8 | uint16(v[0]), err
}

// writeIndirect writes the indirect register at addr and does not wait for it.
func (b *bus) writeIndirect(addr uint8, v uint16) error {
	if err := b.settle(); err != nil {
		return err
	}
	if err := b.write(regIndirectLow, uint8(v)); err != nil {
		return err
	}
	if err := b.write(regIndirectHigh, uint8(v>>8)); err != nil {
		return err
	}
	return b.write(regIndirectAddr, addr)
}
