package cas

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"tipring/tdm"
)

// pairs are the machines that meet on a line.
var pairs = map[string]func() (a, b Machine){
	"fxs-fxo loop": func() (a, b Machine) { return NewFXS(LoopConfig{}), NewFXO(LoopConfig{}) },
	"fxs-fxo ground": func() (a, b Machine) {
		return NewFXS(LoopConfig{Ground: true}), NewFXO(LoopConfig{Ground: true})
	},
}

func init() {
	for name, cfg := range emKinds {
		pairs[name] = func() (a, b Machine) {
			held := cfg
			held.Hold = true
			return NewEM(cfg), NewEM(held)
		}
	}
}

// accounts follows what comes up from one end: who has a call, and that each ends once.
type accounts struct {
	has     bool
	setups  int
	refused int
}

func (e *end) settle(t *testing.T, a *accounts, seed uint64) {
	t.Helper()
	for _, p := range e.takeUps() {
		switch {
		case p.Kind == tdm.Setup && !a.has:
			a.has = true
			a.setups++
		case p.Kind == tdm.Setup, !a.has:
			t.Fatalf("seed %d, %d ms: %s says %v, has a call: %v\n%s", seed, e.ms, e.name, p.Kind, a.has, tail(e.log.String()))
		case p.Kind == tdm.Release:
			a.has = false
		}
	}
}

func tail(s string) string { return s[max(0, len(s)-3000):] }

// Random calls and noises on both ends of a line: what comes up stays in order, each call is released once, and when everybody
// has gone and the line is quiet both ends are at rest.
func TestRandom(t *testing.T) {
	for name, pair := range pairs {
		t.Run(name, func(t *testing.T) {
			calls := 0
			for seed := range uint64(25) {
				calls += randomStory(t, pair, seed)
			}
			if calls < 25 {
				t.Errorf("only %d calls have come in: the test tests little", calls)
			}
		})
	}
}

func randomStory(t *testing.T, pair func() (a, b Machine), seed uint64) int {
	rng := rand.New(rand.NewPCG(seed, 1))
	a, b := pair()
	w := newWire(t, a, b)
	acc := map[*end]*accounts{w.a: {}, w.b: {}}
	settle := func() {
		for _, e := range []*end{w.a, w.b} {
			e.settle(t, acc[e], seed)
		}
	}
	settle()
	// act does something and keeps the accounts.
	act := func(e *end, in Input) {
		setup := in.Kind == Down && in.Prim.Kind == tdm.Setup
		if setup && acc[e].has {
			return // whoever drives a machine gives it one call at a time
		}
		n := len(e.refused)
		if setup {
			acc[e].has = true
		}
		e.step(in)
		if setup && len(e.refused) > n {
			acc[e].has = false
			acc[e].refused++
		}
		settle()
	}
	for range 150 {
		e := w.a
		if rng.IntN(2) == 0 {
			e = w.b
		}
		switch rng.IntN(16) {
		case 0, 1, 2:
			act(e, Input{Kind: Down, Prim: tdm.Primitive{Kind: tdm.Setup, Called: "5556677"}})
		case 3:
			act(e, Input{Kind: Down, Prim: tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.Cause(16 + rng.IntN(2))}})
		case 4, 5:
			act(e, Input{Kind: Down, Prim: tdm.Primitive{Kind: tdm.Connect}})
		case 6:
			act(e, Input{Kind: Down, Prim: tdm.Primitive{Kind: tdm.Alerting, InBand: rng.IntN(2) == 0}})
		case 7:
			act(e, Input{Kind: Down, Prim: tdm.Primitive{Kind: tdm.Information, Digit: "5*x"[rng.IntN(3)]}})
		case 8:
			act(e, Input{Kind: Voice})
		case 9:
			act(e, Input{Kind: Tone, Name: []string{"busy", "congestion", "ring"}[rng.IntN(3)]})
		case 10:
			act(e, Input{Kind: Signal, Digit: "KS*#5T"[rng.IntN(6)]})
		case 11:
			act(e, Input{Kind: Line, Bits: Bits(rng.IntN(16)) & e.m.Looks()})
		case 12:
			act(e, Input{Kind: Expired, Timer: Timer(rng.IntN(MaxTimers))})
		case 13:
			act(e, Input{Kind: Fail})
			w.pass(rng.IntN(500))
			act(e, Input{Kind: Restore, Bits: e.far().bits & e.m.Looks()})
		case 14:
			act(e, Input{Kind: Block})
			w.pass(rng.IntN(3000))
			act(e, Input{Kind: Unblock})
		case 15:
			was := e.bits
			e.bits ^= A
			w.pass(rng.IntN(60))
			e.bits = was
		}
		w.pass(rng.IntN(3000))
		settle()
	}
	for range 6 {
		for _, e := range []*end{w.a, w.b} {
			act(e, Input{Kind: Unblock})
			act(e, Input{Kind: Down, Prim: tdm.Primitive{Kind: tdm.Disconnect, Cause: 16}})
			act(e, Input{Kind: Line, Bits: e.far().bits & e.m.Looks()})
		}
		w.pass(12000)
		settle()
	}
	for _, e := range []*end{w.a, w.b} {
		if acc[e].has {
			t.Fatalf("seed %d: %s has a call for ever\n%s", seed, e.name, tail(w.log.String()))
		}
	}
	w.atRest()
	if t.Failed() {
		t.Fatalf("seed %d", seed)
	}
	return acc[w.a].setups + acc[w.b].setups
}

// A step costs nothing in memory once its outputs have had room.
func TestStepAllocatesLittle(t *testing.T) {
	m := NewEM(emKinds["wink mf"])
	m.Step(Input{Kind: Begin})
	n := testing.AllocsPerRun(200, func() { m.Step(Input{Kind: Line, Bits: 0}) })
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkCall(b *testing.B) {
	for _, kind := range []string{"wink mf", "fgd mf"} {
		b.Run(fmt.Sprint("kind=", kind), func(b *testing.B) {
			m := NewEM(emKinds[kind])
			for b.Loop() {
				m.Step(Input{Kind: Begin})
				m.Step(Input{Kind: Expired, Timer: tGuard})
				m.Step(Input{Kind: Down, Prim: tdm.Primitive{Kind: tdm.Setup, Called: "5556677"}})
				m.Step(Input{Kind: Line, Bits: A, At: 8})
				m.Step(Input{Kind: Line, At: 1608})
				m.Step(Input{Kind: Expired, Timer: tDelay})
				m.Step(Input{Kind: Sent})
				m.Step(Input{Kind: Down, Prim: tdm.Primitive{Kind: tdm.Disconnect, Cause: 16}})
			}
		})
	}
}
