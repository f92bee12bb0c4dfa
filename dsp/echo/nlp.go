package echo

import "math"

const (
	nlpRatio  = 0.06  // an error 24 dB below the predicted echo (in amplitude) is residual echo
	decay     = 0.995 // of the envelopes: 25 ms
	fadeDown  = 0.25  // per sample: the residual is gone within a millisecond
	fadeUp    = 0.5   // and a talker comes through at once
	trustERLE = 12    // dB: below it a residual cannot be told from a talker
	noisePeak = 4     // peak of noise over its RMS
	noiseRise = 1.01  // per block: how fast the noise estimate may rise, about 11 dB a second
	noiseMin  = 1e-5  // RMS of a silent line: the quantising step of G.711
	noiseMax  = 0.01  // RMS: louder than -43 dBm0 is no background noise
)

// A processor replaces residual echo by comfort noise of the level heard in pauses (G.168 clauses 3.13 and 3.4).
type processor struct {
	on      bool
	trusted bool
	envE    float32 // envelope of the error
	envY    float32 // envelope of the predicted echo
	gain    float32
	noise   float32 // RMS of the near end's noise
	seed    uint32
}

func newProcessor(on bool) processor { return processor{on: on, gain: 1, noise: noiseMin, seed: 1} }

func (n *processor) reset() { *n = newProcessor(n.on) }

// sample takes the error and the predicted echo of one instant and returns Sout.
func (n *processor) sample(e, y float32) float32 {
	n.envE = max(abs(e), n.envE*decay)
	n.envY = max(abs(y), n.envY*decay)
	if !n.on {
		return e
	}
	pauseLevel := noisePeak * n.noise
	if n.trusted && n.envY > pauseLevel && n.envE < nlpRatio*n.envY+pauseLevel {
		n.gain -= fadeDown * n.gain
	} else {
		n.gain += fadeUp * (1 - n.gain)
	}
	return n.gain*e + (1-n.gain)*n.comfort()
}

// comfort is white noise of the estimated level: uniform, so the amplitude is the square root of three times the RMS.
func (n *processor) comfort() float32 {
	n.seed = n.seed*1664525 + 1013904223
	return 1.732 * n.noise * float32(int32(n.seed)) * (1.0 / (1 << 31))
}

// block follows the noise floor: the least power that blocks without echo have had lately.
func (n *processor) block(errorPower, erle float32) {
	n.trusted = erle > trustERLE
	if n.envY > noisePeak*n.noise {
		return
	}
	rms := float32(math.Sqrt(float64(errorPower)))
	n.noise = min(max(min(rms, n.noise*noiseRise), noiseMin), noiseMax)
}

func abs(x float32) float32 {
	if x < 0 {
		return -x
	}
	return x
}
