package pseudowire

import (
	"fmt"

	"tipring/tdm"
)

// A Structure is how the payload of a CESoPSN packet is laid out: frames one after another, each with its timeslots in order;
// with signalling bits, packets are fragments of a multiframe, the last of which has the bits at its end, a nibble a
// timeslot (RFC 5086 4.2, 4.3).
type Structure struct {
	Slots  int // timeslots
	Frames int // of a packet: a millisecond has eight
	// Multiframe is the number of frames of a multiframe with signalling bits: 16 of an E1, 24 of a T1; 0: no signalling.
	Multiframe int
}

// Validate says what is wrong with a structure.
func (s Structure) Validate() error {
	switch {
	case s.Slots < 1 || s.Slots > 31:
		return fmt.Errorf("pseudowire of %d timeslots: want 1 to 31", s.Slots)
	case s.Frames < tdm.Quantum || s.Frames%tdm.Quantum != 0 || s.Frames > 20*tdm.Quantum:
		return fmt.Errorf("pseudowire of %d frames a packet: want whole milliseconds, 8 to 160 frames", s.Frames)
	case s.Multiframe != 0 && s.Multiframe != 16 && s.Multiframe != 24:
		return fmt.Errorf("pseudowire with multiframes of %d frames: want 16 or 24 (RFC 5086 4.3)", s.Multiframe)
	case s.Multiframe != 0 && s.Multiframe%s.Frames != 0:
		return fmt.Errorf("pseudowire of %d frames a packet with signalling: want a whole part of %d (RFC 5086 4.3)", s.Frames, s.Multiframe)
	}
	return nil
}

// parts is the number of packets of a multiframe.
func (s Structure) parts() int { return s.Multiframe / s.Frames }

// Fragment is that of packet n of a multiframe, counted modulo their number.
func (s Structure) Fragment(n int) Fragment {
	switch {
	case s.Multiframe == 0 || s.parts() == 1:
		return Whole
	case n%s.parts() == 0:
		return First
	case n%s.parts() == s.parts()-1:
		return Last
	}
	return Middle
}

// signals reports whether a packet has the signalling bits.
func (s Structure) signals(f Fragment) bool { return s.Multiframe != 0 && (f == Whole || f == Last) }

// Len is the length of a payload.
func (s Structure) Len(f Fragment) int {
	n := s.Slots * s.Frames
	if s.signals(f) {
		n += (s.Slots + 1) / 2
	}
	return n
}

// MaxLen is the length of the longest payload.
func (s Structure) MaxLen() int { return s.Slots*s.Frames + (s.Slots+1)/2 }

// Pack puts Frames octets of each slot, from octet at on, into payload, which has Len octets. abcd are the signalling bits, one a
// slot.
func (s Structure) Pack(payload []byte, f Fragment, slot func(k int) []byte, at int, abcd []uint8) {
	for k := range s.Slots {
		octets := slot(k)[at : at+s.Frames]
		for i, o := range octets {
			payload[i*s.Slots+k] = o
		}
	}
	if !s.signals(f) {
		return
	}
	bits := payload[s.Slots*s.Frames:]
	clear(bits)
	for k := range s.Slots {
		bits[k/2] |= abcd[k] & 15 << (4 - 4*(k&1))
	}
}

// Unpack is the opposite of Pack. It leaves abcd alone when the packet has no signalling bits.
func (s Structure) Unpack(payload []byte, f Fragment, slot func(k int) []byte, at int, abcd []uint8) {
	for k := range s.Slots {
		octets := slot(k)[at : at+s.Frames]
		for i := range octets {
			octets[i] = payload[i*s.Slots+k]
		}
	}
	if !s.signals(f) {
		return
	}
	bits := payload[s.Slots*s.Frames:]
	for k := range s.Slots {
		abcd[k] = bits[k/2] >> (4 - 4*(k&1)) & 15
	}
}
