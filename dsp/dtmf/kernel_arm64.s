//go:build !purego

#include "textflag.h"

// Instructions that the assembler does not know (Arm Architecture Reference Manual, C7.2), of four lanes of 32 bits or eight of
// 16, the result first. Those that end in 2 take the upper four lanes of 16 bits.
#define SCVTF(d, n)     WORD $(0x4E21D800 | (n)<<5 | (d))
#define SSHLL(d, n)     WORD $(0x0F10A400 | (n)<<5 | (d))
#define SSHLL2(d, n)    WORD $(0x4F10A400 | (n)<<5 | (d))
#define SADDL(d, n, m)  WORD $(0x0E600000 | (m)<<16 | (n)<<5 | (d))
#define SADDL2(d, n, m) WORD $(0x4E600000 | (m)<<16 | (n)<<5 | (d))
#define SSUBL(d, n, m)  WORD $(0x0E602000 | (m)<<16 | (n)<<5 | (d))
#define SSUBL2(d, n, m) WORD $(0x4E602000 | (m)<<16 | (n)<<5 | (d))
#define FMUL(d, n, m)   WORD $(0x6E20DC00 | (m)<<16 | (n)<<5 | (d))
#define FADDP(d, n, m)  WORD $(0x6E20D400 | (m)<<16 | (n)<<5 | (d))

// FMLAE adds the product with one lane of m.
#define FMLAE(d, n, m, lane) WORD $(0x4F801000 | ((lane)&1)<<21 | ((lane)>>1)<<11 | (m)<<16 | (n)<<5 | (d))

// SCREEN adds the energy of eight samples behind the screening filter to V0. R4 is where the first of the five samples behind one
// another lies.
#define SCREEN \
	VLD1   (R4), [V4.H8]  \
	ADD    $2, R4, R5     \
	VLD1   (R5), [V5.H8]  \
	ADD    $4, R4, R5     \
	VLD1   (R5), [V6.H8]  \
	ADD    $6, R4, R5     \
	VLD1   (R5), [V7.H8]  \
	ADD    $8, R4, R5     \
	VLD1   (R5), [V16.H8] \
	SADDL(17, 4, 16)      \
	SADDL2(18, 4, 16)     \
	SADDL(19, 5, 7)       \
	SADDL2(20, 5, 7)      \
	SSHLL(21, 6)          \
	SSHLL2(22, 6)         \
	SCVTF(17, 17)         \
	SCVTF(18, 18)         \
	SCVTF(19, 19)         \
	SCVTF(20, 20)         \
	SCVTF(21, 21)         \
	SCVTF(22, 22)         \
	VFMLA  V19.S4, V1.S4, V17.S4 \
	VFMLA  V20.S4, V1.S4, V18.S4 \
	VFMLA  V21.S4, V2.S4, V17.S4 \
	VFMLA  V22.S4, V2.S4, V18.S4 \
	VFMLA  V17.S4, V17.S4, V0.S4 \
	VFMLA  V18.S4, V18.S4, V0.S4 \
	ADD    $16, R4

// BAND adds eight sums times a row of the table to acc, and eight differences times the next one to acc2.
#define BAND(acc, acc2) \
	VLD1   (R6), [V24.S4, V25.S4] \
	ADD    $96, R6                \
	VLD1   (R6), [V26.S4, V27.S4] \
	ADD    $96, R6                \
	VFMLA  V24.S4, V20.S4, acc    \
	VFMLA  V25.S4, V21.S4, acc    \
	VFMLA  V26.S4, V22.S4, acc2   \
	VFMLA  V27.S4, V23.S4, acc2

// func lookNEON(f *frame, x *[48]int16, table *[6][24]float32, a, b, floor float32) bool
TEXT ·lookNEON(SB), NOSPLIT, $0-41
	MOVD  f+0(FP), R0
	MOVD  x+8(FP), R1
	MOVD  table+16(FP), R2
	FMOVS a+24(FP), F1
	VDUP  V1.S[0], V1.S4
	FMOVS b+28(FP), F2
	VDUP  V2.S[0], V2.S4
	FMOVS floor+32(FP), F3
	VEOR  V0.B16, V0.B16, V0.B16
	ADD   $40, R1, R4
	SCREEN
	SCREEN
	SCREEN
	FADDP(0, 0, 0)
	FADDP(0, 0, 0)
	FCMPS F3, F0
	BPL   loud
	VEOR  V4.B16, V4.B16, V4.B16
	VEOR  V5.B16, V5.B16, V5.B16
	VMOV  V0.S[0], V5.S[1]
	VST1.P [V4.B16], 16(R0)
	VST1.P [V4.B16], 16(R0)
	VST1  [V5.S2], (R0)
	MOVB  ZR, ret+40(FP)
	RET

