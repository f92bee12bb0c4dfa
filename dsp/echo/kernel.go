package echo

import "math"

// width of a spectrum in memory: bins, and zeros up to whole vectors.
const width = 72

// A spectrum is one part, real or imaginary, of the bins of a transform, or a power for each.
type spectrum [width]float32

// firGo adds to y what the taps make of x, which begins 63 samples before y: y[i] += sum of h[63-j] x[i+j]. The length of y is
// a multiple of 8; every sum is in the order of the taps, so that it does not depend on how a block is cut.
func firGo(y, x []float32, h *[blockLen]float32) {
	for i := range y {
		z := x[i : i+blockLen]
		var a, b, c, d float32 // additions that do not wait for each other
		for j := 0; j+3 < len(z); j += 4 {
			a += h[blockLen-1-j] * z[j]
			b += h[blockLen-2-j] * z[j+1]
			c += h[blockLen-3-j] * z[j+2]
			d += h[blockLen-4-j] * z[j+3]
		}
		y[i] += (a + b) + (c + d)
	}
}

// accumulateGo adds W X of each partition to Y.
func accumulateGo(yr, yi *spectrum, xr, xi, wr, wi []spectrum) {
	for p := range xr {
		ar, ai, br, bi := &xr[p], &xi[p], &wr[p], &wi[p]
		for b := range bins {
			yr[b] += br[b]*ar[b] - bi[b]*ai[b]
			yi[b] += br[b]*ai[b] + bi[b]*ar[b]
		}
	}
}

// energyGo adds V |X|^2 of each partition to m.
func energyGo(m *spectrum, v, xr, xi []spectrum) {
	for p := range v {
		v, r, i := &v[p], &xr[p], &xi[p]
		for b := range bins {
			m[b] += v[b] * (r[b]*r[b] + i[b]*i[b])
		}
	}
}

// updateGo steps each partition by V conj(X) S, and lets its variance shrink by what was learnt and grow by what may have
// changed.
func updateGo(wr, wi, v, xr, xi []spectrum, sr, si, gain *spectrum) {
	for p := range v {
		wr, wi, v, xr, xi := &wr[p], &wi[p], &v[p], &xr[p], &xi[p]
		for b := range bins {
			hr, hi := v[b]*xr[b], v[b]*xi[b]
			ar := wr[b] + (hr*sr[b] + hi*si[b])
			ai := wi[b] + (hr*si[b] - hi*sr[b])
			wr[b], wi[b] = ar, ai
			v[b] = keep*v[b] - gain[b]*(hr*hr+hi*hi) + (1-keep)*(ar*ar+ai*ai+least)
		}
	}
}

// moments are sums over a block, of Rin, the error e, and the predicted echo y = d - e: x^2, e^2, y^2 and e y.
type moments [4]float32

func momentsGo(x, d, e *[blockLen]float32) (m moments) {
	for i, x := range x {
		e := e[i]
		y := d[i] - e
		m[0] += x * x
		m[1] += e * e
		m[2] += y * y
		m[3] += e * y
	}
	return m
}

// A division is what the shares of the error depend on beside its spectrum. Its fields are read by the kernels in this order.
type division struct {
	floor               float32 // of the noise, times its shape
	least               float32
	fall, noise         float32 // of psi from block to block; what counts as noise of it
	learnt, learntNoise float32 // what the variance shrinks by, where the error is the model's and where it is noise
}

// sharesGo follows psi, the power of the error's spectrum, adds it and the noise floor to q, the error by the model alone, and
// works out the model's share in the sum and what the variance shrinks by. Bins beyond the last may hold anything but NaN.
func sharesGo(q, psi, gain, share, er, ei, shape *spectrum, c *division) {
	last := er[0]*er[0] + ei[0]*ei[0]
	this := last
	for b := range bins {
		next := this
		if b+1 < bins {
			next = er[b+1]*er[b+1] + ei[b+1]*ei[b+1]
		}
		e2 := 0.5*this + 0.25*(last+next)
		last, this = this, next
		psi[b] = max(e2, psi[b]+c.fall*(e2-psi[b])+c.least)
		m := q[b]
		q[b] += c.noise*psi[b] + c.floor*shape[b]
		share[b] = m / q[b]
		gain[b] = (c.learnt*share[b] + c.learntNoise*(1-share[b])) / q[b]
	}
}

// emphasiseGo sets y to samples behind the emphasis; x begins one sample before, and y is a multiple of 8 long.
func emphasiseGo(y []float32, x []int16) {
	x = x[:len(y)+1]
	for i := range y {
		y[i] = float32(x[i+1])*scale - emphasis*scale*float32(x[i])
	}
}

// finishGo makes Sout of Sin, a multiple of 8 samples: the error e, which is Sin less its echo y, both behind the emphasis, loses
// that, and where it is no more than residual echo gives way to noise.
func finishGo(out []int16, e, d, y []float32, sin []int16, r *running, l *limits) {
	for i := range out {
		b := d[i] - y[i]
		e[i] = b
		r.last = b + least + emphasis*r.last
		s := float32(sin[i]) * scale
		r.envE = max(abs(r.last), decay*r.envE)
		r.envY = max(abs(s-r.last), decay*r.envY)
		r.power[i%vector] += r.last * r.last
		r.sin[i%vector] += s * s
		if r.envY > l.pause && r.envE < l.ratio*r.envY+l.pause {
			r.gain += least - fadeDown*r.gain
		} else {
			r.gain += fadeUp - fadeUp*r.gain
		}
		r.seed = r.seed*seedTimes + seedPlus
		out[i] = clip(r.gain*r.last + (1-r.gain)*(l.noise*float32(int32(r.seed))))
	}
}

// The comfort noise is white: a linear congruential sequence.
const seedTimes, seedPlus = 1664525, 1013904223

// clip rounds to the nearest sample; the sign of an error is as likely to be one as the other, so that it is no branch.
func clip(s float32) int16 {
	s *= 32768
	half := math.Float32frombits(math.Float32bits(0.5) | math.Float32bits(s)&(1<<31))
	return int16(min(max(int32(s+half), math.MinInt16), math.MaxInt16))
}

func abs(x float32) float32 { return math.Float32frombits(math.Float32bits(x) &^ (1 << 31)) }

// residualGo sets e to d - y, and returns the sum of the squares of what is left of it without emphasis, and the last sample of
// that; last is the one before the block.
func residualGo(e, d, y *[blockLen]float32, last float32) (squares, newLast float32) {
	for i := range e {
		e[i] = d[i] - y[i]
		last = e[i] + least + emphasis*last
		squares += last * last
	}
	return squares, last
}

// powersGo sets p to the power spectrum, and returns its sum and the sum of its squares.
func powersGo(p, re, im *spectrum) (total, squares float32) {
	for b := range bins {
		p[b] = re[b]*re[b] + im[b]*im[b]
		total += p[b]
		squares += p[b] * p[b]
	}
	return total, squares
}
