package route

import (
	"slices"
	"strings"
	"time"

	"tipring/tdm"
)

// A Request is a call that wants a way.
type Request struct {
	From     string // the caller's port
	FromKind Kind   // empty: that of the port with this name
	Called   string // untrusted, as dialled or as in the request URI
	Calling  string // untrusted; empty when withheld or unknown
}

// A Target is one thing to ring.
type Target struct {
	Kind   Kind
	Name   string
	Number string // the number to send to it
	Group  string // the hunt group that it came from, or empty
}

// An Attempt is a set of targets that are rung at once.
type Attempt struct {
	Targets  []Target
	failover []tdm.Cause
	own      bool // failover is the rule's own list
	always   bool // an emergency call: any cause
	hunting  bool // the next attempt is another member of the same group
}

// A Plan is what to do with a call: Attempts in order, or, when there are none, clear it with Deny.
type Plan struct {
	Rule      string // its name; "emergency" on the reserved path; empty when nothing matched
	Emergency bool
	Called    string // after strip, prefix and rewrite
	Calling   string // after rewrite_calling
	Ring      time.Duration
	Attempts  []Attempt
	Deny      tdm.Cause
}

// EmergencyRule is the name of the reserved path in a Plan; no rule may have it.
const EmergencyRule = "emergency"

// DefaultFailover lists the Q.850 causes after which a call tries the next target: those that say that the way was at
// fault, not the user.
var DefaultFailover = []tdm.Cause{
	tdm.CauseNoRoute, tdm.CauseNoUserResponding, 20 /* subscriber absent */, tdm.CauseDestinationOutOfOrder,
	tdm.CauseNoCircuit, tdm.CauseNetworkOutOfOrder, tdm.CauseTemporaryFailure, tdm.CauseSwitchingCongestion,
	tdm.CauseCircuitUnavailable, tdm.CauseResourceUnavailable, 58, /* bearer capability not presently available */
	tdm.CauseServiceNotAvailable, tdm.CauseBearerNotImplemented, tdm.CauseRecoveryOnTimer,
}

// Stage is how far an attempt had come when it failed.
type Stage uint8

// The stages, by the last primitive that came up before the Release.
const (
	Refused   Stage = iota // none: the target did not take the call
	Proceeded              // Proceeding or Progress
	Alerted                // Alerting: a user was rung
)

// Next says whether the plan's next attempt is to be tried after this one has failed with cause.
func (a Attempt) Next(cause tdm.Cause, stage Stage) bool {
	users, lines := false, false
	for _, t := range a.Targets {
		users = users || t.Kind == FXS || t.Kind == Account
		lines = lines || t.Kind == FXO
	}
	if a.always {
		return true
	}
	if lines && stage == Refused && cause == tdm.CauseUserBusy {
		return true // our line is in use; a busy far end shows after dialling
	}
	if a.hunting && users {
		switch cause {
		case tdm.CauseUserBusy:
			if stage != Alerted {
				return true
			}
		case tdm.CauseNoUserResponding, tdm.CauseNoAnswer, 20:
			return true
		}
	}
	if stage == Alerted && !a.own {
		return false
	}
	return slices.Contains(a.failover, cause)
}

// Route returns the plan for a call, and whether there is anything to try. It changes nothing.
func (t *Table) Route(req Request) (Plan, bool) {
	p, _ := t.walk(req, false)
	return p, len(p.Attempts) > 0
}

