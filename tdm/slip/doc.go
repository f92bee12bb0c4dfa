// Package slip joins clock domains: a Buffer takes samples with their sender's timestamps as they come, and gives them
// out at the rate of the card that owns it. It is the only place in the audio path that drops, repeats, stretches or
// conceals samples, and it counts each.
//
// How: time is the consumer's card's sample count, at, in Put and Get alike. The buffer keeps one number, the offset
// between that count and the sender's timestamps. Every Put measures a transit time (at minus timestamp); the smallest one
// of the last seconds is the clock relation of the two, and how far the others exceed it is the jitter, of which a
// histogram with forgetting gives the target delay. When the delay is off its target by more than a pitch period's worth,
// because the jitter changed or because one clock is faster, the buffer removes or repeats one pitch period by
// cross-fading at the best match, or gains the time in silence. A missing piece is concealed by dsp/plc (ITU-T G.711
// Appendix I). When nothing is there at all, the timeline stands still while it is concealed, so that packets that are
// merely late are still played; after 60 ms, where Appendix I has faded to silence, the stream counts as paused, and the
// next packet starts it afresh.
//
// Fixed mode is for voice-band data (ITU-T V.152): the delay stays as set, a missing piece is zeros of the same length,
// nothing is stretched, and a difference of clocks ends in a counted jump once it has used up half the delay.
//
// Who builds on it: gateway/rtp drains its packet ring in Tick, decodes, and calls Put, then Get for the block, all in the
// pump goroutine. Between two cards a Pipe carries one direction: a ring for one producer goroutine and one consumer
// goroutine, and a Buffer on the consumer's side.
//
// A Buffer has one owner, the consumer's pump goroutine; Stats alone is safe from others. Nothing here allocates after New.
// It does not decode, reorder by sequence number, or generate comfort noise: see Config.Fill.
package slip
