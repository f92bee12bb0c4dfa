// Package cas is channel-associated signalling: calls on the channels of a span whose states are the bits A to D of each
// channel, robbed from its timeslot (ANSI T1.403) or in timeslot 16 (ITU-T G.704 5.1.3.2.2), and whose numbers are tones in it.
//
// A Machine is the signalling of one channel, a pure function of inputs. Whoever drives it keeps its Timers, debounces the bits
// (Debouncer) and does what its outputs say.
package cas
