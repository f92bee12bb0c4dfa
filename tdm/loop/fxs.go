package loop

import "tipring/tdm"

// fxsState is a state of the FXS machine.
type fxsState uint8

const (
	fxsIdle         fxsState = iota // on hook, no call
	fxsSeized                       // off hook, Setup sent
	fxsDialTone                     // dial tone heard
	fxsDialing                      // digits are coming
	fxsProceeding                   // the number is complete
	fxsDelivered                    // the far end is alerted
	fxsPrelude                      // alerting signals and caller ID before the first ring
	fxsLooped                       // the telephone has looped for caller ID
	fxsFirstRing                    // ringing, caller ID is to follow in the first pause
	fxsCallerID                     // the pause of the burst
	fxsRinging                      // ringing
	fxsTalking                      // answered, either way
	fxsWaitTone                     // in the call: a second call comes, its tone sounds
	fxsWaitAlert                    // in the call: the alerting signal, its acknowledgement is due
	fxsWaitData                     // in the call: the second call's caller ID
	fxsOpenFeed                     // battery removed to tell the far end's clearing
	fxsRefeed                       // battery back, loop current settles
	fxsReleaseTone                  // the call has gone, the telephone is off hook and hears why
	fxsHowler                       // it is still off hook: receiver-off-hook tone
	fxsLockedOut                    // it is still off hook: silence until on-hook
	fxsOutOfService                 // the card has failed
	numFXSStates
)

var fxsStateNames = [numFXSStates]string{"idle", "seized", "dialtone", "dialing", "proceeding", "delivered", "prelude",
	"looped", "firstring", "callerid", "ringing", "talking", "waittone", "waitalert", "waitdata", "openfeed", "refeed", "releasetone", "howler", "lockedout", "outofservice"}

func (s fxsState) String() string { return fxsStateNames[s] }

// fxsLineStates are the names of LineStatus.State, by state of the machine.
var fxsLineStates = [numFXSStates]string{"idle", "offhook", "offhook", "dialing", "dialing", "dialing", "ringing",
	"ringing", "ringing", "ringing", "ringing", "talking", "talking", "talking", "talking", "disconnected", "disconnected", "disconnected", "disconnected", "disconnected",
	"out_of_service"}

// fxsEvent is an event of the FXS machine.
type fxsEvent uint8

const (
	fxsOffHook     fxsEvent = iota // the telephone went off hook
	fxsOnHook                      // on hook for longer than a flash
	fxsFlash                       // hook flash
	fxsBreak                       // the loop has opened; it may become a pulse, a flash or on-hook
	fxsPulse                       // a digit by dial pulses
	fxsDTMF                        // a digit by DTMF
	fxsRingOn                      // ringing voltage on
	fxsRingOff                     // ringing voltage off
	fxsBurstDone                   // the caller-ID burst has been sent
	fxsDigitsSent                  // digits for the telephone have been sent
	fxsStepDue                     // timer step
	fxsRingLate                    // timer ring: no ringing although commanded
	fxsHowlerDue                   // timer howler
	fxsLockoutDue                  // timer lockout
	fxsFeedDue                     // timer feed
	fxsSetup                       // primitives from the call
	fxsSetupAck                    //
	fxsInformation                 //
	fxsProceed                     //
	fxsProgress                    //
	fxsAlert                       //
	fxsConnect                     //
	fxsDisconnect                  //
	fxsWaitCleared                 // the call that waits was cleared
	fxsFail                        // the card has failed, or the group ends
	fxsRestore                     // the card is back
	numFXSEvents
)

var fxsEventNames = [numFXSEvents]string{"offhook", "onhook", "flash", "break", "pulse", "dtmf", "ringon", "ringoff",
	"burstdone", "digitssent", "stepdue", "ringlate", "howlerdue", "lockoutdue", "feeddue", "SETUP", "SETUP ACK", "INFORMATION", "PROCEEDING",
	"PROGRESS", "ALERTING", "CONNECT", "DISCONNECT", "waitcleared", "fail", "restore"}

