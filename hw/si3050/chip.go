package si3050

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
	// Sleep waits in Start; nil is time.Sleep.
	Sleep func(time.Duration)
	// Position is the chip's place in a chain on one chip select, 0 to 15; 0 when it is alone.
	Position int
	// Country is the row of the country package; empty is "fcc".
	Country string
	Law     tdm.Law
	Slot    int // of the TDM highway, both ways
	// Fast takes the off-hook counter down to 8 ms instead of 128 ms: the loop current can be read sooner, and echo is worse
	// at first (the drivers in the open call it fast pickup).
	Fast bool
	// HookElsewhere says that not SetHook but a processor near the chip writes HookFrame: Service takes the hook that it
	// finds.
	HookElsewhere bool
}

func (c *Config) withDefaults() (country.Row, error) {
	if c.Sleep == nil {
		c.Sleep = time.Sleep
	}
	if c.Country == "" {
		c.Country = "fcc"
	}
	row, err := country.Lookup(c.Country)
	switch {
	case err != nil:
	case c.Slot < 0 || c.Slot > 127:
		err = fmt.Errorf("slot %d: want 0 to 127", c.Slot)
	case c.Position < 0 || c.Position > 15:
		err = fmt.Errorf("position %d: want 0 to 15", c.Position)
	}
	return row, err
}

// A Chip drives one Si3050. It has no goroutine: its owner calls Service, and nothing else at the same time.
type Chip struct {
	bus
	cfg  Config
	row  country.Row
	lsid uint8
	rev  uint8

	bring  bringUp
	ready  bool
	told   bool // Failed or Lost was reported since the chip last worked
	events []Event

	// What the chip should hold, to find and mend what it does not.
	control [128]uint8
	owned   [128]bool
	dirty   bool // a byte out of step may have been taken for another write

	tx, rx int // gains in 0.1 dB
	hybrid [8]uint8

	hook    bool // off hook, as asked for
	hookAt  time.Duration
	hookNew bool // since the last Service
	line    lineWatch
}

// New returns a chip that is not started. The connection is Connect's.
func New(conn spi.Conn, cfg Config) (*Chip, error) {
	row, err := cfg.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("si3050: %w", err)
	}
	return &Chip{bus: newBus(conn, cfg.Sleep, cfg.Position), cfg: cfg, row: row, tx: row.TxTenthDB, events: make([]Event, 0, 16)}, nil
}

// Start brings the chip up and returns when it works. What fails is tried a second time, in case the
// bus was disturbed.
func (c *Chip) Start() error {
	err := c.start()
	if err != nil {
		err = c.start()
	}
	if err != nil {
		return fmt.Errorf("si3050 %s: %w", c.conn, err)
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

// Part returns the name and revision of the chip with its line side, once it was found.
func (c *Chip) Part() (name string, revision int) {
	side := fmt.Sprintf("line side %d", c.lsid)
	switch c.lsid {
	case lsidSi3018:
		side = "Si3018"
	case lsidSi3019:
		side = "Si3019"
	}
	return "Si3050+" + side, int(c.rev)
}

// Registers returns the chip's table.
func (c *Chip) Registers() register.Table { return Registers }

// ReadRegister reads a register.
func (c *Chip) ReadRegister(addr uint8) (uint8, error) { return c.read(addr & 0x7f) }

func (c *Chip) emit(now time.Duration, k Kind, err error) {
	c.events = append(c.events, Event{At: now, Kind: k, Err: err})
}

// errNotReady is what a command gets while the chip is not up.
var errNotReady = errors.New("the chip is not ready")
