package dtmf

//go:generate go -C asm run . -out ../kernel_amd64.s -stubs ../kernel_amd64.go -pkg dtmf

// The inner loops in Go. A machine's own agree with them to rounding.

// lanes is the number of samples that the kernels take at a time, and that a reference stands for.
const lanes = 8

// lookGo fills in a frame from a window: the energy of its last hop behind the screening filter 1, a, b, a, 1, and the sums (even
// rows) and differences (odd rows) of mirrored samples correlated with the rows of the table. When the energy is below floor
// it leaves the rest zero and returns false.
func lookGo(f *frame, x *[window]int16, table *[2 * bands][half]float32, a, b, floor float32) bool {
	*f = frame{}
	h := (*[hop + 4]int16)(x[window-hop-4:])
	var energy float32
	x0, x1, x2, x3 := float32(h[0]), float32(h[1]), float32(h[2]), float32(h[3])
	for _, v := range h[4:] {
		x4 := float32(v)
		y := x0 + x4 + float32(a*(x1+x3)) + float32(b*x2)
		energy += float32(y * y)
		x0, x1, x2, x3 = x1, x2, x3, x4
	}
	f.energy = energy
	if energy < floor {
		return false
	}
	var c0, s0, c1, s1, c2, s2 float32
	for k := range half {
		before, after := float32(x[half-1-k]), float32(x[half+k])
		even, odd := after+before, after-before
		c0 += float32(even * table[0][k])
		s0 += float32(odd * table[1][k])
		c1 += float32(even * table[2][k])
		s1 += float32(odd * table[3][k])
		c2 += float32(even * table[4][k])
		s2 += float32(odd * table[5][k])
	}
	f.x = [bands]phasor{{c0, s0}, {c1, s1}, {c2, s2}}
	for band := range f.power {
		f.power[band] = f.x[band].power()
	}
	return true
}

// signals are what is examined: as it came, behind the dial-tone filter, and behind the band filter after that.
type signals struct{ raw, dial, band [examined]float32 }

// filterGo runs both filters over in and keeps what comes out after they have settled.
func filterGo(s *signals, in *[settle + examined]int16) {
	var c chain
	for i, v := range in {
		x := float32(v)
		y, z := c.next(x)
		if k := i - settle; k >= 0 {
			s.raw[k], s.dial[k], s.band[k] = x, y, z
		}
	}
}

// A chain is the dial-tone filter and the band filter behind it.
type chain struct{ u0, v0, u1, v1, u2, v2, u3, v3 float32 }

// next takes a sample and returns what comes out of each.
func (c *chain) next(x float32) (dial, band float32) {
	d0, d1, b0, b1 := &dialFilter[0], &dialFilter[1], &bandFilter[0], &bandFilter[1]
	y := x + c.u0
	c.u0, c.v0 = float32(d0.a1*c.u0)+(c.v0+float32(d0.c1*x)), float32(d0.a2*c.u0)+float32(d0.c2*x)
	z := y + c.u1
	c.u1, c.v1 = float32(d1.a1*c.u1)+(c.v1+float32(d1.c1*y)), float32(d1.a2*c.u1)+float32(d1.c2*y)
	p := z + c.u2
	c.u2, c.v2 = float32(b0.a1*c.u2)+(c.v2+float32(b0.c1*z)), float32(b0.a2*c.u2)+float32(b0.c2*z)
	q := p + c.u3
	c.u3, c.v3 = float32(b1.a1*c.u3)+(c.v3+float32(b1.c1*p)), float32(b1.a2*c.u3)+float32(b1.c2*p)
	return z, q
}

// blockColumns are what lanes samples give, together: each of them, and each number of the chain's state before them, adds a
// column of lanes outputs of the dial-tone filter, lanes of the band filter, and the state after them.
var blockColumns = func() (columns [2 * lanes][3 * lanes]float32) {
	for j := range columns {
		var x, state [lanes]float32
		if j < lanes {
			x[j] = 1
		} else {
			state[j-lanes] = 1
		}
		c := chain{state[0], state[1], state[2], state[3], state[4], state[5], state[6], state[7]}
		for i := range lanes {
			columns[j][i], columns[j][lanes+i] = c.next(x[i])
		}
		state = [lanes]float32{c.u0, c.v0, c.u1, c.v1, c.u2, c.v2, c.u3, c.v3}
		copy(columns[j][2*lanes:], state[:])
	}
	return columns
}()

// energiesGo returns the energy of each signal under the taper, in each slice: raw, dial, band.
func energiesGo(s *signals, taper *[slice]float32, e *[8]float32) {
	*e = [8]float32{}
	for n, x := range [3]*[examined]float32{&s.raw, &s.dial, &s.band} {
		var first, second float32
		for i, w := range taper {
			first += float32(w * x[i] * x[i])
			second += float32(w * x[apart+i] * x[apart+i])
		}
		e[2*n], e[2*n+1] = first, second
	}
}

// A reference gives a tone's conjugate in as many samples in a row as there are lanes, and turns by as many at a time.
type reference struct {
	re, im         [lanes]float32
	stepRe, stepIm float32
}

// correlateGo correlates each slice of x, under the taper, with each of two tones. sums are of the first tone the first slice's
// real and imaginary part and the second slice's, and then of the second tone the same.
func correlateGo(x *[examined]float32, taper *[slice]float32, tones *[2]reference, sums *[8]float32) {
	*sums = [8]float32{}
	for t := range tones {
		o := tones[t]
		var a, b phasor
		for i := 0; i < slice; i += lanes {
			for k, w := range taper[i : i+lanes] {
				re, im := o.re[k], o.im[k]
				p, q := float32(w*x[i+k]), float32(w*x[apart+i+k])
				a.re += float32(p * re)
				a.im += float32(p * im)
				b.re += float32(q * re)
				b.im += float32(q * im)
				o.re[k] = float32(re*o.stepRe) - float32(im*o.stepIm)
				o.im[k] = float32(re*o.stepIm) + float32(im*o.stepRe)
			}
		}
		sums[4*t], sums[4*t+1], sums[4*t+2], sums[4*t+3] = a.re, a.im, b.re, b.im
	}
}
