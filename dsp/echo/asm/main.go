// Command asm writes ../kernel_amd64.s, the inner loops of the canceller for AVX2 with FMA. It is a module of its own, so that
// nothing of the generator is among the dependencies of the program. What each kernel does is said at its twin in ../kernel.go
// and ../whiten.go.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

const (
	lanes    = 8
	vector   = 4 * lanes // octets
	vectors  = 9         // of a spectrum
	spectrum = vectors * vector
	blockLen = 64
	order    = 32
)

func main() {
	ConstraintExpr("!purego")
	fir()
	accumulate()
	energy()
	update()
	whiten()
	moments()
	shares()
	emphasise()
	finish()
	residual()
	powers()
	Generate()
}

func text(name, signature, doc string) {
	TEXT(name, 0, signature)
	Pragma("noescape")
	Doc(doc)
}

func pointer(name string) Mem { return Mem{Base: Load(Param(name), GP64())} }

// advance moves pointers on by so many octets.
func advance(octets int, m ...Mem) {
	for _, p := range m {
		ADDQ(I32(int32(octets)), p.Base)
	}
}

func at(m Mem, v int) Mem { return m.Offset(v * vector) }

// times repeats the body n times; n is consumed.
func times(label string, n Register, body func()) {
	Label(label)
	body()
	DECQ(n)
	JNZ(LabelRef(label))
}

func end() {
	VZEROUPPER()
	RET()
}

func fir() {
	text("firAVX2", "func(y, x *float32, h *[64]float32, n int)", "firAVX2 is firGo for n samples.")
	y, x, h := pointer("y"), pointer("x"), pointer("h")
	n := Load(Param("n"), GP64())
	// Two sums an output, of even and odd taps, in every pass: an output must not depend on its neighbours.
	pass := func(groups int) {
		sum := make([]VecPhysical, groups)
		odd := make([]VecPhysical, groups)
		all := []VecPhysical{Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7}
		for g := range groups {
			sum[g], odd[g] = all[g], all[groups+g]
			VXORPS(sum[g], sum[g], sum[g])
			VXORPS(odd[g], odd[g], odd[g])
		}
		for j := range blockLen {
			tap := []VecPhysical{Y8, Y9}[j%2]
			VBROADCASTSS(h.Offset(4*(blockLen-1-j)), tap)
			for g := range groups {
				VFMADD231PS(at(x, g).Offset(4*j), tap, [][]VecPhysical{sum, odd}[j%2][g])
			}
		}
		for g := range groups {
			VADDPS(odd[g], sum[g], sum[g])
			VADDPS(at(y, g), sum[g], sum[g])
			VMOVUPS(sum[g], at(y, g))
		}
		advance(groups*vector, x, y)
		SUBQ(I32(int32(groups*lanes)), n)
	}
	Label("many")
	CMPQ(n, I32(4*lanes))
	JLT(LabelRef("few"))
	pass(4)
	JMP(LabelRef("many"))
	Label("few")
	CMPQ(n, I32(2*lanes))
	JLT(LabelRef("one"))
	pass(2)
	JMP(LabelRef("few"))
	Label("one")
	CMPQ(n, I32(0))
	JLE(LabelRef("done"))
	pass(1)
	Label("done")
	end()
}

func accumulate() {
	text("accumulateAVX2", "func(yr, yi, xr, xi, wr, wi *[72]float32, parts int)", "accumulateAVX2 is accumulateGo for so many partitions.")
	yr, yi := pointer("yr"), pointer("yi")
	const group = 3
	for g := range vectors / group {
		// Again from the first partition for each group of bins, whose sums stay in registers.
		xr, xi, wr, wi := pointer("xr"), pointer("xi"), pointer("wr"), pointer("wi")
		n := Load(Param("parts"), GP64())
		sr, si := []VecPhysical{Y0, Y1, Y2}, []VecPhysical{Y3, Y4, Y5}
		for v := range group {
			VMOVUPS(at(yr, group*g+v), sr[v])
			VMOVUPS(at(yi, group*g+v), si[v])
		}
		times("group"+string(rune('0'+g)), n, func() {
			for v := range group {
				k := group*g + v
				VMOVUPS(at(xr, k), Y6)
				VMOVUPS(at(xi, k), Y7)
				VMOVUPS(at(wr, k), Y8)
				VMOVUPS(at(wi, k), Y9)
				VFMADD231PS(Y6, Y8, sr[v])
				VFMADD231PS(Y6, Y9, si[v])
				VFNMADD231PS(Y7, Y9, sr[v])
				VFMADD231PS(Y7, Y8, si[v])
			}
			advance(spectrum, xr, xi, wr, wi)
		})
		for v := range group {
			VMOVUPS(sr[v], at(yr, group*g+v))
			VMOVUPS(si[v], at(yi, group*g+v))
		}
	}
	end()
}

