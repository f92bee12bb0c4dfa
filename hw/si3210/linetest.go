package si3210

import (
	"errors"
	"fmt"
	"math"
	"time"

	"tipring/hw/linetest"
)

// Limits of the tests. Those of GR-909 (recalled): hazardous potential 50 V ac and 135 V dc, foreign electromotive force 10 V
// ac and 6 V dc, 150 kohm of leakage, 0.175 to 5 REN.
const (
	foreignDC   = 6.0
	foreignAC   = 10.0
	leakageOhm  = 150e3
	renMin      = 0.175
	renMax      = 5.0
	offHookOhm  = 2000.0 // below: a receiver off hook, or a short
	testPeak    = 30.0   // of the quiet ringing that measures the ringer: 21 V rms, below what rings a bell
	testHz      = 20.0
	renOhmAt20  = 7000.0
	testSamples = 320
	sampleEvery = 1250 * time.Microsecond // the monitor ADC's rate
)

var errBusy = errors.New("line test: the line is in use")

// LineTest measures the line, which takes about four seconds and takes it out of service: the telephone must be on hook, or be
// found off hook. Nothing rings; it is done with Sleep, and Service must not be called meanwhile.
func (c *Chip) LineTest() ([]linetest.Finding, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if c.cadence.on || c.offHook && c.closing || c.alarm.open() {
		return nil, errBusy
	}
	findings, err := c.lineTest()
	if restore := c.afterTest(); err == nil {
		err = restore
	}
	return findings, err
}

func (c *Chip) lineTest() ([]linetest.Finding, error) {
	// What the tests do to the line must not make the chip act by itself.
	if err := c.set(regAutomatic, bitAOPN); err != nil {
		return nil, err
	}
	foreign, err := c.testForeign()
	if err != nil {
		return nil, err
	}
	resistance, roh, err := c.testResistance()
	if errors.Is(err, errOpened) {
		resistance.Faults = []string{"the chip opened the line to save itself: a wire touches ground"}
		roh.Skipped = "the line is open"
	} else if err != nil {
		return nil, err
	}
	out := []linetest.Finding{foreign, resistance, roh}
	if len(linetest.Faults(out)) > 0 {
		return append(out, linetest.Finding{Test: "ringer load", Skipped: "the line is not at rest", Blind: blindRinger}), nil
	}
	ringer, err := c.testRinger()
	return append(out, ringer), err
}

// afterTest puts the line back into service.
func (c *Chip) afterTest() error {
	if err := c.writeLF(lfOpen); err != nil {
		return err
	}
	c.ind[indRCO], c.ind[indRNGX] = sineRing(c.cfg.RingHz, c.cfg.RingPeak)
	if err := c.setIndirects(indRCO, indRNGX); err != nil {
		return err
	}
	c.sleep(50 * time.Millisecond)
	for addr := uint8(regIntStatus1); addr <= regIntStatus3; addr++ {
		if err := c.write(addr, 0xff); err != nil {
			return err
		}
	}
	if err := c.set(regAutomatic, automatics); err != nil {
		return err
	}
	return c.applyLF()
}

const (
	blindForeign = "voltages above ground and below -95.9 V show as 0 and -95.9; an alternating voltage shows its negative half waves alone, and above 400 Hz wrongly; so neither hazardous potential of GR-909 (50 V ac, 135 V dc) can be ruled out"
	blindLeak    = "currents below 0.3 mA: a leak of more than 150 kohm, GR-909's limit, does not show, and one near it only roughly"
	blindOffHook = "a receiver off hook and a short look alike: the chip has no second, lower voltage to find a telephone's diodes with"
	blindRinger  = "the step of 0.3 mA is 0.15 REN, and a ringer that stays silent at 21 V and takes no current then is not seen; capacity of a long line counts as ringer"
)

// testForeign opens the line and looks for voltages that are not ours.
func (c *Chip) testForeign() (linetest.Finding, error) {
	f := linetest.Finding{Test: "foreign voltage", Blind: blindForeign}
	// A ringer's capacitor keeps what the line was fed with: no voltage first.
	if err := c.set(regOnHookVolts, 0); err != nil {
		return f, err
	}
	if err := c.writeLF(lfForward); err != nil {
		return f, err
	}
	c.sleep(400 * time.Millisecond)
	if err := c.writeLF(lfOpen); err != nil {
		return f, err
	}
	c.sleep(200 * time.Millisecond)
	for i, wire := range []string{"tip", "ring"} {
		var sum, square float64
		for range testSamples {
			c.sleep(sampleEvery)
			v, err := c.read(uint8(regTipVoltage + i))
			if err != nil {
				return f, err
			}
			volts := -float64(v) * senseVolts
			sum += volts
			square += volts * volts
		}
		mean := sum / testSamples
		ac := math.Sqrt(max(square/testSamples-mean*mean, 0))
		if ac > 1 {
			// Half-wave rectified at ground: mean peak/pi, rms peak/2. With what shows, the deviation is 0.386 of the peak.
			ac *= math.Sqrt2 / 2 / 0.386
			mean = 0
		}
		f.Values = append(f.Values, linetest.Value{Name: wire + " dc", V: mean, Unit: "V"}, linetest.Value{Name: wire + " ac", V: ac, Unit: "V"})
		if mean < -foreignDC {
			f.Faults = append(f.Faults, fmt.Sprintf("foreign dc on %s", wire))
		}
		if ac > foreignAC {
			f.Faults = append(f.Faults, fmt.Sprintf("foreign ac on %s", wire))
		}
	}
	return f, c.set(regOnHookVolts, onHookVolts)
}

