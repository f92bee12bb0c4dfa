package si3050

import (
	"fmt"
	"time"
)

// A Kind says what an Event reports.
type Kind uint8

// The kinds of event.
const (
	RingOn      Kind = iota + 1 // ringing voltage is on the line
	RingOff                     // ringing voltage is off
	BatteryOn                   // the line has voltage
	BatteryOff                  // it has none: cut, or not plugged in
	BatteryLost                 // for a second: the line is dead
	Reversed                    // polarity is the reverse of the idle one
	Normal                      // polarity is the idle one again
	CurrentOn                   // loop current flows
	CurrentOff                  // it does not, though the chip is off hook
	Overload                    // loop current of more than 127 mA for 200 ms
	BillingTone                 // a metering tone disturbs the receive path
	Glitch                      // a transfer went wrong and was repeated
	LinkLost                    // the isolation link to the line side is down
	Lost                        // the chip does not answer
	WasReset                    // the chip has fallen back to its reset state
	Ready                       // the chip works, after start or recovery
	Failed                      // bring-up failed; it is tried again
)

var kinds = [...]string{"", "ringing on", "ringing off", "battery on", "battery off", "battery lost", "polarity reversed", "polarity normal",
	"loop current on", "loop current off", "overload", "billing tone", "glitch", "isolation link lost", "chip lost", "chip was reset", "ready", "failed"}

// String returns the kind for people.
func (k Kind) String() string {
	if int(k) < len(kinds) {
		return kinds[k]
	}
	return fmt.Sprintf("kind %d", k)
}

// An Event is something that happened at a chip.
type Event struct {
	At   time.Duration // the now of the Service that found it
	Kind Kind
	Err  error // why, for Glitch, Lost and Failed
}

// String returns the event for people.
func (e Event) String() string {
	if e.Err != nil {
		return e.Kind.String() + ": " + e.Err.Error()
	}
	return e.Kind.String()
}
