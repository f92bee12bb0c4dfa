package cng

import (
	"math"
	"sync"

	"tipring/dsp/level"
)

// hothSpectrum is room noise after Hoth, ITU-T P.800 Annex A: density in dB by third-octave frequency.
var hothSpectrum = []struct{ hz, dB float64 }{
	{100, 32.4}, {125, 30.9}, {160, 29.1}, {200, 27.6}, {250, 26.0}, {315, 24.4}, {400, 22.7}, {500, 21.1}, {630, 19.5}, {800, 17.8},
	{1000, 16.2}, {1250, 14.6}, {1600, 12.9}, {2000, 11.3}, {2500, 9.6}, {3150, 7.8}, {4000, 5.4},
}

// HothDensity returns the density of Hoth noise at hz relative to that at 1000 Hz in dB, linear in the logarithm of the
// frequency between the Recommendation's third-octaves, and constant beyond them.
func HothDensity(hz float64) float64 {
	s := hothSpectrum
	const ref = 16.2
	if hz <= s[0].hz {
		return s[0].dB - ref
	}
	for i := 1; i < len(s); i++ {
		if hz <= s[i].hz {
			t := math.Log(hz/s[i-1].hz) / math.Log(s[i].hz/s[i-1].hz)
			return s[i-1].dB + t*(s[i].dB-s[i-1].dB) - ref
		}
	}
	return s[len(s)-1].dB - ref
}

// hothShape is the all-pole model of that spectrum.
var hothShape = sync.OnceValue(func() (n Noise) {
	var r [MaxOrder + 1]float64
	const points = 4000
	for p := range points {
		hz := (float64(p) + 0.5) * 4000 / points
		power := math.Pow(10, HothDensity(hz)/10)
		for lag := range r {
			r[lag] += power * math.Cos(2*math.Pi*hz/8000*float64(lag))
		}
	}
	n.model(&r)
	return n
})

// Hoth returns room noise of that level with the spectrum of ITU-T P.800 Annex A, within 3 dB from 100 to 3800 Hz.
func Hoth(d level.DBm0) Noise {
	n := hothShape()
	n.Level = d
	return n
}
