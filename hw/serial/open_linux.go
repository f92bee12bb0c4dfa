package serial

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	tarm "github.com/tarm/serial"
	"golang.org/x/sys/unix"
)

// Config describes how a port is opened: 8 data bits, no parity, one stop bit.
type Config struct {
	Path string
	Baud int // DefaultBaud when 0
	Flow Flow
	// Shared leaves the device open to other programs.
	Shared bool
}

// DefaultBaud is fast enough for 8 kHz audio of 8 bits on a real UART; a USB modem takes any figure.
const DefaultBaud = 115200

// tick is the shortest time that tarm can wait in a Read; VTIME has steps of 100 ms.
const tick = 100 * time.Millisecond

// chunk is the most that one tarm Write is given: poll promises room for something, not for how much, and a Write that
// has begun cannot be broken off.
const chunk = 256

// open is a Port of tarm's with a second descriptor.
type open struct {
	path string
	tarm *tarm.Port
	ctl  int // the second descriptor

	ctlUse  sync.RWMutex // held for writing to close ctl
	ctlGone bool

	read, write gate
	closing     atomic.Bool
	once        sync.Once
	closeErr    error
}

// Open opens a serial device.
func Open(cfg Config) (Port, error) {
	if cfg.Baud == 0 {
		cfg.Baud = DefaultBaud
	}
	p, err := openPort(cfg)
	if err != nil {
		return nil, fmt.Errorf("serial port %s: %w", cfg.Path, err)
	}
	return p, nil
}

func openPort(cfg Config) (_ *open, err error) {
	if cfg.Baud < 50 || cfg.Baud > 12_000_000 {
		return nil, fmt.Errorf("%d baud: want 50 to 12000000", cfg.Baud)
	}
	ctl, err := unix.Open(cfg.Path, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.EBUSY) {
		return nil, ErrInUse
	}
	if err != nil {
		return nil, err
	}
	p := &open{path: cfg.Path, ctl: ctl}
	defer func() {
		if err != nil {
			p.Close()
		}
	}()
	if _, err := unix.IoctlGetTermios(ctl, unix.TCGETS2); err != nil {
		return nil, errors.New("this is no serial device")
	}
	if !cfg.Shared {
		if err := unix.Flock(ctl, unix.LOCK_EX|unix.LOCK_NB); err != nil {
			return nil, ErrInUse
		}
	}
	for _, g := range []*gate{&p.read, &p.write} {
		if err := g.open(); err != nil {
			return nil, err
		}
	}
	// tarm knows a table of speeds; the wanted one is set afterwards.
	p.tarm, err = tarm.OpenPort(&tarm.Config{Name: cfg.Path, Baud: DefaultBaud, ReadTimeout: tick})
	if err != nil {
		return nil, err
	}
	if !cfg.Shared {
		if err := unix.IoctlSetInt(ctl, unix.TIOCEXCL, 0); err != nil {
			return nil, fmt.Errorf("exclusive use: %w", err)
		}
	}
	if err := setTermios(ctl, cfg); err != nil {
		return nil, fmt.Errorf("set %d baud, flow control: %w", cfg.Baud, err)
	}
	return p, nil
}

func setTermios(fd int, cfg Config) error {
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS2)
	if err != nil {
		return err
	}
	t.Cflag = t.Cflag&^(unix.CBAUD|unix.CRTSCTS) | unix.BOTHER | unix.HUPCL
	t.Ispeed, t.Ospeed = uint32(cfg.Baud), uint32(cfg.Baud)
	t.Iflag &^= unix.IXON | unix.IXOFF
	switch cfg.Flow {
	case FlowHardware:
		t.Cflag |= unix.CRTSCTS
	case FlowSoftware:
		t.Iflag |= unix.IXON | unix.IXOFF
		t.Cc[unix.VSTART], t.Cc[unix.VSTOP] = 0x11, 0x13
	}
	return unix.IoctlSetTermios(fd, unix.TCSETS2, t)
}

// Read implements Port.
func (p *open) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	p.read.use.Lock()
	defer p.read.use.Unlock()
	for {
		if err := p.read.wait(p, unix.POLLIN); err != nil {
			return 0, err
		}
		n, err := p.tarm.Read(b)
		switch {
		case n > 0:
			return n, nil
		case errors.Is(err, unix.EIO), errors.Is(err, unix.ENXIO), errors.Is(err, unix.ENODEV):
			return 0, p.fault(ErrGone)
		case err != nil && !errors.Is(err, io.EOF):
			return 0, p.fault(err)
		}
		// Nothing within tarm's own time, although poll had promised something: somebody else read it, or the device hung
		// up just now.
		if _, err := unix.IoctlGetTermios(p.ctl, unix.TCGETS2); err != nil {
			return 0, p.fault(ErrGone) // a tty that hung up reads as empty for ever
		}
	}
}

