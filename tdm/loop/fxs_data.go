package loop

import "tipring/tdm"

// Actions of a telephone that loops for its caller ID (NTT's form).

// looped: the telephone is ready for the data. A handset that was lifted looks the same; it hears the data, and is taken for the
// answer when the loop stays closed behind it.
func (m *fxs) looped(in *input) {
	m.calling = false
	m.stop(tStep)
	m.ringOff()
	m.nextStep(in)
}

func (m *fxs) isCalling(*input) bool { return m.calling }

// ringNow: the telephone has opened its loop, with the data or without.
func (m *fxs) ringNow(*input) {
	m.stop(tStep)
	m.quiet()
	m.startRinging()
}

// Actions of a second call to a telephone in a call.

const (
	// ackMs is how long the acknowledgement may take: 80 ms of alerting signal, 160 ms until it begins, 65 ms of it, and what the
	// card and the detector add.
	ackMs = 80 + 160 + 65 + 115
	// waitingQuietMs lies between the report of the acknowledgement, which comes before its end, and the data: 50 to 500 ms behind that
	// end (GR-30-CORE).
	waitingQuietMs = 120
)

func (m *fxs) takesWaiting(*input) bool { return m.set.CallWaiting && !m.waits }
func (m *fxs) showsWaiting(*input) bool { return m.set.callerID && m.set.standard.InCall() }
func (m *fxs) isAck(in *input) bool     { return in.digit == 'A' || in.digit == 'D' }

func (m *fxs) callWaits(*input) {
	m.waits = true
	m.emit(output{kind: outWait})
	m.emit(output{kind: outUpWaiting, prim: tdm.Primitive{Kind: tdm.Alerting}})
	m.tone("callwaiting")
	m.start(tStep, m.set.waiting)
}

func (m *fxs) alertWaiting(*input) {
	m.mute(true)
	m.emit(output{kind: outAlert})
	m.start(tStep, ackMs)
}

func (m *fxs) sendWaiting(*input) {
	m.stop(tStep)
	m.emit(output{kind: outWaitingID, at: m.now + ms(waitingQuietMs)})
}

// waitOver gives the line back to the conversation.
func (m *fxs) waitOver(in *input) {
	m.stop(tStep)
	m.quiet()
	m.mute(false)
	m.sendDigits(in)
}

func (m *fxs) waitingSent(in *input) {
	m.count(cntCallerIDSent)
	m.waitOver(in)
}

// dropWaiting: the call that waits has gone, or the line.
func (m *fxs) dropWaiting(in *input) {
	m.waits = false
	m.emit(output{kind: outUpWaiting, prim: release(in.prim.Cause, "", m.now)})
}

func (m *fxs) waitingGone(in *input) {
	m.dropWaiting(in)
	m.waitOver(in)
}
