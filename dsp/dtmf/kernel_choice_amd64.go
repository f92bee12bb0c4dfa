//go:build !purego

package dtmf

import "tipring/dsp/cpu"

func analyseKernel(x *[window]float32, table *[2 * bands][half]float32, p *[2 * bands]float32) {
	if cpu.AVX2 {
		analyseAVX2(x, table, p)
	} else {
		analyseGo(x, table, p)
	}
}

func screenKernel(x *[hop + 4]float32, a, b float32) float32 {
	if cpu.AVX2 {
		return screenAVX2(x, a, b)
	}
	return screenGo(x, a, b)
}
