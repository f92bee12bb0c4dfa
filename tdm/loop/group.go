package loop

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"tipring/tdm"
	"tipring/tdm/fsm"
	"tipring/tdm/span"
)

// A Group is the signalling of one analog card. NewGroup starts nothing; Run is the signalling goroutine. The other
// methods are safe from any goroutine and never block.
type Group struct {
	pump     *span.Pump
	info     tdm.Info
	incoming func(*Call, tdm.Primitive) func(tdm.Primitive)
	clock    func() time.Time
	log      *slog.Logger
	lines    []*Line
	bySlot   []*Line // nil for a slot without a line
	byName   map[string]*Line
	inbox    chan message
	over     atomic.Bool // some call lost a primitive
	closed   atomic.Bool // Run has returned

	// Owned by Run.
	now      int64 // sample up to which the group has seen events
	levelsAt int64 // when levels are looked at next
	levels   []span.SlotStats
}

// msgKind says what a message of the inbox is.
type msgKind uint8

const (
	msgPrimitive msgKind = iota + 1 // prim of call
	msgConfigure                    // settings for line
	msgBlock                        // reason for line, empty to unblock
	msgFail                         // reason for all lines
	msgRestore                      // all lines
)

type message struct {
	kind     msgKind
	line     *Line
	call     *Call
	prim     tdm.Primitive
	settings *settings
	reason   string
}

