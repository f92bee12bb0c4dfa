// Package si3210 drives the line chip Si3210 and its smaller brother Si3215 (FXS: it feeds and rings a telephone), over SPI,
// and models it.
//
// A Chip is the driver. It has no goroutine and no clock: its owner calls Service with the time and gets events. A Model is
// the chip as a board.Device, with its registers and the physics of the line. Both, and the register dump of the command
// line, read the one table Registers.
package si3210
