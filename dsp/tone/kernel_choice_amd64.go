//go:build !purego

package tone

import "tipring/dsp/cpu"

// vectors tells whether the machine has a kernel that measures the bins of a group at once.
func vectors() bool { return cpu.AVX2 }

// correlate adds up the samples, each times its 16 numbers of the table.
func correlate(x, table []float32, sum *[2 * groupLen]float32) {
	correlateAVX2(&x[0], len(x), &table[:2*groupLen*len(x)][0], sum)
}

func energies(x *[blockLen]int16) (e [2]uint64) {
	if !cpu.AVX2 {
		return energiesGo(x)
	}
	energiesAVX2(x, &e)
	return e
}

func halve(in *[6 + blockLen]int16, mid *[midLen]int32, midF *[midLen]float32) {
	if cpu.AVX2 {
		halveAVX2(in, mid, midF)
	} else {
		halveGo(in, mid, midF)
	}
}
