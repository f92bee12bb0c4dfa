package route

import (
	"slices"
	"strconv"

	"tipring/gateway/digitmap"
	"tipring/tdm"
)

// A Table is a dial plan that was found good. It is immutable and safe for concurrent use.
type Table struct {
	ports     map[string]*port
	byNumber  map[string]*port // phones and accounts
	groups    map[string]*Group
	rules     []rule
	emergency rule
	numbers   []string // emergency
	hunts     *Hunts
}

type port struct {
	Port
	allowed *digitmap.Pattern
}

type rule struct {
	Rule
	called, callingPat      *digitmap.Pattern
	rewrite, rewriteCalling *digitmap.Map
	to                      [][]string // attempts, each of names rung at once
	failover                []tdm.Cause
	own, deny               bool
}

// Hunts returns the state of the hunt groups, for Used and for the next table.
func (t *Table) Hunts() *Hunts { return t.hunts }

// EmergencyNumbers returns the numbers of the reserved path: digit maps complete on them at once.
func (t *Table) EmergencyNumbers() []string { return slices.Clone(t.numbers) }

func (t *Table) port(name string) *port { return t.ports[name] }

func (t *Table) isEmergency(req Request) bool {
	return slices.Contains(t.numbers, req.Called) && from(t.emergency.From, req)
}

func from(list []string, req Request) bool {
	for _, f := range list {
		if f == FromAny || f == req.From || f == string(req.FromKind) {
			return true
		}
	}
	return false
}

// refuses says why the rule does not match, or nothing.
func (r *rule) refuses(req Request) string {
	switch {
	case !from(r.From, req):
		return "not from " + quote(req.From) + " (" + string(req.FromKind) + ")"
	case r.called != nil && !r.called.Match(req.Called):
		return "called number does not match " + r.Called
	case r.Calling == noNumber && req.Calling != "":
		return "there is a calling number"
	case r.callingPat != nil && !r.callingPat.Match(req.Calling):
		return "calling number does not match " + r.Calling
	case len(req.Called) < r.Strip:
		return "called number has fewer than " + strconv.Itoa(r.Strip) + " digits to strip"
	}
	return ""
}

// noNumber is the calling "pattern" of a call without a number.
const noNumber = "none"

func (r *rule) number(called string) string {
	n := r.Prefix + called[r.Strip:]
	if r.rewrite != nil {
		n, _ = r.rewrite.Rewrite(n)
	}
	return n
}

func (r *rule) calling(n string) string {
	if r.rewriteCalling != nil {
		n, _ = r.rewriteCalling.Rewrite(n)
	}
	return n
}

// quote makes an untrusted number printable on one line.
func quote(s string) string {
	if len(s) > digitmap.MaxDigits {
		s = s[:digitmap.MaxDigits] + "..."
	}
	return strconv.Quote(s)
}
