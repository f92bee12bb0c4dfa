package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/spi"

	"tipring/hw/link"
	"tipring/hw/link/wire"
	"tipring/hw/serial"
	"tipring/hw/spidev"
)

// dialCard begins a session with the line card on a serial device, which drops what another one was in.
func dialCard(ctx context.Context, path string, baud int) (*link.Conn, error) {
	p, err := serial.Open(serial.Config{Path: path, Baud: baud})
	if err != nil {
		return nil, err
	}
	return link.Dial(ctx, link.Config{Control: p})
}

// onLink is a line card's chips as a host's: its chip selects are the ports, link-cs0 and on.
func onLink(conn *link.Conn) (*spidev.Host, error) {
	h := conn.Hello()
	switch {
	case h.Role == wire.Boot:
		return nil, errors.New("the card is in its bootloader, where its chips cannot be reached: see firmware status")
	case h.Features&wire.FeatureTransfer == 0:
		return nil, errors.New("the card's firmware does not offer its chips' registers")
	}
	ports := make([]string, h.Devices)
	for i := range ports {
		ports[i] = fmt.Sprint(conn.Port(i))
	}
	start := time.Now()
	return &spidev.Host{
		Ports: func() []string { return ports },
		Open: func(name string) (spi.PortCloser, error) {
			if i := slices.Index(ports, name); i >= 0 {
				return conn.Port(i), nil
			}
			return nil, fmt.Errorf("the card has no port %q: want link-cs0 to link-cs%d", name, len(ports)-1)
		},
		Pin: func(name string) (gpio.PinIn, error) {
			var line int
			if _, err := fmt.Sscanf(name, "link-int%d", &line); err != nil {
				return nil, fmt.Errorf("the card has no pin %q: want link-int0 and on", name)
			}
			return conn.Interrupt(line)
		},
		Sleep: time.Sleep,
		Now:   func() time.Duration { return time.Since(start) },
	}, nil
}
