//go:build !purego

#include "textflag.h"
#include "neon_arm64.h"

// func firNEON(y, x *float32, h *[64]float32, n int)
// Eight outputs at a time, two sums an output, of even and odd taps.
TEXT ·firNEON(SB), NOSPLIT, $0-32
	MOVD y+0(FP), R0
	MOVD x+8(FP), R1
	MOVD h+16(FP), R2
	MOVD n+24(FP), R3

outputs:
	MOVD R1, R4        // input of the tap
	ADD  $252, R2, R5  // taps, last first
	MOVD $32, R6
	VLD1 (R0), [V0.S4, V1.S4]
	VEOR V2.B16, V2.B16, V2.B16
	VEOR V3.B16, V3.B16, V3.B16

taps:
	VLD1R (R5), [V4.S4]
	SUB   $4, R5
	VLD1  (R4), [V6.S4, V7.S4]
	ADD   $4, R4
	VLD1R (R5), [V5.S4]
	SUB   $4, R5
	VLD1  (R4), [V8.S4, V9.S4]
	ADD   $4, R4
	VFMLA V6.S4, V4.S4, V0.S4
	VFMLA V7.S4, V4.S4, V1.S4
	VFMLA V8.S4, V5.S4, V2.S4
	VFMLA V9.S4, V5.S4, V3.S4
	SUBS  $1, R6
	BNE   taps

	FMOVS $1.0, F10
	VDUP  V10.S[0], V10.S4
	VFMLA V2.S4, V10.S4, V0.S4
	VFMLA V3.S4, V10.S4, V1.S4
	VST1.P [V0.S4, V1.S4], 32(R0)
	ADD   $32, R1
	SUBS  $8, R3
	BGT   outputs
	RET

// func accumulateNEON(yr, yi, xr, xi, wr, wi *[72]float32, parts int)
// Twelve bins at a time, all partitions, so that their sums stay in registers.
TEXT ·accumulateNEON(SB), NOSPLIT, $0-56
	MOVD yr+0(FP), R0
	MOVD yi+8(FP), R1
	MOVD xr+16(FP), R2
	MOVD xi+24(FP), R3
	MOVD wr+32(FP), R4
	MOVD wi+40(FP), R5
	MOVD $6, R7

group:
	MOVD parts+48(FP), R6
	MOVD R2, R8
	MOVD R3, R9
	MOVD R4, R10
	MOVD R5, R11
	VLD1 (R0), [V0.S4, V1.S4, V2.S4]
	VLD1 (R1), [V3.S4, V4.S4, V5.S4]

partition:
	VLD1  (R8), [V6.S4, V7.S4, V8.S4]
	VLD1  (R9), [V9.S4, V10.S4, V11.S4]
	VLD1  (R10), [V12.S4, V13.S4, V14.S4]
	VLD1  (R11), [V15.S4, V16.S4, V17.S4]
	ADD   $288, R8
	ADD   $288, R9
	ADD   $288, R10
	ADD   $288, R11
	VFMLA V6.S4, V12.S4, V0.S4
	VFMLA V7.S4, V13.S4, V1.S4
	VFMLA V8.S4, V14.S4, V2.S4
	VFMLA V6.S4, V15.S4, V3.S4
	VFMLA V7.S4, V16.S4, V4.S4
	VFMLA V8.S4, V17.S4, V5.S4
	VFMLS V9.S4, V15.S4, V0.S4
	VFMLS V10.S4, V16.S4, V1.S4
	VFMLS V11.S4, V17.S4, V2.S4
	VFMLA V9.S4, V12.S4, V3.S4
	VFMLA V10.S4, V13.S4, V4.S4
	VFMLA V11.S4, V14.S4, V5.S4
	SUBS  $1, R6
	BNE   partition

	VST1.P [V0.S4, V1.S4, V2.S4], 48(R0)
	VST1.P [V3.S4, V4.S4, V5.S4], 48(R1)
	ADD    $48, R2
	ADD    $48, R3
	ADD    $48, R4
	ADD    $48, R5
	SUBS   $1, R7
	BNE    group
	RET

