//go:build !purego

package fft

import (
	"math"

	"tipring/dsp/cpu"
)

// kernels tells that plans of 128 samples run as vector code.
var kernels = cpu.NEON

// neonTables are, of the transform of 64 points as an array of 8 by 8, the factors exp(-2 pi i cs/64) of row s and column c, 64
// real and 64 imaginary parts; and half of exp(-2 pi i k/128) for 32 bins, real and imaginary parts.
var neonTables = func() (t [192]float32) {
	for i := range 64 {
		im, re := math.Sincos(-2 * math.Pi * float64(i/8*(i%8)) / 64)
		t[i], t[64+i] = float32(re), float32(im)
	}
	for k := range 32 {
		im, re := math.Sincos(-2 * math.Pi * float64(k) / 128)
		t[128+k], t[160+k] = float32(re/2), float32(im/2)
	}
	return t
}()

//go:noescape
func forward128(re, im *[65]float32, x *[128]float32)

//go:noescape
func inverse128(x *[128]float32, re, im *[65]float32)
