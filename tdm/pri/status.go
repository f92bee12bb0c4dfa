package pri

import (
	"slices"

	"tipring/tdm"
	"tipring/tdm/q921"
	"tipring/tdm/q931"
)

// A Status is a snapshot of a group.
type Status struct {
	Name      string
	Up        bool // layer 3 can be spoken
	Calls     int
	Counters  q931.Counters
	Channels  []ChannelStatus
	DChannels []DStatus
}

// ChannelStatus is one B channel.
type ChannelStatus struct {
	Channel tdm.Channel
	State   string // idle, busy, blocked, suspect, out of service ..., restarting
	Blocked bool   // by an operator: also while a call is on it
}

// DStatus is a D channel: its data link, and the frames that its HDLC has counted.
type DStatus struct {
	Interface       int
	Up              bool   // the data link
	Active          bool   // layer 3 is spoken on it
	In, Out         uint64 // frames
	BadFCS, Aborted uint64
	Dropped         uint64 // for want of room between pump and group
	State           q921.State
	Link            q921.Counters
}

// Status returns what the group was when it last did something. The frames are counted to now.
func (g *Group) Status() Status {
	st := *g.shown.Load()
	st.DChannels = slices.Clone(st.DChannels)
	for i, d := range g.d {
		s := &st.DChannels[i]
		s.In, s.Out = d.count.in.Load(), d.count.out.Load()
		s.BadFCS, s.Aborted, s.Dropped = d.count.badFCS.Load(), d.count.aborted.Load(), d.count.dropped.Load()
	}
	return st
}

// publish refreshes the snapshot.
func (g *Group) publish() {
	st := &Status{Name: g.cfg.Name, Up: g.link.Up(), Calls: g.link.Calls(), Counters: g.link.Counters()}
	for i := range g.cfg.Spans {
		g.each(i, func(ch tdm.Channel) {
			st.Channels = append(st.Channels, ChannelStatus{ch, g.link.ChannelStatus(ch), g.hunters[i].Blocked(int(ch.Timeslot))})
		})
	}
	for i, iface := range g.cfg.Link.DChannels {
		x := DStatus{Interface: iface, Up: g.dUp[i], Active: i == g.link.Active()}
		x.State, x.Link = g.link.DataLink(i)
		st.DChannels = append(st.DChannels, x)
	}
	g.shown.Store(st)
}