func energy() {
	text("energyAVX2", "func(m, v, xr, xi *[72]float32, parts int)", "energyAVX2 is energyGo for so many partitions.")
	m, v, xr, xi := pointer("m"), pointer("v"), pointer("xr"), pointer("xi")
	n := Load(Param("parts"), GP64())
	sum := []VecPhysical{Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7, Y8}
	for k, s := range sum {
		VMOVUPS(at(m, k), s)
	}
	times("partition", n, func() {
		for k, s := range sum {
			VMOVUPS(at(xr, k), Y9)
			VMOVUPS(at(xi, k), Y10)
			VMULPS(Y9, Y9, Y9)
			VFMADD231PS(Y10, Y10, Y9)
			VFMADD231PS(at(v, k), Y9, s)
		}
		advance(spectrum, v, xr, xi)
	})
	for k, s := range sum {
		VMOVUPS(s, at(m, k))
	}
	end()
}

func update() {
	text("updateAVX2", "func(wr, wi, v, xr, xi, sr, si, gain *[72]float32, parts int, keep float32, change float32, floor float32)",
		"updateAVX2 is updateGo for so many partitions: keep is the variance's factor, change that of what is added: |W|^2 + floor.")
	wr, wi, v, xr, xi := pointer("wr"), pointer("wi"), pointer("v"), pointer("xr"), pointer("xi")
	sr, si, gain := pointer("sr"), pointer("si"), pointer("gain")
	n := Load(Param("parts"), GP64())
	keep, change, floor := Y13, Y14, Y15
	constant := func(name string, v VecPhysical) {
		Load(Param(name), v.AsX())
		VBROADCASTSS(v.AsX(), v)
	}
	constant("keep", keep)
	constant("change", change)
	constant("floor", floor)
	times("partition", n, func() {
		for k := range vectors {
			VMOVUPS(at(v, k), Y0)
			VMULPS(at(xr, k), Y0, Y1) // hr
			VMULPS(at(xi, k), Y0, Y2) // hi
			VMOVUPS(at(sr, k), Y3)
			VMOVUPS(at(si, k), Y4)
			VMOVUPS(at(wr, k), Y5)
			VMOVUPS(at(wi, k), Y6)
			VFMADD231PS(Y1, Y3, Y5)
			VFMADD231PS(Y2, Y4, Y5)
			VFMADD231PS(Y1, Y4, Y6)
			VFNMADD231PS(Y2, Y3, Y6)
			VMOVUPS(Y5, at(wr, k))
			VMOVUPS(Y6, at(wi, k))
			VMULPS(Y1, Y1, Y1)
			VFMADD231PS(Y2, Y2, Y1)
			VMOVAPS(floor, Y7)
			VFMADD231PS(Y5, Y5, Y7)
			VFMADD231PS(Y6, Y6, Y7)
			VMULPS(Y7, change, Y7)
			VFMADD231PS(Y0, keep, Y7)
			VFNMADD231PS(at(gain, k), Y1, Y7)
			VMOVUPS(Y7, at(v, k))
		}
		advance(spectrum, wr, wi, v, xr, xi)
	})
	end()
}

