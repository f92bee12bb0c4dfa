// Package serial opens serial ports for drivers: github.com/tarm/serial reads and writes, and what that package leaves out
// is done on a second descriptor of the same device.
//
//   - Read and Write wait in poll(2) and enter tarm's calls only when they can go on, so that deadlines have the
//     resolution of a millisecond and Close ends both at once. (On its own a tarm Close waits for a Read that waits for an
//     octet that may never come.)
//   - The modem lines DTR, RTS, CTS, DSR, DCD and RI; a device without them, as a pseudo-terminal is one, says ErrNoLines.
//     Attach puts lines from elsewhere in their place.
//   - RTS/CTS or XON/XOFF flow control, and any speed, by termios2 and BOTHER.
//   - Exclusive use: an advisory lock that other users of this package meet, and TIOCEXCL, which everyone but root does.
//   - A device that has gone (unplugged, or the other side of a pseudo-terminal closed) is ErrGone, never an endless
//     stream of empty reads.
//
// A Port may be read by one goroutine and written by another; Close and the modem lines are safe from any. Only Close
// starts a goroutine, which ends when the device has let go. The package knows nothing of what is said over the port, does not look for devices, and runs on Linux.
//
// Package serialtest has a port in memory, package pty a pair with a real line discipline.
package serial
