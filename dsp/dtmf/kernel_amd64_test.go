//go:build !purego

package dtmf

import (
	"math"
	"testing"

	"tipring/dsp/cpu"
	"tipring/dsp/level"
)

// With kernels and without, the same digits are found at the same samples, in noise to 6 dB and in speech.
func TestKernelsDecideAlike(t *testing.T) {
	if !cpu.AVX2 {
		t.Skip("no AVX2")
	}
	signals := [][]float64{speech(60*rate, 1), speech(60*rate, 2)}
	for seed := range uint64(30) {
		rnd := newRand(seed)
		sig := make([]float64, 800+seed)
		for i := range len(all16) {
			sig = add(sig, at(all16[i], 40+float64(seed), 40, -10), rnd)
		}
		addNoise(sig, -16-level.DBm0(seed), rnd)
		signals = append(signals, sig)
	}
	found := 0
	for n, sig := range signals {
		with := detect(Config{}, sig)
		cpu.AVX2 = false
		without := detect(Config{}, sig)
		cpu.AVX2 = true
		if len(with) != len(without) {
			t.Fatalf("signal %d: %d events, without kernels %d", n, len(with), len(without))
		}
		for i, e := range with {
			w := without[i]
			if math.Abs(float64(e.LowDBm0-w.LowDBm0)) > 0.02 || math.Abs(float64(e.HighDBm0-w.HighDBm0)) > 0.02 {
				t.Errorf("signal %d: %+v, without kernels %+v", n, e, w)
			}
			w.LowDBm0, w.HighDBm0 = e.LowDBm0, e.HighDBm0
			if e != w {
				t.Errorf("signal %d: %+v, without kernels %+v", n, e, w)
			}
			found++
		}
	}
	if found < 3*16*30 {
		t.Errorf("only %d events", found)
	}
}
