package loop

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"tipring/dsp/callerid"
	"tipring/dsp/tone"
	"tipring/tdm"
	"tipring/tdm/span"
)

// Config describes the signalling of one analog card.
type Config struct {
	Pump  *span.Pump
	Lines []LineConfig
	// Incoming is told of every call that a line originates (a telephone off hook, an exchange that rings) with its Setup,
	// and returns the way for the rest; nil refuses the call. It is called from the group's goroutine and must not block;
	// what it returns must not block either.
	Incoming func(c *Call, setup tdm.Primitive) func(tdm.Primitive)
	// Now is the local time that caller ID shows; nil sends no time.
	Now func() time.Time
	// Inbox is how many messages may wait for the group; 0 means 64 and 8 a line. A primitive that finds it full clears its
	// call with cause 42.
	Inbox int
	Log   *slog.Logger // nil discards
}

// DialMode is how an FXO line sends digits.
type DialMode string

// The dial modes. Empty means DialTone.
const (
	DialTone  DialMode = "tone"  // DTMF, ITU-T Q.23
	DialPulse DialMode = "pulse" // loop-disconnect pulses
)

// LineConfig describes one line. For every number of milliseconds 0 means the default named with it and a negative value
// turns the function off, where that makes sense.
type LineConfig struct {
	Slot int
	Name string // stable name; empty: the card's name of the slot
	Zone string // country of dsp/tone: tones, cadence, caller ID; empty: "us"
	// Number is a telephone's extension: the calling number of its calls. On an FXO line it is the directory number: the
	// called number of what comes in.
	Number       string
	CallerIDName string // FXS: the calling name of its calls
	// CallWaiting, on FXS: a second call to a telephone in a call sounds the zone's call-waiting tone and shows its number (GR-30-CORE
	// off-hook data transmission) where the line's caller ID has a form for that; it rings when the telephone is hung up. On FXO: a
	// second call's number, which the exchange sends, is read and told as Notify "callwaiting".
	CallWaiting bool
	RxGainDB    float64 // on what comes from the line
	TxGainDB    float64 // on what goes to it
	Echo        bool    // echo canceller on in a call
	// CallerID names a standard of dsp/callerid ("bell202", "etsi-dtas" ...) or is "none"; empty: the zone's.
	CallerID string
	// PulseDigits names the country whose digit of n pulses is not n ("se", "nz"), or is "standard"; empty: the zone's.
	PulseDigits string

	FXS FXSConfig // used when the slot is FXS
	FXO FXOConfig // used when the slot is FXO
}

// FXSConfig is what only a line to a telephone has.
type FXSConfig struct {
	RingCadenceMs []int // ring, pause, ring, pause ...; empty: the zone's
	// FlashMinMs and FlashMaxMs bound the loop interruption that is a hook flash (the zone's in dsp/pulse: 300 and 1,000 in
	// North America, 75 and 320 in most of Europe). A longer one is on-hook, noticed when the window has passed. A negative
	// FlashMaxMs knows no flash, and on-hook is noticed after 200 ms.
	FlashMinMs, FlashMaxMs int
	// HowlerAfterMs is how long a telephone hears the tone of a cleared call before the howler (30,000; negative: neither
	// howler nor lock-out), LockoutAfterMs how long the howler lasts before the line is locked out (60,000).
	HowlerAfterMs, LockoutAfterMs int
	// OpenFeedMs removes the battery for that long when the far end clears, before the tone: the open switching interval
	// of TIA-464 that answering machines and trunk ports look for. Default off; 800 is usual.
	OpenFeedMs int
	// ReverseOnAnswer reverses the polarity while a call that the telephone made is answered.
	ReverseOnAnswer bool
	// ClearTone is the tone of the plan that follows the far end's normal clearing; empty: "congestion" in North America,
	// else "busy"; "dial" gives dial tone, "none" silence.
	ClearTone string
	// ToneDBm0 is the level of tones (0: -13), CallerIDDBm0 of caller-ID bursts (0: the standard's).
	ToneDBm0, CallerIDDBm0 float64
}

