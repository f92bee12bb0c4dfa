package loop_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tipring/hw/emu"
	"tipring/tdm"
	"tipring/tdm/loop"
	"tipring/tdm/span"
)

// A rig is an emulated card with its pump and its group in fake time, and the test in the gateway's place.
type rig struct {
	t     *testing.T
	ctx   context.Context
	card  *emu.Card
	tap   *tap
	pump  *span.Pump
	group *loop.Group
	calls chan *party // what lines originate

	refuse bool // the handler of incoming calls takes none
	stop   func()
	done   chan struct{}
}

// A tap notes what passes between the pump and the first slot of the card: changes of the received signalling bits and
// stretches of sound sent, in milliseconds.
type tap struct {
	*emu.Card
	mu     sync.Mutex
	ms     int
	sig    uint8
	edges  []edge
	sounds []stretch
}

type edge struct {
	ms   int
	bits uint8
}

type stretch struct{ from, to int }

// Exchange implements tdm.Card.
func (w *tap) Exchange(tx, rx tdm.Block) (int, error) {
	slip, err := w.Card.Exchange(tx, rx)
	w.mu.Lock()
	defer w.mu.Unlock()
	silence := w.Info().Law.Silence()
	for q, bits := range rx.SigSlot(0) {
		if bits != w.sig {
			w.sig = bits
			w.edges = append(w.edges, edge{w.ms, bits})
		}
		loud := false
		for _, o := range tx.Slot(0)[q*tdm.Quantum : (q+1)*tdm.Quantum] {
			loud = loud || o != silence && o != silence^0x80
		}
		if n := len(w.sounds); loud && n > 0 && w.ms-w.sounds[n-1].to < 100 {
			w.sounds[n-1].to = w.ms + 1
		} else if loud {
			w.sounds = append(w.sounds, stretch{w.ms, w.ms + 1})
		}
		w.ms++
	}
	return slip, err
}

// clear forgets what was noted.
func (w *tap) clear() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.edges, w.sounds = nil, nil
}

// notes returns what was noted.
func (w *tap) notes() (edges []edge, sounds []stretch) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.edges), slices.Clone(w.sounds)
}

// rings returns the stretches of ringing.
func rings(edges []edge) (out []stretch) {
	on := false
	for _, e := range edges {
		switch now := e.bits&tdm.SigRinging != 0; {
		case now && !on:
			out = append(out, stretch{e.ms, math.MaxInt})
			on = true
		case !now && on:
			out[len(out)-1].to = e.ms
			on = false
		}
	}
	return out
}

// A party is the test's end of a call.
type party struct {
	*loop.Call
	t     *testing.T
	setup tdm.Primitive
	up    chan tdm.Primitive
}

// inBubble runs f with a card of those lines; configs may be nil, or change the configuration of the lines by name.
func inBubble(t *testing.T, lines []emu.Line, change func(*loop.LineConfig), f func(*rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		card, err := emu.NewCard(emu.Config{Name: "emu", Lines: lines})
		if err != nil {
			t.Fatal(err)
		}
		wire := &tap{Card: card}
		pump, err := span.New(span.Config{Card: wire})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		r := &rig{t: t, ctx: t.Context(), card: card, tap: wire, pump: pump, calls: make(chan *party, 16), done: make(chan struct{})}
		cfg := loop.Config{
			Pump: pump,
			Incoming: func(c *loop.Call, setup tdm.Primitive) func(tdm.Primitive) {
				if r.refuse {
					return nil
				}
				p := &party{Call: c, t: t, setup: setup, up: make(chan tdm.Primitive, 64)}
				r.calls <- p
				return p.say
			},
			Now: func() time.Time { return time.Date(2026, 3, 14, 15, 9, 0, 0, time.UTC) },
		}
		for i, l := range lines {
			lc := loop.LineConfig{Slot: i, Zone: l.Zone, Number: l.Number}
			if change != nil {
				change(&lc)
			}
			cfg.Lines = append(cfg.Lines, lc)
		}
		if r.group, err = loop.NewGroup(cfg); err != nil {
			t.Fatal(err)
		}
		pumped := make(chan struct{})
		pumpCtx, stopPump := context.WithCancel(t.Context())
		go func() { pump.Run(pumpCtx); close(pumped) }()
		go func() { r.group.Run(ctx); close(r.done) }()
		r.stop = func() { cancel(); <-r.done }
		defer func() {
			r.stop()
			stopPump()
			<-pumped
			card.Close()
		}()
		time.Sleep(100 * time.Millisecond) // the first blocks tell the state of the lines
		f(r)
	})
}

func (p *party) say(prim tdm.Primitive) {
	select {
	case p.up <- prim:
	default:
		p.t.Errorf("too many primitives: %v", prim.Kind)
	}
}

// patience is how long fake time may pass before something that must come is missed.
const patience = 2 * time.Minute

// incoming waits for a call that a line originates.
func (r *rig) incoming() *party {
	r.t.Helper()
	select {
	case p := <-r.calls:
		return p
	case <-time.After(patience):
		r.t.Fatal("no call came")
		return nil
	}
}

// call places a call on a line.
func (r *rig) call(line string, setup tdm.Primitive) *party {
	p := &party{t: r.t, up: make(chan tdm.Primitive, 64)}
	p.Call = r.group.Line(line).Call(setup, p.say)
	return p
}

// want waits for the next primitive, which has to read like that.
func (p *party) want(text string) tdm.Primitive {
	p.t.Helper()
	select {
	case prim := <-p.up:
		if got := describe(prim); got != text {
			p.t.Fatalf("line %s says %q, want %q", p.Name(), got, text)
		}
		return prim
	case <-time.After(patience):
		p.t.Fatalf("line %s never said %q", p.Name(), text)
		return tdm.Primitive{}
	}
}

// silent fails when the line says anything in the next d.
func (p *party) silent(d time.Duration) {
	p.t.Helper()
	select {
	case prim := <-p.up:
		p.t.Fatalf("line %s says %q, want nothing", p.Name(), describe(prim))
	case <-time.After(d):
	}
}

func (p *party) send(k tdm.PrimitiveKind) { p.Send(tdm.Primitive{Kind: k}) }
func (p *party) disconnect(cause tdm.Cause) {
	p.Send(tdm.Primitive{Kind: tdm.Disconnect, Cause: cause})
}

// describe is a primitive in words: its name and what matters of it.
func describe(p tdm.Primitive) string {
	var b strings.Builder
	b.WriteString(p.Kind.String())
	if p.Digit != 0 {
		fmt.Fprintf(&b, " %c", p.Digit)
	}
	if p.InBand {
		b.WriteString(" inband")
	}
	if p.Cause != 0 {
		fmt.Fprintf(&b, " %d", p.Cause)
	}
	for _, s := range []string{p.Detector, p.AnswerBasis, p.Event} {
		if s != "" {
			b.WriteString(" " + s)
		}
	}
	return b.String()
}

// state waits until a line reports a state of its diagram.
func (r *rig) state(line, machine string) loop.LineStatus {
	r.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		st := r.group.Line(line).Status()
		if st.Machine == machine {
			return st
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("line %s is %s, want %s (%+v)", line, st.Machine, machine, st)
		}
	}
}

// far waits until a far end looks as it has to.
func (r *rig) far(await func(context.Context, func(emu.Status) bool) (emu.Status, error), what string, cond func(emu.Status) bool) emu.Status {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.ctx, patience)
	defer cancel()
	st, err := await(ctx, cond)
	if err != nil {
		r.t.Fatalf("%s: %v (%+v)", what, err, st)
	}
	return st
}

func (r *rig) ok(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}
