package cas

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"

	"tipring/dsp/level"
	"tipring/dsp/tone"
	"tipring/tdm"
	"tipring/tdm/hunt"
	"tipring/tdm/span"
)

// GroupConfig describes the channels of one span.
type GroupConfig struct {
	Name      string // stable name, that of its calls' parties
	Pump      *span.Pump
	Card      tdm.SpanCard // what the pump drives
	Line      int          // index in Card.Spans
	Timeslots []int        // that carry calls
	Order     hunt.Order
	// Machine makes the signalling of a channel.
	Machine        func() Machine
	DebounceMs     int // that bits have to last; 0 means 20
	Zone           string
	RxGain, TxGain float64 // dB
	Echo           bool
	// Incoming is offered each call that comes in; it returns the way of the rest. It must not block.
	Incoming func(c *Call, setup tdm.Primitive) func(tdm.Primitive)
	Inbox    int // inputs that may wait; 0 means 1,024 and 64 for every channel
	Log      *slog.Logger
}

func (c *GroupConfig) check() error {
	switch {
	case c.Name == "" || c.Incoming == nil || c.Machine == nil:
		return errors.New("cas: a group needs a name, signalling and a handler of incoming calls")
	case len(c.Timeslots) == 0:
		return fmt.Errorf("cas %s: no channels", c.Name)
	}
	n := c.Card.Spans()[c.Line].Framing.Timeslots()
	for i, t := range c.Timeslots {
		if t < 1 || t > n || slices.Contains(c.Timeslots[:i], t) {
			return fmt.Errorf("cas %s: timeslot %d: give each of 1 to %d once", c.Name, t, n)
		}
	}
	return nil
}

// toneDBm0 is the level of tones to a caller, their frequencies together.
const toneDBm0 level.DBm0 = -13

// settleMs is how long a line has to be sound before its bits are believed for the first time.
const settleMs = 200

// A Group is the channels of one span. NewGroup starts nothing; Run is its goroutine, which owns every machine, its timers and
// calls. Its other methods are safe from any goroutine and never block.
//
// It listens to a card (pri.Board has it so): Event and Line are what comes of it. Time is the card's.
type Group struct {
	cfg   GroupConfig
	log   *slog.Logger
	inbox chan message
	lost  atomic.Uint64 // events for want of room in the inbox
	over  atomic.Bool   // some call lost a primitive
	shown atomic.Pointer[Status]
	plan  *tone.Plan

	// Owned by Run.
	channels []*channel
	bySlot   map[int]*channel
	hunter   *hunt.Hunter
	counts   map[string]uint64
	now      int64 // samples
	sound    int64 // since when the line is; before that it has not begun
	begun    bool
	failed   bool
	ending   bool
	changed  bool
	ids      uint32
}

type msgKind uint8

const (
	msgEvent     msgKind = iota + 1 // event
	msgLine                         // alarms
	msgCall                         // place call
	msgPrimitive                    // prim of call
	msgBlock                        // index on
)

type message struct {
	kind   msgKind
	event  span.Event
	alarms tdm.Alarms
	call   *Call
	prim   tdm.Primitive
	index  int
	on     bool
}

// NewGroup checks the configuration.
func NewGroup(cfg GroupConfig) (*Group, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	plan, ok := tone.Zone(cfg.Zone)
	if !ok {
		return nil, fmt.Errorf("cas %s: zone %q is not known", cfg.Name, cfg.Zone)
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Inbox <= 0 {
		cfg.Inbox = 1024 + 64*len(cfg.Timeslots)
	}
	if cfg.DebounceMs <= 0 {
		cfg.DebounceMs = 20
	}
	g := &Group{
		cfg: cfg, log: cfg.Log.With("span", cfg.Name), inbox: make(chan message, cfg.Inbox), plan: plan, sound: -1,
		bySlot: map[int]*channel{}, hunter: hunt.New(cfg.Order, len(cfg.Timeslots)), counts: map[string]uint64{},
	}
	first := cfg.Card.Spans()[cfg.Line].First
	for i, t := range cfg.Timeslots {
		m := cfg.Machine()
		c := &channel{group: g, index: i, timeslot: t, slot: first + t - 1, m: m, debounce: Debouncer{Ms: cfg.DebounceMs, Looks: m.Looks()}}
		g.channels = append(g.channels, c)
		g.bySlot[c.slot] = c
	}
	g.publish()
	return g, nil
}

// Name is the group's name.
func (g *Group) Name() string { return g.cfg.Name }

func (g *Group) post(m message) bool {
	select {
	case g.inbox <- m:
		return true
	default:
		return false
	}
}

// Event takes an event of the card: of the line's slots, or of none (Slot -1).
func (g *Group) Event(e span.Event) {
	if !g.post(message{kind: msgEvent, event: e}) {
		g.lost.Add(1)
	}
}

// Line takes the line's failures, whenever they may have changed.
func (g *Group) Line(failures tdm.Alarms) {
	if !g.post(message{kind: msgLine, alarms: failures}) {
		g.lost.Add(1)
	}
}

// Call places a call on the next free channel. Everything after, refusal included, comes through up, by Run's goroutine.
func (g *Group) Call(setup tdm.Primitive, up func(tdm.Primitive)) *Call {
	c := &Call{group: g, up: up, setup: setup}
	if !g.post(message{kind: msgCall, call: c}) {
		go up(tdm.Primitive{Kind: tdm.Release, Cause: tdm.CauseSwitchingCongestion})
	}
	return c
}

// Block keeps new calls from the channel of a timeslot, or lets them on it again. A call that is on it goes on. It reports false
// when the inbox is full, or there is no such channel.
func (g *Group) Block(timeslot int, on bool) bool {
	i := slices.Index(g.cfg.Timeslots, timeslot)
	return i >= 0 && g.post(message{kind: msgBlock, index: i, on: on})
}

// Run is the group's goroutine. When ctx is done it clears what calls there are.
func (g *Group) Run(ctx context.Context) error {
	for _, c := range g.channels {
		g.cfg.Pump.Gain(c.slot, g.cfg.RxGain, g.cfg.TxGain)
		c.step(Input{Kind: Fail})
	}
	for {
		select {
		case <-ctx.Done():
			g.ending = true
			for _, c := range g.channels {
				if c.call != nil {
					c.step(Input{Kind: Down, Prim: tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseTemporaryFailure}})
				}
			}
			g.publish()
			return nil
		case m := <-g.inbox:
			g.take(&m)
		}
		if g.over.Swap(false) {
			g.clearLost()
		}
		if g.changed {
			g.publish()
		}
	}
}

