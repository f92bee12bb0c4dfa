//go:build !purego

#include "textflag.h"
#include "neon_arm64.h"

// The loops over samples: recursions of first order, four samples at once, which take in what lies one and two samples before. A
// sample's result does not depend on those after it.

#define LANES(name, a, b, c, d) \
	DATA name<>+0(SB)/4, a   \
	DATA name<>+4(SB)/4, b   \
	DATA name<>+8(SB)/4, c   \
	DATA name<>+12(SB)/4, d  \
	GLOBL name<>(SB), RODATA|NOPTR, $16

#define SAME(name, a) LANES(name, a, a, a, a)

#define LOAD(name, v) \
	MOVD $name<>(SB), R20 \
	VLD1 (R20), [v]

// What ../canceller.go, ../nlp.go and ../kernel.go say: emphasis 0.9 and decay 0.995 with their powers, and so on.
SAME(least, $1e-12)
SAME(e1, $0.9)
SAME(e2, $0.81)
LANES(eAll, $0.9, $0.81, $0.729, $0.6561)
SAME(d1, $0.995)
SAME(d2, $0.990025)
LANES(dAll, $0.995, $0.990025, $0.985074875, $0.980149500625)
SAME(toUnit, $0.000030517578125)
SAME(toPCM, $32768.0)
SAME(up, $0.5)
// The first four powers of the noise's congruence.
LANES(seedTimes, $0x0019660d, $0x17385ca9, $0xaf490a95, $0x0979e791)
LANES(seedPlus, $0x3c6ef35f, $0x47502932, $0xd1ccf6e9, $0xaaf95334)

// func emphasiseNEON(y *float32, x *int16, n int, scale float32, before float32)
TEXT ·emphasiseNEON(SB), NOSPLIT, $0-32
	MOVD  y+0(FP), R0
	MOVD  x+8(FP), R1
	MOVD  n+16(FP), R2
	FMOVS scale+24(FP), F30
	FMOVS before+28(FP), F31
	VDUP  V30.S[0], V30.S4
	VDUP  V31.S[0], V31.S4

group:
	ADD    $2, R1, R3
	VLD1   (R1), [V0.H8]
	VLD1   (R3), [V1.H8]
	ADD    $16, R1
	SXTL(0, 2)
	SXTL2(0, 3)
	SXTL(1, 4)
	SXTL2(1, 5)
	SCVTF(2, 2)
	SCVTF(3, 3)
	SCVTF(4, 4)
	SCVTF(5, 5)
	FMUL(30, 4, 4)
	FMUL(30, 5, 5)
	VFMLA  V31.S4, V2.S4, V4.S4
	VFMLA  V31.S4, V3.S4, V5.S4
	VST1.P [V4.S4, V5.S4], 32(R0)
	SUBS   $8, R2
	BGT    group
	RET

// PLAIN takes the emphasis from V0: V15 holds what was before in all lanes, and holds it for the next afterwards. V28 is zero.
#define PLAIN \
	FADD(16, 0, 0)                        \
	VEXT  $12, V0.B16, V28.B16, V1.B16    \
	VFMLA V17.S4, V1.S4, V0.S4            \
	VEXT  $8, V0.B16, V28.B16, V1.B16     \
	VFMLA V18.S4, V1.S4, V0.S4            \
	VFMLA V19.S4, V15.S4, V0.S4           \
	VDUP  V0.S[3], V15.S4

#define PLAINCONSTANTS \
	LOAD(least, V16.S4) \
	LOAD(e1, V17.S4)    \
	LOAD(e2, V18.S4)    \
	LOAD(eAll, V19.S4)  \
	VEOR V28.B16, V28.B16, V28.B16

// ENVELOPE turns v, registers by number and by name, into its envelope behind the one in env.
#define ENVELOPE(n, v, env, envn) \
	VEXT $12, v.B16, V28.B16, V1.B16 \
	FMUL(20, 1, 1)                   \
	FMAX(1, n, n)                    \
	VEXT $8, v.B16, V28.B16, V1.B16  \
	FMUL(21, 1, 1)                   \
	FMAX(1, n, n)                    \
	FMUL(22, envn, 1)                \
	FMAX(1, n, n)                    \
	VDUP v.S[3], env.S4

