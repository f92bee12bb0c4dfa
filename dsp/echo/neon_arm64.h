// Instructions over four floats or integers that Go's assembler has no name for: the operands are numbers of registers, the
// result last as in Go; FSUB(m, n, d) is d = n - m, FDIV(m, n, d) is d = n / m, FCMGT(m, n, d) is d = n > m, and FADDP(m, n, d)
// adds neighbours, of n first.
#define FADD(m, n, d) WORD $(0x4e20d400 | (m)<<16 | (n)<<5 | (d))
#define FSUB(m, n, d) WORD $(0x4ea0d400 | (m)<<16 | (n)<<5 | (d))
#define FMUL(m, n, d) WORD $(0x6e20dc00 | (m)<<16 | (n)<<5 | (d))
#define FDIV(m, n, d) WORD $(0x6e20fc00 | (m)<<16 | (n)<<5 | (d))
#define FMAX(m, n, d) WORD $(0x4e20f400 | (m)<<16 | (n)<<5 | (d))
#define FADDP(m, n, d) WORD $(0x6e20d400 | (m)<<16 | (n)<<5 | (d))
#define FCMGT(m, n, d) WORD $(0x6ea0e400 | (m)<<16 | (n)<<5 | (d))
#define MUL(m, n, d) WORD $(0x4ea09c00 | (m)<<16 | (n)<<5 | (d))
#define FABS(n, d) WORD $(0x4ea0f800 | (n)<<5 | (d))
#define FNEG(n, d) WORD $(0x6ea0f800 | (n)<<5 | (d))
// Between integers and floats: SXTL and SXTL2 widen the lower and the upper four of eight 16-bit integers, SQXTN narrows with
// saturation, FCVTAS rounds to the nearest, a half away from zero.
#define SXTL(n, d) WORD $(0x0f10a400 | (n)<<5 | (d))
#define SXTL2(n, d) WORD $(0x4f10a400 | (n)<<5 | (d))
#define SCVTF(n, d) WORD $(0x4e21d800 | (n)<<5 | (d))
#define FCVTAS(n, d) WORD $(0x4e21c800 | (n)<<5 | (d))
#define SQXTN(n, d) WORD $(0x0e614800 | (n)<<5 | (d))
