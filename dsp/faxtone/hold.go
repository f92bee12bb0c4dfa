package faxtone

import (
	"math"

	"tipring/dsp/level"
)

const (
	// A canceller that was disabled has to stay so for a sinusoid of -27 dBm0 or more from 390 to 700 Hz and of -31 dBm0 or more
	// from 700 to 3000 Hz, and to be enabled again when nothing from 200 to 3400 Hz is above -36 dBm0 (G.168 §7.4, G.165 §4.4).
	holdDBm0 level.DBm0 = -33.5
	// Mains hum is no signal: two high-passes of first order, which take 1.2 dB at 390 Hz and 20 at 50.
	holdCornerHz = 150.0
	// Enabled 250 +-150 ms after the signal fell in both directions, not by drop-outs of less than 100 ms (G.168 §7.8, G.165
	// §4.8). Power is measured in blocks, of which the first may hold the end of the signal.
	holdBlocks = 25
)

// A Direction is one of the two that a canceller stands in.
type Direction uint8

// The directions.
const (
	FromLine Direction = iota
	ToLine
)

// A Hold says how long an echo canceller that a tone has disabled stays so: as long as either direction carries a signal. Its
// zero value is ready to use.
type Hold struct {
	heard [2]holding
}

type holding struct {
	x1, y1, y2 float32 // memories of the high-passes
	sum        float32
	fill       int
	quiet      int // blocks without a signal
}

var (
	holdPole  = float32(1 - 2*math.Pi*holdCornerHz/sampleRate)
	holdLeast = float32(holdDBm0.RMS()*holdDBm0.RMS()) * blockLen
)

// Reset begins to hold, at the moment at which the canceller is disabled.
func (h *Hold) Reset() { *h = Hold{} }

// Process takes the next samples of one direction.
func (h *Hold) Process(d Direction, pcm []int16) {
	s := &h.heard[d]
	gain := (1 + holdPole) / 2
	for _, v := range pcm {
		x := float32(v)
		y1 := gain*(x-s.x1) + holdPole*s.y1
		s.y2 = gain*(y1-s.y1) + holdPole*s.y2
		s.x1, s.y1 = x, y1
		s.sum += s.y2 * s.y2
		if s.fill++; s.fill < blockLen {
			continue
		}
		if s.sum >= holdLeast {
			s.quiet = 0
		} else {
			s.quiet = min(s.quiet+1, holdBlocks)
		}
		s.sum, s.fill = 0, 0
	}
}

// Released reports that neither direction has carried a signal for 250 ms: the canceller is to be enabled.
func (h *Hold) Released() bool {
	return h.heard[FromLine].quiet >= holdBlocks && h.heard[ToLine].quiet >= holdBlocks
}