// func energyNEON(m, v, xr, xi *[72]float32, parts int)
// Twelve bins at a time, as in accumulateNEON.
TEXT ·energyNEON(SB), NOSPLIT, $0-40
	MOVD m+0(FP), R0
	MOVD v+8(FP), R1
	MOVD xr+16(FP), R2
	MOVD xi+24(FP), R3
	MOVD $6, R7

group:
	MOVD parts+32(FP), R6
	MOVD R1, R8
	MOVD R2, R9
	MOVD R3, R10
	VLD1 (R0), [V0.S4, V1.S4, V2.S4]

partition:
	VLD1  (R8), [V3.S4, V4.S4, V5.S4]
	VLD1  (R9), [V6.S4, V7.S4, V8.S4]
	VLD1  (R10), [V9.S4, V10.S4, V11.S4]
	ADD   $288, R8
	ADD   $288, R9
	ADD   $288, R10
	VEOR  V12.B16, V12.B16, V12.B16
	VEOR  V13.B16, V13.B16, V13.B16
	VEOR  V14.B16, V14.B16, V14.B16
	VFMLA V6.S4, V6.S4, V12.S4
	VFMLA V7.S4, V7.S4, V13.S4
	VFMLA V8.S4, V8.S4, V14.S4
	VFMLA V9.S4, V9.S4, V12.S4
	VFMLA V10.S4, V10.S4, V13.S4
	VFMLA V11.S4, V11.S4, V14.S4
	VFMLA V3.S4, V12.S4, V0.S4
	VFMLA V4.S4, V13.S4, V1.S4
	VFMLA V5.S4, V14.S4, V2.S4
	SUBS  $1, R6
	BNE   partition

	VST1.P [V0.S4, V1.S4, V2.S4], 48(R0)
	ADD    $48, R1
	ADD    $48, R2
	ADD    $48, R3
	SUBS   $1, R7
	BNE    group
	RET

// func updateNEON(wr, wi, v, xr, xi, sr, si, gain *[72]float32, parts int, keep float32, change float32, floor float32)
TEXT ·updateNEON(SB), NOSPLIT, $0-84
	MOVD  wr+0(FP), R0
	MOVD  wi+8(FP), R1
	MOVD  v+16(FP), R2
	MOVD  xr+24(FP), R3
	MOVD  xi+32(FP), R4
	MOVD  parts+64(FP), R8
	FMOVS keep+72(FP), F29
	FMOVS change+76(FP), F30
	FMOVS floor+80(FP), F31
	VDUP  V29.S[0], V29.S4
	VDUP  V30.S[0], V30.S4
	VDUP  V31.S[0], V31.S4

partition:
	MOVD sr+40(FP), R5
	MOVD si+48(FP), R6
	MOVD gain+56(FP), R7
	MOVD $18, R9

bins:
	VLD1   (R2), [V0.S4]
	VLD1.P 16(R3), [V1.S4]
	VLD1.P 16(R4), [V2.S4]
	VLD1.P 16(R5), [V3.S4]
	VLD1.P 16(R6), [V4.S4]
	VLD1   (R0), [V5.S4]
	VLD1   (R1), [V6.S4]
	VLD1.P 16(R7), [V8.S4]
	FMUL(0, 1, 1)
	FMUL(0, 2, 2)
	VFMLA  V3.S4, V1.S4, V5.S4
	VFMLA  V4.S4, V1.S4, V6.S4
	VFMLA  V4.S4, V2.S4, V5.S4
	VFMLS  V3.S4, V2.S4, V6.S4
	VST1.P [V5.S4], 16(R0)
	VST1.P [V6.S4], 16(R1)
	FMUL(1, 1, 1)
	VFMLA  V2.S4, V2.S4, V1.S4
	VMOV   V31.B16, V7.B16
	VFMLA  V5.S4, V5.S4, V7.S4
	VFMLA  V6.S4, V6.S4, V7.S4
	FMUL(30, 7, 7)
	VFMLA  V29.S4, V0.S4, V7.S4
	VFMLS  V8.S4, V1.S4, V7.S4
	VST1.P [V7.S4], 16(R2)
	SUBS   $1, R9
	BGT    bins
	SUBS   $1, R8
	BGT    partition
	RET

