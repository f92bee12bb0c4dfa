//go:build !purego

package fsk

import "tipring/dsp/cpu"

// add is addGo by the best means of the machine.
func add(f *front, pcm []int16, ref [][4]float64, filtered []float64, tone [][4]float64, energy []float64) {
	n := len(pcm)
	if !cpu.AVX2 || n == 0 {
		addGo(f, pcm, ref, filtered, tone, energy)
		return
	}
	addAVX2(&f.state[0][0], &pcm[0], n, &ref[:n][0], &filtered[:n][0], &tone[:n][0], &energy[:n][0])
}