// HALF finishes four samples of Sin in s, and leaves integers in V0.
#define HALF(s, sn, power, sin2) \
	VLD1.P 16(R2), [V0.S4]           \
	VLD1.P 16(R3), [V1.S4]           \
	FSUB(1, 0, 0)                    \
	VST1.P [V0.S4], 16(R1)           \
	PLAIN                            \
	SCVTF(sn, sn)                    \
	FMUL(23, sn, sn)                 \
	VFMLA  V0.S4, V0.S4, power.S4    \
	VFMLA  s.S4, s.S4, sin2.S4       \
	FSUB(0, sn, sn)                  \
	FABS(sn, sn)                     \
	FABS(0, 2)                       \
	ENVELOPE(2, V2, V14, 14)         \
	ENVELOPE(sn, s, V13, 13)         \
	VMOV   V29.B16, V3.B16           \
	FCMGT(29, sn, 4)                 \
	VFMLA  V30.S4, s.S4, V3.S4       \
	FCMGT(2, 3, 3)                   \
	VAND   V3.B16, V4.B16, V3.B16    \
	MOVD   R9, R10                   \
	VLD1.P 16(R10), [V1.S4]          \
	VMOV   V3.B16, V4.B16            \
	VBSL   V24.B16, V1.B16, V4.B16   \
	VBSL   V24.B16, V16.B16, V3.B16  \
	VLD1.P 16(R10), [V2.S4]          \
	VEXT   $12, V3.B16, V28.B16, V1.B16 \
	VFMLA  V1.S4, V4.S4, V3.S4       \
	VEXT   $12, V4.B16, V28.B16, V1.B16 \
	VORR   V2.B16, V1.B16, V1.B16    \
	FMUL(1, 4, 4)                    \
	VLD1.P 16(R10), [V2.S4]          \
	VEXT   $8, V3.B16, V28.B16, V1.B16 \
	VFMLA  V1.S4, V4.S4, V3.S4       \
	VEXT   $8, V4.B16, V28.B16, V1.B16 \
	VORR   V2.B16, V1.B16, V1.B16    \
	FMUL(1, 4, 4)                    \
	VFMLA  V12.S4, V4.S4, V3.S4      \
	VDUP   V3.S[3], V12.S4           \
	MUL(26, 11, 1)                   \
	VADD   V27.S4, V1.S4, V1.S4      \
	VDUP   V1.S[3], V11.S4           \
	SCVTF(1, 1)                      \
	FMUL(31, 1, 1)                   \
	VFMLS  V1.S4, V3.S4, V1.S4       \
	VFMLA  V0.S4, V3.S4, V1.S4       \
	FMUL(25, 1, 1)                   \
	FCVTAS(1, 0)

DATA gains<>+0(SB)/4, $0.75
DATA gains<>+4(SB)/4, $0.75
DATA gains<>+8(SB)/4, $0.75
DATA gains<>+12(SB)/4, $0.75
DATA gains<>+16(SB)/4, $1.0
DATA gains<>+20(SB)/4, $0.0
DATA gains<>+24(SB)/4, $0.0
DATA gains<>+28(SB)/4, $0.0
DATA gains<>+32(SB)/4, $1.0
DATA gains<>+36(SB)/4, $1.0
DATA gains<>+40(SB)/4, $0.0
DATA gains<>+44(SB)/4, $0.0
GLOBL gains<>(SB), RODATA|NOPTR, $48

// func finishNEON(out *int16, e, d, y *float32, sin *int16, n int, r *[24]float32, l *[3]float32)
// In all lanes what the four samples before left: V15 the error, V14 and V13 the envelopes, V12 the gain, V11 the seed.
TEXT ·finishNEON(SB), NOSPLIT, $0-64
	MOVD out+0(FP), R0
	MOVD e+8(FP), R1
	MOVD d+16(FP), R2
	MOVD y+24(FP), R3
	MOVD sin+32(FP), R4
	MOVD n+40(FP), R5
	MOVD r+48(FP), R6
	MOVD l+56(FP), R7
	MOVD $gains<>(SB), R9
	PLAINCONSTANTS
	LOAD(d1, V20.S4)
	LOAD(d2, V21.S4)
	LOAD(dAll, V22.S4)
	LOAD(toUnit, V23.S4)
	LOAD(up, V24.S4)
	LOAD(toPCM, V25.S4)
	LOAD(seedTimes, V26.S4)
	LOAD(seedPlus, V27.S4)
	VLD1R.P 4(R7), [V29.S4]
	VLD1R.P 4(R7), [V30.S4]
	VLD1R   (R7), [V31.S4]
	MOVD    R6, R8
	VLD1R.P 4(R8), [V15.S4]
	VLD1R.P 4(R8), [V14.S4]
	VLD1R.P 4(R8), [V13.S4]
	VLD1R.P 4(R8), [V12.S4]
	VLD1R   (R8), [V11.S4]
	ADD     $32, R6, R8
	VLD1    (R8), [V7.S4, V8.S4, V9.S4, V10.S4]

