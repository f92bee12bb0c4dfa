//go:build purego || (!amd64 && !arm64)

package tone

// vectors tells whether the machine has a kernel that measures the bins of a group at once.
func vectors() bool { return false }

// correlate adds up the samples, each times its 16 numbers of the table.
func correlate(x, table []float32, sum *[2 * groupLen]float32) { correlateGo(x, table, sum) }

func energies(x *[blockLen]int16) [2]uint64 { return energiesGo(x) }

func halve(in *[6 + blockLen]int16, mid *[midLen]int32, midF *[midLen]float32) {
	halveGo(in, mid, midF)
}
