package loop

import (
	"strings"

	"tipring/dsp/callerid"
	"tipring/tdm"
)

// fxoState is a state of the FXO machine.
type fxoState uint8

const (
	fxoIdle         fxoState = iota // on hook, no call
	fxoPreRing                      // polarity reversal, ring pulse or caller ID came: ringing is expected
	fxoRingCheck                    // ringing, not yet for long enough
	fxoLooping                      // off hook for caller ID, which the exchange sends to a line that has looped
	fxoPresenting                   // the first ring counted; caller ID is awaited
	fxoOffered                      // Setup sent up
	fxoDeclined                     // the call was cleared, the exchange still rings
	fxoAnswering                    // off hook, loop current is due
	fxoTalking                      // connected, either way
	fxoWaiting                      // in the call: a second call was announced, its caller ID is due
	fxoSeizing                      // off hook to dial, loop current is due
	fxoAwaitTone                    // loop current flows, dial tone is due
	fxoDialing                      // digits are being sent
	fxoAwaitAnswer                  // digits sent, audio cut through
	fxoTripped                      // glare: the seizure answered an incoming call, which is offered
	fxoGuard                        // on hook, not to be seized yet
	fxoOutOfService                 // no battery, or the card has failed
	numFXOStates
)

var fxoStateNames = [numFXOStates]string{"idle", "prering", "ringcheck", "looping", "presenting", "offered", "declined", "answering",
	"talking", "waiting", "seizing", "awaittone", "dialing", "awaitanswer", "tripped", "guard", "outofservice"}

func (s fxoState) String() string { return fxoStateNames[s] }

// fxoLineStates are the names of LineStatus.State, by state of the machine.
var fxoLineStates = [numFXOStates]string{"idle", "idle", "ringing", "ringing", "ringing", "ringing", "ringing", "offhook", "talking", "talking",
	"offhook", "offhook", "dialing", "dialing", "ringing", "disconnected", "out_of_service"}

// fxoEvent is an event of the FXO machine.
type fxoEvent uint8

const (
	fxoRingOn        fxoEvent = iota // ringing voltage on
	fxoRingOff                       // ringing voltage off
	fxoBattery                       // line voltage present
	fxoNoBattery                     // line voltage gone
	fxoPolarity                      // polarity reversed, either way
	fxoCurrent                       // loop current flows
	fxoNoCurrent                     // loop current gone
	fxoCallerID                      // caller-ID message with a right checksum
	fxoCallerIDBad                   // one with a wrong checksum
	fxoAlert                         // the alerting signal of a second call
	fxoDialHeard                     // dial tone, recognised
	fxoDialEnded                     // and its end
	fxoBusyHeard                     // busy tone, recognised
	fxoCongestion                    // congestion tone, recognised
	fxoInfoHeard                     // special information tone, recognised
	fxoHowlerHeard                   // receiver-off-hook tone, recognised
	fxoRingback                      // ringback began
	fxoRingbackEnded                 // ringback ended
	fxoVoice                         // a voice
	fxoSilence                       // neither side was heard for the settable time
	fxoHookSent                      // the line is off hook from now on
	fxoDialled                       // the digits have been sent
	fxoRingDue                       // timer ring: the ring counts
	fxoRingStopDue                   // timer ringstop
	fxoSeizeDue                      // timer seize
	fxoDialDue                       // timer dialtone
	fxoStepDue                       // timer step: dial without dial tone; the data has not come
	fxoAnswerDue                     // timer answer
	fxoRingbackDue                   // timer ringback
	fxoCurrentDue                    // timer current
	fxoPolarityDue                   // timer polarity
	fxoGuardDue                      // timer guard
	fxoBatteryDue                    // timer battery
	fxoSetup                         // primitives from the call
	fxoInformation                   //
	fxoTowardsCaller                 // SetupAck, Proceeding, Progress, Alerting: nothing an analog line can tell its exchange
	fxoConnect                       //
	fxoDisconnect                    //
	fxoFail                          // the card has failed, or the group ends
	fxoRestore                       // the card is back
	numFXOEvents
)

var fxoEventNames = [numFXOEvents]string{"ringon", "ringoff", "battery", "nobattery", "polarity", "current", "nocurrent",
	"callerid", "calleridbad", "alert", "dial", "dialended", "busy", "congestion", "info", "howler", "ringback", "ringbackended", "voice",
	"silence", "hooksent", "dialled", "ringdue", "ringstopdue", "seizedue", "dialdue", "stepdue", "answerdue", "ringbackdue",
	"currentdue", "polaritydue", "guarddue", "batterydue", "SETUP", "INFORMATION", "towardscaller", "CONNECT", "DISCONNECT", "fail",
	"restore"}

