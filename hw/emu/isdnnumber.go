package emu

import (
	"context"
	"time"

	"tipring/dsp/tone"
	"tipring/tdm"
)

// unrestrictedDigital is the information transfer capability of a clear channel (Q.931 §4.5.5).
const unrestrictedDigital = 8

// number looks at a call's number after its Setup and each further digit: the switch asks for more, rings, or has no such
// number.
func (s *ISDNSwitch) number(c *isdnCall, p tdm.Primitive) {
	said := p.ISDN != nil && p.ISDN.Complete
	busy, tones := s.busy()
	switch {
	case len(c.called) >= s.digits && busy && tones:
		c.state, c.tone = "refused", s.generator("busy")
		s.down(c, tdm.Primitive{Kind: tdm.Proceeding})
		s.down(c, tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseUserBusy, InBand: true})
	case len(c.called) >= s.digits && busy:
		s.down(c, tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseUserBusy})
	case len(c.called) >= s.digits:
		c.state, c.tone = "ringing", s.generator("ring")
		if s.after >= 0 {
			c.answerAt = s.ms + int64(s.after)
		}
		s.down(c, tdm.Primitive{Kind: tdm.Proceeding})
		s.down(c, tdm.Primitive{Kind: tdm.Alerting, InBand: true})
	case said:
		s.down(c, tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseInvalidNumber})
	case c.state != "dialling":
		c.state = "dialling"
		s.down(c, tdm.Primitive{Kind: tdm.SetupAck})
	}
}

// generator makes a tone of the switch's country.
func (s *ISDNSwitch) generator(name string) *tone.Generator {
	spec, _ := s.zone.Tone(name) // every country has the tones that this is called with
	return tone.NewGenerator(spec, ringingLevel)
}

// dialNext sends the next digit of a call of the switch's.
func (s *ISDNSwitch) dialNext(c *isdnCall) {
	digit := c.dial[0]
	c.called, c.dial, c.dialAt = c.called+c.dial[:1], c.dial[1:], s.ms+c.dialGap
	s.down(c, tdm.Primitive{Kind: tdm.Information, Digit: digit})
}

// Dial makes a call as Call does, digit by digit (overlap sending): the first en bloc digits in the SETUP and the others, once
// the gateway has asked for them, one every gap.
func (s *ISDNSwitch) Dial(ctx context.Context, from, to string, enBloc int, gap time.Duration) error {
	enBloc = max(0, min(enBloc, len(to)))
	return s.place(ctx, isdnCall{number: from, called: to[:enBloc], dial: to[enBloc:], dialGap: max(1, gap.Milliseconds())})
}

// SetDigits changes how many digits a number has.
func (s *ISDNSwitch) SetDigits(ctx context.Context, n int) error {
	return s.do(ctx, func() error {
		s.digits = n
		return nil
	})
}

// CallData makes a call for unrestricted digital information. What the gateway sends on its channel comes back.
func (s *ISDNSwitch) CallData(ctx context.Context, from, to string) error {
	return s.place(ctx, isdnCall{number: from, called: to, clear: true})
}
