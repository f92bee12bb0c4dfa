// Package pseudowire is a card whose line is a pseudowire: an E1, T1 or J1, or some timeslots of one, in UDP packets. Real
// pseudowire equipment is its far end, or another such card.
//
// # Modes
//
// SAToP (RFC 4553) carries the line bit for bit: the card has a framer of its own, with all its alarms, counters, loops and
// tests. CESoPSN (RFC 5086) carries timeslots, in packets of whole milliseconds from one on, with signalling bits in whole
// multiframes or fragments of them: frames never leave the far end's framer, so that the alarms are what the packets tell.
//
//	LOS   no packets: loss of packets is declared (RFC 4553 5.2)
//	AIS   L: the far end's own line has failed; all timeslots read as all ones
//	RAI   R: the far end loses our packets, or M = 2: its line tells of a remote alarm
//
// What we send has R while we lose packets, and L while AIS is asked for (tdm.SpanSetAIS). A lost packet reads as all ones. It
// counts as a path violation of CESoPSN; over SAToP the framer sees what it does to the CRC.
//
// # Time
//
// The card sends a packet when its samples are there, at its own rate: the host's clock, paced by soft.Clock. With a clock
// priority it is adaptive: the rate follows the depth of the jitter buffer, with a time constant of about 100 s, so that
// the card runs as fast as the far end. One end of a pseudowire at most may be adaptive, or both drift.
//
// # Goroutines
//
// The pump calls Exchange, which sends. One goroutine, begun by the first Exchange, reads the socket into the jitter
// buffer; Close ends both.
//
// # What it does not do
//
// There is no loop code, test pattern or line loop over CESoPSN, signalling packets of RFC 5086 5.2.2 are dropped, and RTP
// timestamps are sent (at 8 kHz) but not used: the adaptive clock needs none. No differential clock recovery. There is no
// encryption and no authentication: only packets from the configured address and port are taken.
package pseudowire
