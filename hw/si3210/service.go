package si3210

import (
	"errors"
	"fmt"
	"time"
)

// looked are the registers that Service reads, in one transfer: between two that the driver knows, so that a transfer out of
// step is seen, whatever it hit.
var looked = []uint8{regImpedance, regIntStatus1, regIntStatus2, regIntStatus3, regHookStatus, regLinefeed, regLoopback, regHybrid}

// A look is what looked came to.
type look [8]uint8

const (
	atImpedance = iota
	atInt1
	atInt2
	atInt3
	atHook
	atLinefeed
	atLoopback
	atHybrid
)

// retry is how long the driver waits between two attempts to find or bring up a chip.
const retry = time.Second

// tripHold is how long after a ring trip the loop detector may still see nothing.
const tripHold = 100 * time.Millisecond

// moveHold is how long after a change of the line voltage current is taken for that which charges the ringers: 5 REN and a
// reversal of 48 V take 170 ms at a limit of 23 mA.
const moveHold = 250 * time.Millisecond

// Service reads the chip's state at now, a time of the owner's choice that never goes back, and returns what has happened
// since the last call; the slice is valid until the next one. It blocks for a transfer or some, and when the chip is down
// carries the bring-up on. Call it after each interrupt, again while it returns something, and at least every 100 ms.
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
	c.ready, c.told = true, false
	c.ringing, c.offHook, c.closing, c.moved = false, false, false, true
	c.dirty, c.sweep = false, len(Indirects)
	c.cadence.on = false
	c.alarm = alarm{}
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

// lose takes a chip that cannot be reached out of service.
func (c *Chip) lose(now time.Duration, err error) {
	if c.offHook {
		c.offHook = false
		c.emit(now, OnHook, nil)
	}
	if c.ringing {
		c.ringing = false
		c.emit(now, RingOff, nil)
	}
	if errors.Is(err, errReset) {
		c.emit(now, WasReset, nil)
	} else {
		c.emit(now, Lost, err)
	}
	c.told = true
	c.restart()
	c.bring.due = now
}

// errReset says that a chip has forgotten what it was told.
var errReset = errors.New("registers 8, 64 and 11 have their reset values")

func (c *Chip) service(now time.Duration) error {
	var l look
	if err := c.burst(looked, l[:]); err != nil {
		return err
	}
	if !c.knows(&l) {
		return c.diagnose(now)
	}
	if c.dirty {
		if err := c.mend(now); err != nil {
			return err
		}
	} else if c.sweep < len(Indirects) {
		var err error
		if c.sweep, err = c.checkIndirects(c.sweep); err != nil {
			return err
		}
	}
	if err := c.acknowledge(&l); err != nil {
		return err
	}
	c.supervise(now, &l)
	if err := c.follow(now, l[atInt1]); err != nil {
		return err
	}
	if l[atInt1]&bitPMA != 0 {
		c.emit(now, MeterEnd, nil)
	}
	if err := c.closeLoop(now, &l); err != nil {
		return err
	}
	return c.cool(now)
}

// knows reports whether a look is one: the registers at its ends hold what the driver wrote.
func (c *Chip) knows(l *look) bool {
	return l[atImpedance] == c.control[regImpedance] && l[atLoopback] == c.control[regLoopback] && l[atHybrid] == c.control[regHybrid]
}

// acknowledge clears the interrupts that were seen: writing 1 clears.
func (c *Chip) acknowledge(l *look) error {
	for i := range 3 {
		if v := l[atInt1+i]; v != 0 {
			if err := c.write(uint8(regIntStatus1+i), v); err != nil {
				return err
			}
		}
	}
	return nil
}

