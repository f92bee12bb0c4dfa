package si3210

import (
	"errors"
	"fmt"
	"time"
)

// A bringUp is how far a chip is on its way from reset to service. It never blocks for long, so that a chip can recover while
// its neighbours work; the order is that of the drivers in the open (wctdm) with the times of the data sheet.
type bringUp struct {
	at    int
	tries int // of the step that polls
	next  int // of the indirect table
	due   time.Duration
}

// A step does a part of the bring-up. It returns how long to wait, and again to be called once more.
type step struct {
	name string
	do   func(*Chip, *bringUp) (wait time.Duration, again bool, err error)
}

var steps = []step{
	{"probe", (*Chip).probe},
	{"power down", (*Chip).powerDown},
	{"indirect registers", (*Chip).loadIndirect},
	{"modes", (*Chip).modes},
	{"battery", (*Chip).charge},
	{"battery leak test", (*Chip).leakTest},
	{"battery", (*Chip).charge},
	{"calibration", (*Chip).calibrate},
	{"converter calibration", (*Chip).calibrateConverter},
	{"filters", (*Chip).loadFilters},
	{"indirect registers read back", (*Chip).verifyIndirect},
	{"line", (*Chip).setLine},
	{"audio", (*Chip).setAudio},
	{"interrupts", (*Chip).setInterrupts},
	{"snapshot", (*Chip).snapshot},
	{"feed", (*Chip).applyFeed},
}

func (b *bringUp) done() bool { return b.at == len(steps) }

// step does what is next and returns how long to wait.
func (b *bringUp) step(c *Chip) (time.Duration, error) {
	s := &steps[b.at]
	wait, again, err := s.do(c, b)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", s.name, err)
	}
	b.tries++
	if !again {
		b.at, b.tries, b.next = b.at+1, 0, 0
	}
	return wait, nil
}

// restart begins the bring-up anew.
func (c *Chip) restart() {
	c.ready = false
	c.bring = bringUp{}
	c.owned = [128]bool{}
}

var (
	// ErrNoChip says that nothing that could be an Si3210 answers.
	ErrNoChip = errors.New("no Si3210 answers")
	// ErrLeak says that the DC-DC converter loses its charge too fast: the module is defective.
	ErrLeak = errors.New("the battery leaks")
	// ErrBattery says that the DC-DC converter does not reach its voltage.
	ErrBattery = errors.New("the battery does not come up")
	// ErrCalibration says that the calibration did not end, or found what cannot be: is the line grounded?
	ErrCalibration = errors.New("calibration failed")
)

// plausible reports whether v can be register 0: the drivers in the open know revisions 2 to 14.
func plausible(v uint8) bool { return v&0xc0 == 0 && v&0x0f >= 2 && v&0x0f <= 14 }

// Identify finds out whether an Si3210 or Si3215 answers, and which, and changes nothing at one that is in step with the bus.
func (c *Chip) Identify() error {
	var id uint8
	for try := range 16 {
		var again uint8
		var err error
		if id, err = c.read(regSPIMode); err != nil {
			return err
		}
		if again, err = c.read(regSPIMode); err != nil {
			return err
		}
		if plausible(id) && id == again {
			break
		}
		switch {
		case plausible(id&^bitSPIM) && id == again:
			err = c.write(regSPIMode, 0)
		case try > 2 && try%2 != 0:
			err = c.unchain()
		default:
			err = c.nudge()
		}
		if err != nil {
			return err
		}
	}
	if !plausible(id) {
		return fmt.Errorf("register 0 reads %#02x: %w", id, ErrNoChip)
	}
	c.rev = id
	mode, err := c.read(regPCMMode)
	if err != nil {
		return err
	}
	c.small = mode&bitPNI2 != 0
	return nil
}

