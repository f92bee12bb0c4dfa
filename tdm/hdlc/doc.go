// Package hdlc frames and unframes the bit-oriented HDLC of ISO/IEC 13239 and Q.921 §2: flags, zero insertion, abort and the
// 16-bit FCS, over any number of timeslots or a part of one.
//
// An Encoder is filled with frames and asked for octets; a Decoder is given octets and calls back with frames. Both work on
// timeslot octets in line order: the most significant bit is on the line first (G.704), while HDLC sends an octet of a frame
// with its least significant bit first. A hyperchannel is the octets of its timeslots in the order in which they are on the
// line; Fill and Write take a tdm.Block apart for that. A subrate channel uses the bits of Config.Mask alone and leaves the
// other bits of each octet at one.
//
// Both are driven by tables indexed by the run of ones so far and the next octet, so that a D channel costs a few
// nanoseconds an octet. The rare octet in which two events end is done bit by bit.
//
// Nothing here allocates after construction, reads a clock or starts a goroutine. The FCS is inside: frames go in and come
// out without it.
package hdlc