// wires are the currents out of tip and into ring, and the voltages of both.
type wires struct{ tipA, ringA, tipV, ringV float64 }

// measureWires applies a linefeed and reads what it draws.
func (c *Chip) measureWires(lf uint8) (w wires, err error) {
	if err := c.writeLF(lf); err != nil {
		return w, err
	}
	c.sleep(600 * time.Millisecond) // ten times what a ringer's capacitor takes
	const n = 16
	for range n {
		c.sleep(sampleEvery)
		var v [4]uint8
		if err := c.burst([]uint8{regCurrentQ1, regCurrentQ5, regTipVoltage, regRingVoltage}, v[:]); err != nil {
			return w, err
		}
		w.tipA += float64(v[0]) * outerAmps / n
		w.ringA += float64(v[1]) * outputAmps / n
		w.tipV -= float64(v[2]) * senseVolts / n
		w.ringV -= float64(v[3]) * senseVolts / n
	}
	got, err := c.read(regLinefeed)
	if err == nil && got&maskLF != lf {
		err = errOpened
	}
	return w, err
}

var errOpened = errors.New("the chip opened the line")

// testResistance feeds the line both ways round: the wire that is low shows its leak to ground, what both carry is between them.
func (c *Chip) testResistance() (res, roh linetest.Finding, err error) {
	res = linetest.Finding{Test: "resistance", Blind: blindLeak}
	roh = linetest.Finding{Test: "receiver off hook", Blind: blindOffHook}
	fwd, err := c.measureWires(lfForward)
	if err != nil {
		return res, roh, err
	}
	rev, err := c.measureWires(lfReverse)
	if err != nil {
		return res, roh, err
	}
	across := math.Abs(fwd.tipV - fwd.ringV)
	for _, r := range []struct {
		name        string
		volts, amps float64
	}{
		{"tip-ring", across, min(fwd.tipA, fwd.ringA)},
		{"tip-ground", math.Abs(rev.tipV), max(rev.tipA-rev.ringA, 0)},
		{"ring-ground", math.Abs(fwd.ringV), max(fwd.ringA-fwd.tipA, 0)},
	} {
		v := linetest.Value{Name: r.name, Unit: "ohm"}
		v.V, v.More = resistance(r.volts, r.amps)
		res.Values = append(res.Values, v)
		if r.name == "tip-ring" && !v.More && v.V < offHookOhm {
			roh.Values = []linetest.Value{v}
			roh.Faults = []string{"the receiver is off hook, or the wires touch"}
			continue
		}
		if !v.More && v.V < leakageOhm {
			res.Faults = append(res.Faults, r.name+" leaks")
		}
	}
	return res, roh, nil
}

// resistance is Ohm's law; below one step of current there is only a lower bound.
func resistance(volts, amps float64) (ohm float64, more bool) {
	if amps < outputAmps*0.9 {
		return math.Round(volts / outputAmps), true
	}
	return math.Round(volts / amps), false
}

// testRinger rings too softly to be heard and measures the current.
func (c *Chip) testRinger() (linetest.Finding, error) {
	f := linetest.Finding{Test: "ringer load", Blind: blindRinger}
	c.ind[indRCO], c.ind[indRNGX] = sineRing(testHz, testPeak)
	if err := c.setIndirects(indRCO, indRNGX); err != nil {
		return f, err
	}
	if err := c.set(regRingOsc, 0); err != nil {
		return f, err
	}
	if err := c.writeLF(lfRinging); err != nil {
		return f, err
	}
	c.sleep(400 * time.Millisecond)
	var sum float64
	for range testSamples {
		c.sleep(sampleEvery)
		v, err := c.read(regCurrentQ1)
		if err != nil {
			return f, err
		}
		sum += float64(v) * outerAmps
	}
	// The mean of a rectified sine is 2/pi of its peak.
	peak := sum / testSamples * math.Pi / 2
	ren := peak / (testPeak / renOhmAt20)
	f.Values = []linetest.Value{{Name: "ringer", V: ren, Unit: "REN"}}
	switch {
	case ren < renMin:
		f.Faults = []string{"no telephone"}
	case ren > renMax:
		f.Faults = []string{"more than 5 REN"}
	}
	return f, nil
}
