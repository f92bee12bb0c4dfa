//go:build !purego

package echo

import "tipring/dsp/cpu"

// kernels tells that vector code runs in place of the code in Go: here of the loops over taps and partitions. The step, the
// shares, the moments and the whitening are in Go.
var kernels = cpu.NEON

//go:noescape
func firNEON(y, x *float32, h *[blockLen]float32, n int)

//go:noescape
func accumulateNEON(yr, yi, xr, xi, wr, wi *[width]float32, parts int)

//go:noescape
func energyNEON(m, v, xr, xi *[width]float32, parts int)

func fir(y, x []float32, h *[blockLen]float32) {
	if !kernels {
		firGo(y, x, h)
		return
	}
	_ = x[len(y)+blockLen-2]
	firNEON(&y[0], &x[0], h, len(y))
}

func accumulate(yr, yi *spectrum, xr, xi, wr, wi []spectrum) {
	if !kernels {
		accumulateGo(yr, yi, xr, xi, wr, wi)
		return
	}
	if n := len(xr); n > 0 {
		accumulateNEON(yr.bins(), yi.bins(), first(xr, n), first(xi, n), first(wr, n), first(wi, n), n)
	}
}

func energy(m *spectrum, v, xr, xi []spectrum) {
	if !kernels {
		energyGo(m, v, xr, xi)
		return
	}
	if n := len(v); n > 0 {
		energyNEON(m.bins(), first(v, n), first(xr, n), first(xi, n), n)
	}
}

func update(wr, wi, v, xr, xi []spectrum, sr, si, gain *spectrum) {
	updateGo(wr, wi, v, xr, xi, sr, si, gain)
}

func whiten(s, e *[blockLen]float32, r *[order]float32) { whitenGo(s, e, r) }

func momentsOf(x, d, e *[blockLen]float32) moments { return momentsGo(x, d, e) }

func shares(q, psi, gain, share, er, ei, shape *spectrum, c *division) {
	sharesGo(q, psi, gain, share, er, ei, shape, c)
}

func emphasise(y []float32, x []int16) { emphasiseGo(y, x) }

func finish(out []int16, e, d, y []float32, sin []int16, r *running, l *limits) {
	finishGo(out, e, d, y, sin, r, l)
}

func residual(e, d, y *[blockLen]float32, last float32) (squares, newLast float32) {
	return residualGo(e, d, y, last)
}

func powers(p, re, im *spectrum) (total, squares float32) { return powersGo(p, re, im) }
