//go:build !purego

package g711

import "tipring/dsp/cpu"

// encodeBulk encodes as many samples from the first on as kernels take, and returns how many those are.
func (l Law) encodeBulk(dst []byte, src []int16) int {
	groups := len(src) / 32
	switch {
	case !cpu.AVX2 || groups == 0:
		return 0
	case l&1 == ALaw:
		encodeAAVX2(&dst[0], &src[0], groups)
	default:
		encodeMuAVX2(&dst[0], &src[0], groups)
	}
	return 32 * groups
}

// decodeBulk decodes as many octets from the first on as kernels take, and returns how many those are.
func (l Law) decodeBulk(dst []int16, src []byte) int {
	groups := len(src) / 16
	switch {
	case !cpu.AVX2 || groups == 0:
		return 0
	case l&1 == ALaw:
		decodeAAVX2(&dst[0], &src[0], groups)
	default:
		decodeMuAVX2(&dst[0], &src[0], groups)
	}
	return 16 * groups
}
