package loop

import (
	"slices"

	"tipring/tdm/fsm"
)

type fxsRow = fsm.Row[fxsState, fxsEvent, *fxs, *input]

// fxsTable is the diagram of a line to a telephone. The exchange's half of Q.931 is followed with the telephone as the
// user: off-hook is the call request, a digit an INFORMATION, on-hook the clearing.
var fxsTable = fsm.Compile(int(numFXSStates), int(numFXSEvents), fxsRows())

func fxsRows() []fxsRow {
	arrow := fsm.Arrow[fxsState, fxsEvent, *fxs, *input]
	every := fsm.Every[fxsState, fxsEvent, *fxs, *input]
	stay := fsm.Stay[fxsState, fxsEvent, *fxs, *input]
	ignore := fsm.Ignore[fxsState, fxsEvent, *fxs, *input]

	const (
		callRequest = "Q.931 §5.1.1 call request"
		overlap     = "Q.931 §5.1.3 overlap sending"
		proceeding  = "Q.931 §5.1.5 call proceeding"
		interwork   = "Q.931 §5.1.6 interworking, in-band tones"
		delivered   = "Q.931 §5.1.7 call confirmation indication"
		connected   = "Q.931 §5.1.8 call connected"
		incoming    = "Q.931 §5.2.1 incoming call"
		confirmed   = "Q.931 §5.2.5 call confirmation"
		accepted    = "Q.931 §5.2.7 call accept"
		userClears  = "Q.931 §5.3.3 clearing by the user"
		netClears   = "Q.931 §5.3.4 clearing by the network"
		tones       = "Q.931 §5.3.4.1 clearing when tones are provided"
		busyLine    = "Q.931 §5.2.5.1 response to SETUP: user busy"
		ringing     = "EN 300 001 clause 6, ringing signal"
		onHookData  = "GR-30-CORE, on-hook data transmission in the first long silent interval"
		beforeRing  = "EN 300 659-1, data transmission prior to ringing"
		loopsData   = "NTT technical reference, number display service"
		waiting     = "GR-571-CORE, call waiting"
		waitingData = "GR-30-CORE, off-hook data transmission; EN 300 659-2"
		openSwitch  = "TIA-464, open switching interval"
		offHookLong = "GR-506-CORE 17.2.8, receiver off-hook tone"
		permanent   = "GR-506-CORE, permanent signal: line lock-out"
		flashing    = "GR-506-CORE, flash"
		pulses      = "GR-506-CORE, dial pulses"
		failure     = "Q.931 §5.8.9 data link failure, for the card"
		project     = "project: nothing to do"
	)
	originating := []fxsState{fxsSeized, fxsDialTone, fxsDialing, fxsProceeding, fxsDelivered}
	alerting := []fxsState{fxsPrelude, fxsFirstRing, fxsCallerID, fxsRinging}
	second := []fxsState{fxsWaitTone, fxsWaitAlert, fxsWaitData}
	talking := slices.Concat([]fxsState{fxsTalking}, second)
	inCall := slices.Concat([]fxsState{fxsLooped}, talking, originating, alerting)
	offHookIdle := []fxsState{fxsReleaseTone, fxsHowler, fxsLockedOut}
	feedOff := []fxsState{fxsOpenFeed, fxsRefeed}

	return []fxsRow{
		// The telephone calls.
		arrow(fxsIdle, fxsOffHook, fxsReleaseTone, (*fxs).refuseOriginate, "Q.931 §5.1.1, line blocked").When("blocked", (*fxs).isBlocked),
		arrow(fxsIdle, fxsOffHook, fxsSeized, (*fxs).originate, callRequest),
		arrow(fxsSeized, fxsSetupAck, fxsDialTone, (*fxs).dialTone, "Q.931 §5.1.3, E.180 dial tone"),
		arrow(fxsSeized, fxsPulse, fxsDialing, (*fxs).digit, overlap),
		arrow(fxsSeized, fxsDTMF, fxsDialing, (*fxs).digit, overlap),
		arrow(fxsDialTone, fxsBreak, fxsDialTone, (*fxs).silence, pulses),
		arrow(fxsDialTone, fxsFlash, fxsDialTone, (*fxs).redial, flashing),
		arrow(fxsDialTone, fxsPulse, fxsDialing, (*fxs).digit, overlap),
		arrow(fxsDialTone, fxsDTMF, fxsDialing, (*fxs).digit, overlap),
		stay(fxsPulse, (*fxs).digit, overlap, fxsDialing),
		stay(fxsDTMF, (*fxs).digit, overlap, fxsDialing),
		ignore(fxsSetupAck, "project: digits came before dial tone", fxsDialing),
		every(fxsProceed, fxsProceeding, (*fxs).silence, proceeding, fxsSeized, fxsDialTone, fxsDialing),
		ignore(fxsProceed, "Q.931 §5.1.5, repeated", fxsProceeding, fxsDelivered),
		stay(fxsProgress, (*fxs).progress, interwork, originating...),
		every(fxsAlert, fxsDelivered, (*fxs).ringback, delivered, originating...),
		every(fxsConnect, fxsTalking, (*fxs).answered, connected, originating...),
		stay(fxsPulse, (*fxs).countDigit, "project: the number is complete", fxsProceeding, fxsDelivered),
		stay(fxsDTMF, (*fxs).countDigit, "project: the digit is in the audio", fxsProceeding, fxsDelivered, fxsTalking),

		// The telephone is called.
		arrow(fxsIdle, fxsSetup, fxsIdle, (*fxs).refuseOut, "Q.931 §5.2.5.1, line blocked").When("blocked", (*fxs).isBlocked),
		arrow(fxsIdle, fxsSetup, fxsPrelude, (*fxs).prelude, beforeRing).When("data before ringing", (*fxs).hasPrelude),
		arrow(fxsIdle, fxsSetup, fxsFirstRing, (*fxs).presentRing, incoming).When("data after ring 1", (*fxs).sendsAfterRing),
		arrow(fxsIdle, fxsSetup, fxsRinging, (*fxs).presentRing, incoming),
		arrow(fxsPrelude, fxsStepDue, fxsPrelude, (*fxs).nextStep, beforeRing).When("more steps", (*fxs).moreSteps),
		arrow(fxsPrelude, fxsStepDue, fxsRinging, (*fxs).nextStep, ringing),
		arrow(fxsPrelude, fxsRingOff, fxsPrelude, (*fxs).pulseOver, "EN 300 659-1, ring pulse alerting signal").When("ring pulse", (*fxs).inPulse),
		arrow(fxsPrelude, fxsRingOff, fxsPrelude, nil, "project: the last of a ringing that was stopped"),
		arrow(fxsPrelude, fxsRingOn, fxsPrelude, (*fxs).ringBegins, loopsData).When("activating", (*fxs).isCalling),
		arrow(fxsPrelude, fxsRingOn, fxsPrelude, nil, "EN 300 659-1, ring pulse alerting signal"),
		arrow(fxsPrelude, fxsOffHook, fxsLooped, (*fxs).looped, loopsData).When("activating", (*fxs).isCalling),
		arrow(fxsPrelude, fxsOffHook, fxsTalking, (*fxs).pickUp, accepted),
		arrow(fxsLooped, fxsStepDue, fxsLooped, (*fxs).nextStep, loopsData).When("more steps", (*fxs).moreSteps),
		arrow(fxsLooped, fxsStepDue, fxsTalking, (*fxs).pickUp, "Q.931 §5.2.7 call accept: a handset was lifted, the loop stays closed"),
		arrow(fxsLooped, fxsBurstDone, fxsLooped, (*fxs).sentBefore, loopsData),
		arrow(fxsLooped, fxsOnHook, fxsRinging, (*fxs).ringNow, loopsData),
		arrow(fxsLooped, fxsFlash, fxsTalking, (*fxs).pickUp, "Q.931 §5.2.7 call accept: the loop opened and has closed again"),
		arrow(fxsLooped, fxsPulse, fxsTalking, (*fxs).pickUp, "Q.931 §5.2.7 call accept: the loop opened and has closed again"),
		arrow(fxsPrelude, fxsBurstDone, fxsPrelude, (*fxs).sentBefore, beforeRing),
		stay(fxsRingOn, (*fxs).ringBegins, confirmed, fxsFirstRing, fxsRinging),
		arrow(fxsFirstRing, fxsRingOff, fxsCallerID, (*fxs).sendCallerID, onHookData).When("first long pause", (*fxs).firstPause),
		arrow(fxsFirstRing, fxsRingOff, fxsFirstRing, (*fxs).ringEnds, ringing),
		arrow(fxsCallerID, fxsBurstDone, fxsCallerID, (*fxs).sentWait, onHookData).When("second ring waits", (*fxs).secondWaits),
		arrow(fxsCallerID, fxsBurstDone, fxsRinging, (*fxs).sent, onHookData),
		arrow(fxsCallerID, fxsStepDue, fxsRinging, (*fxs).secondRing, ringing),
		arrow(fxsCallerID, fxsRingOn, fxsRinging, (*fxs).cutBurst, "project: the card rang early, the burst is lost"),
		ignore(fxsRingOff, ringing, fxsRinging),
		every(fxsRingLate, fxsIdle, (*fxs).noRing, "Q.931 §5.2.5.4, cause 27: the card does not ring", fxsFirstRing, fxsRinging),
		every(fxsOffHook, fxsTalking, (*fxs).pickUp, accepted, fxsFirstRing, fxsCallerID, fxsRinging),
		every(fxsDisconnect, fxsIdle, (*fxs).stopRinging, netClears, alerting...),

		// In a call.
		stay(fxsFlash, (*fxs).flash, flashing, slices.Concat([]fxsState{fxsSeized, fxsDialing, fxsProceeding, fxsDelivered}, talking)...),
		arrow(fxsTalking, fxsPulse, fxsTalking, (*fxs).digit, "project: pulses in a call go to the far end as digits"),
		stay(fxsInformation, (*fxs).sendDigit, "Q.931 §3.1.6 INFORMATION", talking...),
		arrow(fxsTalking, fxsDigitsSent, fxsTalking, (*fxs).sendDigits, "Q.931 §3.1.6 INFORMATION"),
		every(fxsOnHook, fxsIdle, (*fxs).hangUp, userClears, slices.Concat(talking, originating)...),

		// A second call comes: its number is shown, and the conversation stays. On-hook makes it ring.
		arrow(fxsTalking, fxsSetup, fxsWaitTone, (*fxs).callWaits, waiting).When("call waiting", (*fxs).takesWaiting),
		arrow(fxsTalking, fxsSetup, fxsTalking, (*fxs).refuseBusy, busyLine),
		arrow(fxsWaitTone, fxsStepDue, fxsWaitAlert, (*fxs).alertWaiting, waitingData).When("shown in a call", (*fxs).showsWaiting),
		arrow(fxsWaitTone, fxsStepDue, fxsTalking, (*fxs).waitOver, waiting),
		arrow(fxsWaitAlert, fxsDTMF, fxsWaitData, (*fxs).sendWaiting, waitingData).When("acknowledges", (*fxs).isAck),
		arrow(fxsWaitAlert, fxsDTMF, fxsWaitAlert, (*fxs).countDigit, "project: the digit is in the audio"),
		arrow(fxsWaitAlert, fxsStepDue, fxsTalking, (*fxs).waitOver, waitingData),
		arrow(fxsWaitData, fxsBurstDone, fxsTalking, (*fxs).waitingSent, waitingData),
		stay(fxsDTMF, (*fxs).countDigit, "project: the digit is in the audio", fxsWaitTone, fxsWaitData),
		stay(fxsPulse, (*fxs).countDigit, "project: not while a second call is shown", second...),
		ignore(fxsDigitsSent, "project: cut off by the tone of a second call", second...),
		every(fxsWaitCleared, fxsTalking, (*fxs).waitingGone, waiting, second...),
		stay(fxsWaitCleared, (*fxs).dropWaiting, waiting, slices.Concat([]fxsState{fxsTalking}, offHookIdle, feedOff)...),

		// The far end has cleared.
		arrow(fxsTalking, fxsDisconnect, fxsOpenFeed, (*fxs).openFeed, openSwitch).When("open feed", (*fxs).opensFeed),
		arrow(fxsTalking, fxsDisconnect, fxsReleaseTone, (*fxs).disconnect, tones),
		arrow(fxsWaitTone, fxsDisconnect, fxsOpenFeed, (*fxs).openFeed, openSwitch).When("open feed", (*fxs).opensFeed),
		arrow(fxsWaitTone, fxsDisconnect, fxsReleaseTone, (*fxs).disconnect, tones),
		arrow(fxsWaitAlert, fxsDisconnect, fxsOpenFeed, (*fxs).openFeed, openSwitch).When("open feed", (*fxs).opensFeed),
		arrow(fxsWaitAlert, fxsDisconnect, fxsReleaseTone, (*fxs).disconnect, tones),
		arrow(fxsWaitData, fxsDisconnect, fxsOpenFeed, (*fxs).openFeed, openSwitch).When("open feed", (*fxs).opensFeed),
		arrow(fxsWaitData, fxsDisconnect, fxsReleaseTone, (*fxs).disconnect, tones),
		every(fxsDisconnect, fxsReleaseTone, (*fxs).disconnect, tones, slices.Concat([]fxsState{fxsLooped}, originating)...),
		arrow(fxsOpenFeed, fxsFeedDue, fxsRefeed, (*fxs).closeFeed, openSwitch),
		arrow(fxsRefeed, fxsFeedDue, fxsReleaseTone, (*fxs).treatLate, tones).When("off hook", (*fxs).isClosed),
		arrow(fxsRefeed, fxsFeedDue, fxsIdle, (*fxs).rest, openSwitch),
		arrow(fxsReleaseTone, fxsHowlerDue, fxsHowler, (*fxs).howl, offHookLong),
		arrow(fxsHowler, fxsLockoutDue, fxsLockedOut, (*fxs).lockOut, permanent),
		every(fxsFlash, fxsSeized, (*fxs).originate, "project: a flash on a tone asks for a new call", fxsReleaseTone, fxsHowler),
		ignore(fxsFlash, permanent, fxsLockedOut),
		every(fxsOnHook, fxsIdle, (*fxs).rest, userClears, offHookIdle...),

		// Refusal and failure.
		stay(fxsSetup, (*fxs).refuseBusy, busyLine),
		arrow(fxsOutOfService, fxsSetup, fxsOutOfService, (*fxs).refuseOut, "Q.931 §5.2.5.1, out of order"),
		every(fxsFail, fxsOutOfService, (*fxs).failCall, failure, inCall...),
		every(fxsFail, fxsOutOfService, (*fxs).failIdle, failure),
		arrow(fxsOutOfService, fxsRestore, fxsLockedOut, (*fxs).restore, permanent).When("off hook", (*fxs).isClosed),
		arrow(fxsOutOfService, fxsRestore, fxsIdle, (*fxs).restore, failure),

		// What changes nothing.
		ignore(fxsRestore, project),
		ignore(fxsBreak, pulses),
		ignore(fxsRingOn, "project: the last of a ringing that was stopped"),
		ignore(fxsRingOff, "project: the last of a ringing that was stopped"),
		ignore(fxsOnHook, project, append([]fxsState{fxsIdle, fxsOutOfService}, feedOff...)...),
		ignore(fxsOnHook, "project: a pick-up that the card took back", alerting...),
		ignore(fxsOffHook, "project: seen when it is back in service", fxsOutOfService),
		ignore(fxsPulse, project, append(offHookIdle, feedOff...)...),
		ignore(fxsDTMF, project, append(offHookIdle, feedOff...)...),
		ignore(fxsDTMF, "project: the line does not listen", fxsLooped),
		ignore(fxsInformation, project),
	}
}
