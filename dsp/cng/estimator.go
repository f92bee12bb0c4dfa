package cng

import (
	"math"

	"tipring/dsp/level"
)

const (
	frame = 80 // 10 ms
	// The background is the least power of 50 ms within a window that is longer than a spoken phrase's longest run without
	// a pause: parts of 200 ms, 1.6 s in all (minimum statistics).
	partFrames = 20
	parts      = 8
	average    = 5 // frames that make one power reading
	// bias is by how much the least reading of stationary noise lies below its mean, on average.
	bias = 1.25
	// A frame within this factor of the background counts as background and shapes the spectrum.
	quiet = 2
	// Every so many of them the spectrum is updated: it changes slowly, and an autocorrelation is dear.
	spectrumEvery = 4
)

// An Estimator follows the background noise of a line under whatever else is on it. Its finding changes at every tenth
// millisecond of audio, wherever the input is cut.
type Estimator struct {
	buf    [frame]int16
	fill   int
	recent [average]float64 // powers of the last frames
	at     int
	have   int
	least  [parts]float64
	part   int
	in     int // frames in the current part
	noise  float64

	corr   [MaxOrder + 1]float64 // smoothed autocorrelation of quiet frames
	frames int                   // quiet frames so far
}

// NewEstimator returns an Estimator that has heard nothing.
func NewEstimator() *Estimator {
	e := &Estimator{}
	e.Reset()
	return e
}

// Reset forgets the background.
func (e *Estimator) Reset() {
	*e = Estimator{}
	for i := range e.least {
		e.least[i] = math.Inf(1)
	}
}

// Process takes the next samples.
func (e *Estimator) Process(pcm []int16) {
	for len(pcm) > 0 {
		n := copy(e.buf[e.fill:], pcm)
		pcm = pcm[n:]
		if e.fill += n; e.fill == frame {
			e.fill = 0
			e.frame()
		}
	}
}

func (e *Estimator) frame() {
	var sum int64
	for _, s := range e.buf {
		sum += int64(s) * int64(s)
	}
	p := float64(sum) / frame
	e.recent[e.at] = p
	e.at = (e.at + 1) % average
	e.have = min(e.have+1, average)
	var power float64
	for _, v := range e.recent {
		power += v
	}
	power /= float64(e.have)
	e.least[e.part] = min(e.least[e.part], power)
	if e.in++; e.in == partFrames {
		e.in = 0
		e.part = (e.part + 1) % parts
		e.least[e.part] = power
	}
	least := e.least[0]
	for _, v := range e.least[1:] {
		least = min(least, v)
	}
	e.noise = least * bias
	if p <= e.noise*quiet {
		if e.frames%spectrumEvery == 0 {
			e.spectrum()
		}
		e.frames++
	}
}

func (e *Estimator) spectrum() {
	weight := 0.1
	if e.frames == 0 {
		weight = 1
	}
	for lag := range e.corr {
		var sum int64
		for i := lag; i < frame; i++ {
			sum += int64(e.buf[i]) * int64(e.buf[i-lag])
		}
		e.corr[lag] += weight * (float64(sum)/frame - e.corr[lag])
	}
}

// Level returns the level of the background; level.Silence before the first 10 ms.
func (e *Estimator) Level() level.DBm0 { return level.OfPower(e.noise) }

// Noise returns level and spectrum of the background.
func (e *Estimator) Noise() Noise {
	n := Noise{Level: e.Level()}
	if e.corr[0] <= 1 {
		return n
	}
	n.model(&e.corr)
	return n
}
