package pri

import (
	"tipring/tdm"
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

// DStatus counts a D channel's frames.
type DStatus struct {
	Interface       int
	In, Out         uint64 // frames
	BadFCS, Aborted uint64
	Dropped         uint64 // for want of room between pump and group
}

// Status returns what the group was when it last did something. The frames are counted to now.
func (g *Group) Status() Status {
	st := *g.shown.Load()
	st.DChannels = nil
	for i, d := range g.d {
		st.DChannels = append(st.DChannels, DStatus{
			Interface: g.cfg.Link.DChannels[i], In: d.count.in.Load(), Out: d.count.out.Load(),
			BadFCS: d.count.badFCS.Load(), Aborted: d.count.aborted.Load(), Dropped: d.count.dropped.Load(),
		})
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
	g.shown.Store(st)
}
