// Command asm writes ../fft128_amd64.s, the transforms of 128 real samples for AVX2. It is a module of its own, so that
// nothing of the generator is among the dependencies of the program.
//
// A transform of 128 real samples is one of 64 complex points and a split. With n = 8r + c and k = 8q + s the 64 points are
// an 8 x 8 array: eight transforms of 8 points down the columns (vectors of c, one a row r), a twiddle of exp(-2 pi i cs/64),
// a transposition, and eight transforms of 8 points again, which leave row q, lane s: the natural order, with no reversal of
// bits.
package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

const (
	n     = 128
	rows  = 8
	lanes = 8
	width = 4 * lanes // octets of a vector
)

var (
	twiddleRe, twiddleIm Mem // rows s, lanes c: exp(-2 pi i cs/64)
	splitRe, splitIm     Mem // exp(-2 pi i k/128) / 2, k < 32
	backward             Mem // indices that reverse a vector
	half, sign           Mem
	sqrtHalf, minusHalf  Mem // the root of one half, and the same negative
	scale, bounds        Mem // 1/128; a mask that clears lane 0
)

func main() {
	ConstraintExpr("!purego")
	tables()
	forward()
	inverse()
	Generate()
}

func floats(name string, v []float64) Mem {
	m := GLOBL(name, RODATA|NOPTR)
	for i, x := range v {
		DATA(4*i, F32(x))
	}
	return m
}

func words(name string, v [lanes]uint32) Mem {
	m := GLOBL(name, RODATA|NOPTR)
	for i, x := range v {
		DATA(4*i, U32(x))
	}
	return m
}

func same(name string, x float64) Mem {
	v := make([]float64, lanes)
	for i := range v {
		v[i] = x
	}
	return floats(name, v)
}

func tables() {
	var tr, ti, sr, si []float64
	for s := range rows {
		for c := range lanes {
			im, re := math.Sincos(-2 * math.Pi * float64(c*s) / 64)
			tr, ti = append(tr, re), append(ti, im)
		}
	}
	for k := range n / 4 {
		im, re := math.Sincos(-2 * math.Pi * float64(k) / n)
		sr, si = append(sr, re/2), append(si, im/2)
	}
	twiddleRe, twiddleIm = floats("twiddleRe", tr), floats("twiddleIm", ti)
	splitRe, splitIm = floats("splitRe", sr), floats("splitIm", si)
	backward = words("backward", [lanes]uint32{7, 6, 5, 4, 3, 2, 1, 0})
	sqrtHalf, minusHalf = same("sqrtHalf", math.Sqrt2/2), same("minusHalf", -math.Sqrt2/2)
	half, scale = same("half", 0.5), same("scale", 1.0/n)
	var s, b [lanes]uint32
	for i := range s {
		s[i], b[i] = 1<<31, 1<<32-1
	}
	b[0] = 0
	sign, bounds = words("sign", s), words("bounds", b)
}

func at(m Mem, vector int) Mem { return m.Offset(vector * width) }

func load(m Mem) VecVirtual { v := YMM(); VMOVUPS(m, v); return v }

func add(a Op, b Op) VecVirtual { v := YMM(); VADDPS(a, b, v); return v }

// sub is a - b; a is a register.
func sub(a, b Op) VecVirtual { v := YMM(); VSUBPS(b, a, v); return v }

func mul(a, b Op) VecVirtual { v := YMM(); VMULPS(a, b, v); return v }

// times is the complex product; the factor lies in memory.
func times(re, im VecVirtual, fr, fi Mem) (VecVirtual, VecVirtual) {
	r, i := mul(fr, re), mul(fr, im)
	VFNMADD231PS(fi, im, r)
	VFMADD231PS(fi, re, i)
	return r, i
}

// The transforms name their registers themselves: the allocator of avo knows 32 vectors, of which AVX2 has 16. Nothing else
// is in a register while they run.
var vacant []VecPhysical

func vacate() {
	vacant = []VecPhysical{Y15, Y14, Y13, Y12, Y11, Y10, Y9, Y8, Y7, Y6, Y5, Y4, Y3, Y2, Y1, Y0}
}

func take() VecPhysical {
	v := vacant[len(vacant)-1]
	vacant = vacant[:len(vacant)-1]
	return v
}

func give(v ...VecPhysical) { vacant = append(vacant, v...) }

type vectors struct{ re, im [4]VecPhysical }

// butterfly returns a + b and a - b, and gives up a and b.
func butterfly(a, b VecPhysical) (sum, difference VecPhysical) {
	d := take()
	VSUBPS(b, a, d)
	VADDPS(b, a, a)
	give(b)
	return a, d
}

