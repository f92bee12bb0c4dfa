//go:build !purego

package dtmf

import "tipring/dsp/cpu"

func lookKernel(f *frame, x *[window]int16, table *[2 * bands][half]float32, a, b, floor float32) bool {
	if cpu.AVX2 {
		return lookAVX2(&f.x[0].re, x, table, a, b, floor)
	}
	return lookGo(f, x, table, a, b, floor)
}

func filterKernel(s *signals, in *[settle + examined]int16) {
	if cpu.AVX2 {
		filterAVX2(&s.raw[0], in, &blockColumns)
	} else {
		filterGo(s, in)
	}
}

func energiesKernel(s *signals, taper *[slice]float32, e *[8]float32) {
	if cpu.AVX2 {
		energiesAVX2(&s.raw[0], taper, e)
	} else {
		energiesGo(s, taper, e)
	}
}

func correlateKernel(x *[examined]float32, taper *[slice]float32, tones *[2]reference, sums *[8]float32) {
	if cpu.AVX2 {
		correlateAVX2(x, taper, &tones[0].re[0], sums)
	} else {
		correlateGo(x, taper, tones, sums)
	}
}
