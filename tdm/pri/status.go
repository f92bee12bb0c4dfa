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
}

// DStatus is a D channel: its data link, and the frames that its HDLC has counted.
type DStatus struct {
	Interface       int
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
	for i, x := range g.cfg.Link.Interfaces {
		for t := uint8(1); t < 32; t++ {
			if x.Channels>>t&1 != 0 {
				ch := tdm.Channel{Interface: uint8(i), Timeslot: t}
				st.Channels = append(st.Channels, ChannelStatus{ch, g.link.ChannelStatus(ch)})
			}
		}
	}
	for d, i := range g.cfg.Link.DChannels {
		x := DStatus{Interface: i}
		x.State, x.Link = g.link.DataLink(d)
		st.DChannels = append(st.DChannels, x)
	}
	g.shown.Store(st)
}
