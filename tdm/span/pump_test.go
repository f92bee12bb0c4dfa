package span

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"tipring/tdm"
)

var blockLengths = []int{1, 2, 10, 20}

// octets is a reproducible stream of all 256 values, different for each slot.
func octets(slot int) func(at int64) byte {
	rng := rand.New(rand.NewPCG(uint64(slot), 7))
	b := make([]byte, 1<<16)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return func(at int64) byte { return b[at&0xFFFF] }
}

// What one slot receives the other sends: the same octets, each once, one block later, whichever slot comes first.
func TestCrossConnectIsSampleExact(t *testing.T) {
	for _, law := range []tdm.Law{tdm.MuLaw, tdm.ALaw} {
		for _, ms := range blockLengths {
			for _, pair := range [][2]int{{0, 2}, {2, 0}, {1, 2}, {1, 1}} {
				c := newTestCard(3, 0)
				c.info.Law = law
				for i := range c.line {
					c.line[i].octet = octets(i)
				}
				p := newTestPump(t, c, ms)
				run(t, p, 400)
				p.Connect(pair[0], pair[1])
				from := int(p.Now()) // the first block that is connected
				run(t, p, 4000)
				for k := range pair {
					a, b := pair[k], pair[1-k]
					sent := c.line[b].sent
					for i := from + p.n; i < len(sent); i++ {
						if want := c.line[a].octet(int64(i - p.n)); sent[i] != want {
							t.Fatalf("%v, %d ms, %d to %d: sample %d is %#x, want %#x", law, ms, a, b, i, sent[i], want)
						}
					}
					if !bytes.Equal(sent[:from+p.n], bytes.Repeat([]byte{law.Silence()}, from+p.n)) {
						t.Fatalf("%v, %d ms: not silent before the connection", law, ms)
					}
				}
				p.Detach(pair[1])
				run(t, p, 2*p.n)
				for _, s := range pair {
					if sent := c.line[s].sent; sent[len(sent)-1] != law.Silence() {
						t.Fatalf("%v, %d ms: slot %d is not silent after Detach", law, ms, s)
					}
				}
			}
		}
	}
}

func TestCrossConnectWithGain(t *testing.T) {
	c := newTestCard(2, 0)
	c.receive(0, func(at int64) int16 { return int16(at%64-32) * 100 })
	p := newTestPump(t, c, 10)
	p.Gain(0, -6.0206, 0)
	p.Gain(1, 0, 12.0412)
	p.Connect(0, 1)
	run(t, p, 800)
	heard := c.heard(1)[2*p.n:]
	for i, v := range heard {
		want := 2 * (int(int64(i+p.n)%64) - 32) * 100
		if d := int(v) - want; d*d > want*want/400+1000 {
			t.Fatalf("sample %d: %d, want about %d", i, v, want)
		}
	}
}

// A sample from the line is in the leg's hands when the block that it lies in has been received, at most one block after
// it was on the line; one from the leg is on the line within the block after.
func TestAddedDelayIsAtMostOneBlock(t *testing.T) {
	for _, ms := range blockLengths {
		c := newTestCard(1, 0)
		n := int64(ms * tdm.Quantum)
		impulse := func(at int64) bool { return at%331 == 7 }
		c.receive(0, func(at int64) int16 {
			if impulse(at) {
				return 8000
			}
			return 0
		})
		p := newTestPump(t, c, ms)
		var worst, found int64
		leg := tickFunc(func(at int64, rx, tx []int16) {
			copy(tx, rx)
			for i, v := range rx {
				when := at + int64(i) // on the line
				if (v > 4000) != impulse(when) {
					t.Fatalf("%d ms: sample %d of the line is %d in the leg", ms, when, v)
				}
				if v > 4000 {
					found++
					// The tick runs when the card's clock has just passed p.Now().
					worst = max(worst, p.Now()-when)
				}
			}
		})
		p.Attach(0, leg)
		run(t, p, 331*int(n))
		if found < n || worst > n {
			t.Errorf("%d ms: %d impulses, up to %d samples after they were on the line, want at most %d", ms, found, worst, n)
		}
		// Back on the line: an echo test adds one block to that, and nothing else.
		for i, v := range c.heard(0) {
			if want := int64(i) >= n && impulse(int64(i)-n); (v > 4000) != want {
				t.Fatalf("%d ms: sample %d to the line is %d", ms, i, v)
			}
		}
	}
}

