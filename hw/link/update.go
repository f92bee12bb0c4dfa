package link

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"tipring/hw/link/wire"
)

// A Step is a part of an update.
type Step uint8

// Steps, in order. An update that is resumed compares first and erases only what it must.
const (
	StepCompare Step = iota
	StepErase
	StepWrite
	StepCheck
	StepRestart
	StepConfirm
)

// String returns the step in a word.
func (s Step) String() string {
	return [...]string{"compare", "erase", "write", "check", "restart", "confirm"}[s]
}

// Progress is how far an update is: Done of Total octets in the steps compare and write, 0 of 0 in the others.
type Progress struct {
	Step        Step
	Done, Total int
}

// sumBlock is the piece of a slot that is compared at a time.
const sumBlock = 4096

// Write brings image into a slot that does not run, and only what the slot does not hold already: an update that was cut
// off anywhere goes on where it was. It erases when something else is in the way. tell may be nil.
func (c *Conn) Write(ctx context.Context, slot uint8, image []byte, force bool, tell func(Progress)) error {
	if tell == nil {
		tell = func(Progress) {}
	}
	info, err := c.Info()
	if err != nil {
		return err
	}
	unit := int(info.Unit)
	if len(image) == 0 || len(image) > int(info.SlotSize) {
		return fmt.Errorf("firmware image of %d octets: a slot has %d", len(image), info.SlotSize)
	}
	data := append(bytes.Clone(image), bytes.Repeat([]byte{0xff}, (unit-len(image)%unit)%unit)...)
	w := slotWriter{c, slot, data, unit, tell}
	erased, broken := false, false
	for {
		todo, foreign, err := w.compare(ctx)
		if err != nil {
			return err
		}
		if foreign || broken {
			if erased {
				return errors.New("the flash memory does not hold what was written: it is worn out or broken")
			}
			tell(Progress{Step: StepErase})
			if err := c.Erase(ctx, slot, force); err != nil {
				return err
			}
			erased, broken = true, false
			continue
		}
		if len(todo) == 0 {
			return nil
		}
		err = w.write(ctx, todo)
		var refused *StatusError
		if errors.As(err, &refused) && refused.Status == wire.FlashError && !erased {
			broken = true // a unit that was cut off reads as blank and is not
			continue
		}
		if err != nil {
			return err
		}
	}
}

// A slotWriter writes one image.
type slotWriter struct {
	c    *Conn
	slot uint8
	data []byte
	unit int
	tell func(Progress)
}

// compare finds the blocks that are still to be written. foreign says that the slot holds anything but a beginning of the image
// with nothing behind it.
func (w *slotWriter) compare(ctx context.Context) (todo []int, foreign bool, err error) {
	blank := bytes.Repeat([]byte{0xff}, sumBlock)
	for at := 0; at < len(w.data); at += sumBlock {
		w.tell(Progress{StepCompare, at, len(w.data)})
		block := w.data[at:min(at+sumBlock, len(w.data))]
		sum, err := w.sum(ctx, at, len(block))
		if err != nil {
			return nil, false, err
		}
		switch sum {
		case crc32.ChecksumIEEE(block):
		case crc32.ChecksumIEEE(blank[:len(block)]):
			todo = append(todo, at)
		default:
			unfinished, err := w.unfinished(ctx, at, block)
			if err != nil {
				return nil, false, err
			}
			if !unfinished {
				return nil, true, nil
			}
			todo = append(todo, at)
		}
	}
	w.tell(Progress{StepCompare, len(w.data), len(w.data)})
	return todo, false, nil
}

// unfinished reports whether each unit of a block is blank or written. It asks for halves, so that a block which was cut off at
// one place costs two questions for each halving and not one for each unit.
func (w *slotWriter) unfinished(ctx context.Context, at int, block []byte) (bool, error) {
	if len(block) <= w.unit {
		return false, nil
	}
	half := len(block) / 2 / w.unit * w.unit
	for _, part := range []struct {
		at   int
		data []byte
	}{{at, block[:half]}, {at + half, block[half:]}} {
		sum, err := w.sum(ctx, part.at, len(part.data))
		if err != nil {
			return false, err
		}
		if sum == crc32.ChecksumIEEE(part.data) || sum == crc32.ChecksumIEEE(bytes.Repeat([]byte{0xff}, len(part.data))) {
			continue
		}
		if ok, err := w.unfinished(ctx, part.at, part.data); !ok {
			return false, err
		}
	}
	return true, nil
}

