//go:build !purego

#include "textflag.h"

// Instructions over four floats that Go's assembler has no name for: the operands are numbers of registers, the result last;
// FSUB(m, n, d) is d = n - m.
#define FADD(m, n, d) WORD $(0x4e20d400 | (m)<<16 | (n)<<5 | (d))
#define FSUB(m, n, d) WORD $(0x4ea0d400 | (m)<<16 | (n)<<5 | (d))
#define FMUL(m, n, d) WORD $(0x6e20dc00 | (m)<<16 | (n)<<5 | (d))
#define FNEG(n, d) WORD $(0x6ea0f800 | (n)<<5 | (d))
#define MOV(n, d) WORD $(0x4ea01c00 | (n)<<16 | (n)<<5 | (d))

// A transform of 128 real samples is one of 64 complex points and a split, as in asm/main.go: the points are an array of 8 by 8,
// transformed down the columns, turned, and transposed by storing squares of 4 by 4 that VLD4 takes apart, and transformed
// again. Registers: V0 to V7 real and V8 to V15 imaginary parts, V16 to V26 whatever, V27 to V31 of the macros.

// BUTTERFLY sets a to a + b and b to a - b.
#define BUTTERFLY(a, b) \
	FSUB(b, a, 31) \
	FADD(b, a, a)  \
	MOV(31, b)

// FOUR is a transform of 4 points; its results are in the order 0, 2, 1, 3.
#define FOUR(r0, r1, r2, r3, i0, i1, i2, i3) \
	BUTTERFLY(r0, r2) \
	BUTTERFLY(r1, r3) \
	BUTTERFLY(i0, i2) \
	BUTTERFLY(i1, i3) \
	BUTTERFLY(r0, r1) \
	BUTTERFLY(i0, i1) \
	FADD(i3, r2, 30)  \
	FSUB(i3, r2, 31)  \
	FSUB(r3, i2, 28)  \
	FADD(r3, i2, i3)  \
	MOV(30, r2)       \
	MOV(28, i2)       \
	MOV(31, r3)

// EIGHT is a transform of 8 points; its results are in V0, V4, V2, V6, V1, V5, V3 and V7, and 8 further on. V29 is the root of
// one half.
#define EIGHT \
	BUTTERFLY(0, 4)   \
	BUTTERFLY(1, 5)   \
	BUTTERFLY(2, 6)   \
	BUTTERFLY(3, 7)   \
	BUTTERFLY(8, 12)  \
	BUTTERFLY(9, 13)  \
	BUTTERFLY(10, 14) \
	BUTTERFLY(11, 15) \
	FADD(13, 5, 30)   \
	FSUB(5, 13, 31)   \
	FMUL(29, 30, 5)   \
	FMUL(29, 31, 13)  \
	MOV(6, 30)        \
	MOV(14, 6)        \
	FNEG(30, 14)      \
	FSUB(7, 15, 30)   \
	FADD(15, 7, 31)   \
	FMUL(29, 30, 7)   \
	FMUL(29, 31, 15)  \
	FNEG(15, 15)      \
	FOUR(0, 1, 2, 3, 8, 9, 10, 11)    \
	FOUR(4, 5, 6, 7, 12, 13, 14, 15)

// ROW loads a row of 4 columns, R5 and R6 octets away from the next.
#define ROW(r, i) \
	VLD1 (R5), [r.S4] \
	VLD1 (R6), [i.S4] \
	ADD  $32, R5      \
	ADD  $32, R6

// TURN stores a result times its factor at R9, imaginary parts 256 octets after real ones.
#define TURN(r, i, rn, in) \
	VLD1   (R7), [V16.S4]        \
	VLD1   (R8), [V17.S4]        \
	ADD    $32, R7               \
	ADD    $32, R8               \
	FMUL(16, rn, 18)             \
	FMUL(16, in, 19)             \
	VFMLS  V17.S4, i.S4, V18.S4  \
	VFMLA  V17.S4, r.S4, V19.S4  \
	ADD    $256, R9, R10         \
	VST1.P [V18.S4], 16(R9)      \
	VST1   [V19.S4], (R10)

// STORE stores a result at R5 and R6.
#define STORE(r, i) \
	VST1 [r.S4], (R5) \
	VST1 [i.S4], (R6) \
	ADD  $32, R5      \
	ADD  $32, R6

