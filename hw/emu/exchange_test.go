package emu

import (
	"testing"
	"testing/synctest"

	"tipring/dsp/dtmf"
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
