package dtmf

//go:generate go -C asm run . -out ../kernel_amd64.s -stubs ../kernel_amd64.go -pkg dtmf

// The inner loops in Go. A machine's own agree with them to rounding.

// analyseGo correlates the sums (even rows) and differences (odd rows) of mirrored samples with the rows of the table.
func analyseGo(x *[window]float32, table *[2 * bands][half]float32, p *[2 * bands]float32) {
	var c0, s0, c1, s1, c2, s2 float32
	for k := range half {
		a, b := x[half-1-k], x[half+k]
		e, o := b+a, b-a
		c0 += e * table[0][k]
		s0 += o * table[1][k]
		c1 += e * table[2][k]
		s1 += o * table[3][k]
		c2 += e * table[4][k]
		s2 += o * table[5][k]
	}
	*p = [2 * bands]float32{c0, s0, c1, s1, c2, s2}
}

// screenGo returns the energy of x behind the screening filter.
func screenGo(x *[hop + 4]float32, a, b float32) float32 {
	var sum float32
	for i := range hop {
		y := x[i] + x[i+4] + a*(x[i+1]+x[i+3]) + b*x[i+2]
		sum += y * y
	}
	return sum
}