// supervise turns the detectors into events.
func (c *Chip) supervise(now time.Duration, l *look) {
	lfs := l[atLinefeed] & maskLFS >> 4
	if on := lfs == lfRinging; on != c.ringing {
		c.ringing = on
		if on {
			c.emit(now, RingOn, nil)
		} else {
			c.emit(now, RingOff, nil)
		}
	}
	if l[atInt2]&maskQA != 0 || lfs == lfOpen && !c.alarm.open() && c.restLF() != lfOpen {
		c.powerAlarm(now)
	}
	if l[atInt2]&bitRTI != 0 && !c.offHook {
		c.emit(now, RingTrip, nil)
		c.tripped, c.closing = now, true
		c.cadence.on = false
		c.offHook = true
		c.emit(now, OffHook, nil)
		return
	}
	closed := l[atHook]&bitLCR != 0
	if c.closing {
		if closed || now-c.tripped > tripHold {
			c.closing = false
		} else {
			return
		}
	}
	if c.moved {
		c.moved, c.movedAt = false, now
	}
	if closed && !c.offHook && now-c.movedAt < moveHold {
		return
	}
	if closed != c.offHook {
		c.offHook = closed
		if closed {
			c.cadence.on = false
			c.emit(now, OffHook, nil)
		} else {
			c.hungUp = now
			c.emit(now, OnHook, nil)
		}
	}
}

// closeLoop brings the linefeed to what hook and polarity ask for, where the chip does not do it by itself.
func (c *Chip) closeLoop(now time.Duration, l *look) error {
	if c.cadence.on || c.alarm.open() {
		return nil
	}
	lf := l[atLinefeed] & maskLF
	if lf == c.restLF() {
		return nil
	}
	if reaches(c.restLF(), lf) && (l[atHook]&(bitLCR|bitRTP) != 0 || now-c.hungUp < restAfter) {
		return nil // active, and the loop closed a moment ago or is about to be seen closed
	}
	return c.applyLF()
}

// restAfter is how long the line stays active on hook, so that dial pulses and flashes do not make it change its state.
const restAfter = time.Second

// diagnose finds out why a look failed: a reset, a chip that is gone, or a slip on the bus.
func (c *Chip) diagnose(now time.Duration) error {
	if err := c.resync(); err != nil {
		return err
	}
	var l look
	if err := c.burst(looked, l[:]); err != nil {
		return err
	}
	if l[atLoopback] == c.resetValue(regLoopback) && l[atLinefeed] == 0 && l[atHybrid] == c.resetValue(regHybrid) {
		return errReset
	}
	return c.mend(now)
}

// mend puts right what a disturbance of the bus may have written.
func (c *Chip) mend(now time.Duration) error {
	c.emit(now, Glitch, nil)
	return c.audit()
}

func (c *Chip) resetValue(addr uint8) uint8 { return Registers.Lookup(addr).Reset }

// resync brings the chip back into step with the bus, and out of daisy-chain mode, into which a byte out of step may have put
// it: register 0 reads what it read at the probe.
func (c *Chip) resync() error {
	var v uint8
	for try := range 16 {
		c.dirty = c.dirty || try > 0
		var again uint8
		var err error
		if v, err = c.read(regSPIMode); err != nil {
			return err
		}
		if again, err = c.read(regSPIMode); err != nil {
			return err
		}
		switch {
		case v == c.rev && again == c.rev:
			return nil
		case v == again && v == c.rev|bitSPIM:
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
	return fmt.Errorf("register 0 reads %#02x instead of %#02x: %w", v, c.rev, ErrNoChip)
}

// setInterrupts enables what Service looks at and clears what is old.
func (c *Chip) setInterrupts(*bringUp) (time.Duration, bool, error) {
	enable := uint8(bitRGA | bitRGI)
	if !c.small {
		enable |= bitPMA
	}
	if err := c.setAll([][2]uint8{{regIntEnable1, enable}, {regIntEnable2, maskQA | bitLCI | bitRTI}, {regIntEnable3, 0}}); err != nil {
		return 0, false, err
	}
	for addr := uint8(regIntStatus1); addr <= regIntStatus3; addr++ {
		if err := c.write(addr, 0xff); err != nil {
			return 0, false, err
		}
	}
	return 0, false, nil
}
