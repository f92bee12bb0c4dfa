//go:build !purego

package g711

//go:noescape
func decodeMuNEON(dst *int16, src *byte, groups int)

//go:noescape
func decodeANEON(dst *int16, src *byte, groups int)

//go:noescape
func encodeMuNEON(dst *byte, src *int16, groups int)

//go:noescape
func encodeANEON(dst *byte, src *int16, groups int)

// group is how many samples the kernels take at a time.
const group = 16

// encodeBulk encodes as many samples from the first on as kernels take, and returns how many those are.
func (l Law) encodeBulk(dst []byte, src []int16) int {
	groups := len(src) / group
	switch {
	case groups == 0:
		return 0
	case l&1 == ALaw:
		encodeANEON(&dst[0], &src[0], groups)
	default:
		encodeMuNEON(&dst[0], &src[0], groups)
	}
	return group * groups
}

// decodeBulk decodes as many octets from the first on as kernels take, and returns how many those are.
func (l Law) decodeBulk(dst []int16, src []byte) int {
	groups := len(src) / group
	switch {
	case groups == 0:
		return 0
	case l&1 == ALaw:
		decodeANEON(&dst[0], &src[0], groups)
	default:
		decodeMuNEON(&dst[0], &src[0], groups)
	}
	return group * groups
}
