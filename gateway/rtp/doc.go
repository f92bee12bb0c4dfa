// Package rtp carries the audio of a call over RTP (RFC 3550) with the static audio payloads of RFC 3551, telephone-events
// (RFC 4733) and comfort noise (RFC 3389).
//
// An Engine owns the sockets of all its streams; a Stream is the span.Leg of one call.
package rtp
