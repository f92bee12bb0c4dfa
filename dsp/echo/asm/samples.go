package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// The loops over samples: recursions of first order, worked out for eight samples at once by taking in what lies one, two and four
// samples before. A sample's result does not depend on those after it, so that it is the same for every cut of the audio.

// The numbers of ../canceller.go, ../nlp.go and ../kernel.go.
const (
	scale               = 1.0 / 32768
	emphasis            = 0.9
	decay               = 0.995
	fadeDown, fadeUp    = 0.25, 0.5
	least               = 1e-12
	seedTimes, seedPlus = 1664525, 1013904223
)

// floats is a constant vector.
func floats(name string, f func(lane int) float64) Mem {
	m := GLOBL(name, RODATA|NOPTR)
	for i := range lanes {
		DATA(4*i, F32(f(i)))
	}
	return m
}

func same(name string, x float64) Mem { return floats(name, func(int) float64 { return x }) }

// powersOf is a factor to the power of one in lane 0, two in lane 1 and so on.
func powersOf(name string, factor float64) Mem {
	return floats(name, func(lane int) float64 { return math.Pow(factor, float64(lane+1)) })
}

func words(name string, f func(lane int) uint32) Mem {
	m := GLOBL(name, RODATA|NOPTR)
	for i := range lanes {
		DATA(4*i, U32(f(i)))
	}
	return m
}

// later sets dst to v moved n = 1, 2 or 4 lanes up, zeros below. Dst is not v.
func later(n int, v, dst VecPhysical) {
	VPERM2F128(U8(0x08), v, v, dst)
	if n < 4 {
		VPALIGNR(U8(16-4*n), dst, v, dst)
	}
}

func emphasise() {
	text("emphasiseAVX2", "func(y *float32, x *int16, n int, scale float32, before float32)",
		"emphasiseAVX2 is emphasiseGo: a sample counts scale, the one before it so much more.")
	y, x := pointer("y"), pointer("x")
	n := Load(Param("n"), GP64())
	Load(Param("scale"), X14)
	VBROADCASTSS(X14, Y14)
	Load(Param("before"), X15)
	VBROADCASTSS(X15, Y15)
	SHRQ(U8(3), n)
	times("group", n, func() {
		VPMOVSXWD(x, Y0)
		VPMOVSXWD(x.Offset(2), Y1)
		VCVTDQ2PS(Y0, Y0)
		VCVTDQ2PS(Y1, Y1)
		VMULPS(Y14, Y1, Y1)
		VFMADD231PS(Y15, Y0, Y1)
		VMOVUPS(Y1, y)
		advance(vector, y)
		advance(vector/2, x)
	})
	end()
}

// plain takes the emphasis from v: Y15 holds what was before in all lanes, and holds it for the next afterwards. It needs t.
func plain(v, t VecPhysical, c map[string]Mem) {
	VADDPS(c["least"], v, v)
	for _, n := range []int{1, 2, 4} {
		later(n, v, t)
		VFMADD231PS(c[[]string{"", "e1", "e2", "", "e4"}[n]], t, v)
	}
	VFMADD231PS(c["eAll"], Y15, v)
	spread(v, Y15)
}

// spread sets all lanes of dst to the last of v.
func spread(v, dst VecPhysical) {
	VPERMILPS(U8(0xff), v, dst)
	VPERM2F128(U8(0x11), dst, dst, dst)
}

func emphasisConstants() map[string]Mem {
	return map[string]Mem{
		"least": same("least", least), "e1": same("e1", emphasis), "e2": same("e2", math.Pow(emphasis, 2)),
		"e4": same("e4", math.Pow(emphasis, 4)), "eAll": powersOf("eAll", emphasis),
	}
}

var constants map[string]Mem

// Offsets of the fields of type running.
const (
	ofLast, ofEnvE, ofEnvY, ofGain, ofSeed, ofPower, ofSin = 0, 4, 8, 12, 16, 32, 64
)

