package call

import (
	"tipring/gateway/cdr"
	"tipring/tdm"
)

// talk lasts until one side goes away.
func (c *call) talk() {
	for {
		ev, _, alive := c.next(nil)
		if !alive {
			return
		}
		switch ev.p.Kind {
		case tdm.Information:
			// A digit that is not in the audio (dial pulses, SIP INFO) crosses as a primitive.
			to := c.b
			if ev.from == c.b {
				to = c.a
			}
			c.send(to, ev.p)
		case tdm.Disconnect, tdm.Release:
			if ev.from != c.b {
				continue
			}
			c.end = c.ended(cdr.ByCalled, ev)
			return
		}
	}
}

// A Reporter is a Party that knows how its port sounded.
type Reporter interface {
	Quality() cdr.Quality
}

// quality completes the record with what both parties measured while they are still connected.
func (c *call) quality() {
	for _, sd := range []*side{c.a, c.b} {
		if sd == nil || c.answered.IsZero() {
			continue
		}
		if r, ok := sd.party.(Reporter); ok {
			c.rec.Quality = append(c.rec.Quality, r.Quality())
		}
	}
	if c.b == nil {
		return
	}
	c.rec.Peer, c.rec.Direction = c.b.name, direction(c.a.kind, c.b.kind)
}
