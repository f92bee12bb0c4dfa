package framing

import (
	"math/rand/v2"
	"testing"

	"tipring/tdm"
)

// A pair is a line with two ends in step.
type pair struct {
	a, b         *Framer
	ab, ba       Pulses
	heardA       [32]byte // the last frame that A took out
	heardB       [32]byte
	hearA, hearB func(frame []byte)
	cutA, cutB   bool // no pulses arrive at A, at B
	ms           int
	lastA, lastB tdm.SpanSecond
	rate         float64 // of pulse errors towards A
	rng          *rand.Rand
}

func newPair(a, b Config) *pair {
	p := &pair{rng: rand.New(rand.NewPCG(1, 2))}
	say := func(o byte) func(frame []byte) {
		return func(frame []byte) {
			for i := range frame {
				frame[i] = o + byte(i)
			}
		}
	}
	p.a, p.b = New(a, say(0x30)), New(b, say(0x60))
	p.hearA = func(f []byte) { copy(p.heardA[:], f) }
	p.hearB = func(f []byte) { copy(p.heardB[:], f) }
	n := a.Framing.Bits()
	p.ab, p.ba = NewPulses(n), NewPulses(n)
	return p
}

func (p *pair) run(ms int) {
	for range ms {
		p.a.Send(p.ab)
		p.b.Send(p.ba)
		if p.cutB {
			clear(p.ab.Plus)
			clear(p.ab.Minus)
		}
		if p.cutA {
			clear(p.ba.Plus)
			clear(p.ba.Minus)
		}
		if p.rate > 0 {
			for i := skip(p.rng, p.rate); i < 8*len(p.ba.Plus); i += 1 + skip(p.rng, p.rate) {
				bit := byte(0x80) >> (i % 8)
				if (p.ba.Plus[i/8]|p.ba.Minus[i/8])&bit == 0 {
					p.ba.Plus[i/8] |= bit
				} else {
					p.ba.Plus[i/8] &^= bit
					p.ba.Minus[i/8] &^= bit
				}
			}
		}
		p.a.Receive(p.ba)
		p.b.Receive(p.ab)
		p.a.Frames(8, p.hearA)
		p.b.Frames(8, p.hearB)
		p.a.Tick()
		p.b.Tick()
		if p.ms++; p.ms%1000 == 0 {
			p.lastA, p.lastB = p.a.Second(), p.b.Second()
		}
	}
}

// until runs until the condition holds and returns how long that took.
func (p *pair) until(t *testing.T, what string, limit int, f func() bool) int {
	t.Helper()
	for ms := range limit {
		if f() {
			return ms
		}
		p.run(1)
	}
	t.Fatalf("%s: not within %d ms; A %v (%v), B %v (%v)", what, limit, p.a.defects, p.a.failures.failures, p.b.defects, p.b.failures.failures)
	return 0
}

func both(f tdm.Framing) *pair {
	code := tdm.HDB3
	if !f.E1() {
		code = tdm.B8ZS
	}
	c := Config{Framing: f, LineCode: code, CAS: f.E1()}
	return newPair(c, c)
}

// A sound line comes up, carries octets, and counts nothing.
func TestLineComesUp(t *testing.T) {
	for _, f := range framings {
		p := both(f)
		p.run(1)
		if p.a.defects == 0 {
			t.Errorf("%v: no defect before the frames are found", f)
		}
		took := p.until(t, f.String()+" comes up", 500, func() bool { return p.a.defects|p.b.defects == 0 })
		t.Logf("%v: up after %d ms", f, took)
		p.run(3000)
		if p.heardA[5] != 0x65 || p.heardB[5] != 0x35 {
			t.Errorf("%v: timeslot 5 carries %02x and %02x, want 65 and 35", f, p.heardA[5], p.heardB[5])
		}
		a := p.a.Status()
		a.Counts.FarEndBlocks = 0 // E bits are 0 before the far end is aligned (ITU-T G.706 B.2.2)
		if a.Failures != 0 || a.Counts != (tdm.SpanCounts{}) {
			t.Errorf("%v: failures %v, counts %+v", f, a.Failures, a.Counts)
		}
		if p.lastA.Counts != (tdm.SpanCounts{}) || p.lastA.Defects != 0 {
			t.Errorf("%v: last second %+v", f, p.lastA)
		}
		if f.ESF() && !p.lastA.Far.Valid {
			t.Errorf("%v: no performance report", f)
		}
	}
}

