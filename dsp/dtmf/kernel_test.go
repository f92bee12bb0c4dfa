package dtmf

import (
	"math"
	"testing"
)

// Each kernel agrees with its Go twin to 1e-6 of the largest sum that its input can give: the order of additions differs.
func TestKernels(t *testing.T) {
	rnd := newRand(3)
	for range 2000 {
		var x [window]float32
		for i := range x {
			x[i] = float32(int16(rnd.Uint32()))
		}
		var got, want [2 * bands]float32
		analyseKernel(&x, &folded, &got)
		analyseGo(&x, &folded, &want)
		for r := range got {
			if d := math.Abs(float64(got[r] - want[r])); d > 1e-6*32768*half {
				t.Fatalf("row %d: %v, want %v", r, got[r], want[r])
			}
		}
		y := (*[hop + 4]float32)(x[:])
		g, w := screenKernel(y, screenA, screenB), screenGo(y, screenA, screenB)
		if math.Abs(float64(g-w)) > 1e-6*float64(w) {
			t.Fatalf("screen: %v, want %v", g, w)
		}
	}
}
