package emu

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"tipring/dsp/pulse"
	"tipring/dsp/tone"
	"tipring/hw/soft"
	"tipring/tdm"
)

// Config describes a card. The zero value of every field but Lines is usable.
type Config struct {
	Name  string // "emu" when empty
	Lines []Line
	Zone  string // country of the lines that have none of their own, as in the tone plans; "us" when empty
	Law   tdm.Law
	Seed  uint64 // of the noise
	// Delay is the number of samples by which everything the card sends is late on its way to the line, as in a real card's
	// queue and codec; Info reports it.
	Delay int
	// Depth is how far the caller of Exchange may fall behind before samples are lost; soft.DefaultDepth when zero.
	Depth time.Duration
	// PPM is by how many parts in a million the card's crystal is fast.
	PPM int
	// Unpaced makes Exchange return at once: for benchmarks, and for computing a scene as fast as possible.
	Unpaced bool
}

// A Line is one port with what stands behind it.
type Line struct {
	Kind   tdm.Kind // FXS: a telephone; FXO: an exchange
	Name   string   // stable line name: "fxs1"
	Number string   // directory number, for people
	Zone   string
	Loop   Loop
	// FlashMs is how long the telephone's recall button opens the loop; when zero 500, or 100 in a country with timed-break
	// recall.
	FlashMs int
	// Pulse is how the telephone's dial makes pulses and how the exchange reads them; zero fields are the country's.
	Pulse  pulse.Config
	Script Script // of an exchange
}

// A Card is an emulated card: a tdm.Card and tdm.Controller.
//
// It has no goroutine. Everything on it, lines, telephones, exchanges, is computed by the caller of Exchange. Actors on other
// goroutines queue closures, which Exchange applies before the block; they sleep on a channel until the block at whose
// end their wish has come true has passed.
type Card struct {
	info    tdm.Info
	clock   *soft.Clock
	unpaced bool
	events  chan tdm.Event
	phones  map[string]*Phone
	offices map[string]*Exchange
	lines   []line

	at       int64 // sample at which the next block begins
	finished []*job

	mu       sync.Mutex // guards what follows
	requests []request
	commands []slotCommand
	spareR   []request // the other half of each double buffer
	spareC   []slotCommand
	dropped  int64
}

type slotCommand struct {
	slot int
	cmd  tdm.Command
}

// A line computes one port.
type line interface {
	// run carries one block both ways.
	run(tx, rx []byte, txSig, rxSig []uint8)
	control(*tdm.Command) error
	shared() *far
	status() Status
}

var (
	_ tdm.Card       = (*Card)(nil)
	_ tdm.Controller = (*Card)(nil)
)

// NewCard makes a card. Nothing runs until the first Exchange, which starts its clock.
func NewCard(cfg Config) (*Card, error) {
	c := &Card{
		info: tdm.Info{
			Name:          or(cfg.Name, "emu"),
			Model:         "emulated card",
			Law:           cfg.Law,
			Delay:         cfg.Delay,
			SigResolution: 1,
		},
		clock:   soft.NewClock(cfg.Depth, cfg.PPM),
		unpaced: cfg.Unpaced,
		events:  make(chan tdm.Event, 64+4*len(cfg.Lines)),
		phones:  map[string]*Phone{},
		offices: map[string]*Exchange{},
	}
	if cfg.Delay < 0 {
		return nil, fmt.Errorf("emulated card %s: delay of %d samples is negative", c.info.Name, cfg.Delay)
	}
	for i, l := range cfg.Lines {
		if err := c.add(i, l, cfg); err != nil {
			return nil, fmt.Errorf("emulated card %s, slot %d, line %q: %w", c.info.Name, i, l.Name, err)
		}
	}
	return c, nil
}

func (c *Card) add(slot int, l Line, cfg Config) error {
	if l.Name == "" || c.phones[l.Name] != nil || c.offices[l.Name] != nil {
		return errors.New("a line needs a name of its own")
	}
	zone := or(or(l.Zone, cfg.Zone), "us")
	plan, ok := tone.Zone(zone)
	if !ok {
		return fmt.Errorf("zone %q: there is none of that name", zone)
	}
	l.Loop = l.Loop.withDefaults(slot, l.Kind)
	if err := l.Loop.check(); err != nil {
		return err
	}
	var ln line
	switch l.Kind {
	case tdm.FXS:
		p := &Phone{}
		p.init(plan, &l)
		c.phones[l.Name], ln = p, p
	case tdm.FXO:
		x := &Exchange{}
		x.init(plan, &l)
		c.offices[l.Name], ln = x, x
	default:
		return fmt.Errorf("kind %v: an emulated line is FXS or FXO", l.Kind)
	}
	f := ln.shared()
	f.card, f.name, f.number = c, l.Name, l.Number
	f.circuit = newCircuit(l.Loop)
	f.dc.init(l.Loop, l.Kind)
	f.ear = newEar(plan)
	f.wire = newWire(l.Loop, cfg.Law, cfg.Delay, cfg.Seed+uint64(slot))
	f.settle(ln.status())
	c.lines = append(c.lines, ln)
	c.info.Slots = append(c.info.Slots, tdm.Slot{Kind: l.Kind, Name: l.Name})
	return nil
}

