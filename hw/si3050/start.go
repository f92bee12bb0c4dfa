package si3050

import (
	"errors"
	"fmt"
	"time"

	"tipring/hw/country"
	"tipring/tdm"
)

// A bringUp is how far a chip is on its way from reset to service. It never blocks for long, so that a chip can recover while
// its neighbours work; the order is that of the drivers in the open (wctdm, xpp).
type bringUp struct {
	at    int
	tries int // of the step that polls
	due   time.Duration
}

// A step does a part of the bring-up. It returns how long to wait, and again to be called once more.
type step struct {
	name string
	do   func(*Chip, *bringUp) (wait time.Duration, again bool, err error)
}

var steps = []step{
	{"probe", (*Chip).probe},
	{"software reset", (*Chip).softReset},
	{"modes", (*Chip).modes},
	{"country", (*Chip).setCountry},
	{"isolation link", (*Chip).linkUp},
	{"line", (*Chip).setLine},
	{"audio", (*Chip).setAudio},
	{"interrupts", (*Chip).setInterrupts},
	{"snapshot", (*Chip).snapshot},
}

func (b *bringUp) done() bool { return b.at == len(steps) }

func (b *bringUp) step(c *Chip) (time.Duration, error) {
	s := &steps[b.at]
	wait, again, err := s.do(c, b)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", s.name, err)
	}
	b.tries++
	if !again {
		b.at, b.tries = b.at+1, 0
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
	// ErrNoChip says that nothing that could be an Si3050 answers.
	ErrNoChip = errors.New("no Si3050 answers")
	// ErrLink says that the isolation link to the line side does not come up.
	ErrLink = errors.New("the isolation link does not come up")
	// ErrLineSide says that the line side cannot do what the country asks for.
	ErrLineSide = errors.New("the line side does not offer this")
)

// resetControl2 is what register 2 reads after a reset: hybrid and receiver enabled.
const resetControl2 = bitHBE | bitRXE

// Identify finds out whether an Si3050 answers, and changes nothing at one that is in step with the bus: register 2 has hybrid
// and receiver enabled, and its reserved bits read 0.
func (c *Chip) Identify() error {
	const reserved = 0x68
	var v uint8
	for range 5 {
		var again uint8
		var err error
		if v, err = c.read(regControl2); err != nil {
			return err
		}
		if again, err = c.read(regControl2); err != nil {
			return err
		}
		if v == again && v&(reserved|resetControl2) == resetControl2 {
			side, err := c.read(regRevision)
			c.lsid, c.rev = side>>4, side&0x0f
			return err
		}
		if err := c.nudge(); err != nil {
			return err
		}
	}
	return fmt.Errorf("register 2 reads %#02x: %w", v, ErrNoChip)
}

// probe looks for a chip: register 2 holds what is written, and after a reset 0x03.
func (c *Chip) probe(*bringUp) (time.Duration, bool, error) {
	var got uint8
	for range 4 {
		if err := c.write(regControl2, resetControl2); err != nil {
			return 0, false, err
		}
		var err error
		if got, err = c.read(regControl2); err != nil {
			return 0, false, err
		}
		if got == resetControl2 {
			return 0, false, nil
		}
		if err := c.nudge(); err != nil {
			return 0, false, err
		}
	}
	return 0, false, fmt.Errorf("register 2 reads %#02x: %w", got, ErrNoChip)
}

func (c *Chip) softReset(b *bringUp) (time.Duration, bool, error) {
	if b.tries == 0 {
		return 100 * time.Millisecond, true, c.write(regControl1, bitSR)
	}
	v, err := c.read(regControl2)
	if err == nil && v != resetControl2 {
		err = fmt.Errorf("register 2 reads %#02x after a reset: %w", v, ErrNoChip)
	}
	return 0, false, err
}

// wakeAlways makes the ring detector interrupt at the end of a ring too.
const control2 = bitINTE | bitRDI | resetControl2

func (c *Chip) modes(*bringUp) (time.Duration, bool, error) {
	if err := c.set(regControl2, control2); err != nil {
		return 0, false, err
	}
	// Off, while the slots are set.
	return 0, false, c.set(regPCMMode, c.lawBits())
}

