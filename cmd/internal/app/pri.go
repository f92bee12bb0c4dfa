package app

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"tipring/gateway/call"
	"tipring/gateway/cdr"
	"tipring/gateway/config"
	"tipring/gateway/digitmap"
	"tipring/hw/emu"
	"tipring/hw/pseudowire"
	"tipring/tdm"
	"tipring/tdm/hunt"
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

// A spanGroup is one span with the signalling group that it is part of: its own D channel, or one that several spans share
// (NFAS). Routes call it by the span's name.
type spanGroup struct {
	*pri.Group
	index   int // of the span in Group
	cfg     config.Span
	framing tdm.Framing
	card    *spanCard
	line    int
	numbers []*digitmap.Map
	far     *emu.ISDNSwitch // of an emulated card
	cas     *casGroup       // in the place of Group, of a span that signals by bits
	record  *lineRecord
	alarms  alarmLog
	testing atomic.Bool // a bit error rate test runs
}

// framings are what the configuration's words mean, by kind and framing.
var framings = map[[2]string]tdm.Framing{
	{"e1", "crc4"}: tdm.E1CRC4, {"e1", "doubleframe"}: tdm.E1DoubleFrame, {"t1", "esf"}: tdm.T1ESF, {"t1", "sf"}: tdm.T1SF,
	{"j1", "esf"}: tdm.J1ESF, {"j1", "sf"}: tdm.J1SF,
}

var lineCodes = map[string]tdm.LineCode{"hdb3": tdm.HDB3, "b8zs": tdm.B8ZS, "ami": tdm.AMI}

