package emu

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"tipring/dsp/dsptest"
	"tipring/dsp/dtmf"
	"tipring/dsp/level"
	"tipring/dsp/pulse"
	"tipring/tdm"
)

// story runs f in a bubble with one FXO line.
func story(t *testing.T, n int, line Line, f func(b *bench, x *Exchange)) {
	synctest.Test(t, func(t *testing.T) {
		line.Kind, line.Name = tdm.FXO, "fxo1"
		b := newBench(t, n, line)
		f(b, b.c.Office("fxo1"))
	})
}

func (b *bench) wantState(x *Exchange, want officeState) {
	b.t.Helper()
	if x.state != want {
		b.t.Fatalf("at %d ms: exchange is %v, want %v (%+v)", b.at/tdm.Quantum, x.state, want, x.Status())
	}
}

// dialled seizes and dials as a gateway does.
func (b *bench) dialled(x *Exchange, digits string) {
	b.t.Helper()
	b.off(0, true)
	b.run(500)
	b.wantState(x, officeDialTone)
	b.said[0] = dtmf.NewSource(digits, 100, 100, -10)
	b.run(200*len(digits) + 100)
	b.wantState(x, officeCollecting)
}

func TestOutgoingCallAnsweredByReversal(t *testing.T) {
	story(t, 80, Line{Script: Script{Reversal: true}}, func(b *bench, x *Exchange) {
		b.run(100)
		b.dialled(x, "5551234")
		if s := x.Status(); s.Digits != "5551234" || s.Hook != "off" {
			t.Fatalf("status %+v", s)
		}
		b.run(2000)
		b.wantState(x, officeRingback)
		b.then(x.Answer)
		b.wantState(x, officeTalking)
		const idle = tdm.SigBattery | tdm.SigLoopCurrent
		wantEdges(t, b.edges(0, 100), edge{0, idle | tdm.SigReversed})
		b.then(func() error { return x.Hangup(SignalPolarity) })
		b.wantState(x, officeCleared)
		wantEdges(t, b.edges(0, 100), edge{0, idle})
		b.off(0, false)
		b.run(1100)
		b.wantState(x, officeIdle)
	})
}

func TestOutgoingCallByPulses(t *testing.T) {
	story(t, 80, Line{}, func(b *bench, x *Exchange) {
		b.off(0, true)
		b.run(500)
		runs, err := pulse.Encode("105", pulse.Default)
		if err != nil {
			t.Fatal(err)
		}
		var sig []uint8
		for _, r := range runs {
			for range r.Ms {
				var s uint8
				if r.Closed {
					s = tdm.SigOffHook
				}
				sig = append(sig, s)
			}
		}
		for len(sig) >= 10 {
			copy(b.tx.SigSlot(0), sig)
			sig = sig[10:]
			b.block()
		}
		b.off(0, true)
		b.run(100)
		if s := x.Status(); s.Digits != "105" {
			t.Errorf("digits %q, want 105", s.Digits)
		}
		b.run(2000)
		b.wantState(x, officeRingback)
	})
}

func TestCPC(t *testing.T) {
	story(t, 80, Line{Script: Script{AnswerMs: 1000}}, func(b *bench, x *Exchange) {
		b.dialled(x, "1")
		b.run(3500)
		b.wantState(x, officeTalking)
		b.then(func() error { return x.Hangup(SignalCPC) })
		// The block in which the order took effect has passed.
		const idle = tdm.SigBattery | tdm.SigLoopCurrent
		wantEdges(t, b.edges(0, 800), edge{0, 0}, edge{589, idle})
		b.wantState(x, officeCleared)
	})
}

func TestIncomingCall(t *testing.T) {
	story(t, 80, Line{}, func(b *bench, x *Exchange) {
		b.run(500)
		b.then(func() error { return x.Ring("5550199", "BOB") })
		const ring = tdm.SigBattery | tdm.SigRing
		wantEdges(t, b.edges(0, 8000), edge{0, ring}, edge{1990, tdm.SigBattery}, edge{5990, ring}, edge{7990, tdm.SigBattery})
		if s := x.Status(); !s.Ringing {
			t.Errorf("status %+v", s)
		}
		b.off(0, true)
		b.run(10)
		b.wantState(x, officeTalking)
		b.off(0, false)
		b.run(1100)
		b.wantState(x, officeIdle)
	})
}

