package dtmf

// Kind is what an Event says.
type Kind uint8

// The findings of a Detector, in the order in which they come. A Suspect is followed by Clear or Start, a Start by End.
const (
	Suspect Kind = iota + 1 // the signal looks like a digit: mute it now
	Clear                   // it was none: unmute
	Start                   // a digit is confirmed
	End                     // the digit has ended; Dur is set
)

// An Event is one finding of a Detector.
type Event struct {
	Kind  Kind
	Digit byte // '0'-'9', 'A'-'D', '*', '#'; from Suspect on a guess, from Start on certain
	// At is the sample at which the tone began (Suspect, Start) or ended (Clear, End), as an offset from the first sample of
	// the slice given to Process; negative when it lies in an earlier slice.
	At  int
	Dur int // End: length of the tone in samples
	// Levels of the two components, on Start and End.
	LowDBm0, HighDBm0 float32
}
