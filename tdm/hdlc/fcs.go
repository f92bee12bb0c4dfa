package hdlc

// The FCS of Q.921 §2.7: x^16+x^12+x^5+1, preset to ones, sent complemented, bit-reversed as HDLC sends octets.
const (
	fcsPreset = 0xffff
	fcsGood   = 0xf0b8 // what is left after a frame and its intact FCS
	fcsPoly   = 0x8408
)

var fcsTable = func() (t [256]uint16) {
	for i := range t {
		c := uint16(i)
		for range 8 {
			if c&1 != 0 {
				c = c>>1 ^ fcsPoly
			} else {
				c >>= 1
			}
		}
		t[i] = c
	}
	return t
}()

func fcsOctet(fcs uint16, b byte) uint16 { return fcs>>8 ^ fcsTable[byte(fcs)^b] }

// FCS returns the frame check sequence of a frame, in the order of its bits: the low octet is sent first.
func FCS(frame []byte) uint16 {
	fcs := uint16(fcsPreset)
	for _, b := range frame {
		fcs = fcsOctet(fcs, b)
	}
	return ^fcs
}