func (e fxsEvent) String() string { return fxsEventNames[e] }

// fxsTimerEvents are the events of timers.
var fxsTimerEvents = map[timer]fxsEvent{tStep: fxsStepDue, tRing: fxsRingLate, tHowler: fxsHowlerDue, tLockout: fxsLockoutDue, tFeed: fxsFeedDue}

// fxsPrimitives are the events of primitives.
var fxsPrimitives = map[tdm.PrimitiveKind]fxsEvent{
	tdm.Setup: fxsSetup, tdm.SetupAck: fxsSetupAck, tdm.Information: fxsInformation, tdm.Proceeding: fxsProceed, tdm.Progress: fxsProgress,
	tdm.Alerting: fxsAlert, tdm.Connect: fxsConnect, tdm.Disconnect: fxsDisconnect,
}

// ringStartMs is how long a card may take to begin ringing.
const ringStartMs = 1000

// settleMs is how long loop current may take to come back when the feed does.
const settleMs = 300

// fxs is the machine of one line to a telephone.
type fxs struct {
	machine
	state    fxsState
	closed   bool // the loop, as last seen
	alert    alerting
	step     int  // next of alert.before
	ringOffs int  // ends of ringing since the cadence began
	pulse    bool // a ring pulse is out
	calling  bool // stepActivate is under way
	waits    bool // a second call waits
	alerted  bool // Alerting has gone up
	ringing  bool // a cadence was commanded
	linefeed tdm.Linefeed
	cause    tdm.Cause
	digits   string        // still to be sent to the telephone
	row      func(*fxsRow) // told of each row taken, for tests; may be nil
}

// input runs one event through the diagram.
func (m *fxs) input(e fxsEvent, in *input) {
	next, row := fxsTable.Step(m, m.state, e, in)
	if row == nil {
		m.count(cntUnexpected)
		return
	}
	m.state = next
	if m.row != nil {
		m.row(row)
	}
}

func (m *fxs) feed(f tdm.Linefeed) {
	m.linefeed = f
	m.emit(output{kind: outFeed, feed: f})
}

func (m *fxs) ring(c tdm.Cadence) {
	m.ringing = true
	m.emit(output{kind: outRing, cadence: c})
}

func (m *fxs) ringOff() {
	if m.ringing {
		m.ringing = false
		m.emit(output{kind: outRingOff})
	}
}

// clear brings the line back to rest, whatever it did.
func (m *fxs) clear() {
	m.stopAll()
	m.ringOff()
	m.quiet()
	if m.linefeed != tdm.FeedForward {
		m.feed(tdm.FeedForward)
	}
	m.listen(0)
	m.echo(false)
	m.mute(false)
}

// Guards.

func (m *fxs) isBlocked(*input) bool { return m.blocked != "" }
func (m *fxs) isClosed(*input) bool  { return m.closed }
func (m *fxs) hasPrelude(in *input) bool {
	return len(in.alert.before) > 0
}
func (m *fxs) sendsAfterRing(in *input) bool { return in.alert.after }
func (m *fxs) moreSteps(*input) bool         { return m.step < len(m.alert.before) && !m.calling }
func (m *fxs) inPulse(*input) bool           { return m.pulse }
func (m *fxs) firstPause(*input) bool        { return m.ringOffs+1 == m.alert.rings }
func (m *fxs) secondWaits(*input) bool       { return m.alert.first.N > 0 }
func (m *fxs) opensFeed(*input) bool         { return m.set.FXS.OpenFeedMs > 0 }

// Actions of a call that the telephone makes.

func (m *fxs) originate(*input) {
	m.stopAll()
	m.quiet()
	m.count(cntSeizures)
	m.listen(listenDigits | listenFax)
	m.echo(true)
	m.emit(output{kind: outOffer, prim: tdm.Primitive{
		Kind: tdm.Setup, Calling: tdm.PartyNumber{Digits: m.set.Number, Name: m.set.CallerIDName}, At: m.now,
	}})
}

func (m *fxs) refuseOriginate(*input) {
	m.listen(0)
	m.treat(tdm.CauseResourceUnavailable)
}

