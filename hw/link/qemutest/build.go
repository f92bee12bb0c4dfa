package qemutest

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"tipring/cmd/peers"
	"tipring/firmware/image"
	"tipring/firmware/oracle"
)

// A Program is a build of the firmware: the bootloader and the application for each slot, as they come from the linker.
type Program struct {
	Boot []byte
	App  [2][]byte
}

var built struct {
	sync.Once
	program Program
	err     error
	output  []byte
}

// Build builds the firmware for the board qemu, once a process. Without QEMU and the cross compiler the test skips, or fails
// as peers.Need says.
func Build(t testing.TB) Program {
	t.Helper()
	peers.Need(t, "make", "arm-none-eabi-gcc", "qemu-system-arm")
	built.Do(func() {
		if built.output, built.err = oracle.Make("BOARD=qemu"); built.err != nil {
			return
		}
		read := func(name string) []byte {
			data, err := os.ReadFile(filepath.Join(oracle.Folder(), "out", "qemu", name))
			if err != nil {
				built.err = err
			}
			return data
		}
		built.program = Program{Boot: read("boot.bin"), App: [2][]byte{read("appA.bin"), read("appB.bin")}}
	})
	if built.err != nil {
		t.Fatalf("building the firmware: %v\n%s", built.err, built.output)
	}
	return built.program
}

// Variant returns the application for slot with other words about itself than its build has. Empty and zero leave a word.
func (p Program) Variant(slot image.Slot, version, board string, security uint32) []byte {
	body := bytes.Clone(p.App[slot])
	descriptor := body[0x1C0:]
	set := func(at, n int, s string) {
		if s != "" {
			clear(descriptor[at:][:n])
			copy(descriptor[at:][:n], s)
		}
	}
	set(20, 12, board)
	set(32, 32, version)
	if security != 0 {
		binary.LittleEndian.PutUint32(descriptor[8:], security)
	}
	return body
}

// FlashSize is the flash of the machine, FlashBase where it begins.
const (
	FlashSize = 1 << 20
	FlashBase = 0x08000000
	keysAt    = 0x200
	recordAt  = 0x8000
	slotAAt   = 0x20000
)

// Install returns a flash with the bootloader, which trusts keys, and nothing else.
func (p Program) Install(keys ...ed25519.PublicKey) []byte {
	flash := bytes.Repeat([]byte{0xff}, FlashSize)
	copy(flash, p.Boot)
	for i, k := range keys {
		copy(flash[keysAt+i*ed25519.PublicKeySize:], k)
	}
	return flash
}

// Commission puts a signed image for slot A into a flash, as one that has been confirmed.
func Commission(flash []byte, m image.Image) []byte {
	copy(flash[slotAAt:], m.Raw)
	record := flash[recordAt:][:32] // firmware/core/record.h
	clear(record)
	copy(record, "TPBR")
	binary.LittleEndian.PutUint32(record[4:], 1)
	binary.LittleEndian.PutUint32(record[8:], m.Security)
	record[15] = 254 // nothing to go back to
	binary.LittleEndian.PutUint32(record[28:], crc32.ChecksumIEEE(record[:28]))
	return flash
}