// NewGroup checks the configuration; the error lists all faults.
func NewGroup(cfg Config) (*Group, error) {
	if cfg.Pump == nil {
		return nil, errors.New("loop: no pump given")
	}
	if cfg.Incoming == nil {
		return nil, errors.New("loop: no handler of incoming calls given")
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Inbox <= 0 {
		cfg.Inbox = 64 + 8*len(cfg.Lines)
	}
	info := cfg.Pump.Info()
	g := &Group{
		pump: cfg.Pump, info: info, incoming: cfg.Incoming, clock: cfg.Now, log: cfg.Log.With("card", info.Name),
		bySlot: make([]*Line, len(info.Slots)), byName: make(map[string]*Line), inbox: make(chan message, cfg.Inbox),
	}
	var faults []error
	for _, lc := range cfg.Lines {
		s, err := resolve(lc, info)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		switch {
		case g.bySlot[s.Slot] != nil:
			faults = append(faults, fmt.Errorf("loop: lines %q and %q both use slot %d of card %s", g.bySlot[s.Slot].name, s.Name, s.Slot, info.Name))
			continue
		case g.byName[s.Name] != nil:
			faults = append(faults, fmt.Errorf("loop: two lines of card %s have the name %q", info.Name, s.Name))
			continue
		}
		l := newLine(g, s)
		g.lines, g.bySlot[s.Slot], g.byName[s.Name] = append(g.lines, l), l, l
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return g, nil
}

// Line returns a line by name, or nil.
func (g *Group) Line(name string) *Line { return g.byName[name] }

// Lines returns the lines in the order of the configuration. The slice is shared and must not be changed.
func (g *Group) Lines() []*Line { return g.lines }

// Check says what Reconfigure would find wrong with a line's configuration.
func (g *Group) Check(lc LineConfig) error {
	_, err := g.resolve(lc)
	return err
}

func (g *Group) resolve(lc LineConfig) (*settings, error) {
	s, err := resolve(lc, g.info)
	if err != nil {
		return nil, err
	}
	if l := g.byName[s.Name]; l == nil || l.slot != s.Slot {
		return nil, fmt.Errorf("loop: line %q in slot %d of card %s is not there: adding or moving a line needs a restart", s.Name, s.Slot, g.info.Name)
	}
	return s, nil
}

// Reconfigure changes one line at run time. Its name, slot and kind cannot change. Gains and the echo canceller apply at
// once; everything else applies to the line's next call, as soon as it is idle (LineStatus.Pending until then). No call is
// dropped.
func (g *Group) Reconfigure(lc LineConfig) error {
	s, err := g.resolve(lc)
	if err != nil {
		return err
	}
	if !g.post(message{kind: msgConfigure, line: g.byName[s.Name], settings: s}) {
		return fmt.Errorf("loop: card %s is too busy to take the change of line %q: try again", g.info.Name, s.Name)
	}
	return nil
}

// Fail takes all lines out of service with a reason that their status shows, when the card has failed; their calls are
// cleared with cause 27. Restore puts them back.
func (g *Group) Fail(reason string) { g.post(message{kind: msgFail, reason: reason}) }

// Restore ends Fail.
func (g *Group) Restore() { g.post(message{kind: msgRestore}) }

// post puts a message into the inbox and reports whether there was room. A group that does not run any more answers what
// was posted to it.
func (g *Group) post(m message) bool {
	select {
	case g.inbox <- m:
	default:
		return false
	}
	if g.closed.Load() {
		g.refuseAll()
	}
	return true
}

// refuseAll answers what waits in the inbox of a group that has ended. Several goroutines may do so at once; each message
// is answered by one of them.
func (g *Group) refuseAll() {
	for {
		select {
		case m := <-g.inbox:
			if m.kind == msgPrimitive && m.prim.Kind == tdm.Setup {
				m.call.up(release(tdm.CauseDestinationOutOfOrder, "", 0))
			}
		default:
			return
		}
	}
}

// Machines implements fsm.Lister.
func (g *Group) Machines() []fsm.Instance {
	list := make([]fsm.Instance, len(g.lines))
	for i, l := range g.lines {
		st := l.Status()
		list[i] = fsm.Instance{Machine: st.Kind, Name: st.Name, State: st.Machine, Since: st.Since, Timers: st.Timers}
	}
	return list
}

// Run is the signalling goroutine of the card. It returns nil when ctx is done, after it has cleared the calls of all lines
// with cause 41.
func (g *Group) Run(ctx context.Context) error {
	defer func() {
		g.closed.Store(true)
		g.refuseAll()
	}()
	for _, l := range g.lines {
		l.begin()
	}
	events := g.pump.Events()
	for {
		select {
		case <-ctx.Done():
			g.shutdown()
			return nil
		case ev := <-events:
			g.event(ev)
		case m := <-g.inbox:
			// What the pump has already seen comes first: a ring that is known wins over a seizure.
			for range len(events) {
				g.event(<-events)
			}
			g.message(m)
		}
	}
}

// event handles one event of the pump.
func (g *Group) event(e span.Event) {
	if e.Kind == span.Tick {
		g.tick(e.At)
		return
	}
	if e.Slot < 0 || e.Slot >= len(g.bySlot) {
		return
	}
	if l := g.bySlot[e.Slot]; l != nil {
		l.event(&e)
	}
}

// tick ends a block: all lines' time moves on, whatever happened on them.
func (g *Group) tick(at int64) {
	g.now = max(g.now, at)
	for _, l := range g.lines {
		l.tick(at)
	}
	if at >= g.levelsAt {
		g.levelsAt = at + levelsEvery
		g.silence(at)
	}
	if g.over.Swap(false) {
		for _, l := range g.lines {
			if c := l.call; c != nil && c.over.Load() {
				g.log.Warn("inbox full, call cleared", "line", l.name)
				l.disconnect(c, tdm.CauseSwitchingCongestion)
			}
		}
	}
}

// levelsEvery is how often levels are looked at for silence, in samples.
const levelsEvery = tdm.Rate / 10

// silence clears FXO calls in which neither side was heard for long enough.
func (g *Group) silence(at int64) {
	listening := false
	for _, l := range g.lines {
		listening = listening || l.m.hearing&listenSilence != 0
	}
	if !listening {
		return
	}
	g.levels = g.pump.Stats(g.levels[:0])
	for _, l := range g.lines {
		if l.m.hearing&listenSilence == 0 {
			continue
		}
		limit := l.m.set.FXO.Disconnect
		if st := &g.levels[l.slot]; max(st.RxDBm0, st.TxDBm0) > float32(limit.SilenceDBm0) {
			l.heard = at
		} else if limit.SilenceMs > 0 && at-l.heard >= ms(limit.SilenceMs) {
			l.heard = at
			l.fxoStep(fxoSilence, &input{})
		}
	}
}

// message handles one message of the inbox.
func (g *Group) message(m message) {
	switch l := m.line; m.kind {
	case msgPrimitive:
		l.now = max(l.now, g.now)
		l.primitive(m.call, m.prim)
	case msgConfigure:
		l.configure(m.settings)
	case msgBlock:
		l.m.blocked = m.reason
		l.publish()
	case msgFail:
		for _, l := range g.lines {
			l.fail(m.reason, tdm.CauseDestinationOutOfOrder)
		}
	case msgRestore:
		for _, l := range g.lines {
			l.restore()
		}
	}
}

// shutdown clears all lines.
func (g *Group) shutdown() {
	for _, l := range g.lines {
		l.fail("stopped", tdm.CauseTemporaryFailure)
	}
}
