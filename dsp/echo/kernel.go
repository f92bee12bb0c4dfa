package echo

// width of a spectrum in memory: bins, and zeros up to whole vectors.
const width = 72

// A spectrum is one part, real or imaginary, of the bins of a transform, or a power for each.
type spectrum [width]float32

// firGo adds to y what the taps, last first, make of x: y[i] += sum of h[j] x[i+j]. The length of y is a multiple of 8; every
// sum is in the order of the taps, so that it does not depend on how a block is cut.
func firGo(y, x []float32, h *[blockLen]float32) {
	for i := range y {
		z := x[i : i+blockLen]
		var a, b, c, d float32 // additions that do not wait for each other
		for j := 0; j+3 < len(z); j += 4 {
			a += h[j] * z[j]
			b += h[j+1] * z[j+1]
			c += h[j+2] * z[j+2]
			d += h[j+3] * z[j+3]
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
