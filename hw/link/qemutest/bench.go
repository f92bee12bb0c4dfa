package qemutest

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"tipring/hw/link/linktest"
)

// slots is how many timeslots a frame of the highway has; a millisecond of it is eight frames, one after the other.
const slots = 32

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

// OnHardware is a bench whose first positions are the devices of h. Those behind them are empty.
func OnHardware(h linktest.Hardware, devices int) Bench { return &onHardware{h, devices} }

type onHardware struct {
	linktest.Hardware
	devices int
}

// Reset implements Bench. Chip models begin as they are after a reset.
func (b *onHardware) Reset(bool) {}

// Transfer implements Bench.
func (b *onHardware) Transfer(position int, each bool, tx, rx []byte) {
	if position < b.devices {
		b.Hardware.Transfer(position, each, tx, rx)
		return
	}
	for i := range rx {
		rx[i] = 0xff
	}
}

// Highway implements Bench.
func (b *onHardware) Highway(down, up []byte) {
	for at := 0; at < len(down); at += slots {
		b.Frame(down[at:at+slots], up[at:at+slots])
	}
}

// Interrupts implements Bench.
func (b *onHardware) Interrupts() (low uint16) {
	for line := range 16 {
		if b.Interrupt(line) {
			low |= 1 << line
		}
	}
	return low
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
