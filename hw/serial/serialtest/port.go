// Package serialtest has a serial port in memory, for drivers' tests.
//
// Pair returns a serial.Port for the driver and the Far end for whoever plays the device. Octets of one side wait in a
// bounded buffer for the other; a full one holds the writer up, as flow control does. Torn and Stall make the port as bad as
// real ones are, Unplug takes the device away. Waiting is on channels alone, so that both sides run in fake time under
// testing/synctest.
package serialtest

import (
	"os"
	"sync"
	"time"

	"tipring/hw/serial"
)

// Buffer is how many octets wait in each direction.
const Buffer = 4096

// A pipe is one direction.
type pipe struct {
	mu      sync.Mutex
	data    []byte
	changed chan struct{} // closed and replaced at each change
	read    time.Time
	write   time.Time
	err     error // of the reader once data is empty, and of the writer
	stalled bool  // the reader does not get anything
	torn    int   // most octets that one Read gets; 0: no bound
}

func newPipe() *pipe { return &pipe{changed: make(chan struct{})} }

// change runs f and wakes those who wait.
func (p *pipe) change(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
	close(p.changed)
	p.changed = make(chan struct{})
}

// wait returns after a change or at the deadline; p.mu is held before and after.
func (p *pipe) wait(deadline time.Time) error {
	changed := p.changed
	p.mu.Unlock()
	defer p.mu.Lock()
	if deadline.IsZero() {
		<-changed
		return nil
	}
	left := time.Until(deadline)
	if left <= 0 {
		return os.ErrDeadlineExceeded
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-changed:
	case <-timer.C:
	}
	return nil
}

func (p *pipe) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	p.mu.Lock()
	for len(p.data) == 0 || p.stalled {
		if p.err != nil {
			err := p.err
			p.mu.Unlock()
			return 0, err
		}
		if err := p.wait(p.read); err != nil {
			p.mu.Unlock()
			return 0, err
		}
	}
	if p.torn > 0 && len(b) > p.torn {
		b = b[:p.torn]
	}
	n := copy(b, p.data)
	p.mu.Unlock()
	p.change(func() { p.data = p.data[:copy(p.data, p.data[min(n, len(p.data)):])] })
	return n, nil
}

func (p *pipe) Write(b []byte) (done int, err error) {
	for done < len(b) {
		p.mu.Lock()
		for len(p.data) >= Buffer && p.err == nil {
			if err := p.wait(p.write); err != nil {
				p.mu.Unlock()
				return done, err
			}
		}
		err := p.err
		p.mu.Unlock()
		if err != nil {
			return done, err
		}
		p.change(func() {
			n := min(len(b)-done, Buffer-len(p.data))
			p.data = append(p.data, b[done:done+n]...)
			done += n
		})
	}
	return done, nil
}

// A port is one side.
type port struct {
	in, out *pipe
	wire    *wire
}

// A wire is what both sides share beside the octets.
type wire struct {
	mu    sync.Mutex
	lines serial.Lines
	moved func(serial.Lines) // called when the host has changed its lines
}

func (p *port) Read(b []byte) (int, error)  { return p.in.Read(b) }
func (p *port) Write(b []byte) (int, error) { return p.out.Write(b) }

func (p *port) SetReadDeadline(t time.Time) error {
	p.in.change(func() { p.in.read = t })
	return nil
}

func (p *port) SetWriteDeadline(t time.Time) error {
	p.out.change(func() { p.out.write = t })
	return nil
}

func (p *port) Flush() error {
	p.in.change(func() { p.in.data = p.in.data[:0] })
	p.out.change(func() { p.out.data = p.out.data[:0] })
	return nil
}

func (p *port) Lines() (serial.Lines, error) {
	p.wire.mu.Lock()
	defer p.wire.mu.Unlock()
	return p.wire.lines, nil
}

func (p *port) SetLines(mask serial.Lines, on bool) error {
	p.wire.set(mask&(serial.DTR|serial.RTS), on, true)
	return nil
}

func (w *wire) set(mask serial.Lines, on, tell bool) {
	w.mu.Lock()
	if on {
		w.lines |= mask
	} else {
		w.lines &^= mask
	}
	lines, moved := w.lines, w.moved
	w.mu.Unlock()
	if tell && moved != nil {
		moved(lines)
	}
}

func (p *port) Close() error {
	p.in.change(func() { p.in.err, p.in.data = serial.ErrClosed, nil })
	p.out.change(func() {
		if p.out.err == nil {
			p.out.err = serial.ErrGone
		}
	})
	return nil
}

// A Far is the device's end of a port. It reads what the driver writes.
type Far struct{ port }

// Pair returns a port with DTR, RTS, CTS and DSR on, and its far end.
func Pair() (serial.Port, *Far) {
	a, b := newPipe(), newPipe()
	w := &wire{lines: serial.DTR | serial.RTS | serial.CTS | serial.DSR}
	return &port{in: a, out: b, wire: w}, &Far{port{in: b, out: a, wire: w}}
}

// SetDeviceLines turns on or off the lines that the device drives.
func (f *Far) SetDeviceLines(mask serial.Lines, on bool) {
	f.wire.set(mask&^(serial.DTR|serial.RTS), on, false)
}

// OnLines has moved called, by the goroutine of the driver, whenever the driver has set its lines.
func (f *Far) OnLines(moved func(serial.Lines)) {
	f.wire.mu.Lock()
	f.wire.moved = moved
	f.wire.mu.Unlock()
}

// Torn limits how many octets one Read of the driver gets; 0 is no limit.
func (f *Far) Torn(most int) { f.out.change(func() { f.out.torn = most }) }

// Stall keeps everything from the driver until it is turned off again: reads come late.
func (f *Far) Stall(on bool) { f.out.change(func() { f.out.stalled = on }) }

// Unplug takes the device away: both sides get serial.ErrGone from now on.
func (f *Far) Unplug() {
	for _, p := range []*pipe{f.in, f.out} {
		p.change(func() {
			p.data = nil
			if p.err == nil {
				p.err = serial.ErrGone
			}
		})
	}
}
