package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"periph.io/x/conn/v3/gpio"

	"tipring/hw/country"
	"tipring/hw/linetest"
	"tipring/hw/serial"
	"tipring/hw/spidev"
	"tipring/tdm"
)

// cardCmd looks at line chips on this machine's SPI ports, or on a line card's, without a gateway.
type cardCmd struct {
	List  cardList  `cmd:"" help:"Show the line chips on the SPI ports."`
	Info  cardInfo  `cmd:"" help:"Show one chip and what it measures on its line now."`
	Regs  cardRegs  `cmd:"" help:"Print a chip's registers with their fields."`
	Test  cardTest  `cmd:"" help:"Test a line; the chip is started anew, so the line must not be in service."`
	Watch cardWatch `cmd:"" help:"Start the chips and print what happens on their lines, until interrupted."`
}

// onBus is where the chips are.
type onBus struct {
	Emu    bool   `xor:"bus" help:"Use an emulated board of eight chips, emu1 to emu8, with lines of which some have a fault."`
	Device string `xor:"bus" placeholder:"PATH" help:"Use the chips of the line card on this serial device, link-cs0 and on. No gateway may have the card."`
	Baud   int    `default:"3000000" help:"Rate of the card's serial port; a USB card has none (${default})."`
}

// chipPort is one chip.
type chipPort struct {
	onBus
	Port string `arg:"" help:"The SPI port, as card list prints it: /dev/spidev0.0, link-cs0 with --device, emu1 with --emu."`
}

// on runs f where the chips are.
func (b onBus) on(e env, f func(*spidev.Host) error) error {
	var h *spidev.Host
	var err error
	switch {
	case b.Emu:
		h, err = emulatedBoard()
	case b.Device != "":
		conn, fault := dialCard(e.ctx, b.Device, b.Baud)
		if errors.Is(fault, serial.ErrInUse) {
			return fmt.Errorf("%w: is a gateway running with it?", fault)
		}
		if fault != nil {
			return fault
		}
		defer conn.Close()
		h, err = onLink(conn)
	default:
		h, err = spidev.System()
	}
	if err != nil {
		return err
	}
	return f(h)
}

// on runs f with the chip on the port.
func (c chipPort) on(e env, cfg spidev.Config, f func(*spidev.Host, *spidev.Line) error) error {
	return c.onBus.on(e, func(h *spidev.Host) error {
		l, err := h.Find(c.Port, cfg)
		if err != nil {
			return err
		}
		return errors.Join(f(h, l), l.Close())
	})
}

type cardList struct {
	onBus
	JSON bool `name:"json" help:"Print one JSON array."`
}

type chipLine struct {
	Port     string `json:"port"`
	Chip     string `json:"chip,omitempty"`
	Revision int    `json:"revision,omitempty"`
	Kind     string `json:"kind,omitempty"`
	Error    string `json:"error,omitempty"`
}

