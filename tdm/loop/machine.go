package loop

import "tipring/tdm"

// timer names a timer of a line machine. A machine starts and stops it by outputs and sees its expiry as an event; the
// driver keeps the deadlines.
type timer uint8

const (
	tStep     timer = iota // FXS: next step of alerting or of a second call's; FXO: pause before dialling, data is due
	tRing                  // FXS: ringing has not begun; FXO: ringing long enough to count
	tHowler                // FXS: howler is due
	tLockout               // FXS: lock-out is due
	tFeed                  // FXS: end of the open switching interval, and of the settling after it
	tRingStop              // FXO: no ring for so long
	tSeize                 // FXO: loop current is due
	tDialTone              // FXO: dial tone is due; in a call: dial tone has lasted
	tAnswer                // FXO: answer by time
	tRingback              // FXO: ringback has not come back
	tCurrent               // FXO: loop current has been gone for too long
	tPolarity              // FXO: polarity has stayed reversed
	tGuard                 // FXO: guard time
	tBattery               // FXO: battery gone, or back, for long enough
	numTimers
)

var timerNames = [numTimers]string{"step", "ring", "howler", "lockout", "feed", "ringstop", "seize", "dialtone", "answer",
	"ringback", "current", "polarity", "guard", "battery"}

func (t timer) String() string { return timerNames[t] }

// A counter of a line, see Counters.
type counter uint8

const (
	cntRings counter = iota
	cntSeizures
	cntGlare
	cntFlashes
	cntDigits
	cntCallerIDOK
	cntCallerIDBad
	cntCallerIDNone
	cntCallerIDSent
	cntAbandoned
	cntCurrentDisconnects
	cntShortRings
	cntUnexpected
	numCounters
)

var counterNames = [numCounters]string{"rings", "seizures", "glare", "flashes", "digits", "callerid ok", "callerid bad",
	"callerid none", "callerid sent", "abandoned", "current disconnects", "short rings", "unexpected"}

func (c counter) String() string { return counterNames[c] }

// machine is what the FXS and the FXO machine have in common: the way to their outputs, and what they did to the line, so
// that an output that changes nothing is not given.
type machine struct {
	set     *settings
	next    *settings // takes the place of set when the line is idle; nil: none
	now     int64     // sample of the input at hand
	out     []output  // of the input at hand, in order
	blocked string    // why the line takes no calls, or empty
	reason  string    // why the line is out of service

	running  [numTimers]bool
	sounding bool // something plays
	hearing  listen
	cancels  bool // the echo canceller is on
	muted    bool

	wantsEcho bool // it is to be on if the line has one
}

func (m *machine) emit(o output)              { m.out = append(m.out, o) }
func (m *machine) up(p tdm.Primitive)         { m.emit(output{kind: outUp, prim: p}) }
func (m *machine) upKind(k tdm.PrimitiveKind) { m.up(tdm.Primitive{Kind: k}) }
func (m *machine) count(c counter)            { m.emit(output{kind: outCount, counter: c}) }
func (m *machine) refuse(c tdm.Cause)         { m.emit(output{kind: outRefuse, prim: release(c, "", m.now)}) }
func (m *machine) release(c tdm.Cause, detector string) {
	m.up(release(c, detector, m.now))
}

func release(c tdm.Cause, detector string, at int64) tdm.Primitive {
	return tdm.Primitive{Kind: tdm.Release, Cause: c, Detector: detector, At: at}
}

func (m *machine) start(t timer, ms int) {
	m.running[t] = true
	m.emit(output{kind: outStart, timer: t, ms: ms})
}

func (m *machine) stop(ts ...timer) {
	for _, t := range ts {
		if m.running[t] {
			m.running[t] = false
			m.emit(output{kind: outStop, timer: t})
		}
	}
}

func (m *machine) stopAll() {
	for t := range numTimers {
		m.stop(t)
	}
}

func (m *machine) tone(name string) {
	m.sounding = true
	m.emit(output{kind: outTone, tone: name})
}

func (m *machine) quiet() {
	if m.sounding {
		m.sounding = false
		m.emit(output{kind: outQuiet})
	}
}

func (m *machine) listen(l listen) {
	if m.hearing != l {
		m.hearing = l
		m.emit(output{kind: outDetect, detect: l})
	}
}

// listenAfresh makes the detectors forget what they have heard.
func (m *machine) listenAfresh(l listen) {
	m.hearing = l
	m.emit(output{kind: outDetect, detect: l})
}

func (m *machine) echo(on bool) {
	m.wantsEcho = on
	on = on && m.set.Echo
	if m.cancels != on {
		m.cancels = on
		m.emit(output{kind: outCanceler, on: on})
	}
}

func (m *machine) mute(on bool) {
	if m.muted != on {
		m.muted = on
		m.emit(output{kind: outMute, on: on})
	}
}

// adopt takes up changed settings; a machine calls it when it becomes idle.
func (m *machine) adopt() {
	if m.next != nil {
		m.set, m.next = m.next, nil
	}
}
