package loop

import (
	"tipring/dsp/callerid"
	"tipring/tdm"
)

// Actions of caller ID that a line loops for (NTT's form).

// loopDataMs is how long the data may take to come and pass when the loop is closed: some 700 ms, and what an exchange takes.
const loopDataMs = 3000

// lineReversed: a call is announced, whatever comes first.
func (m *fxo) lineReversed(in *input) {
	m.announced = true
	m.expectRing(in)
}

// isActivation tells the short ring that asks a line to loop from one that is only short.
func (m *fxo) isActivation(*input) bool {
	return m.set.callerID && m.set.standard.Alert == callerid.LoopClosure && m.announced && !m.looped
}

// closeForData closes the loop in the pause of the activating signal.
func (m *fxo) closeForData(*input) {
	m.looped = true
	m.stop(tRing)
	m.hook(true)
	m.start(tSeize, m.set.FXO.SeizeMs)
}

func (m *fxo) awaitData(*input) {
	m.stop(tSeize)
	m.listenAfresh(listenCallerID)
	m.start(tStep, loopDataMs)
}

// openAgain opens the loop: the exchange rings now.
func (m *fxo) openAgain(*input) {
	m.stop(tSeize, tStep)
	m.hook(false)
	m.listen(0)
	m.start(tRingStop, preRingMs)
}

func (m *fxo) dataRead(in *input) {
	m.openAgain(in)
	m.keepCaller(in)
}

func (m *fxo) dataSpoilt(in *input) {
	m.openAgain(in)
	m.badCaller(in)
}

// Actions of a second call that the exchange tells of.

// waitingDataMs is how long we stay muted for data behind the alerting signal: 100 ms of acknowledgement, 500 ms until it comes, and a
// message with a name, a number and a time.
const waitingDataMs = 1500

func (m *fxo) talkListen() listen {
	l := listenDigits | listenFax | listenTones | listenSilence
	if m.set.CallWaiting {
		l |= listenAlert
	}
	return l
}

// acknowledge asks for the data. Neither side hears the other until it has come.
func (m *fxo) acknowledge(*input) {
	m.stop(tDialTone)
	m.mute(true)
	m.sounding, m.sending = true, true
	m.emit(output{kind: outAck})
	m.listenAfresh(listenCallerID)
	m.start(tStep, waitingDataMs)
}

// converse gives the line back to the conversation.
func (m *fxo) converse(*input) {
	m.stop(tStep)
	m.quiet()
	m.mute(false)
	m.listen(m.talkListen())
	if m.sending = false; m.digits != "" {
		m.sendDigits()
	}
}

func (m *fxo) secondCaller(in *input) {
	m.count(cntCallerIDOK)
	m.tellSecond(in.caller.number)
	m.converse(in)
}

func (m *fxo) secondSpoilt(in *input) {
	m.count(cntCallerIDBad)
	m.tellSecond(tdm.PartyNumber{Presentation: tdm.Unavailable})
	m.converse(in)
}

func (m *fxo) tellSecond(p tdm.PartyNumber) {
	m.up(tdm.Primitive{Kind: tdm.Notify, Event: "callwaiting", Calling: p, At: m.now})
}
