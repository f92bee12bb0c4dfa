// Package g711 converts between 16-bit linear samples and the octets of ITU-T G.711, both laws.
//
// The conversion is by table, generated at start from the Recommendation's segment rules in the 16-bit scaling of the
// ITU-T G.191 software tools: mu-law takes the 14 most significant bits, A-law the 13 most significant ones, both in
// ones' complement for negative values. A full-scale sine is +3.17 dBm0 (mu-law) or +3.14 dBm0 (A-law).
//
// In bulk, machines with AVX2 or NEON compute what the tables hold, 16 samples at a time.
//
// All functions are safe for concurrent use and allocate nothing.
package g711

//go:generate go -C asm run . -out ../kernel_amd64.s -stubs ../kernel_amd64.go -pkg g711

// Law is a companding law.
type Law uint8

// The two laws of G.711.
const (
	MuLaw Law = iota
	ALaw
)

// String returns the RTP encoding name of RFC 3551 §6: "PCMU" or "PCMA".
func (l Law) String() string {
	if l == ALaw {
		return "PCMA"
	}
	return "PCMU"
}

// Silence returns the octet of a zero sample: 0xFF (mu-law) or 0xD5 (A-law).
func (l Law) Silence() byte {
	if l == ALaw {
		return 0xD5
	}
	return 0xFF
}

// EncodeSample returns the octet of one sample.
func (l Law) EncodeSample(s int16) byte { return encode[l&1][uint16(s)>>unused] }

// DecodeSample returns the sample of one octet.
func (l Law) DecodeSample(b byte) int16 { return decode[l&1][b] }

// Encode converts src into dst. dst must be at least as long as src.
func (l Law) Encode(dst []byte, src []int16) {
	dst = dst[:len(src)]
	n := l.encodeBulk(dst, src)
	l.encodeTable(dst[n:], src[n:])
}

func (l Law) encodeTable(dst []byte, src []int16) {
	t := &encode[l&1]
	for len(src) >= 8 && len(dst) >= 8 {
		s, d := (*[8]int16)(src), (*[8]byte)(dst)
		d[0], d[1] = t[uint16(s[0])>>unused], t[uint16(s[1])>>unused]
		d[2], d[3] = t[uint16(s[2])>>unused], t[uint16(s[3])>>unused]
		d[4], d[5] = t[uint16(s[4])>>unused], t[uint16(s[5])>>unused]
		d[6], d[7] = t[uint16(s[6])>>unused], t[uint16(s[7])>>unused]
		src, dst = src[8:], dst[8:]
	}
	for i, s := range src {
		dst[i] = t[uint16(s)>>unused]
	}
}

// Decode converts src into dst. dst must be at least as long as src.
func (l Law) Decode(dst []int16, src []byte) {
	dst = dst[:len(src)]
	n := l.decodeBulk(dst, src)
	l.decodeTable(dst[n:], src[n:])
}

func (l Law) decodeTable(dst []int16, src []byte) {
	t := &decode[l&1]
	for len(src) >= 8 && len(dst) >= 8 {
		s, d := (*[8]byte)(src), (*[8]int16)(dst)
		d[0], d[1] = t[s[0]], t[s[1]]
		d[2], d[3] = t[s[2]], t[s[3]]
		d[4], d[5] = t[s[4]], t[s[5]]
		d[6], d[7] = t[s[6]], t[s[7]]
		src, dst = src[8:], dst[8:]
	}
	for i, b := range src {
		dst[i] = t[b]
	}
}

// unused is the number of low bits of a sample that neither law looks at. Without them a table of octets is 16 KiB and
// stays in the first cache beside the audio.
const unused = 2

var (
	encode [2][65536 >> unused]byte
	decode [2][256]int16
)

func init() {
	for i := range 65536 >> unused {
		encode[MuLaw][i] = muCompress(int16(i << unused))
		encode[ALaw][i] = aCompress(int16(i << unused))
	}
	for i := range 256 {
		decode[MuLaw][i] = muExpand(byte(i))
		decode[ALaw][i] = aExpand(byte(i))
	}
}

// muCompress follows G.711 table 2: bias 33 on 14 bits, eight segments.
func muCompress(s int16) byte {
	const bias, clip = 33, 8191
	x, sign := int(s), byte(0x80)
	if s < 0 {
		x, sign = int(^s), 0
	}
	x = min(x>>2+bias, clip)
	seg := 0
	for x>>(seg+6) > 0 {
		seg++
	}
	mant := x >> (seg + 1) & 0x0F
	return sign | ^(byte(seg)<<4|byte(mant))&0x7F
}

func muExpand(b byte) int16 {
	u := ^b
	seg, mant := int(u>>4)&7, int(u)&0x0F
	x := (mant<<1+33)<<seg - 33
	if u&0x80 != 0 {
		x = -x
	}
	return int16(x << 2)
}

// aCompress follows G.711 table 1: 13 bits, even bits inverted.
func aCompress(s int16) byte {
	x, sign := int(s), byte(0x80)
	if s < 0 {
		x, sign = int(^s), 0
	}
	x >>= 4
	seg := 0
	if x > 15 {
		seg = 1
		for x > 31 {
			x >>= 1
			seg++
		}
		x -= 16
	}
	return (sign | byte(seg)<<4 | byte(x)) ^ 0x55
}

func aExpand(b byte) int16 {
	u := b ^ 0x55
	seg, x := int(u>>4)&7, int(u)&0x0F
	if seg > 0 {
		x += 16
	}
	x = x<<4 + 8
	if seg > 1 {
		x <<= seg - 1
	}
	if u&0x80 == 0 {
		x = -x
	}
	return int16(x)
}