func (e fxoEvent) String() string { return fxoEventNames[e] }

// fxoTimerEvents are the events of timers.
var fxoTimerEvents = map[timer]fxoEvent{
	tRing: fxoRingDue, tRingStop: fxoRingStopDue, tSeize: fxoSeizeDue, tDialTone: fxoDialDue, tStep: fxoStepDue, tAnswer: fxoAnswerDue,
	tRingback: fxoRingbackDue, tCurrent: fxoCurrentDue, tPolarity: fxoPolarityDue, tGuard: fxoGuardDue, tBattery: fxoBatteryDue,
}

// fxoPrimitives are the events of primitives.
var fxoPrimitives = map[tdm.PrimitiveKind]fxoEvent{
	tdm.Setup: fxoSetup, tdm.Information: fxoInformation, tdm.SetupAck: fxoTowardsCaller, tdm.Proceeding: fxoTowardsCaller,
	tdm.Progress: fxoTowardsCaller, tdm.Alerting: fxoTowardsCaller, tdm.Connect: fxoConnect, tdm.Disconnect: fxoDisconnect,
}

const (
	// preRingMs is how long after a polarity reversal, a ring pulse or a caller-ID message ringing is expected.
	preRingMs = 4000
	// polarityMs is how long a reversal has to last (the debounce of line-voltage sensing in common FXO drivers).
	polarityMs = 64
	// answerSettleMs is how long after the answer of an incoming call a reversal belongs to the answer.
	answerSettleMs = 600
	// withdrawMs is how long the line may have been off hook when ringing is seen for the hook to be taken back: no ring trip
	// acts within one period of the ringing signal (20 Hz) and our block, and the exchange rings on.
	withdrawMs = 60
	// blindMs is the pause before dialling on a line that is not asked for dial tone.
	blindMs = 500
)

// fxo is the machine of one line to an exchange.
type fxo struct {
	machine
	state fxoState

	// The line, as last seen.
	ring, battery, reversed, current bool

	off               bool // our hook
	sent              bool // the off-hook is on the line
	sentAt            int64
	outgoing          bool
	ringEnd           int64 // end of the last ring
	caller            caller
	spoilt            bool   // a caller-ID message could not be read
	announced, looped bool   // the polarity was reversed for the call; we have looped for its caller ID
	digits            string // still to be sent
	sending           bool   // digits are being sent
	ref               bool   // reversed, as it is while the call stands
	refUntil          int64  // until then a reversal moves ref
	answered          bool   // by polarity
	failed            bool   // the card
	row               func(*fxoRow)
}

// input runs one event through the diagram.
func (m *fxo) input(e fxoEvent, in *input) {
	next, row := fxoTable.Step(m, m.state, e, in)
	if row == nil {
		m.count(cntUnexpected)
		return
	}
	m.state = next
	if m.row != nil {
		m.row(row)
	}
}

func (m *fxo) hook(off bool) {
	if m.off != off {
		m.off, m.sent = off, false
		m.emit(output{kind: outHook, on: off})
	}
}

// Guards.

func (m *fxo) isBlocked(*input) bool { return m.blocked != "" }
func (m *fxo) hasCaller(*input) bool { return m.caller.ok }
func (m *fxo) noCallerID(*input) bool {
	return !m.set.callerID || m.set.standard.Alert == callerid.LoopClosure
}
func (m *fxo) newRing(*input) bool      { return m.now-m.ringEnd >= ms(m.set.FXO.RingGapMs) }
func (m *fxo) isLong(*input) bool       { return m.sent && m.now-m.sentAt >= ms(withdrawMs) }
func (m *fxo) isRinging(*input) bool    { return m.ring }
func (m *fxo) hasFailed(*input) bool    { return m.failed }
func (m *fxo) dialsBlind(*input) bool   { return m.set.FXO.DialBlind }
func (m *fxo) hasDigits(*input) bool    { return m.digits != "" }
func (m *fxo) onPolarity(*input) bool   { return m.set.FXO.AnswerOn.Polarity }
func (m *fxo) onVoice(*input) bool      { return m.set.FXO.AnswerOn.Voice }
func (m *fxo) clearsOnTone(*input) bool { return !m.set.FXO.Disconnect.IgnoreTone }

