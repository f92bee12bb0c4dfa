package si3210

import (
	"errors"
	"fmt"
	"time"

	"tipring/tdm"
)

// restLF is the linefeed that the line should have outside of ringing: on-hook transmission, from which the chip goes to
// active by itself when the loop closes.
func (c *Chip) restLF() uint8 {
	switch {
	case c.feed == tdm.FeedOpen:
		return lfOpen
	case c.feed == tdm.FeedReverse && c.offHook:
		return lfReverse
	case c.feed == tdm.FeedReverse:
		return lfReverseOnHook
	case c.offHook:
		return lfForward
	}
	return lfForwardOnHook
}

// applyLF takes the line to rest.
func (c *Chip) applyLF() error { return c.writeLF(c.restLF()) }

// applyFeed is the last step of the bring-up.
func (c *Chip) applyFeed(*bringUp) (time.Duration, bool, error) {
	c.offHook = false
	return 0, false, c.applyLF()
}

// writeLF writes the linefeed and reads it back; the chip may have gone on by itself meanwhile.
func (c *Chip) writeLF(lf uint8) error {
	var got uint8
	for range 3 {
		if err := c.write(regLinefeed, lf); err != nil {
			return err
		}
		var err error
		if got, err = c.read(regLinefeed); err != nil {
			return err
		}
		if reaches(lf, got&maskLF) {
			return nil
		}
		if err := c.resync(); err != nil {
			return err
		}
	}
	return fmt.Errorf("linefeed %w: %#02x instead of %#02x", errReadBack, got, lf)
}

// reaches reports whether the chip may have the linefeed got soon after lf was written: loop closure and ring trip lead to
// active.
func reaches(lf, got uint8) bool {
	switch lf {
	case got:
		return true
	case lfForwardOnHook, lfRinging:
		return got == lfForward
	case lfReverseOnHook:
		return got == lfReverse
	}
	return false
}

// SetLinefeed sets battery and polarity. Opening the feed ends ringing.
func (c *Chip) SetLinefeed(f tdm.Linefeed) error {
	if f > tdm.FeedOpen {
		return fmt.Errorf("linefeed %d: want forward, reverse or open", f)
	}
	c.feed = f
	if !c.ready {
		return nil
	}
	if c.cadence.on {
		if f != tdm.FeedOpen {
			return nil // what the line comes to rest at
		}
		c.cadence.on = false
	}
	if c.alarm.open() {
		return nil
	}
	c.moved = true
	return c.applyLF()
}

// An alarm counts power alarms: a transistor too hot, most often because a wire touches ground. The chip opens the line by
// itself and the driver closes it after a while; ten in a row, and it waits until one is forgiven.
type alarm struct {
	count    int
	forgiven time.Duration // when the last one was
	closeAt  time.Duration // the line is open until then; 0: it is not
	off      bool          // told that it stays open
}

const (
	alarmWait    = time.Second
	alarmMax     = 10
	alarmForgive = 10 * time.Second
)

func (a *alarm) open() bool { return a.closeAt != 0 }

// powerAlarm notes that the chip has opened the line.
func (c *Chip) powerAlarm(now time.Duration) {
	a := &c.alarm
	if a.open() {
		return
	}
	a.count++
	a.closeAt = now + alarmWait
	c.emit(now, PowerAlarm, nil)
	c.cadence.on = false
	if a.count >= alarmMax && !a.off {
		a.off = true
		c.emit(now, PowerOff, errStorm)
	}
}

var errStorm = errors.New("ten power alarms: the line stays open until one is forgiven; look for a wire to ground")

// cool forgives alarms and closes the line again.
func (c *Chip) cool(now time.Duration) error {
	a := &c.alarm
	if a.count == 0 {
		a.forgiven = now
	} else if now-a.forgiven >= alarmForgive {
		a.count--
		a.forgiven = now
	}
	if !a.open() || now < a.closeAt || a.count >= alarmMax {
		return nil
	}
	a.closeAt, a.off = 0, false
	c.emit(now, PowerBack, nil)
	return c.applyLF()
}
