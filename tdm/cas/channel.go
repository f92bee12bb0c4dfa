package cas

import (
	"tipring/dsp/tone"
	"tipring/tdm"
	"tipring/tdm/span"
)

// A channel is a timeslot of a group with its machine.
type channel struct {
	group    *Group
	index    int
	timeslot int
	slot     int // of the card
	m        Machine
	timers   Timers
	debounce Debouncer
	received Bits
	call     *Call
	listen   Listen
	playing  uint32 // id of what Dial plays; 0: nothing whose end matters
	since    int64  // of the state
	again    *Call  // lost to the far end before anything had come of it: to be placed anew
}

// advance lets the card's time pass.
func (c *channel) advance() {
	now := c.group.now
	if b, since, ok := c.debounce.Due(now); ok {
		c.step(Input{Kind: Line, Bits: b, At: since})
	}
	for {
		t, _, ok := c.timers.Due(now)
		if !ok {
			return
		}
		c.step(Input{Kind: Expired, Timer: t})
	}
}

// event takes what the pump has found on the slot.
func (c *channel) event(e *span.Event) {
	switch e.Kind {
	case span.Sig:
		// What was received until now may have lasted long enough.
		if b, since, ok := c.debounce.Due(e.At); ok {
			c.step(Input{Kind: Line, Bits: b, At: since})
		}
		c.debounce.Set(Bits(e.Sig), e.At)
	case span.DigitStart:
		c.signal(DTMF, Signal, e)
	case span.DigitEnd:
		c.signal(DTMF, SignalEnd, e)
	case span.MFStart:
		c.signal(c.listen.Register, Signal, e)
	case span.MFEnd:
		c.signal(c.listen.Register, SignalEnd, e)
	case span.ToneRecognised:
		c.step(Input{Kind: Tone, Name: e.Tone, At: e.At})
	case span.Voice:
		c.step(Input{Kind: Voice, At: e.At})
	case span.PlayDone:
		if c.playing != 0 && e.ID == c.playing {
			c.playing = 0
			c.step(Input{Kind: Sent, At: e.At})
		}
	case span.FaxTone:
		if c.call != nil {
			c.call.up(tdm.Primitive{Kind: tdm.Notify, Event: "fax"})
		}
	}
}

func (c *channel) signal(r Register, kind InputKind, e *span.Event) {
	if r != NoRegister && c.listen.Register == r {
		c.step(Input{Kind: kind, Digit: e.Digit, At: e.At})
	}
}

// step gives the machine an input and does what it wants. It returns the Release of a call that was refused.
func (c *channel) step(in Input) (refused *tdm.Primitive) {
	if in.At == 0 {
		in.At = c.group.now
	}
	before := c.m.State()
	out := c.m.Step(in)
	for i := range out {
		if out[i].Kind == Refuse {
			refused = &out[i].Prim
		} else {
			c.do(&out[i])
		}
	}
	if c.m.State() != before {
		c.since, c.group.changed = c.group.now, true
	}
	if call := c.again; call != nil {
		c.again = nil
		c.group.place(call, tdm.CauseCircuitUnavailable)
	}
	return refused
}

func (c *channel) do(o *Output) {
	g, pump := c.group, c.group.cfg.Pump
	c.timers.Do(o, g.now)
	switch o.Kind {
	case Send:
		pump.Sig(c.slot, 0, 0, o.Runs)
	case Up:
		c.up(o.Prim)
	case Dial:
		src, err := NewSource(o.Register, o.Digits)
		if err != nil {
			g.log.Error("not dialled", "channel", c.timeslot, "err", err)
			return
		}
		c.playing = c.play(src)
	case Hold:
		src, err := NewHeld(o.Register, o.Digits[0])
		if err != nil {
			g.log.Error("not signalled", "channel", c.timeslot, "err", err)
			return
		}
		c.play(src)
	case Play:
		spec, ok := g.plan.Tone(o.Name)
		if !ok {
			spec, _ = g.plan.Tone("congestion")
		}
		c.play(tone.NewGenerator(spec, toneDBm0))
	case Quiet:
		c.play(nil)
	case ListenTo:
		c.listen = o.Listen
		c.detect()
	case Count:
		g.counts[o.Name]++
		g.changed = true
	}
}

func (c *channel) play(src span.Source) uint32 {
	c.group.ids++
	c.playing = 0
	c.group.cfg.Pump.Play(c.slot, c.group.ids, 0, src)
	return c.group.ids
}

// detect has the pump listen to what the machine and a call want.
func (c *channel) detect() {
	d := span.Detect{Digits: c.call != nil || c.listen.Register == DTMF, Fax: c.call != nil, MF: c.listen.Register.System(), Voice: c.listen.Voice}
	if c.listen.Tones {
		d.Tones = c.group.plan
	}
	c.group.cfg.Pump.Detect(c.slot, d)
}

// up passes a primitive to the call.
func (c *channel) up(p tdm.Primitive) {
	call := c.call
	switch {
	case call == nil && p.Kind == tdm.Setup:
		call = &Call{group: c.group}
		c.group.hunter.Used(c.index)
		c.occupy(call)
		call.up = c.group.cfg.Incoming(call, p)
	case call == nil:
	case p.Kind == tdm.Release:
		c.vacate()
		if p.Cause == tdm.CauseCircuitUnavailable && !call.told && call.setup.Kind == tdm.Setup {
			c.again = call
			return
		}
		call.up(p)
	default:
		call.told = true
		call.up(p)
	}
}

// occupy makes the channel a call's circuit.
func (c *channel) occupy(call *Call) {
	g := c.group
	c.call, call.channel = call, c
	call.end.Store(&span.End{Pump: g.cfg.Pump, Slot: c.slot})
	call.timeslot.Store(uint32(c.timeslot))
	g.cfg.Pump.ForgetEcho(c.slot) // another call has another path
	g.cfg.Pump.Echo(c.slot, g.cfg.Echo)
	c.detect()
	g.changed = true
}

// vacate takes the circuit back.
func (c *channel) vacate() {
	c.call = nil
	c.group.cfg.Pump.Echo(c.slot, false)
	c.detect()
	c.group.changed = true
}
