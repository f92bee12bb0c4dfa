package call

import (
	"time"

	"tipring/gateway/cdr"
	"tipring/gateway/route"
	"tipring/tdm"
)

// sideEnds notes with what a party's side of the call was cleared: the first that comes from it counts. Of one that was told to
// clear, its Release says what it has made of that: the SIP status of a cause.
func (c *call) sideEnds(ev event) {
	if ev.p.Kind != tdm.Release && ev.p.Kind != tdm.Disconnect {
		return
	}
	sd := ev.from
	if sd.end == nil {
		sd.end = &cdr.Side{Cause: ev.p.Cause, SIPStatus: ev.p.SIPStatus, Reason: ev.p.SIPReason, Received: true}
		if x := ev.p.ISDN; x != nil {
			sd.end.Location = &x.CauseLocation
		}
	} else if sd.end.SIPStatus == 0 {
		sd.end.SIPStatus = ev.p.SIPStatus
	}
}

// late takes what comes when the call has ended.
func (c *call) late(ev event) {
	if ev.from.released {
		return
	}
	switch ev.p.Kind {
	case tdm.Release:
		c.sideEnds(ev)
		c.released(ev.from)
	case tdm.Notify:
		if ev.p.Event == "charge" {
			c.charge(ev)
		}
	}
}

// lastWait is how long the record waits for what a network says when it releases a call: T308 of Q.931 and a margin.
const lastWait = 5 * time.Second

// lastWords waits for the releases of parties that are no telephone lines: a network tells the call's charge with its RELEASE, and
// a SIP party has its status.
func (c *call) lastWords() {
	timer := time.NewTimer(lastWait)
	defer timer.Stop()
	for _, sd := range append([]*side{c.a}, c.bs...) {
		for !sd.released && (sd.kind == route.Trunk || sd.kind == route.Account) {
			select {
			case <-sd.gone:
				c.released(sd)
			case ev := <-c.inbox:
				c.late(ev)
			case <-timer.C:
				return
			}
		}
	}
}

// sides are the parties with what cleared them.
func (c *call) sides() []cdr.Side {
	var out []cdr.Side
	for _, sd := range append([]*side{c.a}, c.bs...) {
		s := cdr.Side{}
		if sd.end != nil {
			s = *sd.end
		}
		s.Port = sd.name
		out = append(out, s)
	}
	return out
}

// charge notes an advice of charge: the newest counts, and one for the whole call more than any before.
func (c *call) charge(ev event) {
	x := ev.p.ISDN
	if x == nil || x.Charge == nil || x.Charge.Unreadable {
		return
	}
	g := x.Charge
	if old := c.rec.Charge; old != nil && old.Phase == "E" && g.Phase != 'E' {
		return
	}
	c.rec.Charge = &cdr.Charge{
		Phase: string(rune(g.Phase)), Free: g.Free, Units: g.Units, Currency: g.Currency, Amount: g.Amount, Exponent: int(g.Exponent),
	}
}
