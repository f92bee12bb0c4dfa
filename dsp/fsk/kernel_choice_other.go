//go:build purego || (!amd64 && !arm64)

package fsk

// add is addGo.
func add(f *front, pcm []int16, ref [][4]float64, p *past, at, blocks int) {
	addGo(f, pcm, ref, p, at, blocks)
}

// sums is sumsGo.
func sums(e *ends, p *past, t, bit float64) {
	sumsGo(e, p, t, bit)
}
