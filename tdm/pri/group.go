package pri

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"tipring/dsp/dtmf"
	"tipring/tdm"
	"tipring/tdm/hunt"
	"tipring/tdm/q931"
	"tipring/tdm/span"
)

// A Group is one signalling group. New starts nothing; Run is its goroutine. Its other methods are safe from any goroutine and
// never block.
type Group struct {
	cfg   Config
	log   *slog.Logger
	inbox chan message
	news  chan struct{} // some D channel has frames
	d     []*dChannel
	over  atomic.Bool // some call lost a primitive
	shown atomic.Pointer[Status]
	taps  taps
	ended chan struct{} // closed when Run returns

	// Owned by Run.
	link   *q931.Link
	began  time.Time
	calls  map[q931.CallID]*Call
	bySlot map[place]*Call
	// hunters choose the channels of each interface, counted by timeslot, and know which are blocked.
	hunters []*hunt.Hunter
	dUp     []bool // by D channel
	ending  bool
}

// A place is a slot of a card.
type place struct {
	pump *span.Pump
	slot int
}

type msgKind uint8

const (
	msgPrimitive msgKind = iota + 1 // prim of call
	msgCall                         // place call
	msgEvent                        // event on pump
	msgLine                         // the D channel's span works or not: ok
	msgDo                           // f with the link
)

type message struct {
	kind  msgKind
	call  *Call
	prim  tdm.Primitive
	pump  *span.Pump
	event span.Event
	d     int
	ok    bool
	f     func(l *q931.Link, now time.Duration) []q931.Output
}

// New checks the configuration.
func New(cfg Config) (*Group, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Inbox <= 0 {
		cfg.Inbox = 64 + 8*32*len(cfg.Spans)
	}
	g := &Group{
		cfg: cfg, log: cfg.Log.With("span", cfg.Name), inbox: make(chan message, cfg.Inbox), news: make(chan struct{}, 1),
		link: q931.New(cfg.Link), calls: map[q931.CallID]*Call{}, bySlot: map[place]*Call{},
		ended: make(chan struct{}),
	}
	for _, s := range cfg.Spans {
		g.hunters = append(g.hunters, hunt.New(s.Order, 32))
	}
	for range cfg.Link.DChannels {
		g.d = append(g.d, newDChannel(g.news))
		g.dUp = append(g.dUp, false)
	}
	g.publish()
	return g, nil
}

func (g *Group) post(m message) bool {
	select {
	case g.inbox <- m:
		return true
	default:
		return false
	}
}

// Name is the group's name.
func (g *Group) Name() string { return g.cfg.Name }

// Call places a call on any span. Everything after, refusal included, comes through up, by Run's goroutine.
func (g *Group) Call(setup tdm.Primitive, up func(tdm.Primitive)) *Call {
	return g.CallOn(anySpan, setup, up)
}

// anySpan is in the place of a span's index.
const anySpan = -1

// CallOn places a call on a span of the group. The peer may ask for a channel of another one.
func (g *Group) CallOn(span int, setup tdm.Primitive, up func(tdm.Primitive)) *Call {
	c := &Call{group: g, up: up, setup: setup, span: span, clear: isClear(setup)}
	if !g.post(message{kind: msgCall, call: c}) {
		go up(tdm.Primitive{Kind: tdm.Release, Cause: tdm.CauseSwitchingCongestion})
	}
	return c
}

// line tells that the span of a D channel works or does not.
func (g *Group) line(interfaceIndex int, up bool) {
	for d, i := range g.cfg.Link.DChannels {
		if i == interfaceIndex && !g.post(message{kind: msgLine, d: d, ok: up}) {
			g.log.Error("inbox full: news of the line lost")
		}
	}
}

// event passes an event of a card on.
func (g *Group) event(p *span.Pump, e span.Event) { g.post(message{kind: msgEvent, pump: p, event: e}) }

func (g *Group) now() time.Duration { return time.Since(g.began) }

// Run is the group's goroutine. When ctx is done it clears what calls there are and takes the data links down.
func (g *Group) Run(ctx context.Context) error {
	g.began = time.Now()
	defer close(g.ended)
	for i, d := range g.cfg.Link.DChannels {
		s := g.cfg.Spans[d]
		s.Pump.Clear(s.slot(s.D), g.d[i])
	}
	g.apply(g.link.Start(g.now()))
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		if at, ok := g.link.Next(); ok {
			timer.Reset(max(0, at-g.now()))
		} else {
			timer.Reset(time.Hour)
		}
		select {
		case <-ctx.Done():
			g.stop()
			return nil
		case m := <-g.inbox:
			g.take(m)
		case <-g.news:
			g.frames()
		case <-timer.C:
			g.apply(g.link.Advance(g.now()))
		}
		if g.over.Swap(false) {
			g.clearLost()
		}
		g.publish()
	}
}

