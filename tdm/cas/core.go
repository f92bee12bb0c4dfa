package cas

import (
	"slices"
	"strings"

	"tipring/tdm"
)

// Config describes a channel of the machines in this package.
type Config struct {
	// E1 codes the bits as timeslot 16 wants them, C and D fixed at 01 (ITU-T G.704 5.1.3.2.2); else C and D repeat A and B, as
	// they do in a superframe of twelve (ANSI T1.403 9.2).
	E1       bool
	Register Register // of E&M; a loop has DTMF
	// Hold has an E&M channel keep its seizure when both ends seize at once; else it gives way.
	Hold bool
	// Complete reports that a number needs no more digits; nil: none is. A number in DTMF ends also by # and by waiting.
	Complete func(number string) bool
	Number   string // Called of a call that comes in over a line to an exchange
}

// event is what a row of a machine is about.
type event uint8

const (
	farSeizes     event = iota // E&M: off hook; from a telephone: loop closed
	farIdles                   // E&M: on hook; from a telephone: loop open
	farRings                   // from an exchange
	farRingPause               //
	farTipGround               // ground start, from an exchange
	farTipOpen                 // from an exchange
	farRingGround              // ground start, from a telephone
	waitDue                    // tWait has expired; likewise the others
	winkDue                    //
	delayDue                   //
	digitDue                   //
	disconnectDue              //
	releaseDue                 //
	guardDue                   //
	ringDue                    //
	evSetup                    // primitives down
	evAlerting                 //
	evConnect                  //
	evDisconnect               //
	evInformation              //
	evInBand                   // PROGRESS, or ALERTING with audio of its own
	evSignal                   //
	evSent                     //
	evBusyTone                 // busy or congestion
	evVoice                    //
	evFail                     //
	evRestore                  // or begin
	numEvents
)

var eventNames = [numEvents]string{"far end seizes", "far end idles", "far end rings", "ring pause", "tip ground", "tip open", "ring ground",
	"wait", "wink", "delay", "digit", "disconnect timer", "release", "guard", "ring timer", "SETUP", "ALERTING", "CONNECT", "DISCONNECT",
	"INFORMATION", "in-band audio", "signal", "sent", "busy tone", "voice", "fail", "restore"}

func (e event) String() string { return eventNames[e] }

// The timers.
const (
	tWait       Timer = iota // for the far end
	tWink                    // longest wink that is one; length of our own
	tDelay                   // before we do what comes next
	tDigit                   // for the next digit
	tDisconnect              // the far end has gone
	tRelease                 // for the far end to go
	tGuard                   // before the channel is used again
	tRing                    // of a ringing cadence
	numTimers
)

var timerNames = [numTimers]string{"wait", "wink", "delay", "digit", "disconnect", "release", "guard", "ring"}

// core is what the machines have in common.
type core struct {
	cfg      Config
	in       Input // at hand
	out      []Output
	bits     Bits  // received
	since    int64 // of them
	at       int64 // of the input
	call     bool  // one has the channel
	running  [numTimers]bool
	sounding bool
	hearing  Listen
	blocked  bool
	digits   []byte // received, or to be sent
	sent     Bits   // last
	called   string // of a call that goes out
	calling  tdm.PartyNumber
}

func (m *core) emit(o Output)              { m.out = append(m.out, o) }
func (m *core) up(p tdm.Primitive)         { m.emit(Output{Kind: Up, Prim: p}) }
func (m *core) upKind(k tdm.PrimitiveKind) { m.up(tdm.Primitive{Kind: k, At: m.at}) }
func (m *core) count(name string)          { m.emit(Output{Kind: Count, Name: name}) }

// release is a call's last word.
func (m *core) release(c tdm.Cause, detector string) {
	if m.call {
		m.call = false
		m.up(tdm.Primitive{Kind: tdm.Release, Cause: c, Detector: detector, At: m.at})
	}
}

func (m *core) refuse(c tdm.Cause) {
	m.emit(Output{Kind: Refuse, Prim: tdm.Primitive{Kind: tdm.Release, Cause: c, At: m.at}})
}

func (m *core) start(t Timer, ms int) {
	m.running[t] = true
	m.emit(Output{Kind: Start, Timer: t, Ms: ms})
}

func (m *core) stop(ts ...Timer) {
	for _, t := range ts {
		if m.running[t] {
			m.running[t] = false
			m.emit(Output{Kind: Stop, Timer: t})
		}
	}
}

func (m *core) play(name string) {
	m.sounding = true
	m.emit(Output{Kind: Play, Name: name})
}

func (m *core) dial(r Register, digits string) {
	m.sounding = true
	m.emit(Output{Kind: Dial, Register: r, Digits: digits})
}

func (m *core) quiet() {
	if m.sounding {
		m.sounding = false
		m.emit(Output{Kind: Quiet})
	}
}

