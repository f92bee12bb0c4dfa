package qemutest

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Octets of a millisecond of the highway: 8 frames of 32 timeslots, frame after frame.
const Quantum = 8 * 32

// A Bench is what is around the processor. One goroutine calls it, and the firmware stands still meanwhile.
type Bench interface {
	// Reset drives the reset line of all line modules.
	Reset(asserted bool)
	// Transfer is SPI with the module at position: rx is as long as tx. With each the chip select rises after every octet.
	Transfer(position int, each bool, tx, rx []byte)
	// Highway is the next millisecond: the modules receive down and drive up.
	Highway(down, up []byte)
	// Interrupts has the bit of each position set whose interrupt line is low.
	Interrupts() uint16
}

// benchPipes are the pipes by which a running QEMU reaches its bench.
type benchPipes struct{ requests, answers *os.File }

func openBench(dir string) (b benchPipes, err error) {
	open := func(name string) (*os.File, error) {
		path := filepath.Join(dir, name)
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		if err := unix.Mkfifo(path, 0o600); err != nil {
			return nil, err
		}
		return os.OpenFile(path, os.O_RDWR|unix.O_NONBLOCK, 0)
	}
	if b.requests, err = open("bench.out"); err != nil {
		return b, err
	}
	b.answers, err = open("bench.in")
	return b, err
}

func (b benchPipes) close() { b.requests.Close(); b.answers.Close() }

// serve answers requests until the pipes are closed.
func (b benchPipes) serve(bench Bench) error {
	var head [4]byte
	tx := make([]byte, 1<<16)
	answer := make([]byte, 2+1<<16)
	for {
		if _, err := io.ReadFull(b.requests, head[:]); err != nil {
			return err
		}
		n := int(binary.LittleEndian.Uint16(head[2:]))
		if _, err := io.ReadFull(b.requests, tx[:n]); err != nil {
			return err
		}
		switch head[0] {
		case 'R':
			bench.Reset(head[1] != 0)
		case 'S':
			bench.Transfer(int(head[1]&0x7f), head[1]&0x80 != 0, tx[:n], answer[2:][:n])
		case 'P':
			bench.Highway(tx[:n], answer[2:][:n])
		default:
			return errors.New("the firmware asks the bench for something unknown")
		}
		binary.LittleEndian.PutUint16(answer, bench.Interrupts())
		if _, err := b.answers.Write(answer[:2+n]); err != nil {
			return err
		}
	}
}
