package si3050

import (
	"errors"
	"fmt"
	"time"
)

// looked are the registers that Service reads, in one transfer: between two that the driver knows, so that a transfer out of
// step is seen, whatever it hit.
var looked = []uint8{regControl2, regIntSource, regDAA1, regRevision, regLineStatus, regLoopCurrent, regLineVoltage, regDCTermination}

// A look is what looked came to.
type look [8]uint8

const (
	atControl2 = iota
	atSource
	atDAA1
	atRevision
	atStatus
	atCurrent
	atVoltage
	atDC
)

// retry is how long the driver waits between two attempts to find or bring up a chip.
const retry = time.Second

// Times of the drivers in the open.
const (
	ringDebounce    = 64 * time.Millisecond
	batteryDebounce = 64 * time.Millisecond
	batteryAlarm    = time.Second
	polarDebounce   = 64 * time.Millisecond
	currentDebounce = 64 * time.Millisecond
	hookSettle      = 200 * time.Millisecond // the slowest ring trip of an exchange
)

// A lineWatch turns samples of the line into states.
type lineWatch struct {
	ring, battery, dead    bool
	reversed, current      bool
	idleKnown, idleReverse bool // the polarity that was seen first

	waves         bool // half waves are being seen
	waveSide      uint8
	waveTurns     int // how often their side has changed
	waveSince     time.Duration
	waveLast      time.Duration
	batteryChange since
	polarChange   since
	currentChange since
	over, tone    bool
	overChange    since
	toneChange    since
	goneAt        time.Duration
}

// A since is when a sample began to differ from its state.
type since struct {
	on bool
	at time.Duration
}

// held reports whether differs has been true for d.
func (s *since) held(differs bool, now, d time.Duration) bool {
	if !differs {
		s.on = false
		return false
	}
	if !s.on {
		s.on, s.at = true, now
	}
	if now-s.at < d {
		return false
	}
	s.on = false
	return true
}

// Service reads the chip's state at now, a time of the owner's choice that never goes back, and returns what has happened
// since the last call; the slice is valid until the next one. It blocks for a transfer or some, and when the chip is down
// carries the bring-up on. Ringing and polarity are as fine as the calls are close: call it every 5 ms or so while the line
// is ringing or changes, after each interrupt, and at least every 100 ms.
func (c *Chip) Service(now time.Duration) []Event {
	c.events = c.events[:0]
	if !c.ready {
		c.recover(now)
		return c.events
	}
	if err := c.service(now); err != nil {
		c.lose(now, err)
	}
	return c.events
}

// up is the end of a bring-up.
func (c *Chip) up() {
	c.ready, c.told, c.dirty = true, false, false
	c.line = lineWatch{idleKnown: c.line.idleKnown, idleReverse: c.line.idleReverse}
}

// recover carries the bring-up on.
func (c *Chip) recover(now time.Duration) {
	if now < c.bring.due {
		return
	}
	wait, err := c.bring.step(c)
	if err != nil {
		if !c.told {
			c.told = true
			c.emit(now, Failed, err)
		}
		c.restart()
		c.bring.due = now + retry
		return
	}
	c.bring.due = now + wait
	if c.bring.done() {
		c.up()
		c.emit(now, Ready, nil)
	}
}

// lose takes a chip that cannot be used out of service; what was on is reported off.
func (c *Chip) lose(now time.Duration, err error) {
	l := &c.line
	for _, s := range []struct {
		on   *bool
		kind Kind
	}{{&l.ring, RingOff}, {&l.current, CurrentOff}, {&l.battery, BatteryOff}} {
		if *s.on {
			*s.on = false
			c.emit(now, s.kind, nil)
		}
	}
	switch {
	case errors.Is(err, errLinkDown):
		c.emit(now, LinkLost, nil)
	case errors.Is(err, errReset):
		c.emit(now, WasReset, nil)
	default:
		c.emit(now, Lost, err)
	}
	c.told = true
	c.restart()
	c.bring.due = now
}

var (
	errLinkDown = errors.New("the line side does not answer")
	errReset    = errors.New("register 2 has its reset value")
)

func (c *Chip) service(now time.Duration) error {
	var l look
	if err := c.burst(looked, l[:]); err != nil {
		return err
	}
	if l[atControl2] != c.control[regControl2] || l[atDC] != c.control[regDCTermination] {
		return c.diagnose(now)
	}
	if c.dirty {
		if err := c.mend(now); err != nil {
			return err
		}
	}
	if l[atRevision]&maskLSID == 0 || l[atStatus]&bitLock == 0 {
		return errLinkDown
	}
	if v := l[atSource]; v != 0 {
		// Writing 0 clears: what came since the look stays.
		if err := c.write(regIntSource, ^v); err != nil {
			return err
		}
	}
	if off := l[atDAA1]&bitOH != 0; c.cfg.HookElsewhere && off != c.hook {
		c.hook, c.hookNew = off, true
	}
	if l[atDAA1]&(bitOH|bitONHM) != c.daa1() {
		if err := c.write(regDAA1, c.daa1()); err != nil {
			return err
		}
		c.emit(now, Glitch, fmt.Errorf("register 5 reads %#02x instead of %#02x", l[atDAA1], c.daa1()))
	}
	if c.hookNew {
		c.hookNew, c.hookAt = false, now
	}
	c.watch(now, &l)
	return nil
}

// daa1 is what register 5 should hold.
func (c *Chip) daa1() uint8 {
	if c.hook {
		return bitONHM | bitOH
	}
	return bitONHM
}