func (m *fxs) dialTone(*input) { m.tone("dial") }

func (m *fxs) redial(in *input) {
	m.flash(in)
	m.tone("dial")
}

func (m *fxs) silence(*input) { m.quiet() }

func (m *fxs) digit(in *input) {
	m.quiet()
	m.count(cntDigits)
	m.up(tdm.Primitive{Kind: tdm.Information, Digit: in.digit, At: m.now})
}

func (m *fxs) countDigit(*input) { m.count(cntDigits) }

func (m *fxs) progress(in *input) {
	if in.prim.InBand {
		m.quiet()
	}
}

func (m *fxs) ringback(in *input) {
	if in.prim.InBand {
		m.quiet()
	} else {
		m.tone("ring")
	}
}

func (m *fxs) answered(*input) {
	m.quiet()
	m.digits = ""
	if m.set.FXS.ReverseOnAnswer {
		m.feed(tdm.FeedReverse)
	}
}

// Actions of a call to the telephone.

func (m *fxs) present(in *input) {
	m.alert, m.step, m.ringOffs, m.pulse, m.calling, m.alerted = in.alert, 0, 0, false, false, in.recall
	m.count(cntRings)
}

func (m *fxs) prelude(in *input) {
	m.present(in)
	m.nextStep(in)
}

// nextStep carries out the steps before the first ring up to the next that takes time.
func (m *fxs) nextStep(*input) {
	if m.calling { // nobody has looped: the data is left out
		m.calling, m.step = false, len(m.alert.before)
	}
	for m.pulse = false; m.step < len(m.alert.before); {
		s := m.alert.before[m.step]
		m.step++
		switch s.kind {
		case stepReverse:
			m.feed(tdm.FeedReverse)
			continue
		case stepWait:
			m.start(tStep, s.ms)
		case stepPulse:
			m.pulse = true
			c := tdm.Cadence{N: 2, Once: true}
			c.Ms[0], c.Ms[1] = uint16(s.ms), 1
			m.ring(c)
			m.start(tStep, s.ms+ringStartMs)
		case stepActivate:
			m.calling = true
			c := tdm.Cadence{N: 2}
			c.Ms[0], c.Ms[1] = uint16(m.alert.shortMs), uint16(m.alert.shortMs)
			m.ring(c)
			m.start(tStep, s.ms)
		case stepBurst:
			m.burst(0)
		}
		return
	}
	m.startRinging()
}

func (m *fxs) burst(at int64) {
	m.sounding = true
	m.emit(output{kind: outBurst, at: at})
}

func (m *fxs) startRinging() {
	m.ringOffs = 0
	if m.linefeed != tdm.FeedForward && !m.alert.reversed {
		m.feed(tdm.FeedForward)
	}
	if m.alert.after && m.alert.first.N > 0 {
		m.ring(m.alert.first)
	} else {
		m.ring(m.alert.cadence)
	}
	m.start(tRing, ringStartMs)
}

func (m *fxs) presentRing(in *input) {
	m.present(in)
	m.startRinging()
}

func (m *fxs) pulseOver(in *input) {
	m.stop(tStep)
	m.nextStep(in)
}

func (m *fxs) sentBefore(in *input) {
	m.sounding = false
	m.count(cntCallerIDSent)
	m.nextStep(in)
}

func (m *fxs) ringBegins(*input) {
	m.stop(tRing)
	if !m.alerted {
		m.alerted = true
		m.upKind(tdm.Alerting)
	}
}

func (m *fxs) ringEnds(*input) { m.ringOffs++ }

func (m *fxs) sendCallerID(*input) {
	m.ringOffs++
	m.burst(m.now + int64(m.alert.afterMs)*tdm.Quantum)
}

func (m *fxs) sent(*input) {
	m.sounding = false
	m.count(cntCallerIDSent)
}

func (m *fxs) sentWait(in *input) {
	m.sent(in)
	m.start(tStep, m.alert.beforeMs)
}

