package cas

import "tipring/tdm/fsm"

type stationRow = fsm.Row[stationState, event, *station, *Input]

// stationTable is the diagram of a channel towards an exchange (an FXO interface): we are the telephone, or the private branch
// exchange. Standards are those of officeTable.
var stationTable = fsm.Compile(int(numStationStates), int(numEvents), stationRows())

func stationRows() []stationRow {
	arrow := fsm.Arrow[stationState, event, *station, *Input]
	every := fsm.Every[stationState, event, *station, *Input]
	stay := fsm.Stay[stationState, event, *station, *Input]
	ignore := fsm.Ignore[stationState, event, *station, *Input]
	const (
		seizure   = "TIA-464-B, loop-start seizure: loop closed"
		grounding = "TIA-464-B, ground-start seizure: ring ground, tip ground, loop closed"
		glare     = "TIA-464-B, ground-start glare: the incoming call wins"
		ringing   = "GR-506-CORE, ringing"
		dialling  = "GR-506-CORE, dialling after dial tone"
		audio     = "Q.931 §5.1.6 interworking, in-band tones"
		byVoice   = "project: a loop has no answer supervision, so a voice is an answer"
		busy      = "E.180 busy and congestion tone"
		supervise = "TIA-464-B, disconnect supervision: tip open"
		clears    = "Q.931 §5.3.3 clearing by the user"
		accepted  = "Q.931 §5.2.7 call accept"
		busyLine  = "Q.931 §5.2.5.1 response to SETUP: no channel"
		guard     = "TIA-464-B, guard time after release"
		failure   = "TR-TSY-000170, trunk processing at a carrier failure"
		project   = "project: nothing to do"
	)
	calling := []stationState{stationGrounding, stationDelay, stationDialing, stationAwaitAnswer}
	loop := []stationState{stationDelay, stationDialing, stationAwaitAnswer, stationTalking}

	return []stationRow{
		// The exchange rings.
		arrow(stationIdle, farRings, stationIdle, nil, "project: nobody answers on a blocked line").When("blocked", (*station).isBlocked),
		arrow(stationIdle, farRings, stationRinging, (*station).rings, ringing),
		arrow(stationIdle, farTipGround, stationSeized, (*station).seizedByFar, "TIA-464-B, ground-start seizure by the office: tip ground").When("ground start", (*station).isGround),
		arrow(stationIdle, farTipGround, stationIdle, nil, project),
		arrow(stationSeized, farRings, stationSeized, nil, "project: nobody answers on a blocked line").When("blocked", (*station).isBlocked),
		arrow(stationSeized, farRings, stationRinging, (*station).rings, ringing),
		arrow(stationSeized, farTipOpen, stationIdle, nil, "TIA-464-B, the office has gone"),
		stay(farRings, (*station).ringsOn, ringing, stationRinging),
		arrow(stationRinging, ringDue, stationGuard, (*station).ringingEnds, "Q.931 §5.3.4 clearing by the network: ringing has stopped"),
		arrow(stationRinging, farTipOpen, stationGuard, (*station).ringingEnds, "TIA-464-B, the office has gone"),
		arrow(stationRinging, evConnect, stationTalking, (*station).answer, accepted),
		arrow(stationRinging, evDisconnect, stationDeclined, (*station).decline, "Q.931 §5.2.5.4 called user clears; a loop cannot tell"),
		stay(farRings, (*station).ringsOn, ringing, stationDeclined),
		every(ringDue, stationGuard, (*station).beginGuard, ringing, stationDeclined),
		arrow(stationDeclined, farTipOpen, stationGuard, (*station).beginGuard, "TIA-464-B, the office has gone"),

		// We call.
		arrow(stationIdle, evSetup, stationIdle, (*station).refuseBearer, "Q.931 §5.2.2 compatibility: robbed bits leave no 64 kbit/s").When("no speech", (*station).noSpeech),
		arrow(stationIdle, evSetup, stationIdle, (*station).refuseNumber, "Q.931 §5.1.4 invalid call information").When("bad number", (*station).badNumber),
		arrow(stationIdle, evSetup, stationIdle, (*station).refuseSetup, busyLine).When("blocked", (*station).isBlocked),
		arrow(stationIdle, evSetup, stationGrounding, (*station).groundRing, grounding).When("ground start", (*station).isGround),
		arrow(stationIdle, evSetup, stationDelay, (*station).closeLoop, seizure),
		stay(evSetup, (*station).refuseSetup, busyLine),
		arrow(stationGrounding, farTipGround, stationDelay, (*station).loopAfterGround, grounding),
		arrow(stationGrounding, farRings, stationRinging, (*station).withdraw, glare),
		arrow(stationGrounding, waitDue, stationGuard, (*station).noTipGround, grounding),
		arrow(stationDelay, delayDue, stationDialing, (*station).dialNumber, dialling),
		arrow(stationDialing, evSent, stationAwaitAnswer, (*station).proceeding, audio),
		arrow(stationAwaitAnswer, evVoice, stationTalking, (*station).answeredByVoice, byVoice),
		arrow(stationAwaitAnswer, evBusyTone, stationGuard, (*station).calledBusy, busy),

		// A call is up.
		arrow(stationTalking, evBusyTone, stationGuard, (*station).clearedByTone, busy),
		stay(evInformation, (*station).dtmf, "Q.931 §3.1.6 INFORMATION", stationTalking, stationAwaitAnswer),
		stay(farTipOpen, (*station).tipOpens, supervise, loop...),
		stay(farTipGround, (*station).tipBack, supervise, loop...),
		every(disconnectDue, stationGuard, (*station).officeGone, supervise, loop...),
		every(evDisconnect, stationGuard, (*station).clear, clears, append(calling, stationTalking)...),

		arrow(stationGuard, guardDue, stationRinging, (*station).rings, ringing).When("rung", (*station).isRung),
		arrow(stationGuard, guardDue, stationSeized, (*station).seizedByFar, "TIA-464-B, ground-start seizure by the office: tip ground").When("tip ground", (*station).tipGround),
		arrow(stationGuard, guardDue, stationIdle, nil, guard),

		every(evFail, stationFailed, (*station).fail, failure),
		arrow(stationFailed, evRestore, stationGuard, (*station).restore, failure),
		stay(evFail, (*station).fail, failure, stationFailed),
		ignore(evRestore, project),

		ignore(farRings, "project: looked at when the time comes"), ignore(farTipGround, "project: looked at when the time comes"),
		ignore(farTipOpen, "project: a loop-start office has no tip to open on hook"),
		ignore(farSeizes, project), ignore(farIdles, project), ignore(farRingPause, project), ignore(farRingGround, project),
		ignore(waitDue, project), ignore(winkDue, project), ignore(delayDue, project), ignore(digitDue, project), ignore(disconnectDue, project),
		ignore(releaseDue, project), ignore(guardDue, project), ignore(ringDue, project),
		ignore(evAlerting, "project: a loop cannot tell its exchange"), ignore(evConnect, project), ignore(evDisconnect, project),
		ignore(evInformation, project), ignore(evInBand, "project: a loop cannot tell its exchange"),
		ignore(evSignal, "project: no register is attached"), ignore(evSent, project), ignore(evBusyTone, project), ignore(evVoice, project),
	}
}