// Write implements Port.
func (p *open) Write(b []byte) (done int, err error) {
	p.write.use.Lock()
	defer p.write.use.Unlock()
	for done < len(b) {
		if err := p.write.wait(p, unix.POLLOUT); err != nil {
			return done, err
		}
		n, err := p.tarm.Write(b[done:min(len(b), done+chunk)])
		done += n
		switch {
		case err == nil:
		case errors.Is(err, unix.EIO), errors.Is(err, unix.ENXIO), errors.Is(err, unix.ENODEV):
			return done, p.fault(ErrGone)
		default:
			return done, p.fault(err)
		}
	}
	return done, nil
}

func (p *open) fault(err error) error {
	if p.closing.Load() {
		return ErrClosed
	}
	return fmt.Errorf("serial port %s: %w", p.path, err)
}

// SetReadDeadline implements Port.
func (p *open) SetReadDeadline(t time.Time) error { return p.read.until(t) }

// SetWriteDeadline implements Port.
func (p *open) SetWriteDeadline(t time.Time) error { return p.write.until(t) }

// Flush implements Port.
func (p *open) Flush() error {
	return p.control(func(fd int) error {
		if err := unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCIOFLUSH); err != nil {
			return p.fault(err)
		}
		return nil
	})
}

// Lines implements ModemLines.
func (p *open) Lines() (l Lines, err error) {
	err = p.control(func(fd int) error {
		bits, err := unix.IoctlGetInt(fd, unix.TIOCMGET)
		if err != nil {
			return p.lineFault(err)
		}
		for i, bit := range tiocm {
			if bits&bit != 0 {
				l |= 1 << i
			}
		}
		return nil
	})
	return l, err
}

// tiocm are the kernel's bits in the order of Lines.
var tiocm = [...]int{unix.TIOCM_DTR, unix.TIOCM_RTS, unix.TIOCM_CTS, unix.TIOCM_DSR, unix.TIOCM_CD, unix.TIOCM_RI}

// SetLines implements ModemLines.
func (p *open) SetLines(mask Lines, on bool) error {
	bits := 0
	for i, bit := range tiocm {
		if mask&(DTR|RTS)&(1<<i) != 0 {
			bits |= bit
		}
	}
	req := uint(unix.TIOCMBIC)
	if on {
		req = unix.TIOCMBIS
	}
	return p.control(func(fd int) error {
		if err := unix.IoctlSetPointerInt(fd, req, bits); err != nil {
			return p.lineFault(err)
		}
		return nil
	})
}

func (p *open) lineFault(err error) error {
	if errors.Is(err, unix.ENOTTY) || errors.Is(err, unix.EINVAL) {
		return ErrNoLines
	}
	return p.fault(ErrGone)
}

// closeWait is how long Close waits for a Read and a Write to leave: more than a tarm Read can take.
const closeWait = 3 * tick

// Close implements Port. Read and Write leave because their gates open; a tarm Write that is held up by flow control leaves
// when the output queue is thrown away, again and again, since what it still has fills the queue anew. If a driver does
// not let go even so, the descriptors are closed when it does, and Close has returned before.
func (p *open) Close() error {
	p.once.Do(func() {
		p.closing.Store(true)
		p.read.wake()
		p.write.wake()
		done := make(chan error, 1)
		go func() {
			p.read.use.Lock()
			defer p.read.use.Unlock()
			p.write.use.Lock()
			defer p.write.use.Unlock()
			var err error
			if p.tarm != nil {
				err = p.tarm.Close()
			}
			p.release()
			done <- err
		}()
		for range closeWait / (tick / 5) {
			p.control(func(fd int) error { return unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCOFLUSH) })
			select {
			case p.closeErr = <-done:
				return
			case <-time.After(tick / 5):
			}
		}
	})
	return p.closeErr
}

// control runs an ioctl unless the descriptor is closed.
func (p *open) control(f func(fd int) error) error {
	p.ctlUse.RLock()
	defer p.ctlUse.RUnlock()
	if p.ctlGone {
		return ErrClosed
	}
	return f(p.ctl)
}

func (p *open) release() {
	p.ctlUse.Lock()
	defer p.ctlUse.Unlock()
	p.ctlGone = true
	unix.Close(p.ctl)
	p.read.close()
	p.write.close()
}
