package r2

import (
	"flag"
	"math/rand/v2"
	"os"
	"testing"

	"tipring/tdm"
	"tipring/tdm/cas"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestDiagram(t *testing.T) {
	if got := table.Unreachable(failed); got != nil {
		t.Errorf("unreachable: %v", got)
	}
	if got := table.Stuck(); got != nil {
		t.Errorf("no way out of %v", got)
	}
	if got := table.Unhandled(); got != "" {
		t.Errorf("not handled:\n%s", got)
	}
	const file = "testdata/r2.dot"
	got := table.DOT("r2")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || got != string(want) {
		t.Errorf("the drawing changed (%v); run with -update and review it", err)
	}
}

func setup(restricted bool) tdm.Primitive {
	p := tdm.Primitive{Kind: tdm.Setup, Called: "5551234", Calling: tdm.PartyNumber{Digits: "4689"}}
	if restricted {
		p.Calling.Presentation = tdm.Restricted
	}
	return p
}

// Every variant, both ends ours: the numbers arrive, and the call ends as it should.
func TestCalls(t *testing.T) {
	for i := range Variants {
		v := &Variants[i]
		cfg := Config{Variant: v.Name, DNIS: 7, ANI: 4}
		offer := func(t *testing.T, cfg Config, p tdm.Primitive) (*wire, tdm.Primitive) {
			w := newWire(t, cfg, cfg)
			w.down(w.a, p)
			got := w.until(w.b, tdm.Setup)
			if got.Called != "5551234" {
				t.Errorf("called %q\n%s", got.Called, w.log.String())
			}
			return w, got
		}
		talk := func(t *testing.T, w *wire) {
			w.down(w.b, tdm.Primitive{Kind: tdm.Alerting})
			w.until(w.a, tdm.Alerting)
			w.pass(1000)
			if w.b.playing != "ring" {
				t.Errorf("b plays %q", w.b.playing)
			}
			w.down(w.b, tdm.Primitive{Kind: tdm.Connect})
			w.until(w.a, tdm.Connect)
		}
		t.Run(v.Name+"/answer", func(t *testing.T) {
			w, got := offer(t, cfg, setup(false))
			if got.Calling.Digits != "4689" || got.Calling.Presentation != tdm.Allowed {
				t.Errorf("calling %+v\n%s", got.Calling, w.log.String())
			}
			talk(t, w)
			w.pass(5000)
			w.down(w.a, tdm.Primitive{Kind: tdm.Disconnect, Cause: 16})
			w.until(w.a, tdm.Release)
			if c := w.until(w.b, tdm.Release).Cause; c != 16 {
				t.Errorf("cause %v", c)
			}
			w.atRest()
		})
		t.Run(v.Name+"/clear back", func(t *testing.T) {
			w, _ := offer(t, cfg, setup(false))
			talk(t, w)
			w.down(w.b, tdm.Primitive{Kind: tdm.Disconnect, Cause: 16})
			if c := w.until(w.a, tdm.Release).Cause; c != 16 {
				t.Errorf("cause %v", c)
			}
			w.until(w.b, tdm.Release)
			w.atRest()
		})
		t.Run(v.Name+"/restricted", func(t *testing.T) {
			w, got := offer(t, cfg, setup(true))
			if got.Calling.Digits != "" || got.Calling.Presentation != tdm.Restricted && v.restricted != v.endCalling {
				t.Errorf("calling %+v", got.Calling)
			}
			w.down(w.b, tdm.Primitive{Kind: tdm.Connect})
			w.until(w.a, tdm.Connect)
			w.down(w.a, tdm.Primitive{Kind: tdm.Disconnect, Cause: 16})
			w.atRest()
		})
		t.Run(v.Name+"/no calling number", func(t *testing.T) {
			_, got := offer(t, cfg, tdm.Primitive{Kind: tdm.Setup, Called: "5551234"})
			if got.Calling.Presentation != tdm.Unavailable {
				t.Errorf("calling %+v", got.Calling)
			}
		})
		t.Run(v.Name+"/number without an end", func(t *testing.T) {
			_, got := offer(t, Config{Variant: v.Name, ANI: 4}, setup(false))
			if got.Calling.Digits != "4689" {
				t.Errorf("calling %+v", got.Calling)
			}
		})
		t.Run(v.Name+"/caller gives up", func(t *testing.T) {
			for _, ms := range []int{10, 100, 500, 900, 1500, 2500, 5000} {
				w := newWire(t, cfg, cfg)
				w.down(w.a, setup(false))
				w.pass(ms)
				w.down(w.a, tdm.Primitive{Kind: tdm.Disconnect, Cause: 16})
				w.until(w.a, tdm.Release)
				w.atRest()
			}
		})
		for cause, want := range map[tdm.Cause]tdm.Cause{17: 17, 1: 1, 42: 42, 27: 27, 41: 42} {
			t.Run(v.Name+"/"+cause.String(), func(t *testing.T) {
				w, _ := offer(t, cfg, setup(false))
				w.down(w.b, tdm.Primitive{Kind: tdm.Disconnect, Cause: cause})
				if v.Name == "mx" && cause == 1 {
					want = 17 // it has no signal for it
				}
				if got := w.until(w.a, tdm.Release).Cause; got != want {
					t.Errorf("cause %v, want %v\n%s", got, want, w.log.String())
				}
				w.until(w.b, tdm.Release)
				w.atRest()
			})
		}
	}
}

func TestImmediateAccept(t *testing.T) {
	cfg := Config{DNIS: 7, ImmediateAccept: true}
	w := newWire(t, cfg, cfg)
	w.down(w.a, setup(false))
	w.until(w.b, tdm.Setup)
	w.down(w.b, tdm.Primitive{Kind: tdm.Connect})
	w.until(w.a, tdm.Connect)
	w.down(w.b, tdm.Primitive{Kind: tdm.Disconnect, Cause: 16})
	w.until(w.a, tdm.Release)
	w.atRest()
	if _, err := New(Config{Variant: "mx", ImmediateAccept: true}); err == nil {
		t.Error("mx accepts at once without a signal for it")
	}
}

func TestCollectCalls(t *testing.T) {
	caller := Config{Variant: "br", DNIS: 7, Category: Collect}
	w := newWire(t, caller, Config{Variant: "br", DNIS: 7, RejectCollect: true})
	w.down(w.a, setup(false))
	if c := w.until(w.a, tdm.Release).Cause; c != tdm.CauseUnallocated || len(w.b.ups) != 0 {
		t.Errorf("cause %v, b says %v", c, w.b.ups)
	}
	w.atRest()

	// Double answer: the gateway's exchange does not take the call away, since it answers again soon.
	w = newWire(t, caller, Config{Variant: "br", DNIS: 7, DoubleAnswer: true})
	w.down(w.a, setup(false))
	w.until(w.b, tdm.Setup)
	w.down(w.b, tdm.Primitive{Kind: tdm.Connect})
	w.until(w.a, tdm.Connect)
	w.pass(500)
	states := w.log.Len()
	w.pass(6000)
	if w.a.m.state != talkingOut || len(w.a.ups) != 0 || w.log.Len() == states {
		t.Errorf("a is %v and says %v\n%s", w.a.m.state, w.a.ups, w.log.String())
	}
}

func TestMetering(t *testing.T) {
	cfg := Config{Variant: "ar", DNIS: 7}
	w := newWire(t, cfg, cfg)
	w.down(w.a, setup(false))
	w.until(w.b, tdm.Setup)
	w.down(w.b, tdm.Primitive{Kind: tdm.Connect})
	w.until(w.a, tdm.Connect)
	for want := range int64(3) {
		w.b.runs = []tdm.SigRun{{Bits: 0b1101, Ms: 150}, {Bits: 0b0101}}
		p := w.until(w.a, tdm.Notify)
		if p.Event != "charge" || p.ISDN.Charge.Units != want+1 {
			t.Errorf("%+v", p.ISDN.Charge)
		}
		w.pass(1000)
	}
	w.b.runs, w.b.left = []tdm.SigRun{{Bits: 0b1101}}, 0
	w.until(w.a, tdm.Release)
}

func TestDoubleSeizure(t *testing.T) {
	cfg := Config{DNIS: 7}
	w := newWire(t, cfg, cfg)
	w.down(w.a, setup(false))
	w.down(w.b, setup(false))
	for _, e := range []*end{w.a, w.b} {
		if c := w.until(e, tdm.Release).Cause; c != tdm.CauseCircuitUnavailable {
			t.Errorf("cause %v", c)
		}
	}
	w.atRest()
}

func TestBlocking(t *testing.T) {
	cfg := Config{DNIS: 7}
	w := newWire(t, cfg, cfg)
	w.step(w.b, cas.Input{Kind: cas.Block})
	w.pass(100)
	if w.a.m.Condition() != cas.Blocked || w.b.m.Condition() != cas.Blocked {
		t.Errorf("a is %v, b is %v", w.a.m.Condition(), w.b.m.Condition())
	}
	w.down(w.a, setup(false))
	w.down(w.b, setup(false))
	if w.a.refused != 1 || w.b.refused != 1 {
		t.Error("a blocked channel takes a call")
	}
	w.step(w.b, cas.Input{Kind: cas.Unblock})
	w.pass(100)
	w.atRest()
}

// The far end says nothing: each wait ends by its timer, and not before.
func TestTimers(t *testing.T) {
	line := func(w *wire, ms int, b cas.Bits) { w.b.runs, w.b.left = []tdm.SigRun{{Bits: uint8(b)}}, 0; w.pass(ms) }
	for _, c := range []struct {
		name  string
		ms    int64
		cause tdm.Cause
		play  func(w *wire)
	}{
		{"no acknowledgement", seizeMs, tdm.CauseCircuitUnavailable, func(*wire) {}},
		{"T1", forwardMs, tdm.CauseRecoveryOnTimer, func(w *wire) { line(w, debounceMs+2, backBits) }},
		{"T2", endMs, tdm.CauseRecoveryOnTimer, func(w *wire) {
			line(w, debounceMs+2, backBits)
			w.step(w.a, cas.Input{Kind: cas.Signal, Digit: '1'})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWire(t, Config{}, Config{})
			w.b.m.state = failed // it does nothing
			w.down(w.a, setup(false))
			c.play(w)
			from := w.ms
			got := w.until(w.a, tdm.Release)
			if d := w.ms - from; got.Cause != c.cause || d < c.ms-5 || d > c.ms+5 {
				t.Errorf("cause %v after %d ms", got.Cause, d)
			}
			w.pass(releaseMs + 10)
			if w.a.m.state != stuck && c.name != "no acknowledgement" {
				t.Errorf("a is %v", w.a.m.state)
			}
			line(w, 1000, idleBits)
			if w.a.m.state != idle {
				t.Errorf("a is %v at last", w.a.m.state)
			}
		})
	}
}

// Anything in any order: what comes up stays in order, and when all is over both ends are at rest.
func TestRandom(t *testing.T) {
	calls := 0
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 2))
		v := Variants[rng.IntN(len(Variants))]
		cfg := Config{Variant: v.Name, DNIS: 3 + rng.IntN(5), ANI: 4 * rng.IntN(2)}
		w := newWire(t, cfg, cfg)
		has := map[*end]bool{}
		settle := func() {
			for _, e := range []*end{w.a, w.b} {
				for _, p := range e.ups {
					switch {
					case p.Kind == tdm.Setup && !has[e]:
						has[e] = true
						calls++
					case p.Kind == tdm.Setup, !has[e]:
						t.Fatalf("seed %d: %s says %v, has a call: %v\n%s", seed, e.name, p.Kind, has[e], w.log.String())
					case p.Kind == tdm.Release:
						has[e] = false
					}
				}
				e.ups = nil
			}
		}
		act := func(e *end, in cas.Input) {
			isSetup := in.Kind == cas.Down && in.Prim.Kind == tdm.Setup
			if isSetup && has[e] {
				return
			}
			n := e.refused
			has[e] = has[e] || isSetup
			w.step(e, in)
			if e.refused > n {
				has[e] = false
			}
			settle()
		}
		for range 120 {
			e := []*end{w.a, w.b}[rng.IntN(2)]
			down := func(k tdm.PrimitiveKind) {
				act(e, cas.Input{Kind: cas.Down, Prim: tdm.Primitive{Kind: k, Called: "5551234", Cause: tdm.Cause(16 + rng.IntN(2)), InBand: rng.IntN(2) == 0}})
			}
			switch rng.IntN(14) {
			case 0, 1, 2:
				down(tdm.Setup)
			case 3, 4, 5:
				down([]tdm.PrimitiveKind{tdm.Alerting, tdm.Connect, tdm.Progress}[rng.IntN(3)])
			case 6:
				down(tdm.Disconnect)
			case 7:
				act(e, cas.Input{Kind: cas.Signal, Digit: names[rng.IntN(15)]})
			case 8:
				act(e, cas.Input{Kind: cas.SignalEnd, Digit: '1'})
			case 9:
				act(e, cas.Input{Kind: cas.Line, Bits: cas.Bits(rng.IntN(4)) << 2})
			case 10:
				act(e, cas.Input{Kind: cas.Expired, Timer: cas.Timer(rng.IntN(cas.MaxTimers))})
			case 11:
				act(e, cas.Input{Kind: cas.Fail})
				w.pass(rng.IntN(300))
				act(e, cas.Input{Kind: cas.Restore, Bits: e.debounce.Bits()})
			case 12:
				act(e, cas.Input{Kind: cas.Block})
				w.pass(rng.IntN(500))
				act(e, cas.Input{Kind: cas.Unblock})
			}
			w.pass(rng.IntN(2500))
			settle()
		}
		for range 5 {
			for _, e := range []*end{w.a, w.b} {
				act(e, cas.Input{Kind: cas.Unblock})
				act(e, cas.Input{Kind: cas.Down, Prim: tdm.Primitive{Kind: tdm.Disconnect, Cause: 16}})
				act(e, cas.Input{Kind: cas.Line, Bits: e.debounce.Bits()})
			}
			w.pass(20000)
			settle()
		}
		if has[w.a] || has[w.b] {
			t.Fatalf("seed %d: a call for ever\n%s", seed, w.log.String())
		}
		if w.atRest(); t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if calls < 60 {
		t.Errorf("only %d calls have come in", calls)
	}
}

func TestConfigIsChecked(t *testing.T) {
	for _, c := range []Config{{Variant: "xx"}, {DNIS: -1}, {ANI: 33}, {Category: Collect}, {Category: numCategories}, {DoubleAnswer: true}} {
		if _, err := New(c); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
}

func BenchmarkCall(b *testing.B) {
	cfg := Config{DNIS: 7}
	for b.Loop() {
		w := newWire(b, cfg, cfg)
		w.down(w.a, setup(false))
		w.until(w.b, tdm.Setup)
	}
}
