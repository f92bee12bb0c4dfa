package emu

import (
	"fmt"
	"sync"
	"time"

	"tipring/hw/clocksource"
	"tipring/hw/soft"
	"tipring/tdm"
	"tipring/tdm/framing"
)

// SpanConfig describes a card of emulated E1, T1 or J1 lines.
type SpanConfig struct {
	Name  string // "span" when empty
	Spans []Span
	Seed  uint64 // of the errors
	// Depth, PPM and Unpaced are as in Config.
	Depth   time.Duration
	PPM     int
	Unpaced bool
}

// A Span is one line with what stands behind it.
type Span struct {
	Name     string
	Framing  tdm.Framing
	LineCode tdm.LineCode
	CAS      bool
	// Clear are the timeslots of a T1 with CAS whose bits are not robbed: bit k is timeslot k.
	Clear         uint32
	ClockPriority int
	// FarPPM is by how many parts in a million the far end's clock is fast.
	FarPPM int
	// Switch is who uses the far end; nil: nobody, and the timeslots are idle.
	Switch Switch
	// DeclareMs and ClearMs integrate failures, as in framing.Config.
	DeclareMs, ClearMs int
}

// A Switch is the user of a span's far end.
type Switch interface {
	// Exchange takes a millisecond of what the far end has received and fills what it sends. Slot k of the blocks is timeslot
	// k+1; Sig has the ABCD bits of a span with CAS. It is called by the card's pump: it never blocks.
	Exchange(tx, rx tdm.Block)
}

// A lineWatcher is a Switch that wants to know whether its line works. It is told of changes, and sometimes of none.
type lineWatcher interface{ Line(up bool) }

// A SpanCard is a card of emulated lines: a tdm.SpanCard and tdm.SpanController. Both ends of every line are real framers
// with pulses between them.
//
// Like Card it has no goroutine: everything is computed by the caller of Exchange, a millisecond at a time. What others want
// is queued and applied before the next block.
type SpanCard struct {
	info    tdm.Info
	spans   []tdm.SpanInfo
	lines   []*spanLine
	clock   *soft.Clock
	unpaced bool
	ppm     int
	chooser *clocksource.Selector
	sound   func(line int) bool
	reports chan tdm.SpanReport
	lost    int
	at      int64
	ms      int // of the second

	mu     sync.Mutex // guards what follows
	queue  []func()
	spare  []func()
	status []tdm.SpanStatus
	far    []FarStatus
}

var (
	_ tdm.SpanCard       = (*SpanCard)(nil)
	_ tdm.SpanController = (*SpanCard)(nil)
)

// NewSpanCard makes a card. Nothing runs until the first Exchange, which starts its clock. Its law is that of its lines.
func NewSpanCard(cfg SpanConfig) (*SpanCard, error) {
	c := &SpanCard{
		info:    tdm.Info{Name: or(cfg.Name, "span"), Model: "emulated span card", Law: tdm.MuLaw, SigResolution: 2},
		clock:   soft.NewClock(cfg.Depth, cfg.PPM),
		unpaced: cfg.Unpaced,
		ppm:     cfg.PPM,
		reports: make(chan tdm.SpanReport, 16+16*len(cfg.Spans)),
		status:  make([]tdm.SpanStatus, len(cfg.Spans)),
		far:     make([]FarStatus, len(cfg.Spans)),
	}
	if len(cfg.Spans) == 0 {
		return nil, fmt.Errorf("emulated card %s: no spans", c.info.Name)
	}
	if cfg.Spans[0].Framing.E1() {
		c.info.Law = tdm.ALaw
	}
	var priority []int
	for i, s := range cfg.Spans {
		if err := s.check(cfg.Spans); err != nil {
			return nil, fmt.Errorf("emulated card %s, span %d, %q: %w", c.info.Name, i, s.Name, err)
		}
		info := tdm.SpanInfo{
			Name: s.Name, First: len(c.info.Slots), Framing: s.Framing, LineCode: s.LineCode, CAS: s.CAS, ClockPriority: s.ClockPriority,
		}
		c.spans = append(c.spans, info)
		c.lines = append(c.lines, newSpanLine(s, info.First, cfg.Seed+uint64(i)))
		for range s.Framing.Timeslots() {
			c.info.Slots = append(c.info.Slots, tdm.Slot{Kind: tdm.Bearer})
		}
		priority = append(priority, s.ClockPriority)
	}
	c.chooser = clocksource.New(priority)
	c.sound = func(i int) bool { return c.lines[i].near.Status().Defects&tdm.RedAlarms == 0 }
	return c, nil
}

