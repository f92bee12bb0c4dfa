package loop

import (
	"fmt"
	"strings"

	"tipring/tdm"
)

// An input is what comes into a machine together with an event. Fields that the event does not use are zero.
type input struct {
	prim   tdm.Primitive
	digit  byte
	tone   string
	reason string
	alert  alerting // Setup on FXS
	recall bool     // Setup on FXS: of a call that waited, and was told of as alerting
	caller caller   // caller-ID message on FXO
}

// caller is what an FXO line knows of who calls.
type caller struct {
	ok     bool // the checksum was right
	number tdm.PartyNumber
}

// outKind says what an output asks the driver to do.
type outKind uint8

const (
	outUp        outKind = iota + 1 // prim to the call
	outOffer                        // a new call upwards, with prim as its Setup; it becomes the line's call
	outRefuse                       // prim, a Release, to the call of the Setup at hand; the line's call stays
	outStart                        // timer for ms
	outStop                         // timer
	outTone                         // play tone from now on
	outQuiet                        // stop playing
	outBurst                        // play the caller-ID burst from sample at (0: now); its end is burstDone
	outDigits                       // FXO: send digits by DTMF or pulse; their end is dialled. FXS: one digit by DTMF
	outRing                         // ring cadence from its beginning
	outRingOff                      // stop ringing
	outFeed                         // linefeed
	outHook                         // FXO: off hook when on is set; a change of the line to off hook is hookSent
	outDetect                       // listen to what detect says
	outCanceler                     // echo canceller on or off
	outMute                         // what is received goes to the detectors alone, when on is set
	outWait                         // the call of the Setup at hand waits beside the line's call
	outUpWaiting                    // prim to the call that waits
	outRecall                       // the call that waits is to be presented as a new one
	outAlert                        // the alerting signal of a second call, and silence behind it until something else is played
	outWaitingID                    // play the message of the call that waits from sample at; its end is burstDone
	outAck                          // the acknowledgement of the alerting signal, and silence behind it until something else is played
	outCount                        // counter
)

// listen says what to listen for.
type listen uint8

const (
	listenDigits listen = 1 << iota
	listenTones
	listenDialTone // the tones of an exchange before a digit, see tone.Plan.AwaitDial
	listenVoice
	listenSilence
	listenCallerID
	listenFax
	listenAlert
)

var listenNames = [...]string{"digits", "tones", "dialtone", "voice", "silence", "callerid", "fax", "alert"}

func (l listen) String() string {
	var s []string
	for i, name := range listenNames {
		if l&(1<<i) != 0 {
			s = append(s, name)
		}
	}
	return "[" + strings.Join(s, " ") + "]"
}

// An output is one thing that a machine wants done.
type output struct {
	kind    outKind
	prim    tdm.Primitive
	timer   timer
	ms      int
	tone    string
	at      int64
	digits  string
	cadence tdm.Cadence
	feed    tdm.Linefeed
	on      bool
	detect  listen
	counter counter
}

var feedNames = [...]string{"forward", "reverse", "open"}

// String is the output's line in a ladder.
func (o output) String() string {
	switch o.kind {
	case outUp:
		return "up " + ladder(o.prim)
	case outOffer:
		return "offer " + ladder(o.prim)
	case outRefuse:
		return "refuse " + ladder(o.prim)
	case outStart:
		return fmt.Sprintf("start %v %d ms", o.timer, o.ms)
	case outStop:
		return fmt.Sprintf("stop %v", o.timer)
	case outTone:
		return "tone " + o.tone
	case outQuiet:
		return "quiet"
	case outBurst:
		if o.at == 0 {
			return "caller id now"
		}
		return fmt.Sprintf("caller id at %d", o.at)
	case outDigits:
		return "digits " + o.digits
	case outRing:
		return "ring " + cadenceText(o.cadence)
	case outRingOff:
		return "ring off"
	case outFeed:
		return "feed " + feedNames[o.feed]
	case outHook:
		if o.on {
			return "off hook"
		}
		return "on hook"
	case outDetect:
		return "listen " + o.detect.String()
	case outCanceler:
		return fmt.Sprintf("echo %v", o.on)
	case outMute:
		return fmt.Sprintf("mute %v", o.on)
	case outWait:
		return "wait"
	case outUpWaiting:
		return "waiting up " + ladder(o.prim)
	case outRecall:
		return "recall"
	case outAlert:
		return "alert"
	case outWaitingID:
		return fmt.Sprintf("waiting caller id at %d", o.at)
	case outAck:
		return "acknowledge"
	case outCount:
		return fmt.Sprintf("count %v", o.counter)
	}
	return "?"
}

func cadenceText(c tdm.Cadence) string {
	var s []string
	for _, ms := range c.Ms[:c.N] {
		s = append(s, fmt.Sprint(ms))
	}
	text := strings.Join(s, "/")
	if c.Once {
		text += " once"
	}
	return text
}

// ladder is a primitive's text in a ladder: its name and the fields that are set.
func ladder(p tdm.Primitive) string {
	var b strings.Builder
	b.WriteString(p.Kind.String())
	field := func(name string, v any, set bool) {
		if set {
			fmt.Fprintf(&b, " %s=%v", name, v)
		}
	}
	field("called", p.Called, p.Called != "")
	field("calling", p.Calling.Digits, p.Calling.Digits != "")
	field("name", p.Calling.Name, p.Calling.Name != "")
	field("presentation", [...]string{"allowed", "restricted", "unavailable"}[min(p.Calling.Presentation, 2)], p.Calling.Presentation != tdm.Allowed)
	field("digit", string(rune(p.Digit)), p.Digit != 0)
	field("inband", p.InBand, p.InBand)
	field("cause", uint8(p.Cause), p.Cause != 0)
	field("detector", p.Detector, p.Detector != "")
	field("basis", p.AnswerBasis, p.AnswerBasis != "")
	field("event", p.Event, p.Event != "")
	field("alert", p.AlertInfo, p.AlertInfo != "")
	return b.String()
}
