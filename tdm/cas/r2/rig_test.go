package r2

import (
	"fmt"
	"strings"
	"testing"

	"tipring/tdm"
	"tipring/tdm/cas"
)

// toneMs is how long the rig's detectors take to find that a signal has begun or ended, debounceMs how long bits have to last.
const toneMs, debounceMs = 30, 20

// An end is a machine with what drives it, a millisecond at a time; register signals go across as they are meant.
type end struct {
	name     string
	m        *machine
	timers   cas.Timers
	debounce cas.Debouncer
	runs     []tdm.SigRun
	left     int
	bits     cas.Bits
	tone     byte // sent, 0: none
	register cas.Register
	playing  string
	listen   cas.Register
	heard    byte // by the far end's detector
	pending  byte
	since    int
	ups      []tdm.Primitive
	refused  int
	counts   map[string]int
}

type wire struct {
	t    testing.TB
	ms   int64
	a, b *end
	log  strings.Builder
}

func newEnd(t testing.TB, name string, cfg Config) *end {
	m, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return &end{name: name, m: m.(*machine), debounce: cas.Debouncer{Ms: debounceMs, Looks: m.Looks()}, counts: map[string]int{}}
}

func newWire(t testing.TB, a, b Config) *wire {
	w := &wire{t: t, a: newEnd(t, "a", a), b: newEnd(t, "b", b)}
	for _, e := range []*end{w.a, w.b} {
		e.debounce.Jump(idleBits)
		w.step(e, cas.Input{Kind: cas.Begin, Bits: idleBits})
	}
	w.pass(1000)
	return w
}

func (w *wire) step(e *end, in cas.Input) {
	in.At = w.ms * tdm.Quantum
	before := e.m.state
	out := e.m.Step(in)
	for i := range out {
		o := &out[i]
		e.timers.Do(o, w.ms*tdm.Quantum)
		switch o.Kind {
		case cas.Send:
			e.runs, e.left = append([]tdm.SigRun(nil), o.Runs...), 0
		case cas.Up:
			e.ups = append(e.ups, o.Prim)
		case cas.Refuse:
			e.refused++
		case cas.Hold:
			e.tone, e.register, e.playing = o.Digits[0], o.Register, ""
		case cas.Play:
			e.tone, e.playing = 0, o.Name
		case cas.Quiet:
			e.tone, e.playing = 0, ""
		case cas.ListenTo:
			e.listen = o.Listen.Register
		case cas.Count:
			e.counts[o.Name]++
		}
	}
	if e.m.state != before {
		fmt.Fprintf(&w.log, "%7d %s %v\n", w.ms, e.name, e.m.state)
	}
}

func (w *wire) down(e *end, p tdm.Primitive) { w.step(e, cas.Input{Kind: cas.Down, Prim: p}) }

// hear is e's detector at what far sends.
func (w *wire) hear(e, far *end) {
	tone := far.tone
	if far.register != e.listen {
		tone = 0
	}
	if e.listen == cas.NoRegister {
		e.heard, e.since = 0, 0
		return
	}
	if tone != e.pending {
		e.pending, e.since = tone, 0
	}
	if e.since++; e.since != toneMs || tone == e.heard {
		return
	}
	if was := e.heard; was != 0 {
		e.heard = 0
		w.step(e, cas.Input{Kind: cas.SignalEnd, Digit: was})
	}
	if tone != 0 {
		e.heard = tone
		w.step(e, cas.Input{Kind: cas.Signal, Digit: tone})
	}
}

func (w *wire) pass(ms int) {
	for range ms {
		w.ms++
		for _, e := range []*end{w.a, w.b} {
			for len(e.runs) > 0 && e.left == 0 {
				e.bits, e.left = cas.Bits(e.runs[0].Bits), int(e.runs[0].Ms)
				e.runs = e.runs[1:]
			}
			if e.left > 0 {
				e.left--
			}
		}
		w.receive(w.a, w.b)
		w.receive(w.b, w.a)
	}
}

func (w *wire) receive(e, far *end) {
	now := w.ms * tdm.Quantum
	e.debounce.Set(far.bits, now)
	if b, _, ok := e.debounce.Due(now); ok {
		w.step(e, cas.Input{Kind: cas.Line, Bits: b})
	}
	w.hear(e, far)
	for {
		t, _, ok := e.timers.Due(now)
		if !ok {
			return
		}
		w.step(e, cas.Input{Kind: cas.Expired, Timer: t})
	}
}

// until lets time pass until an end has said a primitive of a kind.
func (w *wire) until(e *end, k tdm.PrimitiveKind) tdm.Primitive {
	w.t.Helper()
	for range 60000 {
		for i := range e.ups {
			if e.ups[i].Kind == k {
				p := e.ups[i]
				e.ups = e.ups[i+1:]
				return p
			}
		}
		w.pass(1)
	}
	w.t.Fatalf("%s says no %v; a is %v, b is %v\n%s", e.name, k, w.a.m.state, w.b.m.state, w.log.String())
	panic("unreached")
}

// atRest holds both ends to be idle and silent, with nothing left over.
func (w *wire) atRest() {
	w.t.Helper()
	w.pass(1000)
	for _, e := range []*end{w.a, w.b} {
		running := 0
		e.timers.Each(func(cas.Timer, int64) { running++ })
		if e.m.state != idle || e.m.call || running != 0 || e.tone != 0 || e.playing != "" || e.listen != cas.NoRegister {
			w.t.Errorf("%s at rest is %v, call %v, %d timers, tone %q, plays %q, listens to %v\n%s", e.name, e.m.state, e.m.call, running, e.tone, e.playing, e.listen, w.log.String())
		}
	}
}
