// Package fsk sends and receives asynchronous characters (one start bit, eight data bits least significant first, one stop
// bit) by continuous-phase frequency-shift keying, as caller identification and text telephones do.
//
// The Demodulator does not judge bits one by one. It searches the start bit, then decides a whole character at once with a
// Viterbi detector whose survivors each carry their own estimate of the signal's phase (per-survivor processing): since the
// phase runs on from bit to bit, two characters that differ in one bit differ in the phase of what follows as well, which
// gains about 3 dB over a detector that looks at the energy of one bit in two filters. Timing, bit rate, the two tones'
// levels and the phase that the line puts between them are tracked from character to character. A character whose every bit
// is beyond doubt in its two filters needs none of that and is read at once.
//
// Hum is filtered out first, so that 20 dB more of it than of data do no harm. Tones up to 240 Hz off are found from the steady
// mark before a message, and what is kept of the signal is looked at anew with references moved there. That is made for 1200
// bit/s: at the 300 of V.21 tones are read that are up to 12 Hz off (the Recommendation's own limit), or 50 to 66, and none
// between.
//
// Levels are per the project's convention (dsp/level). Processors take any cut of their input, allocate nothing while
// processing, read no clock and belong to one goroutine. There is no synchronous mode, and parity is the caller's.
package fsk

const rate = 8000 // samples a second

// A Spec is a modulation.
type Spec struct {
	Name            string
	MarkHz, SpaceHz float64 // of 1 (idle, stop bit) and 0 (start bit); multiples of 1 Hz
	Baud            float64
	Clause          string // where it is fixed
}

// Modulations.
var (
	Bell202 = Spec{"bell202", 1200, 2200, 1200, "Bell 202; Telcordia GR-30-CORE §2.4.1"}
	V23     = Spec{"v23", 1300, 2100, 1200, "ITU-T V.23 §2, mode 2 forward channel; ETSI EN 300 659-1"}
	V21Ch1  = Spec{"v21-ch1", 980, 1180, 300, "ITU-T V.21 §2, channel 1"}
	V21Ch2  = Spec{"v21-ch2", 1650, 1850, 300, "ITU-T V.21 §2, channel 2; the control channel of T.30"}
)

// bit is the length of a bit in samples.
func (s Spec) bit() float64 { return rate / s.Baud }
