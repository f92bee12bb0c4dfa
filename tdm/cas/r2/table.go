package r2

import (
	"tipring/tdm/cas"
	"tipring/tdm/fsm"
)

// table is the diagram of a channel, both sides.
var table = fsm.Compile(int(numStates), int(numEvents), rows())

func rows() []fsm.Row[state, event, *machine, *cas.Input] {
	arrow := fsm.Arrow[state, event, *machine, *cas.Input]
	every := fsm.Every[state, event, *machine, *cas.Input]
	stay := fsm.Stay[state, event, *machine, *cas.Input]
	ignore := fsm.Ignore[state, event, *machine, *cas.Input]
	const (
		seizure   = "Q.424 3.2.1 seizing"
		double    = "Q.424 3.2.7 double seizing"
		answers   = "Q.424 3.2.2 answering"
		clearBack = "Q.424 3.2.3 clear-back"
		clearFwd  = "Q.424 3.2.4 clear-forward"
		release   = "Q.424 3.2.6 release and release guard"
		blocking  = "Q.424 3.2.5 blocking and unblocking"
		abnormal  = "Q.424 3.2.8 abnormal conditions"
		failure   = "Q.425 interruption control"
		compelled = "Q.440 4.1.4 compelled signalling procedure"
		groupB    = "Q.441 4.2.4 group B signals"
		pulse     = "Q.441 4.2.3.2 pulse signals"
		t1        = "Q.476 5.5.1 time-out of the outgoing register"
		t3        = "Q.476 5.5.2 time-out of the incoming register"
		metering  = "project: metering and double answer, as the variant has them"
		clears    = "Q.931 §5.3.3 clearing by the user"
		offers    = "Q.931 §5.2 call establishment at the destination"
		busyLine  = "Q.931 §5.2.5.1 response to SETUP: no channel"
		project   = "project: nothing to do"
	)
	register := []state{forwardOn, forwardOff, forwardWait}
	out := append([]state{awaitAnswer, talkingOut, clearedBack}, register...)
	in := []state{backwardWait, backwardOn, backwardPulse, offered, accepting, refusing, accepted, talkingIn, releasing}

	return []fsm.Row[state, event, *machine, *cas.Input]{
		// Forward: seizing.
		arrow(idle, evSetup, idle, (*machine).refuseBearer, "Q.931 §5.2.2 compatibility: no bit says that a call is data").When("no speech", (*machine).noSpeech),
		arrow(idle, evSetup, idle, (*machine).refuseNumber, "Q.931 §5.1.4 invalid call information").When("bad number", (*machine).badNumber),
		arrow(idle, evSetup, idle, (*machine).refuseSetup, busyLine).When("blocked", (*machine).isBlocked),
		arrow(idle, evSetup, seized, (*machine).seize, seizure),
		stay(evSetup, (*machine).refuseSetup, busyLine),
		arrow(seized, far11, forwardOn, (*machine).firstDigit, seizure),
		arrow(seized, far00, bothSeized, (*machine).doubleSeizure, double),
		arrow(seized, far01, clearing, (*machine).outOfTurn, abnormal),
		arrow(seized, far10, seized, nil, "project: the far end has not seen the seizure yet"),
		arrow(seized, evDisconnect, abandoned, (*machine).abandon, "Q.424 3.2.4: a clear forward waits for the acknowledgement"),
		arrow(abandoned, far11, clearing, (*machine).clearAbandoned, clearFwd),
		arrow(abandoned, far00, bothSeized, (*machine).doubleSeizure, double),
		every(seizeDue, guard, (*machine).noAcknowledgementGuard, abnormal, seized, abandoned).When("far end idle", (*machine).farIdle),
		every(seizeDue, clearing, (*machine).noAcknowledgement, abnormal, seized, abandoned),
		arrow(bothSeized, guardDue, clearing, (*machine).clearBoth, double),

		// Forward: register.
		arrow(forwardOn, signalOn, forwardOff, (*machine).backwardHeard, compelled),
		arrow(forwardWait, signalOn, forwardOff, (*machine).backwardHeard, pulse),
		arrow(forwardOff, signalOff, talkingOut, (*machine).takeAcceptanceAndAnswer, groupB).When("accepts, answered", (*machine).acceptsTalks),
		arrow(forwardOff, signalOff, awaitAnswer, (*machine).takeAcceptance, groupB).When("accepts", (*machine).accepts),
		arrow(forwardOff, signalOff, clearing, (*machine).takeRefusal, groupB).When("refuses", (*machine).refuses),
		arrow(forwardOff, signalOff, forwardWait, (*machine).sendNothing, compelled).When("nothing to send", (*machine).waits),
		arrow(forwardOff, signalOff, forwardOn, (*machine).sendNext, compelled),
		stay(far01, (*machine).answerInTones, "project: bits may overtake the end of a tone", forwardOff),
		arrow(forwardOn, far01, clearing, (*machine).outOfTurn, abnormal),
		arrow(forwardWait, far01, clearing, (*machine).outOfTurn, abnormal),
		arrow(forwardOn, forwardDue, clearing, (*machine).registerTimeout, t1),
		arrow(forwardOff, endDue, clearing, (*machine).registerTimeout, t1),
		arrow(forwardWait, endDue, clearing, (*machine).registerTimeout, t1),

		// Forward: the call.
		arrow(awaitAnswer, far01, talkingOut, (*machine).farAnswered, answers),
		arrow(talkingOut, far11, clearedBack, (*machine).pulseBegins, metering).When("pulses", (*machine).takesPulses),
		arrow(talkingOut, far11, clearing, (*machine).farCleared, clearBack),
		arrow(clearedBack, far01, talkingOut, (*machine).pulseEnds, metering),
		arrow(clearedBack, clearDue, clearing, (*machine).farCleared, clearBack),
		every(far00, clearing, (*machine).farForced, "Q.424 3.2.8; forced release, where a country has it", out...),
		every(far10, clearing, (*machine).outOfTurn, abnormal, out...),
		every(evDisconnect, clearing, (*machine).callCleared, clears, out...),
		arrow(clearing, far10, guard, (*machine).beginGuard, release),
		arrow(clearing, releaseDue, guard, (*machine).beginGuard, "project: the far end was idle all the time").When("far end idle", (*machine).farIdle),
		arrow(clearing, releaseDue, stuck, (*machine).isStuck, abnormal),
		arrow(stuck, far10, guard, (*machine).beginGuard, release),

		// Backward: seizing and register. A channel that is blocked takes a seizure that was under way (Q.424 3.2.5).
		every(far00, backwardWait, (*machine).acknowledge, seizure, idle, farBlocked, guard),
		arrow(backwardWait, signalOn, offered, (*machine).offer, groupB).When("all is there", (*machine).offers),
		arrow(backwardWait, signalOn, accepting, (*machine).acceptAtOnce, "Q.441 4.2.3 A-6").When("accepts at once", (*machine).acceptsAtOnce),
		arrow(backwardWait, signalOn, refusing, (*machine).refuseAtOnce, groupB).When("no such call", (*machine).refusesCall),
		arrow(backwardWait, signalOn, backwardWait, nil, "project: a signal without a place is left to the caller's T1").When("no place", (*machine).ignores),
		arrow(backwardWait, signalOn, backwardOn, (*machine).ask, compelled),
		arrow(backwardOn, signalOff, backwardWait, (*machine).forwardEnds, compelled),
		arrow(backwardWait, backwardDue, backwardPulse, (*machine).askByPulse, pulse).When("number over", (*machine).hasNumber),
		arrow(backwardWait, backwardDue, releasing, (*machine).noNumber, t3),
		arrow(backwardPulse, pulseDue, backwardWait, (*machine).pulseSent, pulse),
		every(endDue, releasing, (*machine).compelledTimeout, t3, backwardOn, accepting, refusing),

		// Backward: the call.
		arrow(offered, evAlerting, accepting, (*machine).acceptAndRing, offers),
		arrow(offered, evInBand, accepting, (*machine).accept, offers),
		arrow(offered, evConnect, accepting, (*machine).acceptAndConnect, offers),
		arrow(offered, evDisconnect, refusing, (*machine).refuseCall, groupB),
		arrow(offered, decideDue, accepting, (*machine).accept, "project: the caller's T1 does not wait longer"),
		arrow(offered, signalOff, releasing, (*machine).compelledTimeout, t1),
		stay(evAlerting, (*machine).noteRing, offers, accepting),
		stay(evConnect, (*machine).noteConnect, offers, accepting),
		arrow(accepting, evDisconnect, releasing, (*machine).treat, clears),
		arrow(accepting, signalOff, accepted, (*machine).acceptanceSent, groupB),
		arrow(refusing, signalOff, releasing, (*machine).refusalSent, groupB),
		arrow(accepted, answerDue, talkingIn, (*machine).connectCall, answers),
		arrow(accepted, evConnect, accepted, nil, project).When("answered", (*machine).wasAnswered),
		arrow(accepted, evConnect, talkingIn, (*machine).connectCall, answers),
		stay(evAlerting, (*machine).ringback, offers, accepted),
		stay(evInBand, (*machine).passAudio, offers, accepted),
		arrow(accepted, evDisconnect, releasing, (*machine).treat, clears),
		arrow(talkingIn, evDisconnect, releasing, (*machine).clearBack, clearBack),
		stay(pulseDue, (*machine).endPulse, pulse, releasing),
		every(far10, guard, (*machine).callerCleared, clearFwd, in...),
		arrow(releasing, releaseDue, guard, (*machine).callerCleared, "project: the caller had cleared").When("far end idle", (*machine).farIdle),
		arrow(releasing, releaseDue, stuck, (*machine).isStuck, abnormal),

		// Idle, blocked, failed.
		arrow(idle, far11, farBlocked, nil, blocking),
		arrow(farBlocked, far10, idle, nil, blocking),
		stay(evBlock, (*machine).sendBlocked, blocking, idle, farBlocked),
		stay(evUnblock, (*machine).sendIdle, blocking, idle, farBlocked),
		arrow(guard, guardDue, farBlocked, (*machine).sendIdle, blocking).When("far end blocks", (*machine).farBlocks),
		arrow(guard, guardDue, backwardWait, (*machine).acknowledge, seizure).When("far end seizes", (*machine).farSeizes),
		arrow(guard, guardDue, idle, (*machine).sendIdle, release),
		every(evFail, failed, (*machine).fail, failure),
		arrow(failed, evRestore, guard, (*machine).restore, failure),
		stay(evFail, (*machine).fail, failure, failed),
		ignore(evRestore, project),

		ignore(far00, "project: looked at when the time comes"), ignore(far01, "project: no state of Q.422"), ignore(far10, project),
		ignore(far11, "Q.422: fault, no reaction before it ends"),
		ignore(seizeDue, project), ignore(forwardDue, project), ignore(endDue, project), ignore(backwardDue, project), ignore(pulseDue, project),
		ignore(decideDue, project), ignore(answerDue, project), ignore(clearDue, project), ignore(releaseDue, project), ignore(guardDue, project),
		ignore(signalOn, "project: no register is attached, or it is not its turn"), ignore(signalOff, project),
		ignore(evAlerting, project), ignore(evInBand, project), ignore(evConnect, project), ignore(evDisconnect, project),
		ignore(evBlock, "project: told when the channel is idle"), ignore(evUnblock, project),
	}
}
