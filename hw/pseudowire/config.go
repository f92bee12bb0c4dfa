package pseudowire

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"tipring/tdm"
	"tipring/tdm/pseudowire"
)

// Mode is the kind of a pseudowire.
type Mode uint8

// The kinds.
const (
	CESoPSN Mode = iota // timeslots, RFC 5086
	SAToP               // the line bit for bit, RFC 4553
)

// Config describes a card.
type Config struct {
	Name    string // of the card and of its span
	Mode    Mode
	Framing tdm.Framing
	CAS     bool // signalling bits are carried
	// Timeslots are those that CESoPSN carries; nil: all, but for timeslot 16 of an E1 with CAS.
	Timeslots []int
	// PacketMs is how much a packet of CESoPSN carries, 1 when zero. With CAS it divides the multiframe: 1 or 2 for an E1, 1 or 3
	// for a T1.
	PacketMs int
	// PacketOctets is the payload of a packet of SAToP; 256 or 192 when zero (RFC 4553 5.1).
	PacketOctets int
	RTP          bool // an RTP header before each control word
	// DelayMs is how much the jitter buffer holds on average, 10 when zero; it takes in twice that at most.
	DelayMs int
	// ClockPriority is above 0 when the card's clock follows the far end's.
	ClockPriority int

	Conn   net.PacketConn // a bound UDP socket; the card closes it
	Remote netip.AddrPort // the far end's address and port
	// Depth and PPM are those of soft.NewClock.
	Depth time.Duration
	PPM   int
}

func (c Config) resolved() (Config, pseudowire.Structure, error) {
	var s pseudowire.Structure
	switch {
	case c.Name == "":
		return c, s, errors.New("pseudowire: no name")
	case c.Conn == nil || !c.Remote.IsValid():
		return c, s, fmt.Errorf("pseudowire %s: it needs a socket and the far end's address", c.Name)
	case c.Mode > SAToP:
		return c, s, fmt.Errorf("pseudowire %s: mode %d is not known", c.Name, c.Mode)
	case c.Framing > tdm.J1SF:
		return c, s, fmt.Errorf("pseudowire %s: framing %d is not known", c.Name, c.Framing)
	case c.DelayMs < 0 || c.DelayMs > 500:
		return c, s, fmt.Errorf("pseudowire %s: jitter buffer of %d ms, want 1 to 500", c.Name, c.DelayMs)
	case c.PacketOctets < 0 || c.PacketOctets > 1400:
		return c, s, fmt.Errorf("pseudowire %s: packets of %d octets, want 1 to 1400", c.Name, c.PacketOctets)
	}
	if c.DelayMs == 0 {
		c.DelayMs = 10
	}
	if c.PacketMs == 0 {
		c.PacketMs = 1
	}
	if c.PacketOctets == 0 {
		c.PacketOctets = 192
		if c.Framing.E1() {
			c.PacketOctets = 256
		}
	}
	if c.Mode == SAToP {
		return c, s, nil
	}
	if c.Timeslots == nil {
		for k := 1; k <= c.Framing.Timeslots(); k++ {
			if !(c.CAS && c.Framing.E1() && k == 16) {
				c.Timeslots = append(c.Timeslots, k)
			}
		}
	}
	for i, k := range c.Timeslots {
		if k < 1 || k > c.Framing.Timeslots() || i > 0 && k <= c.Timeslots[i-1] {
			return c, s, fmt.Errorf("pseudowire %s: timeslot %d: want 1 to %d, ascending", c.Name, k, c.Framing.Timeslots())
		}
	}
	s = pseudowire.Structure{Slots: len(c.Timeslots), Frames: c.PacketMs * tdm.Quantum}
	if c.CAS {
		s.Multiframe = 24
		if c.Framing.E1() {
			s.Multiframe = 16
		}
	}
	if err := s.Validate(); err != nil {
		return c, s, fmt.Errorf("pseudowire %s: %w", c.Name, err)
	}
	return c, s, nil
}