// COLUMNS transforms the 4 columns of real and imaginary parts that lie off octets after R0 and R1 into squares at R2.
#define COLUMNS(off) \
	ADD  $off, R0, R5     \
	ADD  $off, R1, R6     \
	ADD  $off, R3, R7     \
	ADD  $(256+off), R3, R8 \
	ADD  $(4*off), R2, R9 \
	ROW(V0, V8)   \
	ROW(V1, V9)   \
	ROW(V2, V10)  \
	ROW(V3, V11)  \
	ROW(V4, V12)  \
	ROW(V5, V13)  \
	ROW(V6, V14)  \
	ROW(V7, V15)  \
	EIGHT         \
	TURN(V0, V8, 0, 8)   \
	TURN(V4, V12, 4, 12) \
	TURN(V2, V10, 2, 10) \
	TURN(V6, V14, 6, 14) \
	ADD $64, R9          \
	TURN(V1, V9, 1, 9)   \
	TURN(V5, V13, 5, 13) \
	TURN(V3, V11, 3, 11) \
	TURN(V7, V15, 7, 15)

// ROWS transforms the columns of the two squares of rows that lie off octets after R2, into R0 and R1.
#define ROWS(off) \
	ADD    $off, R2, R9                     \
	VLD4.P 64(R9), [V0.S4, V1.S4, V2.S4, V3.S4]   \
	VLD4   (R9), [V4.S4, V5.S4, V6.S4, V7.S4]     \
	ADD    $192, R9                               \
	VLD4.P 64(R9), [V8.S4, V9.S4, V10.S4, V11.S4] \
	VLD4   (R9), [V12.S4, V13.S4, V14.S4, V15.S4] \
	EIGHT                 \
	ADD $(off/8), R0, R5  \
	ADD $(off/8), R1, R6  \
	STORE(V0, V8)   \
	STORE(V4, V12)  \
	STORE(V2, V10)  \
	STORE(V6, V14)  \
	STORE(V1, V9)   \
	STORE(V5, V13)  \
	STORE(V3, V11)  \
	STORE(V7, V15)

// TRANSFORM turns the 64 points at R0 and R1 into their spectrum, by way of 512 octets at R2; R3 are the tables.
#define TRANSFORM \
	FMOVS $0.70710678118654752, F29 \
	VDUP  V29.S[0], V29.S4          \
	COLUMNS(0)  \
	COLUMNS(16) \
	ROWS(0)     \
	ROWS(128)

// REVERSED loads the vector that ends where R5 points to, last first.
#define REVERSED(from, v) \
	VLD1   (from), [v.S4]         \
	VREV64 v.S4, v.S4             \
	VEXT   $8, v.B16, v.B16, v.B16

#define STOREREVERSED(v, to) \
	VREV64 v.S4, v.S4              \
	VEXT   $8, v.B16, v.B16, v.B16 \
	VST1   [v.S4], (to)

// func forward128(re, im *[65]float32, x *[128]float32)
// On the stack: 68 real and 68 imaginary parts, of which the 65th are the first again, and 512 octets for the transform.
TEXT ·forward128(SB), 0, $1056-24
	MOVD x+16(FP), R4
	MOVD $points-1056(SP), R0
	ADD  $272, R0, R1
	ADD  $544, R0, R2
	MOVD $·neonTables(SB), R3
	MOVD R0, R5
	MOVD R1, R6
	MOVD $16, R7

samples:
	VLD2.P 32(R4), [V0.S4, V1.S4] // even samples are real, odd ones imaginary
	VST1.P [V0.S4], 16(R5)
	VST1.P [V1.S4], 16(R6)
	SUBS   $1, R7
	BGT    samples
	TRANSFORM
	FMOVS (R0), F0
	FMOVS F0, 256(R0)
	FMOVS (R1), F0
	FMOVS F0, 256(R1)

	// The spectrum of the real samples.
	MOVD  re+0(FP), R7
	MOVD  im+8(FP), R8
	FMOVS 128(R0), F0
	FMOVS F0, 128(R7)
	FMOVS 128(R1), F0
	FNEGS F0, F0
	FMOVS F0, 128(R8)
	ADD   $244, R0, R5
	ADD   $244, R1, R6
	ADD   $244, R7, R9
	ADD   $244, R8, R10
	ADD   $512, R3, R11
	ADD   $640, R3, R12
	FMOVS $0.5, F29
	VDUP  V29.S[0], V29.S4
	MOVD  $8, R13

