// Package board is what chip models are soldered to: one virtual time, chip selects behind periph's spi.PortCloser, an
// interrupt line behind periph's gpio.PinIn, and a TDM highway.
//
// Time is counted in halves of a frame, 62.5 us, the finest that a chip resolves (the Si3210 services indirect registers at
// 16 kHz); an SPI byte takes none. Nothing runs by itself: Sleep and Tick move the time, and with it every chip. A driver
// whose sleep is Board.Sleep therefore runs as fast as the host can, and always the same way.
//
// A Board may be used from several goroutines at once, for instance a driver on the SPI side and a pump on the highway. What
// hangs on the lines (telephones, exchanges) is changed inside Do.
package board

import (
	"sync"
	"time"
)

// Half is the step of a board's time.
const Half = 62500 * time.Nanosecond

// A Device is a chip model. The board calls it with its lock held.
type Device interface {
	// Reset is the rising edge of RESET: the registers have their reset values.
	Reset()
	// Select is an edge of the chip select: on is the falling one.
	Select(on bool)
	// Shift is eight clocks while selected. driven is false while the chip leaves SDO at high impedance.
	Shift(mosi uint8) (miso uint8, driven bool)
	// Step advances one Half to the given count of them.
	Step(half int64)
	// Frame is one frame of the highway, every second Half, after Step.
	Frame(f *Frame)
	// Interrupt reports whether the chip pulls its INT line low.
	Interrupt() bool
}

// A Board carries some devices, each on a chip select of its own.
type Board struct {
	mu    sync.Mutex
	half  int64
	chips []*chip
	frame Frame

	collisions int
	idle       []byte
	pins       []*Pin
}

// A chip is a device with the wires of its SPI port, where faults are put in.
type chip struct {
	dev      Device
	selected bool
	fault    Fault
	slip     slipState
	slipIn   int
	held     uint8
}

// New returns a board with the devices given, which see a reset.
func New(devices ...Device) *Board {
	b := &Board{idle: make([]byte, Slots)}
	for i := range b.idle {
		b.idle[i] = 0xff // the highway is pulled up
	}
	for _, d := range devices {
		d.Reset()
		b.chips = append(b.chips, &chip{dev: d})
	}
	return b
}

// Do runs f while the board stands still, so that f may touch models and what hangs on their lines.
func (b *Board) Do(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
}

// Now is the board's time.
func (b *Board) Now() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return time.Duration(b.half) * Half
}

// Sleep advances the board's time by d, rounded up to a Half, with an idle highway.
func (b *Board) Sleep(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for range (d + Half - 1) / Half {
		b.step(nil, nil)
	}
	b.edges()
}

// Tick advances the board by one frame, 125 us: the chips receive down and drive up, one octet a slot each; up may be nil.
// A slot that no chip drives reads 0xff.
func (b *Board) Tick(down, up []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.step(down, up)
	b.step(down, up)
	b.edges()
}

// step advances one Half, and when that begins a frame, carries it.
func (b *Board) step(down, up []byte) {
	b.half++
	for _, c := range b.chips {
		c.dev.Step(b.half)
	}
	if b.half%2 != 0 {
		return
	}
	b.frame.begin(down)
	for _, c := range b.chips {
		c.dev.Frame(&b.frame)
	}
	b.collisions += b.frame.collisions
	copy(up, b.frame.up[:])
}

// Collisions is how many octets two chips have driven at once since the start.
func (b *Board) Collisions() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.collisions
}

// Reset pulls the RESET line of all chips.
func (b *Board) Reset() {
	b.Do(func() {
		for _, c := range b.chips {
			c.dev.Reset()
		}
		b.edges()
	})
}

// ResetChip resets one chip alone, as a brown-out of its supply does.
func (b *Board) ResetChip(i int) {
	b.Do(func() {
		b.chips[i].dev.Reset()
		b.edges()
	})
}
