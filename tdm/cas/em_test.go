package cas

import (
	"testing"

	"tipring/tdm"
)

var emKinds = map[string]EMConfig{
	"immediate dtmf": {Config: Config{Register: DTMF}, Start: Immediate},
	"immediate mf":   {Config: Config{Register: R1}, Start: Immediate},
	"wink dtmf":      {Config: Config{Register: DTMF}, Start: Wink},
	"wink mf":        {Config: Config{Register: R1}, Start: Wink},
	"fgd mf":         {Config: Config{Register: R1}, Start: FGD},
	"fgd dtmf":       {Config: Config{Register: DTMF}, Start: FGD},
}

func eachEM(t *testing.T, f func(t *testing.T, cfg EMConfig, w *wire)) {
	for name, cfg := range emKinds {
		for _, e1 := range []bool{false, true} {
			cfg.E1 = e1
			t.Run(name, func(t *testing.T) { f(t, cfg, newWire(t, NewEM(cfg), NewEM(cfg))) })
		}
	}
}

func (w *wire) setup(e *end) {
	e.down(tdm.Primitive{Kind: tdm.Setup, Called: "5556677", Calling: tdm.PartyNumber{Digits: "2015551234"}})
}

// up brings a call from a to b to the answer.
func (w *wire) up(cfg EMConfig) {
	w.Helper()
	w.setup(w.a)
	w.pass(12000)
	w.b.expect("SETUP")
	s := w.b.takeUps()
	if len(s) != 1 {
		w.FailNow()
	}
	ani := ""
	if cfg.Start == FGD {
		ani = "2015551234"
	}
	if s[0].Called != "5556677" || s[0].Calling.Digits != ani {
		w.Errorf("%+v: called %q, calling %q", cfg, s[0].Called, s[0].Calling.Digits)
	}
	w.a.expect("PROCEEDING, PROGRESS")
	w.a.takeUps()
	w.b.down(tdm.Primitive{Kind: tdm.Alerting})
	if w.b.playing != "ring" {
		w.Errorf("the caller hears %q", w.b.playing)
	}
	w.pass(1000)
	w.b.down(tdm.Primitive{Kind: tdm.Connect})
	w.pass(100)
	w.a.expect("CONNECT")
	w.a.takeUps()
	if w.b.playing != "" {
		w.Errorf("after the answer the caller hears %q", w.b.playing)
	}
}

// A call with the number and, by Feature Group D, the caller's number, and each way to end it.
func TestEMCall(t *testing.T) {
	eachEM(t, func(t *testing.T, cfg EMConfig, w *wire) {
		for range 2 {
			w.up(cfg)
			w.a.down(tdm.Primitive{Kind: tdm.Information, Digit: '5'})
			if w.a.dialing != "5" || w.a.register != DTMF {
				t.Errorf("a digit in a call goes as %q in %v", w.a.dialing, w.a.register)
			}
			w.pass(1000)
			w.a.down(tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseNormalClearing})
			w.a.expect("RELEASE")
			w.pass(200)
			w.b.expect("") // a flash is no end
			w.pass(200)
			w.b.expect("RELEASE")
			if r := w.b.takeUps()[0]; r.Detector != "onhook" || r.Cause != tdm.CauseNormalClearing {
				t.Errorf("released with %+v", r)
			}
			w.a.takeUps()
			w.pass(2000)
			w.atRest()
			w.up(cfg)
			w.b.down(tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseNormalClearing})
			w.pass(2000)
			w.a.expect("RELEASE")
			w.b.expect("RELEASE")
			w.a.takeUps()
			w.b.takeUps()
			w.atRest()
		}
	})
}

// A busy user is told to the caller by a tone, until the caller goes.
func TestEMBusy(t *testing.T) {
	eachEM(t, func(t *testing.T, cfg EMConfig, w *wire) {
		w.setup(w.a)
		w.pass(12000)
		w.b.takeUps()
		w.b.down(tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseUserBusy})
		w.b.expect("RELEASE")
		w.pass(500)
		if w.b.playing != "busy" {
			t.Errorf("the caller hears %q", w.b.playing)
		}
		w.a.down(tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseNormalClearing})
		w.pass(2000)
		w.atRest()
	})
}

// The caller goes at any time before the answer: at both ends nothing is left.
func TestEMAbandoned(t *testing.T) {
	eachEM(t, func(t *testing.T, cfg EMConfig, w *wire) {
		for after := 1; after < 9000; after += 217 {
			w.setup(w.a)
			w.pass(after)
			w.a.down(tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseNormalClearing})
			w.pass(3000)
			for _, e := range []*end{w.a, w.b} {
				n := 0
				for _, p := range e.takeUps() {
					switch p.Kind {
					case tdm.Setup:
						n--
					case tdm.Release:
						n++
					}
				}
				if want := map[bool]int{true: 1}[e == w.a]; n != want {
					t.Fatalf("after %d ms %s has %d releases more than setups, want %d\n%s", after, e.name, n, want, w.log.String())
				}
			}
			w.atRest()
		}
	})
}