split:
	VLD1.P 16(R0), [V0.S4]
	VLD1.P 16(R1), [V1.S4]
	REVERSED(R5, V2)
	REVERSED(R6, V3)
	SUB    $16, R5
	SUB    $16, R6
	VLD1.P 16(R11), [V4.S4]
	VLD1.P 16(R12), [V5.S4]
	FADD(2, 0, 6)            // ar
	FSUB(3, 1, 7)            // ai
	FADD(3, 1, 16)           // br
	FSUB(0, 2, 17)           // bi
	FMUL(4, 16, 18)
	VFMLS  V5.S4, V17.S4, V18.S4 // tr
	FMUL(5, 16, 19)
	VFMLA  V4.S4, V17.S4, V19.S4 // ti
	FMUL(29, 6, 6)
	FMUL(29, 7, 7)
	FADD(18, 6, 0)
	FADD(19, 7, 1)
	FSUB(18, 6, 2)
	FSUB(7, 19, 3)
	VST1.P [V0.S4], 16(R7)
	VST1.P [V1.S4], 16(R8)
	STOREREVERSED(V2, R9)
	STOREREVERSED(V3, R10)
	SUB    $16, R9
	SUB    $16, R10
	SUBS   $1, R13
	BGT    split
	RET

// func inverse128(x *[128]float32, re, im *[65]float32)
TEXT ·inverse128(SB), 0, $1056-24
	MOVD re+8(FP), R7
	MOVD im+16(FP), R8
	MOVD $points-1056(SP), R0
	ADD  $272, R0, R1
	ADD  $544, R0, R2
	MOVD $·neonTables(SB), R3
	ADD  $512, R3, R11
	ADD  $640, R3, R12
	MOVD R0, R5
	MOVD R1, R6
	ADD  $244, R0, R9
	ADD  $244, R1, R10
	ADD  $244, R7, R14
	ADD  $244, R8, R15
	FMOVS $0.0078125, F29
	VDUP  V29.S[0], V29.S4
	FMOVS 128(R7), F26        // bin 32
	FADDS F26, F26, F26
	FMULS F29, F26, F26
	FMOVS 128(R8), F27
	FADDS F27, F27, F27
	FMULS F29, F27, F27
	VEOR  V30.B16, V30.B16, V30.B16
	MOVD  $8, R13

points:
	VLD1.P 16(R7), [V0.S4]
	VLD1.P 16(R8), [V1.S4]
	REVERSED(R14, V2)
	REVERSED(R15, V3)
	SUB    $16, R14
	SUB    $16, R15
	CMP    $8, R13
	BNE    inner
	VMOV   V30.S[0], V1.S[0]  // the imaginary parts of the first and the last bin
	VMOV   V30.S[0], V3.S[0]

inner:
	VLD1.P 16(R11), [V4.S4]
	VLD1.P 16(R12), [V5.S4]
	FADD(2, 0, 6)            // ar
	FSUB(3, 1, 7)            // ai
	FSUB(2, 0, 16)
	FADD(3, 1, 17)
	FMUL(4, 16, 18)
	VFMLA  V5.S4, V17.S4, V18.S4
	FMUL(4, 17, 19)
	VFMLS  V5.S4, V16.S4, V19.S4
	FADD(18, 18, 18)         // br
	FADD(19, 19, 19)         // bi
	FSUB(19, 6, 0)
	FADD(7, 18, 1)
	FNEG(1, 1)
	FADD(6, 19, 2)
	FSUB(18, 7, 3)
	FMUL(29, 0, 0)
	FMUL(29, 1, 1)
	FMUL(29, 2, 2)
	FMUL(29, 3, 3)
	VST1.P [V0.S4], 16(R5)
	VST1.P [V1.S4], 16(R6)
	STOREREVERSED(V2, R9)
	STOREREVERSED(V3, R10)
	SUB    $16, R9
	SUB    $16, R10
	SUBS   $1, R13
	BGT    points
	FMOVS F26, 128(R0)
	FMOVS F27, 128(R1)
	TRANSFORM
	MOVD  x+0(FP), R4
	MOVD  $16, R7

samples:
	VLD1.P 16(R0), [V0.S4]
	VLD1.P 16(R1), [V1.S4]
	FNEG(1, 1)
	VST2.P [V0.S4, V1.S4], 32(R4)
	SUBS   $1, R7
	BGT    samples
	RET
