package linecard

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"tipring/hw/country"
	"tipring/hw/link"
	"tipring/hw/link/wire"
	"tipring/tdm"
)

// A Line is one line of a card.
type Line struct {
	Slot int // of the highway, and chip select of its chip
	Kind tdm.Kind
	Name string
	// Country is the row of package country for the chip; empty is the chip's default.
	Country string
}

// Config describes a card.
type Config struct {
	Name string
	// Streams opens the way to the card: one stream, or one for control and one for media.
	Streams func(context.Context) (control, media link.Stream, err error)
	Law     tdm.Law
	Lines   []Line
	// Slots is how many timeslots the card has; 0: as many as the last line needs. A slot without a line is a bearer.
	Slots int
	// Lead is how far ahead of what is received samples are sent; 20 ms when 0. Frame is the length of a frame on the link;
	// 2 ms when 0, or what fits.
	Lead, Frame time.Duration
	// SenseMs is how coarsely the card may sense its lines; 1 ms when 0. A card that is coarser is not taken.
	SenseMs int
	// State is called by Run when the card has come into service and, with the reason, when it has gone out of it or cannot
	// be brought into it, once for each reason.
	State func(err error)
	Log   *slog.Logger
}

// MaxSlots is the most timeslots of a card.
const MaxSlots = 64

const (
	defaultLead  = 20
	defaultFrame = 2
	eventQueue   = 256
	maxQueued    = 256 // commands
)

// ErrDown is what a command is answered with while the card is out of service.
var ErrDown = errors.New("the card is out of service")

// A Card is a line card behind a link.
type Card struct {
	cfg    Config
	info   tdm.Info
	media  *media
	events chan tdm.Event
	kick   chan struct{} // there are commands

	mu       sync.Mutex
	queue    []command
	answered []tdm.Event // in the order of At
	measured []tdm.Measurement
	dropped  uint64 // events
	link     link.Stats
	remote   wire.Statistics
	clock    link.Clock
	version  string

	feeds []tdm.Linefeed // last asked for, of each slot: the keeper's

	appeared chan struct{}
	done     chan struct{} // closed by Close
	once     sync.Once
}

var (
	_ tdm.Controller = (*Card)(nil)
	_ tdm.Meter      = (*Card)(nil)
)

// A command waits for the keeper.
type command struct {
	slot int
	tdm.Command
}

// New makes a card that is out of service until Run connects it. It fails when the Config has a fault.
func New(cfg Config) (*Card, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.SenseMs == 0 {
		cfg.SenseMs = 1
	}
	slots := make([]tdm.Slot, cfg.Slots)
	for _, l := range cfg.Lines {
		if l.Slot < 0 || l.Slot >= MaxSlots {
			return nil, fmt.Errorf("card %s: line %q has slot %d: want 0 to %d", cfg.Name, l.Name, l.Slot, MaxSlots-1)
		}
		for l.Slot >= len(slots) {
			slots = append(slots, tdm.Slot{})
		}
		if slots[l.Slot] != (tdm.Slot{}) {
			return nil, fmt.Errorf("card %s: lines %q and %q both have slot %d", cfg.Name, slots[l.Slot].Name, l.Name, l.Slot)
		}
		if l.Kind != tdm.Bearer {
			if _, err := country.Lookup(cmp.Or(l.Country, "fcc")); err != nil {
				return nil, fmt.Errorf("card %s: line %s: %w", cfg.Name, l.Name, err)
			}
		}
		slots[l.Slot] = tdm.Slot{Kind: l.Kind, Name: l.Name}
	}
	if len(slots) == 0 || len(slots) > MaxSlots {
		return nil, fmt.Errorf("card %s: %d slots: want 1 to %d", cfg.Name, len(slots), MaxSlots)
	}
	lead, frame := int(cfg.Lead/time.Millisecond), int(cfg.Frame/time.Millisecond)
	if lead == 0 {
		lead = defaultLead
	}
	if frame == 0 {
		frame = min(defaultFrame, longestFrame(len(slots)))
	}
	if frame > longestFrame(len(slots)) || lead < frame || lead > 200 {
		return nil, fmt.Errorf("card %s: frames of %d ms and a lead of %d ms: want 1 to %d ms a frame with %d slots, and that much to 200 ms of lead",
			cfg.Name, frame, lead, longestFrame(len(slots)), len(slots))
	}
	c := &Card{cfg: cfg, events: make(chan tdm.Event, eventQueue), kick: make(chan struct{}, 1), measured: make([]tdm.Measurement, len(slots)),
		feeds: make([]tdm.Linefeed, len(slots)), appeared: make(chan struct{}, 1), done: make(chan struct{})}
	c.info = tdm.Info{Name: cfg.Name, Model: "line card on a card link", Law: cfg.Law, Slots: slots, Delay: lead * tdm.Quantum, SigResolution: resolution(slots, cfg.SenseMs)}
	c.media = newMedia(slots, cfg.Law, lead, frame)
	c.queue, c.answered = make([]command, 0, maxQueued), make([]tdm.Event, 0, eventQueue)
	return c, nil
}

