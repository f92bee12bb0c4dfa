package tone

// Kind is what an Event says.
type Kind uint8

// The findings of a Detector, in the order in which they come for one tone. A Start is followed by Recognised or End, a
// Recognised by End.
const (
	Start      Kind = iota + 1 // a frequency of the plan is there; the name is the most likely one
	Recognised                 // frequency and cadence are those of the named tone and of no other
	End                        // the tone has ended, or was none
)

// String returns the kind's name in lower case.
func (k Kind) String() string { return [...]string{"none", "start", "recognised", "end"}[k&3] }

// An Event is one finding of a Detector.
type Event struct {
	Name string // of the tone, as in the plan
	Kind Kind
	// At is a sample, as an offset from the first sample of the slice given to Process; negative when it lies in an earlier
	// slice. Start: where the tone began. Recognised: how far the detector had listened. End: where it last sounded.
	At int
	Hz float32 // Start, Recognised: what the tone's first frequency really is
}
