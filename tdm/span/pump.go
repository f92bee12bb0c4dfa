package span

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"tipring/tdm"
)

// Limits and defaults of a Config.
const (
	DefaultBlockMs    = 10
	MaxBlockMs        = 20
	DefaultEchoTailMs = 64
)

// Config describes a pump.
type Config struct {
	Card tdm.Card
	// BlockMs is the length of one exchange, 1 to 20 ms; 0 means DefaultBlockMs.
	BlockMs int
	// EchoTailMs is how long an echo a canceller can model, 8 to 128 ms; 0 means DefaultEchoTailMs.
	EchoTailMs int
	// Log gets a line when the pump starts and when its card fails; nothing is logged from a block. Nil discards.
	Log *slog.Logger
}

// A Pump drives one card. New starts nothing; Run is the pump goroutine. All other methods are safe from any goroutine.
type Pump struct {
	card   tdm.Card
	ctl    tdm.Controller // nil for a card without lines
	faults <-chan tdm.Event
	info   tdm.Info
	log    *slog.Logger
	tailMs int

	n        int // samples a block
	blockDur time.Duration
	commands chan func()
	events   chan Event
	started  atomic.Bool
	done     chan struct{} // closed when Run has returned

	now    atomic.Int64
	shared []slotShared
	counts counters

	// Owned by the pump goroutine.
	tx, rx   tdm.Block
	slots    []slot
	active   []int // slots with audio or signalling to process, ascending
	dirty    bool  // active must be computed anew
	blocks   int64
	lateRun  int64 // blocks in a row whose Exchange did not wait
	finished time.Time
}

