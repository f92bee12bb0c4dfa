// Package pseudowire is the packet side of a circuit over IP: SAToP, which carries a line bit for bit (RFC 4553), and
// CESoPSN, which carries some of its timeslots (RFC 5086), both over UDP with an optional RTP header in front of the control
// word.
//
// Parse and Header.Append are the codec; Structure says how a CESoPSN payload is laid out; Buffer puts packets in order,
// knows what is lost, and plays them out by the count of its caller. Nothing here does I/O or reads a clock. Each value has one
// owner.
//
// Everything that arrives is untrusted: a packet of another length than the configured one is refused, as the RFCs say, and no
// field of it makes anything grow.
package pseudowire
