package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tipring/firmware/image"
	"tipring/firmware/oracle"
	"tipring/gateway/call"
	"tipring/hw/link/qemutest"
	"tipring/hw/serial"
)

// A firmwareRig runs firmware commands in a folder with a key pair and programs of two versions.
type firmwareRig struct {
	*testing.T
	dir     string
	program qemutest.Program
	http    *http.Client
}

func newFirmwareRig(t *testing.T) *firmwareRig {
	r := &firmwareRig{T: t, dir: t.TempDir(), program: qemutest.Build(t)}
	r.ok("firmware keygen", r.file("release"))
	return r
}

func (r *firmwareRig) file(name string) string { return filepath.Join(r.dir, name) }

// run runs a command line: words of line, then more as they are.
func (r *firmwareRig) run(line string, more ...string) (code int, stdout, stderr string) {
	var out, complaint strings.Builder
	code = execute(env{ctx: r.Context(), stdout: &out, stderr: &complaint, http: r.http}, append(strings.Fields(line), more...))
	return code, out.String(), complaint.String()
}

func (r *firmwareRig) ok(line string, more ...string) string {
	r.Helper()
	code, stdout, stderr := r.run(line, more...)
	if code != 0 || stderr != "" {
		r.Fatalf("%s: %d\n%s%s", line, code, stdout, stderr)
	}
	return stdout
}

// fails runs a command that ends with code and a complaint that contains want.
func (r *firmwareRig) fails(code int, want, line string, more ...string) {
	r.Helper()
	got, stdout, stderr := r.run(line, more...)
	if got != code || !strings.Contains(stderr, want) {
		r.Errorf("%s: %d, %q, want %d with %q\n%s", line, got, stderr, code, want, stdout)
	}
}

// sign makes the image file of a version.
func (r *firmwareRig) sign(version, board string, security uint32) string {
	r.Helper()
	var args []string
	for slot, name := range []string{"a.bin", "b.bin"} {
		if err := os.WriteFile(r.file(name), r.program.Variant(image.Slot(slot), version, board, security), 0o600); err != nil {
			r.Fatal(err)
		}
		args = append(args, r.file(name))
	}
	path := r.file(version + board + ".tpfw")
	out := r.ok("firmware sign --key "+r.file("release.key")+" -o", append([]string{path}, args...)...)
	if strings.Count(out, version) != 2 {
		r.Errorf("sign says\n%s", out)
	}
	return path
}

func (r *firmwareRig) has(text string, wants ...string) {
	r.Helper()
	for _, w := range wants {
		if !strings.Contains(text, w) {
			r.Errorf("no %q in\n%s", w, text)
		}
	}
}

func TestFirmwareFiles(t *testing.T) {
	r := newFirmwareRig(t)
	r.fails(2, "exists", "firmware keygen", r.file("release"))
	path := r.sign("1.0.0", "", 1)
	pub := "--key=" + r.file("release.pub")
	r.has(r.ok("firmware info", pub, path), "1.0.0", "qemu", "signatures good")
	r.has(r.ok("firmware info", path), "not checked")
	r.ok("firmware keygen", r.file("other"))
	r.fails(2, "not among those given", "firmware info", "--key="+r.file("other.pub"), path)
	r.fails(2, "exists", "firmware sign --key "+r.file("release.key")+" -o", path, r.file("a.bin"))
	r.fails(2, "not a build", "firmware sign --key "+r.file("release.key")+" -o", r.file("x"), path)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)-9] ^= 1
	if err := os.WriteFile(r.file("bad.tpfw"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	r.fails(2, "SHA-512", "firmware info", pub, r.file("bad.tpfw"))

	// make puts the public key where the bootloader looks for it.
	boot := filepath.Join(r.dir, "out")
	if output, err := oracle.Make("BOARD=qemu", "OUT="+boot, "KEY="+r.file("release.pub"), boot+"/boot.bin"); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	key, err := image.PublicKey(r.file("release.pub"))
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(boot + "/boot.bin")
	if err != nil || !bytes.Equal(program[0x200:0x220], key) || !bytes.Equal(program[0x220:0x240], make([]byte, 32)) {
		t.Errorf("the bootloader's keys are % x (%v)", program[0x200:0x240], err)
	}
}

// A card is updated, looked at and taken back by the commands.
func TestFirmwareCard(t *testing.T) {
	r := newFirmwareRig(t)
	key, err := image.PublicKey(r.file("release.pub"))
	if err != nil {
		t.Fatal(err)
	}
	m := qemutest.New(t, r.program.Install(key), nil)
	m.PowerOn()
	device, pub := "--device="+m.Path, "--key="+r.file("release.pub")
	first, second, other := r.sign("1.0.0", "", 1), r.sign("1.1.0", "", 1), r.sign("1.1.0", "lc8", 1)

	r.has(r.ok("firmware status", device), "board qemu", "in recovery", "no image that may run", "slot A: nothing", "security floor 0")
	r.has(r.ok("firmware plan", device, pub, first), "version 1.0.0 goes to slot A, over nothing", "nothing to go back to")
	r.fails(1, "for board lc8, the card is qemu", "firmware plan", device, pub, other)
	r.fails(2, "--key", "firmware apply", device, first)
	r.has(r.ok("firmware apply", device, pub, first), "write 100 %", "check", "restart", "confirm", "slot A runs version 1.0.0, confirmed")
	r.fails(1, "for board lc8", "firmware apply", device, pub, other)
	r.has(r.ok("firmware apply", device, pub, second), "if it fails, version 1.0.0 in slot A runs again", "slot B runs version 1.1.0, confirmed")
	r.has(r.ok("firmware status", device), "runs slot B, version 1.1.0, confirmed", "slot A: version 1.0.0", "security floor 1")
	r.has(r.ok("firmware rollback", device), "slot A runs version 1.0.0, confirmed")
	r.has(r.ok("firmware status --json", device), `"Trial": 0`, `"Running": 0`)
	r.has(r.ok("firmware apply", device, pub, r.sign("2.0.0", "", 2)), "erase", "refuses what has a security number below 2 (now 1)", "slot B runs version 2.0.0, confirmed")
	r.fails(1, "below the security floor", "firmware rollback", device)
	r.fails(1, "security number is 1, the card's floor 2", "firmware apply", device, pub, first)

	// A gateway has the card.
	p, err := serial.Open(serial.Config{Path: m.Path})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	r.fails(1, "is a gateway running", "firmware apply", device, pub, second)
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { json.NewEncoder(w).Encode([]call.Status{{ID: "1"}}) }))
	defer gateway.Close()
	r.fails(1, "with 1 call up", "firmware apply --http="+gateway.Listener.Addr().String(), device, pub, second)
}