loud:
	VEOR V4.B16, V4.B16, V4.B16
	VEOR V5.B16, V5.B16, V5.B16
	VEOR V6.B16, V6.B16, V6.B16
	VEOR V7.B16, V7.B16, V7.B16
	VEOR V16.B16, V16.B16, V16.B16
	VEOR V17.B16, V17.B16, V17.B16
	ADD  $32, R1, R3 // the last eight before the centre
	ADD  $48, R1, R4 // the first eight after it
	MOVD $3, R5

mirrored:
	VLD1  (R3), [V18.H8]
	SUB   $16, R3
	VLD1.P 16(R4), [V19.H8]
	VREV64 V18.H8, V18.H8
	VEXT  $8, V18.B16, V18.B16, V18.B16
	SADDL(20, 19, 18)
	SADDL2(21, 19, 18)
	SSUBL(22, 19, 18)
	SSUBL2(23, 19, 18)
	SCVTF(20, 20)
	SCVTF(21, 21)
	SCVTF(22, 22)
	SCVTF(23, 23)
	MOVD  R2, R6
	BAND(V4.S4, V5.S4)
	BAND(V6.S4, V7.S4)
	BAND(V16.S4, V17.S4)
	ADD   $32, R2
	SUBS  $1, R5
	BNE   mirrored

	FADDP(4, 4, 5)
	FADDP(6, 6, 7)
	FADDP(16, 16, 17)
	FADDP(4, 4, 6)
	FADDP(16, 16, 16)
	VST1.P [V4.S4], 16(R0)
	VST1.P [V16.S2], 8(R0)
	FMUL(4, 4, 4)
	FMUL(16, 16, 16)
	FADDP(4, 4, 16)
	VMOV  V0.S[0], V4.S[3]
	VST1  [V4.S4], (R0)
	MOVD  $1, R5
	MOVB  R5, ret+40(FP)
	RET

// COLUMN adds one lane of m times the next column: to the dial-tone filter's outputs in V4 and V5, the band filter's in V6 and V7,
// the state in V16 and V17.
#define COLUMN(m, lane) \
	VLD1.P 64(R3), [V20.S4, V21.S4, V22.S4, V23.S4] \
	VLD1.P 32(R3), [V24.S4, V25.S4]                 \
	FMLAE(4, 20, m, lane)                           \
	FMLAE(5, 21, m, lane)                           \
	FMLAE(6, 22, m, lane)                           \
	FMLAE(7, 23, m, lane)                           \
	FMLAE(16, 24, m, lane)                          \
	FMLAE(17, 25, m, lane)

// func filterNEON(s *signals, in *[288]int16, columns *[16][24]float32)
// Eight samples at a time; what the first eighty give is passed over.
TEXT ·filterNEON(SB), NOSPLIT, $0-24
	MOVD s+0(FP), R0
	MOVD in+8(FP), R1
	MOVD columns+16(FP), R2
	VEOR V2.B16, V2.B16, V2.B16
	VEOR V3.B16, V3.B16, V3.B16
	MOVD $36, R4

block:
	VLD1.P 16(R1), [V18.H8]
	SSHLL(0, 18)
	SSHLL2(1, 18)
	SCVTF(0, 0)
	SCVTF(1, 1)
	VEOR V4.B16, V4.B16, V4.B16
	VEOR V5.B16, V5.B16, V5.B16
	VEOR V6.B16, V6.B16, V6.B16
	VEOR V7.B16, V7.B16, V7.B16
	VEOR V16.B16, V16.B16, V16.B16
	VEOR V17.B16, V17.B16, V17.B16
	MOVD R2, R3
	COLUMN(0, 0)
	COLUMN(0, 1)
	COLUMN(0, 2)
	COLUMN(0, 3)
	COLUMN(1, 0)
	COLUMN(1, 1)
	COLUMN(1, 2)
	COLUMN(1, 3)
	COLUMN(2, 0)
	COLUMN(2, 1)
	COLUMN(2, 2)
	COLUMN(2, 3)
	COLUMN(3, 0)
	COLUMN(3, 1)
	COLUMN(3, 2)
	COLUMN(3, 3)
	VORR V16.B16, V16.B16, V2.B16
	VORR V17.B16, V17.B16, V3.B16
	CMP  $26, R4
	BGT  settling
	ADD  $832, R0, R5
	ADD  $1664, R0, R6
	VST1.P [V0.S4, V1.S4], 32(R0)
	VST1 [V4.S4, V5.S4], (R5)
	VST1 [V6.S4, V7.S4], (R6)

settling:
	SUBS $1, R4
	BNE  block
	RET

// SLICES adds the energies of four samples of a signal at R in both slices to a and b; V0 is the taper.
#define SLICES(R, a, b) \
	VLD1  (R), [V1.S4]     \
	ADD   $288, R, R4      \
	VLD1  (R4), [V2.S4]    \
	ADD   $16, R           \
	FMUL(3, 0, 1)          \
	FMUL(4, 0, 2)          \
	VFMLA V1.S4, V3.S4, a  \
	VFMLA V2.S4, V4.S4, b

