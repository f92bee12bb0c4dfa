package serial_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tipring/hw/serial"
	"tipring/hw/serial/pty"
)

// terminal returns a port on a pseudo-terminal and its other side.
func terminal(t *testing.T, cfg serial.Config) (serial.Port, *os.File) {
	t.Helper()
	far, path, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	cfg.Path = path
	p, err := serial.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Close()
		far.Close()
	})
	return p, far
}

// Every octet passes both ways, the ones included that a line discipline would eat.
func TestTransparent(t *testing.T) {
	p, far := terminal(t, serial.Config{})
	all := make([]byte, 3*256)
	for i := range all {
		all[i] = byte(i)
	}
	for _, way := range []struct {
		from io.Writer
		to   io.Reader
	}{{p, far}, {far, p}} {
		if n, err := way.from.Write(all); n != len(all) || err != nil {
			t.Fatal(n, err)
		}
		got := make([]byte, len(all))
		if _, err := io.ReadFull(way.to, got); err != nil || !bytes.Equal(got, all) {
			t.Errorf("%v: %x", err, got)
		}
	}
}

// Close ends a Read that waits for an octet that never comes, and a Write that waits for a device that takes nothing; a
// tarm port would hang in both.
func TestCloseUnblocks(t *testing.T) {
	for name, call := range map[string]func(serial.Port) error{
		"read":  func(p serial.Port) error { _, err := p.Read(make([]byte, 1)); return err },
		"write": func(p serial.Port) error { _, err := p.Write(make([]byte, 1<<20)); return err },
	} {
		t.Run(name, func(t *testing.T) {
			p, _ := terminal(t, serial.Config{})
			// The call is under way when a deadline of its own has been seen to end it: the second round has nothing else
			// to end it than Close.
			left := make(chan error)
			go func() {
				soon := time.Now().Add(time.Millisecond)
				p.SetReadDeadline(soon)
				p.SetWriteDeadline(soon)
				left <- call(p)
				p.SetReadDeadline(time.Time{})
				p.SetWriteDeadline(time.Time{})
				left <- call(p)
			}()
			if err := <-left; !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatal(err)
			}
			if err := p.Close(); err != nil {
				t.Error(err)
			}
			if err := <-left; !errors.Is(err, serial.ErrClosed) {
				t.Error(err)
			}
			if err := call(p); !errors.Is(err, serial.ErrClosed) {
				t.Error(err)
			}
			if err := p.Flush(); !errors.Is(err, serial.ErrClosed) {
				t.Error(err)
			}
			if err := p.Close(); err != nil {
				t.Error("again:", err)
			}
		})
	}
}

// A deadline that is moved ends the call that waits already.
func TestDeadlineMoved(t *testing.T) {
	p, far := terminal(t, serial.Config{})
	left := make(chan error)
	go func() {
		b := make([]byte, 1)
		for {
			_, err := p.Read(b)
			left <- err
			if err != nil {
				return
			}
		}
	}()
	far.Write([]byte("x"))
	if err := <-left; err != nil {
		t.Fatal(err)
	}
	p.SetReadDeadline(time.Now())
	if err := <-left; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error(err)
	}
}

