package app

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"tipring/gateway/call"
	"tipring/gateway/config"
	"tipring/gateway/digitmap"
	"tipring/hw/emu"
	"tipring/hw/pseudowire"
	"tipring/tdm"
	"tipring/tdm/pri"
	"tipring/tdm/q931"
	"tipring/tdm/span"
)

// A spanCard is a card of E1, T1 or J1 spans with its pump, and the signalling group of each span.
type spanCard struct {
	name   string
	card   tdm.SpanCard
	emu    *emu.SpanCard    // the same, when it is an emulated one
	packet *pseudowire.Card // the same, when it is a pseudowire
	pump   *span.Pump
	board  *pri.Board
	groups []*spanGroup
	up     atomic.Bool
}

// A spanGroup is one span with its D channel, which routes call by the span's name.
type spanGroup struct {
	*pri.Group
	cfg     config.Span
	framing tdm.Framing
	card    *spanCard
	line    int
	numbers []*digitmap.Map
	far     *emu.ISDNSwitch // of an emulated card
	record  *lineRecord
	testing atomic.Bool // a bit error rate test runs
}

// framings are what the configuration's words mean, by kind and framing.
var framings = map[[2]string]tdm.Framing{
	{"e1", "crc4"}: tdm.E1CRC4, {"e1", "doubleframe"}: tdm.E1DoubleFrame, {"t1", "esf"}: tdm.T1ESF, {"t1", "sf"}: tdm.T1SF,
	{"j1", "esf"}: tdm.J1ESF, {"j1", "sf"}: tdm.J1SF,
}

var lineCodes = map[string]tdm.LineCode{"hdb3": tdm.HDB3, "b8zs": tdm.B8ZS, "ami": tdm.AMI}

func newSpanCard(cfg *config.Config, c config.Card, net Network, incoming func(*spanGroup, *pri.Call, tdm.Primitive) func(tdm.Primitive), log *slog.Logger) (*spanCard, error) {
	k := &spanCard{name: c.Name}
	for i, s := range cfg.SpansOf(c.Name) {
		framing, variant := "esf", "ni2"
		if s.Kind == "e1" {
			framing, variant = "crc4", "euroisdn"
		}
		g := &spanGroup{cfg: s, card: k, line: i, framing: framings[[2]string{s.Kind, cmp.Or(s.Framing, framing)}]}
		g.record = &lineRecord{framing: g.framing}
		g.cfg.Switch = cmp.Or(s.Switch, variant)
		for _, p := range s.Numbers {
			m, err := digitmap.Parse(p)
			if err != nil {
				return nil, fmt.Errorf("span %s: numbers: %w", s.Name, err)
			}
			g.numbers = append(g.numbers, m)
		}
		k.groups = append(k.groups, g)
	}
	var err error
	if c.Driver == config.DriverPseudowire {
		k.packet, err = newPseudowire(k.groups[0], c, net)
		k.card = k.packet
	} else {
		k.emu, err = newEmulatedSpans(cfg, k.groups, c)
		k.card = k.emu
	}
	if err != nil {
		return nil, err
	}
	k.pump, err = span.New(span.Config{Card: k.card, BlockMs: int(c.Block / time.Millisecond), EchoTailMs: int(c.Echo / time.Millisecond), Log: log})
	if err != nil {
		k.card.Close()
		return nil, err
	}
	k.board = pri.NewBoard(k.pump, k.card)
	k.board.Watch(func(r tdm.SpanReport) { k.groups[r.Span].record.report(r) })
	for _, g := range k.groups {
		g.Group, err = pri.New(g.config(incoming, log))
		if err != nil {
			k.card.Close()
			return nil, err
		}
		k.board.Add(g.Group)
	}
	return k, nil
}