// pulsing is a zone's way to pulse and flash, but for the fields that are set in c.
func pulsing(zone string, c pulse.Config) pulse.Config {
	z := pulse.ForZone(zone)
	return pulse.Config{
		DebounceMs: or(c.DebounceMs, z.DebounceMs), BreakMinMs: or(c.BreakMinMs, z.BreakMinMs), BreakMaxMs: or(c.BreakMaxMs, z.BreakMaxMs),
		InterDigitMs: or(c.InterDigitMs, z.InterDigitMs), Digits: or(c.Digits, z.Digits), FlashMinMs: or(c.FlashMinMs, z.FlashMinMs),
		FlashMaxMs: or(c.FlashMaxMs, z.FlashMaxMs), HangupMs: or(c.HangupMs, z.HangupMs), Clash: or(c.Clash, z.Clash),
		BreakMs: or(c.BreakMs, z.BreakMs), MakeMs: or(c.MakeMs, z.MakeMs), PauseMs: or(c.PauseMs, z.PauseMs),
	}
}

// Info describes the card.
func (c *Card) Info() tdm.Info { return c.info }

// Phone returns the telephone behind the FXS port of that name, or nil.
func (c *Card) Phone(name string) *Phone { return c.phones[name] }

// Office returns the exchange behind the FXO port of that name, or nil.
func (c *Card) Office(name string) *Exchange { return c.offices[name] }

// Control queues a command for an FXS slot; tdm.Controller describes it.
func (c *Card) Control(slot int, cmd tdm.Command) {
	c.mu.Lock()
	c.commands = append(c.commands, slotCommand{slot, cmd})
	c.mu.Unlock()
}

// Events delivers the answers to commands.
func (c *Card) Events() <-chan tdm.Event { return c.events }

// Dropped is the number of events that found the channel full.
func (c *Card) Dropped() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dropped
}

// Exchange computes one block of every line and returns when the card's clock has passed it. Commands and the wishes of
// actors that came before are applied first. While samples are lost (slip) the lines stand still.
func (c *Card) Exchange(tx, rx tdm.Block) (slip int, err error) {
	n := len(c.lines)
	if tx.N != rx.N || tx.N <= 0 || tx.N%tdm.Quantum != 0 || len(tx.Data) != n*tx.N || len(rx.Data) != len(tx.Data) ||
		len(tx.Sig) != n*tx.N/tdm.Quantum || len(rx.Sig) != len(tx.Sig) {
		return 0, fmt.Errorf("card %s: blocks of %d and %d octets, N %d and %d, for %d slots: want one N, a multiple of 8, and all slots in both",
			c.info.Name, len(tx.Data), len(rx.Data), tx.N, rx.N, n)
	}
	if !c.unpaced {
		slip = c.clock.Begin()
		c.at += int64(slip)
	}
	c.applyQueued()
	for i, l := range c.lines {
		l.run(tx.Slot(i), rx.Slot(i), tx.SigSlot(i), rx.SigSlot(i))
	}
	c.at += int64(tx.N)
	if err := c.wait(tx.N); err != nil {
		return slip, err
	}
	for _, l := range c.lines {
		if f := l.shared(); f.dirty {
			f.settle(l.status())
		}
	}
	for i, j := range c.finished {
		j.done <- j.err
		c.finished[i] = nil
	}
	c.finished = c.finished[:0]
	return slip, nil
}

func (c *Card) wait(n int) error {
	if !c.unpaced {
		return c.clock.Wait(n)
	}
	select {
	case <-c.clock.Done():
		return tdm.ErrClosed
	default:
		return nil
	}
}

// applyQueued carries out commands and requests. They are double-buffered, so that nobody waits for the lock while they
// run.
func (c *Card) applyQueued() {
	c.mu.Lock()
	reqs, cmds := c.requests, c.commands
	c.requests, c.commands = c.spareR[:0], c.spareC[:0]
	c.mu.Unlock()
	for i := range cmds {
		c.command(cmds[i].slot, &cmds[i].cmd)
	}
	for i, r := range reqs {
		r.apply(r.job)
		reqs[i] = request{}
	}
	c.spareR, c.spareC = reqs, cmds
}

func (c *Card) command(slot int, cmd *tdm.Command) {
	ev := tdm.Event{Slot: slot, At: c.at, ID: cmd.ID}
	if slot < 0 || slot >= len(c.lines) {
		ev.Err = errNoSlot
	} else {
		ev.Err = c.lines[slot].control(cmd)
		c.lines[slot].shared().dirty = true
	}
	select {
	case c.events <- ev:
	default:
		c.mu.Lock()
		c.dropped++
		c.mu.Unlock()
	}
}

var errNoSlot = errors.New("the card has no such slot")

// Close ends the card: an Exchange that waits, and every actor, gets tdm.ErrClosed.
func (c *Card) Close() error {
	c.clock.Close()
	return nil
}
