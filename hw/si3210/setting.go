package si3210

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
	var got uint8
	for range 3 {
		if err := c.write(addr, v); err != nil {
			return err
		}
		var err error
		if got, err = c.read(addr); err != nil {
			return err
		}
		if got == v {
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

// setIndirects writes indirect registers, by their addresses in the Si3210, where the variant has them, and reads them back.
func (c *Chip) setIndirects(addrs ...uint8) error {
	for _, addr := range addrs {
		at, ok := indirect(addr).at(c.small)
		if !ok {
			continue
		}
		if err := c.holdIndirect(at, c.ind[addr], true); err != nil {
			return err
		}
	}
	return nil
}

// holdIndirect makes an indirect register hold v: written first, or when it reads otherwise. at is the variant's address.
func (c *Chip) holdIndirect(at uint8, v uint16, write bool) error {
	var got uint16
	for range 4 {
		var err error
		if write {
			err = c.writeIndirect(at, v)
		}
		if err == nil {
			got, err = c.readIndirect(at)
		}
		if err == nil && got == v {
			return nil
		}
		if err != nil && !errors.Is(err, errIndirect) {
			return err
		}
		if err := c.resync(); err != nil {
			return err
		}
		write = true
	}
	return fmt.Errorf("indirect register %d %w: %#04x instead of %#04x", at, errReadBack, got, v)
}

// checkIndirects reads some indirect registers back, from the row next on, and returns the row to go on with.
func (c *Chip) checkIndirects(next int) (int, error) {
	for range indirectChunk {
		if next == len(Indirects) {
			break
		}
		r := &Indirects[next]
		next++
		if at, ok := r.at(c.small); ok {
			if err := c.holdIndirect(at, c.ind[r.Addr], false); err != nil {
				return next, err
			}
		}
	}
	return next, nil
}

// acts reports whether a register does something when it is written, or changes by itself, so that it is not audited.
func acts(addr uint8) bool {
	switch addr {
	case regSPIMode, regIndirectLow, regIndirectHigh, regIndirectAddr, regMeterOsc, regLinefeed, regCalibrate1, regCalibrate2, regDCDelay:
		return true
	}
	return addr >= regIntStatus1 && addr <= regIntStatus3
}

// snapshot takes charge of the registers that nobody has set: the results of the calibration are kept as they are, the others
// should have their reset values, which a byte out of step may have changed before.
func (c *Chip) snapshot(*bringUp) (time.Duration, bool, error) {
	for _, r := range table(c.small) {
		if c.owned[r.Addr] || acts(r.Addr) || r.Masks().Write == 0 {
			continue
		}
		v := r.Reset
		if r.Addr >= regCalRing && r.Addr <= regCalPeak {
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

// errDisturbed says that a byte out of step began a calibration, which has to be done anew.
var errDisturbed = errors.New("a calibration was begun by a disturbance on the bus")

// audit reads all control registers and writes anew what is wrong; the indirect ones follow in the next calls of Service.
func (c *Chip) audit() error {
	c.dirty, c.sweep = false, 0
	v, err := c.read(regCalibrate1)
	if err != nil {
		return err
	}
	if v&bitCAL != 0 {
		return errDisturbed
	}
	for _, r := range table(c.small) {
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
