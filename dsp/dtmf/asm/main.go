// This program writes the AVX2 kernels of package dtmf; go generate runs it.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Lengths of the package, in samples, and its lanes.
const (
	window   = 48
	half     = window / 2
	hop      = 24
	settle   = 80
	examined = 208
	slice    = 136
	apart    = examined - slice
	lanes    = 8
)

func main() {
	ConstraintExpr("!purego")
	look()
	filter()
	energies()
	correlate()
	Generate()
}

func pointer(param string) Mem { return Mem{Base: Load(Param(param), GP64())} }

// address returns where a parameter lies.
func address(param string) Mem {
	p, err := Param(param).Resolve()
	if err != nil {
		panic(err)
	}
	return p.Addr
}

// wide returns eight samples as 32-bit integers.
func wide(at Mem) reg.VecVirtual {
	v := YMM()
	VPMOVSXWD(at, v)
	return v
}

// float returns integers as floating-point numbers.
func float(v reg.VecVirtual) reg.VecVirtual {
	f := YMM()
	VCVTDQ2PS(v, f)
	return f
}

// fold adds the upper half of v to the lower one.
func fold(v reg.VecVirtual) reg.VecVirtual {
	x := XMM()
	VEXTRACTF128(Imm(1), v, x)
	VADDPS(v.AsX(), x, x)
	return x
}

// four returns the sums of the lanes of each of four vectors.
func four(a, b, c, d reg.VecVirtual) reg.VecVirtual {
	VHADDPS(b, a, a)
	VHADDPS(d, c, c)
	VHADDPS(c, a, a)
	return fold(a)
}

// two returns the sums of the lanes of each of two vectors, twice.
func two(a, b reg.VecVirtual) reg.VecVirtual {
	VHADDPS(b, a, a)
	VHADDPS(a, a, a)
	return fold(a)
}

func look() {
	TEXT("lookAVX2", NOSPLIT, "func(f *float32, x *[48]int16, table *[6][24]float32, a, b, floor float32) bool")
	Pragma("noescape")
	Doc("lookAVX2 is lookGo; f is the first number of a frame.")
	f, x, table := pointer("f"), pointer("x"), pointer("table")
	phasors, powers := f.Offset(0), f.Offset(24) // and the energy is the fourth of the powers

	a, b := YMM(), YMM()
	VBROADCASTSS(address("a"), a)
	VBROADCASTSS(address("b"), b)
	var energy reg.VecVirtual
	for i := window - hop - 4; i < window-4; i += lanes {
		at := func(k int) Mem { return x.Offset(2 * (i + k)) }
		ends, pair := wide(at(0)), wide(at(1))
		VPADDD(wide(at(4)), ends, ends)
		VPADDD(wide(at(3)), pair, pair)
		y := float(ends)
		VFMADD231PS(float(pair), a, y)
		VFMADD231PS(float(wide(at(2))), b, y)
		if energy == nil {
			energy = YMM()
			VMULPS(y, y, energy)
		} else {
			VFMADD231PS(y, y, energy)
		}
	}
	e := two(energy, energy)
	floor := XMM()
	VMOVSS(address("floor"), floor)
	VUCOMISS(floor, e)
	JCC(LabelRef("loud"))
	zero := YMM()
	VXORPS(zero, zero, zero)
	VMOVUPS(zero, phasors)
	VMOVSS(zero.AsX(), f.Offset(32))
	VMOVSS(e, f.Offset(36))
	VZEROUPPER()
	no := GP8()
	XORB(no, no)
	Store(no, ReturnIndex(0))
	RET()

	Label("loud")
	// Lanes in reverse order, for the half before the centre.
	turn := YMM()
	order := GLOBL("order", RODATA|NOPTR)
	for i := range lanes {
		DATA(4*i, U32(lanes-1-i))
	}
	VMOVDQU(order, turn)
	var acc [6]reg.VecVirtual
	for k := 0; k < half; k += lanes {
		before, after := wide(x.Offset(2*(half-lanes-k))), wide(x.Offset(2*(half+k)))
		even, odd := YMM(), YMM()
		VPERMD(before, turn, before)
		VPADDD(before, after, even)
		VPSUBD(before, after, odd)
		parts := [2]reg.VecVirtual{float(even), float(odd)}
		for r := range acc {
			row := table.Offset(4 * (r*half + k))
			if k == 0 {
				acc[r] = YMM()
				VMULPS(row, parts[r%2], acc[r])
			} else {
				VFMADD231PS(row, parts[r%2], acc[r])
			}
		}
	}
	lower, upper := four(acc[0], acc[1], acc[2], acc[3]), two(acc[4], acc[5])
	VMOVUPS(lower, phasors)
	VMOVLPS(upper, phasors.Offset(16))
	VMULPS(lower, lower, lower)
	VMULPS(upper, upper, upper)
	VHADDPS(upper, lower, lower)
	VINSERTPS(Imm(0x30), e, lower, lower)
	VMOVUPS(lower, powers)
	VZEROUPPER()
	yes := GP8()
	MOVB(Imm(1), yes)
	Store(yes, ReturnIndex(0))
	RET()
}