// four is a transform of 4 points over registers.
func four(v vectors) (out vectors) {
	a0r, a1r := butterfly(v.re[0], v.re[2])
	a0i, a1i := butterfly(v.im[0], v.im[2])
	b0r, b1r := butterfly(v.re[1], v.re[3])
	b0i, b1i := butterfly(v.im[1], v.im[3])
	out.re[0], out.re[2] = butterfly(a0r, b0r)
	out.im[0], out.im[2] = butterfly(a0i, b0i)
	out.re[1], out.re[3] = butterfly(a1r, b1i)
	out.im[3], out.im[1] = butterfly(a1i, b1r)
	return out
}

// eight transforms the 8 vectors at re and im down the columns into those at outRe and outIm, each times its twiddle when
// there is one. The even results are the transform of 4 points of sums, the odd ones that of differences, turned.
func eight(outRe, outIm, re, im Mem, twiddle bool) {
	store := func(s int, r, i VecPhysical) {
		if twiddle && s > 0 {
			a, b := take(), take()
			VMULPS(at(twiddleRe, s), r, a)
			VMULPS(at(twiddleRe, s), i, b)
			VFNMADD231PS(at(twiddleIm, s), i, a)
			VFMADD231PS(at(twiddleIm, s), r, b)
			give(r, i)
			r, i = a, b
		}
		VMOVUPS(r, at(outRe, s))
		VMOVUPS(i, at(outIm, s))
		give(r, i)
	}
	vacate()
	var v vectors
	for j := range 4 {
		r, i := take(), take()
		VMOVUPS(at(re, j), r)
		VMOVUPS(at(im, j), i)
		VADDPS(at(re, j+4), r, r)
		VADDPS(at(im, j+4), i, i)
		v.re[j], v.im[j] = r, i
	}
	v = four(v)
	for j := range 4 {
		store(2*j, v.re[j], v.im[j])
	}
	for j := range 4 {
		r, i := take(), take()
		VMOVUPS(at(re, j), r)
		VMOVUPS(at(im, j), i)
		VSUBPS(at(re, j+4), r, r)
		VSUBPS(at(im, j+4), i, i)
		switch j { // times exp(-2 pi i j/8)
		case 1: // (1 - i) / sqrt 2
			i, r = butterfly(i, r)
			VMULPS(sqrtHalf, i, i)
			VMULPS(sqrtHalf, r, r)
			r, i = i, r
		case 2: // -i
			VXORPS(sign, r, r)
			r, i = i, r
		case 3: // (-1 - i) / sqrt 2
			i, r = butterfly(i, r)
			VMULPS(sqrtHalf, r, r)
			VMULPS(minusHalf, i, i)
		}
		v.re[j], v.im[j] = r, i
	}
	v = four(v)
	for j := range 4 {
		store(2*j+1, v.re[j], v.im[j])
	}
}

// transpose turns rows into columns in place.
func transpose(m Mem) {
	r := []VecPhysical{Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7}
	t := []VecPhysical{Y8, Y9, Y10, Y11}
	for i := range rows / 2 { // rows i and i+4 share a register, so that no lane has to cross later
		low, high := r[i], r[i+4]
		VMOVUPS(at(m, i), low.AsX())
		VINSERTF128(U8(1), at(m, i+4), low, low)
		VMOVUPS(at(m, i).Offset(width/2), high.AsX())
		VINSERTF128(U8(1), at(m, i+4).Offset(width/2), high, high)
	}
	for g := range 2 { // columns 0..3, then 4..7
		q := r[4*g : 4*g+4]
		for i := range 2 {
			VUNPCKLPS(q[2*i+1], q[2*i], t[2*i])
			VUNPCKHPS(q[2*i+1], q[2*i], t[2*i+1])
		}
		for i := range 2 {
			VUNPCKLPD(t[2+i], t[i], q[2*i])
			VUNPCKHPD(t[2+i], t[i], q[2*i+1])
		}
		for i := range 4 {
			VMOVUPS(q[i], at(m, 4*g+i))
		}
	}
}

// transform turns the 64 points at re and im into their spectrum, in place.
func transform(re, im Mem) {
	tr, ti := AllocLocal(rows*width), AllocLocal(rows*width)
	eight(tr, ti, re, im, true)
	transpose(tr)
	transpose(ti)
	eight(re, im, tr, ti, false)
}

func pointer(name string) Mem { return Mem{Base: Load(Param(name), GP64())} }

// reversed loads a vector that ends where the vector k = 8j begins to be mirrored: elements 64-k.
func mirrored(m Mem, j int) Mem { return m.Offset(4 * (57 - 8*j)) }

func reversed(index, v VecVirtual) VecVirtual { out := YMM(); VPERMPS(v, index, out); return out }

func reverse(index VecVirtual, m Mem) VecVirtual { out := YMM(); VPERMPS(m, index, out); return out }

