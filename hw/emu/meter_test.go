package emu

import (
	"sync"
	"testing"
	"testing/synctest"

	"tipring/tdm"
)

func (b *bench) measures(slot int, what string, amperes, volts float64) {
	b.t.Helper()
	if got := b.c.Measure(slot); got != (tdm.Measurement{LoopAmperes: amperes, LineVolts: volts}) {
		b.t.Errorf("%s: %+v, want %g A, %g V", what, got, amperes, volts)
	}
}

func TestMeasureFXS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 80, Line{Kind: tdm.FXS, Name: "fxs1"})
		p := b.c.Phone("fxs1")
		feed := func(f tdm.Linefeed) {
			b.c.Control(0, tdm.Command{Op: tdm.OpLinefeed, Linefeed: f})
			b.run(10)
		}
		b.measures(0, "before the first block", 0, 48)
		b.then(p.OffHook)
		b.measures(0, "closed: 25 mA through 168 and 200 Ω", 0.025, 9.2)
		feed(tdm.FeedReverse)
		b.measures(0, "reversed", 0.025, -9.2)
		feed(tdm.FeedOpen)
		b.measures(0, "open feed", 0, 0)
		feed(tdm.FeedForward)
		b.then(func() error { return p.Unplug(true) })
		b.measures(0, "unplugged", 0, 48)
		b.then(func() error { return p.Unplug(false) })
		b.measures(0, "plugged in again", 0.025, 9.2)
		b.then(p.OnHook)
		feed(tdm.FeedReverse)
		b.measures(0, "on hook, reversed", 0, -48)
		b.measures(1, "no such slot", 0, 0)
		b.measures(-1, "no such slot", 0, 0)
	})
}

// The exchange cuts, reverses and restores its battery by itself; the port measures what is there after each block.
func TestMeasureFXO(t *testing.T) {
	line := Line{Loop: Loop{LimitMA: 1000}, Script: Script{AnswerMs: 1000, Reversal: true}}
	story(t, 80, line, func(b *bench, x *Exchange) {
		b.run(100)
		b.measures(0, "idle", 0, 48)
		b.dialled(x, "1")
		b.measures(0, "closed: 62.5 mA through 200 Ω", 0.0625, 12.5)
		b.run(4000)
		b.wantState(x, officeTalking)
		b.measures(0, "answered", 0.0625, -12.5)
		b.then(func() error { return x.Hangup(SignalCPC) })
		b.measures(0, "current disconnect", 0, 0)
		b.run(1000)
		b.measures(0, "battery again", 0.0625, 12.5)
		b.off(0, false)
		b.run(2000)
		b.measures(0, "on hook", 0, 48)
		b.then(func() error { return x.Ring("5550199", "BOB", InStandard("etsi-lr")) })
		reversed := 0
		for range 300 {
			b.block()
			want := 48.0
			if x.circuit.feed == tdm.FeedReverse {
				want = -48
				reversed++
			}
			b.measures(0, "caller ID with line reversal", 0, want)
		}
		if reversed == 0 {
			t.Error("the line was never reversed")
		}
		b.then(func() error { return x.Unplug(true) })
		b.measures(0, "unplugged", 0, 0)
	})
}

func TestMeasureAllocatesNothingAndIsSafe(t *testing.T) {
	b := newBench(t, 80, Line{Kind: tdm.FXS, Name: "fxs1"}, Line{Kind: tdm.FXO, Name: "fxo1"})
	if n := testing.AllocsPerRun(100, func() { b.c.Measure(0); b.c.Measure(1) }); n != 0 {
		t.Errorf("%g allocations", n)
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	stop := make(chan struct{})
	defer close(stop)
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			// 48 V and no current, or 25 mA and what they make; never a mixture.
			if m := b.c.Measure(1); (m.LoopAmperes == 0) != (m.LineVolts == 48) {
				t.Errorf("%+v", m)
				return
			}
		}
	})
	for i := range 200 {
		b.off(1, i%2 == 1)
		b.run(10)
	}
}