// probe looks for a chip that holds what is written.
func (c *Chip) probe(*bringUp) (time.Duration, bool, error) {
	if err := c.Identify(); err != nil {
		return 0, false, err
	}
	for _, v := range [...]uint8{0x55, 0x2a, resetHybrid} {
		v &= 0x77 // reserved bits
		if err := c.write(regHybrid, v); err != nil {
			return 0, false, err
		}
		got, err := c.read(regHybrid)
		if err != nil {
			return 0, false, err
		}
		if got != v {
			return 0, false, fmt.Errorf("register 11 reads %#02x after %#02x: %w", got, v, ErrNoChip)
		}
	}
	return 0, false, c.write(regIndirectAddr, 0)
}

const resetHybrid = 0x33

// powerDown takes the line off, for a chip that was in use.
func (c *Chip) powerDown(*bringUp) (time.Duration, bool, error) {
	if err := c.write(regLinefeed, lfOpen); err != nil {
		return 0, false, err
	}
	return 0, false, c.write(regPowerdown1, bitDCOF)
}

// indirectChunk is how many indirect registers one call handles: about 2 ms.
const indirectChunk = 8

// filtersOff is what the filter registers hold while the battery comes up: no filter, so that alarms are prompt.
const filtersOff = 0x8000

func isFilter(addr uint8) bool { return addr >= indNCLR && addr <= indNQ56 }

func (c *Chip) loadIndirect(b *bringUp) (time.Duration, bool, error) {
	for range indirectChunk {
		if b.next == len(Indirects) {
			return 0, false, nil
		}
		r := &Indirects[b.next]
		b.next++
		at, ok := r.at(c.small)
		if !ok {
			continue
		}
		v := c.ind[r.Addr]
		if isFilter(r.Addr) {
			v = filtersOff
		}
		err := c.writeIndirect(at, v)
		if errors.Is(err, errIndirect) { // out of step: what is wrong then is found when the table is read back
			if err = c.resync(); err == nil {
				err = c.writeIndirect(at, v)
			}
		}
		if err != nil {
			return 0, false, fmt.Errorf("indirect %d %s: %w", at, r.Name, err)
		}
	}
	return 0, true, nil
}

func (c *Chip) loadFilters(*bringUp) (time.Duration, bool, error) {
	return 0, false, c.setIndirects(indNCLR, indNRTP, indNQ12, indNQ34, indNQ56)
}

// verifyIndirect reads the table back and writes anew what is wrong.
func (c *Chip) verifyIndirect(b *bringUp) (time.Duration, bool, error) {
	next, err := c.checkIndirects(b.next)
	b.next = next
	return 0, next < len(Indirects), err
}

// enhancements is register 108 as the drivers in the open write it: all but what only the Si3210 has, bits 4 and 3, of which
// it gets the second.
func (c *Chip) enhancements() uint8 {
	if c.small {
		return 0xe3
	}
	return 0xeb
}

// automatics is register 67: ring trip, loop closure and power alarm act by themselves.
const automatics = bitAORD | bitAOLD | bitAOPN

func (c *Chip) modes(*bringUp) (time.Duration, bool, error) {
	return 0, false, c.setAll([][2]uint8{
		{regLoopback, 0}, {regEnhance, c.enhancements()}, {regAutomatic, automatics}, {regBatteryFeed, bitTRACK},
		{regBatteryHigh, c.ringBattery()}, {regLoopDebounce, 10}, {regTripDebounce, c.tripFilter().debounce}, {regCommonMode, 2}, {regOnHookVolts, onHookVolts},
	})
}

// onHookVolts is register 72: 48 V.
const onHookVolts = 0x20

// batteryUp is what register 82 reads when the battery is there: 72 V, as the drivers in the open ask for.
const batteryUp = 0xc0

// charge switches the converter on and waits for the battery, for half a second at most.
func (c *Chip) charge(b *bringUp) (time.Duration, bool, error) {
	if b.tries == 0 {
		err := c.setAll([][2]uint8{{regDCPeriod, 0xff}, {regPowerdown1, 0}})
		return 10 * time.Millisecond, true, err
	}
	v, err := c.read(regBattery1)
	switch {
	case err != nil:
		return 0, false, err
	case v >= batteryUp:
		return 0, false, c.setAll([][2]uint8{{regLoopLimit, uint8(c.cfg.LoopMA-20) / 3}, {regDCDelay, dcDelay}})
	case b.tries > 50:
		return 0, false, fmt.Errorf("%.0f V after 0.5 s: %w", float64(v)*senseVolts, ErrBattery)
	}
	return 10 * time.Millisecond, true, nil
}

