// Package qemutest runs the line card's firmware in QEMU for tests: the real bootloader and application, on an emulated
// Cortex-M4, behind a real tty.
//
// Build makes the programs, Program.Install a flash. A Machine is a card with that flash: it has a tty whose path stays the
// same whatever happens to the card, is powered on and off, resets when the firmware resets it, and can be made to lose
// power after so many words written to flash. What is around the processor, the line modules' SPI and the highway, is played
// by a Bench, on whose answers the firmware waits: so chip models live in the card's time.
//
// QEMU ends when the firmware resets, and is started again. It runs in a folder of the test's; firmware/board/qemu says which
// files are in it. QEMU's clock is the host's: a test asserts order and counters and leaves time alone.
package qemutest
