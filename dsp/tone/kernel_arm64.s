//go:build !purego

#include "textflag.h"

// Instructions that the assembler does not know (Arm Architecture Reference Manual, C7.2), the result first. Those that end in 2
// take the upper four lanes of 16 bits; SSHLL4 shifts by four as well.
#define SCVTF(d, n)     WORD $(0x4E21D800 | (n)<<5 | (d))
#define SMULL(d, n, m)  WORD $(0x0E60C000 | (m)<<16 | (n)<<5 | (d))
#define SMULL2(d, n, m) WORD $(0x4E60C000 | (m)<<16 | (n)<<5 | (d))
#define SMLAL(d, n, m)  WORD $(0x0E608000 | (m)<<16 | (n)<<5 | (d))
#define SMLAL2(d, n, m) WORD $(0x4E608000 | (m)<<16 | (n)<<5 | (d))
#define SSUBW(d, n, m)  WORD $(0x0E603000 | (m)<<16 | (n)<<5 | (d))
#define SSUBW2(d, n, m) WORD $(0x4E603000 | (m)<<16 | (n)<<5 | (d))
#define SSHLL4(d, n)    WORD $(0x0F14A400 | (n)<<5 | (d))
#define SSHLL42(d, n)   WORD $(0x4F14A400 | (n)<<5 | (d))
#define UADALP(d, n)    WORD $(0x6EA06800 | (n)<<5 | (d))
#define FMUL(d, n, m)   WORD $(0x6E20DC00 | (m)<<16 | (n)<<5 | (d))
#define FADD(d, n, m)   WORD $(0x4E20D400 | (m)<<16 | (n)<<5 | (d))

// FMLAE adds the product with one lane of m.
#define FMLAE(d, n, m, lane) WORD $(0x4F801000 | ((lane)&1)<<21 | ((lane)>>1)<<11 | (m)<<16 | (n)<<5 | (d))

// SAMPLE adds one lane of V0 times its 16 numbers of the table to four vectors.
#define SAMPLE(lane, a, b, c, d) \
	VLD1.P 64(R2), [V16.S4, V17.S4, V18.S4, V19.S4] \
	FMLAE(a, 16, 0, lane)                           \
	FMLAE(b, 17, 0, lane)                           \
	FMLAE(c, 18, 0, lane)                           \
	FMLAE(d, 19, 0, lane)

// func correlateNEON(x *float32, n int, table *float32, sum *[16]float32)
// Four samples at a time, even and odd ones with their own sums.
TEXT ·correlateNEON(SB), NOSPLIT, $0-32
	MOVD x+0(FP), R0
	MOVD n+8(FP), R1
	MOVD table+16(FP), R2
	MOVD sum+24(FP), R3
	VEOR V4.B16, V4.B16, V4.B16
	VEOR V5.B16, V5.B16, V5.B16
	VEOR V6.B16, V6.B16, V6.B16
	VEOR V7.B16, V7.B16, V7.B16
	VEOR V20.B16, V20.B16, V20.B16
	VEOR V21.B16, V21.B16, V21.B16
	VEOR V22.B16, V22.B16, V22.B16
	VEOR V23.B16, V23.B16, V23.B16

samples:
	VLD1.P 16(R0), [V0.S4]
	SAMPLE(0, 4, 5, 6, 7)
	SAMPLE(1, 20, 21, 22, 23)
	SAMPLE(2, 4, 5, 6, 7)
	SAMPLE(3, 20, 21, 22, 23)
	SUBS $4, R1
	BNE  samples
	FADD(4, 4, 20)
	FADD(5, 5, 21)
	FADD(6, 6, 22)
	FADD(7, 7, 23)
	VST1 [V4.S4, V5.S4, V6.S4, V7.S4], (R3)
	RET

// func energiesNEON(x *[80]int16, e *[2]uint64)
TEXT ·energiesNEON(SB), NOSPLIT, $0-16
	MOVD x+0(FP), R0
	MOVD e+8(FP), R1
	MOVD $2, R2

half:
	VEOR V0.B16, V0.B16, V0.B16
	MOVD $5, R3

eight:
	VLD1.P 16(R0), [V1.H8]
	SMULL(2, 1, 1)
	SMULL2(3, 1, 1)
	UADALP(0, 2)
	UADALP(0, 3)
	SUBS $1, R3
	BNE  eight
	VMOV V0.D[0], R4
	VMOV V0.D[1], R5
	ADD  R4, R5
	MOVD.P R5, 8(R1)
	SUBS $1, R2
	BNE  half
	RET

// func halveNEON(in *[86]int16, mid *[40]int32, midF *[40]float32)
TEXT ·halveNEON(SB), NOSPLIT, $0-24
	MOVD  in+0(FP), R0
	MOVD  mid+8(FP), R1
	MOVD  midF+16(FP), R2
	MOVD  $9, R3
	VDUP  R3, V20.H8
	FMOVS $0.03125, F21
	VDUP  V21.S[0], V21.S4
	MOVD  $5, R4

eight:
	ADD   $4, R0, R5
	ADD   $8, R0, R6
	ADD   $12, R0, R7
	VLD2.P 32(R0), [V0.H8, V1.H8]
	VLD2  (R5), [V2.H8, V3.H8]
	VLD2  (R6), [V4.H8, V5.H8]
	VLD2  (R7), [V6.H8, V7.H8]
	SSHLL4(16, 3)
	SSHLL42(17, 3)
	SMLAL(16, 2, 20)
	SMLAL2(17, 2, 20)
	SMLAL(16, 4, 20)
	SMLAL2(17, 4, 20)
	SSUBW(16, 16, 0)
	SSUBW2(17, 17, 0)
	SSUBW(16, 16, 6)
	SSUBW2(17, 17, 6)
	VST1.P [V16.S4, V17.S4], 32(R1)
	SCVTF(18, 16)
	SCVTF(19, 17)
	FMUL(18, 18, 21)
	FMUL(19, 19, 21)
	VST1.P [V18.S4, V19.S4], 32(R2)
	SUBS  $1, R4
	BNE   eight
	RET