// func sharesNEON(q, psi, gain, share, er, ei, shape *[72]float32, c *[6]float32)
// The power of the error is kept with a neighbour on either side.
TEXT ·sharesNEON(SB), 0, $320-64
	MOVD q+0(FP), R0
	MOVD psi+8(FP), R1
	MOVD gain+16(FP), R2
	MOVD share+24(FP), R3
	MOVD er+32(FP), R4
	MOVD ei+40(FP), R5
	MOVD shape+48(FP), R6
	MOVD c+56(FP), R7
	MOVD $power-320(SP), R8
	ADD  $16, R8, R9
	MOVD $18, R10

powers:
	VLD1.P 16(R4), [V0.S4]
	VLD1.P 16(R5), [V1.S4]
	FMUL(0, 0, 0)
	VFMLA  V1.S4, V1.S4, V0.S4
	VST1.P [V0.S4], 16(R9)
	SUBS   $1, R10
	BGT    powers
	FMOVS  16(R8), F0
	FMOVS  F0, 12(R8)
	FMOVS  272(R8), F0         // bin 64
	FMOVS  F0, 276(R8)
	VLD1R.P 4(R7), [V24.S4]    // floor
	VLD1R.P 4(R7), [V25.S4]    // least
	VLD1R.P 4(R7), [V26.S4]    // fall
	VLD1R.P 4(R7), [V27.S4]    // noise
	VLD1R.P 4(R7), [V28.S4]    // learnt
	VLD1R   (R7), [V29.S4]     // learntNoise
	FMOVS  $0.25, F30
	VDUP   V30.S[0], V30.S4
	FMOVS  $1.0, F31
	VDUP   V31.S[0], V31.S4
	ADD    $12, R8, R9         // the neighbour below
	ADD    $16, R8, R11
	ADD    $20, R8, R12
	MOVD   $18, R10

bins:
	VLD1.P 16(R9), [V0.S4]
	VLD1.P 16(R11), [V1.S4]
	VLD1.P 16(R12), [V2.S4]
	FADD(1, 1, 1)
	FADD(0, 1, 1)
	FADD(2, 1, 1)
	FMUL(30, 1, 1)             // e2
	VLD1   (R1), [V2.S4]
	FSUB(2, 1, 3)
	VMOV   V25.B16, V4.B16
	VFMLA  V26.S4, V3.S4, V4.S4
	FADD(4, 2, 2)
	FMAX(1, 2, 2)
	VST1.P [V2.S4], 16(R1)
	VLD1   (R0), [V4.S4]       // m
	VMOV   V4.B16, V5.B16
	VFMLA  V27.S4, V2.S4, V5.S4
	VLD1.P 16(R6), [V6.S4]
	VFMLA  V24.S4, V6.S4, V5.S4
	VST1.P [V5.S4], 16(R0)
	FDIV(5, 31, 6)             // 1/q
	FMUL(6, 4, 4)
	VST1.P [V4.S4], 16(R3)
	FSUB(4, 31, 7)
	FMUL(29, 7, 7)
	VFMLA  V28.S4, V4.S4, V7.S4
	FMUL(6, 7, 7)
	VST1.P [V7.S4], 16(R2)
	SUBS   $1, R10
	BGT    bins
	RET

// STEP takes four taps, of the predictor in a and of the backward one in b behind those in before, one order on: V26 is the
// reflection. From the last taps to the first.
#define STEP(a, b, before) \
	VEXT  $12, b.B16, before.B16, V24.B16 \
	VMOV  V24.B16, V25.B16                \
	VFMLA a.S4, V26.S4, V25.S4            \
	VFMLA V24.S4, V26.S4, a.S4            \
	VMOV  V25.B16, b.B16

