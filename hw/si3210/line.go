package si3210

import (
	"fmt"
	"math"
	"time"

	"tipring/hw/country"
	"tipring/tdm"
)

// tripRows are the settings of the ring trip detector by ringing frequency (data sheet table 30).
var tripRows = []tripRow{
	{16.667, 0x0200, 0x3600, 0x0f},
	{20, 0x0320, 0x3600, 0x0b},
	{30, 0x0380, 0x3600, 0x09},
	{40, 0x0400, 0x3600, 0x07},
	{50, 0x06a8, 0x3600, 0x05},
	{60, 0x0800, 0x3600, 0x05},
}

type tripRow struct {
	hz        float64
	pole      uint16 // NRTP
	threshold uint16 // RPTP
	debounce  uint8  // RTDI
}

// tripFilter returns the row nearest to the ringing frequency.
func (c *Chip) tripFilter() tripRow {
	best := tripRows[0]
	for _, r := range tripRows[1:] {
		if math.Abs(r.hz-c.cfg.RingHz) < math.Abs(best.hz-c.cfg.RingHz) {
			best = r
		}
	}
	return best
}

// ringBattery is VBATH for the ringing voltage, with the output stage's headroom: 0x32 (75 V) or what boosted ringing needs.
func (c *Chip) ringBattery() uint8 {
	return uint8(min(max(math.Ceil((c.cfg.RingPeak+4)/loopVolts), 0x32), 0x3f))
}

// sineRing returns RCO and RNGX (data sheet section 2.5.2, whose example is cut off and not rounded).
func sineRing(hz, peak float64) (rco, rngx uint16) {
	co := math.Cos(2 * math.Pi * hz / 1000)
	rco = uint16(co * 32768)
	rngx = uint16(math.Sqrt((1-co)/(1+co)) / 4 * 32768 * peak / 96)
	return rco, rngx
}

// setIndirectTable works out what the indirect registers hold.
func (c *Chip) setIndirectTable() {
	for _, r := range Indirects {
		c.ind[r.Addr] = r.Init
	}
	c.ind[indDACG], c.ind[indADCG] = unity, unity
	c.ind[indRCO], c.ind[indRNGX] = sineRing(c.cfg.RingHz, c.cfg.RingPeak)
	trip := c.tripFilter()
	c.ind[indNRTP], c.ind[indRPTP] = trip.pole, trip.threshold
}

// setLine sets impedance, hybrid and ringing timers.
func (c *Chip) setLine(*bringUp) (time.Duration, bool, error) {
	return 0, false, c.setAll([][2]uint8{
		{regImpedance, c.impedance()}, {regHybrid, c.balance}, {regRingOsc, 0},
	})
}

// tiss turns an FXO's AC impedance into the nearest that the Si3210 makes (as wctdm has it).
var tiss = [16]uint8{0, 1, 4, 5, 7, 0, 0, 6, 0, 0, 0, 2, 0, 3, 0, 0}

// setAudio sets slot and law.
func (c *Chip) setAudio(*bringUp) (time.Duration, bool, error) {
	if err := c.setSlot(); err != nil {
		return 0, false, err
	}
	mode := uint8(bitPCME)
	if c.cfg.Law == tdm.MuLaw {
		mode |= 0x08
	}
	if c.small {
		mode |= bitPNI2 // reads so
	}
	return 0, false, c.set(regPCMMode, mode)
}

func (c *Chip) setSlot() error {
	lo, hi := uint8(8*c.cfg.Slot), uint8(8*c.cfg.Slot>>8)
	return c.setAll([][2]uint8{{regTXStartLow, lo}, {regTXStartHigh, hi}, {regRXStartLow, lo}, {regRXStartHigh, hi}})
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
	return c.setSlot()
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

// SetGain sets the gains in dB of what the telephone sends (tx) and hears (rx): -60 to +6, by the digital gain registers.
func (c *Chip) SetGain(tx, rx float64) error {
	for _, g := range []float64{tx, rx} {
		if g < -60 || g > 6 {
			return fmt.Errorf("gain %g dB: want -60 to +6", g)
		}
	}
	c.ind[indADCG], c.ind[indDACG] = digital(tx), digital(rx)
	if !c.ready {
		return nil
	}
	return c.setIndirects(indADCG, indDACG)
}

func digital(db float64) uint16 { return uint16(min(math.Round(unity*math.Pow(10, db/20)), 0x7fff)) }

// SetHybrid sets the balance, register 11 bits 2 to 0: 0 to 6 is +4.08 to -2.77 dB, 3 is 0 dB, 7 is off.
func (c *Chip) SetHybrid(code int) error {
	if code < 0 || code > 7 {
		return fmt.Errorf("hybrid setting %d: want 0 to 7", code)
	}
	c.balance = resetHybrid&^7 | uint8(code)
	if !c.ready {
		return nil
	}
	return c.set(regHybrid, c.balance)
}

// SetCountry sets impedance and ringing frequency to a row of the country package, from the next ringing on.
func (c *Chip) SetCountry(name string) error {
	row, err := country.Lookup(name)
	if err != nil {
		return fmt.Errorf("si3210: %w", err)
	}
	c.row = row
	if err := c.SetRinging(row.RingHz, c.cfg.RingPeak); err != nil || !c.ready {
		return err
	}
	return c.set(regImpedance, c.impedance())
}

func (c *Chip) impedance() uint8 { return bitTISE | tiss[c.row.ACIM&0x0f] }

// SetRinging sets frequency (15 to 70 Hz) and peak voltage (20 to 89 V) of ringing, with the trip detector that goes with them.
func (c *Chip) SetRinging(hz, peak float64) error {
	if err := checkRinging(hz, peak); err != nil {
		return err
	}
	c.cfg.RingHz, c.cfg.RingPeak = hz, peak
	trip := c.tripFilter()
	c.ind[indRCO], c.ind[indRNGX] = sineRing(hz, peak)
	c.ind[indNRTP], c.ind[indRPTP] = trip.pole, trip.threshold
	if !c.ready {
		return nil
	}
	if err := c.setIndirects(indRCO, indRNGX, indNRTP, indRPTP); err != nil {
		return err
	}
	return c.setAll([][2]uint8{{regTripDebounce, trip.debounce}, {regBatteryHigh, c.ringBattery()}})
}

func checkRinging(hz, peak float64) error {
	switch {
	case !(peak >= 20 && peak <= 89):
		return fmt.Errorf("ringing of %g V at the peak: want 20 to 89", peak)
	case !(hz >= 15 && hz <= 70):
		return fmt.Errorf("ringing at %g Hz: want 15 to 70", hz)
	}
	return nil
}
