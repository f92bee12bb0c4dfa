package framing

import (
	"encoding/binary"
	"math/bits"
)

// In-band loop codes of a T1 in the payload (ANSI T1.403 9.3.1): 00001 for five seconds makes a line loop, 001 ends it.
const (
	loopUpBits, loopUpLen     = 0b00001, 5
	loopDownBits, loopDownLen = 0b001, 3
	loopFrames                = 5 * 8000
	// A window of loopWindow frames counts when all but loopBad of them are the code.
	loopWindow = 800
	loopBad    = 40
)

// A repeater is a short bit pattern repeated without end.
type repeater struct {
	words [8]uint64 // the pattern from each of its bits on
	n     int
	at    int // bit that comes next, when sending
}

func newRepeater(pattern uint64, n int) (r repeater) {
	r.n = n
	for from := range n {
		for i := range 64 {
			r.words[from] = r.words[from]<<1 | pattern>>(n-1-(from+i)%n)&1
		}
	}
	return r
}

// fill puts the pattern into the 24 timeslots of a frame, and lets it pass the F bit.
func (r *repeater) fill(payload []byte) {
	for i := 0; i < 24; i += 8 {
		binary.BigEndian.PutUint64(payload[i:], r.words[r.at])
		r.at = (r.at + 64) % r.n
	}
	r.at = (r.at + 1) % r.n
}

// is reports whether a frame carries the pattern, but for one bit in each third.
func (r *repeater) is(payload []byte) bool {
	first := binary.BigEndian.Uint64(payload)
	for from := range r.n {
		if bits.OnesCount64(first^r.words[from]) > 1 {
			continue
		}
		for i := 8; i < 24; i += 8 {
			from = (from + 64) % r.n
			if bits.OnesCount64(binary.BigEndian.Uint64(payload[i:])^r.words[from]) > 1 {
				return false
			}
		}
		return true
	}
	return false
}

// A codeDetector finds one of the codes.
type codeDetector struct {
	repeater
	frames, bad int // of this window
	good        int // windows in succession
}

// frame takes the payload of the next frame and reports, once, that the code has been there for five seconds.
func (d *codeDetector) frame(payload []byte) bool {
	if !d.is(payload) {
		d.bad++
	}
	if d.frames++; d.frames < loopWindow {
		return false
	}
	if d.good++; d.bad > loopBad {
		d.good = 0
	}
	d.frames, d.bad = 0, 0
	return d.good == loopFrames/loopWindow
}