func newSpanCard(cfg *config.Config, c config.Card, net Network, far switches, log *slog.Logger) (*spanCard, error) {
	k := &spanCard{name: c.Name}
	for i, s := range cfg.SpansOf(c.Name) {
		framing, variant := "esf", "ni2"
		if s.Kind == "e1" {
			framing, variant = "crc4", "euroisdn"
		}
		g := &spanGroup{cfg: s, card: k, line: i, framing: framings[[2]string{s.Kind, cmp.Or(s.Framing, framing)}]}
		g.record = &lineRecord{framing: g.framing}
		g.cfg.Switch = cmp.Or(s.Protocol, s.Switch, variant)
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
		k.emu, err = newEmulatedSpans(cfg, k.groups, c, far)
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
	k.board.Watch(func(r tdm.SpanReport) {
		g := k.groups[r.Span]
		g.record.report(r)
		g.alarms.report(r.Status.Failures, log.With("span", g.cfg.Name))
	})
	return k, nil
}

// newEmulatedSpans makes the lines of a card whose far ends are emulated switches.
func newEmulatedSpans(cfg *config.Config, groups []*spanGroup, c config.Card, far switches) (*emu.SpanCard, error) {
	ec := emu.SpanConfig{Name: c.Name, Seed: uint64(c.Seed)}
	for _, g := range groups {
		code := "b8zs"
		if g.framing.E1() {
			code = "hdb3"
		}
		zone := cmp.Or(g.cfg.Country, c.Country, cfg.Country)
		var line emu.Switch
		var err error
		if g.cfg.Signalling == config.CAS {
			line, err = newCASFar(g, zone)
		} else {
			line, err = far.line(cfg, g, zone)
		}
		if err != nil {
			return nil, fmt.Errorf("span %s: %w", g.cfg.Name, err)
		}
		ec.Spans = append(ec.Spans, emu.Span{
			Name: g.cfg.Name, Framing: g.framing, LineCode: lineCodes[cmp.Or(g.cfg.LineCode, code)], ClockPriority: g.cfg.ClockPriority, Switch: line,
			CAS: g.cfg.Signalling == config.CAS,
		})
	}
	return emu.NewSpanCard(ec)
}

// addSignalling makes the signalling groups of all spans: one for each D channel with its backup.
func (a *App) addSignalling(cfg *config.Config) error {
	for _, s := range cfg.Spans {
		if s.Signalling == config.CAS {
			if err := a.addCAS(cfg, a.spanOf(s.Name)); err != nil {
				return err
			}
			continue
		}
		if s.NFAS != "" && s.DChannel != "own" {
			continue // it is a member of another one's
		}
		var members []*spanGroup
		for _, m := range cfg.GroupOf(s) {
			g := a.spanOf(m.Name)
			g.cfg.Interface = m.Interface
			members = append(members, g)
		}
		group, err := pri.New(a.groupConfig(members))
		if err != nil {
			return err
		}
		var boards []*pri.Board
		for i, g := range members {
			g.Group, g.index = group, i
			if !slices.Contains(boards, g.card.board) {
				boards = append(boards, g.card.board)
				g.card.board.Add(group)
			}
		}
		a.signalling = append(a.signalling, group)
	}
	return nil
}

// groupConfig describes the signalling group of spans, of which the first has the D channel.
func (a *App) groupConfig(members []*spanGroup) pri.Config {
	first := members[0].cfg
	link := q931.Config{
		Network: first.Side == "network", Timers: q931.Timers{T302: first.T302}, Descending: first.Order == "descending", Overlap: first.Overlap,
		Explicit: len(members) > 1,
	}
	link.Variant, _ = q931.FindVariant(first.Switch) // no other name is left: pri.New says so
	pc := pri.Config{
		Name: cmp.Or(first.NFAS, first.Name), Log: a.log,
		Incoming: func(c *pri.Call, setup tdm.Primitive) func(tdm.Primitive) {
			return a.incomingSpan(a.spanOf(c.Name()), c, setup)
		},
	}
	for i, g := range members {
		var channels uint32
		for _, n := range g.cfg.Timeslots() {
			channels |= 1 << n
		}
		s := pri.Span{
			Name: g.cfg.Name, Pump: g.card.pump, Card: g.card.card, Line: g.line, RxGain: g.cfg.RxGain, TxGain: g.cfg.TxGain, Echo: g.cfg.Echo,
		}
		s.Order, _ = hunt.Parse(g.cfg.Order) // the configuration has no other names
		link.Interfaces = append(link.Interfaces, q931.Interface{ID: g.cfg.Interface, Channels: channels})
		if g.cfg.DChannel != "none" {
			s.D = g.dTimeslot()
			link.DChannels = append(link.DChannels, i)
		}
		pc.Spans = append(pc.Spans, s)
	}
	pc.Link = link
	return pc
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
}

// incomingSpan starts a call that comes in on a span, when the span takes its number.
func (a *App) incomingSpan(g *spanGroup, c *pri.Call, setup tdm.Primitive) func(tdm.Primitive) {
	if len(g.numbers) > 0 && !g.takes(setup.Called, setup.ISDN.Complete) {
		c.Send(tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseUnallocated})
		return func(tdm.Primitive) {}
	}
	return a.calls.Incoming(spanCall{c}, setup)
}

// takes reports whether the span takes a number, or may take one that begins so.
func (g *spanGroup) takes(number string, complete bool) bool {
	for _, m := range g.numbers {
		switch m.Match(number).State {
		case digitmap.Complete, digitmap.Ambiguous:
			return true
		case digitmap.Partial:
			if !complete {
				return true
			}
		}
	}
	return false
}

// A spanCall adds to a B channel's side of a call what its pump measured.
type spanCall struct{ *pri.Call }

// Quality implements call.Reporter.
func (c spanCall) Quality() cdr.Quality {
	if c.End().Clear {
		return cdr.Quality{Port: c.Name()}
	}
	return lineQuality(c.Name(), c.End())
}

// Call implements call.Endpoint.
func (g *spanGroup) Call(setup tdm.Primitive, up call.Up) call.Party {
	if setup.Calling.Digits == "" && setup.Calling.Presentation == tdm.Allowed {
		setup.Calling.Digits = g.cfg.Number
	}
	if g.cas != nil {
		return casCall{g.cas.Call(setup, up)}
	}
	return spanCall{g.Group.CallOn(g.index, setup, up)}
}

// Overlap reports that the far end takes the rest of a number digit by digit.
func (g *spanGroup) Overlap() bool { return g.cfg.Overlap }

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
