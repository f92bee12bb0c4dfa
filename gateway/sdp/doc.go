// Package sdp reads and writes session descriptions (RFC 8866) and settles offers and answers (RFC 3264) for one audio
// stream of a telephone call: PCMU and PCMA, telephone-event (RFC 4733) and comfort noise (RFC 3389).
//
// Descriptions are read and written by github.com/pion/sdp/v3. It reads whole descriptions to the letter of the RFC or not
// at all, and refuses one for a single m=image line, as offers of T.38 have; so split stands before it. It holds the bounds
// on size, lines and media, takes a description apart into the session part and the m= sections, and hands pion the lines
// that decide something about audio over RTP/AVP and RTP/AVPF, in the RFC's order; of other sections it keeps the m= line,
// which the answer has to repeat with port 0. What else it mends or looks at itself, and why, stands at text and add. The
// meaning of c= and of attributes (address families, rtpmap, ptime, rtcp, direction) is found here from what pion read.
//
// A Session holds what offer and answer need to remember of a dialog: the origin's version, the peer's media lines, and what
// is agreed.
//
// There is no input or output and no goroutine here; a Session has one owner. Not done: encryption (an RTP/SAVP line is
// answered with port 0), ICE, T.38, and media other than one audio stream.
package sdp