func (c *Chip) lawBits() uint8 {
	if c.cfg.Law == tdm.MuLaw {
		return 0x08
	}
	return 0
}

// countryRegisters are a row's registers. The off-hook counter is 128 ms, or 8 ms. Full scale of +3.2 dBm (register 31 bit
// 7), which wctdm sets for all rows, wants DCV 3 and is left out: levels are then the same in every country.
func countryRegisters(r country.Row, fast bool) [][2]uint8 {
	bit := func(on bool, v uint8) uint8 {
		if on {
			return v
		}
		return 0
	}
	foh := uint8(0x20)
	if fast {
		foh = maskFOH
	}
	valid2 := r.RingValid2
	if valid2 == 0 {
		valid2 = ringValid2
	}
	return [][2]uint8{
		{regInternational1, bit(r.OHS, bitOHS) | bit(r.RZ, bitRZ) | bit(r.RT, bitRT)},
		{regInternational2, bitBTE},
		{regInternational3, bitRFWE},
		{regRingValid2, valid2},
		{regRingValid3, bitRNGV | 0x19},
		{regDCTermination, r.DCV<<6 | r.MINI<<4 | bit(r.ILIM, bitILIM)},
		{regACTermination, r.ACIM},
		{regDAA4, foh | bit(r.OHS2, bitOHS2)},
		{regSparkQuench, r.SQ},
	}
}

// ringValid2 is the ring validation of the rows that ask for no other: time-out 640 ms, confirmation 256 ms.
const ringValid2 = 0x2b

func (c *Chip) setCountry(*bringUp) (time.Duration, bool, error) {
	return 0, false, c.setAll(countryRegisters(c.row, c.cfg.Fast))
}

// linkUp powers the line side and waits for it, for two seconds at most.
func (c *Chip) linkUp(b *bringUp) (time.Duration, bool, error) {
	if b.tries == 0 {
		return 10 * time.Millisecond, true, c.set(regDAA2, 0)
	}
	v, err := c.read(regRevision)
	switch {
	case err != nil:
		return 0, false, err
	case v&maskLSID != 0 && v != 0xff:
		c.lsid, c.rev = v>>4, v&0x0f
		return 0, false, c.offers(c.row)
	case b.tries > 200:
		return 0, false, fmt.Errorf("register 11 reads %#02x after 2 s: %w", v, ErrLink)
	}
	return 10 * time.Millisecond, true, nil
}

// offers reports whether the line side can do a row: the Si3018 has four impedances.
func (c *Chip) offers(r country.Row) error {
	if c.lsid != lsidSi3018 {
		return nil
	}
	switch r.ACIM {
	case 0, 3, 4, 15:
		return nil
	}
	return fmt.Errorf("an Si3018 with the impedance %d of %s: %w; it has 0, 3, 4 and 15", r.ACIM, r.Name, ErrLineSide)
}

// setLine watches the line on hook, so that caller ID is heard.
func (c *Chip) setLine(*bringUp) (time.Duration, bool, error) {
	c.hook, c.hookNew = false, false
	if err := c.write(regDAA1, bitONHM); err != nil {
		return 0, false, err
	}
	for k, v := range c.hybrid {
		if err := c.set(uint8(regHybrid1+k), v); err != nil {
			return 0, false, err
		}
	}
	return 0, false, c.setGains()
}

func (c *Chip) setAudio(*bringUp) (time.Duration, bool, error) {
	lo, hi := uint8(8*c.cfg.Slot), uint8(8*c.cfg.Slot>>8)
	return 0, false, c.setAll([][2]uint8{
		{regTXStartLow, lo}, {regTXStartHigh, hi}, {regRXStartLow, lo}, {regRXStartHigh, hi}, {regPCMMode, bitPCME | c.lawBits()},
	})
}

// setInterrupts clears what is old (writing 0 clears) and enables what Service looks at.
func (c *Chip) setInterrupts(*bringUp) (time.Duration, bool, error) {
	if err := c.write(regIntSource, 0); err != nil {
		return 0, false, err
	}
	return 0, false, c.set(regIntMask, bitRDT|bitFDT|bitBTD|bitDOD|bitLCSO|bitPOL)
}
