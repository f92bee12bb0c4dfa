package dsptest

import (
	"math"
	"math/cmplx"

	"tipring/dsp/level"
)

// DominantHz returns the frequency of the strongest sine in pcm, to 0.1 Hz from about 200 ms on when nothing comparable is
// near it; 0 for less than 32 samples or for silence. Components below 20 Hz do not count.
func DominantHz(pcm []int16) float64 {
	n := len(pcm)
	if n < 32 {
		return 0
	}
	size := 1
	for size < 2*n {
		size *= 2
	}
	x := make([]complex128, size)
	for i, s := range pcm {
		x[i] = complex(float64(s)*hann(i, n), 0)
	}
	fft(x)
	best, at := 0.0, 0
	for k := max(1, 20*size/8000); k < size/2; k++ {
		if m := cmplx.Abs(x[k]); m > best {
			best, at = m, k
		}
	}
	if best == 0 {
		return 0
	}
	// Golden-section search on the true spectrum between the neighbours of the largest bin.
	lo, hi := float64(at-1)*8000/float64(size), float64(at+1)*8000/float64(size)
	const golden = 0.6180339887498949
	a, b := hi-golden*(hi-lo), lo+golden*(hi-lo)
	fa, fb := spectrum(pcm, a), spectrum(pcm, b)
	for hi-lo > 1e-4 {
		if fa > fb {
			hi, b, fb = b, a, fa
			a = hi - golden*(hi-lo)
			fa = spectrum(pcm, a)
		} else {
			lo, a, fa = a, b, fb
			b = lo + golden*(hi-lo)
			fb = spectrum(pcm, b)
		}
	}
	return (lo + hi) / 2
}

// ToneLevel returns the level of the component at hz. Components further away than 4/duration do not disturb it.
func ToneLevel(pcm []int16, hz float64) level.DBm0 {
	if len(pcm) == 0 {
		return level.Silence
	}
	return level.OfSine(spectrum(pcm, hz))
}

// spectrum is the amplitude of the component at hz under a Hann window.
func spectrum(pcm []int16, hz float64) float64 {
	w := cmplx.Exp(complex(0, -2*math.Pi*hz/8000))
	phasor := complex(1, 0)
	var sum complex128
	var weight float64
	for i, s := range pcm {
		h := hann(i, len(pcm))
		sum += phasor * complex(h*float64(s), 0)
		phasor *= w
		weight += h
	}
	return 2 * cmplx.Abs(sum) / weight
}

func hann(i, n int) float64 { return 0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/float64(n)) }

// lpcOrder of the predictor that Discontinuities uses: enough for the formants of a telephone band.
const lpcOrder = 10

// Discontinuities counts the places where pcm jumps: samples that the audio around them does not lead to, as a cut, a
// repeated or lost block, a click or a phase jump leaves. Each is one whose error of linear prediction is three times the
// largest within 25 ms on either side (2 ms around it excepted) or more, and above -50 dBm0; errors within 10 ms count
// once. The pitch pulses of speech stay below that, and so do jumps that are no larger than they are: in a tone every cut
// is found, in loud speech the coarse ones.
func Discontinuities(pcm []int16) int {
	const (
		around, guard = 200, 16
		block         = 240
		ratio         = 3
		floor         = 70
		once          = 80
	)
	residual := make([]float64, len(pcm))
	for from := 0; from < len(pcm); from += block {
		a := predictor(pcm[max(0, from-block):min(len(pcm), from+2*block)])
		for n := max(from, lpcOrder); n < min(from+block, len(pcm)); n++ {
			e := float64(pcm[n])
			for k := range lpcOrder {
				e -= a[k] * float64(pcm[n-1-k])
			}
			residual[n] = math.Abs(e)
		}
	}
	largest := func(lo, hi int) (m float64) {
		for _, e := range residual[max(0, min(lo, len(pcm))):max(0, min(hi, len(pcm)))] {
			m = max(m, e)
		}
		return m
	}
	count, last := 0, -once
	for n, e := range residual {
		if e < floor || n-last < once {
			continue
		}
		// The louder side judges: a word may begin or end here.
		if m := max(largest(n-around, n-guard), largest(n+guard, n+around)); e > ratio*m+floor {
			count++
			last = n
		}
	}
	return count
}

// predictor returns the coefficients of linear prediction of a piece of audio (autocorrelation method).
func predictor(pcm []int16) (a [lpcOrder]float64) {
	n := len(pcm)
	x := make([]float64, n)
	for i, s := range pcm {
		x[i] = float64(s) * hann(i, n)
	}
	var r [lpcOrder + 1]float64
	for lag := range r {
		for i := lag; i < n; i++ {
			r[lag] += x[i] * x[i-lag]
		}
	}
	err := r[0]*(1+1e-5) + 1
	for m := range lpcOrder {
		acc := r[m+1]
		for j := range m {
			acc -= a[j] * r[m-j]
		}
		k := acc / err
		b := a
		for j := range m {
			a[j] -= k * b[m-1-j]
		}
		a[m] = k
		err *= 1 - k*k
	}
	return a
}

// fft transforms x in place; its length is a power of two.
func fft(x []complex128) {
	n := len(x)
	for i, j := 1, 0; i < n; i++ {
		bit := n >> 1
		for ; j&bit != 0; bit >>= 1 {
			j ^= bit
		}
		j ^= bit
		if i < j {
			x[i], x[j] = x[j], x[i]
		}
	}
	for size := 2; size <= n; size *= 2 {
		for k := range size / 2 {
			w := cmplx.Exp(complex(0, -2*math.Pi*float64(k)/float64(size)))
			for i := k; i < n; i += size {
				u, v := x[i], x[i+size/2]*w
				x[i], x[i+size/2] = u+v, u-v
			}
		}
	}
}
