// Package oracle lets tests ask the line card's C code, built for the host with sanitizers, what it makes of their octets. It
// also builds the firmware for them.
package oracle

import (
	"encoding/binary"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"tipring/cmd/peers"
)

// Folder is the project's folder firmware.
var Folder = sync.OnceValue(func() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(filepath.Dir(file))
})

// Make runs make in the folder firmware, one at a time among all processes, and returns what it printed.
func Make(args ...string) ([]byte, error) {
	lock, err := os.OpenFile(filepath.Join(os.TempDir(), "tipring-firmware.lock"), os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return nil, err
	}
	return exec.Command("make", append([]string{"-s", "-C", Folder()}, args...)...).CombinedOutput()
}

// An Oracle is a running process.
type Oracle struct {
	mu     sync.Mutex
	in     io.WriteCloser
	out    io.Reader
	stderr strings.Builder
}

// Start builds and starts the process firmware/host/oracle.c. Without a C compiler the test skips, or fails as peers.Need says.
func Start(t testing.TB) *Oracle {
	t.Helper()
	peers.Need(t, "make", "gcc")
	if output, err := Make("host"); err != nil {
		t.Fatalf("make host: %v\n%s", err, output)
	}
	o := &Oracle{}
	process := exec.Command(filepath.Join(Folder(), "out", "host", "oracle"))
	process.Stderr = &o.stderr
	var err error
	if o.in, err = process.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if o.out, err = process.StdoutPipe(); err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		o.in.Close()
		if err := process.Wait(); err != nil {
			t.Errorf("oracle: %v\n%s", err, o.stderr.String())
		}
	})
	return o
}

// Ask asks for one operation; host/oracle.c says which there are.
func (o *Oracle) Ask(t testing.TB, operation byte, in []byte) []byte {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	request := append(binary.LittleEndian.AppendUint32([]byte{operation}, uint32(len(in))), in...)
	if _, err := o.in.Write(request); err != nil {
		t.Fatalf("oracle: %v\n%s", err, o.stderr.String())
	}
	var head [4]byte
	if _, err := io.ReadFull(o.out, head[:]); err != nil {
		t.Fatalf("oracle: %v\n%s", err, o.stderr.String())
	}
	answer := make([]byte, binary.LittleEndian.Uint32(head[:]))
	if _, err := io.ReadFull(o.out, answer); err != nil {
		t.Fatalf("oracle: %v\n%s", err, o.stderr.String())
	}
	return answer
}
