package emu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"tipring/tdm"
)

// BenchmarkCard is the cost of a block of 10 ms for 480 lines: all idle, all in a call with sound both ways, and all in a
// call with sound from the card alone (the telephone listens to a tone).
func BenchmarkCard(b *testing.B) {
	const lines = 480
	for _, kind := range []tdm.Kind{tdm.FXS, tdm.FXO} {
		for _, load := range []string{"idle", "listening", "talking"} {
			b.Run(fmt.Sprintf("%v/%s", kind, load), func(b *testing.B) {
				cfg := Config{Unpaced: true}
				for i := range lines {
					cfg.Lines = append(cfg.Lines, Line{Kind: kind, Name: fmt.Sprint(i)})
				}
				c, err := NewCard(cfg)
				if err != nil {
					b.Fatal(err)
				}
				tx, rx := tdm.NewBlock(lines, 80), tdm.NewBlock(lines, 80)
				for i := range tx.Data {
					tx.Data[i] = tdm.MuLaw.Silence()
				}
				if load != "idle" {
					// What the card sends is speech-like in level: -20 dBm0 of noise.
					rng := rand.New(rand.NewPCG(1, 2))
					for i := range tx.Data {
						tx.Data[i] = tdm.MuLaw.EncodeSample(int16(rng.NormFloat64() * 16124 * math.Pow(10, -1)))
					}
					for i := range tx.Sig {
						tx.Sig[i] = tdm.SigOffHook
					}
					pcm := make([]int16, 1<<24) // longer than the benchmark
					for i := range pcm {
						pcm[i] = int16(rng.NormFloat64() * 1600)
					}
					for _, l := range c.lines {
						if p, ok := l.(*Phone); ok {
							p.off = true
							p.ear.attune(true)
						}
						if load == "talking" {
							l.shared().play, l.shared().playJob = pcm, &job{done: make(chan error, 1)}
						}
					}
				}
				for range 100 {
					c.Exchange(tx, rx)
				}
				b.ReportAllocs()
				for b.Loop() {
					c.Exchange(tx, rx)
				}
				ns := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
				b.ReportMetric(ns/(lines*80), "ns/sample")
				b.ReportMetric(lines*10e6/ns, "channels/core")
			})
		}
	}
}
