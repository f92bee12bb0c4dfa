package app

import (
	"cmp"
	"fmt"
	"strings"

	"tipring/gateway/api"
	"tipring/gateway/cdr"
	"tipring/gateway/config"
	"tipring/gateway/digitmap"
	"tipring/hw/emu"
	"tipring/tdm"
	"tipring/tdm/cas"
	"tipring/tdm/cas/r2"
	"tipring/tdm/hunt"
)

// A casGroup is the channels of a span that signals by bits.
type casGroup struct {
	*cas.Group
	far *emu.CASSwitch // of an emulated card
}

// A casCall adds to a channel's side of a call what its pump measured.
type casCall struct{ *cas.Call }

// Quality implements call.Reporter.
func (c casCall) Quality() cdr.Quality {
	if c.End().Pump == nil {
		return cdr.Quality{Port: c.Name()}
	}
	return lineQuality(c.Name(), c.End())
}

// casMachine makes the signalling of a channel by a protocol's name: our end, or with far the other one.
func casMachine(s config.Span, complete func(string) bool, far bool) (func() cas.Machine, error) {
	if s.Protocol == "r2" {
		return r2Machine(s, complete, far)
	}
	base := cas.Config{E1: s.Kind == "e1", Register: cas.DTMF, Hold: (s.Glare == "hold") != far, Complete: complete, Number: s.Number}
	if s.Dial == "mf" || s.Dial == "" && (s.Protocol == "fgd" || s.Protocol == "r1") {
		base.Register = cas.R1
	}
	kind, start, _ := strings.Cut(s.Protocol, "-")
	if far {
		base.Number = farNumber
		kind = cmp.Or(map[string]string{"fxs": "fxo", "fxo": "fxs"}[kind], kind)
	}
	em := cas.EMConfig{Config: base, Start: cas.Wink}
	line := cas.LoopConfig{Config: base, Ground: start == "ground"}
	switch {
	case kind == "fxs":
		return func() cas.Machine { return cas.NewFXS(line) }, nil
	case kind == "fxo":
		return func() cas.Machine { return cas.NewFXO(line) }, nil
	case kind == "fgd":
		em.Start = cas.FGD
	case start == "immediate":
		em.Start = cas.Immediate
	}
	return func() cas.Machine { return cas.NewEM(em) }, nil // em-wink, and r1 is that with MF
}

// r2Machine makes the signalling of a channel of MFC-R2. The emulated far end takes what any end may ask of it.
func r2Machine(s config.Span, complete func(string) bool, far bool) (func() cas.Machine, error) {
	rc := r2.Config{Variant: s.Variant, Complete: complete, ANI: farNumberMost}
	if !far {
		rc.DNIS, rc.ANI, rc.ANIAfter = s.CalledDigits, s.CallingDigits, s.CallingAfter
		rc.ImmediateAccept, rc.DoubleAnswer, rc.RejectCollect = s.ImmediateAccept, s.DoubleAnswer, s.RejectCollect
		for c := r2.Subscriber; c.String() != "?"; c++ {
			if c.String() == s.Category {
				rc.Category = c
			}
		}
	}
	if _, err := r2.New(rc); err != nil {
		return nil, fmt.Errorf("span %s: %w", s.Name, err)
	}
	return func() cas.Machine {
		m, _ := r2.New(rc) // it was just made
		return m
	}, nil
}

// farNumberMost is how many digits of a calling number the emulated switch asks for.
const farNumberMost = 10

// farNumber is what a call over a line to a telephone has for a number at the emulated telephone.
const farNumber = "100"

// farDigits is how long a number is to the emulated switch; one that ends otherwise is complete after a wait.
const farDigits = 7

// newCASFar makes the switch at the far end of a span.
func newCASFar(g *spanGroup, zone string) (*emu.CASSwitch, error) {
	machine, err := casMachine(g.cfg, func(n string) bool { return len(n) == farDigits }, true)
	if err != nil {
		return nil, err
	}
	far, err := emu.NewCASSwitch(emu.CASConfig{Framing: g.framing, Timeslots: g.cfg.Timeslots(), Zone: zone, Machine: machine})
	g.cas = &casGroup{far: far}
	return far, err
}

