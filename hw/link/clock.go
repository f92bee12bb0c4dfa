package link

import (
	"sync"
	"time"

	"tipring/hw/link/wire"
)

// Clock relates the card's time to the host's.
type Clock struct {
	// RoundTrip is the shortest of the last eight exchanges, and Offset the card's time since its start minus the host's
	// since Dial, taken from that exchange; it is wrong by RoundTrip/2 at most.
	RoundTrip, Offset time.Duration
	// PPM is how much faster the card's clock runs than the host's, in parts in a million, and Span over what time it
	// was measured. It is wrong by the round trips of both ends in relation to Span.
	PPM  float64
	Span time.Duration
	Tick uint32 // of that exchange
}

// exchanges is of how many exchanges the best one counts.
const exchanges = 8

// A clock keeps the last exchanges of TIME.
type clock struct {
	mu    sync.Mutex
	last  [exchanges]exchange
	n     int
	first exchange // the best of the first eight
}

type exchange struct {
	host   time.Duration // middle of the exchange, since Dial
	trip   time.Duration
	offset time.Duration
	tick   uint32
}

func (k *clock) add(a wire.TimeAnswer, now time.Duration) {
	sent := time.Duration(a.Host) * time.Microsecond
	e := exchange{host: (sent + now) / 2, trip: now - sent, tick: a.Tick}
	e.offset = time.Duration(a.Card)*time.Microsecond - e.host
	if e.trip < 0 {
		return // not an answer to anything sent in this session
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.last[k.n%exchanges] = e
	k.n++
	if k.n == 1 || k.n <= exchanges && e.trip < k.first.trip {
		k.first = e
	}
}

// Clock returns how the card's clock stands to the host's; false before the first exchange.
func (c *Conn) Clock() (Clock, bool) {
	k := &c.clock
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.n == 0 {
		return Clock{}, false
	}
	best := k.last[0]
	for _, e := range k.last[:min(k.n, exchanges)] {
		if e.trip < best.trip {
			best = e
		}
	}
	out := Clock{RoundTrip: best.trip, Offset: best.offset, Tick: best.tick, Span: best.host - k.first.host}
	if out.Span > 0 {
		out.PPM = float64(best.offset-k.first.offset) / float64(out.Span) * 1e6
	}
	return out, true
}
