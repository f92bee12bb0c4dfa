package cas

import "tipring/tdm/fsm"

type emRow = fsm.Row[emState, event, *em, *Input]

// emTable is the diagram of one end of an E&M trunk; both ends have the same. Standards are TIA-464-B (private branch exchanges),
// GR-506-CORE (signalling of an office) and GR-690-CORE (exchange access: Feature Group D); Q.310 to Q.332 for R1.
var emTable = fsm.Compile(int(numEMStates), int(numEvents), emRows())

func emRows() []emRow {
	arrow := fsm.Arrow[emState, event, *em, *Input]
	every := fsm.Every[emState, event, *em, *Input]
	stay := fsm.Stay[emState, event, *em, *Input]
	ignore := fsm.Ignore[emState, event, *em, *Input]
	const (
		seizure   = "TIA-464-B, E&M trunk seizure"
		immediate = "GR-506-CORE, immediate-dial start: 150 ms before the digits"
		wink      = "GR-506-CORE, wink start: 100 to 350 ms"
		ownWink   = "GR-506-CORE, wink start: 140 to 290 ms, 100 ms and more after the seizure"
		noStart   = "GR-506-CORE, start-dial time-out"
		glare     = "GR-506-CORE, glare on a two-way trunk"
		outpulse  = "GR-506-CORE, outpulsing; Q.322 for R1"
		receive   = "GR-506-CORE, digit reception; Q.323 for R1"
		fgd       = "GR-690-CORE, Feature Group D: KP II ANI ST, KP called ST"
		ack       = "GR-690-CORE, acknowledgement wink"
		answer    = "TIA-464-B, answer supervision: off hook"
		abandon   = "TIA-464-B, abandoned before answer"
		farClears = "TIA-464-B, disconnect supervision: on hook"
		clears    = "Q.931 §5.3.3 clearing by the user"
		released  = "TIA-464-B, release: both ends on hook"
		guard     = "GR-506-CORE, guard time before the trunk is seized again"
		failure   = "TR-TSY-000170, trunk processing at a carrier failure"
		offered   = "Q.931 §5.2 call establishment at the destination"
		busyLine  = "Q.931 §5.2.5.1 response to SETUP: no channel"
		project   = "project: nothing to do"
	)
	calling := []emState{emSeized, emWinking, emGlare, emDelay, emDialing, emAckWait, emAckWinking, emAwaitAnswer}
	called := []emState{emSeizing, emWinkOut, emCollecting, emAckOut}

	return []emRow{
		// We seize.
		arrow(emIdle, evSetup, emIdle, (*em).refuseBearer, "Q.931 §5.2.2 compatibility: robbed bits leave no 64 kbit/s").When("no speech", (*em).noSpeech),
		arrow(emIdle, evSetup, emIdle, (*em).refuseNumber, "Q.931 §5.1.4 invalid call information").When("bad number", (*em).badNumber),
		arrow(emIdle, evSetup, emIdle, (*em).refuseSetup, busyLine).When("blocked", (*em).isBlocked),
		arrow(emIdle, evSetup, emDelay, (*em).seizeAtOnce, immediate).When("immediate", (*em).isImmediate),
		arrow(emIdle, evSetup, emSeized, (*em).seize, seizure),
		stay(evSetup, (*em).refuseSetup, busyLine),
		arrow(emSeized, farSeizes, emWinking, (*em).winkBegins, wink),
		arrow(emSeized, waitDue, emGuard, (*em).noWink, noStart),
		arrow(emWinking, farIdles, emSeized, (*em).shortWink, wink).When("short", (*em).isShort),
		arrow(emWinking, farIdles, emDelay, (*em).winkEnds, wink),
		arrow(emWinking, winkDue, emGlare, (*em).holdOn, glare).When("hold", (*em).holds),
		arrow(emWinking, winkDue, emCollecting, (*em).giveWay, glare),
		arrow(emDelay, farSeizes, emGlare, (*em).holdOn, glare).When("immediate, hold", (*em).immediateHolds),
		arrow(emDelay, farSeizes, emCollecting, (*em).giveWay, glare).When("immediate", (*em).isImmediate),
		arrow(emDelay, farSeizes, emDelay, nil, answer),
		arrow(emDialing, farSeizes, emGlare, (*em).holdOn, glare).When("immediate, hold", (*em).immediateHolds),
		arrow(emDialing, farSeizes, emCollecting, (*em).giveWay, glare).When("immediate", (*em).isImmediate),
		arrow(emDialing, farSeizes, emDialing, nil, answer),
		arrow(emGlare, farIdles, emDelay, (*em).winkEnds, glare),
		arrow(emGlare, waitDue, emReleasing, (*em).bothHold, glare),
		arrow(emDelay, delayDue, emDialing, (*em).outpulse, outpulse),
		arrow(emDialing, evSent, emDialing, (*em).outpulse, fgd).When("another field", (*em).hasField),
		arrow(emDialing, evSent, emAckWinking, (*em).ackBegins, ack).When("two fields, far end off hook", (*em).ackBegun),
		arrow(emDialing, evSent, emAckWait, (*em).awaitAck, ack).When("two fields", (*em).isFGD),
		arrow(emDialing, evSent, emTalking, (*em).sentAndAnswered, answer).When("far end off hook", (*em).farOffHook),
		arrow(emDialing, evSent, emAwaitAnswer, (*em).proceeding, outpulse),
		arrow(emAckWait, farSeizes, emAckWinking, (*em).ackBegins, ack),
		arrow(emAckWait, waitDue, emGuard, (*em).noAck, ack),
		arrow(emAckWinking, farIdles, emAckWait, nil, ack).When("short", (*em).isShort),
		arrow(emAckWinking, farIdles, emAwaitAnswer, (*em).proceeding, ack),
		arrow(emAckWinking, winkDue, emTalking, (*em).sentAndAnswered, "GR-690-CORE, answer in the place of an acknowledgement"),
		arrow(emAwaitAnswer, farSeizes, emTalking, (*em).answered, answer),

		// The far end seizes.
		every(farSeizes, emTreated, (*em).ignoreSeizure, "project: no start-dial signal on a blocked trunk", emIdle, emGuard).When("blocked", (*em).isBlocked),
		every(farSeizes, emCollecting, (*em).collect, "GR-506-CORE, immediate-dial start: the guard time binds who seizes", emIdle, emGuard).When("immediate", (*em).isImmediate),
		every(farSeizes, emSeizing, (*em).seized, seizure, emIdle, emGuard),
		arrow(emSeizing, delayDue, emWinkOut, (*em).wink, ownWink),
		arrow(emWinkOut, winkDue, emCollecting, nil, ownWink),
		stay(evSignal, (*em).digit, receive, emWinkOut),
		arrow(emCollecting, evSignal, emAckOut, (*em).acknowledge, ack).When("two fields", (*em).twoFields),
		arrow(emCollecting, evSignal, emOffered, (*em).digitAndOffer, receive).When("complete", (*em).completes),
		arrow(emCollecting, evSignal, emCollecting, (*em).digit, receive),
		arrow(emCollecting, digitDue, emOffered, (*em).offerNumber, receive).When("a number in DTMF", (*em).hasNumber),
		arrow(emCollecting, digitDue, emTreated, (*em).permanent, "GR-506-CORE, partial dial and permanent signal time-out"),
		arrow(emAckOut, winkDue, emOffered, (*em).offerNumber, fgd),
		stay(evAlerting, (*em).ringback, offered, emOffered),
		stay(evInBand, (*em).passAudio, offered, emOffered),
		arrow(emOffered, evConnect, emTalking, (*em).accept, answer),
		arrow(emOffered, evDisconnect, emTreated, (*em).treat, "Q.931 §5.2.5.4 called user clears; the cause as a tone"),
		arrow(emOffered, farIdles, emGuard, (*em).callerGone, abandon),
		every(farIdles, emGuard, (*em).abandoned, abandon, called...),
		arrow(emTreated, farIdles, emGuard, (*em).beginGuard, released),

		// A call is up.
		arrow(emTalking, farIdles, emSuspended, (*em).suspend, farClears),
		arrow(emSuspended, farSeizes, emTalking, (*em).resume, farClears),
		arrow(emSuspended, disconnectDue, emGuard, (*em).farGone, farClears),
		stay(evInformation, (*em).dtmf, "Q.931 §3.1.6 INFORMATION", emTalking, emAwaitAnswer),

		// We clear.
		every(evDisconnect, emGuard, (*em).clear, clears, append(calling, emTalking, emSuspended)...).When("far end on hook", (*em).farOnHook),
		every(evDisconnect, emReleasing, (*em).clearAndWait, clears, append(calling, emTalking, emSuspended)...),
		arrow(emReleasing, farIdles, emGuard, (*em).beginGuard, released),
		arrow(emReleasing, releaseDue, emStuck, (*em).stuck, "project: a far end that stays off hook takes the trunk out of service"),
		arrow(emTreated, releaseDue, emStuck, (*em).stuck, "project: a far end that stays off hook takes the trunk out of service"),
		arrow(emStuck, farIdles, emGuard, (*em).beginGuard, released),
		arrow(emGuard, guardDue, emIdle, nil, guard),

		// The line fails and comes back.
		every(evFail, emFailed, (*em).fail, failure),
		arrow(emFailed, evRestore, emStuck, (*em).restoreIdle, failure).When("far end off hook", (*em).farOffHook),
		arrow(emFailed, evRestore, emGuard, (*em).restore, failure),
		stay(evFail, (*em).fail, failure, emFailed),
		ignore(evRestore, project),

		ignore(farSeizes, "project: looked at when the time comes"),
		ignore(farIdles, "project: looked at when the time comes"),
		ignore(farRings, project), ignore(farRingPause, project), ignore(farTipGround, project), ignore(farTipOpen, project), ignore(farRingGround, project),
		ignore(waitDue, project), ignore(winkDue, project), ignore(delayDue, project), ignore(digitDue, project), ignore(disconnectDue, project),
		ignore(releaseDue, project), ignore(guardDue, project), ignore(ringDue, project),
		ignore(evAlerting, project), ignore(evConnect, project), ignore(evDisconnect, project), ignore(evInformation, project), ignore(evInBand, project),
		ignore(evSignal, "project: no register is attached"), ignore(evSent, project), ignore(evBusyTone, project), ignore(evVoice, project),
	}
}
