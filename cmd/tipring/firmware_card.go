package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"tipring/firmware/image"
	"tipring/hw/link"
	"tipring/hw/link/wire"
	"tipring/hw/serial"
)

// firmwareCard is how a firmware command finds a card. The card must not be in a gateway's hands: a serial device has one user.
type firmwareCard struct {
	connection
	Device string `required:"" placeholder:"PATH" help:"Serial device of the card; of a card with two, the one for control."`
	Baud   int    `default:"3000000" help:"Rate of the serial port; a USB card has none (${default})."`
}

// A session is a link to a card and what it says about itself.
type session struct {
	*link.Conn
	hello wire.HelloAnswer
	info  wire.Info
}

func (c firmwareCard) dial(ctx context.Context) (*link.Conn, error) {
	return dialCard(ctx, c.Device, c.Baud)
}

// inUse makes of a device that a gateway holds an error that says what to do.
func (c firmwareCard) inUse(e env, err error) error {
	if !errors.Is(err, serial.ErrInUse) {
		return err
	}
	if calls, asked := c.client(e.http).Calls(e.ctx); asked == nil {
		return fmt.Errorf("%w: the gateway at %s has it, with %s up: stop the gateway, which ends its calls first", err, c.HTTP, count(len(calls), "call"))
	}
	return fmt.Errorf("%w: is a gateway running with it?", err)
}

// with runs f in a session with the card.
func (c firmwareCard) with(e env, f func(context.Context, session) error) error {
	conn, err := c.dial(e.ctx)
	if err != nil {
		return c.inUse(e, err)
	}
	defer conn.Close()
	info, err := conn.Info()
	if err != nil {
		return err
	}
	return f(e.ctx, session{conn, conn.Hello(), info})
}

// held says what a slot has.
func held(s wire.SlotInfo) string {
	switch {
	case s.Fault == wire.Empty || s.Length == 0:
		return "nothing"
	case s.Fault == wire.Good:
		return fmt.Sprintf("version %s, security %d", clean(s.Version), s.Security)
	}
	return fmt.Sprintf("version %s, security %d, %v", clean(s.Version), s.Security, s.Fault)
}

func wayBack(i wire.Info) string {
	if i.Running > 1 {
		return "there is nothing to go back to but recovery"
	}
	return fmt.Sprintf("if it fails, version %s in slot %v runs again", clean(i.Slots[i.Running].Version), image.Slot(i.Running))
}

type firmwareStatus struct {
	firmwareCard
	JSON bool `name:"json" help:"Print JSON."`
}

func (c *firmwareStatus) Run(e env) error {
	return c.with(e, func(_ context.Context, s session) error {
		crash, err := s.Crash()
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(e.stdout, struct {
				Card     wire.HelloAnswer
				Firmware wire.Info
				Crash    wire.Crash
			}{s.hello, s.info, crash})
		}
		printCard(e.stdout, s, crash)
		return nil
	})
}

// stays are the reasons for which a card is in its bootloader (hw/link, FIRMWARE INFO).
var stays = [...]string{"", "no image that may run", "asked to", "the application has failed", "the boot record cannot be written"}

