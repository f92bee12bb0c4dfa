package plc_test

import "math"

// appendixI is G.711 Appendix I as it stands, in frames of 10 ms, with its delay of 3.75 ms: what the Concealer is measured
// against.
type appendixI struct {
	past   [390]float64 // I.2.1: 48.75 ms; the last 30 are not yet given out
	erased int          // frames of the gap
	pitch  int
	wave   []float64
	pos    int
	saved  [390]float64 // past as it was received, at the start of the gap
}

const (
	appendixFrame = 80
	appendixDelay = 30
)

func (a *appendixI) remember(frame []float64) (out []int16) {
	copy(a.past[:], a.past[appendixFrame:])
	copy(a.past[390-appendixFrame:], frame)
	out = make([]int16, appendixFrame)
	for i := range out {
		out[i] = int16(max(-32768, min(32767, math.Round(a.past[390-appendixFrame-appendixDelay+i]))))
	}
	return out
}

func (a *appendixI) good(frame []int16) []int16 {
	f := make([]float64, appendixFrame)
	for i, s := range frame {
		f[i] = float64(s)
	}
	if a.erased > 0 {
		n := min(appendixFrame, a.pitch/4+(a.erased-1)*32)
		synth := a.synth(n)
		for i := range n {
			w := (float64(i) + 1) / float64(n+1)
			f[i] = w*f[i] + (1-w)*synth[i]*a.gain(0)
		}
		a.erased = 0
	}
	return a.remember(f)
}

// gain is the attenuation i samples into the frame that comes next.
func (a *appendixI) gain(i int) float64 {
	if a.erased < 1 {
		return 1
	}
	return max(0, 1-0.2*(float64(a.erased-1)+float64(i)/appendixFrame))
}

func (a *appendixI) synth(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = a.wave[a.pos]
		a.pos = (a.pos + 1) % len(a.wave)
	}
	return out
}

// build makes a wave of k periods whose end flows into its beginning.
func (a *appendixI) build(h []float64, k int) {
	n, q := k*a.pitch, a.pitch/4
	a.wave = append([]float64(nil), h[390-n:]...)
	for i := range q {
		w := (float64(i) + 1) / float64(q+1)
		a.wave[n-q+i] = (1-w)*h[390-q+i] + w*h[390-n-q+i]
	}
}

func (a *appendixI) lost() []int16 {
	f := make([]float64, appendixFrame)
	switch {
	case a.erased == 0:
		a.pitch = a.findPitch()
		h := a.past
		a.build(h[:], 1)
		a.pos = 0
		copy(a.past[390-a.pitch/4:], a.wave[a.pitch-a.pitch/4:])
		a.saved = h
		copy(f, a.synth(appendixFrame))
	case a.erased < 3:
		q := a.pitch / 4
		at := a.pos
		old := a.synth(q)
		a.pos = at % a.pitch
		a.build(a.saved[:], a.erased+1)
		copy(f, a.synth(appendixFrame))
		for i := range q {
			w := (float64(i) + 1) / float64(q+1)
			f[i] = w*f[i] + (1-w)*old[i]
		}
	default:
		copy(f, a.synth(appendixFrame))
	}
	for i := range f {
		f[i] *= a.gain(i)
	}
	a.erased++
	return a.remember(f)
}

func (a *appendixI) findPitch() int {
	best, at := math.Inf(-1), 120
	for lag := 40; lag <= 120; lag++ {
		var c, e float64
		for i := 230; i < 390; i++ {
			c += a.past[i] * a.past[i-lag]
			e += a.past[i-lag] * a.past[i-lag]
		}
		if r := c / math.Sqrt(max(e, 250)); r > best {
			best, at = r, lag
		}
	}
	return at
}