// filter works on eight samples at a time: what comes out, and the state after them, are sums of columns, one for each sample
// and one for each number of the state before.
func filter() {
	TEXT("filterAVX2", NOSPLIT, "func(s *float32, in *[288]int16, columns *[16][24]float32)")
	Pragma("noescape")
	Doc("filterAVX2 is filterGo, by the columns of blockColumns; s is the first number of the signals.")
	s, columns := Load(Param("s"), GP64()), pointer("columns")
	in := Load(Param("in"), GP64())
	const (
		dial = iota
		band
		state
		outputs
	)
	input, before := AllocLocal(4*lanes), AllocLocal(4*lanes)
	zero := YMM()
	VXORPS(zero, zero, zero)
	VMOVUPS(zero, before)

	// block takes eight samples, and returns what comes out of them.
	block := func(first int) (x reg.VecVirtual, y [outputs]reg.VecVirtual) {
		x = float(wide(Mem{Base: in}))
		VMOVUPS(x, input)
		var part [outputs][2]reg.VecVirtual
		for j := range 2 * lanes {
			v := YMM()
			if j < lanes {
				VBROADCASTSS(input.Offset(4*j), v)
			} else {
				VBROADCASTSS(before.Offset(4*(j-lanes)), v)
			}
			for o := first; o < outputs; o++ {
				if o == dial && j >= lanes+lanes/2 {
					continue // the band filter comes behind
				}
				column := columns.Offset(4 * lanes * (outputs*j + o))
				if p := &part[o][j%2]; *p == nil {
					*p = YMM()
					VMULPS(column, v, *p)
				} else {
					VFMADD231PS(column, v, *p)
				}
			}
		}
		for o := first; o < outputs; o++ {
			y[o] = part[o][0]
			VADDPS(part[o][1], y[o], y[o])
		}
		VMOVUPS(y[state], before)
		ADDQ(Imm(2*lanes), in)
		return x, y
	}
	n := GP64()
	MOVQ(U32(settle/lanes), n)
	Label("settle")
	block(state)
	DECQ(n)
	JNZ(LabelRef("settle"))
	MOVQ(U32(examined/lanes), n)
	Label("examine")
	x, y := block(dial)
	for i, v := range [3]reg.VecVirtual{x, y[dial], y[band]} {
		VMOVUPS(v, Mem{Base: s, Disp: 4 * examined * i})
	}
	ADDQ(Imm(4*lanes), s)
	DECQ(n)
	JNZ(LabelRef("examine"))
	VZEROUPPER()
	RET()
}

func energies() {
	TEXT("energiesAVX2", NOSPLIT, "func(s *float32, taper *[136]float32, e *[8]float32)")
	Pragma("noescape")
	Doc("energiesAVX2 is energiesGo; s is the first number of the signals.")
	s, taper, e := Load(Param("s"), GP64()), Load(Param("taper"), GP64()), pointer("e")
	var sum [6]reg.VecVirtual
	for i := range sum {
		sum[i] = YMM()
		VXORPS(sum[i], sum[i], sum[i])
	}
	n := GP64()
	MOVQ(U32(slice/lanes), n)
	Label("samples")
	w := YMM()
	VMOVUPS(Mem{Base: taper}, w)
	for i := range sum {
		x, y := YMM(), YMM()
		VMOVUPS(Mem{Base: s, Disp: 4 * (examined*(i/2) + apart*(i%2))}, x)
		VMULPS(w, x, y)
		VFMADD231PS(x, y, sum[i])
	}
	ADDQ(Imm(4*lanes), s)
	ADDQ(Imm(4*lanes), taper)
	DECQ(n)
	JNZ(LabelRef("samples"))
	VMOVUPS(four(sum[0], sum[1], sum[2], sum[3]), e)
	VMOVUPS(two(sum[4], sum[5]), e.Offset(16))
	VZEROUPPER()
	RET()
}

func correlate() {
	TEXT("correlateAVX2", NOSPLIT, "func(x *[208]float32, taper *[136]float32, tones *float32, sums *[8]float32)")
	Pragma("noescape")
	Doc("correlateAVX2 is correlateGo; tones is the first number of two references.")
	x, taper := Load(Param("x"), GP64()), Load(Param("taper"), GP64())
	tones, sums := pointer("tones"), pointer("sums")
	var re, im, stepRe, stepIm [2]reg.VecVirtual
	var sum [8]reg.VecVirtual
	for t := range re {
		o := tones.Offset(t * 4 * (2*lanes + 2))
		re[t], im[t], stepRe[t], stepIm[t] = YMM(), YMM(), YMM(), YMM()
		VMOVUPS(o, re[t])
		VMOVUPS(o.Offset(4*lanes), im[t])
		VBROADCASTSS(o.Offset(8*lanes), stepRe[t])
		VBROADCASTSS(o.Offset(8*lanes+4), stepIm[t])
	}
	for i := range sum {
		sum[i] = YMM()
		VXORPS(sum[i], sum[i], sum[i])
	}
	n := GP64()
	MOVQ(U32(slice/lanes), n)
	Label("samples")
	for s := range 2 {
		v := YMM()
		VMOVUPS(Mem{Base: taper}, v)
		VMULPS(Mem{Base: x, Disp: 4 * apart * s}, v, v)
		for t := range re {
			VFMADD231PS(re[t], v, sum[4*t+2*s])
			VFMADD231PS(im[t], v, sum[4*t+2*s+1])
		}
	}
	for t := range re {
		p, q := YMM(), YMM()
		VMULPS(im[t], stepIm[t], p)
		VMULPS(im[t], stepRe[t], q)
		VFMADD231PS(re[t], stepIm[t], q)
		VFMSUB132PS(stepRe[t], p, re[t])
		VMOVAPS(q, im[t])
	}
	ADDQ(Imm(4*lanes), x)
	ADDQ(Imm(4*lanes), taper)
	DECQ(n)
	JNZ(LabelRef("samples"))
	VMOVUPS(four(sum[0], sum[1], sum[2], sum[3]), sums)
	VMOVUPS(four(sum[4], sum[5], sum[6], sum[7]), sums.Offset(16))
	VZEROUPPER()
	RET()
}
