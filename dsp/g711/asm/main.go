// This program writes the AVX2 kernels of package g711; go generate runs it.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("!purego")
	decoder("decodeMuAVX2", expandMu)
	decoder("decodeAAVX2", expandA)
	encoder("encodeMuAVX2", compressMu)
	encoder("encodeAAVX2", compressA)
	Generate()
}

var constants = map[string]Mem{}

// octets is a constant of 32 octets.
func octets(name string, at func(i int) byte) Mem {
	m, ok := constants[name]
	if !ok {
		m = GLOBL(name, RODATA|NOPTR)
		for i := range 32 {
			DATA(i, U8(at(i)))
		}
		constants[name] = m
	}
	return m
}

// words is a constant of 16 equal words.
func words(v uint16) Mem {
	return octets(fmt.Sprintf("words_%04x", v), func(i int) byte { return byte(v >> (i % 2 * 8)) })
}

// table is a register with 16 octets, twice, for VPSHUFB.
func table(name string, t ...byte) reg.VecVirtual {
	r := YMM()
	VMOVDQU(octets(name, func(i int) byte { return t[i%16] }), r)
	return r
}

// look looks up the low octet of each word, which is below 16; the high one of the result is 0.
func look(t, index reg.VecVirtual) reg.VecVirtual {
	r := YMM()
	VPOR(words(0x8000), index, r)
	VPSHUFB(r, t, r)
	return r
}

func and(a reg.VecVirtual, v uint16) reg.VecVirtual {
	r := YMM()
	VPAND(words(v), a, r)
	return r
}

// decoder writes a loop over groups of 16 octets.
func decoder(name string, expander func() func(u reg.VecVirtual) reg.VecVirtual) {
	TEXT(name, NOSPLIT, "func(dst *int16, src *byte, groups int)")
	Pragma("noescape")
	Doc(name + " decodes groups of 16 octets, at least one.")
	dst, src, n := Load(Param("dst"), GP64()), Load(Param("src"), GP64()), Load(Param("groups"), GP64())
	expand := expander()
	Label("group")
	u := YMM()
	VPMOVZXBW(Mem{Base: src}, u)
	VMOVDQU(expand(u), Mem{Base: dst})
	ADDQ(Imm(16), src)
	ADDQ(Imm(32), dst)
	DECQ(n)
	JNZ(LabelRef("group"))
	VZEROUPPER()
	RET()
}

// expandMu: (mantissa*2 + 33) << segment, less 33, times 4, G.711 table 2b.
func expandMu() func(u reg.VecVirtual) reg.VecVirtual {
	power := table("power", 1, 2, 4, 8, 16, 32, 64, 128, 0, 0, 0, 0, 0, 0, 0, 0)
	return func(u reg.VecVirtual) reg.VecVirtual {
		VPXOR(words(0xff), u, u)
		seg := YMM()
		VPSRLW(Imm(4), and(u, 0x70), seg)
		x := YMM()
		VPADDW(and(u, 0xf), and(u, 0xf), x)
		VPADDW(words(33), x, x)
		VPMULLW(look(power, seg), x, x)
		VPSUBW(words(33), x, x)
		VPSLLW(Imm(2), x, x)
		return signed(x, u, false)
	}
}

// expandA: (mantissa*16 + 8, from segment 1 on 256 more) << (segment - 1), G.711 table 1b.
func expandA() func(u reg.VecVirtual) reg.VecVirtual {
	power := table("powerA", 1, 1, 2, 4, 8, 16, 32, 64, 0, 0, 0, 0, 0, 0, 0, 0)
	return func(u reg.VecVirtual) reg.VecVirtual {
		VPXOR(words(0x55), u, u)
		seg := YMM()
		VPSRLW(Imm(4), and(u, 0x70), seg)
		x, more := YMM(), YMM()
		VPSLLW(Imm(4), and(u, 0xf), x)
		VPADDW(words(8), x, x)
		VPCMPGTW(words(0), seg, more)
		VPAND(words(256), more, more)
		VPADDW(more, x, x)
		VPMULLW(look(power, seg), x, x)
		return signed(x, u, true)
	}
}

