package cas

import (
	"fmt"
	"testing"

	"tipring/tdm"
)

// eachLoop runs f over loop and ground start and both codings; a of the wire is the office, b the station.
func eachLoop(t *testing.T, f func(t *testing.T, ground bool, w *wire)) {
	for _, ground := range []bool{false, true} {
		for _, e1 := range []bool{false, true} {
			cfg := LoopConfig{Config: Config{E1: e1, Number: "100", Complete: func(n string) bool { return len(n) == 7 }}, Ground: ground}
			t.Run(fmt.Sprintf("ground=%v,e1=%v", ground, e1), func(t *testing.T) { f(t, ground, newWire(t, NewFXS(cfg), NewFXO(cfg))) })
		}
	}
}

// The station calls: number, ringing tone, answer; then one end clears, and the other.
func TestStationCalls(t *testing.T) {
	eachLoop(t, func(t *testing.T, ground bool, w *wire) {
		for _, clears := range []*end{w.b, w.a} {
			w.setup(w.b)
			w.pass(1000)
			if w.a.playing != "dial" {
				t.Errorf("the station hears %q, the office is %s", w.a.playing, w.a.m.State())
			}
			w.pass(5000)
			w.a.expect("SETUP")
			if s := w.a.takeUps(); s[0].Called != "5556677" || s[0].Calling.Presentation != tdm.Unavailable {
				t.Errorf("%+v", s[0])
			}
			w.b.expect("PROCEEDING, PROGRESS")
			w.a.down(tdm.Primitive{Kind: tdm.Alerting})
			if w.a.playing != "ring" {
				t.Errorf("the station hears %q", w.a.playing)
			}
			w.a.down(tdm.Primitive{Kind: tdm.Connect})
			if w.b.listen != (Listen{Tones: true, Voice: true}) {
				t.Errorf("the station listens to %+v", w.b.listen)
			}
			w.b.step(Input{Kind: Voice})
			w.b.expect("PROCEEDING, PROGRESS, CONNECT")
			if c := w.b.takeUps()[2]; c.AnswerBasis != "voice" {
				t.Errorf("answered by %q", c.AnswerBasis)
			}
			w.pass(1000)
			clears.down(tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseNormalClearing})
			w.pass(3000)
			w.a.expect("RELEASE")
			w.b.expect("RELEASE")
			if r := clears.far().ups[0]; r.Detector != map[*end]string{w.a: "onhook", w.b: "cpc"}[clears.far()] {
				t.Errorf("the other end ends by %q", r.Detector)
			}
			w.a.takeUps()
			w.b.takeUps()
			w.atRest()
		}
	})
}

// The office calls: rings with a cadence that the station counts as one call, answer, and each end clears.
func TestOfficeCalls(t *testing.T) {
	eachLoop(t, func(t *testing.T, ground bool, w *wire) {
		for _, clears := range []*end{w.b, w.a} {
			w.setup(w.a)
			w.a.expect("ALERTING")
			w.pass(9000)
			w.b.expect("SETUP")
			if s := w.b.takeUps(); s[0].Called != "100" {
				t.Errorf("%+v", s[0])
			}
			w.b.down(tdm.Primitive{Kind: tdm.Alerting})
			w.b.down(tdm.Primitive{Kind: tdm.Connect})
			w.pass(200)
			w.a.expect("ALERTING, CONNECT")
			w.a.takeUps()
			w.pass(7000)
			clears.down(tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseNormalClearing})
			w.pass(3000)
			w.a.expect("RELEASE")
			w.b.expect("RELEASE")
			w.a.takeUps()
			w.b.takeUps()
			w.atRest()
		}
		// Nobody answers; the caller goes between two rings.
		w.setup(w.a)
		w.pass(4000)
		w.a.down(tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseNormalClearing})
		w.pass(9000)
		w.b.expect("SETUP, RELEASE")
		w.atRest()
	})
}

// Both ends of a ground-start line seize at once: the call of the office wins, that of the station is for another line. On a
// loop-start line it is answered by accident, which is why ground start exists.
func TestLoopGlare(t *testing.T) {
	eachLoop(t, func(t *testing.T, ground bool, w *wire) {
		w.setup(w.a)
		w.setup(w.b)
		w.pass(3000)
		if !ground {
			w.a.expect("ALERTING, CONNECT")
			return
		}
		w.b.expect("RELEASE, SETUP")
		if r := w.b.ups[0]; r.Cause != tdm.CauseCircuitUnavailable {
			t.Errorf("released with %v", r.Cause)
		}
		w.b.down(tdm.Primitive{Kind: tdm.Connect})
		w.pass(200)
		w.a.expect("ALERTING, CONNECT")
	})
}

// A telephone that only goes off hook hears dial tone, then congestion, then nothing, and its line is back when it hangs up.
func TestPermanentSignal(t *testing.T) {
	w := newWire(t, NewFXS(LoopConfig{}), deaf{})
	w.b.bits = A | B
	w.pass(1000)
	if w.a.playing != "dial" {
		t.Errorf("hears %q", w.a.playing)
	}
	w.pass(16000)
	if w.a.playing != "congestion" {
		t.Errorf("hears %q", w.a.playing)
	}
	w.pass(30000)
	if w.a.playing != "" || w.a.m.Condition() != OutOfService {
		t.Errorf("hears %q, the line is %s", w.a.playing, w.a.m.State())
	}
	w.b.bits = B
	w.pass(1000)
	if w.a.m.Condition() != Idle {
		t.Errorf("the line is %s", w.a.m.State())
	}
	w.a.expect("")
}

