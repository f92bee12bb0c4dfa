//go:build purego || (!amd64 && !arm64)

package fft

const kernels = false

func forward128(_, _ *[65]float32, _ *[128]float32) { panic("fft: no kernel") }

func inverse128(_ *[128]float32, _, _ *[65]float32) { panic("fft: no kernel") }
