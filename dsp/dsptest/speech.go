package dsptest

import (
	"cmp"
	"math"
	"slices"
)

// SpeechCorrelation compares what came out of a path with what went in. It finds the lag of out behind in (which may be
// negative), then takes in in windows of 1 s, aligns each by itself within 60 ms of that lag, and correlates it with its
// part of out. It returns the median of the windows' normalised correlations (1: the same but for a gain), the lag in samples
// and the number of windows; windows of silence, 30 dB below the loudest, and those that out does not cover do not count.
// With no window the median is 0.
func SpeechCorrelation(in, out []int16) (median float64, lag int, windows int) {
	lag = bestLag(in, out)
	var found []float64
	for _, w := range SpeechWindows(in, out, lag) {
		found = append(found, w.Correlation)
	}
	if len(found) == 0 {
		return 0, lag, 0
	}
	slices.SortFunc(found, cmp.Compare[float64])
	n := len(found)
	return (found[(n-1)/2] + found[n/2]) / 2, lag, n
}

// A SpeechWindow is one second of speech and how it came through.
type SpeechWindow struct {
	At          int     // first sample, in in
	Lag         int     // of out behind in, for this window
	Correlation float64 // normalised
	GainDB      float64 // level of out less level of in
}

// SpeechWindows gives the findings of SpeechCorrelation window by window, for a known lag: lags that change from one window
// to the next show samples lost or repeated.
func SpeechWindows(in, out []int16, lag int) []SpeechWindow {
	const window, search = 8000, 480
	loudest := 0.0
	for at := 0; at+window <= len(in); at += window {
		loudest = max(loudest, power(in[at:at+window]))
	}
	var found []SpeechWindow
	for at := 0; at+window <= len(in); at += window {
		x := in[at : at+window]
		px := power(x)
		if px == 0 || px < loudest/1000 || at+lag < 0 || at+lag+window > len(out) {
			continue
		}
		best := SpeechWindow{At: at, Correlation: math.Inf(-1)}
		for l := max(lag-search, -at); l <= min(lag+search, len(out)-window-at); l++ {
			y := out[at+l : at+l+window]
			// A gain of less than -60 dB is no signal.
			py := power(y)
			c := dot(x, y) / math.Sqrt(px*max(py, px*1e-6))
			if c > best.Correlation {
				best.Lag, best.Correlation, best.GainDB = l, c, 10*math.Log10(max(py, 1e-3)/px)
			}
		}
		found = append(found, best)
	}
	return found
}

func power(x []int16) float64 { return dot(x, x) }

func dot(x, y []int16) float64 {
	var sum int64
	for i := range x {
		sum += int64(x[i]) * int64(y[i])
	}
	return float64(sum)
}

// bestLag is where the cross-correlation of the whole signals has its largest value.
func bestLag(in, out []int16) int {
	size := 1
	for size < len(in)+len(out) {
		size *= 2
	}
	a, b := make([]complex128, size), make([]complex128, size)
	for i, s := range in {
		a[i] = complex(float64(s), 0)
	}
	for i, s := range out {
		b[i] = complex(float64(s), 0)
	}
	fft(a)
	fft(b)
	for i := range a {
		// conj(A) B is the spectrum of the cross-correlation; the conjugate of it, transformed forward, is the inverse's.
		v := complex(real(a[i]), -imag(a[i])) * b[i]
		a[i] = complex(real(v), -imag(v))
	}
	fft(a)
	best, at := math.Inf(-1), 0
	for i, v := range a {
		if r := real(v); r > best {
			best, at = r, i
		}
	}
	if at > len(out) {
		at -= size
	}
	return at
}

// Resample returns pcm, of a sample rate in Hz, at 8000 Hz: a windowed sinc that keeps 0 to 3.6 kHz.
func Resample(pcm []int16, rate int) []int16 {
	if rate == 8000 {
		return slices.Clone(pcm)
	}
	ratio := float64(rate) / 8000
	width := math.Max(ratio, 1) // of the sinc, in input samples
	const lobes = 24
	cut := 0.95 / width
	out := make([]int16, int(float64(len(pcm))/ratio))
	for n := range out {
		centre := float64(n) * ratio
		lo, hi := int(math.Ceil(centre-lobes*width)), int(math.Floor(centre+lobes*width))
		var sum, weight float64
		for i := lo; i <= hi; i++ {
			t := float64(i) - centre
			w := 0.5 + 0.5*math.Cos(math.Pi*t/(lobes*width))
			h := cut * w
			if x := math.Pi * cut * t; x != 0 {
				h *= math.Sin(x) / x
			}
			weight += h
			if i >= 0 && i < len(pcm) {
				sum += h * float64(pcm[i])
			}
		}
		out[n] = clip(sum / weight)
	}
	return out
}