// lateAnswer: the exchange reverses for the first time in a call that was taken for answered by its sound.
func (m *fxo) lateAnswer(*input) bool {
	return m.outgoing && !m.answered && m.set.FXO.AnswerOn.Polarity
}
func (m *fxo) settles(*input) bool     { return m.now < m.refUntil }
func (m *fxo) ignoresFlip(*input) bool { return m.set.FXO.Disconnect.IgnoreFlip }

// ms converts milliseconds to samples.
func ms(n int) int64 { return int64(n) * tdm.Quantum }

// Actions on hook.

// rest makes the line idle.
func (m *fxo) rest(*input) {
	m.stopAll()
	m.hook(false)
	m.quiet()
	m.echo(false)
	m.adopt()
	m.mute(false)
	m.caller, m.spoilt, m.outgoing, m.answered, m.reason = caller{}, false, false, false, ""
	m.announced, m.looped = false, false
	m.listenIdle()
	if !m.battery {
		m.start(tBattery, m.set.FXO.BatteryLossMs)
	}
}

// listenIdle turns the caller-ID receiver on where a message can come without warning.
func (m *fxo) listenIdle() {
	if m.set.callerID && m.set.callerIDUnannounced {
		m.listen(listenCallerID)
	} else {
		m.listen(0)
	}
}

func (m *fxo) batteryGone(*input) { m.start(tBattery, m.set.FXO.BatteryLossMs) }
func (m *fxo) batteryBack(*input) { m.stop(tBattery) }

func (m *fxo) lose(*input) {
	m.stopAll()
	m.hook(false)
	m.quiet()
	m.echo(false)
	m.listen(0)
	m.mute(false)
	m.reason = "no battery"
}

func (m *fxo) loseCall(in *input) {
	m.lose(in)
	m.release(tdm.CauseDestinationOutOfOrder, "battery")
}

func (m *fxo) batteryRestored(*input) { m.start(tBattery, m.set.FXO.BatteryLossMs) }

// Actions of an incoming call.

func (m *fxo) expectRing(*input) {
	m.stop(tRing)
	m.start(tRingStop, preRingMs)
	if m.set.callerID {
		m.listen(listenCallerID)
	}
}

func (m *fxo) shortRing(in *input) {
	m.count(cntShortRings)
	m.expectRing(in)
}

func (m *fxo) keepCaller(in *input) {
	m.caller = in.caller
	m.count(cntCallerIDOK)
	m.start(tRingStop, preRingMs)
}

func (m *fxo) badCaller(*input) {
	m.spoilt = true
	m.count(cntCallerIDBad)
}

func (m *fxo) lateCaller(*input) { m.count(cntCallerIDOK) }

func (m *fxo) ringBegins(*input) {
	m.stop(tRingStop)
	m.start(tRing, m.set.FXO.RingMinMs)
}

func (m *fxo) ringCounts(*input) { m.count(cntRings) }

func (m *fxo) ringPause(*input) {
	m.ringEnd = m.now
	m.start(tRingStop, m.set.FXO.RingStopMs)
	if m.set.callerID && m.state == fxoPresenting {
		m.listen(listenCallerID)
	}
}

func (m *fxo) ringGoesOn(in *input) {
	if m.newRing(in) {
		m.count(cntRings)
	}
	m.stop(tRingStop)
}

func (m *fxo) offer(*input) {
	m.outgoing = false
	calling := m.caller.number
	if !m.caller.ok {
		calling = tdm.PartyNumber{Presentation: tdm.Unavailable}
		if m.set.callerID && !m.spoilt {
			m.count(cntCallerIDNone)
		}
	}
	m.emit(output{kind: outOffer, prim: tdm.Primitive{Kind: tdm.Setup, Called: m.set.Number, Calling: calling, At: m.now}})
}

func (m *fxo) offerFirst(in *input) {
	m.ringCounts(in)
	m.listen(0)
	m.offer(in)
}

func (m *fxo) offerSecond(in *input) {
	m.ringCounts(in)
	m.stop(tRingStop)
	m.listen(0)
	m.offer(in)
}

func (m *fxo) offerCaller(in *input) {
	m.caller = in.caller
	m.count(cntCallerIDOK)
	m.listen(0)
	m.offer(in)
}

func (m *fxo) abandon(in *input) {
	m.count(cntAbandoned)
	m.rest(in)
}

