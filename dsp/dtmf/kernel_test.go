package dtmf

import (
	"math"
	"testing"
)

// near fails the test when a kernel's number is further from its twin's than a share of the largest that the input can give.
func near(t *testing.T, what string, got, want float32, tolerance float64) {
	t.Helper()
	if d := math.Abs(float64(got) - float64(want)); !(d <= tolerance) {
		t.Fatalf("%s: %v, want %v to %v", what, got, want, tolerance)
	}
}

// Each kernel agrees with its Go twin to 1e-6 of the largest number that its input can give: the order of additions differs.
func TestLookKernel(t *testing.T) {
	rnd := newRand(3)
	for i := range 2000 {
		var x [window]int16
		for k := range x {
			x[k] = int16(rnd.Uint32()) >> (i % 16)
		}
		full := 32768 / float64(int(1)<<(i%16))
		var got, want frame
		lookGo(&want, &x, &folded, screenA, screenB, 0)
		if !got.look(&x, want.energy*0.999) {
			t.Fatal("nothing above the floor")
		}
		near(t, "energy", got.energy, want.energy, 1e-6*36*full*full*hop)
		for b := range bands {
			near(t, "real part", got.x[b].re, want.x[b].re, 1e-6*full*half)
			near(t, "imaginary part", got.x[b].im, want.x[b].im, 1e-6*full*half)
			near(t, "power", got.power[b], want.x[b].power(), 1e-6*full*full*half*half)
		}
		if want.energy > 0 && got.look(&x, want.energy*1.001) || got.x != [bands]phasor{} || got.power != [bands]float32{} {
			t.Fatalf("below the floor: %+v", got)
		}
		near(t, "energy", got.energy, want.energy, 1e-6*36*full*full*hop)
	}
}

func TestExamineKernels(t *testing.T) {
	rnd := newRand(4)
	for i := range 500 {
		var in [settle + examined]int16
		low, high := 697+rnd.Float64()*244, 1209+rnd.Float64()*424
		for k := range in {
			at := float64(k) / rate
			in[k] = clip(9000*math.Sin(2*math.Pi*low*at) + 9000*math.Sin(2*math.Pi*high*at) + float64(i%2)*4000*rnd.NormFloat64())
		}
		var got, want signals
		filterKernel(&got, &in)
		filterGo(&want, &in)
		for k := range want.band {
			near(t, "raw", got.raw[k], want.raw[k], 0)
			near(t, "dial", got.dial[k], want.dial[k], 1e-6*32768)
			near(t, "band", got.band[k], want.band[k], 2e-6*32768*math.Sqrt(gain(&bandFilter, 0.5)))
		}
		var gotE, wantE [8]float32
		energiesKernel(&want, &taper, &gotE)
		energiesGo(&want, &taper, &wantE)
		for k := range 6 {
			near(t, "energy", gotE[k], wantE[k], 1e-5*float64(wantE[k]))
		}
		tones := [2]reference{newReference(low), newReference(high)}
		correlateKernel(&want.band, &taper, &tones, &gotE)
		correlateGo(&want.band, &taper, &tones, &wantE)
		most := math.Sqrt(float64(energyOf(&want.band)) * slice)
		for k := range wantE {
			near(t, "sum", gotE[k], wantE[k], 1e-6*most)
		}
	}
}

func energyOf(x *[examined]float32) (e float32) {
	for _, v := range x {
		e += v * v
	}
	return e
}
