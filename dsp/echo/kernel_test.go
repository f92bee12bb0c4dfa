package echo

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Each kernel is held to its twin in Go: they add in another order and fuse multiplications with additions, so that they
// differ by roundings, of which the largest numbers involved allow a few.
const roundings = 3e-6

// near compares two results; scale is the largest number that went into them.
func near(t *testing.T, what string, got, want []float32, scale float32) {
	t.Helper()
	for i := range want {
		if d := math.Abs(float64(got[i] - want[i])); !(d <= roundings*float64(scale)) {
			t.Fatalf("%s: element %d is %v by the kernel, %v in Go", what, i, got[i], want[i])
		}
	}
}

// flat is all partitions as one.
func flat(s []spectrum) (out []float32) {
	for i := range s {
		out = append(out, s[i][:bins]...)
	}
	return out
}

func TestKernels(t *testing.T) {
	if !kernels {
		t.Skip("this machine or build has no kernels")
	}
	rng := rand.New(rand.NewPCG(7, 8))
	random := func(scale float64) (s spectrum) {
		for b := range bins {
			s[b] = float32(scale * rng.NormFloat64())
		}
		return s
	}
	many := func(n int, scale float64) []spectrum {
		s := make([]spectrum, n)
		for i := range s {
			s[i] = random(scale)
		}
		return s
	}
	power := func(n int, scale float64) []spectrum {
		s := many(n, scale)
		for i := range s {
			for b, v := range s[i] {
				s[i][b] = v * v
			}
		}
		return s
	}
	clone := func(s []spectrum) []spectrum { return append([]spectrum(nil), s...) }

	t.Run("fir", func(t *testing.T) {
		for n := 8; n <= blockLen; n += 8 {
			var h [blockLen]float32
			x, y := make([]float32, n+blockLen), make([]float32, n)
			for i := range h {
				h[i] = float32(rng.NormFloat64())
			}
			for i := range x {
				x[i] = float32(rng.NormFloat64())
			}
			got, want := append([]float32(nil), y...), y
			fir(got, x, &h)
			firGo(want, x, &h)
			near(t, "fir", got, want, 16)
		}
	})
	t.Run("accumulate", func(t *testing.T) {
		for n := range maxParts + 1 {
			xr, xi, wr, wi := many(n, 3), many(n, 3), many(n, 0.3), many(n, 0.3)
			yr, yi := random(1), random(1)
			gr, gi := yr, yi
			accumulate(&gr, &gi, xr, xi, wr, wi)
			accumulateGo(&yr, &yi, xr, xi, wr, wi)
			near(t, "real", gr[:bins], yr[:bins], 30)
			near(t, "imaginary", gi[:bins], yi[:bins], 30)
		}
	})
	t.Run("energy", func(t *testing.T) {
		for n := range maxParts + 1 {
			v, xr, xi := power(n, 1), many(n, 3), many(n, 3)
			got, want := random(1), spectrum{}
			want = got
			energy(&got, v, xr, xi)
			energyGo(&want, v, xr, xi)
			near(t, "energy", got[:bins], want[:bins], 500)
		}
	})
	t.Run("update", func(t *testing.T) {
		for n := range maxParts + 1 {
			xr, xi, wr, wi, v := many(n, 3), many(n, 3), many(n, 0.3), many(n, 0.3), power(n, 0.1)
			sr, si, gain := random(0.1), random(0.1), power(1, 0.01)[0]
			gr, gi, gv := clone(wr), clone(wi), clone(v)
			update(gr, gi, gv, xr, xi, &sr, &si, &gain)
			updateGo(wr, wi, v, xr, xi, &sr, &si, &gain)
			near(t, "real", flat(gr), flat(wr), 2)
			near(t, "imaginary", flat(gi), flat(wi), 2)
			near(t, "variance", flat(gv), flat(v), 0.2)
		}
	})
	t.Run("shares", func(t *testing.T) {
		q, psi, er, ei := power(1, 1)[0], power(1, 1)[0], random(1), random(1)
		c := division{floor: 0.1, least: least, fall: psiFall, noise: 2 * psiShare, learnt: learnt, learntNoise: learntNoise}
		gq, gp := q, psi
		var gg, gs, wg, ws spectrum
		shares(&gq, &gp, &gg, &gs, &er, &ei, &noiseShape, &c)
		sharesGo(&q, &psi, &wg, &ws, &er, &ei, &noiseShape, &c)
		near(t, "q", gq[:bins], q[:bins], 30)
		near(t, "psi", gp[:bins], psi[:bins], 20)
		near(t, "gain", gg[:bins], wg[:bins], 3)
		near(t, "share", gs[:bins], ws[:bins], 1)
	})
	t.Run("moments", func(t *testing.T) {
		var x, d, e [blockLen]float32
		for i := range x {
			x[i], d[i], e[i] = float32(rng.NormFloat64()), float32(rng.NormFloat64()), float32(rng.NormFloat64())
		}
		got, want := momentsOf(&x, &d, &e), momentsGo(&x, &d, &e)
		near(t, "moments", got[:], want[:], 100)
	})
	t.Run("emphasise", func(t *testing.T) {
		var x [blockLen + 1]int16
		for i := range x {
			x[i] = int16(rng.Uint32())
		}
		for n := 0; n <= blockLen; n += vector {
			var got, want [blockLen]float32
			emphasise(got[:n], x[:])
			emphasiseGo(want[:n], x[:])
			near(t, "emphasise", got[:], want[:], 2)
		}
	})
	t.Run("finish", func(t *testing.T) {
		for _, l := range []limits{{pause: float32(math.Inf(1)), ratio: nlpRatio, noise: white * 0.01}, {pause: 0.3, ratio: 0.9, noise: white * 0.01}} {
			got, want := start(), start()
			for range 20 {
				var d, y, ge, we [blockLen]float32
				var sin, gpcm, wpcm [blockLen]int16
				for i := range d {
					d[i], y[i], sin[i] = float32(0.1*rng.NormFloat64()), float32(0.1*rng.NormFloat64()), int16(rng.Uint32())
				}
				n := vector * rng.IntN(blockLen/vector+1)
				finish(gpcm[:n], ge[:], d[:], y[:], sin[:], &got, &l)
				finishGo(wpcm[:n], we[:], d[:], y[:], sin[:], &want, &l)
				near(t, "error", ge[:], we[:], 1)
				near(t, "running", []float32{got.last, got.envE, got.envY, got.gain}, []float32{want.last, want.envE, want.envY, want.gain}, 3)
				near(t, "power", got.power[:], want.power[:], 300)
				near(t, "Sin", got.sin[:], want.sin[:], 300)
				if got.seed != want.seed {
					t.Fatalf("seed %x, want %x", got.seed, want.seed)
				}
				for i := range wpcm {
					if d := int(gpcm[i]) - int(wpcm[i]); d < -1 || d > 1 {
						t.Fatalf("sample %d is %d by the kernel, %d in Go", i, gpcm[i], wpcm[i])
					}
				}
			}
		}
	})
	t.Run("residual", func(t *testing.T) {
		var d, y, got, want [blockLen]float32
		for i := range d {
			d[i], y[i] = float32(rng.NormFloat64()), float32(rng.NormFloat64())
		}
		gs, gl := residual(&got, &d, &y, 3)
		ws, wl := residualGo(&want, &d, &y, 3)
		near(t, "error", got[:], want[:], 4)
		near(t, "squares and last", []float32{gs, gl}, []float32{ws, wl}, 2000)
	})
	t.Run("powers", func(t *testing.T) {
		re, im, got, want := random(1), random(1), spectrum{}, spectrum{}
		gs, gt := powers(&got, &re, &im)
		ws, wt := powersGo(&want, &re, &im)
		near(t, "power", got[:bins], want[:bins], 20)
		near(t, "sums", []float32{gs, gt}, []float32{ws, wt}, 5000)
	})
	t.Run("whiten", func(t *testing.T) {
		for range 20 {
			// The autocorrelation of noise through a resonance, and some white noise.
			pole, hz := 0.5+0.45*rng.Float64(), math.Pi*rng.Float64()
			var r [order]float32
			for i := range r {
				r[i] = float32(math.Pow(pole, float64(i)) * math.Cos(hz*float64(i)))
			}
			r[0] += 0.01
			var e, got, want [blockLen]float32
			var largest float32
			for i := range e {
				e[i] = float32(rng.NormFloat64())
			}
			whiten(&got, &e, &r)
			whitenGo(&want, &e, &r)
			for _, v := range want {
				largest = max(largest, abs(v))
			}
			near(t, "whiten", got[:], want[:], 100*largest) // the recursion adds its roundings up
		}
	})
}

// TestWhiten: what whitening returns, times the covariance, is the error again, for a process that the predictor covers.
func TestWhiten(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, pole := range []float64{0, 0.5, 0.9, -0.95} {
		var r [blockLen]float64
		var short [order]float32
		for i := range r {
			r[i] = math.Pow(pole, float64(i))
			if i == 0 {
				r[i] = 1
			}
			if i < order {
				short[i] = float32(r[i])
			}
		}
		var e, s [blockLen]float32
		for i := range e {
			e[i] = float32(rng.NormFloat64())
		}
		whitenGo(&s, &e, &short)
		for i := range e {
			var sum float64
			for j := range s {
				sum += r[max(i-j, j-i)] * float64(s[j])
			}
			if math.Abs(sum-float64(e[i])) > 2e-3 {
				t.Fatalf("pole %v: row %d gives %v, want %v", pole, i, sum, e[i])
			}
		}
	}
}