// One direction of a line is cut: loss of signal here, a remote alarm there, failures 2.5 s later, and all clear 10 s after the
// line is whole again.
func TestCut(t *testing.T) {
	if testing.Short() {
		t.Skip("millions of frames")
	}
	for _, f := range framings {
		p := both(f)
		p.run(500)
		p.cutA = true
		if ms := p.until(t, "LOS", 10, func() bool { return p.a.defects == tdm.LOS }); ms > 2 {
			t.Errorf("%v: LOS after %d ms", f, ms)
		}
		if p.until(t, "all ones", 3, func() bool { return p.heardA[5] == 0xff }); p.heardB[5] != 0x35 {
			t.Errorf("%v: the sound direction carries %02x", f, p.heardB[5])
		}
		failed := p.until(t, "LOS failure", 3000, func() bool { return p.a.failures.failures == tdm.LOS })
		if failed < 2490 || failed > 2510 {
			t.Errorf("%v: failure after %d ms", f, failed)
		}
		remote := p.until(t, "remote alarm", 1200, func() bool { return p.b.defects&tdm.RAI != 0 })
		if f.E1() && remote != 0 {
			t.Errorf("%v: a remote alarm %d ms after the failure, want it with the defect", f, remote)
		}
		p.run(3000)
		if p.b.failures.failures&tdm.RAI == 0 || p.b.failures.failures&tdm.RedAlarms != 0 {
			t.Errorf("%v: failures at the far end %v", f, p.b.failures.failures)
		}
		p.cutA = false
		p.until(t, "signal", 200, func() bool { return p.a.defects == 0 })
		cleared := p.until(t, "failure cleared", 11000, func() bool { return p.a.failures.failures == 0 })
		if cleared < 9000 || cleared > 10010 {
			t.Errorf("%v: failure cleared after %d ms", f, cleared)
		}
		p.until(t, "far end clear", 12000, func() bool { return p.b.failures.failures == 0 && p.b.defects == 0 })
		if s := p.a.counts(); s.SevereFraming != 1 {
			t.Errorf("%v: counts %+v, want one loss of alignment", f, s)
		}
	}
}

// A far end that sends AIS is told from one that sends nothing, or nonsense.
func TestAIS(t *testing.T) {
	for _, f := range framings {
		p := both(f)
		p.run(500)
		if err := p.b.Control(tdm.SpanCommand{Op: tdm.SpanSetAIS, On: true}); err != nil {
			t.Fatal(err)
		}
		ms := p.until(t, "AIS", 50, func() bool { return p.a.defects == tdm.AIS })
		t.Logf("%v: AIS after %d ms", f, ms)
		if p.run(5); p.heardA[3] != 0xff {
			t.Errorf("%v: what is taken out of AIS is %02x", f, p.heardA[3])
		}
		p.b.Control(tdm.SpanCommand{Op: tdm.SpanSetAIS})
		p.until(t, "aligned", 300, func() bool { return p.a.defects == 0 })
	}
}

// Framing that differs at the two ends is loss of frame, with pulses.
func TestOtherFraming(t *testing.T) {
	p := newPair(Config{Framing: tdm.T1SF, LineCode: tdm.B8ZS}, Config{Framing: tdm.T1ESF, LineCode: tdm.B8ZS})
	p.run(3000)
	if p.a.defects != tdm.LOF || p.a.failures.failures != tdm.LOF {
		t.Errorf("defects %v, failures %v", p.a.defects, p.a.failures.failures)
	}
}

// Errors are counted at both ends: by CRC here, by E bits or performance reports there.
func TestFarEndCounts(t *testing.T) {
	if testing.Short() {
		t.Skip("millions of frames")
	}
	for _, f := range []tdm.Framing{tdm.E1CRC4, tdm.T1ESF, tdm.J1ESF} {
		p := both(f)
		p.run(1000)
		before := p.b.counts().FarEndBlocks
		p.rate = 1e-5
		p.run(10_000)
		p.rate = 0
		p.run(3000)
		near, far := p.a.counts(), p.b.counts().FarEndBlocks-before
		if near.PathViolations == 0 || near.LineCodeViolations == 0 {
			t.Errorf("%v: counts %+v", f, near)
		}
		// A report tells a range, whose lower end counts.
		if far > near.PathViolations || far < near.PathViolations/2 || f.E1() && far != near.PathViolations {
			t.Errorf("%v: %d errored blocks, %d at the far end", f, near.PathViolations, far)
		}
	}
}