// DOT adds 32 products of the vector at R12, which it passes, and the backward predictor to V24 and V25.
#define DOT \
	VLD1.P 64(R12), [V16.S4, V17.S4, V18.S4, V19.S4] \
	VLD1.P 64(R12), [V20.S4, V21.S4, V22.S4, V23.S4] \
	VEOR   V24.B16, V24.B16, V24.B16 \
	VEOR   V25.B16, V25.B16, V25.B16 \
	VFMLA  V16.S4, V8.S4, V24.S4     \
	VFMLA  V17.S4, V9.S4, V25.S4     \
	VFMLA  V18.S4, V10.S4, V24.S4    \
	VFMLA  V19.S4, V11.S4, V25.S4    \
	VFMLA  V20.S4, V12.S4, V24.S4    \
	VFMLA  V21.S4, V13.S4, V25.S4    \
	VFMLA  V22.S4, V14.S4, V24.S4    \
	VFMLA  V23.S4, V15.S4, V25.S4    \
	FADD(25, 24, 24)                 \
	FADDP(24, 24, 24)                \
	FADDP(24, 24, 24)

// SPREAD adds the backward predictor, times the sum in V24 over the power in V28, to the first 32 of s.
#define SPREAD \
	FDIV(28, 24, 26)                                 \
	VDUP  V26.S[0], V26.S4                           \
	VLD1  (R0), [V16.S4, V17.S4, V18.S4, V19.S4]     \
	VFMLA V8.S4, V26.S4, V16.S4                      \
	VFMLA V9.S4, V26.S4, V17.S4                      \
	VFMLA V10.S4, V26.S4, V18.S4                     \
	VFMLA V11.S4, V26.S4, V19.S4                     \
	VST1  [V16.S4, V17.S4, V18.S4, V19.S4], (R0)     \
	ADD   $64, R0, R13                               \
	VLD1  (R13), [V16.S4, V17.S4, V18.S4, V19.S4]    \
	VFMLA V12.S4, V26.S4, V16.S4                     \
	VFMLA V13.S4, V26.S4, V17.S4                     \
	VFMLA V14.S4, V26.S4, V18.S4                     \
	VFMLA V15.S4, V26.S4, V19.S4                     \
	VST1  [V16.S4, V17.S4, V18.S4, V19.S4], (R13)

// EIGHT adds 32 samples from R12 on, times V24, to V0 to V7.
#define EIGHT \
	VLD1.P 64(R12), [V16.S4, V17.S4, V18.S4, V19.S4] \
	VLD1   (R12), [V20.S4, V21.S4, V22.S4, V23.S4]   \
	VFMLA  V16.S4, V24.S4, V0.S4 \
	VFMLA  V17.S4, V24.S4, V1.S4 \
	VFMLA  V18.S4, V24.S4, V2.S4 \
	VFMLA  V19.S4, V24.S4, V3.S4 \
	VFMLA  V20.S4, V24.S4, V4.S4 \
	VFMLA  V21.S4, V24.S4, V5.S4 \
	VFMLA  V22.S4, V24.S4, V6.S4 \
	VFMLA  V23.S4, V24.S4, V7.S4

#define ZERO(v) VEOR v.B16, v.B16, v.B16

// func whitenNEON(s, e *[64]float32, r *[32]float32)
// V0 to V7 are the predictor, V8 to V15 the same backwards, V28 its power. On the stack: r from the lag of one sample on (32),
// and, in the last half, the backward predictor (32); what it leaves (32) among zeros (32 before and after, and one vector).
TEXT ·whitenNEON(SB), 0, $656-24
	MOVD s+0(FP), R0
	MOVD e+8(FP), R1
	MOVD r+16(FP), R2
	MOVD $later-656(SP), R3
	ADD  $128, R3, R4            // zeros, what is left, zeros
	ZERO(V0)
	ZERO(V1)
	ZERO(V2)
	ZERO(V3)
	ZERO(V4)
	ZERO(V5)
	ZERO(V6)
	ZERO(V7)
	ZERO(V27)
	// s and the stack are zeros, r moves one place down.
	MOVD R0, R12
	VST1.P [V0.S4, V1.S4, V2.S4, V3.S4], 64(R12)
	VST1.P [V0.S4, V1.S4, V2.S4, V3.S4], 64(R12)
	VST1.P [V0.S4, V1.S4, V2.S4, V3.S4], 64(R12)
	VST1.P [V0.S4, V1.S4, V2.S4, V3.S4], 64(R12)
	MOVD R4, R12
	MOVD $8, R5