// Run prints what answers on each port.
func (c cardList) Run(e env) error {
	lines := []chipLine{}
	err := c.on(e, func(h *spidev.Host) error {
		for _, port := range h.Ports() {
			l, err := h.Find(port, spidev.Config{})
			switch {
			case errors.Is(err, spidev.ErrNothing):
				lines = append(lines, chipLine{Port: port, Error: "no line chip answers"})
				continue
			case err != nil:
				lines = append(lines, chipLine{Port: port, Error: err.Error()})
				continue
			}
			name, revision := l.Part()
			lines = append(lines, chipLine{Port: port, Chip: name, Revision: revision, Kind: l.Kind.String()})
			if err := l.Close(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(e.stdout, lines)
	}
	if len(lines) == 0 {
		_, err := fmt.Fprintln(e.stdout, "This machine has no SPI port. Is spidev enabled? The emulated board is there with --emu.")
		return err
	}
	w := table(e.stdout)
	fmt.Fprintln(w, "PORT\tCHIP\tREVISION\tKIND")
	for _, l := range lines {
		if l.Error != "" {
			fmt.Fprintf(w, "%s\t%s\n", l.Port, clean(l.Error))
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\n", l.Port, l.Chip, l.Revision, l.Kind)
	}
	return w.Flush()
}

type cardInfo struct {
	chipPort
	JSON bool `name:"json" help:"Print one JSON object."`
}

type chipInfo struct {
	chipLine
	Line map[string]float64 `json:"line"`
	rows []measured
}

// A measured is one row for people and one key for programs.
type measured struct {
	key, name string
	v         float64
	unit      string
}

// Run prints the chip's identity and measurements.
func (c cardInfo) Run(e env) error {
	var info chipInfo
	err := c.on(e, spidev.Config{}, func(_ *spidev.Host, l *spidev.Line) (err error) {
		info, err = describe(l)
		return err
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(e.stdout, info)
	}
	w := table(e.stdout)
	fmt.Fprintf(w, "Port\t%s\nChip\t%s revision %d\nKind\t%s\n", info.Port, info.Chip, info.Revision, info.Kind)
	for _, r := range info.rows {
		fmt.Fprintf(w, "%s\t%.1f %s\n", r.name, r.v, r.unit)
	}
	return w.Flush()
}

func describe(l *spidev.Line) (chipInfo, error) {
	info := chipInfo{Line: map[string]float64{}}
	name, revision := l.Part()
	info.chipLine = chipLine{Port: l.Port, Chip: name, Revision: revision, Kind: l.Kind.String()}
	if l.FXS != nil {
		m, err := l.FXS.Measure()
		if err != nil {
			return info, err
		}
		info.rows = []measured{
			{"tip_volts", "Tip", m.TipVolts, "V"}, {"ring_volts", "Ring", m.RingVolts, "V"},
			{"loop_milliamperes", "Loop current", m.LoopAmperes * 1000, "mA"}, {"battery_volts", "Battery", m.BatteryVolts, "V"},
		}
	} else {
		m, err := l.FXO.Measure()
		if err != nil {
			return info, err
		}
		info.rows = []measured{{"line_volts", "Line voltage", m.Volts, "V"}, {"loop_milliamperes", "Loop current", m.Amperes * 1000, "mA"}}
	}
	for _, r := range info.rows {
		info.Line[r.key] = r.v
	}
	return info, nil
}

type cardTest struct {
	chipPort
	Country string `placeholder:"NAME" help:"The line's country: an ISO 3166 code, fcc or tbr21."`
	Seize   bool   `help:"FXO: take the line off hook and measure its current too; the exchange sees a call."`
}

// Run tests a line.
func (c cardTest) Run(e env) error {
	if c.Country != "" {
		if _, err := country.Lookup(c.Country); err != nil {
			return usageError{err}
		}
	}
	var findings []linetest.Finding
	err := c.on(e, spidev.Config{Country: c.Country}, func(h *spidev.Host, l *spidev.Line) (err error) {
		findings, err = testLine(h, l, c.Seize)
		return err
	})
	for _, f := range findings {
		verdict := "ok"
		switch {
		case len(f.Faults) > 0:
			verdict = "FAULT"
		case f.Skipped != "":
			verdict = "-"
		}
		fmt.Fprintf(e.stdout, "%-6s%s\n      cannot see: %s\n", verdict, f, f.Blind)
	}
	if n := len(linetest.Faults(findings)); err == nil && n > 0 {
		err = fmt.Errorf("%s: %s", c.Port, count(n, "fault"))
	}
	return err
}

func testLine(h *spidev.Host, l *spidev.Line, seize bool) ([]linetest.Finding, error) {
	if seize && l.Kind != tdm.FXO {
		return nil, usageError{fmt.Errorf("%s: --seize is for an FXO chip, this is an FXS one", l.Port)}
	}
	if err := l.Start(); err != nil {
		return nil, err
	}
	h.Sleep(time.Second) // the line charges
	if l.FXS != nil {
		return l.FXS.LineTest()
	}
	return l.FXO.LineTest(seize)
}

type cardWatch struct {
	onBus
	Ports   []string      `arg:"" optional:"" help:"The SPI ports; all where a chip answers when there is none."`
	Int     string        `name:"int" placeholder:"PIN" help:"The GPIO pin of the chips' interrupt line, as GPIO25, or link-int0 with --device; without it the chips are polled."`
	Country string        `placeholder:"NAME" help:"The lines' country: an ISO 3166 code, fcc or tbr21."`
	For     time.Duration `placeholder:"TIME" help:"End after this time."`
}

// Run starts the chips and prints their events.
func (c cardWatch) Run(e env) error {
	if c.Country != "" {
		if _, err := country.Lookup(c.Country); err != nil {
			return usageError{err}
		}
	}
	return c.on(e, func(h *spidev.Host) error { return c.watch(e, h) })
}

func (c cardWatch) watch(e env, h *spidev.Host) error {
	lines, err := c.open(h)
	if err != nil {
		return err
	}
	var pin gpio.PinIn
	if c.Int != "" {
		if pin, err = h.Pin(c.Int); err != nil {
			return usageError{err}
		}
	}
	ctx := e.ctx
	if c.For > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.For)
		defer cancel()
	}
	err = h.Watch(ctx, lines, pin, func(l *spidev.Line, now time.Duration, event fmt.Stringer) {
		printEvent(e.stdout, l, now, event)
	})
	for _, l := range lines {
		err = errors.Join(err, l.Close())
	}
	return err
}

func printEvent(w io.Writer, l *spidev.Line, now time.Duration, event fmt.Stringer) {
	fmt.Fprintf(w, "%9.3f  %s  %s\n", now.Seconds(), l.Port, clean(event.String()))
}

// open finds the chips to watch.
func (c cardWatch) open(h *spidev.Host) (lines []*spidev.Line, err error) {
	ports := c.Ports
	if len(ports) == 0 {
		ports = h.Ports()
	}
	for i, port := range ports {
		l, err := h.Find(port, spidev.Config{Country: c.Country, Slot: i})
		if errors.Is(err, spidev.ErrNothing) && len(c.Ports) == 0 {
			continue
		}
		if err != nil {
			return nil, err
		}
		lines = append(lines, l)
	}
	if len(lines) == 0 {
		return nil, errors.New("no line chip answers on any SPI port; the emulated board is there with --emu")
	}
	return lines, nil
}
