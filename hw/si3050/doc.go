// Package si3050 drives the line chip Si3050 with an Si3018 or Si3019 line side over SPI, and models it. The chip faces an
// exchange (FXO), from which it is isolated.
//
// # Driver
//
// A Chip has no goroutine and reads no clock: its owner calls Service with a time of its own and gets events. Start brings the
// chip up, in steps that Service walks too when a chip has to recover beside others that work. SetHook is one transfer, so that
// the owner dials pulses with it. Each look reads between registers that the driver knows, and each setting is read back, so
// that a transfer out of step, a reset, a lost isolation link and a dead bus are found, told apart, mended and reported
// (Glitch, WasReset, LinkLost, Lost, then Ready); the line is on hook after a recovery. Settings made while a chip is down hold
// from its recovery on.
//
// Ringing is seen by its half waves, which have to change sides and go on for 64 ms as in the drivers in the open; so Service
// has to be called every 10 ms or so, and a ring begins and ends late by about the same. Battery and polarity have 64 ms too,
// loop current 64 ms after the chip's off-hook counter (128 ms, or 8 ms with Fast). Polarity is relative to the first that was
// seen: a line wired the other way round is not reversed.
//
// # Model
//
// A Model is the chip as a board.Device and, on its line, a pair.Terminal: frames of three bytes with the place in a chain,
// reset values, read-only bits, sources that are cleared by writing 0 (the Si3210 wants 1) and show whether masked or not, the
// software reset, the isolation link, line voltage with its gap of 3 V, loop current behind the off-hook counter, the direct-
// current characteristic with the limit of TBR 21, the ring detector with threshold and validation of the frequency, PCM,
// gains, and hybrid coefficients that subtract from the line's echo.
//
// # What is read, recalled and left out
//
// A whole data sheet of the Si3050 was not at hand: single pages of it, sheets of sister chips with the same numbering (Si3056,
// Si306x, Si3052, Si3016), and the drivers in the open. The table says field by field which it is, and `tipring card regs
// --table si3050` prints that. Family level are most of the interrupt bits, register 5's, ring validation times and gains of
// register 15; recalled and in no source at hand are the step of 1.1 mA of register 28, the identity 3 of an Si3019, that the
// full-wave bit (18) shapes a pin alone and not the bits of register 5, that an interrupt source shows while masked, the times
// of software reset and link (20 ms and 40 ms in the model), and the off-hook characteristic of DCV plus 50 ohm. Register reset
// values that no source has are taken as 0, and the driver writes all that matter. On one point the sources disagree: a sheet of
// the family wants the on-hook monitor cleared before off-hook, the drivers in the open leave it on. This driver leaves it on,
// and the model takes both.
//
// Country rows are the drivers' (73, package country). Their full-scale bit for +3.2 dBm, which wctdm sets for all rows, is left
// off: it wants DCV 3, which the rows of low-voltage countries contradict.
//
// The model does not do AOUT, the sampling-rate and watchdog bits, and overload protection; the ring delay counts as a longer
// confirmation. A chip on a real line needs a type approval, which no table is.
package si3050
