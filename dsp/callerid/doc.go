// Package callerid sends and receives calling line identification on analog lines: the single and multiple data message
// formats of Telcordia GR-30-CORE and ETSI EN 300 659-3 over Bell 202 or V.23, and the DTMF formats.
//
// A Standard says which of them a country uses and when it is sent relative to ringing; ForZone has one for every zone of
// package tone. A Transmitter is the audio of one message; ringing, ring pulses and line reversals are the line machine's,
// which takes their times from the Standard. A Receiver listens for all modulations at once.
//
// What comes from a line is untrusted. A Message that failed its checksum has no Number and no Name, and one whose number
// or name holds anything that has no place there says so in Dirty and leaves that field empty. Raw is what was received
// and must not be shown.
//
// Processors take any cut of their input, start no goroutine, read no clock and belong to one goroutine. A Receiver
// allocates only for the Message it returns.
//
// In a call (type II) identification is a conversation: a WaitingSender is the exchange's side of it, a WaitingReceiver the
// telephone's. A line machine that has the conversation in its own states takes its parts: NewWaitingAlert, AlertDetector,
// NewWaitingMessage.
//
// NTT's form (JCLIP) comes on a line whose called side has looped for it (LoopClosure).
package callerid
