package pri

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"tipring/tdm"
	"tipring/tdm/hunt"
	"tipring/tdm/q931"
	"tipring/tdm/span"
)

// A Span is one interface of a signalling group.
type Span struct {
	Name string // of its calls' parties; empty: the group's
	Pump *span.Pump
	Card tdm.SpanCard // what the pump drives
	Line int          // index in Card.Spans
	// D is the timeslot of a D channel: 16 on E1, 24 on T1; 0: the span has none of its own.
	D              uint8
	RxGain, TxGain float64 // dB
	Echo           bool
	Order          hunt.Order // of the channels, for calls of ours
}

// Config describes a group.
type Config struct {
	Name  string // stable name, that of its calls' parties
	Link  q931.Config
	Spans []Span // as Link.Interfaces
	// Incoming is offered each call that comes in; it returns the way of the rest. It must not block.
	Incoming func(c *Call, setup tdm.Primitive) func(tdm.Primitive)
	Inbox    int // primitives that may wait; 0 means 64 and 8 for every channel
	Log      *slog.Logger
}

func (c Config) check() error {
	if c.Name == "" || c.Incoming == nil {
		return errors.New("pri: a group needs a name and a handler of incoming calls")
	}
	if len(c.Spans) != len(c.Link.Interfaces) {
		return fmt.Errorf("pri %s: %d spans for %d interfaces", c.Name, len(c.Spans), len(c.Link.Interfaces))
	}
	if err := c.Link.Validate(); err != nil {
		return fmt.Errorf("pri %s: %w", c.Name, err)
	}
	for i, d := range c.Link.DChannels {
		s := c.Spans[d]
		if n := s.Card.Spans()[s.Line].Framing.Timeslots(); s.D == 0 || int(s.D) > n {
			return fmt.Errorf("pri %s: D channel %d in timeslot %d: give 1 to %d", c.Name, i, s.D, n)
		}
		if c.Link.Interfaces[d].Channels>>s.D&1 != 0 {
			return fmt.Errorf("pri %s: timeslot %d is a D channel and a B channel", c.Name, s.D)
		}
	}
	return nil
}

// slot is the card's slot of a timeslot.
func (s Span) slot(timeslot uint8) int { return s.Card.Spans()[s.Line].First + int(timeslot) - 1 }

// digitMs and digitPauseMs are what a digit to the far end lasts (ITU-T Q.24 leaves it to administrations; 40 ms must do).
const (
	digitMs      = 100
	digitPauseMs = 80
	digitDBm0    = -9 // each tone
)

// stopTime is how long calls and data links have to end in order.
const stopTime = 2 * time.Second
