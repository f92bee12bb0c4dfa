//go:build !purego

package cpu

const neon = false

// cpuid executes CPUID with EAX and ECX set.
func cpuid(leaf, subleaf uint32) (eax, ebx, ecx, edx uint32)

// xgetbv reads extended control register 0. It must only be called where CPUID shows OSXSAVE.
func xgetbv() (eax, edx uint32)

// Bits of Intel's Software Developer's Manual, volume 2A, CPUID, and volume 1, section 14.3.
const (
	fma      = 1 << 12 // leaf 1, ECX
	osxsave  = 1 << 27
	avx      = 1 << 28
	avx2Leaf = 1 << 5 // leaf 7, EBX
	ymm      = 1<<1 | 1<<2
)

func avx2() bool {
	leaves, _, _, _ := cpuid(0, 0)
	if leaves < 7 {
		return false
	}
	const need = fma | osxsave | avx
	if _, _, c, _ := cpuid(1, 0); c&need != need {
		return false
	}
	if saved, _ := xgetbv(); saved&ymm != ymm {
		return false
	}
	_, b, _, _ := cpuid(7, 0)
	return b&avx2Leaf != 0
}
