package si3050

import (
	"errors"
	"fmt"
	"time"
)

// errReadBack says that a register does not hold what was written.
var errReadBack = errors.New("does not hold what was written")

// set writes a control register, reads it back, and remembers it for the audit. A transfer that went wrong is repeated.
func (c *Chip) set(addr, v uint8) error {
	c.control[addr], c.owned[addr] = v, true
	mask := Registers.Lookup(addr).Masks().Write
	var got uint8
	for range 3 {
		if err := c.write(addr, v); err != nil {
			return err
		}
		var err error
		if got, err = c.read(addr); err != nil {
			return err
		}
		if got&mask == v&mask {
			return nil
		}
		if err := c.resync(); err != nil {
			return err
		}
	}
	return fmt.Errorf("register %d %w: %#02x instead of %#02x", addr, errReadBack, got, v)
}

func (c *Chip) setAll(values [][2]uint8) error {
	for _, v := range values {
		if err := c.set(v[0], v[1]); err != nil {
			return err
		}
	}
	return nil
}

// acts reports whether a register does something when it is written, or is seen to elsewhere, so that it is not audited.
func acts(addr uint8) bool { return addr == regControl1 || addr == regIntSource || addr == regDAA1 }

// snapshot takes charge of the registers that nobody has set: they should have their reset values, or where no source has one
// what they hold now.
func (c *Chip) snapshot(*bringUp) (time.Duration, bool, error) {
	for _, r := range Registers {
		if c.owned[r.Addr] || acts(r.Addr) || r.Masks().Write == 0 {
			continue
		}
		v := r.Reset
		if r.Unknown != 0 {
			var err error
			if v, err = c.readTwice(r.Addr); err != nil {
				return 0, false, err
			}
		}
		c.control[r.Addr], c.owned[r.Addr] = v, true
	}
	return 0, false, c.audit()
}

// readTwice reads a register until it reads the same twice.
func (c *Chip) readTwice(addr uint8) (uint8, error) {
	for range 3 {
		var v [2]uint8
		if err := c.burst([]uint8{addr, addr}, v[:]); err != nil {
			return 0, err
		}
		if v[0] == v[1] && v[0] != 0xff { // no register that is remembered has all bits set
			return v[0], nil
		}
		if err := c.resync(); err != nil {
			return 0, err
		}
	}
	return 0, fmt.Errorf("register %d %w", addr, errReadBack)
}

// audit reads all control registers and writes anew what is wrong.
func (c *Chip) audit() error {
	c.dirty = false
	for _, r := range Registers {
		if !c.owned[r.Addr] {
			continue
		}
		v, err := c.read(r.Addr)
		if err != nil {
			return err
		}
		if m := r.Masks().Write; v&m != c.control[r.Addr]&m {
			if err := c.set(r.Addr, c.control[r.Addr]); err != nil {
				return err
			}
		}
	}
	return nil
}
