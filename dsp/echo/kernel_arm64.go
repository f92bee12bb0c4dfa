//go:build !purego

package echo

import (
	"unsafe"

	"tipring/dsp/cpu"
)

// kernels tells that vector code runs in place of the code in Go.
var kernels = cpu.NEON

//go:noescape
func firNEON(y, x *float32, h *[blockLen]float32, n int)

//go:noescape
func accumulateNEON(yr, yi, xr, xi, wr, wi *[width]float32, parts int)

//go:noescape
func energyNEON(m, v, xr, xi *[width]float32, parts int)

//go:noescape
func updateNEON(wr, wi, v, xr, xi, sr, si, gain *[width]float32, parts int, keep, change, floor float32)

//go:noescape
func whitenNEON(s, e *[blockLen]float32, r *[order]float32)

//go:noescape
func sharesNEON(q, psi, gain, share, er, ei, shape *[width]float32, c *[6]float32)

//go:noescape
func momentsNEON(x, d, e *[blockLen]float32, out *[4]float32)

//go:noescape
func emphasiseNEON(y *float32, x *int16, n int, scale, before float32)

//go:noescape
func finishNEON(out *int16, e, d, y *float32, sin *int16, n int, r *[24]float32, l *[3]float32)

//go:noescape
func residualNEON(e, d, y *[blockLen]float32, last float32) (squares, newLast float32)

//go:noescape
func powersNEON(p, re, im *[width]float32) (total, squares float32)

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
	if !kernels {
		updateGo(wr, wi, v, xr, xi, sr, si, gain)
		return
	}
	if n := len(v); n > 0 {
		updateNEON(first(wr, n), first(wi, n), first(v, n), first(xr, n), first(xi, n), sr.bins(), si.bins(), gain.bins(), n, keep, 1-keep, least)
	}
}

func whiten(s, e *[blockLen]float32, r *[order]float32) {
	if !kernels {
		whitenGo(s, e, r)
		return
	}
	whitenNEON(s, e, r)
}

func momentsOf(x, d, e *[blockLen]float32) moments {
	if !kernels {
		return momentsGo(x, d, e)
	}
	var m moments
	momentsNEON(x, d, e, (*[4]float32)(&m))
	return m
}

func shares(q, psi, gain, share, er, ei, shape *spectrum, c *division) {
	if !kernels {
		sharesGo(q, psi, gain, share, er, ei, shape, c)
		return
	}
	sharesNEON(q.bins(), psi.bins(), gain.bins(), share.bins(), er.bins(), ei.bins(), shape.bins(), (*[6]float32)(unsafe.Pointer(c)))
}

func emphasise(y []float32, x []int16) {
	if !kernels {
		emphasiseGo(y, x)
		return
	}
	if n := len(y); n > 0 {
		_ = x[n]
		emphasiseNEON(&y[0], &x[0], n, scale, -emphasis*scale)
	}
}

func finish(out []int16, e, d, y []float32, sin []int16, r *running, l *limits) {
	if !kernels {
		finishGo(out, e, d, y, sin, r, l)
		return
	}
	if n := len(out); n > 0 {
		_, _, _, _ = e[n-1], d[n-1], y[n-1], sin[n-1]
		finishNEON(&out[0], &e[0], &d[0], &y[0], &sin[0], n, (*[24]float32)(unsafe.Pointer(r)), (*[3]float32)(unsafe.Pointer(l)))
	}
}

func residual(e, d, y *[blockLen]float32, last float32) (squares, newLast float32) {
	if !kernels {
		return residualGo(e, d, y, last)
	}
	return residualNEON(e, d, y, last)
}

func powers(p, re, im *spectrum) (total, squares float32) {
	if !kernels {
		return powersGo(p, re, im)
	}
	return powersNEON(p.bins(), re.bins(), im.bins())
}