group:
	VLD1.P 16(R4), [V5.H8]
	SXTL2(5, 6)
	SXTL(5, 5)
	HALF(V5, 5, V7, V9)
	SQXTN(0, 5)
	VST1.P [V5.H4], 8(R0)
	HALF(V6, 6, V8, V10)
	SQXTN(0, 5)
	VST1.P [V5.H4], 8(R0)
	SUBS   $8, R5
	BGT    group

	VST1  [V7.S4, V8.S4, V9.S4, V10.S4], (R8)
	FMOVS F15, (R6)
	FMOVS F14, 4(R6)
	FMOVS F13, 8(R6)
	FMOVS F12, 12(R6)
	FMOVS F11, 16(R6)
	RET

// func residualNEON(e, d, y *[64]float32, last float32) (squares, newLast float32)
TEXT ·residualNEON(SB), NOSPLIT, $0-40
	MOVD  e+0(FP), R1
	MOVD  d+8(FP), R2
	MOVD  y+16(FP), R3
	FMOVS last+24(FP), F15
	VDUP  V15.S[0], V15.S4
	PLAINCONSTANTS
	VEOR  V2.B16, V2.B16, V2.B16
	MOVD  $16, R5

group:
	VLD1.P 16(R2), [V0.S4]
	VLD1.P 16(R3), [V1.S4]
	FSUB(1, 0, 0)
	VST1.P [V0.S4], 16(R1)
	PLAIN
	VFMLA  V0.S4, V0.S4, V2.S4
	SUBS   $1, R5
	BGT    group
	FADDP(2, 2, 2)
	FADDP(2, 2, 2)
	FMOVS  F2, squares+32(FP)
	FMOVS  F15, newLast+36(FP)
	RET

// func powersNEON(p, re, im *[72]float32) (total, squares float32)
TEXT ·powersNEON(SB), NOSPLIT, $0-32
	MOVD p+0(FP), R0
	MOVD re+8(FP), R1
	MOVD im+16(FP), R2
	VEOR V0.B16, V0.B16, V0.B16
	VEOR V1.B16, V1.B16, V1.B16
	MOVD $18, R3

bins:
	VLD1.P 16(R1), [V2.S4]
	VLD1.P 16(R2), [V3.S4]
	FMUL(2, 2, 2)
	VFMLA  V3.S4, V3.S4, V2.S4
	VST1.P [V2.S4], 16(R0)
	FADD(2, 0, 0)
	VFMLA  V2.S4, V2.S4, V1.S4
	SUBS   $1, R3
	BGT    bins
	FADDP(1, 0, 0)
	FADDP(0, 0, 0)
	VDUP   V0.S[1], V1.S4
	FMOVS  F0, total+24(FP)
	FMOVS  F1, squares+28(FP)
	RET

// func momentsNEON(x, d, e *[64]float32, out *[4]float32)
TEXT ·momentsNEON(SB), NOSPLIT, $0-32
	MOVD x+0(FP), R0
	MOVD d+8(FP), R1
	MOVD e+16(FP), R2
	MOVD out+24(FP), R3
	VEOR V0.B16, V0.B16, V0.B16
	VEOR V1.B16, V1.B16, V1.B16
	VEOR V2.B16, V2.B16, V2.B16
	VEOR V3.B16, V3.B16, V3.B16
	MOVD $16, R4

samples:
	VLD1.P 16(R0), [V4.S4]
	VLD1.P 16(R1), [V6.S4]
	VLD1.P 16(R2), [V5.S4]
	FSUB(5, 6, 6)
	VFMLA  V4.S4, V4.S4, V0.S4
	VFMLA  V5.S4, V5.S4, V1.S4
	VFMLA  V6.S4, V6.S4, V2.S4
	VFMLA  V5.S4, V6.S4, V3.S4
	SUBS   $1, R4
	BGT    samples
	FADDP(1, 0, 0)
	FADDP(3, 2, 2)
	FADDP(2, 0, 0)
	VST1   [V0.S4], (R3)
	RET