// batteryVolts is the voltage from which a line has battery; the chip shows 0 below.
const batteryVolts = 3

// flowing is LCS2 from which loop current flows: 8.8 mA. The chip's own minimum is 10 mA.
const flowing = 8

// watch turns a look into events.
func (c *Chip) watch(now time.Duration, l *look) {
	w := &c.line
	c.watchRing(now, l)
	volts := int8(l[atVoltage])
	has := volts >= batteryVolts || volts <= -batteryVolts
	// Ringing may come without direct voltage, and the loop takes a while to settle after a change of the hook.
	unsettled := w.waves || now-c.hookAt < hookSettle
	if w.batteryChange.held(has != w.battery && (has || !unsettled), now, batteryDebounce) {
		w.battery = has
		if has {
			w.dead = false
			c.emit(now, BatteryOn, nil)
		} else {
			w.goneAt = now
			c.emit(now, BatteryOff, nil)
		}
	}
	if !w.battery && !has && !w.dead && now-w.goneAt >= batteryAlarm {
		w.dead = true
		c.emit(now, BatteryLost, nil)
	}
	c.watchPolarity(now, has && w.battery, volts < 0)
	if flows := c.hook && l[atCurrent] >= flowing; w.currentChange.held(flows != w.current, now, c.currentHold(flows)) {
		w.current = flows
		if flows {
			c.emit(now, CurrentOn, nil)
		} else {
			c.emit(now, CurrentOff, nil)
		}
	}
	if over := c.hook && l[atSource]&bitLCSO != 0; w.overChange.held(over != w.over, now, hookSettle) {
		if w.over = over; over {
			c.emit(now, Overload, nil)
		}
	}
	if tone := l[atSource]&bitBTD != 0; w.toneChange.held(tone != w.tone, now, 0) {
		if w.tone = tone; tone {
			c.emit(now, BillingTone, nil)
		}
	}
}

// currentHold is how long the current must differ: on hook it is off at once.
func (c *Chip) currentHold(flows bool) time.Duration {
	if !c.hook && !flows {
		return 0
	}
	return currentDebounce
}

// watchRing takes half waves for ringing when they go on for long enough and change sides; a step of the battery has one.
func (c *Chip) watchRing(now time.Duration, l *look) {
	w := &c.line
	side := l[atDAA1] & (bitRDTP | bitRDTN)
	switch {
	case c.hook:
		w.waves = false
	case side != 0 && !w.waves:
		w.waves, w.waveSince, w.waveSide, w.waveTurns = true, now, side, 0
		w.waveLast = now
	case side != 0:
		if side != w.waveSide {
			w.waveSide = side
			w.waveTurns++
		}
		w.waveLast = now
	case w.waves && now-w.waveLast >= ringDebounce:
		w.waves = false
	}
	switch {
	case w.waves && !w.ring && now-w.waveSince >= ringDebounce && w.waveTurns >= 2:
		w.ring = true
		c.emit(now, RingOn, nil)
	case !w.waves && w.ring:
		w.ring = false
		c.emit(now, RingOff, nil)
	}
}

// watchPolarity follows the sign of the line voltage, which means nothing while the line rings.
func (c *Chip) watchPolarity(now time.Duration, has, negative bool) {
	w := &c.line
	if !has || w.waves {
		w.polarChange.on = false
		return
	}
	if !w.idleKnown {
		w.idleKnown, w.idleReverse = true, negative
	}
	reversed := negative != w.idleReverse
	if w.polarChange.held(reversed != w.reversed, now, polarDebounce) {
		w.reversed = reversed
		if reversed {
			c.emit(now, Reversed, nil)
		} else {
			c.emit(now, Normal, nil)
		}
	}
}

// diagnose finds out why a look failed: a reset, a chip that is gone, or a slip on the bus.
func (c *Chip) diagnose(now time.Duration) error {
	if err := c.resync(); err != nil {
		return err
	}
	v, err := c.read(regControl2)
	if err != nil {
		return err
	}
	if v == resetControl2 {
		return errReset
	}
	return c.mend(now)
}

// mend puts right what a disturbance of the bus may have written.
func (c *Chip) mend(now time.Duration) error {
	c.emit(now, Glitch, nil)
	return c.audit()
}

// resync brings the chip back into step with the bus: register 2 reads what the driver wrote, or what it is after a reset. When
// it does in none of the three places, it may itself have been written by a byte out of step, and is written anew.
func (c *Chip) resync() error {
	var v uint8
	for try := range 7 {
		c.dirty = c.dirty || try > 0
		if try > 2 {
			if err := c.write(regControl2, c.control[regControl2]); err != nil {
				return err
			}
		}
		var again uint8
		var err error
		if v, err = c.read(regControl2); err != nil {
			return err
		}
		if again, err = c.read(regControl2); err != nil {
			return err
		}
		if v == again && (v == c.control[regControl2] || v == resetControl2) {
			return nil
		}
		if err := c.nudge(); err != nil {
			return err
		}
	}
	return fmt.Errorf("register 2 reads %#02x: %w", v, ErrNoChip)
}

// A State is what the driver knows of the line.
type State struct {
	OffHook     bool // as asked for
	Ringing     bool
	Battery     bool
	Reversed    bool
	LoopCurrent bool
}

// State returns what the last Service found.
func (c *Chip) State() State {
	w := &c.line
	return State{OffHook: c.hook, Ringing: w.ring, Battery: w.battery, Reversed: w.reversed, LoopCurrent: w.current}
}
