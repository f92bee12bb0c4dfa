package route

import (
	"slices"
	"strings"

	"tipring/gateway/digitmap"
)

func (b *builder) emergency() {
	e := b.cfg.Emergency
	r := rule{Rule: Rule{Name: EmergencyRule, From: e.From, To: e.To}}
	if len(e.From) == 0 {
		r.From = EmergencyFrom
	}
	b.callers("emergency", -1, e.From)
	if len(e.Numbers) == 0 {
		if len(e.To) > 0 {
			b.fault("emergency", -1, "numbers", "is missing: write the emergency numbers, for example [\"112\"]")
		}
		return
	}
	b.targets("emergency", -1, &r)
	for _, set := range r.to {
		for _, name := range set {
			for _, m := range b.members(name) {
				if p := b.t.ports[m]; p == nil || p.Kind != FXO && p.Kind != Trunk {
					b.fault("emergency", -1, "to", "%q is no way out: name FXO lines, trunks or hunt groups of these", m)
				}
			}
		}
	}
	if r.deny {
		b.fault("emergency", -1, "to", "emergency calls cannot be denied")
	}
	for i, n := range e.Numbers {
		if !dialable(n) || len(n) > digitmap.MaxDigits {
			b.fault("emergency", -1, "numbers", "%q is no number that a telephone can dial", n)
		}
		for k, other := range e.Numbers {
			if k != i && n != "" && strings.HasPrefix(other, n) && (other != n || k > i) {
				b.fault("emergency", -1, "numbers", "%q begins with %q, which is dialled at once: remove one of them", other, n)
			}
		}
	}
	b.t.emergency, b.t.numbers = r, slices.Clone(e.Numbers)
}

func (b *builder) members(name string) []string {
	if g := b.t.groups[name]; g != nil {
		return g.Members
	}
	return []string{name}
}

// reserved finds what claims an emergency number for itself: it would never be reached, or be mistaken for the number.
func (b *builder) reserved() {
	for i, p := range b.cfg.Ports {
		if p.Kind != FXS && p.Kind != Account {
			continue
		}
		for _, n := range b.cfg.Emergency.Numbers {
			if n != "" && strings.HasPrefix(p.Number, n) {
				b.fault("port", i, "number", "%q begins with the emergency number %s, which phones dial at once: choose another number", p.Number, n)
			}
		}
	}
	for i, r := range b.cfg.Rules {
		for alt := range strings.SplitSeq(r.Called, "|") {
			if alt = strings.TrimSpace(alt); alt != "" && slices.Contains(b.cfg.Emergency.Numbers, alt) {
				b.fault("route", i, "called", "%s is an emergency number and goes the reserved path: remove it here, or from [emergency]", alt)
			}
		}
	}
}

// reach finds phones and accounts that no call can reach by their number. A draft counts what any rule could deliver, a whole
// plan what calls really get: a rule above may take the number for another target.
func (b *builder) reach(draft bool) {
	callers := b.callersToTry()
	named := make(map[string]bool)
	for _, r := range b.t.rules {
		for _, set := range r.to {
			for _, name := range set {
				for _, m := range b.members(name) {
					named[m] = true
				}
			}
		}
	}
	for i, p := range b.cfg.Ports {
		if p.Number == "" || p.Kind != FXS && p.Kind != Account || named[p.Name] {
			continue
		}
		if !slices.ContainsFunc(b.t.rules, func(r rule) bool { return r.canDeliver(p) }) {
			b.fault("port", i, "number", "no route reaches %s: add a [[route]] whose called pattern matches it, or change the number", p.Number)
		} else if !draft && !b.delivered(p, callers) {
			b.fault("port", i, "number", "no route reaches %s: those above take it for another target", p.Number)
		}
	}
}

// callersToTry is one caller of each kind and every caller that a rule names.
func (b *builder) callersToTry() []Request {
	callers := []Request{{FromKind: FXS}, {FromKind: FXO}, {FromKind: Account}, {FromKind: Trunk}}
	for _, r := range b.t.rules {
		for _, f := range r.From {
			if p := b.t.ports[f]; p != nil {
				callers = append(callers, Request{From: f, FromKind: p.Kind})
			}
		}
	}
	return callers
}

// delivered says whether some caller gets p by its number, or by another number that a rule changes.
func (b *builder) delivered(p Port, callers []Request) bool {
	for _, c := range callers {
		c.Called = p.Number
		plan, _ := b.t.Route(c)
		for _, a := range plan.Attempts {
			if slices.ContainsFunc(a.Targets, func(t Target) bool { return t.Name == p.Name }) {
				return true
			}
		}
	}
	return slices.ContainsFunc(b.t.rules, func(r rule) bool {
		return (r.Strip > 0 || r.Prefix != "" || r.rewrite != nil) && r.canDeliver(p)
	})
}

// canDeliver says whether the rule, by itself, can end at p by its number.
func (r *rule) canDeliver(p Port) bool {
	word := ToPhone
	if p.Kind == Account {
		word = ToAccount
	}
	if !slices.ContainsFunc(r.to, func(set []string) bool { return slices.Contains(set, word) }) {
		return false
	}
	if r.rewrite != nil {
		return true // a digit map may make any number
	}
	rest, ok := strings.CutPrefix(p.Number, r.Prefix)
	return ok && (r.called == nil || r.called.MatchAfter(r.Strip, rest))
}
