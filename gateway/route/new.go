package route

import (
	"fmt"
	"slices"
	"strings"

	"tipring/gateway/digitmap"
	"tipring/tdm"
)

// New checks a configuration and builds its table. The error is Problems: every fault at once.
func New(cfg Config) (*Table, error) {
	b := builder{cfg: cfg, t: &Table{ports: make(map[string]*port), byNumber: make(map[string]*port), groups: make(map[string]*Group), hunts: cfg.Hunts}}
	if b.t.hunts == nil {
		b.t.hunts = new(Hunts)
	}
	b.ports()
	b.hunt()
	for i := range cfg.Rules {
		b.rule(i)
	}
	b.emergency()
	b.reserved()
	b.reach(cfg.Draft || len(b.problems) > 0)
	if len(b.problems) > 0 {
		return nil, b.problems
	}
	return b.t, nil
}

type builder struct {
	cfg      Config
	t        *Table
	problems Problems
}

func (b *builder) fault(table string, index int, key, format string, args ...any) {
	b.problems = append(b.problems, Problem{table, index, key, fmt.Sprintf(format, args...)})
}

func (b *builder) ports() {
	for i, p := range b.cfg.Ports {
		q := &port{Port: p}
		switch {
		case p.Name == "":
			b.fault("port", i, "name", "is missing")
			continue
		case Reserved(p.Name):
			b.fault("port", i, "name", "%q is a word of the dial plan: choose another name", p.Name)
			continue
		case b.t.ports[p.Name] != nil:
			b.fault("port", i, "name", "%q is already the name of another line, account or trunk: choose another name", p.Name)
			continue
		}
		if p.Allowed != "" {
			q.allowed = b.pattern("port", i, "allowed", p.Allowed)
		}
		b.t.ports[p.Name] = q
		if p.Number == "" || p.Kind != FXS && p.Kind != Account {
			continue
		}
		if other := b.t.byNumber[p.Number]; other != nil {
			b.fault("port", i, "number", "%q is already the number of %s: choose another number", p.Number, other.Name)
			continue
		}
		b.t.byNumber[p.Number] = q
	}
}

func (b *builder) hunt() {
	for i := range b.cfg.Groups {
		g := b.cfg.Groups[i]
		if g.Order == "" {
			g.Order = Ascending
		}
		switch {
		case g.Name == "":
			b.fault("hunt", i, "name", "is missing")
			continue
		case Reserved(g.Name):
			b.fault("hunt", i, "name", "%q is a word of the dial plan: choose another name", g.Name)
		case b.t.ports[g.Name] != nil || b.t.groups[g.Name] != nil:
			b.fault("hunt", i, "name", "%q is already the name of something else: choose another name", g.Name)
		}
		switch g.Order {
		case Ascending, RoundRobin, LeastRecent, All:
		default:
			b.fault("hunt", i, "order", "%q is no order: write ascending, round-robin, least-recent or all", g.Order)
		}
		if len(g.Members) == 0 {
			b.fault("hunt", i, "members", "is empty: name at least one line, account or trunk")
		}
		for k, m := range g.Members {
			if b.t.ports[m] == nil {
				b.fault("hunt", i, "members", "there is no line, account or trunk %q", m)
			} else if slices.Contains(g.Members[:k], m) {
				b.fault("hunt", i, "members", "%q is named twice", m)
			}
		}
		if b.t.ports[g.Name] == nil && b.t.groups[g.Name] == nil {
			b.t.groups[g.Name] = &g
		}
	}
}

func (b *builder) pattern(table string, i int, key, s string) *digitmap.Pattern {
	p, err := digitmap.ParsePattern(s)
	if err != nil {
		b.fault(table, i, key, "%v", err)
		return nil
	}
	return p
}

func (b *builder) digitmap(table string, i int, key, s string) *digitmap.Map {
	if s == "" {
		return nil
	}
	m, err := digitmap.Parse(s)
	if err != nil {
		b.fault(table, i, key, "%v", err)
		return nil
	}
	return m
}

