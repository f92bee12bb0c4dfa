package fsk

import "math"

//go:generate go -C asm run . -out ../kernel_amd64.s -stubs ../kernel_amd64.go -pkg fsk

// A front is what the samples run through one after the other: a high-pass, since hum may be stronger than the data, and the
// running sums. The kernel knows its layout.
type front struct {
	state  [4]float64 // u, v of each of the filter's sections
	tones  [4]float64 // running sum of the filtered signal times the conjugates of space and mark: re, im, re, im
	energy float64    // and of its square
}

const highPassHz = 300

// highPass is a Butterworth filter of order 4: a1, a2, c1, c2 of each section.
var highPass = func() (coef [2][4]float64) {
	k := math.Tan(math.Pi * highPassHz / rate)
	for s, angle := range [2]float64{math.Pi / 8, 3 * math.Pi / 8} {
		q := 1 / (2 * math.Cos(angle))
		a0 := 1 + k/q + k*k
		a1, a2 := -2*(k*k-1)/a0, -(1-k/q+k*k)/a0
		coef[s] = [4]float64{a1, a2, a1 - 2, a2 + 1}
	}
	return coef
}()

// filterGain is the power gain of the high-pass well above its corner, since its sections have no gain factor.
var filterGain = func() float64 {
	g := 1.0
	for _, c := range highPass {
		// At 4 kHz: 4 / (1 + a1 - a2).
		g *= 16 / ((1 + c[0] - c[1]) * (1 + c[0] - c[1]))
	}
	return g
}()

// filter takes a sample and returns what comes out of the high-pass.
func filter(state *[4]float64, x float64) float64 {
	a, b := &highPass[0], &highPass[1]
	u0, v0, u1, v1 := state[0], state[1], state[2], state[3]
	y := x + u0
	z := y + u1
	*state = [4]float64{
		float64(a[0]*u0) + (v0 + float64(a[2]*x)), float64(a[1]*u0) + float64(a[3]*x),
		float64(b[0]*u1) + (v1 + float64(b[2]*y)), float64(b[1]*u1) + float64(b[3]*y),
	}
	return z
}

// blockColumns are what the samples of a block give, together: each of them, and each number of the filter's state before them,
// adds a column of the filtered ones and of the state after them.
var blockColumns = func() (columns [block + 4][block + 4]float64) {
	for j := range columns {
		var x [block]float64
		var state [4]float64
		if j < block {
			x[j] = 1
		} else {
			state[j-block] = 1
		}
		for i := range x {
			columns[j][i] = filter(&state, x[i])
		}
		copy(columns[j][block:], state[:])
	}
	return columns
}()

// A past holds what is kept of the signal: prefix sums of the filtered signal times each tone's conjugate, and of its energy.
// Those of all samples before number i are at index i%keep, with those of index 0 at keep as well. Times are such numbers, and
// fractions of them.
type past struct {
	tone     [keep + 1][4]float64
	energy   [keep + 1]float64
	filtered [keep]float64 // sample number i at index i%keep
}

// addGo runs blocks through the front and keeps what comes out of them from index at on.
func addGo(f *front, pcm []int16, ref [][4]float64, p *past, at, blocks int) {
	n := blocks * block
	filtered, tone, energy := p.filtered[at:], p.tone[at+1:], p.energy[at+1:]
	ref = ref[:n]
	state, tones, squares := f.state, f.tones, f.energy
	for i, s := range pcm[:n] {
		z := filter(&state, float64(s))
		filtered[i] = z
		r := &ref[i]
		for k := range tones {
			tones[k] += float64(z * r[k])
		}
		tone[i] = tones
		squares += float64(z * z)
		energy[i] = squares
	}
	f.state, f.tones, f.energy = state, tones, squares
}

// A pair is a number of each tone.
type pair struct{ space, mark complex128 }

func (p pair) minus(q pair) pair { return pair{p.space - q.space, p.mark - q.mark} }

// sumAt returns the prefix sums at time t, between those of two samples in proportion.
func (p *past) sumAt(t float64) pair {
	i := uint(t)
	f := t - float64(i)
	a, b := &p.tone[i%keep], &p.tone[i%keep+1]
	return pair{
		complex(a[0]+float64(f*(b[0]-a[0])), a[1]+float64(f*(b[1]-a[1]))),
		complex(a[2]+float64(f*(b[2]-a[2])), a[3]+float64(f*(b[3]-a[3]))),
	}
}

// ends are prefix sums, of space and of mark, at the beginning of a frame and at the end of each of its bits. The kernels know
// their layout.
type ends [frameBits + 1][2]complex128

// sumsGo fills in the ends of a frame that begins at time t.
func sumsGo(e *ends, p *past, t, bit float64) {
	for k := range e {
		s := p.sumAt(t + float64(float64(k)*bit))
		e[k] = [2]complex128{s.space, s.mark}
	}
}