func (m *fxo) abandonCall(in *input) {
	m.abandon(in)
	m.release(tdm.CauseNormalClearing, "ringstop")
}

func (m *fxo) decline(in *input) {
	m.listen(0)
	m.release(in.prim.Cause, "")
}

func (m *fxo) answer(*input) {
	m.stop(tRingStop, tRing, tBattery)
	m.listen(0)
	m.hook(true)
	m.start(tSeize, m.set.FXO.SeizeMs)
}

// talk begins the call.
func (m *fxo) talk(in *input) {
	m.stop(tSeize, tAnswer, tRingback, tPolarity, tDialTone)
	m.ref, m.refUntil = m.reversed, m.now+ms(answerSettleMs)
	m.listen(m.talkListen())
	m.echo(true)
	if !m.current {
		m.loopOpened(in)
	}
	if !m.battery {
		m.batteryGone(in)
	}
}

// Actions of an outgoing call.

func (m *fxo) seize(in *input) {
	m.stop(tRingStop, tBattery)
	m.outgoing, m.answered, m.caller = true, false, caller{}
	m.digits, m.sending = dialable(in.prim.Called), false
	m.count(cntSeizures)
	m.listen(0)
	m.hook(true)
	m.start(tSeize, m.set.FXO.SeizeMs)
}

// dialable keeps what can be dialled: digits, and ',' or 'w' for a pause.
func dialable(number string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9', r >= 'A' && r <= 'D', r == '*', r == '#', r == ',', r == 'w':
			return r
		case r >= 'a' && r <= 'd':
			return r - 'a' + 'A'
		}
		return -1
	}, number)
}

func (m *fxo) hookSent(*input) { m.sent, m.sentAt = true, m.now }

func (m *fxo) awaitTone(*input) {
	m.stop(tSeize)
	if m.set.FXO.DialToneMs < 0 {
		m.start(tStep, blindMs)
		return
	}
	m.listenAfresh(listenDialTone)
	m.start(tDialTone, m.set.FXO.DialToneMs)
}

func (m *fxo) dial(*input) {
	m.stop(tStep, tDialTone, tCurrent)
	m.listen(0)
	m.ref = m.reversed
	m.sendDigits()
}

// sendDigits sends what is there, be it nothing.
func (m *fxo) sendDigits() {
	m.sending = true
	m.sounding = m.set.FXO.DialMode == DialTone
	m.emit(output{kind: outDigits, digits: m.digits})
	m.digits = ""
}

func (m *fxo) dialMore(*input) { m.sendDigits() }

func (m *fxo) addDigit(in *input) {
	m.digits += dialable(string(rune(in.prim.Digit)))
}

func (m *fxo) sendDigit(in *input) {
	m.addDigit(in)
	if !m.sending && m.digits != "" {
		m.sendDigits()
	}
}

func (m *fxo) digitsSent(*input) { m.sending, m.sounding = false, false }

func (m *fxo) cutThrough(in *input) {
	m.digitsSent(in)
	m.upKind(tdm.Proceeding)
	m.up(tdm.Primitive{Kind: tdm.Progress, InBand: true, At: m.now})
	m.listenAfresh(listenDigits | listenFax | listenTones | listenVoice)
	m.echo(true)
	if after := m.set.FXO.AnswerOn.AfterMs; after > 0 {
		m.start(tAnswer, after)
	}
	if !m.current {
		m.loopOpened(in)
	}
	if m.reversed != m.ref && m.set.FXO.AnswerOn.Polarity {
		m.start(tPolarity, polarityMs)
	}
}

func (m *fxo) ringbackHeard(*input) { m.stop(tRingback) }
func (m *fxo) ringbackEnds(*input)  { m.start(tRingback, m.set.FXO.RingStopMs) }

func (m *fxo) connect(basis string) {
	m.up(tdm.Primitive{Kind: tdm.Connect, AnswerBasis: basis, At: m.now})
}

func (m *fxo) answeredByPolarity(in *input) {
	m.connect("polarity")
	m.talk(in)
	m.answered = true
}

func (m *fxo) answeredByVoice(in *input) {
	m.connect("voice")
	m.talk(in)
	m.refUntil = m.now
}

func (m *fxo) answeredByTime(in *input) {
	m.connect("time")
	m.talk(in)
	m.refUntil = m.now
}

// Actions on loop and polarity in a call.

func (m *fxo) loopOpened(*input) {
	if m.set.FXO.Disconnect.CurrentMs > 0 {
		m.start(tCurrent, m.set.FXO.Disconnect.CurrentMs)
	}
}

