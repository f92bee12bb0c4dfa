package cas

import "tipring/tdm"

// A Machine is the signalling of one channel: it maps (state, input) to (state, outputs). It does no I/O and reads no clock.
//
// A call goes through it in primitives, as through any party: Setup down begins one, Output{Up, Setup} is one that comes in;
// each ends by exactly one Release up, after which its channel may still be busy with the far end.
type Machine interface {
	// Step takes an input and returns what is to be done, in order. The outputs are valid until the next Step.
	Step(in Input) []Output
	// State is for people, in the words of the machine's standard.
	State() string
	// Condition says what the channel can be used for.
	Condition() Condition
	// Timer is the name of a timer.
	Timer(t Timer) string
	// Looks are the bits that mean something; changes of the others are not brought.
	Looks() Bits
}

// Condition is what a channel can be used for.
type Condition uint8

// The conditions.
const (
	Idle         Condition = iota // takes a call
	Busy                          // has a call, or clears one
	Blocked                       // no calls: an operator here, or the far end, said so
	OutOfService                  // the line has failed, or the far end does not answer as it should
)

// String returns the word for people and metrics.
func (c Condition) String() string {
	return [...]string{"idle", "busy", "blocked", "out of service"}[c]
}

// Timer names a timer of a machine: MaxTimers at most.
type Timer uint8

// MaxTimers is how many timers a machine may have.
const MaxTimers = 16

// InputKind says what has happened to a channel.
type InputKind uint8

// The inputs.
const (
	Begin     InputKind = iota + 1 // the channel comes into use; Bits as they are
	Line                           // Bits are what has been received, for long enough to count, since At
	Expired                        // Timer
	Down                           // Prim from the call
	Signal                         // a register signal (Digit) has begun at At
	SignalEnd                      // it has ended
	Sent                           // what Dial gave has been sent
	Tone                           // a call-progress tone (Name) has been recognised
	Voice                          // somebody speaks
	Fail                           // the line is not usable any more, or not yet: the first input, which sends what an unused channel does
	Restore                        // it is again; Bits as they are
	Block                          // an operator wants no calls
	Unblock
)

// An Input is one thing that happens to a channel. Fields that a kind does not use are zero.
type Input struct {
	Kind  InputKind
	At    int64 // samples
	Bits  Bits
	Timer Timer
	Prim  tdm.Primitive
	Digit byte // Signal, SignalEnd: the name of a DTMF digit, or one of mf.System.Names
	Name  string
}

// Register is a kind of register signals.
type Register uint8

// The registers.
const (
	NoRegister Register = iota
	DTMF                // ITU-T Q.23
	R1                  // ITU-T Q.320: the North American MF; names of mf.R1
	R2Forward           // ITU-T Q.441; names of mf.R2Forward
	R2Backward
)

// String returns the name for people.
func (r Register) String() string {
	return [...]string{"none", "dtmf", "r1", "r2-forward", "r2-backward"}[r]
}

// Listen says what to listen for in what comes from the line.
type Listen struct {
	Register Register // Signal, SignalEnd
	Tones    bool     // Tone
	Voice    bool     // Voice, once
}

// OutputKind says what a machine wants done.
type OutputKind uint8

// The outputs.
const (
	Send     OutputKind = iota + 1 // Runs to the line, to the millisecond; the last value stays
	Up                             // Prim to the call; a Setup is a new call, whose down way is open from then on
	Refuse                         // Prim, a Release, to the call whose Setup is the input
	Start                          // Timer, Ms from now; anew when it runs
	Stop                           // Timer
	Dial                           // Digits in Register; their end is Sent
	Hold                           // the register signal Digits[0] in Register until Quiet or another of Hold, Dial, Play
	Play                           // the call-progress tone Name of the zone, until the like
	Quiet                          // nothing more of Dial, Hold, Play
	ListenTo                       // Listen, afresh
	Count                          // Name: one more of it
)

// An Output is one thing that a machine wants done. Fields that a kind does not use are zero.
type Output struct {
	Kind     OutputKind
	Prim     tdm.Primitive
	Runs     []tdm.SigRun
	Timer    Timer
	Ms       int
	Register Register
	Digits   string
	Name     string
	Listen   Listen
}