// Our side answers while ringing voltage is on: it is off within 200 ms.
func TestRingTrip(t *testing.T) {
	story(t, 80, Line{}, func(b *bench, x *Exchange) {
		b.then(func() error { return x.Ring("1", "") })
		b.run(1000)
		b.off(0, true)
		const talk = tdm.SigBattery | tdm.SigLoopCurrent
		wantEdges(t, b.edges(0, 300), edge{0, talk | tdm.SigRing}, edge{150, talk})
		b.wantState(x, officeTalking)
	})
}

// The exchange rings in the millisecond in which our side seizes. A line that backs off in time is rung on.
func TestGlare(t *testing.T) {
	story(t, 80, Line{}, func(b *bench, x *Exchange) {
		b.run(200)
		b.then(func() error { return x.Ring("1", "", OnSeizure()) })
		b.run(200)
		b.wantState(x, officeIdle)
		b.off(0, true)
		const ring = tdm.SigBattery | tdm.SigRing
		wantEdges(t, b.edges(0, 60), edge{0, ring | tdm.SigLoopCurrent})
		b.off(0, false)
		wantEdges(t, b.edges(0, 3000), edge{0, ring}, edge{1940, tdm.SigBattery})
		b.wantState(x, officeRinging)
		b.off(0, true)
		b.run(300)
		b.wantState(x, officeTalking)
	})
}

// hears runs ms and returns the strongest frequency of what the line brings, and how loud.
func (b *bench) hears(ms int) (hz float64, d level.DBm0) {
	b.heard[0] = nil
	b.run(ms)
	pcm := b.heard[0]
	delete(b.heard, 0)
	return dsptest.DominantHz(pcm), level.Of(pcm)
}

func (b *bench) wantHz(what string, ms int, want ...float64) {
	b.t.Helper()
	hz, d := b.hears(ms)
	for _, w := range want {
		if math.Abs(hz-w) < 2 && d > -20 {
			return
		}
	}
	b.t.Errorf("%s: hears %.1f Hz at %.1f dBm0, want one of %v Hz", what, hz, d, want)
}

func (b *bench) wantSilence(what string, ms int) {
	b.t.Helper()
	if _, d := b.hears(ms); d > -60 {
		b.t.Errorf("%s: hears %.1f dBm0, want silence", what, d)
	}
}

// What is heard from seizure to the outcome, in the tones of the United Kingdom.
func TestOutcomes(t *testing.T) {
	for _, c := range []struct {
		script Script
		busy   bool
		hz     []float64
		state  officeState
	}{
		{Script{}, false, []float64{400, 450}, officeRingback},
		{Script{Outcome: Busy}, false, []float64{400}, officeTone},
		{Script{}, true, []float64{400}, officeTone},
		{Script{Outcome: Congestion}, false, []float64{400}, officeTone},
		{Script{Outcome: Unobtainable}, false, []float64{400}, officeTone},
	} {
		c.script.NumberDigits = 3
		story(t, 80, Line{Zone: "uk", Loop: Loop{NoEcho: true}, Script: c.script}, func(b *bench, x *Exchange) {
			if c.busy {
				b.then(func() error { return x.Busy(true) })
			}
			b.off(0, true)
			b.wantSilence("before dial tone", 290)
			b.run(20)
			b.wantHz("dial tone", 500, 350, 440)
			b.said[0] = dtmf.NewSource("12", 80, 80, -10)
			b.run(330)
			b.wantSilence("after the first digits", 500)
			b.wantState(x, officeCollecting)
			b.said[0] = dtmf.NewSource("3", 80, 80, -10)
			b.run(170)
			b.wantState(x, c.state)
			b.wantHz("outcome", 300, c.hz...)
			b.off(0, false)
			b.run(1100)
			b.wantState(x, officeIdle)
			b.wantSilence("idle", 100)
		})
	}
}

// The special information tone is followed by congestion tone.
func TestUnobtainableInTheUS(t *testing.T) {
	story(t, 80, Line{Loop: Loop{NoEcho: true}, Script: Script{Outcome: Unobtainable, NumberDigits: 1}}, func(b *bench, x *Exchange) {
		b.off(0, true)
		b.run(400)
		b.said[0] = dtmf.NewSource("1", 80, 80, -10)
		b.run(100)
		b.wantHz("first", 200, 950)
		b.run(100)
		b.wantHz("second", 200, 1400)
		b.run(130)
		b.wantHz("third", 200, 1800)
		b.run(4000)
		b.wantHz("congestion", 1000, 480, 620)
	})
}