// signed negates x where bit 7 of u is set, or where it is not set.
func signed(x, u reg.VecVirtual, ifClear bool) reg.VecVirtual {
	sign := YMM()
	VPSLLW(Imm(8), u, sign)
	VPSRAW(Imm(15), sign, sign)
	if ifClear {
		VPXOR(words(0xffff), sign, sign)
	}
	VPXOR(sign, x, x)
	VPSUBW(sign, x, x)
	return x
}

// encoder writes a loop over groups of 32 samples.
func encoder(name string, compressor func() func(x, sign reg.VecVirtual) reg.VecVirtual) {
	TEXT(name, NOSPLIT, "func(dst *byte, src *int16, groups int)")
	Pragma("noescape")
	Doc(name + " encodes groups of 32 samples, at least one.")
	dst, src, n := Load(Param("dst"), GP64()), Load(Param("src"), GP64()), Load(Param("groups"), GP64())
	compress := compressor()
	Label("group")
	var half [2]reg.VecVirtual
	for h := range half {
		x, sign := YMM(), YMM()
		VMOVDQU(Mem{Base: src, Disp: 32 * h}, x)
		VPSRAW(Imm(15), x, sign)
		VPXOR(sign, x, x) // ones' complement of negative values
		half[h] = compress(x, sign)
	}
	VPACKUSWB(half[1], half[0], half[0])
	VPERMQ(Imm(0xd8), half[0], half[0])
	VMOVDQU(half[0], Mem{Base: dst})
	ADDQ(Imm(64), src)
	ADDQ(Imm(32), dst)
	DECQ(n)
	JNZ(LabelRef("group"))
	VZEROUPPER()
	RET()
}

// exponent looks up what the highest bit of an octet says, its halves in two tables.
func exponent(y, lo, hi reg.VecVirtual) reg.VecVirtual {
	h := YMM()
	VPSRLW(Imm(4), y, h)
	r := YMM()
	VPMAXUB(look(lo, and(y, 0xf)), look(hi, h), r)
	return r
}

// compressMu: with x 33 more than the 14-bit magnitude, the segment is the place of its highest bit less 5 and the mantissa
// the four bits below that, G.711 table 2a.
func compressMu() func(x, sign reg.VecVirtual) reg.VecVirtual {
	lo := table("log2Low", 0, 0, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3)
	hi := table("log2High", 0, 4, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7, 7, 7, 7, 7)
	down := table("down", 128, 64, 32, 16, 8, 4, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0)
	return func(x, sign reg.VecVirtual) reg.VecVirtual {
		VPSRLW(Imm(2), x, x)
		VPADDW(words(33), x, x)
		VPMINSW(words(8191), x, x)
		y := YMM()
		VPSRLW(Imm(5), x, y)
		seg := exponent(y, lo, hi)
		// x >> (segment+1) as the high half of a product.
		shift := YMM()
		VPSLLW(Imm(8), look(down, seg), shift)
		mant := YMM()
		VPMULHUW(shift, x, mant)
		VPAND(words(0xf), mant, mant)
		VPSLLW(Imm(4), seg, seg)
		VPOR(seg, mant, mant)
		VPXOR(words(0xff), mant, mant) // inverted, bit 7 set
		VPAND(words(0x80), sign, sign)
		VPXOR(sign, mant, mant)
		return mant
	}
}

// compressA: of the 12-bit magnitude the segment is the place of its highest bit less 3, or 0, and the mantissa the four bits
// below, G.711 table 1a.
func compressA() func(x, sign reg.VecVirtual) reg.VecVirtual {
	lo := table("segmentLow", 0, 1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4)
	hi := table("segmentHigh", 0, 5, 6, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7)
	down := table("downA", 128, 128, 64, 32, 16, 8, 4, 2, 0, 0, 0, 0, 0, 0, 0, 0)
	return func(x, sign reg.VecVirtual) reg.VecVirtual {
		VPSRLW(Imm(4), x, x)
		y := YMM()
		VPSRLW(Imm(4), x, y)
		seg := exponent(y, lo, hi)
		shift := YMM()
		VPSLLW(Imm(8), look(down, seg), shift)
		mant := YMM()
		VPADDW(x, x, x)
		VPMULHUW(shift, x, mant)
		VPAND(words(0xf), mant, mant)
		VPSLLW(Imm(4), seg, seg)
		VPOR(seg, mant, mant)
		VPXOR(words(0x80^0x55), mant, mant)
		VPAND(words(0x80), sign, sign)
		VPXOR(sign, mant, mant)
		return mant
	}
}