// Run connects the card and serves it, again and again, until ctx is done or the card is closed.
func (c *Card) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		select {
		case <-c.done:
			cancel()
		case <-ended:
		}
	}()
	c.keep(ctx)
	return nil
}

// Appeared says that the card may be there again, so that Run tries at once.
func (c *Card) Appeared() {
	select {
	case c.appeared <- struct{}{}:
	default:
	}
}

// Info describes the card.
func (c *Card) Info() tdm.Info { return c.info }

// Close ends Exchange and Run.
func (c *Card) Close() error {
	c.once.Do(func() { close(c.done) })
	return nil
}

// Exchange implements tdm.Card.
func (c *Card) Exchange(tx, rx tdm.Block) (slip int, err error) {
	n := len(c.info.Slots)
	if tx.N != rx.N || tx.N <= 0 || tx.N%tdm.Quantum != 0 || len(tx.Data) != n*tx.N || len(rx.Data) != len(tx.Data) ||
		len(tx.Sig) != len(tx.Data)/tdm.Quantum || len(rx.Sig) != len(tx.Sig) {
		return 0, fmt.Errorf("card %s: blocks of %d and %d octets for %d slots of %d: want one N, a multiple of 8, and all slots in both",
			c.info.Name, len(tx.Data), len(rx.Data), n, tx.N)
	}
	select {
	case <-c.done:
		return 0, tdm.ErrClosed
	default:
	}
	if slip, err = c.media.exchange(tx, rx, c.done); err != nil {
		return slip, err
	}
	c.flush()
	return slip, nil
}

// Control implements tdm.Controller.
func (c *Card) Control(slot int, cmd tdm.Command) {
	c.mu.Lock()
	full := len(c.queue) == maxQueued
	if !full {
		c.queue = append(c.queue, command{slot, cmd})
	}
	c.mu.Unlock()
	if full {
		c.answer(tdm.Event{Slot: slot, ID: cmd.ID, Err: errors.New("too many commands wait for the card")})
		return
	}
	select {
	case c.kick <- struct{}{}:
	default:
	}
}

// Events implements tdm.Controller.
func (c *Card) Events() <-chan tdm.Event { return c.events }

// answer stamps an event with the block boundary by which what it reports has happened; Exchange hands it out there.
func (c *Card) answer(e tdm.Event) {
	at := c.media.boundary()
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.answered); n > 0 {
		at = max(at, c.answered[n-1].At)
	}
	if len(c.answered) == cap(c.answered) {
		c.dropped++
		return
	}
	e.At = at
	c.answered = append(c.answered, e)
}

// flush hands out the events whose time has come.
func (c *Card) flush() {
	now := c.media.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for n < len(c.answered) && c.answered[n].At <= now {
		select {
		case c.events <- c.answered[n]:
		default:
			c.dropped++
		}
		n++
	}
	if n > 0 {
		c.answered = c.answered[:copy(c.answered, c.answered[n:])]
	}
}

// Measure implements tdm.Meter.
func (c *Card) Measure(slot int) tdm.Measurement {
	c.mu.Lock()
	defer c.mu.Unlock()
	if slot < 0 || slot >= len(c.measured) {
		return tdm.Measurement{}
	}
	return c.measured[slot]
}

// Stats are a card's counters: those of the host since New, and of link and card as they were a second ago at most, or at the
// end of the last session.
type Stats struct {
	Slips     int64  // samples that a late pump lost
	Missing   int64  // samples that did not come over the link, of each slot
	Recovered int64  // of these, samples that came late and still in time
	Lates     int64  // blocks whose audio was handed over too late to be played, by the host's own reckoning
	Sessions  int64  // times the link has come up
	Dropped   uint64 // events that nobody took
	Link      link.Stats
	Card      wire.Statistics // among them ms of underrun
	Clock     link.Clock      // of the card against the host's; zero before it has been asked
	Version   string          // of its firmware
}

// Stats returns the counters.
func (c *Card) Stats() Stats {
	s := c.media.statistics()
	c.mu.Lock()
	defer c.mu.Unlock()
	s.Dropped, s.Link, s.Card, s.Clock, s.Version = c.dropped, c.link, c.remote, c.clock, c.version
	return s
}
