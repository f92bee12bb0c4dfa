package cas

import (
	"sync/atomic"

	"tipring/tdm"
	"tipring/tdm/span"
)

// A Call is one call's hold on a channel: the group's side of a call, from the Setup to the Release. Its methods are safe from
// any goroutine and never block.
type Call struct {
	group    *Group
	up       func(tdm.Primitive) // set before the first primitive goes up, then read only
	end      atomic.Pointer[span.End]
	timeslot atomic.Uint32
	over     atomic.Bool // a primitive was lost since the inbox was full

	// Owned by the group.
	channel *channel // the one it has or had last
	setup   tdm.Primitive
	told    bool // something has gone up
	tries   int  // channels it was put on
}

// Send delivers a primitive down to the call. After its Release it does nothing.
func (c *Call) Send(p tdm.Primitive) {
	if !c.group.post(message{kind: msgPrimitive, call: c, prim: p}) {
		c.over.Store(true)
		c.group.over.Store(true)
	}
}

// End is the call's channel, nothing before it has one.
func (c *Call) End() span.End {
	if e := c.end.Load(); e != nil {
		return *e
	}
	return span.End{}
}

// Name is the group's name.
func (c *Call) Name() string { return c.group.cfg.Name }

// Timeslot is that of the channel; 0: none yet.
func (c *Call) Timeslot() int { return int(c.timeslot.Load()) }
