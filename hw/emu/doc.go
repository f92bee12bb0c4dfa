// Package emu is a card that needs no hardware: lines modelled down to loop current and hybrid echo, with a telephone
// behind every FXS port and an exchange behind every FXO port.
//
// # What it is for
//
// It is the gateway's main test bed, and a part of the product: without configuration the gateway runs on it, and the
// command "tipring emu" plays the people at the far ends while it does. Card implements tdm.Card and tdm.Controller and
// passes hw/hwtest. Phone and Exchange are the far ends; Handler and Client carry their verbs over HTTP.
//
// # What is modelled
//
//   - Loop: battery, feed resistance, length and terminal give the loop current by Ohm's law, up to the feed's limit;
//     ringing voltage arrives weakened by the line and the ringers, and rings nothing when it is too low. Polarity,
//     battery cut and an unplugged line are states of it.
//   - Audio: attenuation, noise while current flows, and the echo of what the card sends, by an echo path of ITU-T G.168
//     Annex D at a settable echo return loss, after a settable delay of the card. Sound passes in both directions through
//     a closed loop and, for caller ID, from the feeding end through an open one. Ringing voltage and an open feed cut it.
//     The far end has a perfect hybrid: a telephone has no sidetone, an exchange does not hear itself.
//   - FXS: the card's linefeed, ringing cadence and supervision. While ringing voltage is on, loop closure shows only when
//     the trip detector has seen it; then, as in a pause at once, ringing ends by itself.
//   - FXO: the exchange's line circuit is the table office: seizure, dial tone, digits by DTMF and dial pulses, busy,
//     congestion and number-unobtainable tone, ringing tone, answer with or without reversal, ringing with caller ID, and
//     four ways to say that the far party has gone. Script sets how it behaves, RingOption how a call comes in.
//
// All of it advances by one millisecond at a time, signalling before audio, so that nothing depends on the block length: a
// test holds the card to that. A line on which nothing can happen is not computed.
//
// # Spans
//
// SpanCard is a card of E1, T1 or J1 lines. Both ends of each are the framers of tdm/framing with pulses between them, so
// that alarms, counters, slips, loops and tests are what they are on a real line. SpanFar is the cable and the far end:
// attenuation to loss of signal, errors at a rate and in bursts, a clock that is off, a pulled cable, AIS and loops. A Switch
// uses the far end's timeslots in the far end's own milliseconds.
//
// # Time and goroutines
//
// The card starts no goroutine and, but for the pacing of Exchange (soft.Clock), reads no clock: everything on a line is
// counted in its samples. It is computed by the one caller of Exchange, the gateway's pump. Actors are other goroutines:
// their verbs queue a closure, which Exchange applies before the next block, and sleep until the block at whose end it has
// come true has passed. So an actor blocks while nobody calls Exchange; Close ends its wait with tdm.ErrClosed. After a verb
// has returned, Status shows what it did. Under testing/synctest a card made in the bubble runs in fake time.
//
// A caller that is later than Config.Depth loses samples (Exchange returns them as slip); the lines stand still meanwhile,
// as if the whole world behind the card had been stopped.
//
// # What it does not do
//
// It is no chip: registers, calibration and SPI belong to the chip models under the real drivers. It has no party lines, no
// metering pulses, no message-waiting voltage and no ground start.
package emu
