//go:build !purego

#include "textflag.h"

// Instructions that the assembler does not know (Arm Architecture Reference Manual, C7.2), of two lanes of 64 bits, the result
// first. SSHLL4 widens four lanes of 16 bits to 32, SSHLL two of 32 to 64, those that end in 2 the upper ones.
#define SCVTF(d, n)    WORD $(0x4E61D800 | (n)<<5 | (d))
#define SSHLL(d, n)    WORD $(0x0F20A400 | (n)<<5 | (d))
#define SSHLL2(d, n)   WORD $(0x4F20A400 | (n)<<5 | (d))
#define SSHLL4(d, n)   WORD $(0x0F10A400 | (n)<<5 | (d))
#define SSHLL42(d, n)  WORD $(0x4F10A400 | (n)<<5 | (d))
#define FADD(d, n, m)  WORD $(0x4E60D400 | (m)<<16 | (n)<<5 | (d))
#define FSUB(d, n, m)  WORD $(0x4EE0D400 | (m)<<16 | (n)<<5 | (d))
#define FMUL(d, n, m)  WORD $(0x6E60DC00 | (m)<<16 | (n)<<5 | (d))

// FMLAE adds the product with one lane of m.
#define FMLAE(d, n, m, lane) WORD $(0x4FC01000 | (lane)<<11 | (m)<<16 | (n)<<5 | (d))

// COLUMN adds one lane of m times the next column: to the filtered samples in V6 to V9, the state in V10 and V11.
#define COLUMN(m, lane) \
	VLD1.P 64(R9), [V20.D2, V21.D2, V22.D2, V23.D2] \
	VLD1.P 32(R9), [V24.D2, V25.D2]                 \
	FMLAE(6, 20, m, lane)                           \
	FMLAE(7, 21, m, lane)                           \
	FMLAE(8, 22, m, lane)                           \
	FMLAE(9, 23, m, lane)                           \
	FMLAE(10, 24, m, lane)                          \
	FMLAE(11, 25, m, lane)

// SUM adds one lane of z, whose squares are in S, to the sums, and keeps them.
#define SUM(z, S, lane) \
	VLD1.P 32(R4), [V20.D2, V21.D2] \
	FMLAE(12, 20, z, lane)          \
	FMLAE(13, 21, z, lane)          \
	VST1.P [V12.D2, V13.D2], 32(R6) \
	VDUP   S.D[lane], V22.D2        \
	FADDD  F22, F14                 \
	FMOVD.P F14, 8(R7)

// func addNEON(f *front, pcm *int16, blocks int, columns *[12][12]float64, ref *[4]float64, filtered *float64, tone *[4]float64, energy *float64)
TEXT ·addNEON(SB), NOSPLIT, $0-64
	MOVD  f+0(FP), R0
	MOVD  pcm+8(FP), R1
	MOVD  blocks+16(FP), R2
	MOVD  columns+24(FP), R3
	MOVD  ref+32(FP), R4
	MOVD  filtered+40(FP), R5
	MOVD  tone+48(FP), R6
	MOVD  energy+56(FP), R7
	ADD   $32, R0, R8
	VLD1  (R0), [V4.D2, V5.D2]
	VLD1  (R8), [V12.D2, V13.D2]
	FMOVD 64(R0), F14

block:
	VLD1.P 16(R1), [V0.H8]
	SSHLL4(16, 0)
	SSHLL42(17, 0)
	SSHLL(0, 16)
	SSHLL2(1, 16)
	SSHLL(2, 17)
	SSHLL2(3, 17)
	SCVTF(0, 0)
	SCVTF(1, 1)
	SCVTF(2, 2)
	SCVTF(3, 3)
	VEOR V6.B16, V6.B16, V6.B16
	VEOR V7.B16, V7.B16, V7.B16
	VEOR V8.B16, V8.B16, V8.B16
	VEOR V9.B16, V9.B16, V9.B16
	VEOR V10.B16, V10.B16, V10.B16
	VEOR V11.B16, V11.B16, V11.B16
	MOVD R3, R9
	COLUMN(0, 0)
	COLUMN(0, 1)
	COLUMN(1, 0)
	COLUMN(1, 1)
	COLUMN(2, 0)
	COLUMN(2, 1)
	COLUMN(3, 0)
	COLUMN(3, 1)
	COLUMN(4, 0)
	COLUMN(4, 1)
	COLUMN(5, 0)
	COLUMN(5, 1)
	VORR V10.B16, V10.B16, V4.B16
	VORR V11.B16, V11.B16, V5.B16
	VST1.P [V6.D2, V7.D2, V8.D2, V9.D2], 64(R5)
	FMUL(16, 6, 6)
	FMUL(17, 7, 7)
	FMUL(18, 8, 8)
	FMUL(19, 9, 9)
	SUM(6, V16, 0)
	SUM(6, V16, 1)
	SUM(7, V17, 0)
	SUM(7, V17, 1)
	SUM(8, V18, 0)
	SUM(8, V18, 1)
	SUM(9, V19, 0)
	SUM(9, V19, 1)
	SUBS $1, R2
	BNE  block
	VST1 [V4.D2, V5.D2], (R0)
	VST1 [V12.D2, V13.D2], (R8)
	FMOVD F14, 64(R0)
	RET

// func sumsNEON(e *ends, p *past, t, bit float64)
// The sums before and after a time lie in a row.
TEXT ·sumsNEON(SB), NOSPLIT, $0-32
	MOVD  e+0(FP), R0
	MOVD  p+8(FP), R1
	FMOVD t+16(FP), F16
	FMOVD bit+24(FP), F17
	FMOVD $1.0, F18
	FSUBD F18, F18, F19
	MOVD  $11, R2

point:
	FMULD   F17, F19, F4
	FADDD   F16, F4, F4
	FADDD   F18, F19, F19
	FCVTZSD F4, R3
	SCVTFD  R3, F5
	FSUBD   F5, F4, F4
	AND     $511, R3
	ADD     R3<<5, R1, R4
	VLD1    (R4), [V0.D2, V1.D2, V2.D2, V3.D2]
	VDUP    V4.D[0], V4.D2
	FSUB(2, 2, 0)
	FSUB(3, 3, 1)
	FMUL(2, 2, 4)
	FMUL(3, 3, 4)
	FADD(0, 0, 2)
	FADD(1, 1, 3)
	VST1.P  [V0.D2, V1.D2], 32(R0)
	SUBS    $1, R2
	BNE     point
	RET
