package link

import (
	"sync/atomic"

	"tipring/hw/link/wire"
)

// Stats are the host's counters of one session.
type Stats struct {
	CRC, Frame, Stale, Malformed uint32 // frames and messages dropped
	Requests, Repeats, Twice     uint32 // requests sent, sent again, and answers that came more than once
	Events, EventsLost           uint32
	Up, Down, DownDropped        uint32 // media frames received, sent, and not sent because the stream was held up
}

type counters struct {
	crc, frame, stale, malformed atomic.Uint32
	requests, repeats, twice     atomic.Uint32
	events, eventsLost           atomic.Uint32
	up, down, downDropped        atomic.Uint32
}

// Stats returns the host's counters.
func (c *Conn) Stats() Stats {
	s := &c.stats
	return Stats{s.crc.Load(), s.frame.Load(), s.stale.Load(), s.malformed.Load(), s.requests.Load(), s.repeats.Load(), s.twice.Load(),
		s.events.Load(), s.eventsLost.Load(), s.up.Load(), s.down.Load(), s.downDropped.Load()}
}

// Statistics asks the card for its counters.
func (c *Conn) Statistics() (wire.Statistics, error) {
	var s wire.Statistics
	err := c.call(wire.TypeStatistics, nil, &s)
	return s, err
}
