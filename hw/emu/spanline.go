package emu

import (
	"math"
	"math/rand/v2"

	"tipring/tdm"
	"tipring/tdm/framing"
)

// A spanLine is one line with both its ends.
type spanLine struct {
	near, far *framing.Framer
	first     int // slot of timeslot 1
	slots     int
	octets    int // of the line in a millisecond
	cas       bool
	user      Switch

	// The near end's block, while it is under way.
	tx, rx tdm.Block
	q      int // millisecond
	sent   int // frames of it
	taken  int

	farPPM  int
	owed    int64 // millionths of an octet that the far end has yet to send
	farTime int   // octets that it has sent of its millisecond
	farMs   int   // of its second
	farTx   tdm.Block
	farRx   tdm.Block
	farSent frameRing
	farRxN  int
	in, out framing.Pulses // what comes from the far end, what goes to it

	nearTake, farTake func(frame []byte)

	pulled bool
	dB     float64
	toNear impairment
	toFar  impairment
}

// idleOctet is what a timeslot that nobody uses carries at the far end.
const idleOctet = 0x7f

func newSpanLine(s Span, first int, seed uint64) *spanLine {
	l := &spanLine{
		first: first, slots: s.Framing.Timeslots(), octets: s.Framing.Bits(), cas: s.CAS, user: s.Switch, farPPM: s.FarPPM,
		toNear: newImpairment(seed), toFar: newImpairment(seed + 1<<32),
	}
	cfg := framing.Config{
		Framing: s.Framing, LineCode: s.LineCode, CAS: s.CAS, Clear: s.Clear, DeclareMs: s.DeclareMs, ClearMs: s.ClearMs,
	}
	l.near, l.far = framing.New(cfg, l.nearSource), framing.New(cfg, l.farSource)
	l.farTx, l.farRx = tdm.NewBlock(l.slots, tdm.Quantum), tdm.NewBlock(l.slots, tdm.Quantum)
	l.in, l.out = framing.NewPulses(l.octets+2), framing.NewPulses(l.octets)
	l.nearTake, l.farTake = l.takeNear, l.takeFar
	for i := range l.farTx.Data {
		l.farTx.Data[i] = idleOctet
	}
	l.putFar() // the far end is a millisecond ahead
	return l
}

// nearSource gives the frames of the card's block.
func (l *spanLine) nearSource(frame []byte) {
	at := l.q*tdm.Quantum + l.sent
	l.sent++
	for k := 1; k <= l.slots; k++ {
		frame[k] = l.tx.Data[(l.first+k-1)*l.tx.N+at]
	}
}

func (l *spanLine) takeNear(frame []byte) {
	at := l.q*tdm.Quantum + l.taken
	l.taken++
	for k := 1; k <= l.slots; k++ {
		l.rx.Data[(l.first+k-1)*l.rx.N+at] = frame[k]
	}
}

func (l *spanLine) farSource(frame []byte) { l.farSent.get(frame) }

func (l *spanLine) takeFar(frame []byte) {
	for k := 1; k <= l.slots; k++ {
		l.farRx.Data[(k-1)*tdm.Quantum+l.farRxN] = frame[k]
	}
	l.farRxN++
}

// run carries millisecond q of a block. The card's clock is ppm millionths fast. It reports whether the near end's status has
// changed.
func (l *spanLine) run(tx, rx tdm.Block, q, ppm int) (changed bool) {
	l.tx, l.rx, l.q, l.sent, l.taken = tx, rx, q, 0, 0
	if l.cas {
		for k := 1; k <= l.slots; k++ {
			l.near.SetABCD(k, tx.SigSlot(l.first + k - 1)[q])
		}
	}
	l.near.Send(l.out)
	l.owed += int64(l.octets) * int64(1_000_000+l.farPPM-ppm)
	n := min(int(l.owed/1_000_000), len(l.in.Plus))
	l.owed -= int64(n) * 1_000_000
	in := l.in.Cut(n)
	l.far.Send(in)
	l.toNear.apply(in, l.pulled)
	l.toFar.apply(l.out, l.pulled)
	l.near.Receive(in)
	l.far.Receive(l.out)
	l.near.Frames(tdm.Quantum, l.nearTake)
	for k := 1; k <= l.slots; k++ {
		sig := uint8(0)
		if l.cas {
			sig = l.near.ABCD(k)
		}
		rx.SigSlot(l.first + k - 1)[q] = sig
	}
	if l.farTime += n; l.farTime >= l.octets {
		l.farTime -= l.octets
		l.farTick()
	}
	return l.near.Tick()
}