// New checks the configuration and allocates a pump for the card. It starts nothing.
func New(cfg Config) (*Pump, error) {
	if cfg.Card == nil {
		return nil, errors.New("span: no card given")
	}
	info := cfg.Card.Info()
	if cfg.BlockMs == 0 {
		cfg.BlockMs = DefaultBlockMs
	}
	if cfg.EchoTailMs == 0 {
		cfg.EchoTailMs = DefaultEchoTailMs
	}
	if cfg.BlockMs < 1 || cfg.BlockMs > MaxBlockMs {
		return nil, fmt.Errorf("span: card %s: block of %d ms: give 1 to %d", info.Name, cfg.BlockMs, MaxBlockMs)
	}
	if cfg.EchoTailMs < 8 || cfg.EchoTailMs > 128 {
		return nil, fmt.Errorf("span: card %s: echo tail of %d ms: give 8 to 128", info.Name, cfg.EchoTailMs)
	}
	if info.Delay < 0 {
		return nil, fmt.Errorf("span: card %s: negative delay of %d samples", info.Name, info.Delay)
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	slots, n := len(info.Slots), cfg.BlockMs*tdm.Quantum
	p := &Pump{
		card:     cfg.Card,
		info:     info,
		log:      cfg.Log.With("card", info.Name),
		tailMs:   cfg.EchoTailMs,
		n:        n,
		blockDur: time.Duration(cfg.BlockMs) * time.Millisecond,
		commands: make(chan func(), 1024+8*slots),
		events:   make(chan Event, 1024+8*slots),
		done:     make(chan struct{}),
		shared:   make([]slotShared, slots),
		tx:       tdm.NewBlock(slots, n),
		rx:       tdm.NewBlock(slots, n),
		slots:    make([]slot, slots),
		active:   make([]int, 0, slots),
	}
	p.ctl, _ = cfg.Card.(tdm.Controller)
	if p.ctl != nil {
		p.faults = p.ctl.Events()
	}
	fill(p.tx.Data, info.Law.Silence())
	pcm := make([]int16, 2*slots*n)
	for i := range p.slots {
		p.slots[i] = slot{peer: -1, rxGain: 1, txGain: 1, toFar: 1, fromFar: 1, rx: pcm[:n:n], tx: pcm[n : 2*n : 2*n]}
		pcm = pcm[2*n:]
	}
	return p, nil
}

// Info describes the pump's card.
func (p *Pump) Info() tdm.Info { return p.info }

// Block returns the block length in samples.
func (p *Pump) Block() int { return p.n }

// Now returns the card's sample count: the end of the last block exchanged.
func (p *Pump) Now() int64 { return p.now.Load() }

// Events delivers what the pump finds. It has one consumer, the signalling goroutine of the card. The pump never waits
// for it: an event that finds the channel full is dropped and counted (PumpStats.EventsLost), but a changed signalling bit
// is reported again a block later. It is never closed.
func (p *Pump) Events() <-chan Event { return p.events }

// Run drives the card until ctx is done or the card is closed, and returns nil then; when the card fails it returns the
// card's error. It can be called once. Commands given afterwards do nothing.
func (p *Pump) Run(ctx context.Context) error {
	if !p.started.CompareAndSwap(false, true) {
		return fmt.Errorf("span: card %s: pump was already run", p.info.Name)
	}
	defer close(p.done)
	p.log.Info("pump runs", "slots", len(p.slots), "block", p.blockDur)
	stop := ctx.Done()
	for {
		select {
		case <-stop:
			return nil
		default:
		}
		if err := p.step(); err != nil {
			if errors.Is(err, tdm.ErrClosed) {
				return nil
			}
			p.log.Error("card failed", "err", err)
			return fmt.Errorf("span: card %s: exchange: %w", p.info.Name, err)
		}
	}
}

// step is one tick: exchange a block, then apply what was queued while the card's clock ran, then the two phases. Queued
// commands are applied after the wait and not before it, so that they act one block earlier.
func (p *Pump) step() error {
	before := time.Now()
	slip, err := p.card.Exchange(p.tx, p.rx)
	if err != nil {
		return err
	}
	after := time.Now()
	p.account(before, after)

	at := p.now.Load()
	if slip > 0 {
		at += int64(slip)
		p.slip(at, slip)
	}
	p.now.Store(at + int64(p.n))
	p.drain()
	if p.dirty {
		p.activate()
	}
	p.signalling(at)
	for _, i := range p.active {
		p.receive(i, at)
	}
	for _, i := range p.active {
		p.transmit(i, at)
	}
	p.publish()
	p.blocks++
	p.tick(at + int64(p.n))
	return nil
}

// account keeps the pump's own timing: the host's clock is read for these figures alone.
func (p *Pump) account(before, after time.Time) {
	p.counts.blocks.Add(1)
	if !p.finished.IsZero() {
		p.counts.busy(before.Sub(p.finished))
		if after.Sub(before) < p.blockDur/16 {
			p.lateRun++
			p.counts.late.Add(1)
			if p.lateRun > p.counts.maxLate.Load() {
				p.counts.maxLate.Store(p.lateRun)
			}
		} else {
			p.lateRun = 0
		}
	}
	p.finished = after
}

func (p *Pump) slip(at int64, n int) {
	p.counts.slips.Add(1)
	p.counts.slipped.Add(int64(n))
	for i := range p.slots {
		p.slots[i].slip(n, p.n)
	}
	p.emit(Event{Slot: -1, At: at, Kind: Slip, Dur: n})
}

// drain applies what has been queued so far, at most one queue's worth, so that a flood of commands cannot hold a block.
func (p *Pump) drain() {
	for range cap(p.commands) {
		select {
		case f := <-p.commands:
			f()
		default:
			p.answers()
			return
		}
	}
	p.answers()
}

// answers passes on what the card's lines reported.
func (p *Pump) answers() {
	for p.faults != nil {
		select {
		case e := <-p.faults:
			p.emit(Event{Slot: e.Slot, At: e.At, Kind: Controlled, ID: e.ID, Err: e.Err})
		default:
			return
		}
	}
}

// activate lists the slots that need work; one that no longer does is left sending silence.
func (p *Pump) activate() {
	p.dirty = false
	p.active = p.active[:0]
	for i := range p.slots {
		s := &p.slots[i]
		if s.busy() {
			p.active = append(p.active, i)
			s.awake = true
			continue
		}
		if s.awake {
			s.awake = false
			s.sleep()
			p.publishSlot(i)
			if s.echo != nil {
				p.publishEcho(i)
			}
			fill(p.tx.Slot(i), p.info.Law.Silence())
		}
	}
}

func (p *Pump) emit(e Event) bool {
	select {
	case p.events <- e:
		return true
	default:
		p.counts.eventsLost.Add(1)
		return false
	}
}

// tick ends a block. It gives way when the consumer lags: the next one says the same and more.
func (p *Pump) tick(at int64) {
	if len(p.events) > cap(p.events)/2 {
		return
	}
	p.emit(Event{Slot: -1, At: at, Kind: Tick})
}
