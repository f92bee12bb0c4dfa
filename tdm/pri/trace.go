package pri

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A Frame is one frame of a D channel as a trace shows it.
type Frame struct {
	At     time.Time
	D      int    // D channel of the group
	Sent   bool   // by this side
	Lost   int    // frames before it that found the trace full
	Octets []byte // without FCS
}

// traced is how many frames a trace may be behind.
const traced = 256

// taps are who listens to a group's D channels.
type taps struct {
	mu   sync.Mutex // held while the list is replaced
	list atomic.Pointer[[]*tap]
}

type tap struct {
	frames chan Frame
	lost   int // owned by the group
}

// Trace delivers a copy of every frame that the group gives to a D channel or takes from one, from now until stop is called.
// Frames of a reader that is behind are left out and counted in the next one.
func (g *Group) Trace() (frames <-chan Frame, stop func()) {
	t := &tap{frames: make(chan Frame, traced)}
	change := func(f func([]*tap) []*tap) {
		g.taps.mu.Lock()
		defer g.taps.mu.Unlock()
		var list []*tap
		if p := g.taps.list.Load(); p != nil {
			list = slices.Clone(*p)
		}
		list = f(list)
		g.taps.list.Store(&list)
	}
	change(func(l []*tap) []*tap { return append(l, t) })
	return t.frames, func() {
		change(func(l []*tap) []*tap { return slices.DeleteFunc(l, func(x *tap) bool { return x == t }) })
	}
}

// trace shows a frame to who listens.
func (g *Group) trace(d int, sent bool, octets []byte) {
	list := g.taps.list.Load()
	if list == nil {
		return
	}
	for _, t := range *list {
		select {
		case t.frames <- Frame{At: time.Now(), D: d, Sent: sent, Lost: t.lost, Octets: slices.Clone(octets)}:
			t.lost = 0
		default:
			t.lost++
		}
	}
}