// FXOConfig is what only a line to an exchange has.
type FXOConfig struct {
	DialMode DialMode
	// SeizeMs is how long loop current may take after off-hook, when dialling and when answering (1,000).
	SeizeMs int
	// DialToneMs is how long dial tone is waited for (5,000; negative: no wait, dial 500 ms after seizure). DialBlind dials
	// then anyway; otherwise the call gets cause 44 and goes on to the next line.
	DialToneMs int
	DialBlind  bool
	// DigitMs and DigitPauseMs time DTMF digits (100, 100), DigitDBm0 is the level of each frequency (0: the zone's).
	DigitMs, DigitPauseMs int
	DigitDBm0             float64
	AnswerOn              AnswerOn
	Disconnect            DisconnectOn
	// GuardMs is how long the line rests on hook between two calls (800).
	GuardMs int
	// RingMinMs is the shortest ringing that counts (150; at least 350 where a ring pulse announces caller ID, 700 where short rings do), RingGapMs the shortest pause between two rings, as against the
	// pause inside a double ring (900), RingStopMs the pause after which the caller has gone (the zone's longest pause and
	// 2,000, at least 6,000).
	RingMinMs, RingGapMs, RingStopMs int
	// BatteryLossMs is how long the line may be without battery or loop current on hook before it is out of service, and
	// how long battery has to be back (1,000).
	BatteryLossMs int
}

// AnswerOn says what counts as answer of a call placed on an FXO line; whichever comes first. The zero value means Polarity
// and Voice.
type AnswerOn struct {
	// Polarity: the exchange reverses the polarity. In a call that its sound made an answered one, the first reversal is
	// still taken for the answer, and only the next for clearing.
	Polarity bool
	// Voice: a voice, or the end of ringback for longer than the zone's ringing pause (basis "time").
	Voice   bool
	AfterMs int // so long after the last digit (basis "time"); 0: never
}

// DisconnectOn says what counts as the far end's hang-up on an FXO line; whichever comes first.
type DisconnectOn struct {
	CurrentMs  int  // loop current gone for so long (250; negative: off)
	IgnoreFlip bool // do not take a polarity reversal for clearing
	IgnoreTone bool // do not take busy, congestion, dial tone or howler for clearing
	DialToneMs int  // dial tone heard for so long in a call (2,000)
	SilenceMs  int  // neither side was heard for so long (60,000; negative: off)
	// SilenceDBm0 is the level, averaged over 80 ms, below which a side counts as silent (0: -45).
	SilenceDBm0 float64
}

// settings is a LineConfig with its defaults filled in and its names looked up. It does not change.
type settings struct {
	LineConfig
	kind      tdm.Kind
	plan      *tone.Plan
	awaitDial *tone.Plan  // what an exchange sends before a digit
	progress  *tone.Plan  // and in or after a call
	cadence   tdm.Cadence // of the zone or the line
	waiting   int         // FXS: ms of one round of the call-waiting tone

	standard            callerid.Standard
	callerID            bool // the line sends or receives caller ID
	callerIDUnannounced bool // it can come on an idle line without ringing or reversal before
}

func orMs(v *int, def int) {
	if *v == 0 {
		*v = def
	}
}

// resolve fills in defaults and checks. The error lists all faults.
func resolve(c LineConfig, info tdm.Info) (*settings, error) {
	if c.Slot < 0 || c.Slot >= len(info.Slots) {
		return nil, fmt.Errorf("loop: line %q: card %s has no slot %d, it has %d", c.Name, info.Name, c.Slot, len(info.Slots))
	}
	slot := info.Slots[c.Slot]
	if c.Name == "" {
		c.Name = slot.Name
	}
	if c.Zone == "" {
		c.Zone = "us"
	}
	s := &settings{LineConfig: c, kind: slot.Kind}
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("loop: line %q: "+format, append([]any{c.Name}, args...)...))
	}
	if slot.Kind == tdm.Bearer {
		fault("slot %d of card %s is no analog line", c.Slot, info.Name)
	}
	plan, ok := tone.Zone(c.Zone)
	if !ok {
		fault("zone %q is not known: use one of %s", c.Zone, strings.Join(tone.Zones(), " "))
		return nil, errors.Join(faults...)
	}
	s.plan, s.awaitDial, s.progress = plan, plan.AwaitDial(), plan.WithTreatment()
	switch s.PulseDigits {
	case "", "standard", "se", "nz":
	default:
		fault("pulse digits %q: use standard, se or nz", s.PulseDigits)
	}
	s.standard = callerid.ForZone(c.Zone)
	if c.CallerID != "" {
		if s.standard, ok = callerid.Lookup(c.CallerID); !ok {
			fault("caller ID %q: use one of %s", c.CallerID, strings.Join(callerid.Names(), " "))
		}
	}
	s.callerID = s.standard.Physical != callerid.None
	s.callerIDUnannounced = s.standard.Alert == callerid.Unannounced || s.standard.Alert == callerid.DTAS
	if c.CallWaiting && slot.Kind == tdm.FXO && !s.standard.InCall() {
		fault("call waiting: caller ID by %s has no form for a call, and there is nothing else to tell of it; use a standard of FSK, or leave call waiting off", s.standard.Name)
	}
	s.fxsDefaults(fault)
	s.fxoDefaults(fault)
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return s, nil
}