zeros:
	VST1.P [V0.S4, V1.S4, V2.S4, V3.S4], 64(R12)
	SUBS   $1, R5
	BGT    zeros
	ADD    $4, R2, R12
	VLD1.P 64(R12), [V16.S4, V17.S4, V18.S4, V19.S4]
	VLD1   (R12), [V20.S4, V21.S4, V22.S4]
	ADD    $112, R2, R12
	VLD1   (R12), [V23.S4]
	VEXT   $4, V27.B16, V23.B16, V23.B16
	MOVD   R3, R12
	VST1.P [V16.S4, V17.S4, V18.S4, V19.S4], 64(R12)
	VST1   [V20.S4, V21.S4, V22.S4, V23.S4], (R12)
	FMOVS  $1.0, F0              // clears the lanes above
	VMOV   V0.B16, V8.B16
	ZERO(V9)
	ZERO(V10)
	ZERO(V11)
	ZERO(V12)
	ZERO(V13)
	ZERO(V14)
	ZERO(V15)
	FMOVS  (R2), F28
	MOVW   $0x3f800054, R5       // 1 + 1e-5
	FMOVS  R5, F29
	FMULS  F29, F28, F28
	VDUP   V28.S[0], V28.S4
	MOVD   $31, R5

order:
	MOVD R1, R12
	DOT
	SPREAD
	MOVD R3, R12
	DOT
	FDIV(28, 24, 26)
	VDUP V26.S[0], V26.S4
	FNEG(26, 26)
	STEP(V7, V15, V14)
	STEP(V6, V14, V13)
	STEP(V5, V13, V12)
	STEP(V4, V12, V11)
	STEP(V3, V11, V10)
	STEP(V2, V10, V9)
	STEP(V1, V9, V8)
	STEP(V0, V8, V27)
	FMUL(26, 26, 29)
	VFMLS V29.S4, V28.S4, V28.S4
	SUBS  $1, R5
	BGT   order
	MOVD  R1, R12
	DOT
	SPREAD
	MOVD  R3, R12
	VST1.P [V8.S4, V9.S4, V10.S4, V11.S4], 64(R12)
	VST1  [V12.S4, V13.S4, V14.S4, V15.S4], (R12)

	// The last half, predicted by the longest predictor.
	ZERO(V0)
	ZERO(V1)
	ZERO(V2)
	ZERO(V3)
	ZERO(V4)
	ZERO(V5)
	ZERO(V6)
	ZERO(V7)
	MOVD  R3, R6
	ADD   $4, R1, R7
	MOVD  $32, R5

errors:
	VLD1R.P 4(R6), [V24.S4]
	MOVD    R7, R12
	EIGHT
	ADD     $4, R7
	SUBS    $1, R5
	BGT     errors
	FDIV(28, 0, 0)
	FDIV(28, 1, 1)
	FDIV(28, 2, 2)
	FDIV(28, 3, 3)
	FDIV(28, 4, 4)
	FDIV(28, 5, 5)
	FDIV(28, 6, 6)
	FDIV(28, 7, 7)
	ADD    $128, R4, R12
	VST1.P [V0.S4, V1.S4, V2.S4, V3.S4], 64(R12)
	VST1   [V4.S4, V5.S4, V6.S4, V7.S4], (R12)
	ADD    $124, R4, R10         // of the first half of s: 31 places on

half:
	MOVD   R0, R12
	VLD1.P 64(R12), [V0.S4, V1.S4, V2.S4, V3.S4]
	VLD1   (R12), [V4.S4, V5.S4, V6.S4, V7.S4]
	MOVD   R3, R6
	MOVD   R10, R7
	MOVD   $32, R5

back:
	VLD1R.P 4(R6), [V24.S4]
	MOVD    R7, R12
	EIGHT
	SUB     $4, R7
	SUBS    $1, R5
	BGT     back
	VST1.P [V0.S4, V1.S4, V2.S4, V3.S4], 64(R0)
	VST1.P [V4.S4, V5.S4, V6.S4, V7.S4], 64(R0)
	ADD    $128, R10
	ADD    $252, R4, R11
	CMP    R11, R10
	BLE    half
	RET
