package tdm

import "errors"

// ErrClosed is what Exchange returns after Close.
var ErrClosed = errors.New("card closed")

// Kind says what a slot is.
type Kind uint8

// The kinds of slot.
const (
	Bearer Kind = iota // a timeslot without line control: a soft card's, or a span's
	FXS                // faces a telephone
	FXO                // faces an exchange
)

// String returns the lower-case name used in configuration, metrics and records.
func (k Kind) String() string {
	switch k {
	case FXS:
		return "fxs"
	case FXO:
		return "fxo"
	}
	return "bearer"
}

// Info describes a card; it does not change while the card is open.
type Info struct {
	Name  string // stable name, unique in the gateway: label of metrics and log lines
	Model string // what it is, for people
	Law   Law
	Slots []Slot
	// Delay is the number of samples from an octet handed to Exchange to the moment its echo can be in what Exchange
	// returned: the bulk delay that an echo canceller has to skip.
	Delay int
	// SigResolution is how finely the card really resolves signalling changes, in milliseconds (1 is the finest).
	SigResolution int
}

// A Slot describes one timeslot of a card.
type Slot struct {
	Kind Kind
	Name string // stable line name ("fxs1"); empty for a bearer without one
}

// A Card is a clock domain: slots that share one sample clock.
type Card interface {
	Info() Info
	// Exchange sends tx and fills rx, blocking until the card's clock has advanced tx.N samples. tx and rx have the same
	// N. slip counts the samples lost since the last call. Close unblocks it with ErrClosed. Only one goroutine, the pump,
	// calls it.
	Exchange(tx, rx Block) (slip int, err error)
	Close() error
}

// A Controller is a card with lines: it takes commands that are not audio. Found by type assertion.
type Controller interface {
	// Control queues a command for slot. It never blocks, takes effect at a block boundary, and is answered by one Event
	// with the command's ID. It is safe beside Exchange.
	Control(slot int, c Command)
	// Events delivers answers and faults. The channel is never closed; an event that finds it full is dropped and counted
	// by the card.
	Events() <-chan Event
}

// Op is what a Command asks for.
type Op uint8

// The commands of an FXS slot. An FXO slot's hook rides in the transmitted Sig bits, since dial pulses need 1 ms.
const (
	OpLinefeed Op = iota + 1 // apply Command.Linefeed
	OpRing                   // start Command.Cadence from its beginning; the card trips it by itself on off-hook
	OpRingStop               // stop ringing at once
)

// Linefeed is the state of an FXS port's battery.
type Linefeed uint8

// Linefeed states.
const (
	FeedForward Linefeed = iota // tip more positive than ring, speech both ways
	FeedReverse                 // polarity reversed, speech both ways
	FeedOpen                    // no battery: current disconnect (TIA-464 "open switching interval")
)

// A Cadence is a ringing pattern: on, off, on, off ... in milliseconds, repeated from the start unless Once.
type Cadence struct {
	N    int        // entries used in Ms, even
	Ms   [16]uint16 // on and off times
	Once bool       // play the pattern one time and stop (a ring pulse alerting signal)
}

// Command is one instruction to a slot. It is a value, so that a queue of them allocates nothing.
type Command struct {
	Op       Op
	ID       uint32 // returned in the Event
	Linefeed Linefeed
	Cadence  Cadence
}

// Event answers a Command, or reports a fault of a slot or that it is over.
type Event struct {
	Slot int
	At   int64  // sample at which the command took effect
	ID   uint32 // the command's; 0 for a fault that nobody asked for, and its end
	Err  error  // nil when it took effect, or the fault is over
}

// A Meter is a card that measures its lines. Found by type assertion.
type Meter interface {
	// Measure returns what the card last measured on a slot. It is safe beside Exchange and never blocks.
	Measure(slot int) Measurement
}

// A Measurement is the direct-current state of one line.
type Measurement struct {
	LoopAmperes float64 // loop current
	LineVolts   float64 // between tip and ring, negative when the polarity is reversed
}
