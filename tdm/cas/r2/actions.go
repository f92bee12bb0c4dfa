package r2

import (
	"tipring/tdm"
	"tipring/tdm/cas"
)

// Guards.

func (m *machine) isBlocked(*cas.Input) bool { return m.blocked }
func (m *machine) badNumber(in *cas.Input) bool {
	return in.Prim.Called == "" || !isDigits(in.Prim.Called)
}
func (m *machine) farIdle(*cas.Input) bool   { return m.bits == idleBits }
func (m *machine) farSeizes(*cas.Input) bool { return m.bits == seizeBits }
func (m *machine) farBlocks(*cas.Input) bool { return m.bits == backBits }
func (m *machine) accepts(*cas.Input) bool   { return m.hasAnswer().kind == isAccepted }
func (m *machine) acceptsTalks(*cas.Input) bool {
	return m.farAnswers && m.hasAnswer().kind == isAccepted
}
func (m *machine) refuses(*cas.Input) bool {
	k := m.hasAnswer().kind
	return k == isRefused || k == notKnown
}
func (m *machine) waits(*cas.Input) bool         { return m.hasAnswer().kind == toWait }
func (m *machine) takesPulses(*cas.Input) bool   { return m.v.meterMs > 0 || m.v.reanswerMs > 0 }
func (m *machine) offers(*cas.Input) bool        { return m.request.kind == toOffer }
func (m *machine) acceptsAtOnce(*cas.Input) bool { return m.request.kind == toAccept }
func (m *machine) refusesCall(*cas.Input) bool   { return m.request.kind == toRefuse }
func (m *machine) ignores(*cas.Input) bool       { return m.request.kind == toIgnore }
func (m *machine) hasNumber(*cas.Input) bool {
	return m.back.turn == ofCalled && m.back.called != "" && m.request.kind == toAsk
}
func (m *machine) wasAnswered(*cas.Input) bool { return m.connect }

func (m *machine) noSpeech(in *cas.Input) bool {
	p := &in.Prim
	return p.ISDN != nil && p.ISDN.Bearer.Capability != 0 && p.ISDN.Bearer.Capability != 16
}

// hasAnswer is what the backward signal that has ended leads to.
func (m *machine) hasAnswer() answer {
	m.fwdNext = m.fwd
	m.answer = m.fwdNext.answer(m.v, m.signal)
	return m.answer
}

// Line.

func (m *machine) refuseSetup(*cas.Input)  { m.refuse(tdm.CauseCircuitUnavailable) }
func (m *machine) refuseNumber(*cas.Input) { m.refuse(tdm.CauseInvalidNumber) }
func (m *machine) refuseBearer(*cas.Input) { m.refuse(tdm.CauseBearerNotImplemented) }
func (m *machine) sendBlocked(*cas.Input)  { m.sendBits(backBits) }

// sendIdle sends what an idle channel sends.
func (m *machine) sendIdle(*cas.Input) {
	if m.blocked {
		m.sendBits(backBits)
		return
	}
	m.sendBits(idleBits)
}

func (m *machine) seize(in *cas.Input) {
	m.count("seizures")
	m.begin(&in.Prim)
	m.sendBits(seizeBits)
	m.start(tSeize, seizeMs)
}

func (m *machine) doubleSeizure(*cas.Input) {
	m.count("glare")
	m.stop(tSeize)
	m.start(tGuard, bothSeizedMs)
	m.release(tdm.CauseCircuitUnavailable)
}

// clearForward ends a call by our side's clear forward.
func (m *machine) clearForward(c tdm.Cause) {
	m.rest()
	m.sendBits(idleBits)
	m.release(c)
	m.start(tRelease, releaseMs)
}

func (m *machine) callCleared(in *cas.Input) { m.clearForward(in.Prim.Cause) }
func (m *machine) farCleared(*cas.Input)     { m.clearForward(tdm.CauseNormalClearing) }
func (m *machine) farForced(*cas.Input) {
	m.count("forced releases")
	m.clearForward(tdm.CauseNormalClearing)
}
func (m *machine) clearBoth(*cas.Input) { m.clearForward(tdm.CauseCircuitUnavailable) }

func (m *machine) noAcknowledgement(*cas.Input) {
	m.count("no acknowledgement")
	m.clearForward(tdm.CauseCircuitUnavailable)
}

// abandon lets the call go; the seizure stays until the far end has seen it.
func (m *machine) abandon(in *cas.Input) { m.release(in.Prim.Cause) }

