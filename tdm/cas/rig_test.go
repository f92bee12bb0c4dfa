package cas

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"tipring/tdm"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// debounceMs is what the rig's ends have bits last.
const debounceMs = 20

// An end is a machine with what drives it: a millisecond at a time, no audio, register signals as they are meant.
type end struct {
	*wire
	name     string
	m        Machine
	timers   Timers
	debounce Debouncer
	runs     []tdm.SigRun
	left     int
	bits     Bits // sent
	listen   Listen
	dialing  string // still to be sent, a digit each 140 ms
	register Register
	dialMs   int
	playing  string
	ups      []tdm.Primitive
	refused  []tdm.Primitive
	counts   map[string]int
	alarm    bool
}

// A wire joins two ends.
type wire struct {
	*testing.T
	ms   int64
	a, b *end
	log  strings.Builder
}

func newWire(t *testing.T, a, b Machine) *wire {
	w := &wire{T: t}
	w.a = &end{wire: w, name: "a", m: a, debounce: Debouncer{Ms: debounceMs, Looks: a.Looks()}, counts: map[string]int{}}
	w.b = &end{wire: w, name: "b", m: b, debounce: Debouncer{Ms: debounceMs, Looks: b.Looks()}, counts: map[string]int{}}
	for _, e := range []*end{w.a, w.b} {
		e.step(Input{Kind: Begin})
	}
	w.pass(2000)
	w.log.Reset()
	return w
}

func (e *end) far() *end {
	if e == e.a {
		return e.b
	}
	return e.a
}

func (e *end) step(in Input) {
	if in.At == 0 {
		in.At = e.ms * 8
	}
	before := e.m.State()
	out := e.m.Step(in)
	for i := range out {
		o := &out[i]
		e.timers.Do(o, e.ms*8)
		switch o.Kind {
		case Send:
			e.runs, e.left = append([]tdm.SigRun(nil), o.Runs...), 0
		case Up:
			e.ups = append(e.ups, o.Prim)
		case Refuse:
			e.refused = append(e.refused, o.Prim)
		case Dial:
			e.dialing, e.register, e.dialMs, e.playing = o.Digits, o.Register, 0, ""
			if !o.Register.Has(o.Digits) {
				e.Errorf("%s: dials %q in %v", e.name, o.Digits, o.Register)
			}
		case Play:
			e.playing, e.dialing = o.Name, ""
		case Quiet:
			e.playing, e.dialing = "", ""
		case ListenTo:
			e.listen = o.Listen
		case Count:
			e.counts[o.Name]++
		}
	}
	if s := e.m.State(); s != before {
		fmt.Fprintf(&e.log, "%6d %s %s\n", e.ms, e.name, s)
	}
}

// tick is one millisecond: what is sent, then what is received.
func (e *end) tick() {
	for len(e.runs) > 0 && e.left == 0 {
		e.bits, e.left = Bits(e.runs[0].Bits), int(e.runs[0].Ms)
		e.runs = e.runs[1:]
	}
	if e.left > 0 {
		e.left--
	}
	if e.dialing != "" {
		if e.dialMs++; e.dialMs == 140 {
			d := e.dialing[0]
			e.dialing, e.dialMs = e.dialing[1:], 0
			if f := e.far(); f.listen.Register == e.register {
				f.step(Input{Kind: Signal, Digit: d})
				f.step(Input{Kind: SignalEnd, Digit: d})
			}
			if e.dialing == "" {
				e.step(Input{Kind: Sent})
			}
		}
	}
}

func (e *end) receive() {
	if e.alarm {
		return
	}
	e.debounce.Set(e.far().bits, e.ms*8)
	if b, since, ok := e.debounce.Due(e.ms * 8); ok {
		e.step(Input{Kind: Line, Bits: b, At: since})
	}
	for {
		t, _, ok := e.timers.Due(e.ms * 8)
		if !ok {
			return
		}
		e.step(Input{Kind: Expired, Timer: t})
	}
}

func (w *wire) pass(ms int) {
	for range ms {
		w.ms++
		w.a.tick()
		w.b.tick()
		w.a.receive()
		w.b.receive()
	}
}

func (e *end) down(p tdm.Primitive) { e.step(Input{Kind: Down, Prim: p}) }

func (e *end) kinds() string {
	var s []string
	for _, p := range e.ups {
		s = append(s, p.Kind.String())
	}
	return strings.Join(s, ", ")
}

// takeUps returns what has come up, and forgets it.
func (e *end) takeUps() []tdm.Primitive {
	u := e.ups
	e.ups = nil
	return u
}

func (e *end) expect(kinds string) {
	e.Helper()
	if got := e.kinds(); got != kinds {
		e.Errorf("at %d ms %s has %q, want %q\n%s", e.ms, e.name, got, kinds, e.log.String())
	}
}

// atRest holds both ends to be idle and silent, with nothing left over.
func (w *wire) atRest() {
	w.Helper()
	for _, e := range []*end{w.a, w.b} {
		running := 0
		e.timers.Each(func(Timer, int64) { running++ })
		if e.m.Condition() != Idle || running != 0 || e.playing != "" || e.dialing != "" || e.listen != (Listen{}) {
			w.Errorf("%s at rest is %s (%v), %d timers, plays %q, dials %q, listens to %v\n%s", e.name, e.m.State(), e.m.Condition(), running, e.playing, e.dialing, e.listen, w.log.String())
		}
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s has changed; run with -update and review it:\n%s", file, got)
	}
}
