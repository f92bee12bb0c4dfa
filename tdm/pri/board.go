package pri

import (
	"context"

	"tipring/tdm"
	"tipring/tdm/span"
)

// A Board reads what a span card's pump and lines report, and passes it to the groups that use them.
type Board struct {
	pump   *span.Pump
	card   tdm.SpanCard
	users  [][]user // by line
	watch  func(tdm.SpanReport)
	others []listening
}

// A Listener uses a line in another way than a Group: cas.Group.
type Listener interface {
	// Event takes what the pump has found on the line's slots, and what concerns no slot.
	Event(e span.Event)
	// Line takes the line's failures, whenever they may have changed.
	Line(failures tdm.Alarms)
}

type listening struct {
	line int
	to   Listener
}

// Listen makes the board serve a listener of a line, before Run.
func (b *Board) Listen(line int, l Listener) { b.others = append(b.others, listening{line, l}) }

type user struct {
	group *Group
	index int // of the line among the group's interfaces
}

// NewBoard returns the reader of a card.
func NewBoard(p *span.Pump, card tdm.SpanCard) *Board {
	return &Board{pump: p, card: card, users: make([][]user, len(card.Spans()))}
}

// Add makes the board serve a group, before Run.
func (b *Board) Add(g *Group) {
	for i, s := range g.cfg.Spans {
		if s.Card == b.card {
			b.users[s.Line] = append(b.users[s.Line], user{g, i})
		}
	}
}

// Watch has f called with every report of the lines, before Run. It is called by Run's goroutine and must not block.
func (b *Board) Watch(f func(tdm.SpanReport)) { b.watch = f }

// Run reads until ctx is done.
func (b *Board) Run(ctx context.Context) error {
	up := make([]bool, len(b.users))
	for i := range up {
		up[i] = true
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case e := <-b.pump.Events():
			line := b.lineOf(e.Slot)
			for _, o := range b.others {
				if line < 0 || o.line == line {
					o.to.Event(e)
				}
			}
			if line >= 0 {
				for _, u := range b.users[line] {
					u.group.event(b.pump, e)
				}
			}
		case r := <-b.card.SpanReports():
			if b.watch != nil {
				b.watch(r)
			}
			for _, o := range b.others {
				if o.line == r.Span {
					o.to.Line(r.Status.Failures)
				}
			}
			if now := r.Status.Failures&tdm.RedAlarms == 0; now != up[r.Span] {
				up[r.Span] = now
				for _, u := range b.users[r.Span] {
					u.group.line(u.index, now)
				}
			}
		}
	}
}

// lineOf returns the line that a slot of the card is on, or -1.
func (b *Board) lineOf(slot int) int {
	for i, s := range b.card.Spans() {
		if slot >= s.First && slot < s.First+s.Framing.Timeslots() {
			return i
		}
	}
	return -1
}
