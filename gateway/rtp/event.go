package rtp

import "net/netip"

// EventKind is what an Event says.
type EventKind uint8

// The kinds of Event.
const (
	Digit        EventKind = iota + 1 // a telephone-event digit has begun
	DigitEnd                          // it has ended; Dur is set
	Flash                             // telephone-event 16, hook flash
	FaxTone                           // a named fax or modem tone of RFC 4734; Tone is "cng", "ans", "ansam" ...
	MediaTimeout                      // no packet from the peer for Params.Timeout samples
	MediaResumed                      // and then one came
	SourceLocked                      // the peer's address was learned; Remote is set
	Bye                               // the peer's RTCP BYE
	Dropped                           // once a stream: RTP packets from Remote are dropped, since they are not the peer's
)

// An Event is something that a stream noticed. The function given to OnEvent gets it on the engine's own goroutine.
type Event struct {
	Kind   EventKind
	Digit  byte   // Digit, DigitEnd: '0'-'9', '*', '#', 'A'-'D'
	At     int64  // card sample of the block in which it was noticed; 0 for Bye, SourceLocked and Dropped
	Dur    int    // DigitEnd: duration in samples
	Tone   string // FaxTone
	Remote netip.AddrPort
}
