// Package faxtone hears the tones by which fax machines and modems announce themselves, so that a call can be switched to
// voice-band data (ITU-T V.152) in time and an echo canceller be disabled (ITU-T G.168 clause 7).
//
//   - CNG, 1100 Hz, a calling fax machine (T.30 §4.2.1)
//   - CED or ANS, 2100 Hz, an answering fax machine or modem (T.30 §4.2.2, V.25 §3)
//   - the same with a phase reversal every 450 ms: ANS of V.25 that disables echo cancellers
//   - the same with 15 Hz amplitude modulation: ANSam of V.8 §5, with or without reversals
//   - V.21 channel 2 flags, the preamble of every T.30 message (T.30 §5.3.1)
//
// The Detector measures amplitude and phase of four frequencies in blocks of 10 ms. A tone is one whose blocks hold
// little else; phase reversals are jumps of its phase by half a turn at the right distance, amplitude modulation is the
// 15 Hz component of its amplitude. Where the blocks are full of 1650 and 1850 Hz, the V.21 signal is demodulated and flags
// are counted. Speech, digits and call-progress tones do none of this.
//
// A Hold decides when a canceller that was disabled is enabled again (G.168 §7.4 and §7.8, G.165 §4.4 and §4.8). Without
// reversals 2100 Hz disables echo suppressors (G.164) and not cancellers; at it, as at every tone of the list, the non-linear
// processor is to be switched off.
//
// A Detector belongs to one goroutine, counts time in samples, allocates nothing but room in the caller's slice and finds
// the same for any cut of the audio. It does not decode V.21 messages.
package faxtone
