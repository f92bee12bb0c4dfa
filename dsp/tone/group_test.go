package tone

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The groups, by the machine's kernel and by its Go twin, measure what the recursion does, to 1e-4 of full scale; that is
// rounding.
func TestGroupsAgreeWithRecursion(t *testing.T) {
	plan, _ := Zone("us")
	l := plan.WithTreatment().listener()
	rnd := rand.New(rand.NewPCG(1, 2))
	var k bank
	k.init(l.bins, nil)
	for range 200 {
		for i := range k.low {
			k.low[i] = float32(20000 * (2*rnd.Float64() - 1))
		}
		for i := range k.midF {
			k.midF[i] = float32(20000 * (2*rnd.Float64() - 1))
		}
		k.goertzel()
		slot := int(k.block % window)
		for _, g := range groups(l.bins) {
			x := k.low[:]
			if g.high {
				x = k.midF[:]
			}
			var kernel, twin [2 * groupLen]float32
			correlate(x, g.table, &kernel)
			correlateGo(x, g.table, &twin)
			for lane := range g.n {
				want := k.amp[g.first+lane][slot]
				for _, sum := range [2]*[2 * groupLen]float32{&kernel, &twin} {
					re, im := sum[lane]-real(want), sum[groupLen+lane]-imag(want)
					if math.Hypot(float64(re), float64(im)) > 2 {
						t.Fatalf("%v Hz: %v%+vi, want %v", l.bins[g.first+lane].hz, sum[lane], sum[groupLen+lane], want)
					}
				}
			}
		}
	}
}
