package loop

import (
	"sync/atomic"

	"tipring/tdm"
	"tipring/tdm/span"
)

// A Call is one call's hold on a line: the line's side of a call, from the Setup to the Release. Its methods are safe from
// any goroutine and never block. It is the Party of a telephone or a trunk line to the gateway's call.
type Call struct {
	line *Line
	up   func(tdm.Primitive) // set before the first primitive goes up, then read only
	over atomic.Bool         // a primitive was lost since the inbox was full
}

// Send delivers a primitive down to the line. After the line's Release it does nothing.
func (c *Call) Send(p tdm.Primitive) {
	if !c.line.group.post(message{kind: msgPrimitive, line: c.line, call: c, prim: p}) {
		c.over.Store(true)
		c.line.group.over.Store(true)
	}
}

// End is the line's circuit.
func (c *Call) End() span.End { return span.End{Pump: c.line.group.pump, Slot: c.line.slot} }

// Name is the line's name.
func (c *Call) Name() string { return c.line.name }
