//go:build !purego

#include "textflag.h"

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