func finish() {
	text("finishAVX2", "func(out *int16, e *float32, d *float32, y *float32, sin *int16, n int, r *[24]float32, l *[3]float32)",
		"finishAVX2 is finishGo for n samples; r and l are the fields of running and limits.")
	constants = emphasisConstants()
	c := constants
	c["scale"], c["full"] = same("scale", scale), same("full", 1/scale)
	c["d1"], c["d2"], c["d4"], c["dAll"] = same("d1", decay), same("d2", math.Pow(decay, 2)), same("d4", math.Pow(decay, 4)), powersOf("dAll", decay)
	c["half"] = same("half", 0.5)
	c["sign"] = words("sign", func(int) uint32 { return 1 << 31 })
	c["magnitude"] = words("magnitude", func(int) uint32 { return 1<<31 - 1 })
	for _, n := range []int{1, 2, 4} {
		c[[]string{"", "one1", "one2", "", "one4"}[n]] = floats([]string{"", "one1", "one2", "", "one4"}[n], func(lane int) float64 {
			if lane < n {
				return 1
			}
			return 0
		})
	}
	c["down"], c["up"] = same("down", 1-fadeDown), same("up", 1-fadeUp)
	c["upBy"] = same("upBy", fadeUp)
	times1, plus1 := uint32(1), uint32(0)
	var seedTimesAll, seedPlusAll [lanes]uint32
	for i := range lanes {
		times1, plus1 = times1*seedTimes, plus1*seedTimes+seedPlus
		seedTimesAll[i], seedPlusAll[i] = times1, plus1
	}
	c["seedTimes"] = words("seedTimes", func(i int) uint32 { return seedTimesAll[i] })
	c["seedPlus"] = words("seedPlus", func(i int) uint32 { return seedPlusAll[i] })

	out, e, d, y, sin := pointer("out"), pointer("e"), pointer("d"), pointer("y"), pointer("sin")
	n := Load(Param("n"), GP64())
	r, l := pointer("r"), pointer("l")
	SHRQ(U8(3), n)
	// In all lanes what the group before left.
	envE, envY, gain, seed := Y14, Y13, Y12, Y11
	VBROADCASTSS(r.Offset(ofLast), Y15)
	VBROADCASTSS(r.Offset(ofEnvE), envE)
	VBROADCASTSS(r.Offset(ofEnvY), envY)
	VBROADCASTSS(r.Offset(ofGain), gain)
	VPBROADCASTD(r.Offset(ofSeed), seed)
	power, sin2 := Y10, Y9
	VMOVUPS(r.Offset(ofPower), power)
	VMOVUPS(r.Offset(ofSin), sin2)

	envelope := func(v, t, env VecPhysical) {
		for _, n := range []int{1, 2, 4} {
			later(n, v, t)
			VMULPS(c[[]string{"", "d1", "d2", "", "d4"}[n]], t, t)
			VMAXPS(t, v, v)
		}
		VMULPS(c["dAll"], env, t)
		VMAXPS(t, v, v)
		spread(v, env)
	}
	times("group", n, func() {
		VMOVUPS(d, Y0)
		VSUBPS(y, Y0, Y0)
		VMOVUPS(Y0, e)
		plain(Y0, Y1, c) // the error
		VPMOVSXWD(sin, Y2)
		VCVTDQ2PS(Y2, Y2)
		VMULPS(c["scale"], Y2, Y2)
		VFMADD231PS(Y0, Y0, power)
		VFMADD231PS(Y2, Y2, sin2)
		VSUBPS(Y0, Y2, Y2) // the predicted echo
		VANDPS(c["magnitude"], Y2, Y2)
		VANDPS(c["magnitude"], Y0, Y3)
		envelope(Y3, Y1, envE)
		envelope(Y2, Y1, envY)

		// The residual of an echo: envY above pause, envE below ratio envY + pause.
		VBROADCASTSS(l, Y4)
		VCMPPS(U8(0x1e), Y4, Y2, Y5) // greater
		VBROADCASTSS(l.Offset(4), Y6)
		VFMADD231PS(Y6, Y2, Y4)
		VCMPPS(U8(0x11), Y4, Y3, Y6) // less
		VANDPS(Y6, Y5, Y5)
		// The gain becomes a times itself and b.
		a, b := Y6, Y7
		VMOVUPS(c["up"], a)
		VBLENDVPS(Y5, c["down"], a, a)
		VMOVUPS(c["upBy"], b)
		VBLENDVPS(Y5, c["least"], b, b)
		for _, n := range []int{1, 2, 4} {
			later(n, b, Y1)
			VFMADD231PS(Y1, a, b)
			later(n, a, Y1)
			VORPS(c[[]string{"", "one1", "one2", "", "one4"}[n]], Y1, Y1)
			VMULPS(Y1, a, a)
		}
		VFMADD231PS(gain, a, b)
		spread(b, gain)

		VPMULLD(c["seedTimes"], seed, Y1)
		VPADDD(c["seedPlus"], Y1, Y1)
		spread(Y1, seed)
		VCVTDQ2PS(Y1, Y1)
		VBROADCASTSS(l.Offset(8), Y2)
		VMULPS(Y2, Y1, Y1) // noise
		VFNMADD231PS(Y1, b, Y1)
		VFMADD231PS(Y0, b, Y1)

		VMULPS(c["full"], Y1, Y1)
		VANDPS(c["sign"], Y1, Y2)
		VORPS(c["half"], Y2, Y2)
		VADDPS(Y2, Y1, Y1)
		VCVTTPS2DQ(Y1, Y1)
		VEXTRACTI128(U8(1), Y1, X2)
		VPACKSSDW(X2, X1, X1)
		VMOVDQU(X1, out)
		advance(vector/2, out, sin)
		advance(vector, e, d, y)
	})
	VMOVSS(X15, r.Offset(ofLast))
	VMOVSS(envE.AsX(), r.Offset(ofEnvE))
	VMOVSS(envY.AsX(), r.Offset(ofEnvY))
	VMOVSS(gain.AsX(), r.Offset(ofGain))
	VMOVSS(seed.AsX(), r.Offset(ofSeed))
	VMOVUPS(power, r.Offset(ofPower))
	VMOVUPS(sin2, r.Offset(ofSin))
	end()
}

