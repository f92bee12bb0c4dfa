package qemutest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tipring/hw/serial/pty"
)

// A Machine is a line card in QEMU.
type Machine struct {
	// Path is the host's tty of the card.
	Path string

	t     testing.TB
	dir   string
	bench Bench

	mu      sync.Mutex
	process *os.Process   // nil while the power is off
	off     bool          // the power is to stay off
	down    chan struct{} // closed once it is off
	starts  int
}

// New makes a card with a flash, and no power yet. bench may be nil: the line modules' positions are empty then.
func New(t testing.TB, flash []byte, bench Bench) *Machine {
	t.Helper()
	m := &Machine{t: t, dir: t.TempDir(), bench: bench, down: make(chan struct{})}
	close(m.down)
	if err := os.WriteFile(m.file("flash.bin"), flash, 0o600); err != nil {
		t.Fatal(err)
	}
	card, cardPath, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	host, hostPath, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	// The firmware's reads return at once with what is there, as those of a USB endpoint do. Both devices are held open, so
	// that neither side sees the other come and go.
	cardHolder, err := hold(cardPath, 0)
	if err != nil {
		t.Fatal(err)
	}
	hostHolder, err := hold(hostPath, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(cardPath, m.file("link.pty")); err != nil {
		t.Fatal(err)
	}
	m.Path = hostPath
	var copies sync.WaitGroup
	copies.Go(func() { forward(host, card) })
	copies.Go(func() { io.Copy(card, host) })
	t.Cleanup(func() {
		m.PowerOff()
		for _, f := range []*os.File{card, host, cardHolder, hostHolder} {
			f.Close()
		}
		copies.Wait()
	})
	return m
}

// patience is how long the card's octets wait for a host that does not read. Then they are lost: a card does not stand still
// because nobody listens.
const patience = 10 * time.Millisecond

func forward(host, card *os.File) {
	buf := make([]byte, 4096)
	for {
		n, err := card.Read(buf)
		if err != nil {
			return
		}
		host.SetWriteDeadline(time.Now().Add(patience))
		if _, err := host.Write(buf[:n]); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return
		}
	}
}

func hold(path string, min uint8) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	termios, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err == nil {
		termios.Cc[unix.VMIN], termios.Cc[unix.VTIME] = min, 0
		err = unix.IoctlSetTermios(int(f.Fd()), unix.TCSETS, termios)
	}
	return f, err
}

func (m *Machine) file(name string) string { return filepath.Join(m.dir, name) }

// Flash returns what the flash holds.
func (m *Machine) Flash() []byte {
	m.t.Helper()
	data, err := os.ReadFile(m.file("flash.bin"))
	if err != nil {
		m.t.Fatal(err)
	}
	return data
}

// SetFlash writes into the flash of a card without power.
func (m *Machine) SetFlash(address uint32, data []byte) {
	m.t.Helper()
	flash := m.Flash()
	copy(flash[address-FlashBase:], data)
	if err := os.WriteFile(m.file("flash.bin"), flash, 0o600); err != nil {
		m.t.Fatal(err)
	}
}

// Strap sets the recovery strap, or takes it off.
func (m *Machine) Strap(on bool) { m.put("strap", on, nil) }

// Fuse makes the card lose its power, once it has been turned on, after so many words of flash have been changed.
func (m *Machine) Fuse(words int) {
	m.put("fuse", true, binary.LittleEndian.AppendUint32(nil, uint32(words)))
}

func (m *Machine) put(name string, on bool, data []byte) {
	m.t.Helper()
	err := os.Remove(m.file(name))
	if on {
		err = os.WriteFile(m.file(name), data, 0o600)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		m.t.Fatal(err)
	}
}

// Starts is how often the processor has started.
func (m *Machine) Starts() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.starts
}

// PowerOn starts a card that is off.
func (m *Machine) PowerOn() {
	m.t.Helper()
	m.put("noinit.bin", false, nil)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.off = false
	m.down = make(chan struct{})
	if err := m.start(); err != nil {
		close(m.down)
		m.t.Fatal(err)
	}
}

// PowerOff takes the power away, whatever the card is doing.
func (m *Machine) PowerOff() {
	m.mu.Lock()
	m.off = true
	if m.process != nil {
		m.process.Kill()
	}
	down := m.down
	m.mu.Unlock()
	<-down
	m.put("fuse", false, nil)
}

// Down is closed when the power has gone, by PowerOff or because a Fuse has blown.
func (m *Machine) Down() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.down
}

// start starts QEMU; m.mu is held.
func (m *Machine) start() error {
	var pipes benchPipes
	if m.bench != nil {
		var err error
		if pipes, err = openBench(m.dir); err != nil {
			return err
		}
	}
	var output bytes.Buffer
	q := exec.Command("qemu-system-arm", "-M", "netduinoplus2", "-nographic", "-monitor", "none", "-serial", "none", "-no-reboot",
		"-device", fmt.Sprintf("loader,file=flash.bin,addr=%#x,force-raw=on", FlashBase),
		"-semihosting-config", "enable=on,target=native")
	q.Dir = m.dir
	q.Stdout, q.Stderr = &output, &output
	q.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := q.Start(); err != nil {
		return err
	}
	m.process = q.Process
	m.starts++
	served := make(chan error, 1)
	if m.bench != nil {
		go func() { served <- pipes.serve(m.bench) }()
	}
	go func() {
		err := q.Wait()
		if m.bench != nil {
			pipes.close()
			if err := <-served; err != nil && !errors.Is(err, os.ErrClosed) {
				m.t.Errorf("bench: %v", err)
			}
		}
		m.ended(err, output.Bytes())
	}()
	return nil
}

// ended follows the end of QEMU: a reset, which begins it anew, or the end of the power.
func (m *Machine) ended(err error, output []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.process = nil
	_, reset := os.Stat(m.file("noinit.bin"))
	switch {
	case m.off:
	case err != nil || len(output) > 0:
		m.t.Errorf("QEMU: %v\n%s", err, output)
	case reset == nil:
		if err := m.start(); err == nil {
			return
		} else {
			m.t.Error(err)
		}
	default: // the fuse has blown
		os.Remove(m.file("fuse"))
	}
	close(m.down)
}
