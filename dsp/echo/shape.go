package echo

import "math"

const (
	maxParts  = 16 // partitions of the longest tail
	shapeTurn = 8  // blocks from one measurement of a partition to the next
)

// shape keeps the energy and the strongest tap of each partition of the foreground. One partition is measured every few
// blocks, so that reading the whole costs no transform.
type shape struct {
	parts  int
	turn   int // blocks since the last measurement
	next   int // partition that is measured next
	energy [maxParts]float32
	tap    [maxParts]float32 // square of the strongest
	at     [maxParts]int     // its position in the response
}

// block measures one partition when it is time to.
func (s *shape) block(k *Canceller) {
	if s.turn++; s.turn < shapeTurn {
		return
	}
	s.turn = 0
	p := s.next
	s.next = (p + 1) % s.parts
	k.inverse(k.scratch[:], &k.fg.re[p], &k.fg.im[p])
	s.energy[p], s.tap[p] = 0, 0
	for i, v := range k.scratch[:blockLen] {
		s.energy[p] += v * v
		if v*v > s.tap[p] {
			s.tap[p], s.at[p] = v*v, p*blockLen+i
		}
	}
}

// loss is the return loss of the whole response in dB; 0 while there is none, at most 80.
func (s *shape) loss() float32 {
	var sum float64
	for _, e := range s.energy[:s.parts] {
		sum += float64(e)
	}
	if sum < 1e-8 {
		return 0
	}
	return float32(-10 * math.Log10(sum))
}

// peak is the position of the strongest tap.
func (s *shape) peak() int {
	best := 0
	for p := range s.parts {
		if s.tap[p] > s.tap[best] {
			best = p
		}
	}
	return s.at[best]
}
