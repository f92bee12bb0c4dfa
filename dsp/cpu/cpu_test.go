package cpu

import (
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// TestKernelAgrees: Linux shows a flag only where the processor has the instructions and the kernel keeps the registers.
func TestKernelAgrees(t *testing.T) {
	if NEON && AVX2 {
		t.Error("one machine with two architectures")
	}
	if runtime.GOARCH == "arm64" {
		return // emulators show the flags of the machine they run on
	}
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		t.Skip("no /proc/cpuinfo")
	}
	flags := strings.Fields(string(info))
	has := slices.Contains(flags, "avx2") && slices.Contains(flags, "fma")
	if AVX2 != (has && !pure) {
		t.Errorf("AVX2 is %v; /proc/cpuinfo has avx2 and fma: %v, built without assembly: %v", AVX2, has, pure)
	}
}
