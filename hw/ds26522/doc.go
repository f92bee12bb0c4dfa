// Package ds26522 drives the framers and line interface units of the DS26521, DS26522, DS26524 and DS26528 over SPI.
//
// regs.go is the one table of registers, which driver and model share. Chip brings the chip up in the order that the open
// drivers agree on, reads alarms and one-second counts, and makes loops, AIS and remote alarms. Model is the chip behind a
// bus: access kinds, resets, latches, alarms that depend on the mode, and a list of what a real chip would not forgive. HDLC
// is not used: D channels are done in software (tdm/hdlc).
//
// A Chip does its transfers in the caller's goroutine and has one owner. Waiting is the caller's too (Config.Sleep).
//
// # What it does not do
//
// SPI carries control alone; the timeslots go over the chip's TDM backplane, and no card of this project has one yet: Chip is no
// tdm.Card. Robbed bits, timeslot 16, loop codes, data link messages and the chip's bit error tester are not driven. The offset
// of one port's registers from the next one's is from data sheet knowledge and was not found in an open driver; no real chip
// was at hand.
package ds26522
