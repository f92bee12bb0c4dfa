package loop

import "tipring/tdm/fsm"

// Timer is a running timer of a line.
type Timer = fsm.Timer

// LineStatus is a snapshot of one line, made by the group's goroutine; it does not change.
type LineStatus struct {
	Name, Card, Kind string // Kind: "fxs" or "fxo"
	Slot             int
	Number, Zone     string
	// State is one of idle, ringing, offhook, dialing, talking, disconnected, out_of_service; Machine is the state of the
	// line's diagram behind it.
	State, Machine string
	Reason         string // why it is out of service or takes no calls
	Hook           string // "on" or "off": the telephone's, or on FXO our own
	Ringing        bool   // ringing voltage is on the line now
	// Battery, Reversed and LoopCurrent are what an FXO line sees; of an FXS line Battery and Reversed tell its feed.
	Battery, Reversed, LoopCurrent bool
	InCall                         bool  // a call holds the line
	Since                          int64 // sample of the card at which the machine entered its state
	Pending                        bool  // a changed configuration waits for the line to be idle
	Timers                         []Timer
	Fault                          string // what the card last reported about the line
	Counters
}

// Counters count since the group was made.
type Counters struct {
	Rings              int64 // FXO: rings that counted, FXS: calls that rang the telephone
	Seizures           int64 // FXS: off-hook to call; FXO: off-hook to dial
	Glare              int64 // seizures that met an incoming call
	Flashes            int64 // hook flashes
	Digits             int64 // digits received (DTMF and pulses)
	CallerIDOK         int64 // FXO: messages received
	CallerIDBad        int64 // FXO: messages with a wrong checksum
	CallerIDNone       int64 // FXO: calls offered without
	CallerIDSent       int64 // FXS: messages sent to their end
	Abandoned          int64 // FXO: the caller went away while it rang
	CurrentDisconnects int64 // FXO: far-end hang-ups told by the loop current
	ShortRings         int64 // FXO: ringing too short to count
	Unexpected         int64 // events that the diagram does not know in the state at hand
}

// counters is Counters while the group counts.
type counters [numCounters]int64

func (c *counters) snapshot() Counters {
	return Counters{
		Rings: c[cntRings], Seizures: c[cntSeizures], Glare: c[cntGlare], Flashes: c[cntFlashes], Digits: c[cntDigits],
		CallerIDOK: c[cntCallerIDOK], CallerIDBad: c[cntCallerIDBad], CallerIDNone: c[cntCallerIDNone],
		CallerIDSent: c[cntCallerIDSent], Abandoned: c[cntAbandoned], CurrentDisconnects: c[cntCurrentDisconnects],
		ShortRings: c[cntShortRings], Unexpected: c[cntUnexpected],
	}
}
