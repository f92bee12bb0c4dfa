package fft

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func TestAgainstDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for n := 4; n <= 512; n *= 2 {
		p := New(n)
		x, back := make([]float32, n), make([]float32, n)
		for i := range x {
			x[i] = float32(rng.NormFloat64())
		}
		re, im := make([]float32, p.Bins()), make([]float32, p.Bins())
		p.Forward(re, im, x)
		for k := range re {
			var wr, wi float64
			for j, v := range x {
				s, c := math.Sincos(-2 * math.Pi * float64(j*k%n) / float64(n))
				wr, wi = wr+float64(v)*c, wi+float64(v)*s
			}
			if math.Hypot(wr-float64(re[k]), wi-float64(im[k])) > 1e-4*math.Sqrt(float64(n)) {
				t.Fatalf("n=%d bin %d: got %v%+vi, want %v%+vi", n, k, re[k], im[k], wr, wi)
			}
		}
		p.Inverse(back, re, im)
		for i := range x {
			if math.Abs(float64(x[i]-back[i])) > 1e-5 {
				t.Fatalf("n=%d sample %d: %v came back as %v", n, i, x[i], back[i])
			}
		}
	}
}

// TestKernel holds the vector code to the code in Go: rounding apart, they are the same.
func TestKernel(t *testing.T) {
	if !kernels {
		t.Skip("this machine or build has no kernels")
	}
	rng := rand.New(rand.NewPCG(3, 4))
	p := New(128)
	for range 50 {
		x, y, z := make([]float32, 128), make([]float32, 128), make([]float32, 128)
		for i := range x {
			x[i] = float32(rng.NormFloat64())
		}
		re, im, kr, ki := make([]float32, 65), make([]float32, 65), make([]float32, 65), make([]float32, 65)
		p.forward(re, im, x)
		p.Forward(kr, ki, x)
		for k := range re {
			if math.Hypot(float64(re[k]-kr[k]), float64(im[k]-ki[k])) > 2e-5 {
				t.Fatalf("bin %d: %v%+vi in Go, %v%+vi by the kernel", k, re[k], im[k], kr[k], ki[k])
			}
		}
		im[0], im[64] = 3, -4 // count as zero
		p.inverse(y, re, im)
		p.Inverse(z, re, im)
		for i := range y {
			if math.Abs(float64(y[i]-z[i])) > 2e-6 {
				t.Fatalf("sample %d: %v in Go, %v by the kernel", i, y[i], z[i])
			}
		}
	}
}

func BenchmarkForward(b *testing.B) {
	for _, n := range []int{64, 128, 256} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			p := New(n)
			x := make([]float32, n)
			for i := range x {
				x[i] = float32(math.Sin(float64(i * i)))
			}
			re, im := make([]float32, p.Bins()), make([]float32, p.Bins())
			b.ReportAllocs()
			for b.Loop() {
				p.Forward(re, im, x)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/sample")
		})
	}
}
