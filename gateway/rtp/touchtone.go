package rtp

import (
	"math"

	"tipring/dsp/dtmf"
	"tipring/dsp/level"
)

// A touchTone sounds a digit for as long as it is read: the length of a telephone-event is known only at its end, so that
// dtmf.Generator, which takes it beforehand, does not fit. It is the recursion y[n] = 2 cos(w) y[n-1] - y[n-2], twice.
type touchTone struct {
	k, y1, y2 [2]float64
}

// start begins a digit at phase zero with both tones at the given level.
func (t *touchTone) start(digit byte, each level.DBm0) {
	low, high, _ := dtmf.Hz(digit)
	amp := each.Amplitude()
	for i, hz := range [2]float64{low, high} {
		w := 2 * math.Pi * hz / 8000
		t.k[i] = 2 * math.Cos(w)
		t.y1[i] = -amp * math.Sin(w)
		t.y2[i] = -amp * math.Sin(2*w)
	}
}

func (t *touchTone) read(dst []int16) {
	for i := range dst {
		a := t.k[0]*t.y1[0] - t.y2[0]
		b := t.k[1]*t.y1[1] - t.y2[1]
		t.y2, t.y1 = t.y1, [2]float64{a, b}
		dst[i] = int16(max(-32768, min(32767, math.Round(a+b))))
	}
}
