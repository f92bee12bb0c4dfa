// This program writes the AVX2 kernel of package tone; go generate runs it.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("!purego")
	TEXT("correlateAVX2", NOSPLIT, "func(x *float32, n int, table *float32, sum *[16]float32)")
	Pragma("noescape")
	Doc("correlateAVX2 adds up n samples, a multiple of 4, each times its 16 numbers of the table.")
	x := Load(Param("x"), GP64())
	n := Load(Param("n"), GP64())
	table := Load(Param("table"), GP64())
	sum := Load(Param("sum"), GP64())

	// Four samples at a time, each with its own sums, so that none waits for another.
	const side = 4
	var re, im [side]reg.VecVirtual
	for i := range side {
		re[i], im[i] = YMM(), YMM()
		VXORPS(re[i], re[i], re[i])
		VXORPS(im[i], im[i], im[i])
	}
	v := YMM()
	Label("samples")
	for i := range side {
		VBROADCASTSS(Mem{Base: x, Disp: 4 * i}, v)
		VFMADD231PS(Mem{Base: table, Disp: 64 * i}, v, re[i])
		VFMADD231PS(Mem{Base: table, Disp: 64*i + 32}, v, im[i])
	}
	ADDQ(Imm(4*side), x)
	ADDQ(U32(64*side), table)
	SUBQ(Imm(side), n)
	JNZ(LabelRef("samples"))
	for _, part := range [2][side]reg.VecVirtual{re, im} {
		VADDPS(part[1], part[0], part[0])
		VADDPS(part[3], part[2], part[2])
		VADDPS(part[2], part[0], part[0])
	}
	VMOVUPS(re[0], Mem{Base: sum})
	VMOVUPS(im[0], Mem{Base: sum, Disp: 32})
	VZEROUPPER()
	RET()
	Generate()
}
