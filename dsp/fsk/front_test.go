package fsk

import (
	"math"
	"testing"
)

// The machine's kernel agrees with its Go twin to 1e-12 of the sums: it fuses products and sums.
func TestKernel(t *testing.T) {
	rnd := newRand(12)
	d := NewDemodulator(V23)
	var a, b front
	p := new([2]past)
	for i := range 5000 {
		blocks := 1 + rnd.IntN(most)
		pcm := make([]int16, blocks*block)
		for k := range pcm {
			pcm[k] = int16(rnd.Uint32())
		}
		ref := d.ref[i%d.period:]
		at := rnd.IntN(keep/block-most) * block
		add(&a, pcm, ref, &p[0], at, blocks)
		addGo(&b, pcm, ref, &p[1], at, blocks)
		for k := range pcm {
			got, want := p[0].filtered[at+k], p[1].filtered[at+k]
			if e, f := p[0].energy[at+1+k], p[1].energy[at+1+k]; math.Abs(got-want) > 1e-7 || math.Abs(e-f) > 1e-12*f {
				t.Fatalf("call %d, sample %d: %v and %v, want %v and %v", i, k, got, e, want, f)
			}
			for r := range 4 {
				if got, want := p[0].tone[at+1+k][r], p[1].tone[at+1+k][r]; math.Abs(got-want) > 1e-4 {
					t.Fatalf("call %d, sample %d: %v, want %v", i, k, got, want)
				}
			}
		}
	}
}

// The kernel rounds as its twin does.
func TestSumsKernel(t *testing.T) {
	rnd := newRand(13)
	p := new(past)
	for i := range p.tone {
		for k := range p.tone[i] {
			p.tone[i][k] = rnd.NormFloat64() * 1e9
		}
	}
	for i := range 5000 {
		at, bit := rnd.Float64()*1e7, 5+25*rnd.Float64()
		var got, want ends
		sums(&got, p, at, bit)
		sumsGo(&want, p, at, bit)
		if got != want {
			t.Fatalf("call %d, at %v by %v: %v, want %v", i, at, bit, got, want)
		}
	}
}

// The high-pass takes hum away and leaves the tones alone.
func TestHighPass(t *testing.T) {
	gain := func(hz float64) float64 {
		var state [4]float64
		var out, sum float64
		for i := range rate {
			z := filter(&state, math.Round(20000*math.Sin(2*math.Pi*hz*float64(i)/rate)))
			if i > rate/2 {
				out += z * z
				sum += 20000 * 20000 / 2
			}
		}
		return 10 * math.Log10(out/sum/filterGain)
	}
	for hz, want := range map[float64][2]float64{50: {-90, -55}, 60: {-90, -50}, 1000: {-0.2, 0.1}, 2200: {-0.2, 0.1}} {
		if g := gain(hz); g < want[0] || g > want[1] {
			t.Errorf("%v Hz: %.1f dB, want %v", hz, g, want)
		}
	}
}