func (s *settings) fxsDefaults(fault func(string, ...any)) {
	f := &s.FXS
	if len(f.RingCadenceMs) == 0 {
		f.RingCadenceMs = s.plan.RingCadenceMs
	}
	var ok bool
	if s.cadence, ok = cadence(f.RingCadenceMs); !ok {
		fault("ringing cadence %v: give pairs of ring and pause, 1 to 65535 ms each, at most 8", f.RingCadenceMs)
	}
	s.waiting = round(s.plan)
	orMs(&f.HowlerAfterMs, 30_000)
	orMs(&f.LockoutAfterMs, 60_000)
	if c := s.pulses(); c.FlashMinMs > c.FlashMaxMs {
		fault("a flash of at least %d ms cannot be at most %d ms", c.FlashMinMs, c.FlashMaxMs)
	}
	if f.ClearTone == "" {
		f.ClearTone = "busy"
		if slices.Contains([]string{"us", "us-old"}, s.plan.ID) {
			f.ClearTone = "congestion"
		}
	} else if f.ClearTone != "none" {
		if _, ok := s.plan.Tone(f.ClearTone); !ok {
			fault("clear tone %q: zone %s has %s", f.ClearTone, s.plan.ID, strings.Join(s.plan.Names(), " "))
		}
	}
	if f.ToneDBm0 == 0 {
		f.ToneDBm0 = -13
	}
}

func (s *settings) fxoDefaults(fault func(string, ...any)) {
	f := &s.FXO
	switch f.DialMode {
	case "":
		f.DialMode = DialTone
	case DialTone, DialPulse:
	default:
		fault("dial mode %q: use tone or pulse", f.DialMode)
	}
	orMs(&f.SeizeMs, 1000)
	orMs(&f.DialToneMs, 5000)
	orMs(&f.DigitMs, 100)
	orMs(&f.DigitPauseMs, 100)
	if f.DigitDBm0 == 0 {
		f.DigitDBm0 = s.plan.DTMF.High
	}
	if f.AnswerOn == (AnswerOn{}) {
		f.AnswerOn = AnswerOn{Polarity: true, Voice: true}
	}
	orMs(&f.Disconnect.CurrentMs, 250)
	orMs(&f.Disconnect.DialToneMs, 2000)
	orMs(&f.Disconnect.SilenceMs, 60_000)
	if f.Disconnect.SilenceDBm0 == 0 {
		f.Disconnect.SilenceDBm0 = -45
	}
	orMs(&f.GuardMs, 800)
	orMs(&f.RingMinMs, 150)
	if s.standard.Alert == callerid.RingPulse {
		// A ring pulse of up to 300 ms (EN 300 659-1, RP-AS) is no ring.
		f.RingMinMs = max(f.RingMinMs, 350)
	}
	if s.standard.Alert == callerid.LoopClosure {
		f.RingMinMs = max(f.RingMinMs, callerid.LongestActivationMs+100)
	}
	orMs(&f.RingGapMs, 900)
	longest := 0
	for i := 1; i < len(s.plan.RingCadenceMs); i += 2 {
		longest = max(longest, s.plan.RingCadenceMs[i])
	}
	orMs(&f.RingStopMs, max(longest+2000, 6000))
	orMs(&f.BatteryLossMs, 1000)
}

// cadence converts milliseconds to a tdm.Cadence.
func cadence(ms []int) (c tdm.Cadence, ok bool) {
	if len(ms) == 0 || len(ms)%2 != 0 || len(ms) > len(c.Ms) {
		return c, false
	}
	for i, v := range ms {
		if v < 1 || v > 65535 {
			return c, false
		}
		c.Ms[i] = uint16(v)
	}
	c.N = len(ms)
	return c, true
}
