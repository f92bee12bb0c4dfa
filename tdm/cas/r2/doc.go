// Package r2 is ITU-T signalling system R2 on a channel of an E1: line signalling in its digital version (Q.421 to Q.424) by
// the bits A and B of timeslot 16, and register signalling between two registers in compelled tones (Q.440 to Q.480), in the
// international form and in those of nine countries.
//
// New makes a cas.Machine that does both sides: it places calls (forward) and takes them (backward). The differences between
// countries are data, see Variants. A Machine is a pure function of its inputs; package cas drives it.
//
// Not here: the analogue version of line signalling, satellite links without compelled tones, Q.441's test calls and echo
// suppressor signals (A-9 to A-15 end a call), and the calling category of a call that comes in, for which a Setup has no place;
// it is looked at for collect calls only.
//
// The tests hold it to openr2 1.3.3 in all variants and both sides, with tones as audio.
package r2
