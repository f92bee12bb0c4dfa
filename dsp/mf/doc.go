// Package mf sends and hears the two-out-of-six signals between exchanges: R1 (ITU-T Q.320 to Q.323, the North American
// MF) and R2 (Q.440 to Q.459) in both directions.
//
// A signal is a pair of six frequencies; there are 15, numbered as Q.441 table 5 numbers them: pair (a, b) of the
// frequencies in order is 1 for the first two, 2 and 3 for the third with each before it, and so on. R1 has names for
// them, see System.Names.
//
// A Generator sends pulses (R1) or a signal that lasts until it is told to stop (R2's compelled procedure). A Detector
// measures the six frequencies every 5 ms over the last 20 ms (R1) or 30 ms (R2), requires two of them to hold nearly all of
// the power, and reports where a signal began and ended.
//
// Each belongs to one goroutine, counts time in samples, allocates nothing while it works and gives the same for any cut of
// the audio. The compelled procedure itself, who answers what, is not here.
package mf

// A System is one set of six frequencies with its limits.
type System struct {
	Name string
	Hz   [6]float64
	// Names are the customary characters of signals 1 to 15. R1: digits, 'K' for KP, 'S' for ST, and 'T', 'U', 'V' for ST',
	// ST'' (KP2), ST'''. R2: '1' to '9', '0' for 10, 'B' to 'F' for 11 to 15.
	Names string

	parts int     // of 2.5 ms in the analysis window
	offHz float64 // greatest error of a frequency
	twist float32 // greatest ratio of the two powers
	least float32 // power of the fainter component
}

// Number returns the signal with that name; 0 if there is none.
func (s *System) Number(name byte) int {
	for i := range len(s.Names) {
		if s.Names[i] == name {
			return i + 1
		}
	}
	return 0
}

// pairs are the frequencies of signals 1 to 15 (Q.441 table 5; the R1 table of Q.320 is in the same order).
var pairs = [16][2]int{{}, {0, 1}, {0, 2}, {1, 2}, {0, 3}, {1, 3}, {2, 3}, {0, 4}, {1, 4}, {2, 4}, {3, 4}, {0, 5}, {1, 5}, {2, 5}, {3, 5}, {4, 5}}

// number is the inverse of pairs: number[a][b] with a < b.
var number = func() (n [6][6]uint8) {
	for i, p := range pairs[1:] {
		n[p[0]][p[1]] = uint8(i + 1)
	}
	return
}()

// The systems.
var (
	// R1: a receiver must work from 0 to -22 dBm0 a frequency, with 6 dB between the two, +-1.5 % and 5 Hz off (Q.323).
	R1 = &System{"r1", [6]float64{700, 900, 1100, 1300, 1500, 1700}, "1234567890VTKUS", 8, 40, fromDB(8), fromDBm0(-30)}
	// R2: -5 to -35 dBm0 a frequency, 5 dB between neighbours and 7 dB between others, 10 Hz off (Q.455).
	R2Forward  = &System{"r2-forward", [6]float64{1380, 1500, 1620, 1740, 1860, 1980}, "1234567890BCDEF", 12, 18, fromDB(9), fromDBm0(-39)}
	R2Backward = &System{"r2-backward", [6]float64{1140, 1020, 900, 780, 660, 540}, "1234567890BCDEF", 12, 18, fromDB(9), fromDBm0(-39)}
)
