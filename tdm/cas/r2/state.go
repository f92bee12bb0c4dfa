package r2

import "tipring/tdm/cas"

type state uint8

const (
	failed        state = iota // the line is not usable, or has not begun
	idle                       //
	farBlocked                 // the far end wants no calls
	seized                     // forward: we have seized, no acknowledgement yet
	abandoned                  // forward: likewise, and the call has gone
	bothSeized                 // double seizure
	forwardOn                  // forward: our signal is on
	forwardOff                 // forward: the backward signal was heard, ours is off, that one not yet
	forwardWait                // forward: nothing to send, no signal that says so
	awaitAnswer                // forward
	talkingOut                 // forward
	clearedBack                // forward: the far end has cleared, or sends a metering pulse
	clearing                   // forward: we have cleared, the far end is not idle yet
	stuck                      // and has not been for too long
	backwardWait               // backward: no signal is on
	backwardOn                 // backward: our signal answers one of the far end
	backwardPulse              // backward: a signal for a time
	offered                    // backward: the call has the number, the far end's category is on
	accepting                  // backward: the signal that accepts is on
	refusing                   // backward: the signal that refuses is on
	accepted                   // backward: no answer yet
	talkingIn                  // backward
	releasing                  // backward: no call, the far end has not cleared yet
	guard                      // both ends have been idle for a moment
	numStates
)

var stateNames = [numStates]string{"out of service", "idle", "blocked by far end", "seized", "abandoned", "double seizure", "forward on", "forward off", "forward waits",
	"awaiting answer", "talking (out)", "cleared back", "clearing", "stuck", "backward waits", "backward on", "backward pulse", "offered", "accepting", "refusing",
	"accepted", "talking (in)", "releasing", "guard"}

func (s state) String() string { return stateNames[s] }

// event is what a row is about. The first four are the bits A and B that are received, in their order.
type event uint8

const (
	far00        event = iota // seizure; from the called end forced release
	far01                     // answer
	far10                     // idle, clear forward, release guard
	far11                     // seizure acknowledgement, clear back, blocked
	seizeDue                  // timers, in their order
	forwardDue                //
	endDue                    //
	backwardDue               //
	pulseDue                  //
	decideDue                 //
	answerDue                 //
	clearDue                  //
	releaseDue                //
	guardDue                  //
	signalOn                  // a register signal
	signalOff                 //
	evSetup                   // primitives down
	evAlerting                //
	evInBand                  // PROGRESS, or ALERTING with audio of its own
	evConnect                 //
	evDisconnect              //
	evBlock                   //
	evUnblock                 //
	evFail                    //
	evRestore                 // or begin
	numEvents
)

var eventNames = [numEvents]string{"00", "01", "10", "11", "seizure timer", "T1", "T2", "T3", "pulse", "decision timer", "answer timer", "clear back timer",
	"release timer", "guard", "signal on", "signal off", "SETUP", "ALERTING", "in-band audio", "CONNECT", "DISCONNECT", "block", "unblock", "fail", "restore"}

func (e event) String() string { return eventNames[e] }

// The timers.
const (
	tSeize    cas.Timer = iota // for the acknowledgement
	tForward                   // T1: our forward signal is on
	tEnd                       // T2: it is off
	tBackward                  // T3: no forward signal
	tPulse                     // of a signal for a time
	tDecide                    // for the group B signal, while the far end's T1 runs
	tAnswer                    // between register signals and the answer
	tClear                     // a clear back may still become a pulse
	tRelease                   // for the far end to clear
	tGuard                     // before the channel is used again
	numTimers
)

var timerNames = [numTimers]string{"seize", "T1", "T2", "T3", "pulse", "decide", "answer", "clear back", "release", "guard"}

// What a machine waits for, in milliseconds.
const (
	seizeMs        = 8000  // project: many times the 200 ms of Q.424
	forwardMs      = 15000 // Q.476 5.5.1: 15 s, give or take 3
	endMs          = 24000 // Q.476 5.5.1: 24 s and more
	backwardMs     = 15000 // Q.476 5.5.2: 8 to 24 s
	numberMs       = 5000  // project: silence that ends a number where no signal does
	pulseMs        = 150   // Q.441 4.2.3.2: 150 ms, give or take 50
	decideMs       = 10000 // project: less than the least T1
	answerMs       = 150   // project: the tones of the register signals are over
	bothSeizedMs   = 100   // Q.424 3.2.7: both ends see the double seizure
	releaseMs      = 60000 // project: for the far end to clear
	guardMs        = 200   // Q.424 3.2.6: 100 and more
	doubleAnswerMs = 1000  // Anatel practice: first answer
	doubleClearMs  = 2000  // and the gap after it
)
