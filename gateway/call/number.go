package call

import (
	"time"

	"tipring/gateway/cdr"
	"tipring/gateway/digitmap"
	"tipring/tdm"
)

// number returns the called number: the one in the Setup, or what the caller dials against the line's digit map. ok is false
// when the call has ended.
func (c *call) number() (called string, ok bool) {
	if c.open {
		return c.overlap(c.setup.Called)
	}
	if c.setup.Called != "" {
		return c.setup.Called, true
	}
	d := c.policy.Dialling(c.a.name)
	if d.Hotline != "" && d.HotlineAfter == 0 {
		return d.Hotline, true
	}
	c.send(c.a, tdm.Primitive{Kind: tdm.SetupAck})
	wait := d.FirstDigit
	if d.Hotline != "" {
		wait = d.HotlineAfter
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	var digits []byte
	for {
		ev, got, alive := c.next(timer.C)
		if !alive {
			return "", false
		}
		if !got {
			return c.dialTimeout(d, digits)
		}
		if ev.p.Kind != tdm.Information {
			continue
		}
		digits = append(digits, ev.p.Digit)
		c.rec.To = string(digits)
		c.setState(Dialing)
		switch m := d.Map.Match(string(digits)); m.State {
		case digitmap.Complete:
			return c.dialled(m.Number, "complete"), true
		case digitmap.Impossible:
			c.log.Info("number impossible", "digits", string(digits))
			c.end = ending{by: cdr.ByGateway, cause: tdm.CauseInvalidNumber}
			return "", false
		}
		timer.Reset(d.InterDigit)
	}
}

// dialled notes what was dialled and what ended it.
func (c *call) dialled(number, by string) string {
	c.log.Info("number dialled", "digits", c.rec.To, "number", number, "ended_by", by)
	return number
}

// dialTimeout decides what a pause means: nothing dialled is a telephone left off hook, a number that could have gone on is
// complete (RFC 3435 §2.1.5, timer T), and anything else is an incomplete number.
func (c *call) dialTimeout(d Dialling, digits []byte) (string, bool) {
	if len(digits) == 0 {
		if d.Hotline != "" {
			return d.Hotline, true
		}
		c.end = ending{by: cdr.ByGateway, cause: tdm.CauseNoUserResponding}
		return "", false
	}
	if m := d.Map.Match(string(digits)); m.State == digitmap.Ambiguous {
		return c.dialled(m.Number, "pause"), true
	}
	c.log.Info("number incomplete", "digits", string(digits))
	c.end = ending{by: cdr.ByGateway, cause: tdm.CauseInvalidNumber}
	return "", false
}
