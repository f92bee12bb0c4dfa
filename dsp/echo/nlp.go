package echo

import "math"

const (
	nlpRatio  = 0.16  // an error 16 dB below the predicted echo (in amplitude) is residual echo
	decay     = 0.995 // of the envelopes: 25 ms
	fadeDown  = 0.25  // a sample: the residual is gone within a millisecond
	fadeUp    = 0.5   // and a talker comes through at once
	trustERLE = 12    // dB: below it a residual cannot be told from a talker
	noisePeak = 4     // peak of noise over its RMS
	noiseRise = 1.01  // a block: the noise estimate rises by 11 dB a second and no faster, since talkers are no noise
	noiseFall = 0.1   // of a block in the estimate when it is quieter
	noiseFew  = 16    // blocks of pause after which the estimate is more than a first guess
	noiseMin  = 1e-5  // RMS: -94 dBm0, a line that is silent
	noiseMax  = 0.01  // RMS: louder than -34 dBm0 is no background noise
)

// A processor replaces residual echo by comfort noise of the level heard in pauses (G.168 clauses 3.13 and 3.4).
type processor struct {
	on      bool
	trusted bool
	envE    float32 // envelope of the error
	envY    float32 // envelope of the predicted echo
	gain    float32
	noise   float32 // RMS of the near end's noise
	heard   int     // blocks of pause so far, up to noiseFew
	sum     float32 // power of the error in this block
	seed    uint32
}

func newProcessor(on bool) processor { return processor{on: on, gain: 1, noise: noiseMin, seed: 1} }

func (n *processor) reset() { *n = newProcessor(n.on) }

// process takes the error and the predicted echo of some samples, and replaces the error by Sout.
func (n *processor) process(e, y []float32) {
	y = y[:len(e)]
	envE, envY, sum := n.envE, n.envY, n.sum
	if !n.on {
		for i, v := range e {
			envE *= decay
			if a := abs(v); a > envE {
				envE = a
			}
			envY *= decay
			if a := abs(y[i]); a > envY {
				envY = a
			}
			sum += v * v
		}
		n.envE, n.envY, n.sum = envE, envY, sum
		return
	}
	pause := noisePeak * n.noise
	for i, v := range e {
		envE *= decay
		if a := abs(v); a > envE {
			envE = a
		}
		envY *= decay
		if a := abs(y[i]); a > envY {
			envY = a
		}
		sum += v * v
		if n.trusted && envY > pause && envE < nlpRatio*envY+pause {
			n.gain -= fadeDown*n.gain - least
		} else {
			n.gain += fadeUp * (1 - n.gain)
		}
		e[i] = n.gain*v + (1-n.gain)*n.comfort()
	}
	n.envE, n.envY, n.sum = envE, envY, sum
}

// comfort is white noise of the estimated level: uniform, so the amplitude is the square root of three times the RMS.
func (n *processor) comfort() float32 {
	n.seed = n.seed*1664525 + 1013904223
	return 1.732 * n.noise * float32(int32(n.seed)) * (1.0 / (1 << 31))
}

// block follows the noise floor. The error is never less than the noise; it is no more than that when little echo is left in
// it, which the silence of the far end (idle) or the enhancement shows unless the path has changed (unsure), and nobody talks.
func (n *processor) block(erle float32, idle, unsure bool) {
	n.trusted = erle > trustERLE
	rms := float32(math.Sqrt(float64(n.sum / blockLen)))
	n.sum = 0
	left := float32(math.Pow(10, -float64(max(erle, 0))/20))
	quiet := idle || n.trusted && !unsure && 4*left*n.envY < rms
	switch {
	case quiet && n.heard < noiseFew:
		n.heard++
		n.noise += (rms - n.noise) / float32(n.heard)
	case rms < n.noise && n.heard < noiseFew: // a first guess may have been the echo of a path that had just changed
		n.noise = rms
	case rms < n.noise:
		n.noise += noiseFall * (rms - n.noise)
	case quiet:
		n.noise = min(rms, n.noise*noiseRise)
	}
	n.noise = min(max(n.noise, noiseMin), noiseMax)
}

func abs(x float32) float32 {
	return math.Float32frombits(math.Float32bits(x) &^ (1 << 31))
}