// Loops by code: the far end makes them and ends them, and its own codes that come back do not loop the one who asked.
func TestLoopCodes(t *testing.T) {
	if testing.Short() {
		t.Skip("millions of frames")
	}
	for _, row := range []struct {
		f    tdm.Framing
		loop tdm.SpanLoop
	}{{tdm.T1ESF, tdm.LoopLine}, {tdm.T1ESF, tdm.LoopPayload}, {tdm.T1SF, tdm.LoopLine}, {tdm.J1ESF, tdm.LoopLine}} {
		p := both(row.f)
		p.run(500)
		if err := p.a.Control(tdm.SpanCommand{Op: tdm.SpanSetFarLoop, Loop: row.loop}); err != nil {
			t.Fatal(err)
		}
		ms := p.until(t, "loop", 7000, func() bool { return p.b.loop == row.loop && p.b.farLoop })
		t.Logf("%v: %v loop after %d ms", row.f, row.loop, ms)
		p.run(8000)
		if p.a.loop != tdm.LoopNone {
			t.Errorf("%v: the one who asked is looped itself", row.f)
		}
		if p.heardA[5] != 0x35 {
			t.Errorf("%v: %02x comes back through the %v loop, want 35", row.f, p.heardA[5], row.loop)
		}
		p.a.Control(tdm.SpanCommand{Op: tdm.SpanSetFarLoop})
		p.until(t, "loop ended", 7500, func() bool { return p.b.loop == tdm.LoopNone })
		p.run(8000)
		if p.heardA[5] != 0x65 || p.a.loop != tdm.LoopNone {
			t.Errorf("%v: after the loop timeslot 5 carries %02x, loop %v", row.f, p.heardA[5], p.a.loop)
		}
	}
	p := both(tdm.E1CRC4)
	if err := p.a.Control(tdm.SpanCommand{Op: tdm.SpanSetFarLoop, Loop: tdm.LoopLine}); err == nil {
		t.Error("an E1 takes a loop code")
	}
}

// Test patterns run through each kind of loop, and errors that are inserted are counted, and no other.
func TestBERT(t *testing.T) {
	if testing.Short() {
		t.Skip("millions of frames")
	}
	for _, f := range framings {
		for _, where := range []string{"local", "line", "payload"} {
			p := both(f)
			p.run(300)
			switch where {
			case "local":
				p.a.Control(tdm.SpanCommand{Op: tdm.SpanSetLoop, Loop: tdm.LoopLocal})
			case "line":
				p.b.Control(tdm.SpanCommand{Op: tdm.SpanSetLoop, Loop: tdm.LoopLine})
			case "payload":
				p.b.Control(tdm.SpanCommand{Op: tdm.SpanSetLoop, Loop: tdm.LoopPayload})
			}
			p.run(300)
			test := tdm.SpanCommand{Op: tdm.SpanSetBERT, Pattern: tdm.QRSS}
			if f.E1() {
				test.Timeslots = 0xfffefffe // not timeslot 16, which has signalling
			}
			p.a.Control(test)
			p.run(200)
			if s := p.a.Status().BERT; !s.Sync {
				t.Errorf("%v, %s loop: no synchronism, %+v, defects %v", f, where, s, p.a.defects)
				continue
			}
			p.a.Control(tdm.SpanCommand{Op: tdm.SpanInsertErrors, N: 7})
			p.run(700)
			s := p.a.Status().BERT
			if s.Errors != 7 || s.Losses != 0 || s.Bits < 1_000_000 {
				t.Errorf("%v, %s loop: %+v, want 7 errors", f, where, s)
			}
		}
	}
}

// The elastic store gives one frame more or less for every 125 µs that two clocks drift apart: 1,440 in an hour at 50 ppm.
func TestSlipsOfAnHour(t *testing.T) {
	if testing.Short() {
		t.Skip("millions of frames")
	}
	for _, ppm := range []int{50, -50} {
		var s Store
		var frame [32]byte
		written := 0
		run := func(from, to int) {
			for ms := from; ms < to; ms++ {
				// What the far end has sent by now, in millionths of a frame.
				due := (ms + 1) * 8 * (1_000_000 + ppm)
				for ; (written+1)*1_000_000 <= due; written++ {
					s.Put(frame[:])
				}
				s.Begin(8)
				for range 8 {
					s.Get(frame[:])
				}
			}
		}
		const minute, hour = 60_000, 3_600_000
		run(0, minute) // the store comes to its edge
		r0, d0 := s.Slips()
		run(minute, minute+hour)
		repeated, deleted := s.Slips()
		repeated, deleted = repeated-r0, deleted-d0
		if ppm < 0 {
			repeated, deleted = deleted, repeated
		}
		if repeated != 0 || deleted < 1439 || deleted > 1441 {
			t.Errorf("%d ppm: %d slips one way and %d the other, want 1440 and none", ppm, deleted, repeated)
		}
		t.Logf("%d ppm: %d slips in an hour", ppm, deleted)
	}
}

func TestNoAllocations(t *testing.T) {
	if testing.Short() {
		t.Skip("millions of frames")
	}
	for _, f := range framings {
		p := both(f)
		p.run(3500)
		p.a.Control(tdm.SpanCommand{Op: tdm.SpanSetBERT, Pattern: tdm.PRBS15})
		if n := testing.AllocsPerRun(2500, func() { p.run(1) }); n != 0 {
			t.Errorf("%v: %v allocations a millisecond", f, n)
		}
	}
}
