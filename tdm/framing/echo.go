package framing

import "tipring/tdm"

// An echo holds the symbols of a line or local loop between the one direction and the other. It begins to give when it has
// a millisecond; what the two differ in number then is made up by leaving out or by silence.
type echo struct {
	plus, minus [1024]byte
	head, n     int
	started     bool
}

func (e *echo) reset() { e.head, e.n, e.started = 0, 0, false }

func (e *echo) put(in Pulses) {
	for i, p := range in.Plus {
		if e.n == len(e.plus) {
			e.head, e.n = (e.head+1)%len(e.plus), e.n-1
		}
		at := (e.head + e.n) % len(e.plus)
		e.plus[at], e.minus[at] = p, in.Minus[i]
		e.n++
	}
	e.started = true
}

func (e *echo) get(out Pulses) {
	if !e.started {
		allOnes(out)
		return
	}
	for i := range out.Plus {
		if e.n == 0 {
			out.Plus[i], out.Minus[i] = 0, 0
			continue
		}
		out.Plus[i], out.Minus[i] = e.plus[e.head], e.minus[e.head]
		e.head, e.n = (e.head+1)%len(e.plus), e.n-1
	}
}

// farSeconds hands out the far end's seconds one by one, though a report that is lost is made good by the next ones.
type farSeconds struct {
	queue  [8]tdm.FarSecond
	n      int
	known  bool
	number uint8 // of the last report
	blocks uint64
}

func (f *farSeconds) take(p Performance) {
	news := int(p.Number-f.number) & 3
	if !f.known {
		news = 1
	}
	f.known, f.number = true, p.Number
	for i := news - 1; i >= 0 && f.n < len(f.queue); i-- {
		f.queue[f.n] = p.Seconds[i]
		f.n++
		f.blocks += uint64(p.Seconds[i].CRC)
	}
}

func (f *farSeconds) next() (s tdm.FarSecond) {
	if f.n == 0 {
		return s
	}
	s = f.queue[0]
	f.n--
	copy(f.queue[:], f.queue[1:])
	return s
}
