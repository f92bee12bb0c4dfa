package cas

import (
	"fmt"
	"maps"

	"tipring/tdm/fsm"
)

// A Status is a snapshot of a group.
type Status struct {
	Name     string
	Up       bool // the line is in use
	Calls    int
	Channels []ChannelStatus
	Counts   map[string]uint64 // seizures, glare, no wink, short winks, permanent signals ...
	Lost     uint64            // events that found the group's inbox full
	machines []fsm.Instance
}

// ChannelStatus is one channel.
type ChannelStatus struct {
	Timeslot  int
	Condition Condition
	State     string // in the words of its signalling
	Blocked   bool   // by an operator: also while a call is on it
	Received  Bits
}

// Status returns what the group was when it last did something.
func (g *Group) Status() Status {
	st := *g.shown.Load()
	st.Lost = g.lost.Load()
	return st
}

// Machines implements fsm.Lister. Times are in the card's samples.
func (g *Group) Machines() []fsm.Instance { return g.shown.Load().machines }

// publish refreshes the snapshot.
func (g *Group) publish() {
	g.changed = false
	st := &Status{Name: g.cfg.Name, Up: g.begun && !g.failed, Counts: maps.Clone(g.counts)}
	for _, c := range g.channels {
		if c.call != nil {
			st.Calls++
		}
		cond := c.m.Condition()
		st.Channels = append(st.Channels, ChannelStatus{c.timeslot, cond, c.m.State(), g.hunter.Blocked(c.index), c.received})
		m := fsm.Instance{Machine: "cas", Name: fmt.Sprintf("%s/%d", g.cfg.Name, c.timeslot), State: c.m.State(), Since: c.since}
		c.timers.Each(func(t Timer, at int64) { m.Timers = append(m.Timers, fsm.Timer{Name: c.m.Timer(t), At: at}) })
		st.machines = append(st.machines, m)
	}
	g.shown.Store(st)
}
