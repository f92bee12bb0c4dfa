// Package wire has the messages of the card link octet by octet: framing (COBS, CRC-32), headers, and one file a message.
//
// The protocol is described in package link. A message type has Append, which adds its body to a buffer, and Parse, which
// reads one and refuses what the description does not allow; both sides of the link use both. Nothing here keeps state but
// Decoder, and nothing allocates but messages that hold a variable list.
package wire
