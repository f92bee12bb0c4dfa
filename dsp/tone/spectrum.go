package tone

import (
	"math"
	"slices"

	"tipring/dsp/fft"
	"tipring/dsp/level"
)

const (
	spectrumLen = 16384 // samples, most of them zeros, of the transform that finds frequencies
	changeLen   = 256   // samples on either side of a place that are compared
	changeStep  = 80
	changeLess  = 0.5 // likeness below which the sound has changed
	lowestHz    = 150 // of a component; what is below is hum
	peakRatio   = 0.016
)

// An analyser holds the transforms that a recording is examined with.
type analyser struct{ change, lines *fft.Plan }

func newAnalyser() *analyser { return &analyser{fft.New(changeLen), fft.New(spectrumLen)} }

// split divides a burst where its frequencies change, and describes the parts.
func (a *analyser) split(pcm []int16, it item) (parts []item) {
	from := it.from
	worst, at := 1.0, 0
	for c := it.from + changeLen; c+changeLen <= it.to; c += changeStep {
		likeness := alike(a.change, pcm[c-changeLen:c], pcm[c:c+changeLen])
		if likeness < worst {
			worst, at = likeness, c
		}
		// The place of the least likeness lies behind.
		if worst < changeLess && c >= at+changeLen/2 && likeness > changeLess {
			parts = append(parts, a.heard(pcm, from, at))
			from, worst = at, 1
		}
	}
	return append(parts, a.heard(pcm, from, it.to))
}

// alike compares two spectra: 1 for the same shape, 0 for nothing in common.
func alike(plan *fft.Plan, a, b []int16) float64 {
	p, q := magnitudes(plan, a), magnitudes(plan, b)
	var pq, pp, qq float64
	for k := range p {
		pq += p[k] * q[k]
		pp += p[k] * p[k]
		qq += q[k] * q[k]
	}
	return pq / math.Sqrt(max(pp*qq, 1))
}

func magnitudes(plan *fft.Plan, x []int16) []float64 {
	n := (plan.Bins() - 1) * 2
	in, re, im := make([]float32, n), make([]float32, plan.Bins()), make([]float32, plan.Bins())
	for i, s := range x {
		in[i] = float32(float64(s) * (0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/float64(len(x)))))
	}
	plan.Forward(re, im, in)
	out := make([]float64, plan.Bins())
	for k := range out {
		out[k] = math.Hypot(float64(re[k]), float64(im[k]))
	}
	return out
}

// heard describes a stretch of sound.
func (a *analyser) heard(pcm []int16, from, to int) item {
	it := item{from: from, to: to}
	const edge = 80
	lo, hi := from, to
	if to-from > 4*edge {
		lo, hi = from+edge, to-edge
	}
	x := pcm[lo:min(hi, lo+learnLongestPure)]
	rms := level.Of(x).RMS()
	it.power = rms * rms
	var share float64
	if it.seg, share = a.components(x, it.power); share < learnPure {
		it.seg, it.other = Segment{}, true
	}
	return it
}

// A peak is a line of a spectrum.
type peak struct{ hz, power float64 }

// components finds the frequencies of a sound of that power, and the share of it that lies at them.
func (a *analyser) components(x []int16, power float64) (seg Segment, share float64) {
	m := magnitudes(a.lines, x)
	const bin = float64(sampleRate) / spectrumLen
	lowest := int(math.Ceil(lowestHz / bin))
	scale := 2 / (float64(len(x)) / 2) // amplitude of a line under the window
	apart := int(1.5 * sampleRate / float64(len(x)) / bin)
	largest := 0.0
	for k := lowest; k < len(m)-1; k++ {
		largest = max(largest, m[k])
	}
	var peaks []peak
	for k := lowest; k < len(m)-1; k++ {
		if m[k]*m[k] < peakRatio*largest*largest || m[k] != slices.Max(m[max(0, k-apart):min(len(m), k+apart+1)]) {
			continue
		}
		// The top of the parabola through the logarithms of three bins.
		l, c, r := math.Log(m[k-1]), math.Log(m[k]), math.Log(m[k+1])
		amplitude := m[k] * scale
		peaks = append(peaks, peak{(float64(k) + 0.5*(l-r)/(l-2*c+r)) * bin, amplitude * amplitude / 2})
	}
	slices.SortFunc(peaks, func(a, b peak) int { return int(math.Copysign(1, b.power-a.power)) })
	peaks = peaks[:min(len(peaks), MaxFrequencies)]
	for _, p := range peaks {
		share += p.power / max(power, 1)
	}
	if seg, ok := carrier(peaks); ok {
		return seg, share
	}
	slices.SortFunc(peaks, func(a, b peak) int { return int(math.Copysign(1, a.hz-b.hz)) })
	for i, p := range peaks {
		seg.Hz[i] = p.hz
	}
	seg.N = len(peaks)
	return seg, share
}

// carrier recognises an amplitude-modulated one by its two equal sidebands; peaks are the strongest first.
func carrier(peaks []peak) (Segment, bool) {
	if len(peaks) != 3 {
		return Segment{}, false
	}
	a, b := peaks[0].hz-peaks[1].hz, peaks[0].hz-peaks[2].hz
	if a*b > 0 || math.Abs(a+b) > 4 || math.Abs(a) > audibleHz || peaks[1].power > 2*peaks[2].power || peaks[1].power > peaks[0].power/2 {
		return Segment{}, false
	}
	return Segment{Hz: [MaxFrequencies]float64{peaks[0].hz, math.Abs(a-b) / 2}, N: 2, Modulated: true}, true
}