// stop clears what calls there are, gives the peer time to say so, and goes.
func (g *Group) stop() {
	g.ending = true
	for _, c := range g.calls {
		g.apply(g.link.Primitive(g.now(), c.id, tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseTemporaryFailure}))
	}
	end := time.NewTimer(stopTime)
	defer end.Stop()
	for len(g.calls) > 0 {
		select {
		case <-end.C:
			for _, c := range g.calls {
				g.released(c, tdm.Primitive{Kind: tdm.Release, Cause: tdm.CauseTemporaryFailure})
			}
		case m := <-g.inbox:
			g.take(m)
		case <-g.news:
			g.frames()
		}
	}
	g.apply(g.link.Stop(g.now()))
	for _, d := range g.cfg.Link.DChannels {
		s := g.cfg.Spans[d]
		s.Pump.Clear(s.slot(s.D), nil)
	}
	g.publish()
}

// frames takes what the D channels have received.
func (g *Group) frames() {
	for i, d := range g.d {
		for len(d.in) > 0 {
			b := <-d.in
			g.trace(i, false, b)
			g.apply(g.link.Frame(g.now(), i, b))
			d.free <- b
		}
	}
}

func (g *Group) take(m message) {
	switch c := m.call; m.kind {
	case msgCall:
		g.place(c)
	case msgPrimitive:
		if g.calls[c.id] != c {
			return // its Release is on its way
		}
		if m.prim.Kind == tdm.Information && c.connected {
			g.dial(c, m.prim.Digit)
			return
		}
		if m.prim.Kind == tdm.Connect {
			c.answered()
		}
		g.apply(g.link.Primitive(g.now(), c.id, m.prim))
	case msgEvent:
		if c := g.bySlot[place{m.pump, m.event.Slot}]; c != nil && m.event.Kind == span.FaxTone {
			c.up(tdm.Primitive{Kind: tdm.Notify, Event: "fax"})
		}
	case msgLine:
		g.apply(g.link.Line(g.now(), m.d, m.ok))
	case msgDo:
		g.apply(m.f(g.link, g.now()))
	}
}

func (g *Group) place(c *Call) {
	if g.ending {
		c.up(tdm.Primitive{Kind: tdm.Release, Cause: tdm.CauseTemporaryFailure})
		return
	}
	setup := c.setup
	x := tdm.ISDN{Complete: true}
	if setup.ISDN != nil {
		x = *setup.ISDN
	}
	setup.ISDN = &x
	if x.Channel.Timeslot == 0 && g.link.Up() {
		ch, ok := g.choose(c.span)
		if !ok {
			c.up(tdm.Primitive{Kind: tdm.Release, Cause: tdm.CauseNoCircuit})
			return
		}
		x.Channel = ch
	}
	id, cause, out := g.link.Setup(g.now(), setup)
	if cause != 0 {
		g.apply(out)
		c.up(tdm.Primitive{Kind: tdm.Release, Cause: cause})
		return
	}
	c.id = id
	g.calls[id] = c
	g.apply(out)
}

// dial sends a digit in the audio.
func (g *Group) dial(c *Call, digit byte) {
	if e := c.end.Load(); e != nil {
		e.Pump.Play(e.Slot, 0, 0, dtmf.NewSource(string(rune(digit)), digitMs, digitPauseMs, digitDBm0))
	}
}

// clearLost clears the calls that have lost a primitive.
func (g *Group) clearLost() {
	for _, c := range g.calls {
		if c.over.Load() {
			g.log.Error("call cleared: its group's inbox was full", "channel", c.Channel().Timeslot)
			g.apply(g.link.Primitive(g.now(), c.id, tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseSwitchingCongestion}))
		}
	}
}

// apply does what the link wants. Outputs are valid until the link is called again.
func (g *Group) apply(out []q931.Output) {
	cleared, up := false, false
	for i := range out {
		switch o := &out[i]; o.Kind {
		case q931.ToLine:
			g.trace(o.D, true, o.Octets)
			g.d[o.D].send(o.Octets)
		case q931.Up:
			g.primitive(o)
		case q931.DChannel:
			g.log.Info("D channel", "d", o.D, "up", o.OK)
			g.dUp[o.D] = o.OK
			up = up || o.OK
		case q931.Cleared:
			cleared = true
		case q931.RestartDone:
			g.log.Info("restart", "channel", o.Channel.Timeslot, "channels", len(o.Channels), "acknowledged", o.OK)
		case q931.Fault:
			g.log.Warn("signalling", "d", o.D, "err", o.Err)
		}
	}
	if cleared { // calls on them have been released above, and with that their circuits
		g.apply(g.link.Confirm(g.now()))
	}
	if up {
		g.tellBlocked()
	}
}

// primitive passes one up.
func (g *Group) primitive(o *q931.Output) {
	c := g.calls[o.Call]
	p := o.Primitive
	if c == nil {
		if p.Kind != tdm.Setup {
			return
		}
		c = &Call{group: g, id: o.Call, span: int(o.Channel.Interface), clear: isClear(p)}
		g.calls[o.Call] = c
		if !carries(p) {
			c.up = func(tdm.Primitive) {}
			c.Send(tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseBearerNotImplemented})
			return
		}
		c.occupy(o.Channel)
		c.up = g.cfg.Incoming(c, p)
		return
	}
	switch p.Kind {
	case tdm.Release:
		g.released(c, p)
		return
	}
	c.occupy(o.Channel)
	if p.Kind == tdm.Connect {
		c.answered()
	}
	c.up(p)
}

func (g *Group) released(c *Call, p tdm.Primitive) {
	delete(g.calls, c.id)
	c.leave()
	c.up(p)
}