func whiten() {
	text("whitenAVX2", "func(s, e *[64]float32, r *[32]float32)", "whitenAVX2 is whitenGo.")
	s, e, r := pointer("s"), pointer("e"), pointer("r")
	one := GLOBL("one", RODATA|NOPTR)
	DATA(0, F32(1))
	loading := GLOBL("loading", RODATA|NOPTR)
	DATA(0, F32(1+1e-5))
	negative := GLOBL("negative", RODATA|NOPTR)
	DATA(0, U32(1<<31))

	const parts = order / lanes
	// The predictor a and the same backwards, b. back is b in memory behind a zero, so that it can be read one place later;
	// later is r from the lag of one sample on.
	a, b := []VecPhysical{Y0, Y1, Y2, Y3}, []VecPhysical{Y4, Y5, Y6, Y7}
	back := AllocLocal((parts + 1) * vector)
	later := AllocLocal(parts * vector)
	// u is what the last half's predictions leave, among zeros.
	u := AllocLocal((order + order + order + lanes) * 4)
	zero := Y15
	VXORPS(zero, zero, zero)
	VMOVUPS(zero, back)
	VMOVUPS(zero, at(later, parts-1))
	for k := range parts - 1 {
		VMOVUPS(at(r, k).Offset(4), Y8)
		VMOVUPS(Y8, at(later, k))
	}
	for k := range lanes - 1 {
		VMOVSS(r.Offset(4*(order-lanes+1+k)), X8)
		VMOVSS(X8, later.Offset(4*(order-lanes+k)))
	}
	for k := range blockLen / lanes {
		VMOVUPS(zero, at(s, k))
	}
	for k := range parts {
		VMOVUPS(zero, at(u, k))
		VMOVUPS(zero, at(u, 2*parts+k))
		VXORPS(a[k], a[k], a[k])
		VXORPS(b[k], b[k], b[k])
	}
	VMOVUPS(zero, at(u, 3*parts))
	VMOVSS(one, a[0].AsX())
	VMOVSS(one, b[0].AsX())
	power, inverse := X14, X13
	VMOVSS(r, power)
	VMULSS(loading, power, power)
	VMOVSS(one, inverse)
	VDIVSS(power, inverse, inverse)

	// sums leaves the sum of e times b in lane 0 of Y8, and that of later times b in lane 1.
	sums := func() {
		VMULPS(e, b[0], Y8)
		VMULPS(later, b[0], Y9)
		VMULPS(at(e, 1), b[1], Y10)
		VMULPS(at(later, 1), b[1], Y11)
		VFMADD231PS(at(e, 2), b[2], Y8)
		VFMADD231PS(at(later, 2), b[2], Y9)
		VFMADD231PS(at(e, 3), b[3], Y10)
		VFMADD231PS(at(later, 3), b[3], Y11)
		VADDPS(Y10, Y8, Y8)
		VADDPS(Y11, Y9, Y9)
		VHADDPS(Y9, Y8, Y8) // e e r r in each half
		VEXTRACTF128(U8(1), Y8, X9)
		VADDPS(X9, X8, X8)
		VHADDPS(X8, X8, X8)
	}
	// back of the predictor's errors goes into s.
	spread := func() {
		VMULSS(inverse, X8, X10)
		VBROADCASTSS(X10, Y10)
		for k := range parts {
			VMOVUPS(at(s, k), Y11)
			VFMADD231PS(b[k], Y10, Y11)
			VMOVUPS(Y11, at(s, k))
		}
	}
	n := GP64()
	MOVQ(U32(order-1), n)
	times("order", n, func() {
		for k := range parts {
			VMOVUPS(b[k], at(back, k+1))
		}
		sums()
		VMOVSHDUP(X8, X9)
		spread()
		VMULSS(inverse, X9, X9)
		VXORPS(X12, X12, X12)
		VMOVSS(negative, X12)
		VXORPS(X12, X9, X9)
		VBROADCASTSS(X9, Y12)
		for k := range parts {
			VMOVUPS(at(back, k+1).Offset(-4), Y10) // b, one place later
			VMOVAPS(Y10, Y11)
			VFMADD231PS(a[k], Y12, Y11)
			VFMADD231PS(Y10, Y12, a[k])
			VMOVAPS(Y11, b[k])
		}
		VMULSS(X9, X9, X9)
		VFNMADD231SS(X9, power, power)
		VMOVSS(one, inverse)
		VDIVSS(power, inverse, inverse)
	})
	sums()
	spread()
	for k := range parts {
		VMOVUPS(b[k], at(back, k+1))
	}
	Comment("the last half, predicted by the longest predictor")
	sum := []VecPhysical{Y0, Y1, Y2, Y3}
	for _, v := range sum {
		VXORPS(v, v, v)
	}
	for t := range order {
		VBROADCASTSS(at(back, 1).Offset(4*t), Y8)
		for k, v := range sum {
			VFMADD231PS(at(e, k).Offset(4*(1+t)), Y8, v)
		}
	}
	VBROADCASTSS(inverse, Y13)
	for k, v := range sum {
		VMULPS(Y13, v, v)
		VMOVUPS(v, at(u, parts+k))
	}
	sum = []VecPhysical{Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7}
	for k, v := range sum {
		VMOVUPS(at(s, k), v)
	}
	for t := range order {
		VBROADCASTSS(at(back, 1).Offset(4*t), Y8)
		for k, v := range sum {
			VFMADD231PS(at(u, k).Offset(4*(order-1-t)), Y8, v)
		}
	}
	for k, v := range sum {
		VMOVUPS(v, at(s, k))
	}
	end()
}

