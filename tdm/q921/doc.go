// Package q921 is LAPD, the data link layer of a D channel (ITU-T Q.921), as a machine without input or output of its own.
//
// A Link is one data link connection, either side of it. Its diagram is Annex B of Q.921 written as rows of data (package
// fsm): TEI assigned, awaiting establishment, awaiting release, multiple frame established, timer recovery, and the three
// states without a TEI of a basic access. Input takes a frame from the line, a request from layer 3, a word from
// management or an expired timer, and returns what has to be done: frames to send, indications to layer 3, errors to
// management (the letters of appendix II), timers to start and stop.
//
// Timers have generation numbers: an expiry that crossed a stop or a restart is told apart and ignored, so that the driver
// needs no lock between its clock and the link.
//
// Acknowledgement follows the SDL's acknowledge pending: a received I frame is acknowledged by the next I frame, or by RR
// when the driver gives Flush, which it does once it has handled the outputs of whatever came in. N(R), N(S) and the window
// are modulo 128. When T200 expires, an enquiry is sent rather than the last I frame (the first option of §5.6.7).
//
// TEIUser and TEINetwork are the TEI management of §5.3. A primary access has TEI 0 and needs none of it; nothing in this
// project has a basic access yet.
//
// Frames are without flags and FCS, which are package hdlc's. Segmentation (Annex H of Q.931), XID negotiation of
// parameters and multi-link procedures are not here: a frame of more than N201 octets is refused to layer 3 as error O.
package q921
