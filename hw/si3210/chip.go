package si3210

import (
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3/spi"

	"tipring/hw/country"
	"tipring/hw/register"
	"tipring/tdm"
)

// A Config says what a chip is connected to and how its line is.
type Config struct {
	// Sleep waits while a register access or a line test takes its time; nil is time.Sleep.
	Sleep func(time.Duration)
	// Country is the row of the country package for impedance and ringing frequency; empty is "us".
	Country string
	Law     tdm.Law
	Slot    int // of the TDM highway, both ways
	// LoopMA is the loop current limit, 20 to 41 in steps of 3; 0 is 23.
	LoopMA int
	// RingPeak is the ringing voltage at its peak, up to 89; 0 is 70. RingHz replaces the country's frequency.
	RingPeak, RingHz float64
	// ManualCalibration is for modules with the Si3201 linefeed, where the automatic one gives wrong results.
	ManualCalibration bool
}

func (c *Config) withDefaults() (country.Row, error) {
	if c.Sleep == nil {
		c.Sleep = time.Sleep
	}
	if c.Country == "" {
		c.Country = "us"
	}
	row, err := country.Lookup(c.Country)
	if c.LoopMA == 0 {
		c.LoopMA = 23
	}
	if c.RingPeak == 0 {
		c.RingPeak = 70
	}
	if c.RingHz == 0 {
		c.RingHz = row.RingHz
	}
	switch {
	case err != nil:
	case c.LoopMA < 20 || c.LoopMA > 41 || (c.LoopMA-20)%3 != 0:
		err = fmt.Errorf("loop current %d mA: want 20 to 41 in steps of 3", c.LoopMA)
	case c.Slot < 0 || c.Slot > 127:
		err = fmt.Errorf("slot %d: want 0 to 127", c.Slot)
	default:
		err = checkRinging(c.RingHz, c.RingPeak)
	}
	return row, err
}

// A Chip drives one Si3210 or Si3215. It has no goroutine: its owner calls Service, and nothing else at the same time.
type Chip struct {
	bus
	cfg   Config
	row   country.Row
	small bool // an Si3215
	rev   uint8

	bring  bringUp
	ready  bool
	told   bool // Failed or Lost was reported since the chip last worked
	events []Event

	// What the chip should hold, to find and mend what it does not.
	control [128]uint8
	owned   [128]bool
	ind     [256]uint16
	dirty   bool // a byte out of step may have been taken for another write
	sweep   int  // the next of the indirect registers to check; len(Indirects): none

	balance uint8 // register 11
	feed    tdm.Linefeed
	offHook bool
	ringing bool // ringing voltage is on
	tripped time.Duration
	closing bool // after a ring trip the loop detector has not seen current yet
	hungUp  time.Duration
	moved   bool // the line voltage was changed since the last Service
	movedAt time.Duration
	cadence cadence
	alarm   alarm
}

// New returns a chip that is not started. The connection is Connect's.
func New(conn spi.Conn, cfg Config) (*Chip, error) {
	row, err := cfg.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("si3210: %w", err)
	}
	c := &Chip{bus: newBus(conn, cfg.Sleep), cfg: cfg, row: row, balance: resetHybrid, sweep: len(Indirects), events: make([]Event, 0, 16)}
	c.setIndirectTable()
	return c, nil
}

// Start brings the chip up and returns when it works, which takes about a second of calibration. What fails is tried a second time, in case the
// bus was disturbed.
func (c *Chip) Start() error {
	err := c.start()
	if err != nil {
		err = c.start()
	}
	if err != nil {
		return fmt.Errorf("si3210 %s: %w", c.conn, err)
	}
	return nil
}

func (c *Chip) start() error {
	c.restart()
	for {
		wait, err := c.bring.step(c)
		if err != nil {
			return err
		}
		if c.bring.done() {
			c.up()
			return nil
		}
		c.sleep(wait)
	}
}

// Ready reports whether the chip works now.
func (c *Chip) Ready() bool { return c.ready }

// Part returns the chip's name and revision, once it was found.
func (c *Chip) Part() (name string, revision int) {
	name = "Si3210"
	if c.small {
		name = "Si3215"
	}
	return name, int(c.rev & 0x0f)
}

// Registers returns the table of this variant.
func (c *Chip) Registers() register.Table { return table(c.small) }

// ReadRegister reads a direct register.
func (c *Chip) ReadRegister(addr uint8) (uint8, error) { return c.read(addr & 0x7f) }

// ReadIndirect reads an indirect register by its address in the Si3210; ok is false where the Si3215 has none.
func (c *Chip) ReadIndirect(addr uint8) (v uint16, ok bool, err error) {
	r := indirect(addr)
	if r == nil {
		return 0, false, nil
	}
	at, ok := r.at(c.small)
	if !ok {
		return 0, false, nil
	}
	v, err = c.readIndirect(at)
	return v, true, err
}

func (c *Chip) emit(now time.Duration, k Kind, err error) {
	c.events = append(c.events, Event{At: now, Kind: k, Err: err})
}

// errNotReady is what a command gets while the chip is not up.
var errNotReady = errors.New("the chip is not ready")

func (c *Chip) check() error {
	if !c.ready {
		return errNotReady
	}
	return nil
}

// A State is what the driver knows of the line.
type State struct {
	OffHook bool
	Ringing bool // ringing voltage is on
	Feed    tdm.Linefeed
	Open    bool // after a power alarm
}

// State returns what the last Service found.
func (c *Chip) State() State {
	return State{OffHook: c.offHook, Ringing: c.ringing, Feed: c.feed, Open: c.alarm.open()}
}
