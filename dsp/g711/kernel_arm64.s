//go:build !purego

#include "textflag.h"

// Instructions that the assembler does not know (Arm Architecture Reference Manual, C7.2), of eight lanes of 16 bits, the result
// first. USHL shifts each lane by its own number, to the right by a negative one.
#define USHL(d, n, m)  WORD $(0x6E604400 | (m)<<16 | (n)<<5 | (d))
#define UQSUB(d, n, m) WORD $(0x6E602C00 | (m)<<16 | (n)<<5 | (d))
#define UMIN(d, n, m)  WORD $(0x6E606C00 | (m)<<16 | (n)<<5 | (d))
#define CLZ(d, n)      WORD $(0x6E604800 | (n)<<5 | (d))
#define SIGN(d, n)     WORD $(0x4F110400 | (n)<<5 | (d)) // SSHR #15
#define SXTL(d, n)     WORD $(0x0F08A400 | (n)<<5 | (d)) // eight octets with their sign
#define SXTL2(d, n)    WORD $(0x4F08A400 | (n)<<5 | (d))
#define XTN(d, n)      WORD $(0x0E212800 | (n)<<5 | (d)) // to eight octets
#define XTN2(d, n)     WORD $(0x4E212800 | (n)<<5 | (d))

// FILL fills the lanes of a register with a number.
#define FILL(number, V) \
	MOVD $number, R3 \
	VDUP R3, V.H8

// MUEXPAND turns eight inverted octets with their sign in X into samples. V16: 15, V17: 7, V18: 33.
#define MUEXPAND(x, X) \
	SIGN(4, x)                      \
	VAND  V16.B16, X.B16, V5.B16    \
	VUSHR $4, X.H8, V6.H8           \
	VAND  V17.B16, V6.B16, V6.B16   \
	VSHL  $1, V5.H8, V5.H8          \
	VADD  V18.H8, V5.H8, V5.H8      \
	USHL(5, 5, 6)                   \
	VSUB  V18.H8, V5.H8, V5.H8      \
	VSHL  $2, V5.H8, V5.H8          \
	VEOR  V4.B16, V5.B16, V5.B16    \
	VSUB  V4.H8, V5.H8, X.H8

// func decodeMuNEON(dst *int16, src *byte, groups int)
TEXT ·decodeMuNEON(SB), NOSPLIT, $0-24
	MOVD dst+0(FP), R0
	MOVD src+8(FP), R1
	MOVD groups+16(FP), R2
	FILL(15, V16)
	FILL(7, V17)
	FILL(33, V18)
	FILL(0xFFFF, V19)

group:
	VLD1.P 16(R1), [V0.B16]
	VEOR V19.B16, V0.B16, V0.B16
	SXTL(1, 0)
	SXTL2(2, 0)
	MUEXPAND(1, V1)
	MUEXPAND(2, V2)
	VST1.P [V1.H8, V2.H8], 32(R0)
	SUBS $1, R2
	BNE  group
	RET

// AEXPAND turns eight octets with their sign, even bits right, in X into samples. V16: 15, V17: 7, V18: 1, V19: 8, V20: all ones.
#define AEXPAND(x, X) \
	SIGN(4, x)                      \
	VEOR  V20.B16, V4.B16, V4.B16   \
	VAND  V16.B16, X.B16, V5.B16    \
	VUSHR $4, X.H8, V6.H8           \
	VAND  V17.B16, V6.B16, V6.B16   \
	UQSUB(7, 6, 18)                 \
	VSUB  V7.H8, V6.H8, V6.H8       \
	VSHL  $8, V6.H8, V6.H8          \
	VSHL  $4, V5.H8, V5.H8          \
	VADD  V19.H8, V5.H8, V5.H8      \
	VADD  V6.H8, V5.H8, V5.H8       \
	USHL(5, 5, 7)                   \
	VEOR  V4.B16, V5.B16, V5.B16    \
	VSUB  V4.H8, V5.H8, X.H8

// func decodeANEON(dst *int16, src *byte, groups int)
TEXT ·decodeANEON(SB), NOSPLIT, $0-24
	MOVD dst+0(FP), R0
	MOVD src+8(FP), R1
	MOVD groups+16(FP), R2
	FILL(15, V16)
	FILL(7, V17)
	FILL(1, V18)
	FILL(8, V19)
	FILL(0xFFFF, V20)
	FILL(0x5555, V21)