// Both ends seize at once. One that holds wins against one that gives way; two of a kind end without a call, and nothing stays.
func TestEMGlare(t *testing.T) {
	for _, start := range []EMStart{Immediate, Wink, FGD} {
		for _, hold := range [][2]bool{{true, false}, {false, true}, {false, false}, {true, true}} {
			for late := 0; late < 40; late += 13 {
				a, b := EMConfig{Config: Config{Register: R1, Hold: hold[0]}, Start: start}, EMConfig{Config: Config{Register: R1, Hold: hold[1]}, Start: start}
				w := newWire(t, NewEM(a), NewEM(b))
				w.setup(w.a)
				w.pass(late)
				w.setup(w.b)
				w.pass(20000)
				wins, loses := w.a, w.b
				if hold[1] {
					wins, loses = w.b, w.a
				}
				switch {
				case len(w.b.refused) == 1: // it saw the seizure first
					w.b.refused = nil
					w.b.expect("SETUP")
				case hold[0] == hold[1] && w.b.kinds() == "RELEASE": // else the seizure of b was too short to be seen
					for _, e := range []*end{w.a, w.b} {
						e.expect("RELEASE")
						if r := e.ups[0]; r.Cause != tdm.CauseCircuitUnavailable {
							t.Errorf("released with %v", r.Cause)
						}
						e.takeUps()
					}
					w.pass(10000)
					w.atRest()
					continue
				default:
					loses.expect("RELEASE, SETUP")
					if r := loses.ups[0]; r.Cause != tdm.CauseCircuitUnavailable {
						t.Errorf("the call that gave way ends with %v", r.Cause)
					}
					wins.expect("PROCEEDING, PROGRESS")
				}
				for _, e := range []*end{w.a, w.b} {
					e.takeUps()
					e.down(tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseNormalClearing})
				}
				w.pass(3000)
				w.atRest()
			}
		}
	}
}

// A wink counts from 100 to 350 ms. Without one the call is put on another channel by whoever hears cause 44.
func TestEMWinkLength(t *testing.T) {
	for _, c := range []struct {
		ms int
		ok bool
	}{{60, false}, {95, false}, {105, true}, {140, true}, {290, true}, {345, true}, {360, false}} {
		w := newWire(t, NewEM(emKinds["wink mf"]), NewEM(emKinds["wink mf"]))
		w.b.m = deaf{} // the far end is this test
		w.setup(w.a)
		w.pass(300)
		w.b.bits = 15
		w.pass(c.ms)
		w.b.bits = 0
		w.pass(300)
		if dials := w.a.dialing != ""; dials != c.ok {
			t.Errorf("after a wink of %d ms the channel is %s, dials %q", c.ms, w.a.m.State(), w.a.dialing)
		}
	}
	w := newWire(t, NewEM(emKinds["wink mf"]), NewEM(emKinds["wink mf"]))
	w.b.m = deaf{}
	w.setup(w.a)
	w.pass(3990)
	w.a.expect("")
	w.pass(20)
	w.a.expect("RELEASE")
	if r := w.a.ups[0]; r.Cause != tdm.CauseCircuitUnavailable || w.a.counts["no wink"] != 1 {
		t.Errorf("%+v, counted %v", r, w.a.counts)
	}
}

// Our wink comes 100 ms and more after the seizure and lasts 140 to 290 ms.
func TestEMOwnWink(t *testing.T) {
	w := newWire(t, NewEM(emKinds["wink mf"]), NewEM(emKinds["wink mf"]))
	w.setup(w.a)
	began, ended := int64(0), int64(0)
	at := w.ms
	for range 1000 {
		w.pass(1)
		if w.b.bits != 0 && began == 0 {
			began = w.ms
		}
		if w.b.bits == 0 && began != 0 && ended == 0 {
			ended = w.ms
		}
	}
	if d, l := began-at, ended-began; d < 100 || d > 300 || l < 140 || l > 290 {
		t.Errorf("our wink comes %d ms after the seizure and lasts %d ms", d, l)
	}
}

// deaf is a far end that does nothing.
type deaf struct{}

func (deaf) Step(Input) []Output  { return nil }
func (deaf) State() string        { return "" }
func (deaf) Condition() Condition { return Idle }
func (deaf) Timer(Timer) string   { return "" }
func (deaf) Looks() Bits          { return 0 }

// A seizure without a number, and one that breaks off: a tone, and out of service after half a minute, until the far end idles.
func TestEMPermanentSignal(t *testing.T) {
	w := newWire(t, NewEM(emKinds["wink dtmf"]), NewEM(emKinds["wink dtmf"]))
	w.b.m = deaf{}
	w.b.bits = 15
	w.pass(10000)
	if w.a.playing != "" {
		t.Errorf("too early a tone: %q", w.a.playing)
	}
	w.pass(1000)
	if w.a.playing != "congestion" || w.a.m.Condition() != Busy {
		t.Errorf("%s plays %q", w.a.m.State(), w.a.playing)
	}
	w.pass(30000)
	if w.a.playing != "" || w.a.m.Condition() != OutOfService {
		t.Errorf("%s plays %q", w.a.m.State(), w.a.playing)
	}
	w.setup(w.a)
	if len(w.a.refused) != 1 {
		t.Error("a call is taken")
	}
	w.b.bits = 0
	w.pass(1000)
	if w.a.m.Condition() != Idle {
		t.Errorf("the far end has gone, and the channel is %s", w.a.m.State())
	}
	w.a.expect("")
}

