package serial

import (
	"errors"
	"io"
	"strings"
	"time"
)

// What a Port's methods return beside os.ErrDeadlineExceeded.
var (
	ErrClosed  = errors.New("serial port closed")
	ErrGone    = errors.New("serial device gone")
	ErrInUse   = errors.New("serial port in use by another program")
	ErrNoLines = errors.New("serial device has no modem-control lines")
)

// A Lines is the state of modem-control lines (ITU-T V.24 circuits 108/2, 105, 106, 107, 109 and 125).
type Lines uint8

// The modem-control lines. The host drives the first two.
const (
	DTR Lines = 1 << iota
	RTS
	CTS
	DSR
	DCD
	RI
)

// String gives the names of the lines that are on: "DTR RTS".
func (l Lines) String() string {
	var on []string
	for i, name := range [...]string{"DTR", "RTS", "CTS", "DSR", "DCD", "RI"} {
		if l&(1<<i) != 0 {
			on = append(on, name)
		}
	}
	return strings.Join(on, " ")
}

// A Port is an open serial device.
type Port interface {
	// Read returns at least one octet, or os.ErrDeadlineExceeded, ErrClosed, ErrGone. Write returns when everything has
	// been handed to the system, or with the same errors and how much was.
	io.ReadWriter
	// SetReadDeadline and SetWriteDeadline bound waiting, also in a call that waits already; zero is no bound.
	SetReadDeadline(time.Time) error
	SetWriteDeadline(time.Time) error
	// Flush throws away what was written and not sent, and received and not read.
	Flush() error
	ModemLines
	// Close ends Read and Write in other goroutines and never waits for the device.
	Close() error
}

// ModemLines are the modem-control lines of a device.
type ModemLines interface {
	// Lines returns which lines are on.
	Lines() (Lines, error)
	// SetLines turns the host's lines in mask on or off.
	SetLines(mask Lines, on bool) error
}

// Flow is how the two sides hold each other up.
type Flow uint8

// Flow controls.
const (
	FlowNone Flow = iota
	FlowHardware
	FlowSoftware // XON and XOFF: not for binary data
)

// Attach returns p with its modem-control lines replaced by those of lines, for a device whose own lead nowhere.
func Attach(p Port, lines ModemLines) Port { return attached{p, lines} }

type attached struct {
	Port
	lines ModemLines
}

func (a attached) Lines() (Lines, error)              { return a.lines.Lines() }
func (a attached) SetLines(mask Lines, on bool) error { return a.lines.SetLines(mask, on) }
