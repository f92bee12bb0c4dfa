//go:build !purego

package fsk

import (
	"unsafe"

	"tipring/dsp/cpu"
)

// add is addGo by the best means of the machine.
func add(f *front, pcm []int16, ref [][4]float64, p *past, at, blocks int) {
	if !cpu.AVX2 {
		addGo(f, pcm, ref, p, at, blocks)
		return
	}
	last := blocks*block - 1
	_, _, _ = pcm[last], ref[last], p.filtered[at+last]
	addAVX2(&f.state[0], &pcm[0], blocks, &blockColumns, &ref[0], &p.filtered[at], &p.tone[at+1], &p.energy[at+1])
}

// sums is sumsGo by the best means of the machine.
func sums(e *ends, p *past, t, bit float64) {
	if !cpu.AVX2 {
		sumsGo(e, p, t, bit)
		return
	}
	sumsAVX2((*float64)(unsafe.Pointer(e)), &p.tone[0], t, bit)
}