// total leaves the sum of v's lanes in lane 0.
func total(v, t VecPhysical) {
	VEXTRACTF128(U8(1), v, t.AsX())
	VADDPS(t.AsX(), v.AsX(), v.AsX())
	VHADDPS(v.AsX(), v.AsX(), v.AsX())
	VHADDPS(v.AsX(), v.AsX(), v.AsX())
}

func residual() {
	text("residualAVX2", "func(e, d, y *[64]float32, last float32) (squares float32, newLast float32)", "residualAVX2 is residualGo.")
	e, d, y := pointer("e"), pointer("d"), pointer("y")
	Load(Param("last"), X15)
	VBROADCASTSS(X15, Y15)
	VXORPS(Y2, Y2, Y2)
	for k := range blockLen / lanes {
		VMOVUPS(at(d, k), Y0)
		VSUBPS(at(y, k), Y0, Y0)
		VMOVUPS(Y0, at(e, k))
		plain(Y0, Y1, constants)
		VFMADD231PS(Y0, Y0, Y2)
	}
	total(Y2, Y1)
	Store(X2, Return("squares"))
	Store(X15, Return("newLast"))
	end()
}

func powers() {
	text("powersAVX2", "func(p, re, im *[72]float32) (total float32, squares float32)", "powersAVX2 is powersGo.")
	p, re, im := pointer("p"), pointer("re"), pointer("im")
	VXORPS(Y0, Y0, Y0)
	VXORPS(Y1, Y1, Y1)
	for k := range vectors {
		VMOVUPS(at(re, k), Y2)
		VMOVUPS(at(im, k), Y3)
		VMULPS(Y2, Y2, Y2)
		VFMADD231PS(Y3, Y3, Y2)
		VMOVUPS(Y2, at(p, k))
		VADDPS(Y2, Y0, Y0)
		VFMADD231PS(Y2, Y2, Y1)
	}
	total(Y0, Y3)
	total(Y1, Y3)
	Store(X0, Return("total"))
	Store(X1, Return("squares"))
	end()
}