// What arrived before the device went is read, then it is gone in every call.
func TestGone(t *testing.T) {
	p, far := terminal(t, serial.Config{})
	far.Write([]byte("last words"))
	b := make([]byte, 64)
	if n, err := p.Read(b); string(b[:n]) != "last words" || err != nil {
		t.Fatalf("%q, %v", b[:n], err)
	}
	far.Close()
	for range 3 {
		if _, err := p.Read(b); !errors.Is(err, serial.ErrGone) {
			t.Errorf("read: %v", err)
		}
		if _, err := p.Write(b); !errors.Is(err, serial.ErrGone) {
			t.Errorf("write: %v", err)
		}
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

// A second opening of the device says who is in the way; after Close it is free.
func TestExclusive(t *testing.T) {
	far, path, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	hold, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer hold.Close()
	for range 2 {
		p, err := serial.Open(serial.Config{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := serial.Open(serial.Config{Path: path}); !errors.Is(err, serial.ErrInUse) {
			t.Errorf("second opening: %v", err)
		}
		p.Close()
	}
	if p, err := serial.Open(serial.Config{Path: path, Shared: true}); err != nil {
		t.Error(err)
	} else {
		p.Close()
	}
}

// Speeds that are in no table, and flow control, reach the device; the line discipline stays transparent.
func TestTermios(t *testing.T) {
	for _, c := range []struct {
		cfg          serial.Config
		baud         uint32
		cflag, iflag uint32
	}{
		{serial.Config{}, 115200, 0, 0},
		{serial.Config{Baud: 31250, Flow: serial.FlowHardware}, 31250, unix.CRTSCTS, 0},
		{serial.Config{Baud: 3686400, Flow: serial.FlowSoftware}, 3686400, 0, unix.IXON | unix.IXOFF},
		{serial.Config{Baud: 12000000}, 12000000, 0, 0},
	} {
		_, far := terminal(t, c.cfg)
		conn, err := far.SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		var tio *unix.Termios
		conn.Control(func(fd uintptr) { tio, err = unix.IoctlGetTermios(int(fd), unix.TCGETS2) })
		if err != nil {
			t.Fatal(err)
		}
		if tio.Ospeed != c.baud || tio.Ispeed != c.baud || tio.Cflag&unix.CRTSCTS != c.cflag || tio.Iflag&(unix.IXON|unix.IXOFF) != c.iflag {
			t.Errorf("%+v: %d baud, cflag %#o, iflag %#o", c.cfg, tio.Ospeed, tio.Cflag, tio.Iflag)
		}
		if tio.Lflag&(unix.ICANON|unix.ECHO|unix.ISIG) != 0 || tio.Oflag&unix.OPOST != 0 || tio.Cflag&unix.CSIZE != unix.CS8 {
			t.Errorf("%+v: not raw: %+v", c.cfg, tio)
		}
	}
}

// A pseudo-terminal has no modem-control lines and says so; Attach brings some.
func TestLines(t *testing.T) {
	p, _ := terminal(t, serial.Config{})
	if _, err := p.Lines(); !errors.Is(err, serial.ErrNoLines) {
		t.Error(err)
	}
	if err := p.SetLines(serial.DTR, false); !errors.Is(err, serial.ErrNoLines) {
		t.Error(err)
	}
	beside := new(lines)
	q := serial.Attach(p, beside)
	if err := q.SetLines(serial.DTR|serial.RTS, true); err != nil {
		t.Error(err)
	}
	if l, err := q.Lines(); l.String() != "DTR RTS" || err != nil {
		t.Errorf("%q, %v", l, err)
	}
}

type lines struct{ now serial.Lines }

func (l *lines) Lines() (serial.Lines, error) { return l.now, nil }
func (l *lines) SetLines(mask serial.Lines, on bool) error {
	l.now &^= mask
	if on {
		l.now |= mask
	}
	return nil
}

func TestOpenFaults(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "plain")
	os.WriteFile(plain, nil, 0o600)
	for _, cfg := range []serial.Config{{Path: "/dev/null"}, {Path: plain}, {Path: plain + "x"}, {Path: "/dev/ptmx", Baud: 7}} {
		if p, err := serial.Open(cfg); err == nil {
			p.Close()
			t.Errorf("%+v was opened", cfg)
		}
	}
}

// Flush throws away what has come and was not read.
func TestFlush(t *testing.T) {
	p, far := terminal(t, serial.Config{})
	far.Write([]byte("oldold"))
	if _, err := io.ReadFull(p, make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
	if err := p.Flush(); err != nil {
		t.Fatal(err)
	}
	far.Write([]byte("new"))
	b := make([]byte, 8)
	if n, err := p.Read(b); string(b[:n]) != "new" || err != nil {
		t.Errorf("%q, %v", b[:n], err)
	}
}
