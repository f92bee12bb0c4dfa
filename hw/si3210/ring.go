package si3210

import (
	"errors"
	"fmt"
	"time"

	"tipring/tdm"
)

// A cadence is ringing in progress. The chip's own timers make the edges, to 125 us; a pattern of more than one ring is fed
// to them a phase ahead, so that Service has the length of a ring or a pause to come by.
type cadence struct {
	tdm.Cadence
	on    bool
	entry int // playing now
}

var (
	errFeedOpen   = errors.New("ring: the feed is open: apply battery first")
	errOffHook    = errors.New("ring: the telephone is off hook")
	errBadCadence = errors.New("ring: a cadence has an even number of entries, 2 to 16, and each lasts 1 to 8191 ms")
)

// Ring starts a cadence from its beginning. The chip takes it off by itself when the telephone is lifted.
func (c *Chip) Ring(p tdm.Cadence) error {
	switch {
	case c.feed == tdm.FeedOpen:
		return errFeedOpen
	case c.offHook:
		return errOffHook
	case p.N < 2 || p.N > len(p.Ms) || p.N%2 != 0:
		return errBadCadence
	}
	for _, ms := range p.Ms[:p.N] {
		if ms < 1 || ms > 8191 {
			return errBadCadence
		}
	}
	if err := c.check(); err != nil {
		return err
	}
	if c.alarm.open() {
		return fmt.Errorf("ring: the line is open after a power alarm: %w", errNotReady)
	}
	if c.cadence.on {
		if err := c.applyLF(); err != nil {
			return err
		}
	}
	c.cadence = cadence{Cadence: p, on: true}
	for i := range 2 {
		if err := c.setTimer(regRingOnLow+2*i, p.Ms[i]); err != nil {
			return err
		}
	}
	if err := c.set(regRingOsc, bitRTAE|bitRTIE|c.control[regRingOsc]&bitRVO); err != nil {
		return err
	}
	return c.writeLF(lfRinging)
}

// setTimer sets one of the 16-bit timers, whose step is 125 us.
func (c *Chip) setTimer(low int, ms uint16) error {
	v := ms * tdm.Quantum
	return c.setAll([][2]uint8{{uint8(low), uint8(v)}, {uint8(low + 1), uint8(v >> 8)}})
}

// RingStop takes ringing off at once.
func (c *Chip) RingStop() error {
	if err := c.check(); err != nil {
		return err
	}
	if !c.cadence.on {
		return nil
	}
	c.cadence.on = false
	return c.applyLF()
}

// follow feeds the timers: ended are the ringing interrupts, whose timers have just run out.
func (c *Chip) follow(now time.Duration, ended uint8) error {
	if !c.cadence.on {
		return nil
	}
	k := &c.cadence
	for _, bit := range []uint8{bitRGA, bitRGI} {
		if ended&bit == 0 {
			continue
		}
		k.entry = (k.entry + 1) % k.N
		if k.Once && k.entry == k.N-1 {
			// The last pause has nothing after it.
			k.on = false
			c.emit(now, RingEnd, nil)
			return c.applyLF()
		}
		if k.N == 2 {
			continue
		}
		// The chip plays entry now; the timer that it does not use gets what comes after.
		next := (k.entry + 1) % k.N
		low := regRingOnLow
		if next%2 != 0 {
			low = regRingOffLow
		}
		if err := c.setTimer(low, k.Ms[next]); err != nil {
			return err
		}
	}
	return nil
}
