package wav_test

import (
	"os"
	"os/exec"
	"testing"
)

// need returns the path of a program, or ends the test: a peer that is missing fails only where TIPRING_PEERS=require.
func need(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil && os.Getenv("TIPRING_PEERS") == "require" {
		t.Fatalf("%s is not installed and TIPRING_PEERS=require", program)
	}
	if err != nil {
		t.Skipf("%s is not installed", program)
	}
	return path
}

func openFile(t *testing.T, name string) *os.File {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}
