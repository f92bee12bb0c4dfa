// Package sdp reads and writes session descriptions (RFC 8866) and settles offers and answers (RFC 3264) for one audio
// stream of a telephone call: PCMU and PCMA, telephone-event (RFC 4733) and comfort noise (RFC 3389).
//
// Parse is tolerant where the field is: line order inside a description, line ends, unknown media, transports and lines are
// taken; what matters for the audio stream is checked. (pion/sdp, which the tests use as a second opinion on what we write,
// refuses a whole description for one m=image line, as T.38 offers have.) A Session holds what offer and answer need to
// remember of a dialog: the origin's version, the peer's media lines, and what is agreed.
//
// There is no input or output and no goroutine here; a Session has one owner. Not done: encryption (an RTP/SAVP line is
// answered with port 0), ICE, T.38, and media other than one audio stream.
package sdp
