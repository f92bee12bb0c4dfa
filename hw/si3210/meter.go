package si3210

import (
	"errors"
	"fmt"
	"math"
)

// errNoMeter says that the variant has no metering oscillator.
var errNoMeter = errors.New("metering: the Si3215 has no metering oscillator")

// The frequencies of metering tones in use.
const (
	Meter12kHz = 12000
	Meter16kHz = 16000
)

// SetMeter sets the metering tone: 12 or 16 kHz, and its level in V rms, up to 2.
func (c *Chip) SetMeter(hz, volts float64) error {
	switch {
	case hz != Meter12kHz && hz != Meter16kHz:
		return fmt.Errorf("metering at %g Hz: want 12000 or 16000", hz)
	case volts <= 0 || volts > 2:
		return fmt.Errorf("metering of %g V: want more than 0 and at most 2", volts)
	}
	if err := c.check(); err != nil {
		return err
	}
	if c.small {
		return errNoMeter
	}
	co := math.Cos(2 * math.Pi * hz / 64000)
	plsco := math.Round(co * 32767)
	plsx := math.Round(math.Sqrt((1-co)/(1+co)) / 4 * 32767 * volts / 0.85)
	c.ind[indPLSCO], c.ind[indPLSX], c.ind[indPLSD] = uint16(int16(plsco)), uint16(plsx), meterRamp
	if err := c.setIndirects(indPLSCO, indPLSX, indPLSD); err != nil {
		return err
	}
	return c.set(regPowerdown1, c.control[regPowerdown1]|bitPMON)
}

// meterRamp is the step of the envelope a sample, so that a pulse rises in 10 ms.
const meterRamp = 0x7fff / 80

// Meter sends one metering pulse of ms milliseconds, 1 to 8191; MeterEnd follows it.
func (c *Chip) Meter(ms int) error {
	if ms < 1 || ms > 8191 {
		return fmt.Errorf("metering pulse of %d ms: want 1 to 8191", ms)
	}
	if err := c.check(); err != nil {
		return err
	}
	switch {
	case c.small:
		return errNoMeter
	case c.control[regPowerdown1]&bitPMON == 0:
		return errors.New("metering: set the tone first")
	case !c.offHook:
		return errors.New("metering: the telephone is on hook")
	}
	if err := c.setTimer(regMeterOnLow, uint16(ms)); err != nil {
		return err
	}
	// Off first, in case the last pulse has not ended: the chip starts one at the change.
	if err := c.write(regMeterOsc, bitMeterOn); err != nil {
		return err
	}
	return c.write(regMeterOsc, bitMeterOn|bitPMOE)
}