func TestNoDialTone(t *testing.T) {
	story(t, 80, Line{Script: Script{NoDialTone: true}}, func(b *bench, x *Exchange) {
		b.off(0, true)
		b.wantSilence("seized", 30000)
		b.wantState(x, officeSeized)
		b.off(0, false)
		b.run(1100)
		b.wantState(x, officeIdle)
	})
}

func TestPermanentSignal(t *testing.T) {
	story(t, 80, Line{Zone: "uk", Script: Script{DialToneMs: 5000}}, func(b *bench, x *Exchange) {
		b.off(0, true)
		b.run(5400)
		b.wantState(x, officeTone)
		b.wantHz("congestion", 1000, 400)
	})
}

// Each way to hang up, at the end of a call that our side answered.
func TestHangupSignals(t *testing.T) {
	const talk = tdm.SigBattery | tdm.SigLoopCurrent
	for _, c := range []struct {
		signal Signal
		edges  []edge
		hz     float64 // of what is heard afterwards, 0 for silence
	}{
		{SignalCPC, []edge{{9, 0}, {609, talk}}, 0},
		{SignalPolarity, []edge{{9, talk | tdm.SigReversed}}, 0},
		{SignalTone, nil, 425},
		{SignalNone, nil, 0},
	} {
		story(t, 10*tdm.Quantum, Line{Zone: "de", Script: Script{HangupMs: 1000, Hangup: c.signal}}, func(b *bench, x *Exchange) {
			b.then(func() error { return x.Ring("1", "", WithoutCallerID()) })
			b.run(500)
			b.off(0, true)
			b.run(160) // tripped by the 151st millisecond, the first of the talk
			b.wantState(x, officeTalking)
			b.run(1149 - 160 - 9)
			wantEdges(t, b.edges(0, 1000), append([]edge{{0, talk}}, c.edges...)...)
			b.wantState(x, officeCleared)
			if c.hz == 0 {
				b.wantSilence(c.signal.String(), 2000)
			} else {
				b.wantHz(c.signal.String(), 2000, c.hz)
			}
			b.off(0, false)
			b.run(1100)
			b.wantState(x, officeIdle)
			wantEdges(t, b.edges(0, 10), edge{0, tdm.SigBattery})
		})
	}
}

func TestAbandonedCall(t *testing.T) {
	story(t, 80, Line{}, func(b *bench, x *Exchange) {
		b.then(func() error { return x.Ring("1", "", WithoutCallerID(), AbandonAfter(3*time.Second)) })
		b.run(2980)
		b.wantState(x, officeRinging)
		b.run(20)
		b.wantState(x, officeIdle)
		if s := x.Status(); s.Ringing {
			t.Errorf("status %+v", s)
		}
		wantEdges(t, b.edges(0, 10000), edge{0, tdm.SigBattery})
	})
}

// A hook flash in talk ends no call.
func TestFlashReceived(t *testing.T) {
	story(t, 80, Line{}, func(b *bench, x *Exchange) {
		b.then(func() error { return x.Ring("1", "", WithoutCallerID()) })
		b.off(0, true)
		b.run(500)
		b.off(0, false)
		b.run(500)
		b.off(0, true)
		b.run(1500)
		b.wantState(x, officeTalking)
		if d := x.Status().Digits; d != "!" {
			t.Errorf("digits %q, want one flash", d)
		}
	})
}

func TestUnpluggedLine(t *testing.T) {
	story(t, 80, Line{}, func(b *bench, x *Exchange) {
		b.then(func() error { return x.Unplug(true) })
		wantEdges(t, b.edges(0, 100), edge{0, 0})
		b.off(0, true)
		wantEdges(t, b.edges(0, 100), edge{0, 0})
		b.then(func() error { return x.Unplug(false) })
		wantEdges(t, b.edges(0, 100), edge{0, tdm.SigBattery | tdm.SigLoopCurrent})
	})
}

// A line that our side holds cannot be rung, and one that rings cannot be rung again.
func TestRingRefused(t *testing.T) {
	story(t, 80, Line{}, func(b *bench, x *Exchange) {
		b.off(0, true)
		b.run(100)
		fails := func() error {
			if err := x.Ring("1", ""); err == nil {
				t.Errorf("no error in state %v", x.state)
			}
			return nil
		}
		b.then(fails)
		b.off(0, false)
		b.run(1100)
		b.then(func() error { return x.Ring("1", "") })
		b.then(fails)
	})
}