func (m *core) listen(l Listen) {
	if m.hearing != l {
		m.hearing = l
		m.emit(Output{Kind: ListenTo, Listen: l})
	}
}

// rest stops all that is under way in a channel.
func (m *core) rest() {
	for t := range numTimers {
		m.stop(t)
	}
	m.quiet()
	m.listen(Listen{})
	m.digits = m.digits[:0]
}

// send sends A and B.
func (m *core) send(ab Bits) { m.sendRuns(ab, 0) }

// sendRuns sends A and B for a time, and what was sent before after it. No time: for good.
func (m *core) sendRuns(ab Bits, ms int) {
	b := m.code(ab)
	if ms == 0 {
		m.sent = b
		m.emit(Output{Kind: Send, Runs: []tdm.SigRun{{Bits: uint8(b)}}})
		return
	}
	m.emit(Output{Kind: Send, Runs: []tdm.SigRun{{Bits: uint8(b), Ms: uint16(ms)}, {Bits: uint8(m.sent)}}})
}

func (m *core) code(ab Bits) Bits {
	if m.cfg.E1 {
		return ab | D
	}
	return ab | ab>>2
}

// begin keeps what a Setup says.
func (m *core) begin(p *tdm.Primitive) {
	m.call, m.called, m.calling = true, p.Called, p.Calling
}

// bears reports whether the channel can carry what the Setup asks for: robbed bits leave 56 of 64 kbit/s, and no bit says
// across the line that a call is data.
func bears(p *tdm.Primitive) bool {
	return p.ISDN == nil || p.ISDN.Bearer.Capability == 0 || p.ISDN.Bearer.Capability == 16
}

// addDigit keeps a digit that was received.
func (m *core) addDigit(d byte) {
	if len(m.digits) < maxDigits {
		m.digits = append(m.digits, d)
	}
}

// offer is a call that comes in.
func (m *core) offer(called string, calling tdm.PartyNumber) {
	m.stop(tDigit, tWait)
	m.listen(Listen{})
	m.call = true
	m.up(tdm.Primitive{Kind: tdm.Setup, Called: called, Calling: calling, At: m.at})
}

// treatment is the tone that tells a caller a cause.
func treatment(c tdm.Cause) string {
	if c == tdm.CauseUserBusy {
		return "busy"
	}
	return "congestion"
}

// eventOf is what an input other than Line means to the rows.
func eventOf(in *Input) (event, bool) {
	switch in.Kind {
	case Expired:
		return waitDue + event(in.Timer), true
	case Down:
		switch in.Prim.Kind {
		case tdm.Setup:
			return evSetup, true
		case tdm.Alerting:
			if in.Prim.InBand {
				return evInBand, true
			}
			return evAlerting, true
		case tdm.Progress:
			return evInBand, in.Prim.InBand
		case tdm.Connect:
			return evConnect, true
		case tdm.Disconnect:
			return evDisconnect, true
		case tdm.Information:
			return evInformation, true
		}
	case Signal:
		return evSignal, true
	case Sent:
		return evSent, true
	case Tone:
		return evBusyTone, slices.Contains([]string{"busy", "congestion"}, in.Name)
	case Voice:
		return evVoice, true
	case Fail:
		return evFail, true
	case Begin, Restore:
		return evRestore, true
	}
	return 0, false
}

// take prepares for an input and reports whether the rows have to see it.
func (m *core) take(in Input) bool {
	m.in = in
	m.out, m.at = m.out[:0], in.At
	switch in.Kind {
	case Line, Begin, Restore:
		m.bits, m.since = in.Bits, in.At
	case Expired:
		if in.Timer >= numTimers || !m.running[in.Timer] {
			return false
		}
		m.running[in.Timer] = false
	case Sent:
		m.sounding = false
	case Block:
		m.blocked = true
		return false
	case Unblock:
		m.blocked = false
		return false
	}
	return true
}

// numberComplete reports whether the digit at hand ends a number in DTMF.
func (m *core) numberComplete(digit byte) bool {
	if digit == '#' {
		return len(m.digits) > 0
	}
	return m.cfg.Complete != nil && m.cfg.Complete(string(m.digits)+string(rune(digit)))
}

// dialled is the number in what was received: # is its end.
func dialled(digits []byte) string { return strings.TrimSuffix(string(digits), "#") }

// dialDTMF sends a digit in a call.
func (m *core) dialDTMF(digit byte) {
	if d := string(rune(digit)); DTMF.Has(d) {
		m.dial(DTMF, d)
	}
}

func (m *core) refuseSetup(*Input)  { m.refuse(tdm.CauseCircuitUnavailable) }
func (m *core) refuseNumber(*Input) { m.refuse(tdm.CauseInvalidNumber) }
func (m *core) refuseBearer(*Input) { m.refuse(tdm.CauseBearerNotImplemented) }