type tickFunc func(at int64, rx, tx []int16)

func (f tickFunc) Tick(at int64, rx, tx []int16) { f(at, rx, tx) }

func ramp(n int) []int16 {
	out := make([]int16, n)
	for i := range out {
		out[i] = int16(1000 + 10*i)
	}
	return out
}

// A source replaces the leg from the very sample asked for to its own end, in any cut.
func TestPlayIsSampleExact(t *testing.T) {
	for _, ms := range blockLengths {
		for _, length := range []int{1, 79, 80, 160, 1000} {
			c := newTestCard(1, 0)
			p := newTestPump(t, c, ms)
			leg := &recorder{say: func(int64) int16 { return -5000 }}
			p.Attach(0, leg)
			p.Play(0, 9, 533, &samples{left: ramp(length)})
			evs := run(t, p, 2000)
			quiet, leading := c.info.Law.DecodeSample(c.info.Law.Silence()), c.info.Law.DecodeSample(c.info.Law.EncodeSample(-5000))
			for i, v := range c.heard(0) {
				want := leading
				if i < p.n {
					want = quiet
				} else if i >= 533 && i < 533+length {
					want = c.info.Law.DecodeSample(c.info.Law.EncodeSample(int16(1000 + 10*(i-533))))
				}
				if v != want {
					t.Fatalf("%d ms, %d samples: sample %d is %d, want %d", ms, length, i, v, want)
				}
			}
			if len(evs) != 1 || evs[0].Kind != PlayDone || evs[0].ID != 9 || evs[0].At != int64(533+length) {
				t.Fatalf("%d ms, %d samples: events %+v", ms, length, evs)
			}
			if got := int(p.Now()); len(leg.heard) != got {
				t.Errorf("leg ticked for %d samples of %d", len(leg.heard), got)
			}
		}
	}
}

func TestPlayOverCrossConnectLeavesTheRestExact(t *testing.T) {
	c := newTestCard(2, 0)
	c.line[0].octet = octets(0)
	p := newTestPump(t, c, 10)
	p.Connect(0, 1)
	p.Play(1, 1, 500, &samples{left: ramp(100)})
	run(t, p, 1000)
	for i, v := range c.line[1].sent {
		want := c.info.Law.Silence()
		switch {
		case i >= 500 && i < 600:
			want = c.info.Law.EncodeSample(int16(1000 + 10*(i-500)))
		case i >= p.n:
			want = octets(0)(int64(i - p.n))
		}
		if v != want {
			t.Fatalf("sample %d: %#x, want %#x", i, v, want)
		}
	}
}

func TestPlayReplacedAndStopped(t *testing.T) {
	c := newTestCard(1, 0)
	p := newTestPump(t, c, 10)
	p.Play(0, 1, 0, &samples{left: ramp(8000)})
	run(t, p, 400)
	p.Play(0, 2, 0, &samples{left: slices.Repeat([]int16{-3000}, 8000)})
	run(t, p, 400)
	p.Play(0, 3, 0, nil)
	evs := run(t, p, 400)
	heard := c.heard(0)
	if heard[300] < 1000 || heard[700] > -2000 || heard[1000] > 100 {
		t.Errorf("heard %d, %d, %d", heard[300], heard[700], heard[1000])
	}
	if len(evs) != 0 {
		t.Errorf("events %+v", evs)
	}
}

// Runs are sent to the millisecond from the sample asked for, whatever the block length, and the last value stays.
func TestSignallingRuns(t *testing.T) {
	for _, ms := range blockLengths {
		c := newTestCard(1, 0)
		p := newTestPump(t, c, ms)
		p.Sig(0, 4, 30*tdm.Quantum, []tdm.SigRun{{Bits: 1, Ms: 33}, {Bits: 0, Ms: 67}, {Bits: 1, Ms: 1}, {Bits: 3}})
		evs := run(t, p, 300*tdm.Quantum)
		for q, b := range c.line[0].sentSig {
			var want uint8
			switch {
			case q < 30:
			case q < 63:
				want = 1
			case q < 130:
			case q < 131:
				want = 1
			default:
				want = 3
			}
			if b != want {
				t.Fatalf("%d ms block: millisecond %d is %d, want %d", ms, q, b, want)
			}
		}
		if len(evs) != 1 || evs[0].Kind != SigDone || evs[0].ID != 4 || evs[0].At != 131*tdm.Quantum {
			t.Fatalf("%d ms block: events %+v", ms, evs)
		}
	}
}

