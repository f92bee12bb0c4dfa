package siptest

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// Need returns the path of a program or ends the test: skipped, or failed with TIPRING_PEERS=require in the environment. It
// is what cmd/internal/peers does, which only packages below cmd can import.
func Need(tb testing.TB, program string) string {
	tb.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		if os.Getenv("TIPRING_PEERS") == "require" {
			tb.Fatalf("%s is not installed and TIPRING_PEERS=require", program)
		}
		tb.Skipf("%s is not installed", program)
	}
	return path
}

// Lock holds the one lock of all tests that run in real time, across processes, until the test ends.
func Lock(tb testing.TB) {
	tb.Helper()
	f, err := os.OpenFile(filepath.Join(os.TempDir(), "tipring-peers.lock"), os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		tb.Fatal(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { f.Close() })
}
