package emu

import "tipring/tdm/fsm"

// An officeState is what an exchange's line circuit does.
type officeState uint8

const (
	officeIdle       officeState = iota
	officeSeized                 // loop closed, no dial tone yet
	officeDialTone               // waiting for the first digit
	officeCollecting             // digits come
	officeRingback               // the far party is being rung
	officeTalking                // answered
	officeTone                   // busy, congestion, number unobtainable
	officeCleared                // the far party has gone; waiting for our side
	officeRinging                // the line is being rung
	officeLooped                 // the line has looped for its caller ID
	officeSecond                 // in talk: a second call is told of
	officeStates
)

var officeStateNames = [...]string{"idle", "seized", "dialtone", "collecting", "ringback", "talking", "tone", "cleared", "ringing", "looped", "second"}

func (s officeState) String() string { return officeStateNames[s] }

// An officeEvent is what happens to it.
type officeEvent uint8

const (
	loopClosed  officeEvent = iota // our side has been off hook for the seizure time, or has tripped the ringing
	loopOpened                     // our side has been on hook for the release time
	digitIn                        // by DTMF or dial pulses
	timerOut                       // the one timer of the state
	stepsOut                       // the loop is still closed at the end of what follows caller ID
	secondOut                      // the second call has been told of, or could not be
	ringOrder                      // an actor's
	answerOrder                    // an actor's
	hangupOrder                    // an actor's
	officeEvents
)

var officeEventNames = [...]string{"loop closed", "loop opened", "digit", "timer", "steps", "told", "ring", "answer", "hangup"}

func (e officeEvent) String() string { return officeEventNames[e] }

// officeIn is what comes with an event.
type officeIn struct {
	digit    byte
	call     *incoming
	signal   Signal
	byScript bool // the script's signal instead
}

type officeRow = fsm.Row[officeState, officeEvent, *Exchange, officeIn]

