// Package pri makes calls of a primary rate signalling group: D channels on clear timeslots of span cards, layer 2 and 3 of
// package q931 above them, and B channels as the circuits of the calls.
//
// # Goroutines
//
// A Board is the one consumer of a card's events and of its spans' reports. A Group is one signalling group; its goroutine owns
// the q931.Link, every call's state and every timer. The pump of a card runs the D channel's HDLC (DChannel is a span.ClearLeg)
// and passes frames by bounded queues that it never waits on: a frame that finds one full is dropped and counted, and layer 2
// repeats it.
//
// A Call is safe from any goroutine. What goes down to it is queued in its group's inbox; a full inbox clears the call with
// cause 42.
//
// An operator's questions (Machines, Reserve, Block) go through the inbox too, and a Trace gets a copy of each frame by a bounded
// queue of its own.
//
// # What a call gets
//
// From the first primitive that names its B channel on, the circuit has the span's gains, and detectors for digits and for fax
// and modem tones; from the answer on, the span's echo canceller if it has one, which a 2100 Hz tone with phase reversals
// disables (ITU-T G.168 clause 7). Digits that a party sends in a call go out as DTMF in the audio. The channel of a call for
// unrestricted digital information is clear: octets, and none of these.
//
// # Not here
//
// Tones to callers: of a call to the user's side the network plays them. On the network's side nobody does unless the called party
// brings them in its audio: a caller there hears no ringing tone of the gateway. Trunk selection over several groups is routing.
// Blocks end with the process. Transfers are refused.
package pri
