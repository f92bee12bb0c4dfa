package call

import (
	"strings"
	"time"

	"tipring/gateway/cdr"
	"tipring/gateway/route"
	"tipring/tdm"
	"tipring/tdm/span"
)

// ring works through the plan's attempts until a party answers. It reports whether the call was answered; if not, c.end
// says why.
func (c *call) ring(plan route.Plan) bool {
	for i, at := range plan.Attempts {
		c.log.Info("attempt", "rule", plan.Rule, "attempt", i+1, "targets", targets(at))
		stage, alive := c.attempt(plan, at)
		if alive && plan.Emergency && c.answered.IsZero() && c.makeRoom(at) {
			stage, alive = c.attempt(plan, at)
		}
		if !alive || !c.answered.IsZero() {
			return alive
		}
		if !at.Next(c.end.cause, stage) {
			break
		}
	}
	return false
}

// targets names what an attempt rings.
func targets(at route.Attempt) string {
	names := make([]string, len(at.Targets))
	for i, t := range at.Targets {
		names[i] = t.Name
	}
	return strings.Join(names, " & ")
}

// makeRoom clears an ordinary call that uses a target of an emergency attempt that failed for want of a circuit.
func (c *call) makeRoom(at route.Attempt) bool {
	switch c.end.cause {
	case tdm.CauseUserBusy, tdm.CauseNoCircuit, tdm.CauseCircuitUnavailable:
	default:
		return false
	}
	for _, t := range at.Targets {
		if c.s.preempt(t.Name) {
			c.log.Warn("pre-empted for an emergency call", "line", t.Name)
			// The line needs its guard time before it can be seized; trying once a second for three is enough for every
			// default and leaves the caller waiting for less than one ringing period.
			timer := time.NewTimer(time.Second)
			defer timer.Stop()
			_, _, alive := c.next(timer.C)
			return alive
		}
	}
	return false
}

