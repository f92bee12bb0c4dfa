// This program writes the AVX2 kernels of package dtmf; go generate runs it.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const (
	window = 48 // samples of a window
	half   = window / 2
	hop    = 24
	lanes  = 8
)

func main() {
	ConstraintExpr("!purego")
	analyse()
	screen()
	Generate()
}

// sum adds the eight lanes of v into the lowest of the result.
func sum(v reg.VecVirtual) reg.VecVirtual {
	lo, hi := XMM(), XMM()
	VEXTRACTF128(Imm(1), v, hi)
	VADDPS(hi, v.AsX(), lo)
	VMOVHLPS(lo, lo, hi)
	VADDPS(hi, lo, lo)
	VMOVSHDUP(lo, hi)
	VADDSS(hi, lo, lo)
	return lo
}

// address returns where a parameter lies.
func address(param string) Mem {
	p, err := Param(param).Resolve()
	if err != nil {
		panic(err)
	}
	return p.Addr
}

func analyse() {
	TEXT("analyseAVX2", NOSPLIT, "func(x *[48]float32, table *[6][24]float32, p *[6]float32)")
	Pragma("noescape")
	Doc("analyseAVX2 correlates the sums (even rows) and differences (odd rows) of mirrored samples with the rows of the table.")
	x := Mem{Base: Load(Param("x"), GP64())}
	table := Mem{Base: Load(Param("table"), GP64())}
	p := Mem{Base: Load(Param("p"), GP64())}

	// Lanes in reverse order, for the half before the centre.
	turn := YMM()
	order := GLOBL("order", RODATA|NOPTR)
	for i := range lanes {
		DATA(4*i, U32(lanes-1-i))
	}
	VMOVDQU(order, turn)

	var acc [6]reg.VecVirtual
	for k := 0; k < half; k += lanes {
		a, b, e, o := YMM(), YMM(), YMM(), YMM()
		VPERMPS(x.Offset(4*(half-lanes-k)), turn, a)
		VMOVUPS(x.Offset(4*(half+k)), b)
		VADDPS(a, b, e)
		VSUBPS(a, b, o)
		for r := range acc {
			v := e
			if r%2 == 1 {
				v = o
			}
			row := table.Offset(4 * (r*half + k))
			if k == 0 {
				acc[r] = YMM()
				VMULPS(row, v, acc[r])
			} else {
				VFMADD231PS(row, v, acc[r])
			}
		}
	}
	for r := range acc {
		VMOVSS(sum(acc[r]), p.Offset(4*r))
	}
	VZEROUPPER()
	RET()
}

func screen() {
	TEXT("screenAVX2", NOSPLIT, "func(x *[28]float32, a, b float32) float32")
	Pragma("noescape")
	Doc("screenAVX2 returns the energy of x behind the screening filter.")
	x := Mem{Base: Load(Param("x"), GP64())}
	a, b := YMM(), YMM()
	VBROADCASTSS(address("a"), a)
	VBROADCASTSS(address("b"), b)
	var energy reg.VecVirtual
	for i := 0; i < hop; i += lanes {
		at := func(k int) Mem { return x.Offset(4 * (i + k)) }
		y, pair := YMM(), YMM()
		VMOVUPS(at(0), y)
		VADDPS(at(4), y, y)
		VMOVUPS(at(1), pair)
		VADDPS(at(3), pair, pair)
		VFMADD231PS(pair, a, y)
		VFMADD231PS(at(2), b, y)
		if i == 0 {
			energy = YMM()
			VMULPS(y, y, energy)
		} else {
			VFMADD231PS(y, y, energy)
		}
	}
	s := sum(energy)
	VZEROUPPER()
	Store(s, ReturnIndex(0))
	RET()
}
