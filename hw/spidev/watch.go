package spidev

import (
	"context"
	"fmt"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// How often the lines are looked at: with an interrupt line only against an edge that was lost, but for chips that want more
// (an Si3050 shows ringing by half waves, a chip that is down has to be brought up), and without one always.
const (
	lostEdge = 100 * time.Millisecond
	polling  = 10 * time.Millisecond
)

// storm is how many looks in a row one edge may cause before the time goes on.
const storm = 16

// Watch serves the lines until ctx ends, and reports what happens. pin is the interrupt line that the chips share, wired-or
// and low while one wants service, or nil. A chip that was not started is brought up. A chip that fails does not stop the
// others.
func (h *Host) Watch(ctx context.Context, lines []*Line, pin gpio.PinIn, report func(l *Line, now time.Duration, event fmt.Stringer)) error {
	if pin != nil {
		if err := pin.In(gpio.PullUp, gpio.FallingEdge); err != nil {
			return fmt.Errorf("spidev: interrupt line %s: %w", pin, err)
		}
		defer pin.Halt()
	}
	for ctx.Err() == nil {
		h.wait(ctx, lines, pin)
		for range storm {
			now, quiet := h.Now(), true
			for _, l := range lines {
				for _, e := range l.service(now) {
					report(l, now, e)
					quiet = false
				}
			}
			// The line is a level: a chip that raised its interrupt while another was served makes no edge.
			if quiet && (pin == nil || pin.Read() == gpio.High) {
				break
			}
		}
	}
	return nil
}

// wait returns at an edge, or when it is time to look.
func (h *Host) wait(ctx context.Context, lines []*Line, pin gpio.PinIn) {
	every := polling
	if pin != nil {
		every = lostEdge
		for _, l := range lines {
			if l.FXO != nil || !l.Ready() {
				every = polling
			}
		}
		pin.WaitForEdge(every)
		return
	}
	t := time.NewTimer(every)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
