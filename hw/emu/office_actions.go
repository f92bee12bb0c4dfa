package emu

import (
	"tipring/dsp/tone"
	"tipring/tdm"
)

// event steps the line circuit and reports whether the diagram has an arrow for it.
func (x *Exchange) event(e officeEvent, in officeIn) bool {
	next, row := office.Step(x, x.state, e, in)
	x.state, x.dirty = next, true
	return row != nil
}

// startTone puts a tone on the line.
func (x *Exchange) startTone(g *tone.Generator) { x.tone, x.toneOn = *g, true }

// The actions of the diagram.

func (x *Exchange) seize(officeIn) {
	x.digits, x.timer = "", 0
	x.ear.attune(false)
}

func (x *Exchange) seizeForDialTone(in officeIn) {
	x.seize(in)
	x.timer = x.script.DialToneDelayMs
}

func (x *Exchange) giveDialTone(officeIn) {
	x.timer = x.script.DialToneMs
	x.startTone(&x.tones.dial)
}

func (x *Exchange) firstDigit(in officeIn) {
	x.toneOn = false
	x.nextDigit(in)
}

func (x *Exchange) nextDigit(in officeIn) {
	x.digits += string(in.digit)
	x.timer = x.script.CompleteMs
	if x.script.NumberDigits > 0 && len(x.digits) >= x.script.NumberDigits {
		x.timer = 1
	}
}

func (x *Exchange) permanentSignal(officeIn) {
	x.timer = 0
	x.startTone(&x.tones.congestion)
}

func (x *Exchange) failBusy(officeIn) {
	x.timer = 0
	x.startTone(&x.tones.busy)
}

func (x *Exchange) failCongestion(officeIn) {
	x.timer = 0
	x.startTone(&x.tones.congestion)
}

func (x *Exchange) failUnobtainable(officeIn) {
	x.timer = 0
	if x.tones.sit {
		x.timer = sitMs
	}
	x.startTone(&x.tones.unobtainable)
}

func (x *Exchange) nextTone(officeIn) { x.startTone(&x.tones.congestion) }

func (x *Exchange) giveRingback(officeIn) {
	x.timer = x.script.AnswerMs
	x.startTone(&x.tones.ringback)
}

func (x *Exchange) answered(officeIn) {
	x.toneOn = false
	x.timer = x.script.HangupMs
	if x.script.Reversal {
		x.circuit.feed = tdm.FeedReverse
	}
}

func (x *Exchange) clear(in officeIn) {
	x.timer, x.second, x.toneOn = 0, nil, false
	signal := in.signal
	if in.byScript {
		signal = x.script.Hangup
	}
	switch signal {
	case SignalCPC:
		x.timer = x.script.CPCMs
		x.circuit.feed = tdm.FeedOpen
	case SignalPolarity:
		if x.circuit.feed == tdm.FeedReverse {
			x.circuit.feed = tdm.FeedForward
		} else {
			x.circuit.feed = tdm.FeedReverse
		}
	case SignalTone:
		x.startTone(&x.tones.busy)
	}
	if x.playJob != nil {
		x.endPlay(ErrIdle)
	}
}

func (x *Exchange) clearByScript(officeIn) { x.clear(officeIn{byScript: true}) }

func (x *Exchange) restoreBattery(officeIn) { x.circuit.feed = tdm.FeedForward }

func (x *Exchange) startRinging(in officeIn) {
	x.call, x.sent, x.step, x.digits = in.call, in.call.id, 0, ""
	x.timer = x.call.abandonMs
	x.enterStep()
}

// looped sends the data.
func (x *Exchange) looped(officeIn) {
	x.step = x.call.looped
	x.enterStep()
}

// ringLooped rings as any exchange does.
func (x *Exchange) ringLooped(officeIn) {
	x.burstOn = false
	x.step = x.call.repeat
	x.enterStep()
}

func (x *Exchange) failBusyLooped(in officeIn) {
	x.stopRinging()
	x.failBusy(in)
}

// secondToneMs is how long the call-waiting tone sounds ahead of the alerting signal (GR-30-CORE: 300 ms).
const secondToneMs = 300

// tellSecond tells of a second call: the far party is not heard meanwhile.
func (x *Exchange) tellSecond(in officeIn) {
	x.second, x.secondID, x.secondMs = in.call.second, in.call.id, secondToneMs
	spec, _ := x.plan.Tone("callwaiting")
	x.startTone(tone.NewGenerator(spec, toneDBm0))
}

func (x *Exchange) secondTold(officeIn) { x.second = nil }

func (x *Exchange) tripped(officeIn) {
	x.stopRinging()
	x.ear.attune(false)
	x.timer = x.script.HangupMs
}

// rest returns to the idle line.
func (x *Exchange) rest(officeIn) {
	x.stopRinging()
	x.timer, x.toneOn = 0, false
	x.ear.deafen()
	x.circuit.feed = tdm.FeedForward
	if x.playJob != nil {
		x.endPlay(ErrOnHook)
	}
}

func (x *Exchange) stopRinging() {
	x.call, x.second, x.burstOn, x.circuit.ringingOn = nil, nil, false, false
	x.circuit.feed = tdm.FeedForward
}

func (x *Exchange) enterStep() {
	s := &x.call.steps[x.step]
	x.left, x.dirty = s.ms, true
	x.circuit.ringingOn = s.ring
	x.circuit.feed = tdm.FeedForward
	if s.reverse {
		x.circuit.feed = tdm.FeedReverse
	}
	if s.burst {
		x.burstOn = true
	}
}