func (b *builder) rule(i int) {
	r := rule{Rule: b.cfg.Rules[i], failover: b.cfg.Rules[i].Failover}
	switch {
	case r.Name == "":
		b.fault("route", i, "name", "is missing: the name stands in call records and in the log")
	case r.Name == EmergencyRule:
		b.fault("route", i, "name", "%q is the name of the reserved path: choose another name", r.Name)
	case slices.ContainsFunc(b.t.rules, func(o rule) bool { return o.Name == r.Name }):
		b.fault("route", i, "name", "%q is already the name of a route above: choose another name", r.Name)
	}
	if len(r.From) == 0 {
		b.fault("route", i, "from", `is missing: say who may use the route, for example ["fxs", "account"], or ["any"]`)
	}
	b.callers("route", i, r.From)
	if r.Called != "" {
		r.called = b.pattern("route", i, "called", r.Called)
	}
	if r.Calling != "" && r.Calling != noNumber {
		r.callingPat = b.pattern("route", i, "calling", r.Calling)
	}
	if r.Strip < 0 || r.Strip > digitmap.MaxDigits {
		b.fault("route", i, "strip", "%d: strip 0 to %d digits", r.Strip, digitmap.MaxDigits)
		r.Strip = 0
	}
	if strings.Trim(r.Prefix, "0123456789*#ABCD+") != "" {
		b.fault("route", i, "prefix", "%q: a prefix is digits", r.Prefix)
	}
	r.rewrite = b.digitmap("route", i, "rewrite", r.Rewrite)
	r.rewriteCalling = b.digitmap("route", i, "rewrite_calling", r.RewriteCalling)
	r.own = r.failover != nil
	if !r.own {
		r.failover = DefaultFailover
	}
	for _, c := range r.failover {
		if c < 1 || c > 127 {
			b.fault("route", i, "failover", "%d is no Q.850 cause: they go from 1 to 127", c)
		}
	}
	if r.Cause > 127 {
		b.fault("route", i, "cause", "%d is no Q.850 cause: they go from 1 to 127", r.Cause)
	}
	b.targets("route", i, &r)
	switch {
	case r.Cause != 0 && !r.deny:
		b.fault("route", i, "cause", `has a meaning only with to = "deny"`)
	case r.deny && r.Cause == 0:
		r.Cause = tdm.CauseCallRejected
	}
	b.t.rules = append(b.t.rules, r)
}

func (b *builder) callers(table string, i int, list []string) {
	for _, f := range list {
		switch {
		case f == FromAny, f == string(FXS), f == string(FXO), f == string(Account), f == string(Trunk):
		case b.t.ports[f] == nil:
			b.fault(table, i, "from", "there is no line, account or trunk %q; the kinds are fxs, fxo, account, trunk, any", f)
		}
	}
}

// targets splits and checks r.To.
func (b *builder) targets(table string, i int, r *rule) {
	if len(r.To) == 0 {
		b.fault(table, i, "to", `is missing: name a line, account, trunk or hunt group, or write phone, account, echo or deny`)
	}
	for _, to := range r.To {
		var set []string
		for name := range strings.SplitSeq(to, "&") {
			name = strings.TrimSpace(name)
			g := b.t.groups[name]
			switch {
			case name == "":
				b.fault(table, i, "to", "%q names nothing on one side of &", to)
			case name == ToDeny:
				r.deny = true
				if len(r.To) > 1 || strings.Contains(to, "&") {
					b.fault(table, i, "to", "deny stands alone")
				}
			case name == ToPhone || name == ToAccount || name == ToEcho:
			case g != nil && g.Order != All && strings.Contains(to, "&"):
				b.fault(table, i, "to", `hunt group %q is tried one by one and cannot be rung at once with others: give it order = "all", or name its members`, name)
			case g == nil && b.t.ports[name] == nil:
				b.fault(table, i, "to", "there is no line, account, trunk or hunt group %q", name)
			case slices.Contains(set, name):
				b.fault(table, i, "to", "%q names %s twice", to, name)
			}
			set = append(set, name)
		}
		if !r.deny {
			r.to = append(r.to, set)
		}
	}
}
