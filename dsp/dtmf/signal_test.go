package dtmf

import (
	"math"
	"math/rand/v2"

	"tipring/dsp/level"
)

// A pulse is a digit as a bad sender or a bad line makes it.
type pulse struct {
	digit           byte
	onMs, offMs     float64
	low, high       level.DBm0
	lowOff, highOff float64 // relative frequency errors
	lowHz, highHz   float64 // absolute ones, added
}

func at(digit byte, onMs, offMs float64, l level.DBm0) pulse {
	return pulse{digit: digit, onMs: onMs, offMs: offMs, low: l, high: l}
}

// add puts a pulse behind sig, its tones at random phases, and returns the longer signal.
func add(sig []float64, p pulse, rnd *rand.Rand) []float64 {
	l, h, ok := Hz(p.digit)
	if !ok {
		panic("no digit")
	}
	wl := 2 * math.Pi * (l*(1+p.lowOff) + p.lowHz) / rate
	wh := 2 * math.Pi * (h*(1+p.highOff) + p.highHz) / rate
	pl, ph := rnd.Float64()*2*math.Pi, rnd.Float64()*2*math.Pi
	al, ah := p.low.Amplitude(), p.high.Amplitude()
	n := int(math.Round(p.onMs * rate / 1000))
	for i := range n {
		t := float64(i)
		sig = append(sig, al*math.Sin(wl*t+pl)+ah*math.Sin(wh*t+ph))
	}
	return append(sig, make([]float64, int(math.Round(p.offMs*rate/1000)))...)
}

// addNoise adds white noise of the given level in 0 to 4 kHz.
func addNoise(sig []float64, l level.DBm0, rnd *rand.Rand) {
	for i := range sig {
		sig[i] += rnd.NormFloat64() * l.RMS()
	}
}

// addTones adds continuous tones.
func addTones(sig []float64, l level.DBm0, hz ...float64) {
	for i := range sig {
		for _, f := range hz {
			sig[i] += l.Amplitude() * math.Sin(2*math.Pi*f*float64(i)/rate)
		}
	}
}

func samples(sig []float64) []int16 {
	out := make([]int16, len(sig))
	for i, v := range sig {
		out[i] = clip(v)
	}
	return out
}

// detect runs a fresh detector over the signal and 60 ms of silence, in one cut.
func detect(c Config, sig []float64) []Event {
	return NewDetector(c).Process(append(samples(sig), make([]int16, 480)...), nil)
}

// digitsOf returns the confirmed digits.
func digitsOf(evs []Event) string {
	var s []byte
	for _, e := range evs {
		if e.Kind == Start {
			s = append(s, e.Digit)
		}
	}
	return string(s)
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x7131)) }