func (s Span) check(all []Span) error {
	same := 0
	for _, o := range all {
		if o.Name == s.Name {
			same++
		}
	}
	switch {
	case s.Name == "" || same > 1:
		return fmt.Errorf("a span needs a name of its own")
	case s.Framing > tdm.J1SF:
		return fmt.Errorf("framing %d is not known", s.Framing)
	case s.Framing.E1() != all[0].Framing.E1():
		return fmt.Errorf("%v and %v cannot share a card: one law serves all its timeslots", s.Framing, all[0].Framing)
	case s.Framing.E1() && s.LineCode == tdm.B8ZS || !s.Framing.E1() && s.LineCode == tdm.HDB3:
		return fmt.Errorf("%v does not go with %v", s.LineCode, s.Framing)
	}
	return nil
}

// Info describes the card.
func (c *SpanCard) Info() tdm.Info { return c.info }

// Spans describes the lines.
func (c *SpanCard) Spans() []tdm.SpanInfo { return c.spans }

// SpanReports delivers the lines' news.
func (c *SpanCard) SpanReports() <-chan tdm.SpanReport { return c.reports }

// SpanStatus returns what the near end of a line was at the end of the last Exchange.
func (c *SpanCard) SpanStatus(span int) tdm.SpanStatus {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.status[span]
}

// SpanControl queues a command for the near end.
func (c *SpanCard) SpanControl(span int, cmd tdm.SpanCommand) error {
	if span < 0 || span >= len(c.lines) {
		return fmt.Errorf("card %s has no span %d", c.info.Name, span)
	}
	if err := framing.Check(c.spans[span].Framing, cmd); err != nil {
		return fmt.Errorf("span %s: %w", c.spans[span].Name, err)
	}
	c.do(func() { c.lines[span].near.Control(cmd) })
	return nil
}

func (c *SpanCard) do(f func()) {
	c.mu.Lock()
	c.queue = append(c.queue, f)
	c.mu.Unlock()
}

// Exchange carries one block over every line and returns when the card's clock has passed it. While samples are lost (slip)
// the lines stand still.
func (c *SpanCard) Exchange(tx, rx tdm.Block) (slip int, err error) {
	n := len(c.info.Slots)
	if tx.N != rx.N || tx.N <= 0 || tx.N%tdm.Quantum != 0 || len(tx.Data) != n*tx.N || len(rx.Data) != len(tx.Data) ||
		len(tx.Sig) != n*tx.N/tdm.Quantum || len(rx.Sig) != len(tx.Sig) {
		return 0, fmt.Errorf("card %s: blocks of %d and %d octets, N %d and %d, for %d slots: want one N, a multiple of 8, and all slots in both",
			c.info.Name, len(tx.Data), len(rx.Data), tx.N, rx.N, n)
	}
	if !c.unpaced {
		slip = c.clock.Begin()
		c.at += int64(slip)
	}
	c.mu.Lock()
	queue := c.queue
	c.queue = c.spare[:0]
	c.mu.Unlock()
	for i, f := range queue {
		f()
		queue[i] = nil
	}
	c.spare = queue
	for q := range tx.N / tdm.Quantum {
		c.quantum(tx, rx, q)
	}
	c.mu.Lock()
	for i, l := range c.lines {
		c.status[i] = c.statusOf(i)
		c.far[i] = l.farStatus()
	}
	c.mu.Unlock()
	if !c.unpaced {
		return slip, c.clock.Wait(tx.N)
	}
	select {
	case <-c.clock.Done():
		return slip, tdm.ErrClosed
	default:
		return slip, nil
	}
}

// quantum carries a millisecond.
func (c *SpanCard) quantum(tx, rx tdm.Block, q int) {
	was := c.chooser.Source()
	source := c.chooser.Tick(c.sound)
	// The card runs as fast as the far end that its clock comes from, or else as its crystal.
	ppm := c.ppm
	if source != clocksource.Free {
		ppm = c.lines[source].farPPM
	}
	c.at += tdm.Quantum
	if c.ms++; c.ms == 1000 {
		c.ms = 0
	}
	for i, l := range c.lines {
		changed := l.run(tx, rx, q, ppm)
		if changed || source != was && (i == source || i == was) {
			c.report(tdm.SpanReport{Span: i, Status: c.statusOf(i)})
		}
		if c.ms == 0 {
			second := l.near.Second()
			c.report(tdm.SpanReport{Span: i, Status: c.statusOf(i), Timed: true, Second: second})
		}
	}
}

func (c *SpanCard) statusOf(i int) tdm.SpanStatus {
	s := c.lines[i].near.Status()
	s.At, s.ClockSource = c.at, c.chooser.Source() == i
	return s
}

func (c *SpanCard) report(r tdm.SpanReport) {
	r.Dropped = c.lost
	select {
	case c.reports <- r:
		c.lost = 0
	default:
		c.lost++
	}
}

// Close ends the card; an Exchange that waits returns tdm.ErrClosed.
func (c *SpanCard) Close() error {
	c.clock.Close()
	return nil
}