func (g *Group) take(m *message) {
	switch m.kind {
	case msgEvent:
		g.event(&m.event)
	case msgLine:
		g.line(m.alarms)
	case msgCall:
		g.place(m.call, tdm.CauseNoCircuit)
	case msgPrimitive:
		if c := m.call.channel; c != nil && c.call == m.call {
			c.step(Input{Kind: Down, Prim: m.prim})
		}
	case msgBlock:
		c, kind := g.channels[m.index], Block
		if !m.on {
			kind = Unblock
		}
		g.hunter.Block(m.index, m.on)
		c.step(Input{Kind: kind})
		g.changed = true
	}
}

// bad are the failures that make the bits of a line not to be believed.
const bad = tdm.RedAlarms | tdm.LOMF16 | tdm.AIS16

func (g *Group) line(failures tdm.Alarms) {
	failed := failures&bad != 0
	if failed == g.failed || !g.begun {
		return
	}
	g.failed = failed
	for _, c := range g.channels {
		if failed {
			c.step(Input{Kind: Fail})
			continue
		}
		c.debounce.Jump(c.received)
		c.step(Input{Kind: Restore, Bits: c.debounce.Bits()})
	}
}

// begin brings the channels into use once the line has been sound for a moment.
func (g *Group) begin() {
	if g.cfg.Card.SpanStatus(g.cfg.Line).Defects&bad != 0 {
		g.sound = -1
		return
	}
	if g.sound < 0 {
		g.sound = g.now
	}
	if g.now-g.sound < settleMs*tdm.Quantum {
		return
	}
	g.begun = true
	for _, c := range g.channels {
		c.debounce.Jump(c.received)
		c.step(Input{Kind: Begin, Bits: c.debounce.Bits()})
	}
}

func (g *Group) event(e *span.Event) {
	switch e.Kind {
	case span.Tick:
		g.now = e.At
		if !g.begun {
			g.begin()
			return
		}
		for _, c := range g.channels {
			c.advance()
		}
		return
	case span.Slip:
		return
	}
	c := g.bySlot[e.Slot]
	if c == nil {
		return
	}
	if e.Kind == span.Sig {
		c.received = Bits(e.Sig)
	}
	if g.begun {
		c.event(e)
	}
}

// place puts a call on a free channel; one that refuses it, or loses it to the far end before anything has come of it, is left
// for the next.
func (g *Group) place(call *Call, cause tdm.Cause) {
	for !g.ending && call.tries <= len(g.channels) {
		i, ok := g.hunter.Next(func(i int) bool { return g.channels[i].m.Condition() == Idle })
		if !ok {
			if g.begun && !g.failed {
				break
			}
			cause = tdm.CauseNetworkOutOfOrder
			break
		}
		call.tries++
		g.hunter.Used(i)
		c := g.channels[i]
		c.occupy(call)
		refused := c.step(Input{Kind: Down, Prim: call.setup})
		if refused == nil {
			return
		}
		c.vacate()
		if cause = refused.Cause; cause != tdm.CauseCircuitUnavailable {
			break // it would be the same on any channel
		}
	}
	call.up(tdm.Primitive{Kind: tdm.Release, Cause: cause})
}

// clearLost clears the calls that have lost a primitive.
func (g *Group) clearLost() {
	for _, c := range g.channels {
		if c.call != nil && c.call.over.Load() {
			g.log.Error("call cleared: its group's inbox was full", "channel", c.timeslot)
			c.step(Input{Kind: Down, Prim: tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseSwitchingCongestion}})
		}
	}
}