func moments() {
	text("momentsAVX2", "func(x, d, e *[64]float32, out *[4]float32)", "momentsAVX2 is momentsGo.")
	x, d, e, out := pointer("x"), pointer("d"), pointer("e"), pointer("out")
	sum := []VecPhysical{Y0, Y1, Y2, Y3}
	for _, v := range sum {
		VXORPS(v, v, v)
	}
	for k := range blockLen / lanes {
		VMOVUPS(at(x, k), Y4)
		VMOVUPS(at(e, k), Y5)
		VMOVUPS(at(d, k), Y6)
		VSUBPS(Y5, Y6, Y6)
		VFMADD231PS(Y4, Y4, sum[0])
		VFMADD231PS(Y5, Y5, sum[1])
		VFMADD231PS(Y6, Y6, sum[2])
		VFMADD231PS(Y5, Y6, sum[3])
	}
	VHADDPS(Y1, Y0, Y0) // x x e e in each half
	VHADDPS(Y3, Y2, Y2)
	VHADDPS(Y2, Y0, Y0) // one of each
	VEXTRACTF128(U8(1), Y0, X1)
	VADDPS(X1, X0, X0)
	VMOVUPS(X0, out)
	end()
}

func shares() {
	text("sharesAVX2", "func(q, psi, gain, share, er, ei, shape *[72]float32, c *[6]float32)", "sharesAVX2 is sharesGo; c are its numbers, in the order of the fields of type division.")
	q, psi, gain, share := pointer("q"), pointer("psi"), pointer("gain"), pointer("share")
	er, ei, shape, c := pointer("er"), pointer("ei"), pointer("shape"), pointer("c")
	// The power of the error, with a neighbour on either side.
	power := AllocLocal((vectors + 2) * vector)
	inner := power.Offset(vector)
	for k := range vectors {
		VMOVUPS(at(er, k), Y0)
		VMOVUPS(at(ei, k), Y1)
		VMULPS(Y0, Y0, Y0)
		VFMADD231PS(Y1, Y1, Y0)
		VMOVUPS(Y0, at(inner, k))
	}
	VMOVSS(inner, X0)
	VMOVSS(X0, inner.Offset(-4))
	VMOVSS(inner.Offset(4*64), X0)
	VMOVSS(X0, inner.Offset(4*65))
	number := make([]VecPhysical, 6)
	for i, v := range []VecPhysical{Y8, Y9, Y10, Y11, Y12, Y13} {
		VBROADCASTSS(c.Offset(4*i), v)
		number[i] = v
	}
	floor, least, fall, noise := number[0], number[1], number[2], number[3]
	learnt, learntNoise := number[4], number[5]
	quarter := GLOBL("quarter", RODATA|NOPTR)
	for i := range lanes {
		DATA(4*i, F32(0.25))
	}
	one := GLOBL("ones", RODATA|NOPTR)
	for i := range lanes {
		DATA(4*i, F32(1))
	}
	for k := range vectors {
		VMOVUPS(at(inner, k), Y0)
		VADDPS(Y0, Y0, Y1)
		VADDPS(at(inner, k).Offset(-4), Y1, Y1)
		VADDPS(at(inner, k).Offset(4), Y1, Y1)
		VMULPS(quarter, Y1, Y1) // e2
		VMOVUPS(at(psi, k), Y2)
		VSUBPS(Y2, Y1, Y3)
		VFMADD213PS(least, fall, Y3)
		VADDPS(Y3, Y2, Y2)
		VMAXPS(Y1, Y2, Y2)
		VMOVUPS(Y2, at(psi, k))
		VMOVUPS(at(q, k), Y4) // m
		VMOVAPS(Y4, Y5)
		VFMADD231PS(noise, Y2, Y5)
		VFMADD231PS(at(shape, k), floor, Y5)
		VMOVUPS(Y5, at(q, k))
		VMOVUPS(one, Y6)
		VDIVPS(Y5, Y6, Y6) // 1/q
		VMULPS(Y4, Y6, Y4)
		VMOVUPS(Y4, at(share, k))
		VMOVUPS(one, Y7)
		VSUBPS(Y4, Y7, Y7)
		VMULPS(learntNoise, Y7, Y7)
		VFMADD231PS(learnt, Y4, Y7)
		VMULPS(Y6, Y7, Y7)
		VMOVUPS(Y7, at(gain, k))
	}
	end()
}
