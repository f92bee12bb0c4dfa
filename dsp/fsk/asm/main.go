// This program writes the AVX2 kernel of package fsk; go generate runs it.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets in a front, in octets: the filter's state and coefficients, the running sums.
const (
	state  = 0
	coef   = 32
	tones  = 96
	energy = 128
)

func main() {
	ConstraintExpr("!purego")
	TEXT("addAVX2", NOSPLIT, "func(f *float64, pcm *int16, n int, ref *[4]float64, filtered *float64, tone *[4]float64, energy *float64)")
	Pragma("noescape")
	Doc("addAVX2 is addGo; f is the first number of a front, n at least 1.")
	f := Mem{Base: Load(Param("f"), GP64())}
	pcm := Load(Param("pcm"), GP64())
	n := Load(Param("n"), GP64())
	ref := Load(Param("ref"), GP64())
	filtered := Load(Param("filtered"), GP64())
	tone := Load(Param("tone"), GP64())
	squares := Load(Param("energy"), GP64())

	var u, v [2]reg.VecVirtual
	for s := range u {
		u[s], v[s] = XMM(), XMM()
		VMOVSD(f.Offset(state+16*s), u[s])
		VMOVSD(f.Offset(state+16*s+8), v[s])
	}
	c := func(section, k int) Mem { return f.Offset(coef + 32*section + 8*k) } // a1, a2, c1, c2
	sum, e := YMM(), XMM()
	VMOVUPD(f.Offset(tones), sum)
	VMOVSD(f.Offset(energy), e)

	Label("sample")
	x, i := XMM(), GP64()
	MOVWQSX(Mem{Base: pcm}, i)
	VXORPD(x, x, x)
	VCVTSI2SDQ(i, x, x)
	for s := range u {
		y, old, t := XMM(), XMM(), XMM()
		VADDSD(u[s], x, y)
		VMOVAPD(u[s], old)
		// u = a1 u + (v + c1 x), v = a2 u + c2 x
		VFMADD231SD(c(s, 2), x, v[s])
		VFMADD132SD(c(s, 0), v[s], u[s])
		VMULSD(c(s, 3), x, t)
		VFMADD132SD(c(s, 1), t, old)
		VMOVAPD(old, v[s])
		x = y
	}
	VMOVSD(x, Mem{Base: filtered})
	VFMADD231SD(x, x, e)
	VMOVSD(e, Mem{Base: squares})
	wide := YMM()
	VBROADCASTSD(x, wide)
	VFMADD231PD(Mem{Base: ref}, wide, sum)
	VMOVUPD(sum, Mem{Base: tone})
	ADDQ(Imm(2), pcm)
	ADDQ(Imm(32), ref)
	ADDQ(Imm(8), filtered)
	ADDQ(Imm(32), tone)
	ADDQ(Imm(8), squares)
	DECQ(n)
	JNZ(LabelRef("sample"))

	for s := range u {
		VMOVSD(u[s], f.Offset(state+16*s))
		VMOVSD(v[s], f.Offset(state+16*s+8))
	}
	VMOVUPD(sum, f.Offset(tones))
	VMOVSD(e, f.Offset(energy))
	VZEROUPPER()
	RET()
	Generate()
}
