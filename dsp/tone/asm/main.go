// This program writes the AVX2 kernel of package tone; go generate runs it.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const (
	block = 80 // samples
	lanes = 16 // of 16 bits
)

func main() {
	ConstraintExpr("!purego")
	energies()
	halve()
	correlate()
	Generate()
}

func energies() {
	TEXT("energiesAVX2", NOSPLIT, "func(x *[80]int16, e *[2]uint64)")
	Pragma("noescape")
	Doc("energiesAVX2 is energiesGo.")
	x := Mem{Base: Load(Param("x"), GP64())}
	e := Mem{Base: Load(Param("e"), GP64())}
	low := YMM()
	VPCMPEQD(low, low, low)
	VPSRLQ(Imm(32), low, low)
	for f := range 2 {
		sum := YMM()
		VPXOR(sum, sum, sum)
		for i := 0; i < block/2; i += lanes {
			at := x.Offset(2 * (f*block/2 + i))
			// Two squares together need 32 bits without a sign.
			pairs, odd := YMM(), YMM()
			if i+lanes <= block/2 {
				VMOVDQU(at, pairs)
			} else {
				VMOVDQU(at, pairs.AsX())
			}
			VPMADDWD(pairs, pairs, pairs)
			VPSRLQ(Imm(32), pairs, odd)
			VPAND(low, pairs, pairs)
			VPADDQ(odd, sum, sum)
			VPADDQ(pairs, sum, sum)
		}
		upper := XMM()
		VEXTRACTI128(Imm(1), sum, upper)
		VPADDQ(sum.AsX(), upper, upper)
		VPSRLDQ(Imm(8), upper, sum.AsX())
		VPADDQ(sum.AsX(), upper, upper)
		VMOVQ(upper, e.Offset(8*f))
	}
	VZEROUPPER()
	RET()
}

// pair makes a vector of two coefficients in turn, for an even and an odd sample.
func pair(name string, even, odd int16) reg.VecVirtual {
	m := GLOBL(name, RODATA|NOPTR)
	for i := range lanes / 2 {
		DATA(4*i, U32(uint32(uint16(even))|uint32(uint16(odd))<<16))
	}
	v := YMM()
	VMOVDQU(m, v)
	return v
}

func halve() {
	TEXT("halveAVX2", NOSPLIT, "func(in *[86]int16, mid *[40]int32, midF *[40]float32)")
	Pragma("noescape")
	Doc("halveAVX2 is halveGo.")
	in := Mem{Base: Load(Param("in"), GP64())}
	mid := Mem{Base: Load(Param("mid"), GP64())}
	midF := Mem{Base: Load(Param("midF"), GP64())}
	edge, middle, behind := pair("edge", -1, 0), pair("middle", 9, 16), pair("behind", 9, 0)
	scale := YMM()
	s := GLOBL("scale", RODATA|NOPTR)
	DATA(0, F32(1.0/32))
	VBROADCASTSS(s, scale)
	for i := 0; i < block/2; i += lanes / 2 {
		sum, v, f := YMM(), YMM(), YMM()
		for k, c := range [4]reg.VecVirtual{edge, middle, behind, edge} {
			at := in.Offset(2 * (2*i + 2*k))
			if k == 0 {
				VPMADDWD(at, c, sum)
				continue
			}
			VPMADDWD(at, c, v)
			VPADDD(v, sum, sum)
		}
		VMOVDQU(sum, mid.Offset(4*i))
		VCVTDQ2PS(sum, f)
		VMULPS(scale, f, f)
		VMOVUPS(f, midF.Offset(4*i))
	}
	VZEROUPPER()
	RET()
}

func correlate() {
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
}