// attempt rings all targets of one attempt at once; the first to answer is c.b, and c.answered is set. When none does, c.end
// holds the cause that says most, and stage how far the best of them came. alive is false when the call has ended.
func (c *call) attempt(plan route.Plan, at route.Attempt) (stage route.Stage, alive bool) {
	c.end = ending{by: cdr.ByGateway, cause: tdm.CauseNoRoute}
	live := c.setUp(plan, at)
	if len(live) == 0 {
		return stage, true
	}
	c.b = live[0]
	c.setState(c.status.Load().State)
	wait := c.policy.NoAnswer
	if plan.Ring > 0 {
		wait = plan.Ring
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for remaining := len(live); remaining > 0; {
		ev, got, alive := c.next(timer.C)
		if !alive {
			return stage, false
		}
		if !got {
			for _, sd := range live {
				c.disconnect(sd, ending{cause: tdm.CauseNoAnswer})
			}
			c.end = ending{by: cdr.ByGateway, cause: tdm.CauseNoAnswer}
			break
		}
		if ev.from == c.a {
			c.further(ev.p, live)
			continue
		}
		if ev.from.cleared {
			continue
		}
		switch ev.p.Kind {
		case tdm.Proceeding:
			stage = max(stage, route.Proceeded)
			if c.through {
				c.taken()
			}
		case tdm.Progress:
			stage = max(stage, route.Proceeded)
			c.early(ev, len(live) == 1)
		case tdm.Alerting:
			stage = route.Alerted
			c.early(ev, len(live) == 1)
		case tdm.Connect:
			if c.answer(ev, live) {
				return stage, true
			}
			remaining--
		case tdm.Disconnect, tdm.Release:
			if ev.p.Kind == tdm.Disconnect && ev.p.InBand && len(live) == 1 && !at.Next(ev.p.Cause, stage) {
				if !c.announced(ev) {
					return stage, false
				}
			}
			c.refused(ev)
			remaining--
		}
	}
	c.leave()
	return stage, true
}

// setUp calls every target of an attempt.
func (c *call) setUp(plan route.Plan, at route.Attempt) []*side {
	calling := c.setup.Calling
	if calling.Presentation == tdm.Allowed {
		calling.Digits = plan.Calling
	}
	var live []*side
	for _, t := range at.Targets {
		ep := c.policy.Endpoint(t)
		if ep == nil {
			c.log.Error("route names a party that is not there", "target", t.Name)
			continue
		}
		sd := newSide(t.Name, t.Kind)
		if c.isClear() && (t.Kind == route.FXS || t.Kind == route.FXO || t.Kind == route.Service) {
			c.log.Info("data call to a party of sound", "target", t.Name)
			c.end = ending{by: cdr.ByGateway, cause: tdm.CauseIncompatibleDestination, status: 488}
			continue
		}
		if !c.take(sd) {
			c.leaves(sd)
			c.end = ending{by: cdr.ByGateway, cause: tdm.CauseNoCircuit}
			continue
		}
		c.policy.Routes.Hunts().Used(t)
		sd.party = ep.Call(tdm.Primitive{
			Kind: tdm.Setup, Called: t.Number, Calling: calling, AlertInfo: c.setup.AlertInfo, Emergency: plan.Emergency,
			ISDN: c.bearer(t.Number, calling.Digits),
		}, c.up(sd))
		c.bs, live = append(c.bs, sd), append(live, sd)
		c.rec.Legs = append(c.rec.Legs, cdr.Leg{Port: t.Name, Number: t.Number, Start: c.s.cfg.Now()})
	}
	return live
}

// early passes alerting and in-band audio of a called party to the caller. With several parties rung at once there is no one
// audio to pass, and the caller hears ringback.
func (c *call) early(ev event, single bool) {
	if c.signed.IsZero() {
		c.signed = c.s.cfg.Now()
	}
	c.taken()
	inBand := ev.p.InBand && single
	if inBand && c.joined == nil {
		// The caller's audio is ready from here on, so that a SIP caller's answer is out before the first packet (RFC 3960 §3.2).
		c.send(c.a, tdm.Primitive{Kind: tdm.Progress, InBand: true})
		if !c.join(ev.from) {
			return
		}
	}
	if ev.p.Kind == tdm.Alerting && !c.alerted {
		c.alerted = true
		c.setState(Ringing)
		c.log.Info("alerting", ev.from.place()...)
		if c.joined == nil {
			c.send(c.a, tdm.Primitive{Kind: tdm.Alerting})
		}
	}
}

// answer makes ev's party the called one and connects the audio; the others are cleared. A party whose audio cannot be
// connected is cleared before the caller is told that anybody answered.
func (c *call) answer(ev event, live []*side) bool {
	if !c.join(ev.from) {
		c.disconnect(ev.from, ending{cause: tdm.CauseResourceUnavailable})
		return false
	}
	c.taken()
	c.b = ev.from
	c.rec.AnswerBasis = ev.p.AnswerBasis
	if c.rec.AnswerBasis == "" && (c.b.kind == route.Account || c.b.kind == route.Trunk) {
		c.rec.AnswerBasis = "sip"
	}
	for _, sd := range live {
		if sd != c.b {
			c.disconnect(sd, ending{cause: tdm.CauseNormalClearing, status: 200})
		}
	}
	c.answered = c.s.cfg.Now()
	if c.signed.IsZero() {
		c.signed = c.answered
	}
	up := tdm.Primitive{Kind: tdm.Connect, AnswerBasis: ev.p.AnswerBasis}
	if x := ev.p.ISDN; x != nil {
		up.ISDN = &tdm.ISDN{Connected: x.Connected, UserUser: x.UserUser}
	}
	c.send(c.a, up)
	c.setState(Talking)
	c.log.Info("answered", c.b.place("basis", c.rec.AnswerBasis)...)
	c.rec.Answered, c.rec.Peer, c.rec.Direction = c.answered, c.b.name, direction(c.a.kind, c.b.kind)
	for i, sd := range c.bs {
		if sd == c.b {
			c.rec.Legs[i].Answered = c.answered
		}
	}
	c.s.cfg.Records.Update(c.rec)
	return true
}

// refused keeps the cause that says most about why nobody answered: busy before rejected before everything else.
func (c *call) refused(ev event) {
	weight := func(cause tdm.Cause) int {
		switch cause {
		case tdm.CauseUserBusy:
			return 3
		case tdm.CauseCallRejected:
			return 2
		case tdm.CauseNoRoute:
			return 0
		}
		return 1
	}
	c.closeLeg(ev.from, ev.p.Cause)
	at := ev.from.place("cause", int(ev.p.Cause), "text", ev.p.Cause.String(), "detector", ev.p.Detector)
	if ev.p.Reason != "" {
		at = append(at, "reason", ev.p.Reason)
	}
	c.log.Info("refused", at...)
	if weight(ev.p.Cause) >= weight(c.end.cause) {
		c.end = c.ended(cdr.ByCalled, ev)
	}
	if ev.p.Kind == tdm.Disconnect {
		c.disconnect(ev.from, ending{cause: ev.p.Cause})
	}
	if c.joined == ev.from {
		c.leave()
	}
}

// maxAnnouncement bounds how long a caller hears why a network has cleared its call: T306 of Q.931 table 9-1, after which the
// network releases it.
const maxAnnouncement = 30 * time.Second

// announced has the caller listen to the tone or announcement with which the network clears a call that nobody has answered
// (Q.931 §5.3.4.1), until the network or the caller ends it. alive is false when the call has ended.
func (c *call) announced(ev event) (alive bool) {
	c.early(event{from: ev.from, p: tdm.Primitive{Kind: tdm.Progress, InBand: true}}, true)
	c.log.Info("announcement", ev.from.place("cause", int(ev.p.Cause))...)
	timer := time.NewTimer(maxAnnouncement)
	defer timer.Stop()
	for {
		end, got, alive := c.next(timer.C)
		switch {
		case !alive:
			return false
		case !got, end.from == ev.from && end.p.Kind == tdm.Release:
			return true
		}
	}
}

// join connects the caller's audio with sd's.
func (c *call) join(sd *side) bool {
	if c.joined == sd {
		return true
	}
	c.leave()
	var loss span.Loss
	if db := c.policy.Loss; db != nil && sd.kind != route.Service {
		loss = span.Loss{AtoB: db(c.a.kind, sd.kind), BtoA: db(sd.kind, c.a.kind)}
	}
	j, err := c.s.cfg.Patch.JoinLoss(c.a.party.End(), sd.party.End(), loss)
	if err != nil {
		c.log.Error("cannot connect the audio", "line", sd.name, "err", err)
		c.end = ending{by: cdr.ByGateway, cause: tdm.CauseResourceUnavailable}
		return false
	}
	c.joint, c.joined = j, sd
	return true
}

func (c *call) leave() {
	if c.joint != nil {
		c.joint.Close()
	}
	c.joint, c.joined = nil, nil
}
