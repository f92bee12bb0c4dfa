//go:build purego || (!amd64 && !arm64)

package echo

// kernels tells that vector code runs in place of the code in Go.
const kernels = false

func fir(y, x []float32, h *[blockLen]float32)               { firGo(y, x, h) }
func accumulate(yr, yi *spectrum, xr, xi, wr, wi []spectrum) { accumulateGo(yr, yi, xr, xi, wr, wi) }
func energy(m *spectrum, v, xr, xi []spectrum)               { energyGo(m, v, xr, xi) }
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
