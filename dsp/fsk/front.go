package fsk

import "math"

//go:generate go -C asm run . -out ../kernel_amd64.s -stubs ../kernel_amd64.go -pkg fsk

// A front is what the samples run through one after the other: a Butterworth high-pass of order 4 at 300 Hz, since hum may
// be stronger than the data, and the running sums. The kernel knows its layout.
type front struct {
	state  [2][2]float64 // u, v of each section
	coef   [2][4]float64 // a1, a2, c1, c2
	tones  [4]float64    // running sum of the filtered signal times the conjugates of space and mark: re, im, re, im
	energy float64       // and of its square
}

const highPassHz = 300

// filterGain is the power gain of the high-pass well above its corner, since its sections have no gain factor.
var filterGain = func() float64 {
	g := 1.0
	for _, c := range newFront().coef {
		// At 4 kHz: 4 / (1 + a1 - a2).
		g *= 16 / ((1 + c[0] - c[1]) * (1 + c[0] - c[1]))
	}
	return g
}()

func newFront() (f front) {
	k := math.Tan(math.Pi * highPassHz / rate)
	for s, angle := range [2]float64{math.Pi / 8, 3 * math.Pi / 8} {
		q := 1 / (2 * math.Cos(angle))
		a0 := 1 + k/q + k*k
		a1, a2 := -2*(k*k-1)/a0, -(1-k/q+k*k)/a0
		f.coef[s] = [4]float64{a1, a2, a1 - 2, a2 + 1}
	}
	return f
}

// addGo runs n samples through the front. It writes the filtered ones, and both running sums behind each.
func addGo(f *front, pcm []int16, ref [][4]float64, filtered []float64, tone [][4]float64, energy []float64) {
	u0, v0, u1, v1 := f.state[0][0], f.state[0][1], f.state[1][0], f.state[1][1]
	a, b := &f.coef[0], &f.coef[1]
	for i, s := range pcm {
		x := float64(s)
		y := x + u0
		u0, v0 = float64(a[0]*u0)+(v0+float64(a[2]*x)), float64(a[1]*u0)+float64(a[3]*x)
		z := y + u1
		u1, v1 = float64(b[0]*u1)+(v1+float64(b[2]*y)), float64(b[1]*u1)+float64(b[3]*y)
		filtered[i] = z
		r := &ref[i]
		for k := range f.tones {
			f.tones[k] += float64(z * r[k])
		}
		tone[i] = f.tones
		f.energy += float64(z * z)
		energy[i] = f.energy
	}
	f.state = [2][2]float64{{u0, v0}, {u1, v1}}
}
