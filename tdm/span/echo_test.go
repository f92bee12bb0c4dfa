package span

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"tipring/dsp/echo"
	"tipring/tdm"
)

// A loopback returns what a slot sends, delay samples later and through the path, as the echo of a line; near is added.
type loopback struct {
	card  *testCard
	slot  int
	delay int
	path  []float64
	near  func(at int64) int16
	sent  map[int64]int16 // by card time; lost time is not in it
}

// attach has the card compute the slot's line from what it sent: to be called once.
func (l *loopback) attach() {
	l.sent = make(map[int64]int16)
	l.card.each = func(at int64, tx, rx tdm.Block) {
		law := l.card.info.Law
		for j, o := range tx.Slot(l.slot) {
			l.sent[at+int64(j)] = law.DecodeSample(o)
		}
		out := rx.Slot(l.slot)
		for j := range out {
			v := 0.0
			for k, h := range l.path {
				v += h * float64(l.sent[at+int64(j-l.delay-k)])
			}
			if l.near != nil {
				v += float64(l.near(at + int64(j)))
			}
			out[j] = law.EncodeSample(int16(math.Round(v)))
		}
	}
}

func noise(seed uint64, amp int) func(i int64) int16 {
	rng := rand.New(rand.NewPCG(seed, 1))
	return func(int64) int16 { return int16(rng.IntN(2*amp) - amp) }
}

// What the canceller is given as reference is what came back from a line that returns everything after Info.Delay
// samples, whatever the delay and the block, and also after the card has lost samples.
func TestEchoReferenceIsAligned(t *testing.T) {
	for _, delay := range []int{0, 3, 80, 200, 777} {
		for _, ms := range []int{1, 10, 20} {
			c := newTestCard(1, delay)
			c.info.Law = tdm.MuLaw // nothing sent is zero in this law
			l := &loopback{card: c, delay: delay, path: []float64{1}}
			l.attach()
			p := newTestPump(t, c, ms)
			say, compared := noise(3, 9000), 0
			p.Attach(0, tickFunc(func(at int64, rx, tx []int16) {
				s := &p.slots[0]
				for i := range tx {
					tx[i] = say(0)
				}
				if at < int64(delay+p.n) {
					return // the line still returns what was before the start
				}
				if !slices.Equal(rx, s.history[:len(rx)]) {
					t.Fatalf("delay %d, %d ms block: at %d the reference is %d, the echo %d", delay, ms, at, s.history[:len(rx)], rx)
				}
				compared++
			}))
			p.Echo(0, true)
			p.Echo(0, false) // the reference is kept, the echo is not cancelled
			for _, slip := range []int{0, 1, 13, 160, 5000} {
				c.slip = slip
				run(t, p, 2000)
			}
			if compared < 5*1000/p.n {
				t.Fatalf("compared %d blocks", compared)
			}
		}
	}
}

// The canceller removes the echo of what the leg says, and does so again soon after samples were lost.
func TestEchoIsCancelled(t *testing.T) {
	c := newTestCard(1, 160)
	path := make([]float64, 60)
	path[20], path[30], path[41] = 0.3, -0.2, 0.1
	l := &loopback{card: c, delay: 160, path: path}
	l.attach()
	p := newTestPump(t, c, 10)
	leg := &recorder{say: noise(5, 8000)}
	p.Attach(0, leg)
	p.Echo(0, true)
	level := func(n int) float32 {
		leg.heard = leg.heard[:0]
		run(t, p, n)
		var sum int64
		for _, v := range leg.heard {
			sum += int64(v) * int64(v)
		}
		return dBm0(sum, len(leg.heard))
	}
	level(16000)
	if got := level(4000); got > -45 {
		t.Errorf("the leg hears its echo at %.1f dBm0", got)
	}
	c.slip = 333
	level(1600)
	if got := level(4000); got > -45 {
		t.Errorf("after a slip the leg hears its echo at %.1f dBm0", got)
	}
	st := p.Stats(nil)[0]
	if !st.EchoOn || st.Echo.State != echo.Converged && st.Echo.State != echo.Idle || st.Echo.ERL < 6 || st.Echo.ERL > 12 || st.Echo.ERLE < 20 {
		t.Errorf("statistics %+v", st.Echo)
	}
	if p.PumpStats().Slips != 1 || p.PumpStats().Slipped != 333 {
		t.Errorf("pump statistics %+v", p.PumpStats())
	}
	p.Echo(0, false)
	if got := level(4000); got < -30 {
		t.Errorf("with the canceller off the leg hears its echo at %.1f dBm0 only", got)
	}
}

// A lost sample is reported once, and time goes on behind it.
func TestSlipEvent(t *testing.T) {
	c := newTestCard(2, 0)
	p := newTestPump(t, c, 10)
	run(t, p, 800)
	c.slip = 37
	evs := run(t, p, 80)
	want := Event{Slot: -1, At: 837, Kind: Slip, Dur: 37}
	if len(evs) != 1 || evs[0] != want || p.Now() != 800+37+80 {
		t.Errorf("events %+v, now %d", evs, p.Now())
	}
}

// TestCancellersTakeTurns: of 480 cancellers, whenever they were turned on and whatever the card lost since, no tick has to
// finish more blocks of 64 samples than its share, which is n/64 of them and one.
func TestCancellersTakeTurns(t *testing.T) {
	const slots = 480
	for _, ms := range []int{1, 10, 20} {
		c := newTestCard(slots, 0)
		p := newTestPump(t, c, ms)
		count := func() (sum int64) {
			for i := range p.slots {
				sum += p.slots[i].echo.Stats().Blocks
			}
			return sum
		}
		for i := range slots {
			p.Attach(i, &recorder{})
			p.Echo(i, true)
			if i%7 == 0 {
				run(t, p, 8*(i%11))
			}
		}
		c.slip = 333
		run(t, p, 800)
		for range 20 {
			before := count()
			run(t, p, p.n)
			if got, share := count()-before, int64(slots*p.n/64); got != share {
				t.Fatalf("%d ms: %d blocks end in a tick, want %d", ms, got, share)
			}
		}
	}
}
