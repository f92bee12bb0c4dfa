// Package peers lets tests use programs that this project did not write, such as sipp or minimodem.
//
// A program that is not installed makes its test skip, so that a checkout with nothing but Go passes; with
// TIPRING_PEERS=require in the environment, as in CI, it makes the test fail. With -short, which is how the race detector
// is run, all of them skip: a peer talks in real time, and the detector has none to spare.
package peers

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Need returns the paths of programs, in order, or ends the test.
func Need(t testing.TB, programs ...string) []string {
	t.Helper()
	if testing.Short() {
		t.Skipf("-short: %s would run in real time", strings.Join(programs, ", "))
	}
	paths := make([]string, len(programs))
	for i, name := range programs {
		path, err := exec.LookPath(name)
		if err != nil {
			if os.Getenv("TIPRING_PEERS") == "require" {
				t.Fatalf("%s is not installed and TIPRING_PEERS=require", name)
			}
			t.Skipf("%s is not installed", name)
		}
		paths[i] = path
	}
	return paths
}

// Lock holds the one lock of all tests that run in real time, across processes, until the test ends.
func Lock(t testing.TB) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(os.TempDir(), "tipring-peers.lock"), os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
}
