package si3050

import (
	"errors"
	"fmt"
	"math"
	"time"

	"tipring/hw/linetest"
)

// Limits of the tests.
const (
	leastVolts   = 15.0  // of a line at rest: a shared line or a PBX has less than an exchange's 48
	leastAmps    = 0.010 // the chip's own minimum
	mostAmps     = 0.120 // just below its overload
	measureTimes = 16
)

const (
	blindVolts = "voltages within 3 V show as 0, and the figure is good to 10 %; nothing is known of either wire to ground, as the line side floats"
	blindAmps  = "the step is 1.1 mA; what the current would be on another impedance is not measured"
)

var errBusy = errors.New("line test: the line is in use")

// LineTest measures the line: its voltage at rest and, with seize, its current off hook, which the exchange takes for a call. It
// takes a second with Sleep, and Service must not be called meanwhile.
func (c *Chip) LineTest(seize bool) ([]linetest.Finding, error) {
	switch {
	case !c.ready:
		return nil, errNotReady
	case c.hook || c.line.ring:
		return nil, errBusy
	}
	volts, err := c.testVolts()
	if err != nil || !seize {
		return []linetest.Finding{volts}, err
	}
	amps := linetest.Finding{Test: "loop current", Blind: blindAmps}
	if len(volts.Faults) > 0 {
		amps.Skipped = "the line is not at rest"
		return []linetest.Finding{volts, amps}, nil
	}
	if err := c.SetHook(true); err != nil {
		return nil, err
	}
	c.sleep(time.Second)
	m, err := c.Measure()
	if hangUp := c.SetHook(false); err == nil {
		err = hangUp
	}
	amps.Values = []linetest.Value{{Name: "loop", V: m.Amperes * 1000, Unit: "mA"}, {Name: "off hook", V: m.Volts, Unit: "V"}}
	switch {
	case m.Amperes < leastAmps:
		amps.Faults = []string{"not enough current: is the line open, or too long?"}
	case m.Amperes > mostAmps:
		amps.Faults = []string{"too much current: is this a telephone line?"}
	}
	return []linetest.Finding{volts, amps}, err
}

// testVolts measures the line at rest.
func (c *Chip) testVolts() (linetest.Finding, error) {
	f := linetest.Finding{Test: "line voltage", Blind: blindVolts}
	var sum float64
	for range measureTimes {
		c.sleep(5 * time.Millisecond)
		m, err := c.Measure()
		if err != nil {
			return f, err
		}
		sum += m.Volts / measureTimes
	}
	f.Values = []linetest.Value{{Name: "tip-ring", V: sum, Unit: "V"}}
	switch v := math.Abs(sum); {
	case v == 0:
		f.Faults = []string{"no battery: is the line plugged in?"}
	case v < leastVolts:
		f.Faults = []string{fmt.Sprintf("%.0f V is too little for a line at rest: is a telephone beside it off hook?", v)}
	}
	return f, nil
}
