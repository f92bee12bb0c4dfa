//go:build !purego

package cpu

const neon = true

func avx2() bool { return false }