// office is the exchange's side of a loop-start line.
var office = fsm.Compile(int(officeStates), int(officeEvents), []officeRow{
	fsm.Arrow(officeIdle, loopClosed, officeSeized, (*Exchange).seize, "script: seizure without dial tone").
		When("no dial tone", func(x *Exchange, _ officeIn) bool { return x.script.NoDialTone }),
	fsm.Arrow(officeIdle, loopClosed, officeSeized, (*Exchange).seizeForDialTone, "loop start: dial tone follows loop closure"),
	fsm.Arrow(officeIdle, ringOrder, officeRinging, (*Exchange).startRinging, "a call for the line"),

	fsm.Arrow(officeSeized, timerOut, officeDialTone, (*Exchange).giveDialTone, "E.180: dial tone"),
	fsm.Arrow(officeSeized, loopOpened, officeIdle, (*Exchange).rest, "abandoned before dial tone"),
	fsm.Ignore[officeState, officeEvent, *Exchange, officeIn](digitIn, "digits before dial tone are lost", officeSeized),

	fsm.Arrow(officeDialTone, digitIn, officeCollecting, (*Exchange).firstDigit, "E.180: dial tone ends at the first digit"),
	fsm.Arrow(officeDialTone, timerOut, officeTone, (*Exchange).permanentSignal, "permanent signal: no digit in time"),
	fsm.Arrow(officeDialTone, loopOpened, officeIdle, (*Exchange).rest, "abandoned"),

	fsm.Arrow(officeCollecting, digitIn, officeCollecting, (*Exchange).nextDigit, "Q.23, dial pulses"),
	fsm.Arrow(officeCollecting, timerOut, officeTone, (*Exchange).failBusy, "E.180: busy tone").
		When("busy", func(x *Exchange, _ officeIn) bool { return x.busyNumber || x.script.Outcome == Busy }),
	fsm.Arrow(officeCollecting, timerOut, officeTone, (*Exchange).failCongestion, "E.180: congestion tone").
		When("congestion", func(x *Exchange, _ officeIn) bool { return x.script.Outcome == Congestion }),
	fsm.Arrow(officeCollecting, timerOut, officeTone, (*Exchange).failUnobtainable, "E.180: special information tone, or the country's own").
		When("unobtainable", func(x *Exchange, _ officeIn) bool { return x.script.Outcome == Unobtainable }),
	fsm.Arrow(officeCollecting, timerOut, officeRingback, (*Exchange).giveRingback, "E.180: ringing tone"),
	fsm.Arrow(officeCollecting, loopOpened, officeIdle, (*Exchange).rest, "abandoned"),

	fsm.Arrow(officeRingback, timerOut, officeTalking, (*Exchange).answered, "script: the far party answers"),
	fsm.Arrow(officeRingback, answerOrder, officeTalking, (*Exchange).answered, "the far party answers"),
	fsm.Arrow(officeRingback, hangupOrder, officeTone, (*Exchange).failBusy, "the far party refuses"),
	fsm.Arrow(officeRingback, loopOpened, officeIdle, (*Exchange).rest, "the caller gives up"),

	fsm.Arrow(officeTalking, hangupOrder, officeCleared, (*Exchange).clear, "the far party hangs up"),
	fsm.Arrow(officeTalking, timerOut, officeCleared, (*Exchange).clearByScript, "script: the far party hangs up"),
	fsm.Arrow(officeTalking, loopOpened, officeIdle, (*Exchange).rest, "our side hangs up"),

	fsm.Arrow(officeTone, timerOut, officeTone, (*Exchange).nextTone, "number unobtainable: the announcement's tone is followed by another"),
	fsm.Arrow(officeTone, loopOpened, officeIdle, (*Exchange).rest, "our side hangs up"),

	fsm.Arrow(officeCleared, timerOut, officeCleared, (*Exchange).restoreBattery, "TIA-464: end of the open switching interval"),
	fsm.Arrow(officeCleared, loopOpened, officeIdle, (*Exchange).rest, "our side follows"),

	fsm.Arrow(officeRinging, loopClosed, officeLooped, (*Exchange).looped, "NTT technical reference, number display service: the called side loops for the data").
		When("short ring", func(x *Exchange, _ officeIn) bool { return x.call.steps[x.step].short }),
	fsm.Arrow(officeRinging, loopClosed, officeTalking, (*Exchange).tripped, "ring trip: our side answers"),
	fsm.Arrow(officeRinging, timerOut, officeIdle, (*Exchange).rest, "script: the caller gives up"),
	fsm.Arrow(officeRinging, hangupOrder, officeIdle, (*Exchange).rest, "the caller gives up"),

	fsm.Arrow(officeLooped, loopOpened, officeRinging, (*Exchange).ringLooped, "NTT technical reference, number display service: the data has been read"),
	fsm.Arrow(officeLooped, stepsOut, officeTalking, (*Exchange).tripped, "a handset was lifted: the loop stays closed"),
	fsm.Arrow(officeLooped, timerOut, officeTone, (*Exchange).failBusyLooped, "script: the caller gives up"),
	fsm.Arrow(officeLooped, hangupOrder, officeTone, (*Exchange).failBusyLooped, "the caller gives up"),

	fsm.Arrow(officeTalking, ringOrder, officeSecond, (*Exchange).tellSecond, "GR-30-CORE, off-hook data transmission").
		When("second call", func(_ *Exchange, in officeIn) bool { return in.call.second != nil }),
	fsm.Arrow(officeSecond, secondOut, officeTalking, (*Exchange).secondTold, "the conversation goes on, the second call waits"),
	fsm.Arrow(officeSecond, hangupOrder, officeCleared, (*Exchange).clear, "the far party hangs up"),
	fsm.Arrow(officeSecond, timerOut, officeCleared, (*Exchange).clearByScript, "script: the far party hangs up"),
	fsm.Arrow(officeSecond, loopOpened, officeIdle, (*Exchange).rest, "our side hangs up"),

	// A signal that changes nothing where it comes.
	fsm.Ignore[officeState, officeEvent, *Exchange, officeIn](digitIn, "a digit in a call is the far party's matter",
		officeRingback, officeTalking, officeSecond, officeTone, officeCleared, officeLooped),
})
