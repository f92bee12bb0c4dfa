package si3210

import (
	"fmt"
	"time"
)

// A Kind says what an Event reports.
type Kind uint8

// The kinds of event.
const (
	OffHook    Kind = iota + 1 // loop closed
	OnHook                     // loop open
	RingTrip                   // loop closed while ringing voltage was on; OffHook follows
	RingOn                     // ringing voltage is on the line
	RingOff                    // ringing voltage is off
	RingEnd                    // a cadence that plays once has ended
	MeterEnd                   // a metering pulse has ended
	PowerAlarm                 // a transistor got too hot and the chip opened the line
	PowerBack                  // the feed is on again after a power alarm
	PowerOff                   // too many power alarms: the line stays open for a while
	Glitch                     // a transfer went wrong and was repeated
	Lost                       // the chip does not answer
	WasReset                   // the chip has fallen back to its reset state: a brown-out, or somebody's RESET
	Ready                      // the chip works, after start or recovery
	Failed                     // bring-up failed; it is tried again
)

var kinds = [...]string{"", "off hook", "on hook", "ring trip", "ringing on", "ringing off", "ringing ended", "metering ended", "power alarm",
	"power back", "power off", "glitch", "chip lost", "chip was reset", "ready", "failed"}

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