func TestSignallingEvents(t *testing.T) {
	for _, ms := range blockLengths {
		c := newTestCard(2, 0)
		change := map[int64]uint8{0: 2, 37: 3, 38: 2, 39: 3, 200: 0}
		var now uint8
		c.line[1].sig = func(at int64) uint8 {
			if v, ok := change[at/tdm.Quantum]; ok {
				now = v
			}
			return now
		}
		p := newTestPump(t, c, ms)
		evs := run(t, p, 300*tdm.Quantum)
		want := []Event{
			{Slot: 1, Kind: Sig, At: 0, Was: 0, Sig: 2},
			{Slot: 1, Kind: Sig, At: 37 * 8, Was: 2, Sig: 3},
			{Slot: 1, Kind: Sig, At: 38 * 8, Was: 3, Sig: 2},
			{Slot: 1, Kind: Sig, At: 39 * 8, Was: 2, Sig: 3},
			{Slot: 1, Kind: Sig, At: 200 * 8, Was: 3, Sig: 0},
		}
		if !slices.Equal(evs, want) {
			t.Errorf("%d ms: %+v", ms, evs)
		}
	}
}

// A consumer that has stopped reading loses events, counted; the state of the signalling bits reaches it all the same.
func TestEventOverflow(t *testing.T) {
	c := newTestCard(1, 0)
	var bits uint8
	c.line[0].sig = func(at int64) uint8 { return bits }
	p := newTestPump(t, c, 1)
	for i := range 3 * cap(p.events) {
		bits = uint8(i&1) + 1
		if err := p.step(); err != nil {
			t.Fatal(err)
		}
	}
	if lost := p.PumpStats().EventsLost; lost < int64(cap(p.events)) {
		t.Fatalf("%d events lost", lost)
	}
	drainEvents(p)
	bits = 7
	last := run(t, p, 2*p.n)
	if len(last) == 0 || last[len(last)-1].Sig != 7 {
		t.Errorf("events after the overflow: %+v", last)
	}
}

func TestTickEndsEveryBlock(t *testing.T) {
	c := newTestCard(1, 0)
	p := newTestPump(t, c, 10)
	for k := range int64(5) {
		if err := p.step(); err != nil {
			t.Fatal(err)
		}
		if e := <-p.Events(); e.Kind != Tick || e.Slot != -1 || e.At != (k+1)*80 || e.At != p.Now() {
			t.Fatalf("event %+v at %d", e, p.Now())
		}
	}
}

func TestControl(t *testing.T) {
	c := newTestCard(2, 0)
	p := newTestPump(t, c, 10)
	p.Control(1, tdm.Command{Op: tdm.OpRing, ID: 77})
	evs := kinds(run(t, p, 160), Controlled)
	if len(evs) != 1 || evs[0].Slot != 1 || evs[0].ID != 77 || evs[0].Err != nil || len(c.control) != 1 {
		t.Fatalf("events %+v", evs)
	}
	p = newTestPump(t, struct{ tdm.Card }{c}, 10)
	p.Control(0, tdm.Command{Op: tdm.OpRing, ID: 78})
	evs = kinds(run(t, p, 160), Controlled)
	if len(evs) != 1 || evs[0].ID != 78 || evs[0].Err == nil {
		t.Fatalf("events %+v", evs)
	}
}

func TestBadConfig(t *testing.T) {
	for name, cfg := range map[string]Config{
		"no card":    {},
		"long block": {Card: newTestCard(1, 0), BlockMs: 21},
		"negative":   {Card: newTestCard(1, 0), BlockMs: -1},
		"delay":      {Card: newTestCard(1, -1)},
	} {
		if _, err := New(cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
