package emu

import (
	"tipring/dsp/callerid"
	"tipring/dsp/dtmf"
	"tipring/dsp/pulse"
	"tipring/tdm"
)

// supervise advances one millisecond: the loop, the timer, the ringing.
func (x *Exchange) supervise(closed bool) {
	c := &x.circuit
	if closed != c.closed {
		c.closed, x.dirty, x.rested = closed, true, 0
		if closed && x.glare != nil && x.state == officeIdle {
			x.event(ringOrder, officeIn{call: x.glare})
			x.glare = nil
		}
		if x.state == officeCollecting { // a loop that moves is a digit on its way
			x.timer = max(x.timer, x.script.CompleteMs)
		}
	}
	x.now++
	x.rested++
	x.look()
	if x.timer > 0 {
		if x.timer--; x.timer == 0 {
			x.event(timerOut, officeIn{})
		}
	}
	if x.call != nil {
		for x.left == 0 {
			if x.call.steps[x.step].opens {
				x.event(stepsOut, officeIn{})
				return
			}
			if x.step++; x.step == x.call.end() {
				x.step = x.call.repeat
			}
			x.enterStep()
		}
		x.left--
	}
}

// end is the step behind the last of the cadence.
func (c *incoming) end() int {
	if c.looped > 0 {
		return c.looped
	}
	return len(c.steps)
}

// look feeds the loop to the pulse decoder as far as the line circuit can see it: ringing voltage hides it until the trip
// time has passed, and an open feed hides it altogether.
func (x *Exchange) look() {
	c := &x.circuit
	switch {
	case c.plugged && c.feed == tdm.FeedOpen:
	case c.ringingOn && c.flows():
		if x.trip++; x.trip > x.tripMs-x.debounceMs { // the decoder adds that
			x.seen = true
		}
	default:
		x.seen, x.trip = c.flows(), 0
	}
	x.hookEvs = x.hook.Edge(x.now, x.seen, x.hookEvs[:0])
	for _, e := range x.hookEvs {
		switch e.Kind {
		case pulse.OffHook:
			x.event(loopClosed, officeIn{})
		case pulse.OnHook:
			x.event(loopOpened, officeIn{})
		case pulse.Digit:
			x.received(e.Digit)
		case pulse.Pulse:
			if x.state == officeDialTone {
				x.toneOn = false
			}
		case pulse.Flash:
			x.digits += "!"
			x.dirty = true
		}
	}
}

func (x *Exchange) received(digit byte) {
	if x.state == officeTalking {
		x.digits += string(digit)
	}
	x.event(digitIn, officeIn{digit: digit})
}

// resting reports whether nothing can happen on the line for as long as our side stays on hook.
func (x *Exchange) resting() bool {
	return x.state == officeIdle && !x.circuit.closed && x.rested > 100 && x.wire.silent() && !x.busy() && !x.dirty
}

func (x *Exchange) run(tx, rx []byte, txSig, sig []uint8) {
	if x.resting() && isClear(txSig) {
		s, bits := x.wire.law.Silence(), x.bits()
		for i := range rx {
			rx[i] = s
		}
		for i := range sig {
			sig[i] = bits
		}
		return
	}
	for q := range sig {
		sig[q] = x.millisecond(tx[q*tdm.Quantum:][:tdm.Quantum], rx[q*tdm.Quantum:][:tdm.Quantum], txSig[q])
	}
}

func isClear(sig []uint8) bool {
	var all uint8
	for _, s := range sig {
		all |= s
	}
	return all&tdm.SigOffHook == 0
}

// bits are the signalling bits that our side receives now.
func (x *Exchange) bits() (sig uint8) {
	c := &x.circuit
	if c.plugged && c.feed != tdm.FeedOpen {
		sig |= tdm.SigBattery
		if c.feed == tdm.FeedReverse {
			sig |= tdm.SigReversed
		}
	}
	if c.ringingOn && c.rings && c.plugged {
		sig |= tdm.SigRing
	}
	if c.flows() {
		sig |= tdm.SigLoopCurrent
	}
	return sig
}

func (x *Exchange) millisecond(tx, rx []byte, txSig uint8) (sig uint8) {
	x.supervise(txSig&tdm.SigOffHook != 0)
	c := &x.circuit
	through := c.plugged && c.feed != tdm.FeedOpen && !c.ringingOn
	talking := through && c.flows()

	var mouth, ear, back quantum
	if !talking {
		tx = nil
	}
	heard := x.wire.send(tx, &ear, &back)
	x.sing(&mouth)
	if x.second != nil {
		x.converse(&mouth, &ear)
	}
	if through {
		for i := range mouth {
			back[i] += mouth[i] * x.wire.loss
		}
	}
	if talking {
		x.wire.hiss(&back)
	}
	x.wire.encode(rx, &back)
	x.listen(&ear, talking, heard)
	return x.bits()
}

// sing adds everything that the exchange sends.
func (x *Exchange) sing(mouth *quantum) {
	x.speak(mouth)
	if x.toneOn {
		x.toneOn = x.add(mouth, &x.tone)
	}
	if x.burstOn {
		x.burstOn = x.add(mouth, x.call.burst)
	}
}

// converse has the conversation with the telephone that a second call's number takes. The far party is muted.
func (x *Exchange) converse(mouth, ear *quantum) {
	if x.secondMs > 0 { // the tone
		x.secondMs--
		return
	}
	x.toneOn = false
	var tx, rx [tdm.Quantum]int16
	for i, v := range ear {
		rx[i] = round(v)
	}
	stage := x.second.Process(tx[:], rx[:])
	*mouth = quantum{}
	copy16(mouth, tx[:])
	switch stage {
	case callerid.Sent:
		x.sent = x.secondID
		x.event(secondOut, officeIn{})
	case callerid.Unacknowledged:
		x.event(secondOut, officeIn{})
	}
}

// listen gives what has arrived to the recorder, the tone detector and the digit receiver.
func (x *Exchange) listen(ear *quantum, talking, sounds bool) {
	var pcm [tdm.Quantum]int16
	if sounds {
		for i, v := range ear {
			pcm[i] = round(v)
		}
	}
	x.hear(&pcm)
	if !talking {
		return
	}
	x.digitEvs = x.receiver.Process(pcm[:], x.digitEvs[:0])
	for _, e := range x.digitEvs {
		if e.Kind == dtmf.Start {
			x.received(e.Digit)
		}
	}
}
