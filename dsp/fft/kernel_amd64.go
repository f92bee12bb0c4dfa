//go:build !purego

package fft

import "tipring/dsp/cpu"

//go:generate go -C asm run . -out ../fft128_amd64.s -stubs ../fft128_amd64.go -pkg fft

// kernels tells that plans of 128 samples run as vector code.
var kernels = cpu.AVX2