func (m *machine) clearAbandoned(*cas.Input) { m.clearForward(tdm.CauseNormalClearing) }

func (m *machine) noAcknowledgementGuard(in *cas.Input) {
	m.noAcknowledgement(in)
	m.beginGuard(in)
}

func (m *machine) outOfTurn(*cas.Input) {
	m.count("protocol errors")
	m.clearForward(tdm.CauseProtocolError)
}

func (m *machine) registerTimeout(*cas.Input) {
	m.count("register timeouts")
	m.clearForward(tdm.CauseRecoveryOnTimer)
}

func (m *machine) beginGuard(*cas.Input) {
	m.rest()
	m.start(tGuard, guardMs)
}

// isStuck gives up waiting. Two ends that both believe to be called are freed by who first says that it is idle.
func (m *machine) isStuck(in *cas.Input) {
	m.rest()
	m.sendIdle(in)
	m.count("stuck")
}

func (m *machine) fail(*cas.Input) {
	m.rest()
	m.sendBits(backBits)
	m.release(tdm.CauseNetworkOutOfOrder)
}

func (m *machine) restore(in *cas.Input) {
	m.sendIdle(in)
	m.start(tGuard, guardMs)
}

// Forward register.

func (m *machine) firstDigit(*cas.Input) {
	m.stop(tSeize)
	m.listen(cas.R2Backward)
	m.hold(cas.R2Forward, m.fwd.called[0])
	m.start(tForward, forwardMs)
}

func (m *machine) backwardHeard(*cas.Input) {
	m.stop(tForward)
	m.quiet()
	m.start(tEnd, endMs)
}

func (m *machine) sendNext(*cas.Input) {
	m.fwd = m.fwdNext
	m.stop(tEnd)
	m.hold(cas.R2Forward, m.answer.tone)
	m.start(tForward, forwardMs)
}

func (m *machine) sendNothing(*cas.Input) {
	m.fwd = m.fwdNext
	m.start(tEnd, endMs)
}

func (m *machine) answerInTones(*cas.Input) { m.farAnswers = true }

func (m *machine) takeAcceptance(*cas.Input) {
	free := m.answer.what == acceptFree
	m.stop(tEnd)
	m.listen(cas.NoRegister)
	m.up(tdm.Primitive{Kind: tdm.Alerting, InBand: true, At: m.at})
	if free {
		m.charge(tdm.Charge{Phase: 'S', Free: true})
	}
}

func (m *machine) takeAcceptanceAndAnswer(in *cas.Input) {
	m.takeAcceptance(in)
	m.upKind(tdm.Connect)
}

func (m *machine) takeRefusal(*cas.Input) {
	if m.answer.kind == notKnown {
		m.count("protocol errors")
		m.clearForward(tdm.CauseProtocolError)
		return
	}
	m.clearForward(causeOf(m.answer.what))
}

func (m *machine) farAnswered(*cas.Input) { m.upKind(tdm.Connect) }

func (m *machine) pulseBegins(*cas.Input) { m.start(tClear, max(m.v.meterMs, m.v.reanswerMs)) }

func (m *machine) pulseEnds(*cas.Input) {
	m.stop(tClear)
	if m.v.meterMs > 0 {
		m.units++
		m.charge(tdm.Charge{Phase: 'D', Units: m.units, Subtotal: true})
	}
}

func (m *machine) charge(c tdm.Charge) {
	m.up(tdm.Primitive{Kind: tdm.Notify, Event: "charge", ISDN: &tdm.ISDN{Charge: &c}, At: m.at})
}

// Backward register.

func (m *machine) acknowledge(*cas.Input) {
	m.rest()
	m.count("seizures")
	m.back = incoming{asked: m.cfg.ANI == 0}
	m.sendBits(backBits)
	m.listen(cas.R2Forward)
	m.start(tBackward, backwardMs)
}

func (m *machine) ask(*cas.Input) {
	m.stop(tBackward)
	m.back = m.backNext
	m.hold(cas.R2Backward, m.request.tone)
	m.start(tEnd, endMs)
}

func (m *machine) forwardEnds(*cas.Input) {
	m.stop(tEnd)
	m.quiet()
	ms := backwardMs
	if m.back.turn == ofCalled && m.back.called != "" {
		ms = numberMs
	}
	m.start(tBackward, ms)
}

func (m *machine) askByPulse(*cas.Input) {
	m.back = m.backNext
	m.hold(cas.R2Backward, m.request.tone)
	m.start(tPulse, pulseMs)
}

