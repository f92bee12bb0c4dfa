package serial

import (
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// A gate is where one direction of a port waits: for the device, its deadline or the end of the port.
type gate struct {
	use sync.Mutex // held by the call that reads, or writes

	event int // eventfd that interrupts the wait

	mu       sync.Mutex
	deadline time.Time
	live     bool // event is open
}

func (g *gate) open() (err error) {
	g.event, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	g.live = err == nil
	return err
}

// wait returns nil when the device is ready for what.
func (g *gate) wait(p *open, what int16) error {
	for {
		if p.closing.Load() {
			return ErrClosed
		}
		ms, err := g.left()
		if err != nil {
			return err
		}
		fds := [2]unix.PollFd{{Fd: int32(p.ctl), Events: what}, {Fd: int32(g.event), Events: unix.POLLIN}}
		switch _, err := unix.Poll(fds[:], ms); {
		case err == unix.EINTR:
			continue
		case err != nil:
			return p.fault(err)
		}
		if fds[1].Revents != 0 {
			var count [8]byte
			unix.Read(g.event, count[:]) // it is level-triggered: count it down
			continue
		}
		switch got := fds[0].Revents; {
		case got&what != 0:
			return nil
		case got != 0:
			return p.fault(ErrGone)
		}
	}
}

// left is the time until the deadline in milliseconds as poll wants it, rounded up.
func (g *gate) left() (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.deadline.IsZero() {
		return -1, nil
	}
	d := time.Until(g.deadline)
	if d <= 0 {
		return 0, os.ErrDeadlineExceeded
	}
	return int(min(d, time.Hour)/time.Millisecond) + 1, nil
}

func (g *gate) until(t time.Time) error {
	g.mu.Lock()
	g.deadline = t
	g.mu.Unlock()
	g.wake()
	return nil
}

// wake interrupts the wait.
func (g *gate) wake() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.live {
		unix.Write(g.event, []byte{1, 0, 0, 0, 0, 0, 0, 0})
	}
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.live {
		g.live = false
		unix.Close(g.event)
	}
}
