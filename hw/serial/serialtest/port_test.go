package serialtest_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"tipring/hw/serial"
	"tipring/hw/serial/serialtest"
)

// Deadlines end a wait at their time, and a moved one takes effect in a call that waits.
func TestDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, far := serialtest.Pair()
		start := time.Now()
		p.SetReadDeadline(start.Add(30 * time.Millisecond))
		if _, err := p.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != 30*time.Millisecond {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		p.SetReadDeadline(time.Time{})
		go func() {
			time.Sleep(time.Second)
			p.SetReadDeadline(time.Now())
		}()
		if _, err := p.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != 1030*time.Millisecond {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		p.SetWriteDeadline(time.Now().Add(time.Second))
		if n, err := p.Write(make([]byte, 2*serialtest.Buffer)); n != serialtest.Buffer || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%d octets, %v", n, err)
		}
		if got, err := io.ReadAll(io.LimitReader(far, serialtest.Buffer)); len(got) != serialtest.Buffer || err != nil {
			t.Errorf("%d octets, %v", len(got), err)
		}
	})
}

// What was said before the device went is read; then both sides know.
func TestUnplugAndClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, far := serialtest.Pair()
		far.Write([]byte("abc"))
		far.Torn(2)
		b := make([]byte, 8)
		if n, err := p.Read(b); n != 2 || err != nil || !bytes.Equal(b[:2], []byte("ab")) {
			t.Errorf("%q, %v", b[:n], err)
		}
		far.Stall(true)
		go func() {
			time.Sleep(time.Second)
			far.Unplug()
		}()
		if _, err := p.Read(b); !errors.Is(err, serial.ErrGone) {
			t.Error(err)
		}
		if _, err := p.Write(b); !errors.Is(err, serial.ErrGone) {
			t.Error(err)
		}
		if _, err := far.Read(b); !errors.Is(err, serial.ErrGone) {
			t.Error(err)
		}
		p.Close()
		if _, err := p.Read(b); !errors.Is(err, serial.ErrClosed) {
			t.Error(err)
		}
	})
}

// The device sees the host's lines move, the host the device's; neither can move the other's.
func TestLines(t *testing.T) {
	p, far := serialtest.Pair()
	var seen []serial.Lines
	far.OnLines(func(l serial.Lines) { seen = append(seen, l) })
	p.SetLines(serial.DTR|serial.RI, false)
	far.SetDeviceLines(serial.RI|serial.DTR, true)
	l, err := p.Lines()
	if want := serial.RTS | serial.CTS | serial.DSR | serial.RI; l != want || err != nil || len(seen) != 1 || seen[0] != want&^serial.RI {
		t.Errorf("%v, %v; the device saw %v", l, err, seen)
	}
}
