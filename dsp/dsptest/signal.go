package dsptest

import (
	"math"
	"math/rand/v2"

	"tipring/dsp/level"
)

// Sine returns n samples of a sine.
func Sine(hz float64, d level.DBm0, n int) []int16 {
	out := make([]int16, n)
	for i := range out {
		out[i] = clip(d.Amplitude() * math.Sin(2*math.Pi*hz*float64(i)/8000))
	}
	return out
}

// White returns n samples of Gaussian white noise from 0 to 4 kHz.
func White(seed uint64, d level.DBm0, n int) []int16 {
	rng := rand.New(rand.NewPCG(seed, 1))
	out := make([]int16, n)
	for i := range out {
		out[i] = clip(rng.NormFloat64() * d.RMS())
	}
	return out
}

// Mix returns the sum of signals, as long as the longest, clipped to 16 bits.
func Mix(signals ...[]int16) []int16 {
	var n int
	for _, s := range signals {
		n = max(n, len(s))
	}
	out := make([]int16, n)
	for i := range out {
		var sum int
		for _, s := range signals {
			if i < len(s) {
				sum += int(s[i])
			}
		}
		out[i] = int16(max(-32768, min(32767, sum)))
	}
	return out
}

// AtLevel returns pcm scaled so that its level as a whole is d. Silence stays silence.
func AtLevel(pcm []int16, d level.DBm0) []int16 {
	f := make([]float64, len(pcm))
	for i, s := range pcm {
		f[i] = float64(s)
	}
	if r := rms(f); r > 0 {
		scale(f, d.RMS()/r)
	}
	out := make([]int16, len(pcm))
	for i, v := range f {
		out[i] = clip(v)
	}
	return out
}

// vowel formants in Hz, roughly those of a man's voice (Peterson and Barney's averages).
var vowels = [][3]float64{
	{270, 2290, 3010}, {390, 1990, 2550}, {530, 1840, 2480}, {660, 1720, 2410}, {730, 1090, 2440}, {570, 840, 2410}, {440, 1020, 2240}, {300, 870, 2240},
}

// Speech returns n samples of a signal with the traits of speech that matter to a detector or a canceller: voiced syllables
// with a moving pitch and formants, bursts of friction, gaps between words and pauses between phrases. d is its level over
// all, pauses included. The same seed gives the same signal.
func Speech(seed uint64, d level.DBm0, n int) []int16 {
	rng := rand.New(rand.NewPCG(seed, 2))
	out := make([]float64, 0, n+8000)
	for len(out) < n {
		for range 2 + rng.IntN(6) { // words of a phrase
			for range 1 + rng.IntN(3) {
				if rng.IntN(3) > 0 {
					out = append(out, fricative(rng, 300+rng.IntN(600))...)
				}
				out = append(out, syllable(rng, 700+rng.IntN(1400))...)
			}
			out = append(out, make([]float64, 200+rng.IntN(900))...)
		}
		out = append(out, make([]float64, 2000+rng.IntN(8000))...)
	}
	out = out[:n]
	if r := rms(out); r > 0 {
		scale(out, d.RMS()/r)
	}
	pcm := make([]int16, n)
	for i, v := range out {
		pcm[i] = clip(v)
	}
	return pcm
}

// syllable is a train of glottal pulses through three moving formants.
func syllable(rng *rand.Rand, n int) []float64 {
	from, to := vowels[rng.IntN(len(vowels))], vowels[rng.IntN(len(vowels))]
	pitch := 85 + 110*rng.Float64()
	glide := 0.75 + 0.5*rng.Float64()
	var y1, y2 [3]float64
	var phase, lowpass float64
	out := make([]float64, n)
	loud := 0.5 + rng.Float64()
	for i := range out {
		t := float64(i) / float64(n)
		phase += pitch * math.Pow(glide, t) * (1 + 0.01*rng.NormFloat64()) / 8000
		pulse := 0.02 * rng.NormFloat64()
		if phase >= 1 {
			phase--
			pulse += 1
		}
		lowpass += 0.35 * (pulse - lowpass) // the glottal pulse falls by 12 dB an octave
		v := lowpass
		for f := range 3 {
			hz := from[f] + t*(to[f]-from[f])
			r := math.Exp(-math.Pi * (60 + 40*float64(f)) / 8000)
			y := v*(1-r)*2 + 2*r*math.Cos(2*math.Pi*hz/8000)*y1[f] - r*r*y2[f]
			y1[f], y2[f] = y, y1[f]
			v = y
		}
		out[i] = loud * v * envelope(i, n)
	}
	scale(out, loud/max(rms(out), 1e-9))
	return out
}

// fricative is noise through a resonance at 2 to 3.6 kHz, 15 dB below a vowel.
func fricative(rng *rand.Rand, n int) []float64 {
	hz, r := 2000+1600*rng.Float64(), 0.85
	var y1, y2 float64
	out := make([]float64, n)
	for i := range out {
		y := rng.NormFloat64() + 2*r*math.Cos(2*math.Pi*hz/8000)*y1 - r*r*y2
		y1, y2 = y, y1
		out[i] = y * envelope(i, n)
	}
	scale(out, 0.18/max(rms(out), 1e-9))
	return out
}

// envelope rises over 20 ms and falls over 40 ms.
func envelope(i, n int) float64 {
	return min(1, float64(i+1)/160, float64(n-i)/320)
}

func rms(f []float64) float64 {
	var sum float64
	for _, v := range f {
		sum += v * v
	}
	return math.Sqrt(sum / float64(max(1, len(f))))
}

func scale(f []float64, by float64) {
	for i := range f {
		f[i] *= by
	}
}

func clip(v float64) int16 { return int16(max(-32768, min(32767, math.Round(v)))) }