func (m *fxs) secondRing(*input) {
	m.ring(m.alert.cadence)
	m.start(tRing, ringStartMs)
}

func (m *fxs) cutBurst(*input) { m.quiet() }

func (m *fxs) pickUp(*input) {
	m.stop(tStep, tRing)
	m.ringOff()
	m.quiet()
	if m.linefeed != tdm.FeedForward {
		m.feed(tdm.FeedForward)
	}
	m.digits = ""
	m.listen(listenDigits | listenFax)
	m.echo(true)
	m.up(tdm.Primitive{Kind: tdm.Connect, AnswerBasis: "offhook", At: m.now})
}

func (m *fxs) noRing(*input) {
	m.clear()
	m.release(tdm.CauseDestinationOutOfOrder, "")
	m.idle()
}

func (m *fxs) stopRinging(in *input) {
	m.clear()
	m.release(in.prim.Cause, "")
	m.idle()
}

// Actions in a call.

func (m *fxs) flash(*input) {
	m.count(cntFlashes)
	m.up(tdm.Primitive{Kind: tdm.Notify, Event: "hookflash", At: m.now})
}

func (m *fxs) sendDigit(in *input) {
	m.digits += dialable(string(rune(in.prim.Digit)))
	if !m.sounding {
		m.sendDigits(in)
	}
}

func (m *fxs) sendDigits(*input) {
	m.sounding = m.digits != ""
	if m.sounding {
		m.emit(output{kind: outDigits, digits: m.digits})
	}
	m.digits = ""
}

func (m *fxs) hangUp(*input) {
	m.clear()
	m.release(tdm.CauseNormalClearing, "onhook")
	m.idle()
}

// Actions of clearing.

// treat lets the telephone hear why there is no call.
func (m *fxs) treat(c tdm.Cause) {
	m.quiet()
	if name := m.set.treatment(c); name != toneNone {
		m.tone(name)
	}
	if m.set.FXS.HowlerAfterMs > 0 {
		m.start(tHowler, m.set.FXS.HowlerAfterMs)
	}
}

func (m *fxs) disconnect(in *input) {
	m.release(in.prim.Cause, "")
	m.stop(tStep)
	m.mute(false)
	m.echo(false)
	m.listen(0)
	if m.linefeed != tdm.FeedForward {
		m.feed(tdm.FeedForward)
	}
	m.treat(in.prim.Cause)
}

func (m *fxs) openFeed(in *input) {
	m.release(in.prim.Cause, "")
	m.cause = in.prim.Cause
	m.stop(tStep)
	m.mute(false)
	m.echo(false)
	m.listen(0)
	m.quiet()
	m.feed(tdm.FeedOpen)
	m.start(tFeed, m.set.FXS.OpenFeedMs)
}

func (m *fxs) closeFeed(*input) {
	m.feed(tdm.FeedForward)
	m.start(tFeed, settleMs)
}

func (m *fxs) treatLate(*input) { m.treat(m.cause) }

func (m *fxs) howl(*input) {
	m.tone(toneHowler)
	m.start(tLockout, m.set.FXS.LockoutAfterMs)
}

func (m *fxs) lockOut(*input) { m.quiet() }

func (m *fxs) rest(*input) {
	m.clear()
	m.idle()
}

// idle takes up what had to wait for the end of the call.
func (m *fxs) idle() {
	m.adopt()
	if m.waits {
		m.waits = false
		m.emit(output{kind: outRecall})
	}
}

// Actions of refusal and failure.

func (m *fxs) refuseBusy(*input) { m.refuse(tdm.CauseUserBusy) }
func (m *fxs) refuseOut(*input)  { m.refuse(tdm.CauseDestinationOutOfOrder) }

func (m *fxs) failIdle(in *input) {
	m.clear()
	if m.waits {
		m.dropWaiting(in)
	}
	m.reason = in.reason
}

func (m *fxs) failCall(in *input) {
	m.failIdle(in)
	m.release(in.prim.Cause, "")
}

func (m *fxs) restore(*input) {
	m.reason = ""
	m.feed(tdm.FeedForward)
	m.idle()
}
