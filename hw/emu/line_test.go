package emu

import (
	"context"
	"testing"
	"testing/synctest"

	"tipring/tdm"
)

// A bench is a card whose caller is the test: block by block, as fast as it computes.
type bench struct {
	t      testing.TB
	c      *Card
	tx, rx tdm.Block
	at     int64
	said   map[int]source  // what the card sends to a slot
	heard  map[int][]int16 // what it received, for slots that are keys
	pcm    []int16
}

func newBench(t testing.TB, n int, lines ...Line) *bench {
	t.Helper()
	c, err := NewCard(Config{Lines: lines, Unpaced: true, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	b := &bench{t: t, c: c, tx: tdm.NewBlock(len(lines), n), rx: tdm.NewBlock(len(lines), n)}
	for i := range b.tx.Data {
		b.tx.Data[i] = c.info.Law.Silence()
	}
	b.said, b.heard, b.pcm = map[int]source{}, map[int][]int16{}, make([]int16, n)
	return b
}

// off sets the hook of an FXO slot.
func (b *bench) off(slot int, off bool) {
	for i := range b.tx.SigSlot(slot) {
		b.tx.SigSlot(slot)[i] = 0
		if off {
			b.tx.SigSlot(slot)[i] = tdm.SigOffHook
		}
	}
}

// run computes ms milliseconds.
func (b *bench) run(ms int) {
	b.t.Helper()
	for range ms * tdm.Quantum / b.tx.N {
		b.block()
	}
}

func (b *bench) block() {
	b.t.Helper()
	for slot, src := range b.said {
		n := src.Read(b.pcm)
		clear(b.pcm[n:])
		b.c.info.Law.Encode(b.tx.Slot(slot), b.pcm)
		if n < len(b.pcm) {
			delete(b.said, slot)
		}
	}
	if slip, err := b.c.Exchange(b.tx, b.rx); slip != 0 || err != nil {
		b.t.Fatalf("slip %d, error %v", slip, err)
	}
	b.at += int64(b.tx.N)
	for slot := range b.heard {
		b.c.info.Law.Decode(b.pcm, b.rx.Slot(slot))
		b.heard[slot] = append(b.heard[slot], b.pcm...)
	}
}

// edges runs ms milliseconds of slot and returns, as one string a change, when its received bits became what.
func (b *bench) edges(slot, ms int) (out []edge) {
	last := -1
	for t := 0; t < ms; t += b.tx.N / tdm.Quantum {
		b.block()
		for q, s := range b.rx.SigSlot(slot) {
			if int(s) != last {
				out = append(out, edge{t + q, s})
				last = int(s)
			}
		}
	}
	return out
}

type edge struct {
	ms  int
	sig uint8
}

// then runs an actor's call beside blocks until it returns.
func (b *bench) then(f func() error) {
	b.t.Helper()
	done := make(chan error, 1)
	go func() { done <- f() }()
	for {
		synctest.Wait()
		select {
		case err := <-done:
			if err != nil {
				b.t.Fatal(err)
			}
			return
		default:
			b.block()
		}
	}
}

func wantEdges(t testing.TB, got []edge, want ...edge) {
	t.Helper()
	ok := len(got) == len(want)
	for i := range want {
		ok = ok && got[i] == want[i]
	}
	if !ok {
		t.Errorf("edges %v, want %v", got, want)
	}
}

func TestPulses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 80, Line{Kind: tdm.FXS, Name: "fxs1"})
		p := b.c.Phone("fxs1")
		b.then(p.OffHook)
		go p.Dial(context.Background(), "12", true)
		synctest.Wait()
		const on = tdm.SigLoopClosed
		wantEdges(t, b.edges(0, 2000), edge{0, 0}, edge{60, on}, edge{860, 0}, edge{920, on}, edge{960, 0}, edge{1020, on})
		if s := p.Status(); s.Digits != "12" || s.Hook != "off" || s.LoopCurrentMA != 25 {
			t.Errorf("status %+v", s)
		}
	})
}
