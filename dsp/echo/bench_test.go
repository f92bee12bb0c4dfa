package echo

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkCanceller is a line whose far end talks without a pause, when the model follows it at its leisure.
func BenchmarkCanceller(b *testing.B) { benchmark(b, false) }

// BenchmarkAdapting is the same while every block has something to teach: at the start of calls, and in double talk.
func BenchmarkAdapting(b *testing.B) { benchmark(b, true) }

func benchmark(b *testing.B, busy bool) {
	for _, tail := range []int{16, 32, 64, 128} {
		b.Run(fmt.Sprintf("tail=%dms", tail), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(3, 4))
			rin, sin, out := make([]int16, 8000), make([]int16, 8000), make([]int16, 80)
			for i := range rin {
				rin[i] = int16(2900 * rng.NormFloat64())
				if i >= 24 {
					sin[i] = rin[i-24] / 3
				}
			}
			k := New(Config{TailMs: tail, NLP: true})
			at := 0
			b.ReportAllocs()
			for b.Loop() {
				k.Process(out, sin[at:at+80], rin[at:at+80])
				at = (at + 80) % 8000
				if busy {
					k.control.calm = 0
				}
			}
			ns := float64(b.Elapsed().Nanoseconds()) / float64(b.N*80)
			b.ReportMetric(ns, "ns/sample")
			b.ReportMetric(125000/ns, "channels/core")
		})
	}
}

// BenchmarkSilent is an idle line after a call: what fades must not become slow.
func BenchmarkSilent(b *testing.B) {
	k := New(Config{TailMs: 64, NLP: true})
	rng := rand.New(rand.NewPCG(3, 4))
	rin, silence, out := make([]int16, 16000), make([]int16, 80), make([]int16, 16000)
	for i := range rin {
		rin[i] = int16(2900 * rng.NormFloat64())
	}
	k.Process(out, rin, rin)
	for range 500 {
		k.Process(out[:80], silence, silence)
	}
	b.ReportAllocs()
	for b.Loop() {
		k.Process(out[:80], silence, silence)
	}
	ns := float64(b.Elapsed().Nanoseconds()) / float64(b.N*80)
	b.ReportMetric(ns, "ns/sample")
	b.ReportMetric(125000/ns, "channels/core")
}