// dcDelay is register 93: minimum off time 0x19. Its bit 5 is the polarity of a pin, which cannot be written.
const dcDelay = 0x19

// leakTest switches the converter off for 0.2 s and looks what is left of the battery.
func (c *Chip) leakTest(b *bringUp) (time.Duration, bool, error) {
	if b.tries == 0 {
		return 200 * time.Millisecond, true, c.set(regPowerdown1, bitDCOF)
	}
	v, err := c.read(regBattery1)
	if err == nil && v < 6 {
		err = fmt.Errorf("%.1f V are left after 0.2 s: %w", float64(v)*senseVolts, ErrLeak)
	}
	return 0, false, err
}

// calibrate runs the automatic calibration, or the manual one for the two that an Si3201 would spoil.
func (c *Chip) calibrate(b *bringUp) (time.Duration, bool, error) {
	if b.tries == 0 {
		one, two := uint8(0x5f), uint8(0x1f)
		if c.cfg.ManualCalibration {
			if err := c.calibrateManually(); err != nil {
				return 0, false, err
			}
			one, two = 0x47, 0x18
		}
		if c.small {
			two &^= bitCALCM
		}
		if err := c.write(regCalibrate2, two); err != nil {
			return 0, false, err
		}
		return 10 * time.Millisecond, true, c.write(regCalibrate1, one)
	}
	v, err := c.read(regCalibrate1)
	switch {
	case err != nil:
		return 0, false, err
	case v == 0:
		return 0, false, c.checkCalibration()
	case b.tries > 200:
		return 0, false, fmt.Errorf("register 96 reads %#02x after 2 s: %w", v, ErrCalibration)
	}
	return 10 * time.Millisecond, true, nil
}

// calibrateManually steps the gain mismatch of ring and tip down until the transistor's current is gone.
func (c *Chip) calibrateManually() error {
	for i, result := range []uint8{regCalRing, regCalTip} {
		sense := uint8(regCurrentQ5 + i)
		for v := uint8(0x1f); ; v-- {
			if err := c.write(result, v); err != nil {
				return err
			}
			c.sleep(time.Millisecond) // the monitor ADC takes 1.25 ms at most for a new value
			c.sleep(time.Millisecond)
			got, err := c.read(sense)
			if err != nil {
				return err
			}
			if got == 0 {
				break
			}
			if v == 0 {
				return fmt.Errorf("register %d reads %d at the end of register %d: %w", sense, got, result, ErrCalibration)
			}
		}
	}
	return nil
}

// checkCalibration finds results at the end of their range, which come from a line that was not open.
func (c *Chip) checkCalibration() error {
	v, err := c.read(regCalDifferential)
	if err == nil && (v == 0 || v == 0x1f) {
		err = fmt.Errorf("register 100 reads %#02x: is the line grounded? %w", v, ErrCalibration)
	}
	return err
}

func (c *Chip) calibrateConverter(b *bringUp) (time.Duration, bool, error) {
	if b.tries == 0 {
		return 10 * time.Millisecond, true, c.write(regDCDelay, dcDelay|bitDCCAL)
	}
	v, err := c.read(regDCDelay)
	switch {
	case err != nil:
		return 0, false, err
	case v&bitDCCAL != 0 && b.tries > 20:
		return 0, false, fmt.Errorf("the converter after 0.2 s: %w", ErrCalibration)
	case v&bitDCCAL != 0:
		return 10 * time.Millisecond, true, nil
	}
	peak, err := c.read(regCalPeak)
	if err == nil && (peak < 2 || peak > 0x0d) {
		err = c.write(regCalPeak, 8)
	}
	return 0, false, err
}