// A tone clears at a station, with its cause before the answer.
func TestStationHearsTones(t *testing.T) {
	for name, cause := range map[string]tdm.Cause{"busy": tdm.CauseUserBusy, "congestion": tdm.CauseSwitchingCongestion} {
		w := newWire(t, deaf{}, NewFXO(LoopConfig{}))
		w.a.bits = B
		w.pass(10000)
		w.b.takeUps() // the silent wire was ringing
		w.setup(w.b)
		w.pass(4000)
		w.b.step(Input{Kind: Tone, Name: "ring"})
		w.b.expect("PROCEEDING, PROGRESS")
		w.b.step(Input{Kind: Tone, Name: name})
		w.b.expect("PROCEEDING, PROGRESS, RELEASE")
		if r := w.b.ups[2]; r.Cause != cause || r.Detector != "tone" {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// Nothing comes of a ring ground without a loop, nor of one that nobody answers.
func TestGroundStartTimeouts(t *testing.T) {
	cfg := LoopConfig{Ground: true}
	w := newWire(t, NewFXS(cfg), deaf{})
	w.b.bits = B
	w.pass(1000)
	w.b.bits = 0
	w.pass(100)
	if w.a.m.State() != "grounding" {
		t.Errorf("the office is %s", w.a.m.State())
	}
	w.b.bits = B
	w.pass(1000)
	if w.a.m.Condition() != Idle {
		t.Errorf("the office is %s", w.a.m.State())
	}
	w = newWire(t, deaf{}, NewFXO(cfg))
	w.a.bits = A | B
	w.pass(10000)
	w.b.takeUps() // the silent wire was ringing
	w.setup(w.b)
	w.pass(6000)
	w.b.expect("RELEASE")
	if r := w.b.ups[0]; r.Cause != tdm.CauseCircuitUnavailable {
		t.Errorf("released with %v", r.Cause)
	}
}

// The bits, as ANSI T1.403.02 has them in four and ITU-T G.704 wants C and D to be in timeslot 16.
func TestBits(t *testing.T) {
	wink := func(cfg Config) Machine { return NewEM(EMConfig{Config: cfg, Start: Wink}) }
	fxs := func(cfg Config) Machine { return NewFXS(LoopConfig{Config: cfg}) }
	fxo := func(cfg Config) Machine { return NewFXO(LoopConfig{Config: cfg}) }
	fxsGround := func(cfg Config) Machine { return NewFXS(LoopConfig{Config: cfg, Ground: true}) }
	fxoGround := func(cfg Config) Machine { return NewFXO(LoopConfig{Config: cfg, Ground: true}) }
	for _, c := range []struct {
		name     string
		new      func(Config) Machine
		idle     [2]string // on T1, on E1
		called   [2]string // after a Setup
		received string    // before it, from the far end
	}{
		{"E&M", wink, [2]string{"0000", "0101"}, [2]string{"1111", "1101"}, "0000"},
		{"FXS loop start", fxs, [2]string{"0101", "0101"}, [2]string{"0000", "0001"}, "0101"},
		{"FXS ground start", fxsGround, [2]string{"1111", "1101"}, [2]string{"0000", "0001"}, "0101"},
		{"FXO loop start", fxo, [2]string{"0101", "0101"}, [2]string{"1111", "1101"}, "0101"},
		{"FXO ground start", fxoGround, [2]string{"0101", "0101"}, [2]string{"0000", "0001"}, "1111"},
	} {
		for i, e1 := range []bool{false, true} {
			w := newWire(t, c.new(Config{E1: e1, Register: DTMF}), deaf{})
			for j, bit := range c.received {
				w.b.bits |= Bits(bit-'0') << (3 - j)
			}
			w.pass(10000)
			if got := w.a.bits.String(); got != c.idle[i] {
				t.Errorf("%s idle is %s, want %s", c.name, got, c.idle[i])
			}
			w.setup(w.a)
			w.pass(10)
			if got := w.a.bits.String(); got != c.called[i] {
				t.Errorf("%s with a call is %s, want %s", c.name, got, c.called[i])
			}
		}
	}
}

func TestLoopGraphs(t *testing.T) {
	if u := officeTable.Unreachable(officeFailed); u != nil {
		t.Errorf("office, unreachable: %v", u)
	}
	if u := stationTable.Unreachable(stationFailed); u != nil {
		t.Errorf("station, unreachable: %v", u)
	}
	if s := officeTable.Stuck(); s != nil {
		t.Errorf("office, no way out of %v", s)
	}
	if s := stationTable.Stuck(); s != nil {
		t.Errorf("station, no way out of %v", s)
	}
	if u := officeTable.Unhandled() + stationTable.Unhandled(); u != "" {
		t.Errorf("unhandled:\n%s", u)
	}
	golden(t, "testdata/fxs.dot", officeTable.DOT("fxs"))
	golden(t, "testdata/fxo.dot", stationTable.DOT("fxo"))
}
