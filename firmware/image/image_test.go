package image_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tipring/cmd/peers"
	"tipring/firmware/image"
)

func newKey(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
}

type descriptor struct {
	board, version string
	slot           image.Slot
	address        uint32 // the slot's when zero
	security       uint32
	oldest, newest uint16 // hardware; 1 when both are zero
}

// body is a program as a compiler could have made it.
func body(d descriptor) []byte {
	b := make([]byte, 0x240)
	for i := range b {
		b[i] = byte(i * 11)
	}
	if d.address == 0 {
		d.address = d.slot.Address()
	}
	if d.oldest == 0 && d.newest == 0 {
		d.oldest, d.newest = 1, 1
	}
	x := b[0x1C0:][:64]
	clear(x)
	copy(x, "TPRB")
	binary.LittleEndian.PutUint32(x[4:], d.address)
	binary.LittleEndian.PutUint32(x[8:], d.security)
	binary.LittleEndian.PutUint16(x[12:], d.oldest)
	binary.LittleEndian.PutUint16(x[14:], d.newest)
	x[16] = byte(d.slot)
	copy(x[20:31], d.board)
	copy(x[32:63], d.version)
	return b
}

func sign(t testing.TB, body []byte, key ed25519.PrivateKey) image.Image {
	t.Helper()
	m, err := image.Sign(body, key)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestSignParseVerify(t *testing.T) {
	key := newKey(1)
	public := key.Public().(ed25519.PublicKey)
	a := sign(t, append(body(descriptor{board: "lc8", version: "1.2.3", security: 7}), 1, 2, 3), key)
	b := sign(t, body(descriptor{board: "lc8", version: "1.2.3", security: 7, slot: image.B}), key)
	if len(a.Body()) != 0x250 || a.Board != "lc8" || a.Version != "1.2.3" || a.Security != 7 || a.Key != image.ID(public) {
		t.Errorf("signed %+v, body %d octets", a.Descriptor, len(a.Body()))
	}
	images, err := image.Parse(append(bytes.Clone(a.Raw), b.Raw...))
	if err != nil {
		t.Fatal(err)
	}
	if len(images) != 2 || images[0].Slot != image.A || images[1].Slot != image.B || !bytes.Equal(images[1].Raw, b.Raw) {
		t.Errorf("read %d images", len(images))
	}
	for _, m := range images {
		if err := m.Verify(newKey(2).Public().(ed25519.PublicKey), public); err != nil {
			t.Errorf("slot %v: %v", m.Slot, err)
		}
	}
	if err := a.Verify(newKey(2).Public().(ed25519.PublicKey)); !errors.Is(err, image.ErrKey) {
		t.Errorf("another key: %v", err)
	}
	a.Raw[100] ^= 1
	if err := a.Verify(public); !errors.Is(err, image.ErrSignature) {
		t.Errorf("a changed digest: %v", err)
	}
	a.Raw[100] ^= 1
	a.Raw[len(a.Raw)-1] ^= 1
	if err := a.Verify(public); !errors.Is(err, image.ErrDigest) {
		t.Errorf("a changed body: %v", err)
	}
}

func TestSignRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		body []byte
		want string
	}{
		{"short", make([]byte, 100), "too short"},
		{"no descriptor", make([]byte, 1000), "no descriptor"},
		{"bootloader", body(descriptor{board: "lc8", version: "1", slot: image.Boot, address: 0x08000000}), "bootloader"},
		{"address of B in A", body(descriptor{board: "lc8", version: "1", address: image.B.Address()}), "address"},
		{"no board", body(descriptor{version: "1"}), "board"},
		{"version with a space", body(descriptor{board: "lc8", version: "1 2"}), "version"},
		{"hardware backwards", body(descriptor{board: "lc8", version: "1", oldest: 3, newest: 2}), "revisions"},
		{"too long", append(body(descriptor{board: "lc8", version: "1"}), make([]byte, image.BodyMax)...), "do not fit"},
	} {
		if _, err := image.Sign(c.body, newKey(1)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	a := sign(t, body(descriptor{board: "lc8", version: "1"}), newKey(1)).Raw
	other := sign(t, body(descriptor{board: "lc8", version: "2", slot: image.B}), newKey(1)).Raw
	edit := func(at int, v byte) []byte {
		raw := bytes.Clone(a)
		raw[at] = v
		return raw
	}
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"nothing", nil, "empty"},
		{"something else", []byte("\x7fELF, and so on"), "not a firmware image"},
		{"cut", a[:len(a)-1], "cut short"},
		{"behind it", append(bytes.Clone(a), 0), "image 2"},
		{"twice", append(bytes.Clone(a), a...), "two images for slot A"},
		{"two builds", append(bytes.Clone(a), other...), "two builds"},
		{"format", edit(4, 2), "format 2"},
		{"padding", edit(447, 1), "padding"},
		{"length", edit(8, 1), "body of"},
		{"program of another version", edit(64, '9'), "disagree"},
	} {
		if _, err := image.Parse(c.data); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestKeyFiles(t *testing.T) {
	name := filepath.Join(t.TempDir(), "release")
	id, err := image.Generate(name)
	if err != nil {
		t.Fatal(err)
	}
	private, err := image.PrivateKey(name + ".key")
	if err != nil {
		t.Fatal(err)
	}
	public, err := image.PublicKey(name + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	if !public.Equal(private.Public()) || image.ID(public) != id {
		t.Error("the two files are no pair")
	}
	if _, err := image.Generate(name); !errors.Is(err, os.ErrExist) {
		t.Errorf("overwriting a key: %v", err)
	}
	if _, err := image.PublicKey(name + ".key"); err == nil {
		t.Error("a private key is read as a public one")
	}
	if err := os.Chmod(name+".key", 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := image.PrivateKey(name + ".key"); err == nil || !strings.Contains(err.Error(), "chmod") {
		t.Errorf("a key that others can read: %v", err)
	}
}

// openssl reads our keys and makes some that we read.
func TestKeyFilesAsOpenSSL(t *testing.T) {
	openssl := peers.Need(t, "openssl")[0]
	dir := t.TempDir()
	ours, theirs := filepath.Join(dir, "ours"), filepath.Join(dir, "theirs")
	if _, err := image.Generate(ours); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) string {
		out, err := exec.Command(openssl, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("openssl %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	pem, err := os.ReadFile(ours + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	if got := run("pkey", "-in", ours+".key", "-pubout"); got != string(pem) {
		t.Errorf("openssl finds another public key:\n%s\n%s", got, pem)
	}
	run("genpkey", "-algorithm", "ed25519", "-out", theirs+".key")
	run("pkey", "-in", theirs+".key", "-pubout", "-out", theirs+".pub")
	private, err := image.PrivateKey(theirs + ".key")
	if err != nil {
		t.Fatal(err)
	}
	public, err := image.PublicKey(theirs + ".pub")
	if err != nil || !public.Equal(private.Public()) {
		t.Errorf("%v, %x", err, public)
	}
}