// addCAS makes the channels of a span.
func (a *App) addCAS(cfg *config.Config, g *spanGroup) error {
	if g.cas == nil {
		g.cas = &casGroup{}
	}
	numbers := cfg.Dialling()[g.cfg.Name].Map
	complete := func(n string) bool { return numbers != nil && numbers.Match(n).State == digitmap.Complete }
	zone := cfg.Country
	for _, c := range cfg.Cards {
		if c.Name == g.card.name {
			zone = cmp.Or(g.cfg.Country, c.Country, zone)
		}
	}
	machine, err := casMachine(g.cfg, complete, false)
	if err != nil {
		return err
	}
	gc := cas.GroupConfig{
		Name: g.cfg.Name, Pump: g.card.pump, Card: g.card.card, Line: g.line, Timeslots: g.cfg.Timeslots(), Zone: zone,
		RxGain: g.cfg.RxGain, TxGain: g.cfg.TxGain, Echo: g.cfg.Echo, Log: a.log, Machine: machine,
		Incoming: func(c *cas.Call, setup tdm.Primitive) func(tdm.Primitive) {
			if setup.Called == "" || len(g.numbers) > 0 && !g.takes(setup.Called, true) {
				c.Send(tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseUnallocated})
				return func(tdm.Primitive) {}
			}
			return a.calls.Incoming(casCall{c}, setup)
		},
	}
	gc.Order, _ = hunt.Parse(g.cfg.Order) // the configuration has no other names
	group, err := cas.NewGroup(gc)
	if err != nil {
		return err
	}
	g.cas.Group = group
	g.card.board.Listen(g.line, group)
	a.bits = append(a.bits, g.cas)
	return nil
}

// farSwitch is what actors use at the far end of an emulated span.
func (g *spanGroup) farSwitch() emu.SpanSwitch {
	if g.cas != nil {
		return g.cas.far
	}
	return g.far
}

// inService reports whether calls can be made over the span.
func (g *spanGroup) inService() bool {
	if g.cas != nil {
		return g.cas.Status().Up
	}
	return g.Status().Up
}

// block keeps new calls from timeslots, or from all when none is given.
func (g *casGroup) block(timeslots []int, all []int, on bool) bool {
	if len(timeslots) == 0 {
		timeslots = all
	}
	ok := true
	for _, t := range timeslots {
		ok = g.Block(t, on) && ok
	}
	return ok
}

// signals is what the channels' signalling has counted, by words of metrics.
func (g *casGroup) signals() map[string]int64 {
	st := g.Status()
	out := map[string]int64{"lost": int64(st.Lost)}
	for name, n := range st.Counts {
		out[strings.NewReplacer(" ", "_", "-", "_").Replace(name)] = int64(n)
	}
	return out
}

// view adds the channels to what is seen of a span.
func (g *casGroup) view(s *api.Span) {
	st := g.Status()
	s.Calls = st.Calls
	for _, ch := range st.Channels {
		state := strings.ReplaceAll(ch.Condition.String(), " ", "_")
		s.Channels[state]++
		s.Slots = append(s.Slots, api.SpanSlot{Timeslot: ch.Timeslot, State: state, Blocked: ch.Blocked, Signalling: ch.State, Received: ch.Received.String()})
	}
	for name, n := range g.signals() {
		s.Counts[name] = n
	}
	s.Side = ""
}

// reserve keeps calls away from timeslots, and refuses when some are there.
func (g *casGroup) reserve(slots uint32, force bool) (release func(), err error) {
	var busy int
	var taken []int
	for _, ch := range g.Status().Channels {
		if slots>>ch.Timeslot&1 == 0 || ch.Blocked {
			continue
		}
		if ch.Condition == cas.Busy {
			busy++
		}
		taken = append(taken, ch.Timeslot)
	}
	if busy > 0 && !force {
		return nil, inUse(g.Name(), plural(busy, "timeslot")+" with calls")
	}
	for _, t := range taken {
		g.Block(t, true)
	}
	return func() {
		for _, t := range taken {
			g.Block(t, false)
		}
	}, nil
}
