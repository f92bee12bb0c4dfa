// Package linktest is the far end of a card link: a card in this process, and streams that are as bad as asked for.
//
// A Card speaks the protocol described in package link over any stream (a pair in memory from Pipe, a pseudo-terminal), keeps
// its own 1 ms clock, and stands on a Hardware: Loop, which returns what it is sent, or chip models on a board. Its Flash
// has two slots and a boot record and outlives it, so that a power cut is: stop the card at any moment and start another
// on the same Flash.
//
// The machine in machine.go does no I/O; Run moves octets and time. Everything waits on channels and timers alone, so that
// it works in fake time under testing/synctest.
package linktest
