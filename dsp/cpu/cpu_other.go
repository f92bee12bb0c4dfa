//go:build purego || (!amd64 && !arm64)

package cpu

const neon = false

func avx2() bool { return false }
