package dsptest

import (
	_ "embed"
	"encoding/json"
	"math"
	"math/cmplx"
	"math/rand/v2"
	"sync"

	"tipring/dsp/level"
)

// The tables of G.168, with their source and how they are scaled.
//
//go:embed g168.json
var g168JSON []byte

type g168Tables struct {
	Models []struct {
		Table string    `json:"table"`
		K     float64   `json:"K"`
		M     []float64 `json:"m"`
	} `json:"models"`
	CSS struct {
		Voiced     []float64 `json:"near_end_voiced_C1"`
		DoubleTalk []float64 `json:"double_talk_voiced_C3"`
		Noise      struct {
			Hz []float64 `json:"hz"`
			DB []float64 `json:"db"`
		} `json:"noise_spectrum_db"`
	} `json:"composite_source_signal"`
	Meter struct {
		Taps []float64 `json:"taps"`
	} `json:"level_meter_bandpass"`
}

var g168 = sync.OnceValue(func() *g168Tables {
	t := new(g168Tables)
	if err := json.Unmarshal(g168JSON, t); err != nil {
		panic("dsptest: g168.json: " + err.Error())
	}
	// C.3 index 168 is a slip of the table: -938 between -629 and -638.
	t.CSS.DoubleTalk[168] = -638
	return t
})

// EchoPaths lists the hybrid echo paths of G.168 Annex D by the names of their tables: "D.2" to "D.9".
func EchoPaths() []string {
	var names []string
	for _, m := range g168().Models {
		names = append(names, m.Table)
	}
	return names
}

// EchoPath returns the impulse response at 8 kHz of a path of G.168 Annex D ("D.2" to "D.9") at an echo return loss in dB,
// after a pure delay in samples. Annex D scales it as m(k) K 10^(-ERL/20), which makes the loss true for the composite
// source signal; white noise sees up to 4 dB more or less. An unknown table panics.
func EchoPath(table string, erl float64, delay int) []float64 {
	for _, m := range g168().Models {
		if m.Table == table {
			g := make([]float64, delay+len(m.M))
			for k, v := range m.M {
				g[delay+k] = v * m.K * math.Pow(10, -erl/20)
			}
			return g
		}
	}
	panic("dsptest: no echo path " + table)
}

// Convolve returns what a path makes of a signal, as long as the signal.
func Convolve(path []float64, pcm []int16) []int16 {
	out := make([]int16, len(pcm))
	for n := range pcm {
		var sum float64
		for k, h := range path[:min(len(path), n+1)] {
			sum += h * float64(pcm[n-k])
		}
		out[n] = clip(sum)
	}
	return out
}

// The parts of the composite source signal of G.168 Annex C, in samples at 8 kHz: voiced, noise, pause; 350 ms in all, and
// 400 ms for the double-talk signal. Each period is followed by one of opposite polarity.
const (
	cssNoise      = 1600
	cssPeriod     = 2800
	doubleTalk    = 3200
	cssTableRate  = 44100
	cssVoicedRuns = 16
	dtVoicedRuns  = 14
)

// CSS returns n samples of the composite source signal of G.168 Annex C at a level in dBm0, counted over the active parts
// (voiced and noise), as G.168 counts LRin. The table holds one period of the voiced part at 44.1 kHz; it is rendered at
// 8 kHz from its Fourier series, without aliases.
func CSS(d level.DBm0, n int) []int16 { return composite(cssActive(), cssPeriod, d, n) }

// DoubleTalk returns n samples of the double-talk signal of G.168 Annex C at a level in dBm0 over its active parts.
func DoubleTalk(d level.DBm0, n int) []int16 { return composite(dtActive(), doubleTalk, d, n) }

var (
	cssActive = sync.OnceValue(func() []float64 { return active(g168().CSS.Voiced, cssVoicedRuns, 1) })
	dtActive  = sync.OnceValue(func() []float64 { return active(g168().CSS.DoubleTalk, dtVoicedRuns, 2) })
)

// active returns the voiced and the noise part, each of RMS 1: the two have the same power.
func active(table []float64, runs int, seed uint64) []float64 {
	voiced, noise := render(table, runs), shapedNoise(seed)
	scale(voiced, 1/rms(voiced))
	scale(noise, 1/rms(noise))
	return append(voiced, noise...)
}

func composite(active []float64, period int, d level.DBm0, n int) []int16 {
	out := make([]int16, n)
	for i := range out {
		k := i % (2 * period)
		sign := 1.0
		if k >= period {
			k, sign = k-period, -1
		}
		if k < len(active) {
			out[i] = clip(sign * d.RMS() * active[k])
		}
	}
	return out
}

// render plays one period of a table at 44.1 kHz so many times at 8 kHz.
func render(table []float64, runs int) []float64 {
	period := float64(len(table)) / cssTableRate // seconds
	harmonics := int(0.475 * 8000 * period)      // up to 3.8 kHz
	coef := make([]complex128, harmonics+1)
	for k := range coef {
		for i, v := range table {
			coef[k] += complex(v, 0) * cmplx.Exp(complex(0, -2*math.Pi*float64(k*i)/float64(len(table))))
		}
	}
	out := make([]float64, int(math.Round(period*float64(runs)*8000)))
	for i := range out {
		for k := 1; k <= harmonics; k++ {
			out[i] += 2 / float64(len(table)) * real(coef[k]*cmplx.Exp(complex(0, 2*math.Pi*float64(k)*float64(i)/8000/period)))
		}
	}
	return out
}

// shapedNoise returns 200 ms of pseudo-noise with the spectrum of G.168 figure C.2: every multiple of 5 Hz with the figure's
// magnitude and a phase of 0 or 180 degrees at random.
func shapedNoise(seed uint64) []float64 {
	t := g168().CSS.Noise
	rng := rand.New(rand.NewPCG(seed, 168))
	out := make([]float64, cssNoise)
	const spacing = 8000.0 / cssNoise
	for k := 1; k < cssNoise/2; k++ {
		hz := float64(k) * spacing
		if hz < t.Hz[0] || hz > t.Hz[len(t.Hz)-1] {
			continue
		}
		amp := math.Pow(10, interpolate(t.Hz, t.DB, hz)/20)
		if rng.IntN(2) == 0 {
			amp = -amp
		}
		for i := range out {
			out[i] += amp * math.Cos(2*math.Pi*float64(k*i%cssNoise)/cssNoise)
		}
	}
	return out
}

// interpolate reads the straight lines between points, on a logarithmic frequency axis.
func interpolate(hz, db []float64, at float64) float64 {
	for i := 1; i < len(hz); i++ {
		if at <= hz[i] {
			f := math.Log(at/hz[i-1]) / math.Log(hz[i]/hz[i-1])
			return db[i-1] + f*(db[i]-db[i-1])
		}
	}
	return db[len(db)-1]
}

// G168Level is the level measurement device of G.168 clause 6.4.1.2.1: a band-pass and an exponential average of 35 ms. It
// returns the level at every sample.
func G168Level(pcm []int16) []level.DBm0 {
	taps := g168().Meter.Taps
	filtered := make([]float64, len(pcm))
	for n := range pcm {
		for k, h := range taps[:min(len(taps), n+1)] {
			filtered[n] += h * float64(pcm[n-k])
		}
	}
	const alpha = 1.0 / (35 * level.SamplesPerMs)
	out := make([]level.DBm0, len(pcm))
	var power float64
	for i, v := range filtered {
		power += alpha * (v*v - power)
		out[i] = level.OfPower(power)
	}
	return out
}
