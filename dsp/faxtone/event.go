package faxtone

// Tone is a tone of a fax machine or modem.
type Tone uint8

// The tones. The four of 2100 Hz begin as CED and are reported anew when they turn out to be more.
const (
	CNG     Tone = iota + 1 // 1100 Hz, 0.5 s on, 3 s off
	CED                     // 2100 Hz: CED of T.30, ANS of V.25 without reversals
	ANSPR                   // 2100 Hz with phase reversals: ANS of V.25
	ANSam                   // 2100 Hz modulated by 15 Hz: ANSam of V.8
	ANSamPR                 // both
	V21                     // flags of V.21 channel 2
)

var names = [...]string{CNG: "cng", CED: "ced", ANSPR: "ans-pr", ANSam: "ansam", ANSamPR: "ansam-pr", V21: "v21"}

// String returns "cng", "ced", "ans-pr", "ansam", "ansam-pr" or "v21".
func (t Tone) String() string {
	if int(t) < len(names) && t > 0 {
		return names[t]
	}
	return "none"
}

// DisablesEchoCanceller reports whether a canceller that follows G.168 clause 7 switches off at this tone: only at 2100 Hz
// with phase reversals.
func (t Tone) DisablesEchoCanceller() bool { return t == ANSPR || t == ANSamPR }

// Kind is what an Event says.
type Kind uint8

// The findings of a Detector.
const (
	Start Kind = iota + 1 // the tone is there; after a Start of CED also: it is this one of 2100 Hz
	End                   // it has gone
)

// An Event is one finding of a Detector.
type Event struct {
	Tone Tone
	Kind Kind
	// At is a sample, as an offset from the first sample of the slice given to Process, and may be negative: where the tone
	// began (Start), and where it was last heard (End).
	At int
}
