//go:build purego || (!amd64 && !arm64)

package g711

func (l Law) encodeBulk([]byte, []int16) int { return 0 }

func (l Law) decodeBulk([]int16, []byte) int { return 0 }
