package rtp

// Totals is the sum of a party's streams, past and present. Its counters only grow, which makes Lost, unlike that of a
// stream, include packets that came late or twice after they were taken for lost.
type Totals struct {
	Party                                     string
	Sent, Received, Lost, Discarded, Stranger uint64
	ConcealedSamples                          uint64
	PeerLost                                  uint64 // by the peers' reports
}

func (t *Totals) add(stream *Stream) {
	s := stream.Stats()
	t.Sent += s.Sent
	t.Received += s.Received
	t.Lost += uint64(stream.recv.lostMost.Load())
	t.Discarded += s.Late + s.Discarded + s.Duplicated
	t.Stranger += s.Strangers + s.RTCPStrangers
	t.ConcealedSamples += s.ConcealedSamples
	t.PeerLost += uint64(stream.rtcp.remoteLostMost.Load())
}

// Totals returns the sums by party, for those that had a stream. It is safe from any goroutine.
func (e *Engine) Totals() []Totals {
	e.mu.Lock()
	defer e.mu.Unlock()
	sums := make(map[string]Totals, len(e.past))
	for party, t := range e.past {
		sums[party] = t
	}
	for s := range e.streams {
		t := sums[s.party]
		t.add(s)
		sums[s.party] = t
	}
	out := make([]Totals, 0, len(sums))
	for party, t := range sums {
		t.Party = party
		out = append(out, t)
	}
	return out
}

// retire keeps the counters of a stream that is being closed. mu is held.
func (e *Engine) retire(s *Stream) {
	if _, open := e.streams[s]; !open {
		return
	}
	t := e.past[s.party]
	t.add(s)
	e.past[s.party] = t
}
