package link

import (
	"context"
	"time"

	"tipring/hw/link/wire"
)

// Info returns what runs on the card, what its slots hold and what the next start takes.
func (c *Conn) Info() (wire.Info, error) {
	var i wire.Info
	if err := c.call(wire.TypeInfo, nil, &i); err != nil {
		return wire.Info{}, err
	}
	return i, check(wire.TypeInfo, i.Status, 0)
}

// askAgain is how long the host waits before it asks again about what the card has begun.
const askAgain = 20 * time.Millisecond

// until repeats a request until it is no longer pending and the card no longer busy.
func (c *Conn) until(ctx context.Context, t wire.Type, b body) error {
	for {
		s, err := c.verdict(t, b)
		if err != nil || s == wire.OK {
			return err
		}
		select {
		case <-time.After(askAgain):
		case <-ctx.Done():
			return ctx.Err()
		case <-c.done:
			return c.err
		}
	}
}

// Erase erases a slot that does not run. The card refuses it while PCM runs unless force is set.
func (c *Conn) Erase(ctx context.Context, slot uint8, force bool) error {
	e := wire.Erase{Slot: slot}
	if force {
		e.Flags = wire.EraseForce
	}
	return c.until(ctx, wire.TypeErase, e)
}

// Commit has the card check a slot's image and try it at the next start.
func (c *Conn) Commit(ctx context.Context, slot uint8) error {
	return c.until(ctx, wire.TypeCommit, wire.Commit{Slot: slot})
}

// Confirm ends the trial of the running slot.
func (c *Conn) Confirm(ctx context.Context) error { return c.until(ctx, wire.TypeConfirm, nil) }

// Rollback makes the next start take the slot before: a trial is given up, or the other slot tried.
func (c *Conn) Rollback(ctx context.Context) error { return c.until(ctx, wire.TypeRollback, nil) }

// Reset resets the card 50 ms later, which ends the session. The card stays in the bootloader with stay, and refuses while
// PCM runs unless force is set.
func (c *Conn) Reset(stay, force bool) error {
	var r wire.Reset
	if stay {
		r.Flags |= wire.ResetStay
	}
	if force {
		r.Flags |= wire.ResetForce
	}
	_, err := c.verdict(wire.TypeReset, r)
	return err
}

// Crash returns where the card's program was when it last failed; Kind is NoCrash when it has not.
func (c *Conn) Crash() (wire.Crash, error) {
	var x wire.Crash
	if err := c.call(wire.TypeCrashRead, nil, &x); err != nil {
		return wire.Crash{}, err
	}
	return x, check(wire.TypeCrashRead, x.Status, 0)
}

// ClearCrash makes the card forget it.
func (c *Conn) ClearCrash() error {
	_, err := c.verdict(wire.TypeCrashClear, nil)
	return err
}
