package app

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/gpio/gpioreg"
	"periph.io/x/conn/v3/spi/spireg"
	"periph.io/x/host/v3"

	"tipring/gateway/config"
	"tipring/hw/linecard"
	"tipring/hw/link"
	"tipring/hw/serial"
	"tipring/tdm"
)

// newLinkCard makes a line card that is out of service until its Run has found it.
func newLinkCard(cfg *config.Config, c config.Card, ports Serial, state func(error), log *slog.Logger) (*linecard.Card, error) {
	lc := linecard.Config{Name: c.Name, Lead: c.Lead, State: state, Log: log, Streams: linkStreams(c, ports)}
	if c.Law == "pcma" {
		lc.Law = tdm.ALaw
	}
	for _, p := range cfg.Lines() {
		if p.Card != c.Name {
			continue
		}
		l := linecard.Line{Slot: p.Slot, Kind: tdm.FXS, Name: p.Name, Country: chipCountry(p.Country)}
		if p.Kind == config.FXO {
			l.Kind = tdm.FXO
		}
		lc.Lines = append(lc.Lines, l)
	}
	return linecard.New(lc)
}

// chipCountry is the ISO 3166 code of a tone zone.
func chipCountry(zone string) string {
	code, _, _ := strings.Cut(zone, "-") // us-old
	if code == "uk" {
		return "gb"
	}
	return code
}

// linkStreams opens the way to a card.
func linkStreams(c config.Card, ports Serial) func(context.Context) (control, media link.Stream, err error) {
	if c.SPI != "" {
		return func(context.Context) (link.Stream, link.Stream, error) {
			s, err := spiLink(c)
			return s, nil, err
		}
	}
	open := ports.Device
	if open == nil {
		open = serial.Open
	}
	return func(context.Context) (control, media link.Stream, err error) {
		if control, err = open(serial.Config{Path: c.Device, Baud: c.Baud}); err != nil || c.Media == "" {
			return control, nil, err
		}
		if media, err = open(serial.Config{Path: c.Media, Baud: c.Baud}); err != nil {
			control.Close()
			return nil, nil, err
		}
		return control, media, nil
	}
}

// spiLink opens an SPI port and the pin beside it.
func spiLink(c config.Card) (link.Stream, error) {
	if _, err := host.Init(); err != nil {
		return nil, fmt.Errorf("SPI: %w", err)
	}
	port, err := spireg.Open(c.SPI)
	if err != nil {
		return nil, fmt.Errorf("SPI port %s: %w", c.SPI, err)
	}
	var attention gpio.PinIn
	if c.Attention != "" {
		if attention = gpioreg.ByName(c.Attention); attention == nil {
			port.Close()
			return nil, fmt.Errorf("pin %s: there is none of this name", c.Attention)
		}
	}
	s, err := link.OverSPI(port, attention)
	if err != nil {
		port.Close()
		return nil, err
	}
	return s, nil
}
