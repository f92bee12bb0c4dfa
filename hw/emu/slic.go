package emu

import (
	"errors"

	"tipring/tdm"
)

// A slic is the card's side of an FXS line: linefeed, ringing and supervision, in steps of a millisecond.
type slic struct {
	tripMs  int
	cadence tdm.Cadence
	ringing bool // a cadence is running
	entry   int  // of the cadence
	left    int  // ms left of the entry
	closed  int  // ms of loop current while ringing
	tripped bool
}

var (
	errFeedOpen   = errors.New("ring: the feed is open: apply battery first")
	errBadCadence = errors.New("ring: a cadence has an even number of entries, 2 to 16, and some ringing")
	errNoSuchOp   = errors.New("an FXS slot knows linefeed, ring and ring stop")
)

// apply carries out a command on the circuit.
func (s *slic) apply(c *circuit, cmd *tdm.Command) error {
	switch cmd.Op {
	case tdm.OpLinefeed:
		c.feed = cmd.Linefeed
		if c.feed == tdm.FeedOpen {
			s.stop(c)
		}
	case tdm.OpRing:
		if c.feed == tdm.FeedOpen {
			return errFeedOpen
		}
		if cmd.Cadence.N < 2 || cmd.Cadence.N > len(cmd.Cadence.Ms) || cmd.Cadence.N%2 != 0 || ringMs(&cmd.Cadence) == 0 {
			return errBadCadence
		}
		s.cadence, s.ringing, s.entry, s.left, s.closed = cmd.Cadence, true, 0, int(cmd.Cadence.Ms[0]), 0
	case tdm.OpRingStop:
		s.stop(c)
	default:
		return errNoSuchOp
	}
	return nil
}

// ringMs is the ringing in one period of a cadence.
func ringMs(c *tdm.Cadence) (ms int) {
	for i := 0; i < c.N; i += 2 {
		ms += int(c.Ms[i])
	}
	return ms
}

func (s *slic) stop(c *circuit) { s.ringing, c.ringingOn = false, false }

// step advances one millisecond and returns the received signalling bits.
func (s *slic) step(c *circuit) (sig uint8) {
	if s.ringing {
		s.advance(c)
	}
	if !c.flows() {
		s.tripped = false
	}
	// While ringing voltage is on, its current hides the telephone's until the trip detector has seen it.
	if c.flows() && !c.ringingOn {
		sig |= tdm.SigLoopClosed
	}
	if s.tripped {
		sig |= tdm.SigRingTrip
	}
	if c.ringingOn {
		sig |= tdm.SigRinging
	}
	return sig
}

// advance runs the cadence and takes ringing off when the telephone is off hook.
func (s *slic) advance(c *circuit) {
	for s.left == 0 {
		if s.entry++; s.entry == s.cadence.N {
			if s.cadence.Once {
				s.stop(c)
				return
			}
			s.entry = 0
		}
		s.left = int(s.cadence.Ms[s.entry])
	}
	s.left--
	c.ringingOn = s.entry%2 == 0
	if !c.flows() {
		s.closed = 0
		return
	}
	s.closed++
	switch {
	case !c.ringingOn:
		s.stop(c)
	case s.closed > s.tripMs:
		s.stop(c)
		s.tripped = true
	}
}
