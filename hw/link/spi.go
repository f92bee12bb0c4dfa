package link

import (
	"errors"
	"fmt"
	"sync"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"

	"tipring/hw/link/wire"
)

// A port is a chip select of the card as a periph port. The card sets clock and mode for its chips, so Connect takes
// mode 3 with 8 bits and any speed.
type port struct {
	c      *Conn
	device int

	mu        sync.Mutex
	connected bool
	closed    bool
}

// Port returns chip select device of the card. What one TxPackets is given travels in as few messages as it fits, with
// nothing of the host's in between while it is one.
func (c *Conn) Port(device int) spi.PortCloser { return &port{c: c, device: device} }

func (p *port) String() string { return fmt.Sprintf("link-cs%d", p.device) }

// Close implements io.Closer.
func (p *port) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	return nil
}

// LimitSpeed implements spi.PortCloser.
func (p *port) LimitSpeed(f physic.Frequency) error {
	if f <= 0 {
		return fmt.Errorf("card link: an SPI speed of %s: want more than 0", f)
	}
	return nil
}

// Connect implements spi.Port.
func (p *port) Connect(_ physic.Frequency, mode spi.Mode, bits int) (spi.Conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		return nil, fmt.Errorf("card link: %s is closed", p)
	case p.connected:
		return nil, fmt.Errorf("card link: %s is connected already", p)
	case mode != spi.Mode3 || bits != 8:
		return nil, fmt.Errorf("card link: %s with %d bits: the card's buses run Mode3 with 8", mode, bits)
	}
	p.connected = true
	return &bus{p: p}, nil
}

// A bus is a connected port. It keeps what a transfer needs, so it serves one caller at a time.
type bus struct {
	p  *port
	mu sync.Mutex
	in []*byte // where the octets received go; nil: nowhere
}

func (b *bus) String() string { return b.p.String() }

// Duplex implements conn.Conn.
func (b *bus) Duplex() conn.Duplex { return conn.Full }

// MaxTxSize implements conn.Limits: of one packet.
func (b *bus) MaxTxSize() int { return wire.MaxOpOctets }

// Tx implements conn.Conn.
func (b *bus) Tx(w, r []byte) error { return b.TxPackets([]spi.Packet{{W: w, R: r}}) }

var errKeepCS = errors.New("card link: the card raises the chip select after every packet")

// TxPackets implements spi.Conn.
func (b *bus) TxPackets(packets []spi.Packet) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(packets) > 0 {
		n, err := b.send(packets)
		if err != nil {
			return err
		}
		packets = packets[n:]
	}
	return nil
}

// send transfers as many packets as fit one message and returns how many they were.
func (b *bus) send(packets []spi.Packet) (done int, err error) {
	r := b.p.c.newRequest(wire.TypeTransfer)
	count := len(r.message)
	r.message = append(r.message, 0)
	b.in = b.in[:0]
	last := 0 // where the length of a bytewise operation is, that the next single octet joins
	for _, p := range packets {
		n := max(len(p.W), len(p.R))
		switch {
		case n == 0 || n > wire.MaxOpOctets || len(p.W) != 0 && len(p.R) != 0 && len(p.W) != len(p.R):
			return 0, fmt.Errorf("card link: a packet of %d octets out and %d in: want 1 to %d, equal", len(p.W), len(p.R), wire.MaxOpOctets)
		case p.KeepCS:
			return 0, errKeepCS
		case p.BitsPerWord != 0 && p.BitsPerWord != 8:
			return 0, fmt.Errorf("card link: %d bits a word: want 8", p.BitsPerWord)
		}
		if len(r.message)+3+n+4 > wire.MaxControl || r.message[count] == wire.MaxOps {
			break
		}
		if n == 1 && last != 0 && r.message[last] < wire.MaxOpOctets {
			r.message[last]++
		} else {
			var flags byte
			last = 0
			if n == 1 {
				flags, last = wire.BytewiseCS, len(r.message)+2
			}
			r.message = append(r.message, byte(b.p.device), flags, byte(n))
			r.message[count]++
		}
		for i := range n {
			var out byte
			if i < len(p.W) {
				out = p.W[i]
			}
			r.message = append(r.message, out)
			var in *byte
			if i < len(p.R) {
				in = &p.R[i]
			}
			b.in = append(b.in, in)
		}
		done++
	}
	if err := b.p.c.do(r); err != nil {
		return 0, err
	}
	defer b.p.c.release(r)
	var a wire.TransferAnswer
	if err := a.Parse(r.answer); err != nil {
		return 0, fmt.Errorf("card link: answer to %s: %w", wire.TypeTransfer, err)
	}
	if a.Status != wire.OK {
		return 0, &StatusError{Request: wire.TypeTransfer, Status: a.Status}
	}
	if len(a.Data) < len(b.in) {
		return 0, fmt.Errorf("card link: %d octets of %d transferred came back", len(a.Data), len(b.in))
	}
	for i, in := range b.in {
		if in != nil {
			*in = a.Data[i]
		}
	}
	return done, nil
}
