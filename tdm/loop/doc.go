// Package loop holds the machines of analog lines: FXS, a port that faces a telephone, and FXO, a port that faces an
// exchange; and Group, the signalling goroutine of one analog card, which drives them.
//
// A machine is a state diagram written as rows of data (package fsm) over a small struct. It is pure: an input (an edge of
// the loop, a digit, a recognised tone, a timer that expired, a primitive from the call) gives a list of outputs (a tone to
// play, a cadence to ring, a hook to lift, a timer to start, a primitive to the call). It reads no clock and does no I/O.
//
// Group.Run is the one goroutine that owns all machines of a card. It takes events from the card's pump and primitives from
// calls through a bounded inbox, and turns outputs into commands to the pump. Time is the card's sample count: a timer is
// a deadline in samples, checked when the pump's events reach it, before an event with a later stamp is handled. Events
// that wait when a primitive arrives are handled before it, so that an incoming ring that is already known wins over a
// seizure.
//
// A call and a line speak in Q.931's primitives (see tdm.Primitive). Each call has its own Call handle; a primitive of a
// call that has ended never reaches a later one on the same line.
//
// The package knows nothing of numbering, routing or digit maps: a telephone's digits go up one by one. Audio beyond tones,
// digits and caller-ID bursts is connected by the gateway (span.Patchbay).
package loop
