package tone

//go:generate go -C asm run . -out ../kernel_amd64.s -stubs ../kernel_amd64.go -pkg tone

// The inner loops in Go. A machine's own agree with them: to rounding where there are fractions, exactly elsewhere.

// energiesGo returns the energy of each half of a block.
func energiesGo(x *[blockLen]int16) (e [2]uint64) {
	for f := range e {
		var sum uint64
		for _, v := range x[f*frameLen:][:frameLen] {
			sum += uint64(uint32(int32(v) * int32(v)))
		}
		e[f] = sum
	}
	return e
}

// halveGo halves the sample rate by the half-band filter -1 0 9 16 9 0 -1. mid is what comes out times 32, midF what comes out.
func halveGo(in *[6 + blockLen]int16, mid *[midLen]int32, midF *[midLen]float32) {
	for i := range mid {
		x := (*[7]int16)(in[2*i:])
		v := 16*int32(x[3]) + 9*(int32(x[2])+int32(x[4])) - int32(x[0]) - int32(x[6])
		mid[i] = v
		midF[i] = float32(v) * (1.0 / 32)
	}
}

// correlateGo adds up the samples, each times its 16 numbers of the table.
func correlateGo(x, table []float32, sum *[2 * groupLen]float32) {
	*sum = [2 * groupLen]float32{}
	for i, v := range x {
		for lane, f := range table[2*groupLen*i:][:2*groupLen] {
			sum[lane] += float32(v * f)
		}
	}
}
