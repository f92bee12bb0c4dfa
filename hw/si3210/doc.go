// Package si3210 drives the line chip Si3210 and its smaller brother Si3215 over SPI, and models it. The chip feeds and rings a
// telephone (FXS) from a battery that it makes itself.
//
// # Driver
//
// A Chip has no goroutine and reads no clock: its owner calls Service with a time of its own, after each interrupt and at
// least every 100 ms, and gets events. Start brings the chip up, in steps that Service walks too when a chip has to recover
// beside others that work. What the chip can do by itself it does: the ringing cadence runs on its timers, ring trip and loop
// closure switch the linefeed, a power alarm opens the line. Each look reads between registers that the driver knows, and each
// setting is read back, so that a transfer out of step, a reset, a brown-out and a dead bus are found, told apart, mended and
// reported (Glitch, WasReset, Lost, then Ready). Settings made while a chip is down hold from its recovery on.
//
// Hook changes are as fine as the debounce interval's step of 1.25 ms and the calls of Service; both edges are late by the same
// 12.5 ms, so that dial pulses keep their lengths. For 250 ms after a change of the line voltage, and after the start, current
// is not taken for an off-hook: it charges the ringers.
//
// # Model
//
// A Model is the chip as a board.Device with the physics of its line: frames of two bytes (of three in a daisy chain), reset
// values, reserved and read-only bits, status bits that are set only when enabled and cleared by writing 1, indirect registers
// that are noise until written and served at 16 kHz, calibration, the converter's ramp, timers in 125 us, detectors at 800 Hz
// with their filters and debounce, automatic transitions, transistor heat, PCM by start counts, gains, hybrid and loopbacks.
//
// # What is read, recalled and left out
//
// Registers, formulas and the ring-trip table are the data sheets' (Si3215 Rev. 0.92, Si3230 preliminary Rev. 0.96; a complete
// sheet of the Si3210 was not at hand, and the reset value of register 63 differs between the two). The order of the bring-up is
// that of the drivers in the open (wctdm of dahdi-linux, xpp). Recalled, and to be checked on a board: which transistor
// currents belong to which wire (tip: Q1, Q2; ring: Q5, Q6), 200 kohm of the sensing inputs, 50 ohm in each wire, that a timer
// is loaded when its phase begins, the times of the calibrations (150 ms and 25 ms in the model), how fast the battery rises
// (2 V/ms) and falls, and that a falling chip select aligns bits but not frames, which is the worse of two readings of the sheet.
// GR-909's limits are recalled too.
//
// The model does not do the DTMF decoder (register 24 stays 0), the two tone oscillators and FSK (registers are held, nothing
// sounds: tones and caller ID come from the host), 8-bit linear PCM, GCI, and transistor thermals beyond one pole. Power in the
// transistors is a share of what battery and line differ by, good enough to be too much when a wire touches ground. The driver
// leaves alone what it does not need: daisy chains (a chip that a lost byte puts there is brought out), trapezoidal ringing,
// ringing offset, the tone oscillators.
//
// The chip is old; its data sheet calls it not recommended for new designs. Voltages reach 48 V at rest and 89 V in ringing.
package si3210
