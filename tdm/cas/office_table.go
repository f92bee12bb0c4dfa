package cas

import "tipring/tdm/fsm"

type officeRow = fsm.Row[officeState, event, *office, *Input]

// officeTable is the diagram of a channel towards a telephone or a private branch exchange (an FXS interface): we are the
// office. Standards are TIA-464-B, GR-506-CORE and, for the bits, TR-NWT-000057 and ANSI T1.403.02.
var officeTable = fsm.Compile(int(numOfficeStates), int(numEvents), officeRows())

func officeRows() []officeRow {
	arrow := fsm.Arrow[officeState, event, *office, *Input]
	every := fsm.Every[officeState, event, *office, *Input]
	stay := fsm.Stay[officeState, event, *office, *Input]
	ignore := fsm.Ignore[officeState, event, *office, *Input]
	const (
		loopStart   = "TIA-464-B, loop-start seizure: loop closed"
		groundStart = "TIA-464-B, ground-start seizure: ring ground, answered by tip ground"
		receive     = "GR-506-CORE, dial tone and digit reception"
		ringing     = "GR-506-CORE, ringing: 2 s and 4 s of pause"
		trip        = "GR-506-CORE, ring trip: answer"
		abandon     = "GR-506-CORE, abandoned before answer"
		farClears   = "TIA-464-B, disconnect: loop open"
		supervise   = "TIA-464-B, disconnect supervision: tip open, or the open switching interval of a loop-start line"
		clears      = "Q.931 §5.3.3 clearing by the user"
		offered     = "Q.931 §5.2 call establishment at the destination"
		busyLine    = "Q.931 §5.2.5.1 response to SETUP: no channel"
		guard       = "GR-506-CORE, guard time before the line is used again"
		failure     = "TR-TSY-000170, trunk processing at a carrier failure"
		project     = "project: nothing to do"
	)
	early := []officeState{officeGrounding, officeCollecting}
	up := []officeState{officeTalking, officeSuspended}

	return []officeRow{
		// The telephone calls.
		arrow(officeIdle, farSeizes, officeLockedOut, nil, "project: no dial tone on a blocked line").When("blocked", (*office).isBlocked),
		arrow(officeIdle, farSeizes, officeCollecting, (*office).collect, loopStart),
		arrow(officeIdle, farRingGround, officeIdle, nil, "project: no tip ground on a blocked line").When("blocked", (*office).isBlocked),
		arrow(officeIdle, farRingGround, officeGrounding, (*office).ground, groundStart).When("ground start", (*office).isGround),
		arrow(officeIdle, farRingGround, officeIdle, nil, project),
		arrow(officeGrounding, farSeizes, officeCollecting, (*office).collect, groundStart),
		arrow(officeGrounding, waitDue, officeGuard, (*office).hangUp, "TIA-464-B, ring ground without a loop"),
		arrow(officeCollecting, evSignal, officeOffered, (*office).digitAndOffer, receive).When("complete", (*office).completes),
		arrow(officeCollecting, evSignal, officeCollecting, (*office).digit, receive),
		arrow(officeCollecting, digitDue, officeOffered, (*office).offerNumber, receive).When("has digits", (*office).hasNumber),
		arrow(officeCollecting, digitDue, officeTreated, (*office).permanent, "GR-506-CORE, permanent signal"),
		stay(evAlerting, (*office).ringback, offered, officeOffered),
		stay(evInBand, (*office).passAudio, offered, officeOffered),
		arrow(officeOffered, evConnect, officeTalking, (*office).passAudio, offered),
		arrow(officeOffered, evDisconnect, officeTreated, (*office).treat, "Q.931 §5.2.5.4 called user clears; the cause as a tone"),
		arrow(officeOffered, farIdles, officeGuard, (*office).callerGone, abandon),
		every(farIdles, officeGuard, (*office).abandoned, abandon, early...),

		// We call.
		arrow(officeIdle, evSetup, officeIdle, (*office).refuseBearer, "Q.931 §5.2.2 compatibility: robbed bits leave no 64 kbit/s").When("no speech", (*office).noSpeech),
		arrow(officeIdle, evSetup, officeIdle, (*office).refuseSetup, busyLine).When("blocked", (*office).isBlocked),
		arrow(officeIdle, evSetup, officeRinging, (*office).ring, ringing),
		stay(evSetup, (*office).refuseSetup, busyLine),
		arrow(officeRinging, ringDue, officePausing, (*office).pause, ringing),
		arrow(officePausing, ringDue, officeRinging, (*office).ringOn, ringing),
		every(farSeizes, officeTalking, (*office).answered, trip, officeRinging, officePausing),
		every(evDisconnect, officeGuard, (*office).clear, clears, officeRinging, officePausing),

		// A call is up.
		arrow(officeTalking, farIdles, officeSuspended, (*office).suspend, farClears),
		arrow(officeTalking, farRingGround, officeSuspended, (*office).suspend, farClears),
		arrow(officeSuspended, farSeizes, officeTalking, (*office).resume, farClears),
		arrow(officeSuspended, disconnectDue, officeGuard, (*office).farGone, farClears),
		stay(evInformation, (*office).dtmf, "Q.931 §3.1.6 INFORMATION", officeTalking),
		every(evDisconnect, officeTreated, (*office).supervise, supervise, up...),

		// Nobody is there any more.
		arrow(officeTreated, delayDue, officeTreated, (*office).batteryBack, supervise),
		arrow(officeTreated, releaseDue, officeLockedOut, (*office).lockOut, "GR-506-CORE, lock-out after a permanent signal"),
		every(farIdles, officeGuard, (*office).hangUp, farClears, officeTreated, officeLockedOut),
		arrow(officeGuard, guardDue, officeLockedOut, nil, "project: no dial tone on a blocked line").When("blocked, loop closed", (*office).blockedOffHook),
		arrow(officeGuard, guardDue, officeCollecting, (*office).collect, loopStart).When("loop closed", (*office).loopClosed),
		arrow(officeGuard, guardDue, officeGrounding, (*office).ground, groundStart).When("ring ground", (*office).ringGround),
		arrow(officeGuard, guardDue, officeIdle, nil, guard),

		every(evFail, officeFailed, (*office).fail, failure),
		arrow(officeFailed, evRestore, officeLockedOut, (*office).restoreIdle, failure).When("loop closed", (*office).loopClosed),
		arrow(officeFailed, evRestore, officeGuard, (*office).hangUp, failure),
		stay(evFail, (*office).fail, failure, officeFailed),
		ignore(evRestore, project),

		ignore(farSeizes, "project: looked at when the time comes"),
		ignore(farIdles, "project: looked at when the time comes"),
		ignore(farRingGround, "project: looked at when the time comes"),
		ignore(farRings, project), ignore(farRingPause, project), ignore(farTipGround, project), ignore(farTipOpen, project),
		ignore(waitDue, project), ignore(winkDue, project), ignore(delayDue, project), ignore(digitDue, project), ignore(disconnectDue, project),
		ignore(releaseDue, project), ignore(guardDue, project), ignore(ringDue, project),
		ignore(evAlerting, project), ignore(evConnect, project), ignore(evDisconnect, project), ignore(evInformation, project), ignore(evInBand, project),
		ignore(evSignal, "project: no register is attached"), ignore(evSent, project), ignore(evBusyTone, project), ignore(evVoice, project),
	}
}
