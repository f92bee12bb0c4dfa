package qemutest

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"tipring/hw/link"
	"tipring/hw/link/wire"
	"tipring/hw/serial"
)

// Without a pty of the bench's the wire is USART1, which QEMU puts on one of its own: the link works there too, for all but media.
func TestUSART(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "flash.bin"), Build(t).Install(), 0o600); err != nil {
		t.Fatal(err)
	}
	q := exec.Command("qemu-system-arm", "-M", "netduinoplus2", "-nographic", "-monitor", "none", "-serial", "pty", "-no-reboot",
		"-device", "loader,file=flash.bin,addr=0x08000000,force-raw=on", "-semihosting-config", "enable=on,target=native")
	q.Dir = dir
	out, err := q.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	q.Stderr = q.Stdout
	if err := q.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { q.Process.Kill(); q.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	path := regexp.MustCompile(`/dev/pts/\d+`).FindString(line)
	if err != nil || path == "" {
		t.Fatalf("QEMU says %q, %v", line, err)
	}
	p, err := serial.Open(serial.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	c, err := link.Dial(t.Context(), link.Config{Control: p, Greet: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	info, err := c.Info()
	if h := c.Hello(); err != nil || h.Role != wire.Boot || h.Board != "qemu" || info.Stay != 1 {
		t.Errorf("%+v, %+v, %v", h, info, err)
	}
	if err := c.Write(t.Context(), 0, make([]byte, 2048), false, nil); err != nil {
		t.Error(err)
	}
}
