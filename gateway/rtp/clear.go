package rtp

import "tipring/tdm/span"

// A clear channel's octets go through the same buffers as sound, as samples that are 0 for an idle octet: what is missing is then
// idle. In fixed mode the buffer neither conceals nor stretches.

func sampleOf(octet byte) int16 { return int16(octet ^ span.Idle) }

func octetOf(sample int16) byte { return byte(sample) ^ span.Idle }

// clearBlock is the longest block of a card in samples, 20 ms.
const clearBlock = 160

// Octets implements span.ClearLeg, for a stream of RFC 4040.
func (s *Stream) Octets(at int64, rx, tx []byte) {
	in, out := s.octets[0][:len(rx)], s.octets[1][:len(tx)]
	for i, o := range rx {
		in[i] = sampleOf(o)
	}
	s.Tick(at, in, out)
	for i, v := range out {
		tx[i] = octetOf(v)
	}
}
