package loop

import (
	"tipring/dsp/callerid"
	"tipring/dsp/level"
	"tipring/tdm"
)

// afterRingMarginMs is added to what a standard asks for between ring and burst, either side: ringing that decays and a
// block of latency must not eat into the least values.
const afterRingMarginMs = 50

// plan decides how the telephone is rung for a Setup, and prepares the caller-ID burst. The end-of-ring distances and the
// order of things before the first ring are the standard's (callerid.Standard).
func (l *Line) plan(p *tdm.Primitive) alerting {
	s := l.m.set
	a := alerting{cadence: s.cadence}
	if ring := distinctiveRing(p.AlertInfo); ring != nil {
		a.cadence, _ = cadence(ring)
	}
	l.burst = nil
	if !s.callerID {
		return a
	}
	std := s.standard
	tx := callerid.NewTransmitter(std, l.message(&p.Calling), level.DBm0(s.FXS.CallerIDDBm0))
	length := (tx.Samples() + tdm.Quantum - 1) / tdm.Quantum
	if length == 0 {
		return a
	}
	l.burst = tx
	switch std.Alert {
	case callerid.AfterRing:
		a.withBurst(length, std.AfterAlertMs+afterRingMarginMs, std.BeforeRingMs+afterRingMarginMs)
		return a
	case callerid.RingPulse:
		a.before = []alertStep{{stepPulse, std.RingPulseMs}, {stepWait, std.AfterAlertMs}}
	case callerid.LineReversal, callerid.LineReversalDTAS:
		a.before = []alertStep{{kind: stepReverse}, {stepWait, std.AfterAlertMs}}
	case callerid.LoopClosure:
		// On-hook is seen when a flash can be ruled out.
		a.reversed, a.shortMs = true, std.RingPulseMs
		a.before = []alertStep{{kind: stepReverse}, {stepWait, std.ReversalMs}, {stepActivate, std.LoopCloseMs}, {stepWait, std.AfterAlertMs},
			{kind: stepBurst}, {stepWait, std.LoopOpenMs + s.pulses().HangupMs}}
		return a
	}
	a.before = append(a.before, alertStep{kind: stepBurst}, alertStep{stepWait, std.BeforeRingMs})
	return a
}

// message is what the telephone is told. What the caller withheld, or nobody knows, is a reason in the number's place.
func (l *Line) message(calling *tdm.PartyNumber) callerid.Message {
	m := callerid.Message{Type: callerid.TypeMDMF, CallType: callerid.CallVoice, Number: calling.Digits, Name: calling.Name, ChecksumOK: true}
	if clock := l.group.clock; clock != nil {
		m.Time = clock().Format("01021504")
	}
	absent := byte(0)
	switch calling.Presentation {
	case tdm.Restricted:
		absent = callerid.Private
	case tdm.Unavailable:
		absent = callerid.Unavailable
	}
	if absent != 0 {
		m.Number, m.Name = "", ""
	} else {
		absent = callerid.Unavailable
	}
	if m.Number == "" {
		m.NumberReason = absent
	}
	if m.Name == "" {
		m.NameReason = absent
	}
	return m
}

// callerOf is what an FXO line learns from a message of its exchange.
func callerOf(m *callerid.Message) caller {
	c := caller{ok: m.ChecksumOK, number: tdm.PartyNumber{Digits: m.Number, Name: m.Name}}
	switch {
	case m.NumberReason == callerid.Private || m.NameReason == callerid.Private && m.Number == "":
		c.number = tdm.PartyNumber{Presentation: tdm.Restricted}
	case m.Number == "":
		c.number.Presentation = tdm.Unavailable
	}
	return c
}
