// Package q931 is layer 3 of a primary rate access (ITU-T Q.931, EN 300 403-1 and the national variants), both sides, as
// machines without input or output of their own.
//
// A Link is one signalling group: a D channel, or two of them where one stands by (NFAS), and the B channels that they
// control, addressed by interface and timeslot. One goroutine owns it. It is given frames from its D channels, primitives
// from calls, and the time; it returns what has to be done: frames to send, primitives to calls, news of D channels and of
// B channels. Time is a duration since any fixed moment, for instance samples of a card divided by 8,000 a second; Next says
// when Advance has something to do. Data links (package q921) are inside.
//
// A call is a diagram written as rows of data (package fsm), one table a side; QSIG is symmetrical and uses the user's on
// both. States are numbered as in Q.931 §2. Restart has a table of its own, and so has hold (Q.932).
//
// Supplementary services go by facility (ROSE): a call's user asks for a transfer, a deflection or a note of a malicious call by
// a Notify, and answers what the peer asks for by another. How a switch type numbers an operation is data too.
//
// What differs between switch types is data, in the table of variants: timers, overlap, sending complete, how names travel,
// maintenance messages. Nothing else asks which switch is at the far end.
//
// Octets from the line are untrusted: every information element is kept, known or not, and what is missing or in error is
// answered as §5.8 says. Facility components are read to a depth and a size that are limited.
//
// Calls speak tdm.Primitive. A call that was given to Setup, or that an Up output with a Setup primitive offered, ends with
// exactly one Release primitive, whoever cleared it, and that is its last word.
package q931