func (t *Table) walk(req Request, explain bool) (Plan, []Step) {
	var steps []Step
	step := func(rule string, matched bool, why string) {
		if explain {
			steps = append(steps, Step{Rule: rule, Matched: matched, Why: why})
		}
	}
	caller := t.port(req.From)
	if req.FromKind == "" && caller != nil {
		req.FromKind = caller.Kind
	}
	if t.isEmergency(req) {
		p := Plan{Rule: EmergencyRule, Emergency: true, Called: req.Called, Calling: req.Calling}
		t.fill(&p, req, &t.emergency)
		step(EmergencyRule, true, "an emergency number, before any rule")
		return p, steps
	}
	if caller != nil && caller.allowed != nil && !caller.allowed.Match(req.Called) {
		step("", false, "port "+req.From+" may not call this number (allowed)")
		return Plan{Called: req.Called, Calling: req.Calling, Deny: tdm.CauseNoRoute}, steps
	}
	deny := tdm.CauseNoRoute
	for i := range t.rules {
		r := &t.rules[i]
		if why := r.refuses(req); why != "" {
			step(r.Name, false, why)
			continue
		}
		p := Plan{Rule: r.Name, Called: r.number(req.Called), Calling: r.calling(req.Calling), Ring: r.Ring}
		if r.deny {
			p.Deny = r.Cause
			step(r.Name, true, "denies")
			return p, steps
		}
		why := t.fill(&p, req, r)
		if len(p.Attempts) > 0 {
			step(r.Name, true, "matches")
			return p, steps
		}
		step(r.Name, false, why.text)
		if why.cause != 0 {
			deny = why.cause
		}
	}
	return Plan{Called: req.Called, Calling: req.Calling, Deny: deny}, steps
}

type reason struct {
	text  string
	cause tdm.Cause
}

// fill resolves the rule's targets into attempts. When none is left it says why, and the plan denies.
func (t *Table) fill(p *Plan, req Request, r *rule) reason {
	why := reason{"no target is left", tdm.CauseNoRoute}
	add := func(names []string, group string) bool {
		a := Attempt{failover: r.failover, own: r.own, always: p.Emergency}
		for _, name := range names {
			to, no := t.target(name, group, p.Called, req.From)
			if no.text != "" {
				why = no
				continue
			}
			a.Targets = append(a.Targets, to)
		}
		if len(a.Targets) > 0 {
			p.Attempts = append(p.Attempts, a)
		}
		return len(a.Targets) > 0
	}
	for _, set := range r.to {
		if g := t.groups[set[0]]; len(set) == 1 && g != nil && g.Order != All {
			for _, m := range t.hunts.order(g) {
				if add([]string{m}, g.Name) {
					p.Attempts[len(p.Attempts)-1].hunting = true
				}
			}
			if n := len(p.Attempts); n > 0 {
				p.Attempts[n-1].hunting = false
			}
			continue
		}
		var names []string
		for _, name := range set {
			if g := t.groups[name]; g != nil {
				names = append(names, g.Members...)
			} else {
				names = append(names, name)
			}
		}
		add(names, "")
	}
	if len(p.Attempts) == 0 {
		p.Deny = why.cause
	}
	return why
}

// target resolves one name. The reason is empty when it can be tried.
func (t *Table) target(name, group, called, from string) (Target, reason) {
	switch name {
	case ToEcho:
		return Target{Kind: Service, Name: ToEcho, Number: called}, reason{}
	case ToPhone, ToAccount:
		kind := FXS
		if name == ToAccount {
			kind = Account
		}
		port := t.byNumber[called]
		if port == nil || port.Kind != kind {
			return Target{}, reason{"no " + name + " has the number " + quote(called), tdm.CauseUnallocated}
		}
		name = port.Name
	}
	port := t.port(name)
	if name == from && port.Kind == FXO {
		return Target{}, reason{"line " + name + " is where the call came from", tdm.CauseNoCircuit}
	}
	to := Target{Kind: port.Kind, Name: port.Name, Number: port.Number, Group: group}
	switch port.Kind {
	case FXO:
		if !dialable(called) {
			return Target{}, reason{"a line can only dial 0-9 * # A-D, not " + quote(called), tdm.CauseInvalidNumber}
		}
		to.Number = called
	case Trunk:
		if called == "" {
			return Target{}, reason{"no number is left for trunk " + name, tdm.CauseInvalidNumber}
		}
		to.Number = called
	}
	return to, reason{}
}

// dialable says whether a line can send the number as DTMF.
func dialable(number string) bool {
	return number != "" && strings.Trim(number, "0123456789*#ABCD") == ""
}