func printCard(w io.Writer, s session, crash wire.Crash) {
	h, i := s.hello, s.info
	fmt.Fprintf(w, "board %s, hardware %d, serial number %s\n", clean(h.Board), h.Hardware, clean(h.Serial))
	if i.Running > 1 {
		reason := "unknown"
		if int(i.Stay) < len(stays) {
			reason = stays[i.Stay]
		}
		fmt.Fprintf(w, "in recovery, bootloader %s: %s\n", clean(h.Version), reason)
	} else {
		state := "confirmed"
		if i.Trial == 1 && i.Running == i.Next {
			state = fmt.Sprintf("on trial, start %d", i.Tries)
		}
		fmt.Fprintf(w, "runs slot %v, version %s, %s\n", image.Slot(i.Running), clean(h.Version), state)
	}
	fmt.Fprintf(w, "started by %v\n", h.Cause)
	for n, slot := range i.Slots {
		fmt.Fprintf(w, "slot %v: %s\n", image.Slot(n), held(slot))
	}
	if i.Next != i.Running && i.Next <= 1 {
		fmt.Fprintf(w, "the next start takes slot %v\n", image.Slot(i.Next))
	}
	fmt.Fprintf(w, "security floor %d\n", i.Floor)
	if i.GivenUp != 0 {
		fmt.Fprintf(w, "last trial given up: %s\n", link.GivenUp(i.GivenUp))
	}
	if crash.Kind != wire.NoCrash {
		fmt.Fprintf(w, "last crash: %v at %#08x, %d ms after its start\n", crash.Kind, crash.PC, crash.Ms)
	}
}

type firmwareApply struct {
	firmwareCard
	firmwareFile
	Force bool `help:"Also while the card carries calls, which it cuts off."`
}

func (c *firmwareApply) Run(e env) error {
	if len(c.Key) == 0 {
		return usageError{errors.New("--key: name the public key that the image has to be signed with")}
	}
	images, err := c.read()
	if err != nil {
		return usageError{err}
	}
	err = c.with(e, func(_ context.Context, s session) error {
		lines, err := s.plan(images)
		for _, line := range lines {
			fmt.Fprintln(e.stdout, line)
		}
		return err
	})
	if err != nil {
		return err
	}
	u := link.Update{
		Dial: c.dial,
		Image: func(slot uint8) ([]byte, error) {
			m, err := find(images, slot)
			return m.Raw, err
		},
		Force: c.Force,
		Tell:  progress(e.stdout),
	}
	if err := u.Run(e.ctx); err != nil {
		return forceable(c.inUse(e, err))
	}
	return c.with(e, func(_ context.Context, s session) error {
		fmt.Fprintf(e.stdout, "slot %v runs version %s, confirmed\n", image.Slot(s.info.Running), clean(s.hello.Version))
		return nil
	})
}

// forceable adds to a card's refusal for its calls' sake what can be done about it.
func forceable(err error) error {
	var refused *link.StatusError
	if errors.As(err, &refused) && refused.Status == wire.LinesBusy {
		return fmt.Errorf("%w: the card carries calls; end them, or use --force", err)
	}
	return err
}

// progress prints each step once, and a tenth of its octets at a time.
func progress(w io.Writer) func(link.Progress) {
	last, tenth := link.Step(255), -1
	return func(p link.Progress) {
		if p.Step != last {
			last, tenth = p.Step, -1
			if p.Total == 0 {
				fmt.Fprintln(w, p.Step)
			}
		}
		if p.Total == 0 {
			return
		}
		if t := 10 * p.Done / p.Total; t != tenth {
			tenth = t
			fmt.Fprintf(w, "%v %d %%, %d of %d octets\n", p.Step, 10*t, p.Done, p.Total)
		}
	}
}

type firmwareRollback struct {
	firmwareCard
	Force bool `help:"Also while the card carries calls, which it cuts off."`
}

func (c *firmwareRollback) Run(e env) error {
	err := c.with(e, func(ctx context.Context, s session) error {
		if err := s.Rollback(ctx); err != nil {
			return err
		}
		u := link.Update{Dial: c.dial, Force: c.Force}
		return u.Restart(ctx, s.Conn)
	})
	if err != nil {
		return forceable(err)
	}
	return c.with(e, func(ctx context.Context, s session) error {
		if s.info.Running > 1 {
			return errors.New("the card has not started the other program: ask for its status")
		}
		if err := s.Confirm(ctx); err != nil {
			return err
		}
		fmt.Fprintf(e.stdout, "slot %v runs version %s, confirmed\n", image.Slot(s.info.Running), clean(s.hello.Version))
		return nil
	})
}
