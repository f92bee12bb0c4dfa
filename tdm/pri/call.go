package pri

import (
	"cmp"
	"sync/atomic"

	"tipring/tdm"
	"tipring/tdm/q931"
	"tipring/tdm/span"
)

// A Call is one call's hold on a B channel: the group's side of a call, from the Setup to the Release. Its methods are safe from
// any goroutine and never block.
type Call struct {
	group *Group
	up    func(tdm.Primitive) // set before the first primitive goes up, then read only
	end   atomic.Pointer[span.End]
	at    atomic.Uint32 // channel: interface<<8 | timeslot, for people
	over  atomic.Bool   // a primitive was lost since the inbox was full
	span  int           // whose party the call is; anySpan before one is chosen
	clear bool          // the channel carries octets and no sound

	// Owned by the group.
	id        q931.CallID
	connected bool
	setup     tdm.Primitive // of a call that is to be placed
}

// Send delivers a primitive down to the call. After its Release it does nothing.
func (c *Call) Send(p tdm.Primitive) {
	if !c.group.post(message{kind: msgPrimitive, call: c, prim: p}) {
		c.over.Store(true)
		c.group.over.Store(true)
	}
}

// End is the call's B channel, nothing before it is known. It is a clear one when the call's bearer is unrestricted digital.
func (c *Call) End() span.End {
	if e := c.end.Load(); e != nil {
		return *e
	}
	return span.End{}
}

// Name is that of the span whose channel the call asked for or came on.
func (c *Call) Name() string {
	if c.span < 0 {
		return c.group.cfg.Name
	}
	return cmp.Or(c.group.cfg.Spans[c.span].Name, c.group.cfg.Name)
}

// Channel is the B channel; timeslot 0: none yet.
func (c *Call) Channel() tdm.Channel {
	v := c.at.Load()
	return tdm.Channel{Interface: uint8(v >> 8), Timeslot: uint8(v)}
}

// occupy makes a B channel the call's circuit.
func (c *Call) occupy(ch tdm.Channel) {
	if ch.Timeslot == 0 || c.Channel() == ch && c.end.Load() != nil {
		return
	}
	c.leave()
	s := c.group.cfg.Spans[ch.Interface]
	slot := s.slot(ch.Timeslot)
	if !c.clear { // what belongs to the call before it was taken away with that
		s.Pump.Gain(slot, s.RxGain, s.TxGain)
		s.Pump.Detect(slot, span.Detect{Digits: true, Fax: true})
	}
	c.at.Store(uint32(ch.Interface)<<8 | uint32(ch.Timeslot))
	c.end.Store(&span.End{Pump: s.Pump, Slot: slot, Clear: c.clear})
	c.group.hunters[ch.Interface].Used(int(ch.Timeslot))
	c.group.bySlot[place{s.Pump, slot}] = c
}

// answered has the call's canceller begin, with no model: another call has another path. Before the answer there is nobody at the
// far end whose echo could come back, and tones and announcements would only teach the canceller wrong ones.
func (c *Call) answered() {
	c.connected = true
	s := c.group.cfg.Spans[c.Channel().Interface]
	if e := c.end.Load(); e != nil && s.Echo && !c.clear {
		e.Pump.ForgetEcho(e.Slot)
		e.Pump.Echo(e.Slot, true)
	}
}

// leave gives the circuit back.
func (c *Call) leave() {
	e := c.end.Load()
	if e == nil {
		return
	}
	key := place{e.Pump, e.Slot}
	if c.group.bySlot[key] == c {
		delete(c.group.bySlot, key)
		e.Pump.Detect(e.Slot, span.Detect{})
		e.Pump.Echo(e.Slot, false)
		e.Pump.Gain(e.Slot, 0, 0)
		e.Pump.Play(e.Slot, 0, 0, nil)
	}
}