func (w *slotWriter) sum(ctx context.Context, at, n int) (uint32, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	var a wire.SumAnswer
	for {
		if err := w.c.call(wire.TypeSum, wire.Sum{Slot: w.slot, Offset: uint32(at), Length: uint32(n)}, &a); err != nil {
			return 0, err
		}
		if a.Status != wire.Busy && a.Status != wire.Pending {
			return a.CRC, check(wire.TypeSum, a.Status, 0)
		}
		select {
		case <-time.After(askAgain):
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// write writes blocks.
func (w *slotWriter) write(ctx context.Context, todo []int) error {
	left := 0
	for _, at := range todo {
		left += min(sumBlock, len(w.data)-at)
	}
	step := (wire.MaxControl - wire.Header - 8 - 4) / w.unit * w.unit
	for _, at := range todo {
		block := w.data[at:min(at+sumBlock, len(w.data))]
		for i := 0; i < len(block); i += step {
			w.tell(Progress{StepWrite, len(w.data) - left, len(w.data)})
			part := block[i:min(i+step, len(block))]
			if err := w.c.until(ctx, wire.TypeWrite, wire.FlashWrite{Slot: w.slot, Offset: uint32(at + i), Data: part}); err != nil {
				return err
			}
			left -= len(part)
		}
	}
	w.tell(Progress{StepWrite, len(w.data), len(w.data)})
	return nil
}

// Update is a whole update of a card's firmware.
type Update struct {
	// Dial begins a session with the card; it is called again after each restart.
	Dial func(context.Context) (*Conn, error)
	// Image returns the image that is linked for a slot.
	Image func(slot uint8) ([]byte, error)
	// Test is asked, with the new program running, whether it works; nil: a program that answers does.
	Test func(*Conn) error
	// Force overrides the card's refusal while PCM runs.
	Force bool
	Tell  func(Progress)
}

// restartTime is how long a card may take from a reset to its answer.
const restartTime = 10 * time.Second

// Run brings the image to the slot that does not run, starts it, tests it and confirms it. When the new program does not
// answer or fails the test, the card is sent back to the old one, and an error says so. It may be called again after it
// was cut off at any place.
func (u Update) Run(ctx context.Context) error {
	if u.Tell == nil {
		u.Tell = func(Progress) {}
	}
	c, err := u.Dial(ctx)
	if err != nil {
		return err
	}
	defer func() { c.Close() }()
	before, err := c.Info()
	if err != nil {
		return err
	}
	if before.Trial == 1 && before.Running == before.Next {
		// An update was cut off between its restart and its confirmation.
		same, err := u.holds(ctx, c, before.Running)
		switch {
		case err != nil:
			return err
		case same:
			return u.confirm(ctx, &c)
		case before.Back != wire.NoSlot: // the other slot is what the trial goes back to
			return fmt.Errorf("the card is trying another program in slot %s: confirm that or roll it back first", slotName(before.Running))
		}
	}
	slot := uint8(0)
	if before.Running == 0 {
		slot = 1
	}
	image, err := u.Image(slot)
	if err != nil {
		return err
	}
	if err := c.Write(ctx, slot, image, u.Force, u.Tell); err != nil {
		return fmt.Errorf("write to slot %s: %w", slotName(slot), err)
	}
	u.Tell(Progress{Step: StepCheck})
	if err := c.Commit(ctx, slot); err != nil {
		return fmt.Errorf("check of slot %s: %w", slotName(slot), err)
	}
	u.Tell(Progress{Step: StepRestart})
	if c, err = u.restart(ctx, c); err != nil {
		return err
	}
	after, err := c.Info()
	if err != nil {
		return err
	}
	if after.Running != slot {
		return fmt.Errorf("the card does not run slot %s but %s, since %s", slotName(slot), slotName(after.Running), GivenUp(after.GivenUp))
	}
	return u.confirm(ctx, &c)
}

// holds reports whether a slot has the program of this update.
func (u Update) holds(ctx context.Context, c *Conn, slot uint8) (bool, error) {
	image, err := u.Image(slot)
	if err != nil {
		return false, err
	}
	w := slotWriter{c, slot, image, len(image), u.Tell}
	todo, foreign, err := w.compare(ctx)
	return err == nil && !foreign && len(todo) == 0, err
}

// confirm tests the program on trial and ends the trial.
func (u Update) confirm(ctx context.Context, c **Conn) error {
	u.Tell(Progress{Step: StepConfirm})
	if u.Test != nil {
		if failed := u.Test(*c); failed != nil {
			return u.back(ctx, c, failed)
		}
	}
	return (*c).Confirm(ctx)
}

// back gives a trial up and starts the program before.
func (u Update) back(ctx context.Context, c **Conn, failed error) error {
	if err := (*c).Rollback(ctx); err != nil {
		return fmt.Errorf("%w; and the card has nothing to go back to: %w", failed, err)
	}
	next, err := u.restart(ctx, *c)
	if err != nil {
		return fmt.Errorf("%w; and then: %w", failed, err)
	}
	*c = next
	return fmt.Errorf("%w; the card runs its old program again", failed)
}

// Restart resets the card, which ends the session, and waits until it answers again.
func (u Update) Restart(ctx context.Context, c *Conn) error {
	next, err := u.restart(ctx, c)
	if err != nil {
		return err
	}
	return next.Close()
}

// restart resets the card and begins the next session.
func (u Update) restart(ctx context.Context, c *Conn) (*Conn, error) {
	if err := c.Reset(false, u.Force); err != nil {
		return c, err
	}
	// The answer is on its way 50 ms before the reset: the old program must not answer the next HELLO.
	select {
	case <-time.After(2 * resetDelay):
	case <-ctx.Done():
		return c, ctx.Err()
	}
	c.Close()
	ctx, cancel := context.WithTimeout(ctx, restartTime)
	defer cancel()
	for {
		next, err := u.Dial(ctx)
		if err == nil {
			return next, nil
		}
		select {
		case <-time.After(greetAgain):
		case <-ctx.Done():
			return c, fmt.Errorf("the card does not come back after its restart: %w", err)
		}
	}
}

const resetDelay = 50 * time.Millisecond

func slotName(slot uint8) string {
	switch slot {
	case 0:
		return "A"
	case 1:
		return "B"
	case wire.BootSlot:
		return "of the bootloader"
	}
	return "none"
}

// GivenUp says in words why the last trial was given up.
func GivenUp(why uint8) string {
	if words := [...]string{"nothing was given up", "it was not confirmed in time", "its image was found invalid", "the host took it back"}; int(why) < len(words) {
		return words[why]
	}
	return fmt.Sprintf("reason %d", why)
}
