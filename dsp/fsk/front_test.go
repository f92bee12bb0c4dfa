package fsk

import (
	"math"
	"testing"
)

// The machine's kernel agrees with its Go twin to 1e-12 of the sums: it fuses products and sums.
func TestKernel(t *testing.T) {
	rnd := newRand(12)
	d := NewDemodulator(V23)
	a, b := newFront(), newFront()
	var tone [2][block][4]float64
	var energy, filtered [2][block]float64
	for i := range 5000 {
		pcm := make([]int16, 1+rnd.IntN(block))
		for k := range pcm {
			pcm[k] = int16(rnd.Uint32())
		}
		ref := d.ref[i%d.period:]
		add(&a, pcm, ref, filtered[0][:], tone[0][:], energy[0][:])
		addGo(&b, pcm, ref, filtered[1][:], tone[1][:], energy[1][:])
		for k := range pcm {
			if math.Abs(filtered[0][k]-filtered[1][k]) > 1e-7 || math.Abs(energy[0][k]-energy[1][k]) > 1e-12*energy[1][k] {
				t.Fatalf("call %d, sample %d: %v and %v, want %v and %v", i, k, filtered[0][k], energy[0][k], filtered[1][k], energy[1][k])
			}
			for r := range tone[0][k] {
				if math.Abs(tone[0][k][r]-tone[1][k][r]) > 1e-4 {
					t.Fatalf("call %d, sample %d: %v, want %v", i, k, tone[0][k], tone[1][k])
				}
			}
		}
	}
}

// The high-pass takes hum away and leaves the tones alone.
func TestHighPass(t *testing.T) {
	gain := func(hz float64) float64 {
		f := newFront()
		d := NewDemodulator(Bell202)
		var out, sum float64
		for i := range rate {
			var filtered, energy [1]float64
			var tone [1][4]float64
			addGo(&f, []int16{int16(math.Round(20000 * math.Sin(2*math.Pi*hz*float64(i)/rate)))}, d.ref, filtered[:], tone[:], energy[:])
			if i > rate/2 {
				out += filtered[0] * filtered[0]
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
