package loop

import (
	"sync/atomic"

	"tipring/tdm"
)

// A Line is one analog line of a group. Its methods are safe from any goroutine and never block.
type Line struct {
	group *Group
	name  string
	slot  int
	kind  tdm.Kind

	status atomic.Pointer[LineStatus]

	// Owned by the group's goroutine.
	driver
}

// Name returns the stable name.
func (l *Line) Name() string { return l.name }

// Slot returns the line's slot on the card.
func (l *Line) Slot() int { return l.slot }

// Kind returns FXS or FXO.
func (l *Line) Kind() tdm.Kind { return l.kind }

// Status returns the line's latest snapshot.
func (l *Line) Status() LineStatus { return *l.status.Load() }

// Call places a call on the line: it rings the telephone, or seizes the line to the exchange and dials setup.Called.
// Everything after, refusal included, comes through up, which must not block: a line in use answers with Release and
// cause 17, one out of service with 27, a ringing FXO line with 44. up may be called before Call returns.
func (l *Line) Call(setup tdm.Primitive, up func(tdm.Primitive)) *Call {
	c := &Call{line: l, up: up}
	setup.Kind = tdm.Setup
	if !l.group.post(message{kind: msgPrimitive, line: l, call: c, prim: setup}) {
		up(release(tdm.CauseSwitchingCongestion, "", 0))
	}
	return c
}

// Block takes the line out of use for new calls, with a reason that its status shows; a call that is up goes on. Unblock
// ends it.
func (l *Line) Block(reason string) {
	if reason == "" {
		reason = "blocked"
	}
	l.group.post(message{kind: msgBlock, line: l, reason: reason})
}

// Unblock puts a blocked line back into use.
func (l *Line) Unblock() { l.group.post(message{kind: msgBlock, line: l}) }