func (m *fxo) loopClosed(*input) { m.stop(tCurrent) }

func (m *fxo) moveRef(*input) {
	m.stop(tPolarity)
	m.ref = m.reversed
}

func (m *fxo) lateReversal(in *input) {
	m.answered = true
	m.moveRef(in)
}

func (m *fxo) flip(*input) {
	if m.reversed == m.ref {
		m.stop(tPolarity)
	} else {
		m.start(tPolarity, polarityMs)
	}
}

func (m *fxo) dialToneInCall(*input) { m.start(tDialTone, m.set.FXO.Disconnect.DialToneMs) }
func (m *fxo) dialToneOver(*input)   { m.stop(tDialTone) }

// Actions of clearing.

// hangUp puts the line on hook; the guard time begins.
func (m *fxo) hangUp() {
	m.stopAll()
	m.hook(false)
	m.quiet()
	m.listen(0)
	m.echo(false)
	m.mute(false)
	m.start(tGuard, m.set.FXO.GuardMs)
}

func (m *fxo) clearDown(c tdm.Cause, detector string) {
	m.hangUp()
	m.release(c, detector)
}

func (m *fxo) disconnect(in *input) { m.clearDown(in.prim.Cause, "") }

func (m *fxo) clearCurrent(*input) {
	m.count(cntCurrentDisconnects)
	m.clearDown(tdm.CauseNormalClearing, "cpc")
}

func (m *fxo) clearPolarity(*input) { m.clearDown(tdm.CauseNormalClearing, "polarity") }
func (m *fxo) clearTone(*input)     { m.clearDown(tdm.CauseNormalClearing, "tone") }
func (m *fxo) clearSilence(*input)  { m.clearDown(tdm.CauseNormalClearing, "silence") }
func (m *fxo) clearBattery(*input)  { m.clearDown(tdm.CauseNormalClearing, "battery") }

func (m *fxo) noCurrent(*input)    { m.clearDown(tdm.CauseDestinationOutOfOrder, "cpc") }
func (m *fxo) lostCurrent(*input)  { m.clearDown(tdm.CauseNormalUnspecified, "cpc") }
func (m *fxo) noDialTone(*input)   { m.clearDown(tdm.CauseCircuitUnavailable, "") }
func (m *fxo) noRegister(*input)   { m.clearDown(tdm.CauseNoCircuit, "tone") }
func (m *fxo) calledBusy(*input)   { m.clearDown(tdm.CauseUserBusy, "tone") }
func (m *fxo) congested(*input)    { m.clearDown(tdm.CauseNoCircuit, "tone") }
func (m *fxo) unobtainable(*input) { m.clearDown(tdm.CauseUnallocated, "tone") }
func (m *fxo) dropped(*input)      { m.clearDown(tdm.CauseTemporaryFailure, "tone") }

// guardRing takes up a ringing that began during the guard time.
func (m *fxo) guardRing(in *input) {
	m.rest(in)
	m.ringBegins(in)
}

// Actions of glare.

func (m *fxo) refuseGlare(*input) {
	m.count(cntGlare)
	m.refuse(tdm.CauseCircuitUnavailable)
}

func (m *fxo) withdraw(in *input) {
	m.count(cntGlare)
	m.stop(tSeize)
	m.hook(false)
	m.outgoing = false
	m.release(tdm.CauseCircuitUnavailable, "")
	m.listenIdle()
	m.ringBegins(in)
}

func (m *fxo) tripped(in *input) {
	m.count(cntGlare)
	m.count(cntRings)
	m.release(tdm.CauseCircuitUnavailable, "")
	m.listen(listenDigits | listenFax | listenTones)
	m.offer(in)
}

func (m *fxo) loopUp(*input) { m.stop(tSeize, tCurrent) }

// Actions of refusal and failure.

func (m *fxo) refuseBusy(*input) { m.refuse(tdm.CauseUserBusy) }
func (m *fxo) refuseOut(*input)  { m.refuse(tdm.CauseDestinationOutOfOrder) }

func (m *fxo) failIdle(in *input) {
	m.lose(in)
	m.failed, m.reason = true, in.reason
}

func (m *fxo) failCall(in *input) {
	m.failIdle(in)
	m.release(in.prim.Cause, "")
}

func (m *fxo) restore(in *input) {
	m.failed = false
	m.rest(in)
}
