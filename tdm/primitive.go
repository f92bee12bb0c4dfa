package tdm

// PrimitiveKind names a primitive between a call and one of its parties, after Q.931 §3.1.
type PrimitiveKind uint8

// The primitives. "Up" goes from a party to its call, "down" from a call to a party.
//
// A party that originates sends Setup up. It is answered by SetupAck (more digits are wanted: a telephone hears dial tone)
// or Proceeding, then Progress, Alerting, Connect. A party that is called gets Setup down and answers the same way up.
// To clear, a call sends Disconnect down. Every party ends by exactly one Release up, its last word, whoever cleared; a
// party whose user went away sends Release without being asked.
const (
	Setup       PrimitiveKind = iota + 1 // a new call
	SetupAck                             // the number is not complete; digits follow as Information
	Information                          // one more digit (Digit)
	Proceeding                           // the number is complete, the call is on its way
	Progress                             // in-band audio is worth connecting (InBand)
	Alerting                             // the called user is being rung; InBand when the ringback is in the audio
	Connect                              // answered; AnswerBasis says what counted as answer
	Disconnect                           // down: clear. Up: the far user cleared and tones may follow (InBand)
	Release                              // up only: this party is gone and its circuit is free of this call
	Notify                               // something happened, or is asked for, that changes no state (Event: see the Event constants)
)

var primitiveNames = [...]string{"", "SETUP", "SETUP ACK", "INFORMATION", "PROCEEDING", "PROGRESS", "ALERTING", "CONNECT", "DISCONNECT", "RELEASE", "NOTIFY"}

// String returns the message name in the standard's capitals.
func (k PrimitiveKind) String() string {
	if int(k) < len(primitiveNames) {
		return primitiveNames[k]
	}
	return "?"
}

// Presentation says whether a number may be shown (Q.931 §4.5.10, octet 3a).
type Presentation uint8

// Presentations.
const (
	Allowed     Presentation = iota
	Restricted               // the caller withheld it: "private"
	Unavailable              // the network does not know it: "out of area"
)

// Party number and name as a caller gave them: untrusted bytes. Whoever puts them into a header, a file or a terminal
// escapes or filters there.
type PartyNumber struct {
	Digits       string
	Name         string
	Presentation Presentation
}

// A Primitive is one message between a call and a party. Fields that a kind does not use are zero.
type Primitive struct {
	Kind    PrimitiveKind
	Called  string      // Setup: the number as dialled
	Calling PartyNumber // Setup
	Digit   byte        // Information: 0-9 A-D * #
	InBand  bool        // Progress, Alerting, Disconnect: listen to the audio
	Cause   Cause       // Disconnect, Release; Notify: why what was asked for is refused
	// SIPStatus is the final SIP status behind a Release, or the one that a Disconnect asks for (0: map from Cause).
	SIPStatus int
	// Detector is set on Release by a line: what noticed that the far end had gone ("onhook", "cpc", "polarity", "tone",
	// "silence", "battery") and At when, in the card's samples.
	Detector string
	// SIPReason is the value of the Reason header (RFC 3326) that came with SIPStatus, CANCEL or BYE.
	SIPReason string
	// Reason says in words, on a Release, why the party cannot carry the call, where the cause says too little.
	Reason string
	// AnswerBasis is set on Connect by a line without answer supervision: "offhook", "polarity", "voice", "time".
	AnswerBasis string
	At          int64
	// Event names a Notify: "hookflash", "fax" and "callwaiting" (with the second caller in Calling) of a line, and what a party that speaks Q.931 knows beside (EventHold ...).
	Event string
	// AlertInfo is the distinctive ringing that a Setup asks for: the value of the SIP Alert-Info header, or empty.
	AlertInfo string
	// Emergency marks a Setup on the reserved path: it may pre-empt.
	Emergency bool
	// ISDN is what a party that speaks Q.931 has to say beside all this, or nil.
	ISDN *ISDN
}
