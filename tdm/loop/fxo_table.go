package loop

import "tipring/tdm/fsm"

type fxoRow = fsm.Row[fxoState, fxoEvent, *fxo, *input]

// fxoTable is the diagram of a line to an exchange: the gateway is the user of an analog network. Where Q.931 is named, the
// primitive to the call is meant; what happens on the wires follows EN 300 001 and TIA-464.
var fxoTable = fsm.Compile(int(numFXOStates), int(numFXOEvents), fxoRows())

func fxoRows() []fxoRow {
	arrow := fsm.Arrow[fxoState, fxoEvent, *fxo, *input]
	every := fsm.Every[fxoState, fxoEvent, *fxo, *input]
	stay := fsm.Stay[fxoState, fxoEvent, *fxo, *input]
	ignore := fsm.Ignore[fxoState, fxoEvent, *fxo, *input]

	const (
		ringing     = "EN 300 001 clause 6, ringing signal"
		incoming    = "Q.931 §5.2.1 incoming call"
		callerID    = "GR-30-CORE and EN 300 659-1, caller ID before answer"
		beforeRing  = "EN 300 659-1, data transmission prior to ringing"
		loopsData   = "NTT technical reference, number display service"
		waiting     = "GR-30-CORE, off-hook data transmission; EN 300 659-2"
		accepted    = "Q.931 §5.2.7 call accept"
		active      = "Q.931 §5.2.8 active indication: loop current"
		seizure     = "TIA-464, loop-start seizure"
		dialTone    = "E.180 dial tone"
		dialling    = "Q.931 §5.1.5.2 call proceeding, overlap sending"
		interwork   = "Q.931 §5.1.6 interworking, in-band tones"
		connected   = "Q.931 §5.1.8 call connected"
		supervision = "TIA-464, answer supervision by polarity reversal"
		busyTone    = "E.180 busy tone"
		congestion  = "E.180 congestion tone"
		information = "E.180 special information tone"
		disconnect  = "TIA-464, disconnect supervision by loop current (open switching interval)"
		reversal    = "TIA-464, disconnect supervision by polarity reversal"
		byTone      = "E.180, disconnect supervision by tone"
		bySilence   = "project: disconnect supervision by silence both ways"
		clearing    = "Q.931 §5.3.3 clearing by the user"
		guard       = "TIA-464, guard interval after release"
		glare       = "TIA-464, loop-start glare: the incoming call wins"
		battery     = "EN 300 001 clause 1, line feed"
		failure     = "Q.931 §5.8.9 data link failure, for the card"
		busyLine    = "Q.931 §5.2.5.1 response to SETUP: user busy"
		project     = "project: nothing to do"
		switching   = "project: the line is being switched"
		noAudio     = "project: a detector's last word, it is not listened to any more"
	)
	offered := []fxoState{fxoOffered, fxoTripped}
	inCall := []fxoState{fxoOffered, fxoAnswering, fxoTalking, fxoWaiting, fxoSeizing, fxoAwaitTone, fxoDialing, fxoAwaitAnswer, fxoTripped}
	supervised := []fxoState{fxoTalking, fxoWaiting, fxoAwaitTone, fxoAwaitAnswer, fxoTripped}
	onHook := []fxoState{fxoIdle, fxoPreRing, fxoRingCheck, fxoLooping, fxoPresenting, fxoOffered, fxoDeclined}

	return []fxoRow{
		// The exchange rings.
		arrow(fxoIdle, fxoRingOn, fxoIdle, nil, "project: the line is blocked").When("blocked", (*fxo).isBlocked),
		arrow(fxoIdle, fxoRingOn, fxoRingCheck, (*fxo).ringBegins, ringing),
		arrow(fxoIdle, fxoPolarity, fxoPreRing, (*fxo).lineReversed, "EN 300 659-1, line reversal before data"),
		arrow(fxoIdle, fxoCallerID, fxoPreRing, (*fxo).keepCaller, beforeRing),
		arrow(fxoPreRing, fxoCallerID, fxoPreRing, (*fxo).keepCaller, beforeRing),
		arrow(fxoPreRing, fxoPolarity, fxoPreRing, (*fxo).lineReversed, "EN 300 659-1, line reversal before data"),
		arrow(fxoPreRing, fxoRingOn, fxoRingCheck, (*fxo).ringBegins, ringing),
		arrow(fxoPreRing, fxoRingStopDue, fxoIdle, (*fxo).rest, "project: no ringing came"),
		arrow(fxoRingCheck, fxoRingOff, fxoLooping, (*fxo).closeForData, loopsData).When("activating signal", (*fxo).isActivation),
		stay(fxoHookSent, (*fxo).hookSent, loopsData, fxoLooping),
		arrow(fxoLooping, fxoCurrent, fxoLooping, (*fxo).awaitData, loopsData),
		arrow(fxoLooping, fxoCallerID, fxoPreRing, (*fxo).dataRead, loopsData),
		arrow(fxoLooping, fxoCallerIDBad, fxoPreRing, (*fxo).dataSpoilt, loopsData),
		arrow(fxoLooping, fxoStepDue, fxoPreRing, (*fxo).openAgain, loopsData),
		arrow(fxoLooping, fxoSeizeDue, fxoPreRing, (*fxo).openAgain, loopsData),
		arrow(fxoRingCheck, fxoRingOff, fxoPreRing, (*fxo).shortRing, "EN 300 001 clause 6, ringing too short to count; EN 300 659-1, ring pulse"),
		arrow(fxoRingCheck, fxoRingDue, fxoOffered, (*fxo).offerFirst, incoming).When("caller known", (*fxo).hasCaller),
		arrow(fxoRingCheck, fxoRingDue, fxoOffered, (*fxo).offerFirst, incoming).When("no caller ID here", (*fxo).noCallerID),
		arrow(fxoRingCheck, fxoRingDue, fxoPresenting, (*fxo).ringCounts, ringing),
		stay(fxoRingOff, (*fxo).ringPause, ringing, fxoPresenting, fxoOffered, fxoDeclined),
		arrow(fxoPresenting, fxoRingOn, fxoOffered, (*fxo).offerSecond, "Q.931 §5.2.1 incoming call: ring 2 begins").When("new ring", (*fxo).newRing),
		arrow(fxoPresenting, fxoRingOn, fxoPresenting, (*fxo).ringGoesOn, "EN 300 001 clause 6, second half of a double ring"),
		arrow(fxoPresenting, fxoCallerID, fxoOffered, (*fxo).offerCaller, callerID),
		arrow(fxoPresenting, fxoRingStopDue, fxoIdle, (*fxo).abandon, "project: abandoned before it was offered"),
		stay(fxoRingOn, (*fxo).ringGoesOn, ringing, fxoOffered, fxoDeclined),
		arrow(fxoOffered, fxoRingStopDue, fxoIdle, (*fxo).abandonCall, "Q.931 §5.3.4 clearing by the network: ringing has stopped"),
		arrow(fxoOffered, fxoConnect, fxoAnswering, (*fxo).answer, accepted),
		arrow(fxoOffered, fxoDisconnect, fxoDeclined, (*fxo).decline, "Q.931 §5.2.5.4 called user clears; a loop-start line cannot tell"),
		arrow(fxoDeclined, fxoRingStopDue, fxoIdle, (*fxo).rest, ringing),
		arrow(fxoAnswering, fxoCurrent, fxoTalking, (*fxo).talk, active),
		arrow(fxoAnswering, fxoSeizeDue, fxoGuard, (*fxo).noCurrent, "TIA-464, no loop current after answer"),
		stay(fxoCallerIDBad, (*fxo).badCaller, "GR-30-CORE, checksum"),
		stay(fxoCallerID, (*fxo).lateCaller, callerID),

		// The gateway calls.
		arrow(fxoIdle, fxoSetup, fxoIdle, (*fxo).refuseOut, "Q.931 §5.2.5.1, line blocked").When("blocked", (*fxo).isBlocked),
		arrow(fxoIdle, fxoSetup, fxoSeizing, (*fxo).seize, seizure),
		arrow(fxoPreRing, fxoSetup, fxoPreRing, (*fxo).refuseGlare, glare).When("caller known", (*fxo).hasCaller),
		arrow(fxoPreRing, fxoSetup, fxoSeizing, (*fxo).seize, seizure),
		stay(fxoSetup, (*fxo).refuseGlare, glare, fxoRingCheck, fxoLooping, fxoPresenting),
		arrow(fxoSeizing, fxoHookSent, fxoSeizing, (*fxo).hookSent, seizure),
		arrow(fxoSeizing, fxoRingOn, fxoTripped, (*fxo).tripped, glare).When("off hook for long", (*fxo).isLong),
		arrow(fxoSeizing, fxoRingOn, fxoRingCheck, (*fxo).withdraw, glare),
		arrow(fxoSeizing, fxoCurrent, fxoAwaitTone, (*fxo).awaitTone, seizure),
		arrow(fxoSeizing, fxoSeizeDue, fxoGuard, (*fxo).noCurrent, "TIA-464, no loop current after seizure"),
		arrow(fxoAwaitTone, fxoDialHeard, fxoDialing, (*fxo).dial, dialTone),
		arrow(fxoAwaitTone, fxoStepDue, fxoDialing, (*fxo).dial, "project: the line is not asked for dial tone"),
		arrow(fxoAwaitTone, fxoDialDue, fxoDialing, (*fxo).dial, "project: dial without dial tone").When("blind", (*fxo).dialsBlind),
		arrow(fxoAwaitTone, fxoDialDue, fxoGuard, (*fxo).noDialTone, "E.180 dial tone: it did not come"),
		arrow(fxoAwaitTone, fxoBusyHeard, fxoGuard, (*fxo).noRegister, busyTone),
		arrow(fxoAwaitTone, fxoCongestion, fxoGuard, (*fxo).noRegister, congestion),
		arrow(fxoAwaitTone, fxoCurrentDue, fxoGuard, (*fxo).lostCurrent, disconnect),
		arrow(fxoDialing, fxoDialled, fxoDialing, (*fxo).dialMore, dialling).When("more digits", (*fxo).hasDigits),
		arrow(fxoDialing, fxoDialled, fxoAwaitAnswer, (*fxo).cutThrough, interwork),
		stay(fxoInformation, (*fxo).addDigit, dialling, fxoSeizing, fxoAwaitTone, fxoDialing),
		stay(fxoInformation, (*fxo).sendDigit, "Q.931 §3.1.6 INFORMATION", fxoAwaitAnswer, fxoTalking),
		arrow(fxoAwaitAnswer, fxoDialled, fxoAwaitAnswer, (*fxo).dialMore, dialling).When("more digits", (*fxo).hasDigits),
		arrow(fxoAwaitAnswer, fxoDialled, fxoAwaitAnswer, (*fxo).digitsSent, dialling),
		arrow(fxoTalking, fxoDialled, fxoTalking, (*fxo).dialMore, dialling).When("more digits", (*fxo).hasDigits),
		arrow(fxoTalking, fxoDialled, fxoTalking, (*fxo).digitsSent, dialling),
		arrow(fxoAwaitAnswer, fxoPolarity, fxoAwaitAnswer, (*fxo).flip, supervision).When("answer on polarity", (*fxo).onPolarity),
		arrow(fxoAwaitAnswer, fxoPolarity, fxoAwaitAnswer, nil, "project: reversal does not mean answer here"),
		arrow(fxoAwaitAnswer, fxoPolarityDue, fxoTalking, (*fxo).answeredByPolarity, supervision),
		arrow(fxoAwaitAnswer, fxoVoice, fxoTalking, (*fxo).answeredByVoice, "project: answer by voice").When("answer on voice", (*fxo).onVoice),
		arrow(fxoAwaitAnswer, fxoVoice, fxoAwaitAnswer, nil, "project: voice does not mean answer here"),
		arrow(fxoAwaitAnswer, fxoRingback, fxoAwaitAnswer, (*fxo).ringbackHeard, "E.180 ringing tone"),
		arrow(fxoAwaitAnswer, fxoRingbackEnded, fxoAwaitAnswer, (*fxo).ringbackEnds, "E.180 ringing tone").When("answer on voice", (*fxo).onVoice),
		arrow(fxoAwaitAnswer, fxoRingbackEnded, fxoAwaitAnswer, nil, "E.180 ringing tone"),
		arrow(fxoAwaitAnswer, fxoRingbackDue, fxoTalking, (*fxo).answeredByTime, "project: ringback has ended"),
		arrow(fxoAwaitAnswer, fxoAnswerDue, fxoTalking, (*fxo).answeredByTime, connected),
		arrow(fxoAwaitAnswer, fxoBusyHeard, fxoGuard, (*fxo).calledBusy, busyTone),
		arrow(fxoAwaitAnswer, fxoCongestion, fxoGuard, (*fxo).congested, congestion),
		arrow(fxoAwaitAnswer, fxoInfoHeard, fxoGuard, (*fxo).unobtainable, information),
		arrow(fxoAwaitAnswer, fxoDialHeard, fxoAwaitAnswer, (*fxo).dialToneInCall, dialTone),
		arrow(fxoAwaitAnswer, fxoDialEnded, fxoAwaitAnswer, (*fxo).dialToneOver, dialTone),
		arrow(fxoAwaitAnswer, fxoDialDue, fxoGuard, (*fxo).dropped, "E.180 dial tone: the exchange took no digits or has cleared"),
		arrow(fxoAwaitAnswer, fxoHowlerHeard, fxoGuard, (*fxo).dropped, byTone),
		arrow(fxoAwaitAnswer, fxoCurrentDue, fxoGuard, (*fxo).lostCurrent, disconnect),

		// A second call comes: its number is told, and the conversation stays.
		arrow(fxoTalking, fxoAlert, fxoWaiting, (*fxo).acknowledge, waiting),
		arrow(fxoWaiting, fxoCallerID, fxoTalking, (*fxo).secondCaller, waiting),
		arrow(fxoWaiting, fxoCallerIDBad, fxoTalking, (*fxo).secondSpoilt, waiting),
		arrow(fxoWaiting, fxoStepDue, fxoTalking, (*fxo).converse, waiting),
		stay(fxoInformation, (*fxo).addDigit, "Q.931 §3.1.6 INFORMATION", fxoWaiting),
		arrow(fxoWaiting, fxoCurrentDue, fxoGuard, (*fxo).clearCurrent, disconnect),
		stay(fxoNoBattery, (*fxo).batteryGone, battery, fxoWaiting),
		stay(fxoBattery, (*fxo).batteryBack, battery, fxoWaiting),
		arrow(fxoWaiting, fxoBatteryDue, fxoGuard, (*fxo).clearBattery, battery),
		arrow(fxoWaiting, fxoPolarity, fxoWaiting, nil, "project: reversal does not mean clearing here").When("ignored", (*fxo).ignoresFlip),
		arrow(fxoWaiting, fxoPolarity, fxoWaiting, (*fxo).flip, reversal),
		arrow(fxoWaiting, fxoPolarityDue, fxoGuard, (*fxo).clearPolarity, reversal),

		// The far end clears.
		stay(fxoNoCurrent, (*fxo).loopOpened, disconnect, supervised...),
		stay(fxoCurrent, (*fxo).loopClosed, disconnect, fxoTalking, fxoWaiting, fxoAwaitTone, fxoAwaitAnswer),
		arrow(fxoTalking, fxoCurrentDue, fxoGuard, (*fxo).clearCurrent, disconnect),
		arrow(fxoTalking, fxoNoBattery, fxoTalking, (*fxo).batteryGone, battery),
		arrow(fxoTalking, fxoBattery, fxoTalking, (*fxo).batteryBack, battery),
		arrow(fxoTalking, fxoBatteryDue, fxoGuard, (*fxo).clearBattery, battery),
		arrow(fxoTalking, fxoPolarity, fxoTalking, (*fxo).moveRef, supervision).When("answer settles", (*fxo).settles),
		arrow(fxoTalking, fxoPolarity, fxoTalking, (*fxo).lateReversal, supervision).When("late answer", (*fxo).lateAnswer),
		arrow(fxoTalking, fxoPolarity, fxoTalking, nil, "project: reversal does not mean clearing here").When("ignored", (*fxo).ignoresFlip),
		arrow(fxoTalking, fxoPolarity, fxoTalking, (*fxo).flip, reversal),
		arrow(fxoTalking, fxoPolarityDue, fxoGuard, (*fxo).clearPolarity, reversal),
		arrow(fxoTalking, fxoBusyHeard, fxoGuard, (*fxo).clearTone, byTone).When("tones clear", (*fxo).clearsOnTone),
		arrow(fxoTalking, fxoCongestion, fxoGuard, (*fxo).clearTone, byTone).When("tones clear", (*fxo).clearsOnTone),
		arrow(fxoTalking, fxoHowlerHeard, fxoGuard, (*fxo).clearTone, byTone).When("tones clear", (*fxo).clearsOnTone),
		arrow(fxoTalking, fxoDialHeard, fxoTalking, (*fxo).dialToneInCall, byTone).When("tones clear", (*fxo).clearsOnTone),
		arrow(fxoTalking, fxoBusyHeard, fxoTalking, nil, "project: tones do not clear here"),
		arrow(fxoTalking, fxoCongestion, fxoTalking, nil, "project: tones do not clear here"),
		arrow(fxoTalking, fxoHowlerHeard, fxoTalking, nil, "project: tones do not clear here"),
		arrow(fxoTalking, fxoDialHeard, fxoTalking, nil, "project: tones do not clear here"),
		arrow(fxoTalking, fxoDialEnded, fxoTalking, (*fxo).dialToneOver, byTone),
		arrow(fxoTalking, fxoDialDue, fxoGuard, (*fxo).clearTone, byTone),
		arrow(fxoTalking, fxoSilence, fxoGuard, (*fxo).clearSilence, bySilence),

		// The gateway clears.
		every(fxoDisconnect, fxoGuard, (*fxo).disconnect, clearing, fxoAnswering, fxoTalking, fxoWaiting, fxoSeizing, fxoAwaitTone, fxoDialing, fxoAwaitAnswer, fxoTripped),
		arrow(fxoGuard, fxoGuardDue, fxoRingCheck, (*fxo).guardRing, ringing).When("ringing", (*fxo).isRinging),
		arrow(fxoGuard, fxoGuardDue, fxoIdle, (*fxo).rest, guard),

		// Glare: the seizure has answered an incoming call.
		arrow(fxoTripped, fxoConnect, fxoTalking, (*fxo).talk, accepted),
		arrow(fxoTripped, fxoCurrent, fxoTripped, (*fxo).loopUp, active),
		arrow(fxoTripped, fxoSeizeDue, fxoGuard, (*fxo).noCurrent, "TIA-464, no loop current after seizure"),
		arrow(fxoTripped, fxoCurrentDue, fxoGuard, (*fxo).clearCurrent, disconnect),
		arrow(fxoTripped, fxoBusyHeard, fxoGuard, (*fxo).clearTone, byTone),
		arrow(fxoTripped, fxoCongestion, fxoGuard, (*fxo).clearTone, byTone),
		arrow(fxoTripped, fxoHowlerHeard, fxoGuard, (*fxo).clearTone, byTone),
		arrow(fxoTripped, fxoDialHeard, fxoGuard, (*fxo).clearTone, byTone),

		// Battery, failure, refusal.
		stay(fxoNoBattery, (*fxo).batteryGone, battery, onHook...),
		stay(fxoBattery, (*fxo).batteryBack, battery, onHook...),
		arrow(fxoOffered, fxoBatteryDue, fxoOutOfService, (*fxo).loseCall, battery),
		every(fxoBatteryDue, fxoOutOfService, (*fxo).lose, battery, fxoIdle, fxoPreRing, fxoRingCheck, fxoLooping, fxoPresenting, fxoDeclined),
		arrow(fxoOutOfService, fxoBattery, fxoOutOfService, nil, failure).When("card failed", (*fxo).hasFailed),
		arrow(fxoOutOfService, fxoBattery, fxoOutOfService, (*fxo).batteryRestored, battery),
		arrow(fxoOutOfService, fxoNoBattery, fxoOutOfService, (*fxo).batteryBack, battery),
		arrow(fxoOutOfService, fxoBatteryDue, fxoIdle, (*fxo).rest, battery),
		arrow(fxoOutOfService, fxoSetup, fxoOutOfService, (*fxo).refuseOut, "Q.931 §5.2.5.1, out of order"),
		arrow(fxoOutOfService, fxoRestore, fxoIdle, (*fxo).restore, failure),
		every(fxoFail, fxoOutOfService, (*fxo).failCall, failure, inCall...),
		every(fxoFail, fxoOutOfService, (*fxo).failIdle, failure),
		stay(fxoSetup, (*fxo).refuseBusy, busyLine),

		// What changes nothing.
		ignore(fxoRestore, project),
		ignore(fxoTowardsCaller, "project: a loop-start line cannot tell its exchange"),
		ignore(fxoInformation, project, offered...),
		ignore(fxoRingOn, switching),
		ignore(fxoRingOff, switching),
		ignore(fxoCurrent, switching),
		ignore(fxoNoCurrent, switching),
		ignore(fxoBattery, switching),
		ignore(fxoNoBattery, switching),
		ignore(fxoPolarity, switching),
		ignore(fxoHookSent, switching),
		ignore(fxoDialled, "project: sent before the line was hung up"),
		ignore(fxoAlert, noAudio),
		ignore(fxoDialHeard, noAudio),
		ignore(fxoDialEnded, noAudio),
		ignore(fxoBusyHeard, noAudio),
		ignore(fxoCongestion, noAudio),
		ignore(fxoInfoHeard, "E.180 special information tone: in a call it clears nothing"),
		ignore(fxoHowlerHeard, noAudio),
		ignore(fxoRingback, "E.180 ringing tone: in a call it clears nothing"),
		ignore(fxoRingbackEnded, noAudio),
		ignore(fxoVoice, noAudio),
		ignore(fxoSilence, noAudio),
	}
}
