package span

import "tipring/dsp/callerid"

// EventKind says what an Event reports.
type EventKind uint8

// The events of a pump. At is a sample count of the card: for what was received the sample at which it happened in what
// the card received, for PlayDone and SigDone the sample of what the card sends.
const (
	// Tick ends a block: all events of the samples before At have been delivered. Slot is -1. A consumer that lags gets
	// fewer of them, never wrong ones.
	Tick EventKind = iota + 1
	// Sig reports changed signalling bits: Was before, Sig from At on, to the millisecond.
	Sig
	// DigitStart reports a confirmed DTMF digit (Digit) whose tone began at At.
	DigitStart
	// DigitEnd reports the end at At of a DTMF digit (Digit) that lasted Dur samples.
	DigitEnd
	// ToneStart reports a signal with the frequencies of the call-progress tone Tone, its cadence not yet known.
	ToneStart
	// ToneRecognised reports that the cadence of Tone has been confirmed.
	ToneRecognised
	// ToneEnd reports the end of Tone.
	ToneEnd
	// MFStart reports a register signal (Digit, its name in Detect.MF) that began at At.
	MFStart
	// MFEnd reports the end at At of a register signal (Digit) that lasted Dur samples.
	MFEnd
	// CallerID reports a complete caller-ID message, good or with a wrong checksum.
	CallerID
	// Alert reports the end of the alerting signal (CAS) of a second call.
	Alert
	// FaxTone reports a fax or modem tone (Tone), after which the slot is in voice-band data mode. FromLeg tells the
	// direction.
	FaxTone
	// Silence reports Dur samples without signal from the line, up to At. It comes once, again only after a signal.
	Silence
	// Voice reports signal from the line since At that varies as speech does and is no tone. It comes once a Detect.
	Voice
	// PlayDone reports that the source given to Play under ID has ended; At is the first sample after it.
	PlayDone
	// SigDone reports that the runs given to Sig under ID have been sent; At is when the value that stays began.
	SigDone
	// Controlled answers Control: ID is the command's, Err nil when it took effect at At. ID 0 is a fault nobody asked for.
	Controlled
	// Slip reports that the card lost Dur samples just before At. Slot is -1.
	Slip
)

var eventNames = [...]string{"", "tick", "sig", "digit start", "digit end", "tone start", "tone recognised", "tone end",
	"mf start", "mf end", "caller id", "alert", "fax tone", "silence", "voice", "play done", "sig done", "controlled", "slip"}

// String returns the kind's name for logs and tests.
func (k EventKind) String() string {
	if int(k) < len(eventNames) {
		return eventNames[k]
	}
	return "?"
}

// An Event is something that a pump found or finished. Fields that a kind does not use are zero.
type Event struct {
	Slot    int
	At      int64
	Kind    EventKind
	ID      uint32
	Sig     uint8
	Was     uint8
	Digit   byte
	FromLeg bool   // FaxTone: it came from the leg, not from the line
	Dur     int    // samples
	Tone    string // a name of the tone plan, or of dsp/faxtone: "cng", "ced", "ans-pr", "ansam", "ansam-pr", "v21"
	// CallerID is the message received; its fields are untrusted bytes as far as dsp/callerid has not checked them.
	CallerID *callerid.Message
	Err      error
}