func forward() {
	TEXT("forward128", 0, "func(re, im *[65]float32, x *[128]float32)")
	Pragma("noescape")
	Doc("forward128 is Forward of a plan of 128 samples.")
	re, im, x := pointer("re"), pointer("im"), pointer("x")
	// One element more: the first again, the mirror of bin 0.
	zr, zi := AllocLocal(9*width), AllocLocal(9*width)
	Comment("even samples are real, odd ones imaginary")
	for i := range rows {
		a, b := load(at(x, 2*i)), load(at(x, 2*i+1))
		for j, z := range []Mem{zr, zi} {
			v := YMM()
			VSHUFPS(U8([]int{0x88, 0xdd}[j]), b, a, v)
			VPERMPD(U8(0xd8), v, v)
			VMOVUPS(v, at(z, i))
		}
	}
	transform(zr, zi)
	for _, z := range []Mem{zr, zi} {
		v := XMM()
		VMOVSS(z, v)
		VMOVSS(v, z.Offset(4*64))
	}
	Comment("the spectrum of the real samples")
	index, h := load(backward), load(half)
	for j := range 4 {
		ur, ui := load(at(zr, j)), load(at(zi, j))
		vr, vi := reverse(index, mirrored(zr, j)), reverse(index, mirrored(zi, j))
		ar, ai := add(vr, ur), sub(ui, vi)
		br, bi := add(vi, ui), sub(vr, ur)
		tr, ti := times(br, bi, at(splitRe, j), at(splitIm, j))
		r, i := YMM(), YMM()
		VMOVAPS(tr, r)
		VFMADD231PS(h, ar, r)
		VMOVAPS(ti, i)
		VFMADD231PS(h, ai, i)
		VMOVUPS(r, at(re, j))
		VMOVUPS(i, at(im, j))
		VFMSUB231PS(h, ar, tr) // ar/2 - tr
		VFNMADD231PS(h, ai, ti)
		VMOVUPS(reversed(index, tr), mirrored(re, j))
		VMOVUPS(reversed(index, ti), mirrored(im, j))
	}
	Comment("bin 32")
	r, i := XMM(), XMM()
	VMOVSS(zr.Offset(4*32), r)
	VMOVSS(r, re.Offset(4*32))
	VMOVSS(zi.Offset(4*32), i)
	VXORPS(sign, i, i)
	VMOVSS(i, im.Offset(4*32))
	VZEROUPPER()
	RET()
}

func inverse() {
	TEXT("inverse128", 0, "func(x *[128]float32, re, im *[65]float32)")
	Pragma("noescape")
	Doc("inverse128 is Inverse of a plan of 128 samples.")
	re, im, x := pointer("re"), pointer("im"), pointer("x")
	zr, zi := AllocLocal(9*width), AllocLocal(9*width)
	Comment("the points whose conjugate spectrum is wanted")
	index, h := load(backward), load(scale)
	for j := range 4 {
		ur, ui := load(at(re, j)), load(at(im, j))
		vr, vi := reverse(index, mirrored(re, j)), reverse(index, mirrored(im, j))
		if j == 0 {
			VANDPS(bounds, ui, ui)
			VANDPS(bounds, vi, vi)
		}
		ar, ai := add(vr, ur), sub(ui, vi)
		sr, si := sub(ur, vr), add(vi, ui)
		// Times conj(exp(-2 pi i k/128)).
		br, bi := mul(at(splitRe, j), sr), mul(at(splitRe, j), si)
		VFMADD231PS(at(splitIm, j), si, br)
		VFNMADD231PS(at(splitIm, j), sr, bi)
		br, bi = add(br, br), add(bi, bi)
		VMOVUPS(mul(h, sub(ar, bi)), at(zr, j))
		i := add(br, ai)
		VXORPS(sign, i, i)
		VMOVUPS(mul(h, i), at(zi, j))
		VMOVUPS(reversed(index, mul(h, add(bi, ar))), mirrored(zr, j))
		VMOVUPS(reversed(index, mul(h, sub(ai, br))), mirrored(zi, j))
	}
	Comment("bin 32")
	for i, b := range []Mem{re, im} {
		v := XMM()
		VMOVSS(b.Offset(4*32), v)
		VADDSS(v, v, v)
		VMULSS(scale, v, v)
		VMOVSS(v, []Mem{zr, zi}[i].Offset(4*32))
	}
	transform(zr, zi)
	Comment("real parts are even samples, imaginary ones, conjugated, odd")
	s := load(sign)
	for i := range rows {
		a, b := load(at(zr, i)), YMM()
		VXORPS(at(zi, i), s, b)
		low, high := YMM(), YMM()
		VUNPCKLPS(b, a, low)
		VUNPCKHPS(b, a, high)
		first, second := YMM(), YMM()
		VPERM2F128(U8(0x20), high, low, first)
		VPERM2F128(U8(0x31), high, low, second)
		VMOVUPS(first, at(x, 2*i))
		VMOVUPS(second, at(x, 2*i+1))
	}
	VZEROUPPER()
	RET()
}
