package emu

import (
	"fmt"
	"time"

	"tipring/dsp/callerid"
	"tipring/tdm"
)

// A Signal is how an exchange tells our side that the far party has hung up.
type Signal uint8

// The disconnect signals.
const (
	SignalCPC      Signal = iota // battery is taken off for Script.CPCMs ("calling party control", TIA-464 open switching interval)
	SignalPolarity               // the polarity is reversed
	SignalTone                   // busy tone
	SignalNone                   // nothing: the line goes silent
)

var signalNames = [...]string{"cpc", "polarity", "tone", "none"}

func (s Signal) String() string { return signalNames[s] }

// ParseSignal reads the name of a disconnect signal.
func ParseSignal(name string) (Signal, error) {
	for i, n := range signalNames {
		if n == name {
			return Signal(i), nil
		}
	}
	return 0, fmt.Errorf("signal %q: want cpc, polarity, tone or none", name)
}

// An Outcome is where a number that our side dials leads.
type Outcome uint8

// The outcomes.
const (
	RingFarParty Outcome = iota // ringing tone until the far party answers
	Busy                        // busy tone
	Congestion                  // congestion tone
	Unobtainable                // the country's tone for a number that cannot be reached
)

// A Script is how an exchange behaves. Times are in milliseconds; a zero field has the default named beside it.
type Script struct {
	NoDialTone      bool
	DialToneDelayMs int // from seizure to dial tone; 300
	DialToneMs      int // how long dial tone waits for a digit before congestion tone follows; 20000
	NumberDigits    int // digits of a complete number; 0: a number is complete after CompleteMs without a digit
	CompleteMs      int // 2000
	Outcome         Outcome
	AnswerMs        int    // ringing tone before the far party answers; 0: not by itself
	Reversal        bool   // the polarity reverses at answer, as answer supervision
	HangupMs        int    // talk before the far party hangs up with Hangup; 0: not by itself
	Hangup          Signal // what HangupMs uses, and a hangup without a signal
	CPCMs           int    // 600, the least of TIA-464 for an open switching interval
}

func (s Script) withDefaults() Script {
	s.DialToneDelayMs = or(s.DialToneDelayMs, 300)
	s.DialToneMs = or(s.DialToneMs, 20000)
	s.CompleteMs = or(s.CompleteMs, 2000)
	s.CPCMs = or(s.CPCMs, 600)
	return s
}

// A RingOption changes a call that an exchange delivers.
type RingOption func(*incoming)

// An incoming is a call for the line.
type incoming struct {
	number, name string
	presentation tdm.Presentation
	at           time.Time
	noCallerID   bool
	badChecksum  bool
	raw          []byte
	standard     string
	abandonMs    int
	onSeizure    bool

	steps  []ringStep
	repeat int // step after the last
	looped int // step of the data for a loop that has closed; 0: none
	burst  source
	second *callerid.WaitingSender // to a line in a call; nil: the standard has no form for it
	id     CallerID
}

// A ringStep is one stretch of what the exchange puts on the line to ring it.
type ringStep struct {
	ms            int
	ring, reverse bool
	burst         bool // caller-ID audio begins with the step
	short         bool // of the signal that asks for the loop
	opens         bool // the loop has to open in it; else its closure was the answer
}

// Present says whether number and name are sent: tdm.Restricted sends "private" in their place, tdm.Unavailable
// "out of area".
func Present(p tdm.Presentation) RingOption { return func(c *incoming) { c.presentation = p } }

// CalledAt is the time in the caller ID; by default now.
func CalledAt(t time.Time) RingOption { return func(c *incoming) { c.at = t } }

// WithoutCallerID only rings.
func WithoutCallerID() RingOption { return func(c *incoming) { c.noCallerID = true } }

// BadChecksum spoils the checksum of the caller ID.
func BadChecksum() RingOption { return func(c *incoming) { c.badChecksum = true } }

// RawMessage sends those octets, from message type to checksum, in place of a well-formed caller ID.
func RawMessage(octets []byte) RingOption { return func(c *incoming) { c.raw = octets } }

// InStandard sends the caller ID in the standard of that name instead of the line's country's.
func InStandard(name string) RingOption { return func(c *incoming) { c.standard = name } }

// AbandonAfter has the caller give up after that time.
func AbandonAfter(d time.Duration) RingOption {
	return func(c *incoming) { c.abandonMs = int(d.Milliseconds()) }
}

// OnSeizure holds the call back until our side seizes the line, and rings in the same millisecond: glare.
func OnSeizure() RingOption { return func(c *incoming) { c.onSeizure = true } }
