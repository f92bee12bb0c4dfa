package cas

// Bits are the signalling bits of a channel, A in bit 3 to D in bit 0, as a tdm.SpanCard has them in Sig.
type Bits uint8

// The bits.
const (
	A Bits = 8 >> iota
	B
	C
	D
)

// String is the bits as the standards write them: "1101".
func (b Bits) String() string {
	var s [4]byte
	for i := range s {
		s[i] = '0' + byte(b>>(3-i)&1)
	}
	return string(s[:])
}