// func energiesNEON(s *signals, taper *[136]float32, e *[8]float32)
TEXT ·energiesNEON(SB), NOSPLIT, $0-24
	MOVD s+0(FP), R0
	MOVD taper+8(FP), R1
	MOVD e+16(FP), R2
	ADD  $832, R0, R5
	ADD  $1664, R0, R6
	VEOR V16.B16, V16.B16, V16.B16
	VEOR V17.B16, V17.B16, V17.B16
	VEOR V18.B16, V18.B16, V18.B16
	VEOR V19.B16, V19.B16, V19.B16
	VEOR V20.B16, V20.B16, V20.B16
	VEOR V21.B16, V21.B16, V21.B16
	MOVD $34, R3

samples:
	VLD1.P 16(R1), [V0.S4]
	SLICES(R0, V16.S4, V17.S4)
	SLICES(R5, V18.S4, V19.S4)
	SLICES(R6, V20.S4, V21.S4)
	SUBS $1, R3
	BNE  samples
	FADDP(16, 16, 17)
	FADDP(18, 18, 19)
	FADDP(20, 20, 21)
	FADDP(16, 16, 18)
	FADDP(20, 20, 20)
	VST1 [V16.S4], (R2)
	ADD  $16, R2
	VST1 [V20.S4], (R2)
	RET

// TURN turns the four phases in registers re, im, which are RE, IM, by the angle whose cosine is in register c and sine in S.
#define TURN(re, im, c, RE, IM, S) \
	FMUL(28, re, c)             \
	FMUL(29, im, c)             \
	VFMLS IM.S4, S.S4, V28.S4   \
	VFMLA RE.S4, S.S4, V29.S4   \
	VORR  V28.B16, V28.B16, RE.B16 \
	VORR  V29.B16, V29.B16, IM.B16

// SUMS adds four samples of both slices, p and q, times the phases to four sums.
#define SUMS(p, q, RE, IM, A, B, C, D) \
	VFMLA RE, p, A \
	VFMLA IM, p, B \
	VFMLA RE, q, C \
	VFMLA IM, q, D

// func correlateNEON(x *[208]float32, taper *[136]float32, tones *[2]reference, sums *[8]float32)
TEXT ·correlateNEON(SB), NOSPLIT, $0-32
	MOVD x+0(FP), R0
	MOVD taper+8(FP), R1
	MOVD tones+16(FP), R2
	MOVD sums+24(FP), R3
	ADD  $288, R0, R4
	VLD1.P 64(R2), [V0.S4, V1.S4, V2.S4, V3.S4]
	VLD1R.P 4(R2), [V8.S4]
	VLD1R.P 4(R2), [V9.S4]
	VLD1.P 64(R2), [V4.S4, V5.S4, V6.S4, V7.S4]
	VLD1R.P 4(R2), [V10.S4]
	VLD1R.P 4(R2), [V11.S4]
	VEOR V12.B16, V12.B16, V12.B16
	VEOR V13.B16, V13.B16, V13.B16
	VEOR V14.B16, V14.B16, V14.B16
	VEOR V15.B16, V15.B16, V15.B16
	VEOR V16.B16, V16.B16, V16.B16
	VEOR V17.B16, V17.B16, V17.B16
	VEOR V18.B16, V18.B16, V18.B16
	VEOR V19.B16, V19.B16, V19.B16
	MOVD $17, R5

eight:
	VLD1.P 32(R1), [V20.S4, V21.S4]
	VLD1.P 32(R0), [V22.S4, V23.S4]
	VLD1.P 32(R4), [V24.S4, V25.S4]
	FMUL(22, 22, 20)
	FMUL(23, 23, 21)
	FMUL(24, 24, 20)
	FMUL(25, 25, 21)
	SUMS(V22.S4, V24.S4, V0.S4, V2.S4, V12.S4, V13.S4, V14.S4, V15.S4)
	SUMS(V23.S4, V25.S4, V1.S4, V3.S4, V12.S4, V13.S4, V14.S4, V15.S4)
	SUMS(V22.S4, V24.S4, V4.S4, V6.S4, V16.S4, V17.S4, V18.S4, V19.S4)
	SUMS(V23.S4, V25.S4, V5.S4, V7.S4, V16.S4, V17.S4, V18.S4, V19.S4)
	TURN(0, 2, 8, V0, V2, V9)
	TURN(1, 3, 8, V1, V3, V9)
	TURN(4, 6, 10, V4, V6, V11)
	TURN(5, 7, 10, V5, V7, V11)
	SUBS $1, R5
	BNE  eight
	FADDP(12, 12, 13)
	FADDP(14, 14, 15)
	FADDP(16, 16, 17)
	FADDP(18, 18, 19)
	FADDP(12, 12, 14)
	FADDP(16, 16, 18)
	VST1.P [V12.S4], 16(R3)
	VST1 [V16.S4], (R3)
	RET