// farTick is a millisecond of the far end's clock.
func (l *spanLine) farTick() {
	l.farRxN = 0
	l.far.Frames(tdm.Quantum, l.farTake)
	if l.user != nil {
		for k := 1; l.cas && k <= l.slots; k++ {
			l.farRx.Sig[k-1] = l.far.ABCD(k)
		}
		l.user.Exchange(l.farTx, l.farRx)
		for k := 1; l.cas && k <= l.slots; k++ {
			l.far.SetABCD(k, l.farTx.Sig[k-1])
		}
	}
	l.putFar()
	if l.far.Tick() {
		if w, ok := l.user.(lineWatcher); ok {
			w.Line(l.far.Status().Failures&tdm.RedAlarms == 0)
		}
	}
	if l.farMs++; l.farMs == 1000 {
		l.farMs = 0
		l.far.Second()
	}
}

func (l *spanLine) putFar() {
	var frame [32]byte
	for i := range tdm.Quantum {
		for k := 1; k <= l.slots; k++ {
			frame[k] = l.farTx.Data[(k-1)*tdm.Quantum+i]
		}
		l.farSent.put(frame[:])
	}
}

// A frameRing keeps frames between a switch that makes eight at a time and a sender that takes them one by one. While nobody
// takes the oldest are dropped.
type frameRing struct {
	frames  [32][32]byte
	head, n int
}

func (r *frameRing) put(frame []byte) {
	if r.n == len(r.frames) {
		r.head, r.n = (r.head+1)%len(r.frames), r.n-1
	}
	copy(r.frames[(r.head+r.n)%len(r.frames)][:], frame)
	r.n++
}

func (r *frameRing) get(frame []byte) {
	if r.n > 2*tdm.Quantum {
		// The sender was away: the delay goes back to what it was.
		r.head, r.n = (r.head+r.n-tdm.Quantum)%len(r.frames), tdm.Quantum
	}
	if r.n > 0 {
		copy(frame, r.frames[r.head][:])
		r.head, r.n = (r.head+1)%len(r.frames), r.n-1
	}
}

// An impairment is what happens to the pulses of one direction of a line.
type impairment struct {
	rng   *rand.Rand
	rate  float64 // of pulse errors
	burst int     // ms for which burstRate applies instead
	harsh float64
	noise float64 // rate of errors that the attenuation brings
	dead  bool    // the attenuation leaves nothing
	next  int     // symbols to the next error, at the rate of used
	used  float64
}

func newImpairment(seed uint64) impairment { return impairment{rng: rand.New(rand.NewPCG(seed, 7))} }

const (
	// deafDB is the attenuation at which a receiver sees no more pulses: ITU-T G.775 4.2 has 9 to 35 dB.
	deafDB = 35
	// quietDB is the ratio of an undamped pulse to the receiver's noise.
	quietDB = 50
)

// attenuate sets the attenuation of the line. Noise makes a pulse wrong when it reaches half of it.
func (m *impairment) attenuate(dB float64) {
	m.dead = dB >= deafDB
	m.noise = math.Erfc(math.Pow(10, (quietDB-dB)/20)/2/math.Sqrt2) / 2
}

func (m *impairment) apply(p framing.Pulses, pulled bool) {
	if pulled || m.dead {
		clear(p.Plus)
		clear(p.Minus)
		return
	}
	rate := m.rate + m.noise
	if m.burst > 0 {
		m.burst--
		rate = m.harsh
	}
	if rate < 1e-12 {
		return
	}
	if rate != m.used {
		m.used, m.next = rate, m.skip(rate)
	}
	for n := 8 * len(p.Plus); m.next < n; m.next += 1 + m.skip(rate) {
		i, bit := m.next/8, byte(0x80)>>(m.next%8)
		switch {
		case (p.Plus[i]|p.Minus[i])&bit != 0:
			p.Plus[i], p.Minus[i] = p.Plus[i]&^bit, p.Minus[i]&^bit
		case m.rng.Uint32()&1 == 0:
			p.Plus[i] |= bit
		default:
			p.Minus[i] |= bit
		}
	}
	m.next -= 8 * len(p.Plus)
}

// skip is the number of sound symbols before an error.
func (m *impairment) skip(rate float64) int { return int(min(m.rng.ExpFloat64()/rate, 1e15)) }
