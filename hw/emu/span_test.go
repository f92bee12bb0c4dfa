package emu

import (
	"testing"
	"time"

	"tipring/hw/hwtest"
	"tipring/tdm"
)

func e1(name string) Span { return Span{Name: name, Framing: tdm.E1CRC4, ClockPriority: 1} }

func t1(name string) Span {
	return Span{Name: name, Framing: tdm.T1ESF, LineCode: tdm.B8ZS, ClockPriority: 1}
}

func newSpanCard(t testing.TB, cfg SpanConfig) *SpanCard {
	t.Helper()
	c, err := NewSpanCard(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// A spanRig drives a card without pacing.
type spanRig struct {
	*testing.T
	card    *SpanCard
	tx, rx  tdm.Block
	reports []tdm.SpanReport
}

func newSpanRig(t *testing.T, spans ...Span) *spanRig {
	c := newSpanCard(t, SpanConfig{Spans: spans, Unpaced: true})
	n := len(c.Info().Slots)
	return &spanRig{T: t, card: c, tx: tdm.NewBlock(n, 80), rx: tdm.NewBlock(n, 80)}
}

func (r *spanRig) run(ms int) {
	r.Helper()
	for range ms / 10 {
		if _, err := r.card.Exchange(r.tx, r.rx); err != nil {
			r.Fatal(err)
		}
		for more := true; more; {
			select {
			case rep := <-r.card.SpanReports():
				r.reports = append(r.reports, rep)
			default:
				more = false
			}
		}
	}
}

func TestSpanCardConformance(t *testing.T) {
	for _, spans := range [][]Span{{e1("span1"), e1("span2")}, {t1("span1")}} {
		t.Run(spans[0].Framing.String(), func(t *testing.T) {
			hwtest.Run(t, hwtest.Options{Bubble: true}, func(t *testing.T) hwtest.Harness {
				c := newSpanCard(t, SpanConfig{Spans: spans})
				for _, s := range spans {
					c.Far(s.Name).Control(tdm.SpanCommand{Op: tdm.SpanSetLoop, Loop: tdm.LoopPayload})
				}
				n := len(c.Info().Slots)
				tx, rx := tdm.NewBlock(n, 80), tdm.NewBlock(n, 80)
				for range 50 { // until the lines are up
					c.Exchange(tx, rx)
				}
				// A timeslot comes back after a millisecond in the far end's loop and the frames in both elastic stores.
				return hwtest.Harness{Card: c, Depth: 500 * time.Millisecond, Peer: func(slot int) int { return slot }, PeerDelay: 12}
			})
		})
	}
}

// A pulled cable is loss of signal here and there, a failure 2.5 s later, and everything is well again after 10 s; the
// reports tell each step.
func TestPull(t *testing.T) {
	if testing.Short() {
		t.Skip("millions of frames")
	}
	spare := e1("span2")
	spare.ClockPriority = 2
	r := newSpanRig(t, e1("span1"), spare)
	r.run(1000)
	if s := r.card.SpanStatus(0); s.Defects != 0 || !s.ClockSource {
		t.Fatalf("status %+v", s)
	}
	far := r.card.Far("span1")
	far.Pull()
	r.run(100)
	if s := r.card.SpanStatus(0); s.Defects != tdm.LOS || s.Failures != 0 || s.ClockSource {
		t.Errorf("pulled: %+v", s)
	}
	if s := r.card.SpanStatus(1); s.Defects != 0 || !s.ClockSource {
		t.Errorf("the other span: %+v", s)
	}
	if s := far.Status(); s.Defects != "los" || !s.Pulled {
		t.Errorf("far end %+v", s)
	}
	if r.rx.Slot(3)[0] != 0xff || r.rx.Slot(31 + 3)[0] != idleOctet {
		t.Errorf("octets %02x and %02x", r.rx.Slot(3)[0], r.rx.Slot(31 + 3)[0])
	}
	r.run(2900)
	far.Plug()
	r.run(1000)
	if s := r.card.SpanStatus(0); s.Defects != 0 || s.Failures != tdm.LOS {
		t.Errorf("plugged: %+v", s)
	}
	r.run(10_000)
	if s := r.card.SpanStatus(0); s.Failures != 0 || !s.ClockSource {
		t.Errorf("10 s later: %+v", s)
	}
	var seconds, steps int
	for _, rep := range r.reports {
		switch {
		case rep.Span != 0:
		case rep.Timed:
			seconds++
		default:
			steps++
		}
		if rep.Dropped != 0 {
			t.Errorf("%d reports dropped", rep.Dropped)
		}
	}
	if seconds != 15 || steps < 5 {
		t.Errorf("%d seconds and %d steps reported", seconds, steps)
	}
}

// Attenuation brings errors first and loss of signal in the end.
func TestAttenuation(t *testing.T) {
	r := newSpanRig(t, e1("span1"))
	r.run(1000)
	far := r.card.Far("span1")
	before := r.card.SpanStatus(0).Counts
	for _, step := range []struct {
		dB       float64
		min, max uint64 // code violations in 2 s
		defects  tdm.Alarms
	}{{20, 0, 0, 0}, {28, 0, 2, 0}, {33, 100, 20000, 0}, {35, 0, 100000, tdm.LOS}} {
		if err := far.Attenuate(step.dB); err != nil {
			t.Fatal(err)
		}
		r.run(2000)
		s := r.card.SpanStatus(0)
		if n := s.Counts.Sub(before).LineCodeViolations; n < step.min || n > step.max || s.Defects != step.defects {
			t.Errorf("%g dB: %d code violations, defects %v", step.dB, n, s.Defects)
		}
		before = s.Counts
	}
	if far.Attenuate(-1) == nil || far.Errors(0.6) == nil || far.Slip(2000) == nil || far.Burst(2, 0) == nil {
		t.Error("nonsense is taken")
	}
}

// Errors at a rate are about as many as asked for; a burst is over when it is over.
func TestErrors(t *testing.T) {
	r := newSpanRig(t, e1("span1"))
	r.run(1000)
	far := r.card.Far("span1")
	before := r.card.SpanStatus(0).Counts
	far.Errors(1e-4)
	r.run(5000)
	far.Errors(0)
	r.run(100)
	d := r.card.SpanStatus(0).Counts.Sub(before)
	if want := 1024.0; float64(d.LineCodeViolations) < 0.7*want || float64(d.LineCodeViolations) > 1.3*want {
		t.Errorf("%d violations in 5 s at 1e-4, want about %.0f", d.LineCodeViolations, want)
	}
	before = r.card.SpanStatus(0).Counts
	far.Burst(0.5, 50*time.Millisecond)
	r.run(1000)
	s := r.card.SpanStatus(0)
	if d := s.Counts.Sub(before); d.SevereFraming != 1 || s.Defects != 0 {
		t.Errorf("burst: %+v, defects %v", d, s.Defects)
	}
}

// A far end whose clock is off makes slips while the card does not follow it, and none while it does; of two lines the card can
// follow one.
func TestClocks(t *testing.T) {
	if testing.Short() {
		t.Skip("millions of frames")
	}
	fast := e1("span1")
	fast.FarPPM = 500
	other := e1("span2")
	other.ClockPriority = 2
	r := newSpanRig(t, fast, other)
	r.run(2000)
	const seconds = 10 // 40 frames of difference at 500 ppm
	before := [2]tdm.SpanCounts{r.card.SpanStatus(0).Counts, r.card.SpanStatus(1).Counts}
	r.run(seconds * 1000)
	a, b := r.card.SpanStatus(0).Counts.Sub(before[0]), r.card.SpanStatus(1).Counts.Sub(before[1])
	if a.SlipsDeleted+a.SlipsRepeated != 0 {
		t.Errorf("the source slips: %+v", a)
	}
	if b.SlipsDeleted != 0 || b.SlipsRepeated < 38 || b.SlipsRepeated > 41 {
		t.Errorf("the other: %+v, want 40 frames repeated", b)
	}
	if b.LineCodeViolations+b.PathViolations+b.FramingErrors != 0 {
		t.Errorf("a slip is no error of the line: %+v", b)
	}
}

// A switch at the far end sends and hears timeslots and bits.
type echoSwitch struct{ calls int }

func (e *echoSwitch) Exchange(tx, rx tdm.Block) {
	copy(tx.Data, rx.Data)
	copy(tx.Sig, rx.Sig)
	e.calls++
}

func TestSwitch(t *testing.T) {
	for _, f := range []tdm.Framing{tdm.E1CRC4, tdm.T1ESF, tdm.T1SF} {
		e := &echoSwitch{}
		s := Span{Name: "span1", Framing: f, LineCode: tdm.AMI, CAS: true, Switch: e}
		r := newSpanRig(t, s)
		for i := range r.tx.Data {
			r.tx.Data[i] = byte(0x41 + 2*(i/80))
		}
		for i := range r.tx.Sig {
			r.tx.Sig[i] = 0b1010
		}
		r.run(1000)
		if got := r.rx.Slot(4)[7]; got|1 != 0x49 {
			t.Errorf("%v: timeslot 5 brings %02x, want 49", f, got)
		}
		if got := r.rx.SigSlot(4)[3]; got != 0b1010 {
			t.Errorf("%v: bits %04b, want 1010", f, got)
		}
		if e.calls < 995 || e.calls > 1000 {
			t.Errorf("%v: the switch ran for %d ms of 1000", f, e.calls)
		}
	}
}

func TestSpanConfigs(t *testing.T) {
	for name, spans := range map[string][]Span{
		"none":      nil,
		"no name":   {{}},
		"same name": {e1("a"), e1("a")},
		"mixed":     {e1("a"), t1("b")},
		"code":      {{Name: "a", LineCode: tdm.B8ZS}},
	} {
		if _, err := NewSpanCard(SpanConfig{Spans: spans}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func BenchmarkSpanCard(b *testing.B) {
	for _, s := range []Span{e1("span1"), t1("span1")} {
		b.Run("framing="+s.Framing.String(), func(b *testing.B) {
			c := newSpanCard(b, SpanConfig{Spans: []Span{s}, Unpaced: true})
			n := len(c.Info().Slots)
			tx, rx := tdm.NewBlock(n, 80), tdm.NewBlock(n, 80)
			for i := range tx.Data {
				tx.Data[i] = byte(i * 7)
			}
			b.ReportAllocs()
			for b.Loop() {
				c.Exchange(tx, rx)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/80, "ns/frame")
		})
	}
}