// Feature Group D without the acknowledgement wink clears the call; an answer in its place does not.
func TestFGDAcknowledgement(t *testing.T) {
	for _, answers := range []bool{false, true} {
		w := newWire(t, NewEM(emKinds["fgd mf"]), NewEM(emKinds["fgd mf"]))
		w.b.m = deaf{}
		w.setup(w.a)
		w.pass(300)
		w.b.bits = 15
		w.pass(200)
		w.b.bits = 0
		w.pass(4500)
		if w.a.m.State() != "acknowledgement wait" {
			t.Fatalf("the channel is %s\n%s", w.a.m.State(), w.log.String())
		}
		if answers {
			w.b.bits = 15
		}
		w.pass(5000)
		if answers {
			w.a.expect("PROCEEDING, PROGRESS, CONNECT")
		} else {
			w.a.expect("RELEASE")
		}
	}
}

// A caller's number that is withheld, or that is none, is not sent: the call goes on as one whose number failed.
func TestFGDWithoutANumber(t *testing.T) {
	for _, from := range []tdm.PartyNumber{{}, {Digits: "trunk"}, {Digits: "2015551234", Presentation: tdm.Restricted}} {
		for _, kind := range []string{"fgd mf", "fgd dtmf"} {
			w := newWire(t, NewEM(emKinds[kind]), NewEM(emKinds[kind]))
			w.a.down(tdm.Primitive{Kind: tdm.Setup, Called: "5556677", Calling: from})
			w.pass(12000)
			w.b.expect("SETUP")
			if s := w.b.ups[0]; s.Called != "5556677" || s.Calling.Digits != "" || s.Calling.Presentation != tdm.Unavailable {
				t.Errorf("%s, from %+v: %+v", kind, from, s)
			}
		}
	}
}

// What a channel cannot carry is refused before anything goes to the line.
func TestEMRefuses(t *testing.T) {
	w := newWire(t, NewEM(emKinds["wink mf"]), NewEM(emKinds["wink mf"]))
	for _, c := range []struct {
		p     tdm.Primitive
		cause tdm.Cause
	}{
		{tdm.Primitive{Kind: tdm.Setup, Called: "5556677", ISDN: &tdm.ISDN{Bearer: tdm.BearerCapability{Capability: 8}}}, tdm.CauseBearerNotImplemented},
		{tdm.Primitive{Kind: tdm.Setup, Called: "*98"}, tdm.CauseInvalidNumber},
		{tdm.Primitive{Kind: tdm.Setup}, tdm.CauseInvalidNumber},
	} {
		w.a.refused = nil
		w.a.down(c.p)
		if len(w.a.refused) != 1 || w.a.refused[0].Cause != c.cause {
			t.Errorf("%+v: refused %+v, want %v", c.p, w.a.refused, c.cause)
		}
	}
	w.a.refused = nil
	w.a.step(Input{Kind: Block})
	w.setup(w.a)
	if len(w.a.refused) != 1 || w.a.m.Condition() != Blocked {
		t.Error("a blocked channel takes a call")
	}
	w.setup(w.b)
	w.pass(6000)
	w.a.expect("")
	w.b.expect("RELEASE")
	w.a.step(Input{Kind: Unblock})
	w.b.takeUps()
	w.pass(2000)
	w.atRest()
}

// A failed line releases its call with cause 38 and takes none until it is back and the far end idle.
func TestEMLineFails(t *testing.T) {
	cfg := emKinds["wink mf"]
	w := newWire(t, NewEM(cfg), NewEM(cfg))
	w.up(cfg)
	w.a.alarm = true
	w.a.step(Input{Kind: Fail})
	w.a.expect("RELEASE")
	if r := w.a.takeUps()[0]; r.Cause != tdm.CauseNetworkOutOfOrder {
		t.Errorf("released with %v", r.Cause)
	}
	w.setup(w.a)
	if len(w.a.refused) != 1 {
		t.Error("a call is taken")
	}
	w.pass(2000)
	w.b.expect("RELEASE")
	w.b.takeUps()
	w.a.alarm = false
	w.a.debounce.Jump(w.b.bits)
	w.a.step(Input{Kind: Restore, Bits: w.b.bits & A})
	w.pass(2000)
	w.atRest()
}

func TestEMGraph(t *testing.T) {
	if u := emTable.Unreachable(emFailed); u != nil {
		t.Errorf("unreachable: %v", u)
	}
	if s := emTable.Stuck(); s != nil {
		t.Errorf("no way out of %v", s)
	}
	if u := emTable.Unhandled(); u != "" {
		t.Errorf("unhandled:\n%s", u)
	}
	golden(t, "testdata/em.dot", emTable.DOT("em"))
}