// newEmulatedSpans makes the lines of a card whose far ends are emulated switches.
func newEmulatedSpans(cfg *config.Config, groups []*spanGroup, c config.Card) (*emu.SpanCard, error) {
	ec := emu.SpanConfig{Name: c.Name, Seed: uint64(c.Seed)}
	for _, g := range groups {
		code := "b8zs"
		if g.framing.E1() {
			code = "hdb3"
		}
		var err error
		g.far, err = emu.NewISDNSwitch(emu.ISDNConfig{
			Framing: g.framing, Variant: g.cfg.Switch, User: g.cfg.Side == "network", Zone: cmp.Or(g.cfg.Country, c.Country, cfg.Country),
		})
		if err != nil {
			return nil, fmt.Errorf("span %s: %w", g.cfg.Name, err)
		}
		ec.Spans = append(ec.Spans, emu.Span{
			Name: g.cfg.Name, Framing: g.framing, LineCode: lineCodes[cmp.Or(g.cfg.LineCode, code)], ClockPriority: g.cfg.ClockPriority, Switch: g.far,
		})
	}
	return emu.NewSpanCard(ec)
}

func (g *spanGroup) config(incoming func(*spanGroup, *pri.Call, tdm.Primitive) func(tdm.Primitive), log *slog.Logger) pri.Config {
	var channels uint32
	for _, n := range g.cfg.Timeslots() {
		channels |= 1 << n
	}
	link := q931.Config{
		Network: g.cfg.Side == "network", Interfaces: []q931.Interface{{Channels: channels}}, DChannels: []int{0},
		Timers: q931.Timers{T302: g.cfg.T302}, Descending: g.cfg.Order == "descending",
	}
	for _, v := range q931.Variants {
		if v.Name == g.cfg.Switch {
			link.Variant = v
		}
	}
	return pri.Config{
		Name: g.cfg.Name, Link: link, Log: log,
		Spans:    []pri.Span{{Pump: g.card.pump, Card: g.card.card, Line: g.line, D: g.dTimeslot(), RxGain: g.cfg.RxGain, TxGain: g.cfg.TxGain, Echo: g.cfg.Echo}},
		Incoming: func(c *pri.Call, setup tdm.Primitive) func(tdm.Primitive) { return incoming(g, c, setup) },
	}
}

// dTimeslot is the timeslot of a D channel (ITU-T I.431).
func (g *spanGroup) dTimeslot() uint8 {
	if g.framing.E1() {
		return 16
	}
	return 24
}

// run starts the pump and the signalling. A card that fails leaves the rest alone.
func (k *spanCard) run(pump, signalling context.Context, pumps, groups *sync.WaitGroup, log *slog.Logger) {
	k.up.Store(true)
	pumps.Go(func() {
		if err := k.pump.Run(pump); err != nil {
			log.Error("card failed", "card", k.name, "err", err)
			k.up.Store(false)
		}
		k.card.Close()
	})
	groups.Go(func() { k.board.Run(signalling) }) // it ends with its context, and has no error of its own
	for _, g := range k.groups {
		groups.Go(func() { g.Run(signalling) }) // likewise
	}
}

// incomingSpan starts a call that comes in on a span, when the span takes its number.
func (a *App) incomingSpan(g *spanGroup, c *pri.Call, setup tdm.Primitive) func(tdm.Primitive) {
	if len(g.numbers) > 0 && !g.takes(setup.Called) {
		c.Send(tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseUnallocated})
		return func(tdm.Primitive) {}
	}
	return a.calls.Incoming(c, setup)
}

func (g *spanGroup) takes(number string) bool {
	for _, m := range g.numbers {
		if st := m.Match(number).State; st == digitmap.Complete || st == digitmap.Ambiguous {
			return true
		}
	}
	return false
}

// Call implements call.Endpoint.
func (g *spanGroup) Call(setup tdm.Primitive, up call.Up) call.Party {
	if setup.Calling.Digits == "" && setup.Calling.Presentation == tdm.Allowed {
		setup.Calling.Digits = g.cfg.Number
	}
	return g.Group.Call(setup, up)
}

// spanOf returns the span of that name, or nil.
func (a *App) spanOf(name string) *spanGroup {
	for _, k := range a.spanCards {
		for _, g := range k.groups {
			if g.cfg.Name == name {
				return g
			}
		}
	}
	return nil
}
