package loop

import (
	"fmt"
	"testing"

	"tipring/tdm"
)

// bigGroup is a group of n lines, half to telephones and half to exchanges, that is not run.
func bigGroup(t testing.TB, n int) *Group {
	t.Helper()
	var slots []tdm.Slot
	cfg := Config{Incoming: func(*Call, tdm.Primitive) func(tdm.Primitive) { return func(tdm.Primitive) {} }}
	for i := range n {
		kind := tdm.FXS
		if i%2 == 1 {
			kind = tdm.FXO
		}
		slots = append(slots, tdm.Slot{Kind: kind, Name: fmt.Sprintf("%v%d", kind, i/2+1)})
		cfg.Lines = append(cfg.Lines, LineConfig{Slot: i})
	}
	cfg.Pump = pumpOf(t, slots...)
	g, err := NewGroup(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range g.lines {
		if l.fxo != nil {
			l.fxo.battery = true
		}
		l.begin()
	}
	return g
}

func TestTickOfIdleLinesAllocatesNothing(t *testing.T) {
	g := bigGroup(t, 48)
	at := int64(0)
	if n := testing.AllocsPerRun(100, func() { at += 80; g.tick(at) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkTick is what a block of 10 ms costs the signalling goroutine while nothing happens on its lines.
func BenchmarkTick(b *testing.B) {
	for _, n := range []int{8, 480} {
		b.Run(fmt.Sprintf("lines=%d", n), func(b *testing.B) {
			g := bigGroup(b, n)
			at := int64(0)
			for b.Loop() {
				at += 80
				g.tick(at)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/line")
		})
	}
}

// BenchmarkDialledDigit is one digit from the pump's event to the call.
func BenchmarkDialledDigit(b *testing.B) {
	g := bigGroup(b, 2)
	l := g.lines[0]
	l.fxsStep(fxsOffHook, &input{})
	in := &input{digit: '5'}
	b.ReportAllocs()
	for b.Loop() {
		l.fxsStep(fxsDTMF, in)
	}
}
