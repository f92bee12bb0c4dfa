package route

import (
	"fmt"
	"strings"
)

// A Step is one thing that was looked at.
type Step struct {
	Rule    string
	Matched bool
	Why     string
}

// An Explanation is what would happen to a call, and why.
type Explanation struct {
	Request Request
	Steps   []Step
	Plan    Plan
}

// Explain routes a call and tells how. It changes nothing.
func (t *Table) Explain(req Request) Explanation {
	p, steps := t.walk(req, true)
	return Explanation{req, steps, p}
}

// String gives the explanation as lines of text, with what callers sent quoted.
func (e Explanation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "call from %s to %s\n", quote(e.Request.From), quote(e.Request.Called))
	for _, s := range e.Steps {
		name, mark := s.Rule, "no "
		if name == "" {
			name = "-"
		}
		if s.Matched {
			mark = "yes"
		}
		fmt.Fprintf(&b, "  %s  %-16s %s\n", mark, name, s.Why)
	}
	if len(e.Plan.Attempts) == 0 {
		fmt.Fprintf(&b, "denied with cause %d (%s)\n", e.Plan.Deny, e.Plan.Deny)
		return b.String()
	}
	for i, a := range e.Plan.Attempts {
		fmt.Fprintf(&b, "%d.", i+1)
		for k, t := range a.Targets {
			if k > 0 {
				b.WriteString(" and at once")
			}
			fmt.Fprintf(&b, " %s %s", t.Kind, t.Name)
			if t.Number != "" {
				fmt.Fprintf(&b, " with %s", quote(t.Number))
			}
			if t.Group != "" {
				fmt.Fprintf(&b, " (hunt group %s)", t.Group)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}
