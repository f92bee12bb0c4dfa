package board

// Slots is the number of timeslots of the highway: 256 bits at a PCLK of 2.048 MHz, long FSYNC.
const Slots = 32

const frameBits = 8 * Slots

// A Frame is 125 us of the highway, addressed in bits since FSYNC as a chip's start counts are.
type Frame struct {
	down, up   [Slots]byte
	driven     [Slots]byte // bits of up that a chip drives
	collisions int
}

// begin starts a frame with what the host sends; nil is an idle highway.
func (f *Frame) begin(down []byte) {
	for i := range f.down {
		f.down[i], f.up[i], f.driven[i] = 0xff, 0xff, 0
	}
	copy(f.down[:], down)
	f.collisions = 0
}

// Receive returns the octet that begins at bit start, and false when the frame has no such bits.
func (f *Frame) Receive(start int) (uint8, bool) {
	if start < 0 || start+8 > frameBits {
		return 0xff, false
	}
	i, shift := start/8, uint(start%8)
	v := uint16(f.down[i]) << 8
	if shift != 0 {
		v |= uint16(f.down[i+1])
	}
	return uint8(v << shift >> 8), true
}

// Drive puts an octet on the bits from start. Where another chip drives too, the low level wins and a collision is counted.
func (f *Frame) Drive(start int, octet uint8) {
	if start < 0 || start+8 > frameBits {
		return
	}
	i, shift := start/8, uint(start%8)
	v, m := uint16(octet)<<8>>shift, uint16(0xff00)>>shift
	clash := f.put(i, uint8(v>>8), uint8(m>>8))
	if shift != 0 {
		clash = f.put(i+1, uint8(v), uint8(m)) || clash
	}
	if clash {
		f.collisions++
	}
}

// put drives the bits of slot i that m has.
func (f *Frame) put(i int, v, m uint8) (clash bool) {
	clash = f.driven[i]&m != 0
	f.up[i] &= v | ^m
	f.driven[i] |= m
	return clash
}
