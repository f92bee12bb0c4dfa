//go:build !purego

package tone

//go:noescape
func correlateNEON(x *float32, n int, table *float32, sum *[2 * groupLen]float32)

//go:noescape
func energiesNEON(x *[blockLen]int16, e *[2]uint64)

//go:noescape
func halveNEON(in *[6 + blockLen]int16, mid *[midLen]int32, midF *[midLen]float32)

// vectors tells whether the machine has a kernel that measures the bins of a group at once.
func vectors() bool { return true }

// correlate adds up the samples, each times its 16 numbers of the table.
func correlate(x, table []float32, sum *[2 * groupLen]float32) {
	correlateNEON(&x[0], len(x), &table[:2*groupLen*len(x)][0], sum)
}

func energies(x *[blockLen]int16) (e [2]uint64) {
	energiesNEON(x, &e)
	return e
}

func halve(in *[6 + blockLen]int16, mid *[midLen]int32, midF *[midLen]float32) {
	halveNEON(in, mid, midF)
}
