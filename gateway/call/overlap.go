package call

import (
	"tipring/gateway/cdr"
	"tipring/gateway/digitmap"
	"tipring/gateway/route"
	"tipring/tdm"
)

// maxOverlap is how many digits a caller may send: E.164 has 15, and prefixes come on top.
const maxOverlap = 40

// A digits is an Endpoint that may take the rest of a number as it comes.
type digits interface {
	// Overlap reports that the Setup's number may be incomplete; further digits follow as Information.
	Overlap() bool
}

// overlap collects the number of a caller that sends it digit by digit (Q.931 §5.1.3, §5.2.4): it is complete when the caller's
// dial plan or the caller says so, or when its T302 has expired. A called party that takes digits as they come gets them as soon
// as the dial plan leads to it alone.
func (c *call) overlap(called string) (string, bool) {
	for asked := false; ; {
		if !c.open {
			if called == "" {
				c.end = ending{by: cdr.ByGateway, cause: tdm.CauseInvalidNumber}
			}
			return called, called != ""
		}
		state := digitmap.Partial
		if m := c.policy.Dialling(c.a.name).Map; m != nil {
			state = m.Match(called).State
		}
		if called != "" && (state == digitmap.Impossible || len(called) > maxOverlap) {
			c.log.Info("number impossible", "digits", called)
			c.end = ending{by: cdr.ByGateway, cause: tdm.CauseUnallocated}
			return "", false
		}
		c.through = c.leadsThrough(called)
		if state == digitmap.Complete || c.through {
			return called, true
		}
		if !asked {
			asked = true
			c.send(c.a, tdm.Primitive{Kind: tdm.SetupAck})
		}
		digit, alive := c.digit()
		if !alive {
			return "", false
		}
		called += digit
		c.rec.To = called
		c.setState(Dialing)
	}
}

// digit waits for the caller's next digit; none when the number is complete.
func (c *call) digit() (digit string, alive bool) {
	for {
		ev, _, alive := c.next(nil)
		if !alive {
			return "", false
		}
		if ev.from != c.a || ev.p.Kind != tdm.Information {
			continue
		}
		if ev.p.ISDN != nil && ev.p.ISDN.Complete {
			c.open = false
		}
		if ev.p.Digit != 0 {
			return string(rune(ev.p.Digit)), true
		}
		if !c.open {
			return "", true
		}
	}
}

// leadsThrough reports whether the digits so far lead to one party that takes the rest as it comes.
func (c *call) leadsThrough(called string) bool {
	plan, found := c.policy.Routes.Route(route.Request{From: c.a.name, FromKind: c.a.kind, Called: called, Calling: c.calling()})
	if !found || len(plan.Attempts) != 1 || len(plan.Attempts[0].Targets) != 1 {
		return false
	}
	ep, ok := c.policy.Endpoint(plan.Attempts[0].Targets[0]).(digits)
	return ok && ep.Overlap()
}

// further takes what a caller sends of its number while a called party has the beginning.
func (c *call) further(p tdm.Primitive, live []*side) {
	if !c.open || p.Kind != tdm.Information {
		return
	}
	if p.Digit != 0 {
		c.rec.To += string(rune(p.Digit))
		if !c.through {
			c.more += string(rune(p.Digit))
		}
	}
	complete := p.ISDN != nil && p.ISDN.Complete
	if c.through {
		c.send(live[0], tdm.Primitive{Kind: tdm.Information, Digit: p.Digit, ISDN: &tdm.ISDN{Complete: complete}})
	}
	if complete {
		c.taken()
	}
}

// taken tells the caller that its number is complete.
func (c *call) taken() {
	if c.open {
		c.open = false
		c.send(c.a, tdm.Primitive{Kind: tdm.Proceeding})
	}
}

// moreDigits goes on collecting a number that the called side has found incomplete (RFC 3578 §3.2, 484): what has come meanwhile,
// or the next digit.
func (c *call) moreDigits(called string) (string, bool) {
	if c.more == "" {
		c.setState(Dialing)
		c.send(c.a, tdm.Primitive{Kind: tdm.SetupAck}) // does nothing when it was sent before
		digit, alive := c.digit()
		if !alive {
			return "", false
		}
		if digit == "" {
			return "", false // c.end has the called side's word on it
		}
		c.more = digit
	}
	called += c.more
	c.rec.To = called
	return called, true
}

// bearer is what a Setup to a called party takes over of the caller's: its information transfer capability, and its numbers'
// kinds where the numbers are the same.
func (c *call) bearer(number, calling string) *tdm.ISDN {
	in := c.setup.ISDN
	if in == nil {
		return nil
	}
	x := &tdm.ISDN{
		Complete: !c.through, CallingSub: in.CallingSub, CalledSub: in.CalledSub, Redirecting: in.Redirecting, Reason: in.Reason, UserUser: in.UserUser,
	}
	x.Bearer.Capability = in.Bearer.Capability
	if number == c.setup.Called {
		x.Called = in.Called
	}
	if calling == c.setup.Calling.Digits {
		x.Calling = in.Calling
	}
	return x
}

// unrestrictedDigital is the information transfer capability of a call without sound (Q.931 §4.5.5).
const unrestrictedDigital = 8

// clear reports whether the call carries octets and no sound.
func (c *call) isClear() bool {
	return c.setup.ISDN != nil && c.setup.ISDN.Bearer.Capability == unrestrictedDigital
}
