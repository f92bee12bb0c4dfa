package echo

func fir(y, x []float32, h *[blockLen]float32)               { firGo(y, x, h) }
func accumulate(yr, yi *spectrum, xr, xi, wr, wi []spectrum) { accumulateGo(yr, yi, xr, xi, wr, wi) }
func energy(m *spectrum, v, xr, xi []spectrum)               { energyGo(m, v, xr, xi) }
func update(wr, wi, v, xr, xi []spectrum, sr, si, gain *spectrum) {
	updateGo(wr, wi, v, xr, xi, sr, si, gain)
}
func whiten(s, e *[blockLen]float32, r *[order]float32) { whitenGo(s, e, r) }
