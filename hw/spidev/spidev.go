// Package spidev finds and runs line chips that sit on the host's own SPI ports, each on a chip select of its own, with an
// interrupt line on a GPIO pin or without one.
//
// It is for control only: bring-up, registers, hook, ringing, line tests. Speech does not go over SPI, which has neither the
// chips' clock nor its regularity; it is on their TDM highway, which the board has to serve. A card whose speech reaches us
// too is hw/link's.
//
// A Host is what there is: System's, by periph, or a board of models. Watch runs the lines in the caller's goroutine.
package spidev

import (
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/gpio/gpioreg"
	"periph.io/x/conn/v3/spi"
	"periph.io/x/conn/v3/spi/spireg"
	"periph.io/x/host/v3"

	"tipring/hw/register"
	"tipring/hw/si3050"
	"tipring/hw/si3210"
	"tipring/tdm"
)

// A Host is where the ports are.
type Host struct {
	Ports func() []string                           // names of the SPI ports, in order
	Open  func(name string) (spi.PortCloser, error) // one of them
	Pin   func(name string) (gpio.PinIn, error)     // an interrupt line
	Sleep func(time.Duration)
	Now   func() time.Duration
}

// System is this machine, by periph.
func System() (*Host, error) {
	if _, err := host.Init(); err != nil {
		return nil, fmt.Errorf("spidev: %w", err)
	}
	start := time.Now()
	return &Host{
		Ports: func() (names []string) {
			for _, r := range spireg.All() {
				names = append(names, r.Name)
			}
			return names
		},
		Open: func(name string) (spi.PortCloser, error) {
			if len(spireg.All()) == 0 {
				return nil, fmt.Errorf("port %q: this machine has no SPI port: is spidev enabled?", name)
			}
			p, err := spireg.Open(name)
			if err != nil {
				return nil, fmt.Errorf("port %q: may this user open it? %w", name, err)
			}
			return p, nil
		},
		Pin: func(name string) (gpio.PinIn, error) {
			if p := gpioreg.ByName(name); p != nil {
				return p, nil
			}
			return nil, fmt.Errorf("spidev: there is no pin %q: want a name as GPIO25", name)
		},
		Sleep: time.Sleep,
		Now:   func() time.Duration { return time.Since(start) },
	}, nil
}

// A Chip is what the two kinds of chip have in common.
type Chip interface {
	// Identify finds out whether the chip is there, without disturbing it.
	Identify() error
	Part() (name string, revision int)
	Start() error
	Ready() bool
	Registers() register.Table
	ReadRegister(addr uint8) (uint8, error)
}

// A Line is one chip on its port. Of FXS and FXO one is nil.
type Line struct {
	Port string
	Kind tdm.Kind
	Chip
	FXS *si3210.Chip
	FXO *si3050.Chip

	port    spi.PortCloser
	service func(now time.Duration) []fmt.Stringer
}

// Config says how the lines are.
type Config struct {
	Country string // empty: the chips' own default
	Slot    int    // of the TDM highway
	Law     tdm.Law
}

// ErrNothing says that no chip that we know answers on a port.
var ErrNothing = errors.New("neither an Si3210 nor an Si3050 answers")

// Find opens a port and finds out which chip answers. An Si3210 is asked for first: an Si3050 takes no notice of its frames,
// the other way round they would be writes.
func (h *Host) Find(name string, cfg Config) (*Line, error) {
	port, err := h.Open(name)
	if err != nil {
		return nil, fmt.Errorf("spidev: %w", err)
	}
	l, err := h.find(port, name, cfg)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("spidev: %s: %w", name, err), port.Close())
	}
	return l, nil
}

func (h *Host) find(port spi.PortCloser, name string, cfg Config) (*Line, error) {
	// One connection does for both: mode and width are the same, and so is this speed.
	conn, err := si3050.Connect(port)
	if err != nil {
		return nil, err
	}
	l := &Line{Port: name, port: port}
	fxs, err := si3210.New(conn, si3210.Config{Sleep: h.Sleep, Country: cfg.Country, Slot: cfg.Slot, Law: cfg.Law})
	if err != nil {
		return nil, err
	}
	err = fxs.Identify()
	if err == nil {
		l.Kind, l.Chip, l.FXS = tdm.FXS, fxs, fxs
		l.service = func(now time.Duration) []fmt.Stringer { return strings(fxs.Service(now)) }
		return l, nil
	}
	if !errors.Is(err, si3210.ErrNoChip) {
		return nil, err
	}
	fxo, err := si3050.New(conn, si3050.Config{Sleep: h.Sleep, Country: cfg.Country, Slot: cfg.Slot, Law: cfg.Law})
	if err != nil {
		return nil, err
	}
	switch err := fxo.Identify(); {
	case errors.Is(err, si3050.ErrNoChip):
		return nil, ErrNothing
	case err != nil:
		return nil, err
	}
	l.Kind, l.Chip, l.FXO = tdm.FXO, fxo, fxo
	l.service = func(now time.Duration) []fmt.Stringer { return strings(fxo.Service(now)) }
	return l, nil
}

func strings[E fmt.Stringer](events []E) (out []fmt.Stringer) {
	for _, e := range events {
		out = append(out, e)
	}
	return out
}

// Close releases the port. The chip goes on as it is.
func (l *Line) Close() error { return l.port.Close() }
