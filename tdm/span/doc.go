// Package span runs a card: one pump goroutine a card exchanges blocks, passes every slot's audio through law, echo
// canceller and detectors to the leg attached to it, and reports what it found as sample-stamped events.
//
// One tick of the pump is synchronous:
//
//	Exchange       block k-1 goes out, block k comes in; this is where the goroutine waits, and nowhere else
//	commands       what was queued meanwhile is applied: between two blocks, in the order of the calls
//	phase 1        every slot: octets -law-> echo canceller -> gain -> detectors -> events
//	phase 2        every slot: Leg.Digits, Leg.Tick -> Play -> gain -law-> octets of the next block; transmitted Sig
//	Tick event
//
// Two phases, so that a cross-connect or a conference does not depend on the order of the slots. What a leg is given in
// Tick has just come in, and what it gives goes out with the next Exchange: a sample waits at most one block on its way
// through, in either direction. The echo canceller's reference is what was sent Info.Delay samples before, as it was
// quantised.
//
// Time is the card's sample count; samples that the card lost count too. An Event's At is exact for what happened on the
// line (signalling to 1 ms), however late the host has woken up. After a late wake-up blocks run back to back; that and
// lost samples are counted (PumpStats). The host's clock is read for these figures alone.
//
// A slot is awake while something is attached, looked for, played or sent; one that is not costs a comparison of its
// received signalling bits, and sends silence. The tick allocates nothing, takes no lock and does not log; detectors and
// cancellers are allocated by the goroutine that asks for them. Clear slots (octets through no law) are cross-connects
// without gain.
//
// A Patchbay joins the ends of calls: two circuits of a card by a cross-connect, circuits of two cards by tdm/slip, a
// circuit and a leg by attaching, two legs by a pair of slots of a soft card.
//
// Not here: line states (tdm/loop), RTP (gateway/rtp), conferences, and sharding of the slots over several goroutines,
// which no measurement has asked for yet.
package span