group:
	VLD1.P 16(R1), [V0.B16]
	VEOR V21.B16, V0.B16, V0.B16
	SXTL(1, 0)
	SXTL2(2, 0)
	AEXPAND(1, V1)
	AEXPAND(2, V2)
	VST1.P [V1.H8, V2.H8], 32(R0)
	SUBS $1, R2
	BNE  group
	RET

// MUCOMPRESS turns eight samples in X into inverted octets. V16: 15, V17: 33, V18: 8191, V19: 10, V20: 11, V21: 0x80.
#define MUCOMPRESS(x, X) \
	SIGN(4, x)                      \
	VEOR  V4.B16, X.B16, V5.B16     \
	VUSHR $2, V5.H8, V5.H8          \
	VADD  V17.H8, V5.H8, V5.H8      \
	UMIN(5, 5, 18)                  \
	CLZ(6, 5)                       \
	VSUB  V20.H8, V6.H8, V7.H8      \
	USHL(5, 5, 7)                   \
	VAND  V16.B16, V5.B16, V5.B16   \
	VSUB  V6.H8, V19.H8, V6.H8      \
	VSHL  $4, V6.H8, V6.H8          \
	VORR  V6.B16, V5.B16, V5.B16    \
	VAND  V21.B16, V4.B16, V4.B16   \
	VORR  V4.B16, V5.B16, X.B16

// func encodeMuNEON(dst *byte, src *int16, groups int)
TEXT ·encodeMuNEON(SB), NOSPLIT, $0-24
	MOVD dst+0(FP), R0
	MOVD src+8(FP), R1
	MOVD groups+16(FP), R2
	FILL(15, V16)
	FILL(33, V17)
	FILL(8191, V18)
	FILL(10, V19)
	FILL(11, V20)
	FILL(0x80, V21)
	FILL(0xFFFF, V22)

group:
	VLD1.P 32(R1), [V1.H8, V2.H8]
	MUCOMPRESS(1, V1)
	MUCOMPRESS(2, V2)
	XTN(0, 1)
	XTN2(0, 2)
	VEOR V22.B16, V0.B16, V0.B16
	VST1.P [V0.B16], 16(R0)
	SUBS $1, R2
	BNE  group
	RET

// ACOMPRESS turns eight samples in X into octets with some bits inverted. V16: 15, V17: 1, V18: 12, V19: 0, V21: 0x80.
#define ACOMPRESS(x, X) \
	SIGN(4, x)                      \
	VEOR  V4.B16, X.B16, V5.B16     \
	VUSHR $4, V5.H8, V5.H8          \
	CLZ(6, 5)                       \
	UQSUB(6, 18, 6)                 \
	UQSUB(7, 6, 17)                 \
	VSUB  V7.H8, V19.H8, V7.H8      \
	USHL(5, 5, 7)                   \
	VAND  V16.B16, V5.B16, V5.B16   \
	VSHL  $4, V6.H8, V6.H8          \
	VORR  V6.B16, V5.B16, V5.B16    \
	VAND  V21.B16, V4.B16, V4.B16   \
	VORR  V4.B16, V5.B16, X.B16

// func encodeANEON(dst *byte, src *int16, groups int)
TEXT ·encodeANEON(SB), NOSPLIT, $0-24
	MOVD dst+0(FP), R0
	MOVD src+8(FP), R1
	MOVD groups+16(FP), R2
	FILL(15, V16)
	FILL(1, V17)
	FILL(12, V18)
	VEOR V19.B16, V19.B16, V19.B16
	FILL(0x80, V21)
	FILL(0xD5D5, V22)

group:
	VLD1.P 32(R1), [V1.H8, V2.H8]
	ACOMPRESS(1, V1)
	ACOMPRESS(2, V2)
	XTN(0, 1)
	XTN2(0, 2)
	VEOR V22.B16, V0.B16, V0.B16
	VST1.P [V0.B16], 16(R0)
	SUBS $1, R2
	BNE  group
	RET