func (m *machine) pulseSent(*cas.Input) {
	m.quiet()
	m.start(tBackward, backwardMs)
}

func (m *machine) offer(*cas.Input) {
	m.stop(tBackward)
	m.back = m.backNext
	m.call = true
	m.up(m.back.setup(m.at))
	m.start(tDecide, decideMs)
}

func (m *machine) acceptAtOnce(in *cas.Input) {
	m.ask(in)
	m.call = true
	m.up(m.back.setup(m.at))
}

func (m *machine) accept(*cas.Input) {
	m.stop(tDecide)
	m.hold(cas.R2Backward, m.v.signal(groupB, acceptCharged))
	m.start(tEnd, endMs)
}

func (m *machine) acceptAndRing(in *cas.Input) {
	m.ring = true
	m.accept(in)
}

func (m *machine) acceptAndConnect(in *cas.Input) {
	m.connect = true
	m.accept(in)
}

func (m *machine) refuseCall(in *cas.Input) {
	m.stop(tDecide)
	m.hold(cas.R2Backward, m.v.refusal(in.Prim.Cause))
	m.start(tEnd, endMs)
	m.release(in.Prim.Cause)
}

func (m *machine) refuseAtOnce(*cas.Input) {
	m.stop(tBackward)
	m.hold(cas.R2Backward, m.request.tone)
	m.start(tEnd, endMs)
}

func (m *machine) noNumber(*cas.Input) {
	m.count("register timeouts")
	m.hold(cas.R2Backward, m.v.signal(groupA, congestion))
	m.start(tPulse, pulseMs)
	m.start(tRelease, releaseMs)
}

func (m *machine) compelledTimeout(*cas.Input) {
	m.count("register timeouts")
	m.quiet()
	m.listen(cas.NoRegister)
	m.release(tdm.CauseRecoveryOnTimer)
	m.start(tRelease, releaseMs)
}

func (m *machine) acceptanceSent(*cas.Input) {
	m.stop(tEnd)
	m.quiet()
	m.listen(cas.NoRegister)
	if m.connect {
		m.start(tAnswer, answerMs)
	} else if m.ring {
		m.play("ring")
	}
}

func (m *machine) refusalSent(*cas.Input) {
	m.stop(tEnd)
	m.quiet()
	m.listen(cas.NoRegister)
	m.start(tRelease, releaseMs)
}

func (m *machine) noteRing(*cas.Input)    { m.ring = true }
func (m *machine) noteConnect(*cas.Input) { m.connect = true }
func (m *machine) ringback(*cas.Input)    { m.play("ring") }
func (m *machine) passAudio(*cas.Input)   { m.quiet() }
func (m *machine) endPulse(*cas.Input)    { m.quiet() }

// connectCall answers, when the register signals have been over for long enough.
func (m *machine) connectCall(*cas.Input) {
	m.stop(tAnswer)
	m.quiet()
	m.clear = true
	if m.cfg.DoubleAnswer {
		m.send(tdm.SigRun{Bits: uint8(answerBits), Ms: doubleAnswerMs}, tdm.SigRun{Bits: uint8(backBits), Ms: doubleClearMs}, tdm.SigRun{Bits: uint8(answerBits)})
		return
	}
	m.sendBits(answerBits)
}

// clearBack ends an answered call from the called end.
func (m *machine) clearBack(in *cas.Input) {
	m.quiet()
	m.sendBits(backBits)
	m.release(in.Prim.Cause)
	m.start(tRelease, releaseMs)
}

// treat ends a call that was accepted and not answered: no bits say so but forced release, where there is that; else a tone does.
func (m *machine) treat(in *cas.Input) {
	m.stop(tAnswer, tEnd, tDecide)
	m.listen(cas.NoRegister)
	switch {
	case m.v.ForcedRelease:
		m.quiet()
		m.sendBits(seizeBits)
	case in.Prim.Cause == tdm.CauseUserBusy:
		m.play("busy")
	default:
		m.play("congestion")
	}
	m.release(in.Prim.Cause)
	m.start(tRelease, releaseMs)
}

// callerCleared takes the clear forward and answers with the release guard.
func (m *machine) callerCleared(in *cas.Input) {
	if !m.call && m.state >= backwardWait && m.state <= backwardPulse {
		m.count("abandoned")
	}
	m.rest()
	m.sendIdle(in)
	m.release(tdm.CauseNormalClearing)
	m.start(tGuard, guardMs)
}
