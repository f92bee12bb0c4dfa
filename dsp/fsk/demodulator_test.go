package fsk

import (
	"math"
	"math/rand/v2"

	"tipring/dsp/level"
)

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x202)) }

// message is a burst as a caller-ID sender makes it.
func message(s Spec, at level.DBm0, seizure, marks int, p []byte) []int16 {
	m := NewModulator(s, at)
	m.Seizure(seizure)
	m.Marks(marks)
	m.Bytes(p...)
	m.Marks(2)
	out := make([]int16, m.Samples())
	m.Read(out)
	return out
}

// noisy puts silence around a burst and noise over it; snr is the burst's level over the noise in 0 to 4 kHz, in dB.
func noisy(pcm []int16, at level.DBm0, snr float64, before, after int, rnd *rand.Rand) []int16 {
	out := make([]int16, before+len(pcm)+after)
	copy(out[before:], pcm)
	sigma := 0.0
	if !math.IsInf(snr, 1) {
		sigma = (at - level.DBm0(snr)).RMS()
	}
	for i := range out {
		out[i] = int16(math.Round(min(max(float64(out[i])+sigma*rnd.NormFloat64(), math.MinInt16), math.MaxInt16)))
	}
	return out
}

func bytesOf(evs []Event) (p []byte) {
	for _, e := range evs {
		if e.Kind == Byte {
			p = append(p, e.Byte)
		}
	}
	return p
}
