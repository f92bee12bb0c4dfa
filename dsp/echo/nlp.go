package echo

import "math"

const (
	nlpRatio  = 0.16                      // an error 16 dB below the predicted echo (in amplitude) is residual echo
	decay     = 0.995                     // of the envelopes: 25 ms
	fadeDown  = 0.25                      // a sample: the residual is gone within a millisecond
	fadeUp    = 0.5                       // and a talker comes through at once
	trustERLE = 12                        // dB: below it a residual cannot be told from a talker
	white     = 1.732 * (1.0 / (1 << 31)) // of noise in 32 bits: uniform, so that the amplitude is the root of three times the RMS
	noisePeak = 4                         // peak of noise over its RMS
	noiseRise = 1.01                      // a block: the noise estimate rises by 11 dB a second and no faster, since talkers are no noise
	noiseFall = 0.1                       // of a block in the estimate when it is quieter
	noiseFew  = 16                        // blocks of pause after which the estimate is more than a first guess
	noiseMin  = 1e-5                      // RMS: -94 dBm0, a line that is silent
	noiseMax  = 0.01                      // RMS: louder than -34 dBm0 is no background noise
)

// A processor replaces residual echo by comfort noise of the level heard in pauses (G.168 clauses 3.13 and 3.4): it says from
// block to block what the finish of each sample is to do.
type processor struct {
	on      bool
	trusted bool
	noise   float32 // RMS of the near end's noise
	before  float32 // RMS of the error over the block before
	heard   int     // blocks of pause so far, up to noiseFew
	limits  limits
}

// limits are what the finish of a sample is told: an echo louder than pause, whose residual is below ratio of it and pause, is
// replaced by noise. Its fields are read by the kernels in this order.
type limits struct {
	pause, ratio float32
	noise        float32 // amplitude of one step of 32 bits
}

func newProcessor(on bool) processor {
	n := processor{on: on, noise: noiseMin}
	n.limit()
	return n
}

// limit works out the limits anew. With an infinite pause nothing is replaced.
func (n *processor) limit() {
	n.limits = limits{pause: float32(math.Inf(1)), ratio: nlpRatio, noise: white * n.noise}
	if n.on && n.trusted {
		n.limits.pause = noisePeak * n.noise
	}
}

// A running is what goes on from sample to sample. Its fields are read by the kernels in this order.
type running struct {
	last       float32 // error without emphasis
	envE, envY float32 // envelopes of the error and of the predicted echo
	gain       float32 // of the error; the rest is noise
	seed       uint32
	_          [3]uint32
	power      [vector]float32 // sums of squares of the error over the block, of every eighth sample
	sin        [vector]float32 // the same of Sin
}

func start() running { return running{gain: 1, seed: 1} }

// sum adds up the squares of a block and begins anew.
func sum(v *[vector]float32) float32 {
	s := (v[0] + v[1]) + (v[2] + v[3]) + ((v[4] + v[5]) + (v[6] + v[7]))
	*v = [vector]float32{}
	return s
}

// block follows the noise floor. The error is never less than the noise; it is no more than that when little echo is left in
// it, which the silence of the far end (idle) or the enhancement shows unless the path has changed (unsure), and nobody talks.
// Power is that of the error a sample, echo the envelope of the predicted echo.
func (n *processor) block(power, echo, erle float32, idle, unsure bool) {
	n.trusted = erle > trustERLE
	rms := float32(math.Sqrt(float64(power)))
	steady := min(rms, n.before) // what begins in this block, as a word of the far end and more of its echo, is no noise
	n.before = rms
	quiet := idle || n.trusted && !unsure && decibels(16*echo*echo/(power+least*least)) < erle
	switch {
	case quiet && n.heard < noiseFew:
		n.heard++
		n.noise += (steady - n.noise) / float32(n.heard)
	case rms < n.noise && n.heard < noiseFew: // a first guess may have been the echo of a path that had just changed
		n.noise = rms
	case rms < n.noise:
		n.noise += noiseFall * (rms - n.noise)
	case quiet:
		n.noise = min(rms, n.noise*noiseRise)
	}
	n.noise = min(max(n.noise, noiseMin), noiseMax)
	n.limit()
}
