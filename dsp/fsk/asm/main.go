// This program writes the AVX2 kernel of package fsk; go generate runs it.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets in a front, in octets: the filter's state, the running sums.
const (
	state  = 0
	tones  = 32
	energy = 64
)

const (
	block = 8 // samples
	lanes = 4
)

// What a frame has: points in time at its bits' ends, and sums kept, as many octets as a point has in both tones.
const (
	points = 11
	keep   = 512
	point  = 32
)

func main() {
	ConstraintExpr("!purego")
	add()
	sums()
	Generate()
}

func sums() {
	TEXT("sumsAVX2", NOSPLIT, "func(ends *float64, tone *[4]float64, t, bit float64)")
	Pragma("noescape")
	Doc("sumsAVX2 is sumsGo; ends is the first number of the ends, tone the first of the prefix sums.")
	at := Mem{Base: Load(Param("ends"), GP64())}
	tone := Load(Param("tone"), GP64())
	t, bit, n, one := XMM(), XMM(), XMM(), XMM()
	Load(Param("t"), t)
	Load(Param("bit"), bit)
	i := GP64()
	MOVQ(U32(1), i)
	VXORPD(n, n, n)
	VCVTSI2SDQ(i, n, one)
	for k := range points {
		now, whole, part := XMM(), XMM(), YMM()
		i := GP64()
		VMULSD(n, bit, now)
		VADDSD(now, t, now)
		VADDSD(one, n, n)
		VCVTTSD2SIQ(now, i)
		VXORPD(whole, whole, whole)
		VCVTSI2SDQ(i, whole, whole)
		VSUBSD(whole, now, now)
		VBROADCASTSD(now, part)
		ANDQ(U32(keep-1), i)
		SHLQ(Imm(5), i)
		before, step := YMM(), YMM()
		VMOVUPD(Mem{Base: tone, Index: i, Scale: 1}, before)
		VMOVUPD(Mem{Base: tone, Index: i, Scale: 1, Disp: point}, step)
		VSUBPD(before, step, step)
		VMULPD(part, step, step)
		VADDPD(step, before, before)
		VMOVUPD(before, at.Offset(point*k))
	}
	VZEROUPPER()
	RET()
}

// add filters the whole block at once: what comes out, and the state after it, are sums of columns, one for each sample and one
// for each number of the state before.
func add() {
	TEXT("addAVX2", NOSPLIT, "func(f *float64, pcm *int16, blocks int, columns *[12][12]float64, ref *[4]float64, filtered *float64, tone *[4]float64, energy *float64)")
	Pragma("noescape")
	Doc("addAVX2 is addGo, by the columns of blockColumns; f is the first number of a front, blocks at least 1.")
	pointer := func(param string) Mem { return Mem{Base: Load(Param(param), GP64())} }
	f, pcm, columns, ref := pointer("f"), pointer("pcm"), pointer("columns"), pointer("ref")
	filtered, tone, squares := pointer("filtered"), pointer("tone"), pointer("energy")
	blocks := Load(Param("blocks"), GP64())
	sum, e := YMM(), XMM()
	VMOVUPD(f.Offset(tones), sum)
	VMOVSD(f.Offset(energy), e)
	input := AllocLocal(8 * block)

	Label("block")
	wide, upper := YMM(), XMM()
	VPMOVSXWD(pcm, wide)
	VEXTRACTI128(Imm(1), wide, upper)
	for i, half := range [2]Op{wide.AsX(), upper} {
		x := YMM()
		VCVTDQ2PD(half, x)
		VMOVUPD(x, input.Offset(8*lanes*i))
	}
	const outputs = block/lanes + 1 // vectors: the filtered samples, the state
	var part [outputs][2]reg.VecVirtual
	for j := range block + lanes {
		v := YMM()
		if j < block {
			VBROADCASTSD(input.Offset(8*j), v)
		} else {
			VBROADCASTSD(f.Offset(state+8*(j-block)), v)
		}
		for o := range outputs {
			if o == 0 && j >= lanes && j < block {
				continue // the first four are over by then
			}
			column := columns.Offset(8 * lanes * (outputs*j + o))
			if p := &part[o][j%2]; *p == nil {
				*p = YMM()
				VMULPD(column, v, *p)
			} else {
				VFMADD231PD(column, v, *p)
			}
		}
	}
	for o, to := range [outputs]Mem{filtered, filtered.Offset(8 * lanes), f.Offset(state)} {
		VADDPD(part[o][0], part[o][1], part[o][0])
		VMOVUPD(part[o][0], to)
	}
	for i := range block {
		z := YMM()
		VPERMPD(Imm(0b01010101*uint64(i%lanes)), part[i/lanes][0], z)
		VFMADD231PD(ref.Offset(8*lanes*i), z, sum)
		VMOVUPD(sum, tone.Offset(8*lanes*i))
		VFMADD231SD(z.AsX(), z.AsX(), e)
		VMOVSD(e, squares.Offset(8*i))
	}
	ADDQ(Imm(2*block), pcm.Base)
	ADDQ(U32(8*lanes*block), ref.Base)
	ADDQ(Imm(8*block), filtered.Base)
	ADDQ(U32(8*lanes*block), tone.Base)
	ADDQ(Imm(8*block), squares.Base)
	DECQ(blocks)
	JNZ(LabelRef("block"))
	VMOVUPD(sum, f.Offset(tones))
	VMOVSD(e, f.Offset(energy))
	VZEROUPPER()
	RET()
}
