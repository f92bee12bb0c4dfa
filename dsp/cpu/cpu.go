// Package cpu says which vector instructions the machine has that the kernels of this tree are written for.
//
// A package with kernels keeps a Go twin of each, which is its reference, runs everywhere, and is what the kernel is tested
// against. It chooses once, when it is initialised. The build tag purego, usual in the standard library too, leaves out
// everything but the twins: that is how the same benchmark is run without assembly.
//
// golang.org/x/sys/cpu would tell the same, but this tree imports nothing from outside the standard library.
package cpu

var (
	// AVX2 tells that AVX2 and FMA3 may be used: the processor has both, and the operating system keeps the wide registers.
	AVX2 = avx2()
	// NEON tells that the vector unit of arm64 may be used; every arm64 has it.
	NEON = neon
)
