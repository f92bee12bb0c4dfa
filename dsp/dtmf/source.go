package dtmf

import "tipring/dsp/level"

// PauseMs is the length of the pause that ',' and 'w' stand for in a digit string.
const PauseMs = 500

// A Source plays a digit string once. It has the Read of the span package's sources, and the total length.
type Source struct{ g Generator }

// NewSource returns the source of a digit string: each digit onMs long and offMs apart, both components at the given
// level; ',' and 'w' pause for PauseMs; any other byte (a space, a dash) is skipped.
func NewSource(digits string, onMs, offMs int, at level.DBm0) *Source {
	s := &Source{}
	for i := range len(digits) {
		switch d := digits[i]; d {
		case ',', 'w', 'W':
			s.g.Pause(PauseMs)
		default:
			s.g.Digit(d, onMs, offMs, at, at)
		}
	}
	return s
}

// Read fills dst and returns how many samples it gave; fewer than len(dst) means that the string has ended.
func (s *Source) Read(dst []int16) int { return s.g.Read(dst) }

// Samples returns how many samples are still to come.
func (s *Source) Samples() int { return s.g.Samples() }
