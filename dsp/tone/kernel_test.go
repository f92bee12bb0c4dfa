package tone

import (
	"math"
	"math/rand/v2"
	"testing"
)

// What is in whole numbers is the same by the machine's kernels and by their Go twins, up to full scale.
func TestExactKernels(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for n := range 1000 {
		var in [6 + blockLen]int16
		for i := range in {
			switch n % 3 {
			case 0:
				in[i] = int16(rnd.Uint32())
			case 1:
				in[i] = math.MinInt16
			default:
				in[i] = [2]int16{math.MinInt16, math.MaxInt16}[rnd.IntN(2)]
			}
		}
		x := (*[blockLen]int16)(in[6:])
		if got, want := energies(x), energiesGo(x); got != want {
			t.Fatalf("energies of %v: %v, want %v", x, got, want)
		}
		var got, want [midLen]int32
		var gotF, wantF [midLen]float32
		halve(&in, &got, &gotF)
		halveGo(&in, &want, &wantF)
		if got != want || gotF != wantF {
			t.Fatalf("half of %v: %v, want %v", in, got, want)
		}
	}
}
