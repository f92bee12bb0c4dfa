package si3050

import (
	"fmt"

	"tipring/hw/country"
	"tipring/tdm"
)

// SetHook seizes the line or releases it. It is one transfer, so that the owner can dial pulses. The on-hook monitor stays on
// as in the drivers in the open, though a sheet of the family wants it cleared first.
func (c *Chip) SetHook(off bool) error {
	if !c.ready {
		return errNotReady
	}
	v := uint8(bitONHM)
	if off {
		v |= bitOH
	}
	if err := c.write(regDAA1, v); err != nil {
		return err
	}
	c.hook, c.hookNew = off, true
	return nil
}

// SetCountry sets the line to a row of the country package.
func (c *Chip) SetCountry(name string) error {
	row, err := country.Lookup(name)
	if err != nil {
		return fmt.Errorf("si3050: %w", err)
	}
	if c.ready {
		if err := c.offers(row); err != nil {
			return fmt.Errorf("si3050: %w", err)
		}
	}
	c.row, c.tx = row, row.TxTenthDB
	if !c.ready {
		return nil
	}
	if err := c.setAll(countryRegisters(row, c.cfg.Fast)); err != nil {
		return err
	}
	return c.setGains()
}

// SetSlot moves the chip to another slot of the highway.
func (c *Chip) SetSlot(slot int) error {
	if slot < 0 || slot > 127 {
		return fmt.Errorf("slot %d: want 0 to 127", slot)
	}
	c.cfg.Slot = slot
	if !c.ready {
		return nil
	}
	_, _, err := c.setAudio(nil)
	return err
}

// SetLaw sets the companding law.
func (c *Chip) SetLaw(l tdm.Law) error {
	c.cfg.Law = l
	if !c.ready {
		return nil
	}
	_, _, err := c.setAudio(nil)
	return err
}

// The range of the gains in 0.1 dB.
const (
	minGain = -159
	maxGain = 129
)

// SetGain sets the gains towards the line (tx) and from it (rx) in tenths of a decibel, -159 to +129.
func (c *Chip) SetGain(tx, rx int) error {
	for _, g := range []int{tx, rx} {
		if g < minGain || g > maxGain {
			return fmt.Errorf("gain of %d tenths of a dB: want %d to %d", g, minGain, maxGain)
		}
	}
	c.tx, c.rx = tx, rx
	if !c.ready {
		return nil
	}
	return c.setGains()
}

func (c *Chip) setGains() error {
	t2, t3 := gainCodes(c.tx)
	r2, r3 := gainCodes(c.rx)
	return c.setAll([][2]uint8{{regTXGain2, t2}, {regTXGain3, t3}, {regRXGain2, r2}, {regRXGain3, r3}})
}

// gainCodes splits a gain into steps of 1 dB (registers 38, 39) and of 0.1 dB (40, 41).
func gainCodes(tenth int) (coarse, fine uint8) {
	sign := uint8(0)
	if tenth < 0 {
		sign, tenth = bitMinus, -tenth
	}
	return sign | uint8(tenth/10), sign | uint8(tenth%10)
}

// SetHybrid sets the eight echo coefficients, in 1/128, as fxotune finds them.
func (c *Chip) SetHybrid(h [8]int8) error {
	for k, v := range h {
		c.hybrid[k] = uint8(v)
	}
	if !c.ready {
		return nil
	}
	for k, v := range c.hybrid {
		if err := c.set(uint8(regHybrid1+k), v); err != nil {
			return err
		}
	}
	return nil
}

// A Measurement is the direct-current state of the line.
type Measurement struct {
	Volts   float64 // between tip and ring, signed; 0 within 3 V
	Amperes float64 // loop current, when off hook for long enough
}

// Measure reads voltage and current.
func (c *Chip) Measure() (Measurement, error) {
	var v [2]uint8
	if err := c.burst([]uint8{regLineVoltage, regLoopCurrent}, v[:]); err != nil {
		return Measurement{}, err
	}
	return Measurement{Volts: float64(int8(v[0])), Amperes: float64(v[1]) * lcs2Amps}, nil
}
