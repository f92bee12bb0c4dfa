//go:build !purego

package fsk

//go:noescape
func addNEON(f *front, pcm *int16, blocks int, columns *[block + 4][block + 4]float64, ref *[4]float64, filtered *float64, tone *[4]float64, energy *float64)

//go:noescape
func sumsNEON(e *ends, p *past, t, bit float64)

// add is addGo by the best means of the machine.
func add(f *front, pcm []int16, ref [][4]float64, p *past, at, blocks int) {
	last := blocks*block - 1
	_, _, _ = pcm[last], ref[last], p.filtered[at+last]
	addNEON(f, &pcm[0], blocks, &blockColumns, &ref[0], &p.filtered[at], &p.tone[at+1], &p.energy[at+1])
}

// sums is sumsGo by the best means of the machine.
func sums(e *ends, p *past, t, bit float64) { sumsNEON(e, p, t, bit) }
