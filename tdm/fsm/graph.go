package fsm

import (
	"fmt"
	"strings"
)

// Rows returns every row of the compiled table, Every and Ignore rows spread over their states.
func (t *Table[S, E, M, I]) Rows() []*Row[S, E, M, I] {
	rows := make([]*Row[S, E, M, I], len(t.rows))
	for i := range t.rows {
		rows[i] = &t.rows[i]
	}
	return rows
}

// Unreachable returns the states that no chain of arrows from start leads to.
func (t *Table[S, E, M, I]) Unreachable(start S) []S {
	seen := make([]bool, t.states)
	seen[start] = true
	for todo := []S{start}; len(todo) > 0; {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for i := t.first[t.pair(s, 0)]; i < t.first[t.pair(s, 0)+t.events]; i++ {
			if to := t.rows[i].To; !seen[to] {
				seen[to] = true
				todo = append(todo, to)
			}
		}
	}
	var out []S
	for s, ok := range seen {
		if !ok {
			out = append(out, S(s))
		}
	}
	return out
}

// Stuck returns the states that have no arrow to another state.
func (t *Table[S, E, M, I]) Stuck() []S {
	var out []S
	for s := range t.states {
		stuck := true
		for i := t.first[s*t.events]; i < t.first[(s+1)*t.events]; i++ {
			stuck = stuck && t.rows[i].To == S(s)
		}
		if stuck {
			out = append(out, S(s))
		}
	}
	return out
}

// Unhandled lists the pairs without any row, one line a state: "idle: progress alerting". A pair that has only guarded
// rows is handled only when a guard agrees; it carries a "?". States that handle every event do not appear. A golden file
// of this list keeps a machine's blind spots in view.
func (t *Table[S, E, M, I]) Unhandled() string {
	var b strings.Builder
	for s := range t.states {
		var miss []string
		for e := range t.events {
			lo, hi := t.first[s*t.events+e], t.first[s*t.events+e+1]
			switch {
			case lo == hi:
				miss = append(miss, E(e).String())
			case t.rows[hi-1].when != nil:
				miss = append(miss, E(e).String()+"?")
			}
		}
		if len(miss) > 0 {
			fmt.Fprintf(&b, "%v: %s\n", S(s), strings.Join(miss, " "))
		}
	}
	return b.String()
}

// DOT draws the diagram in the language of graphviz, in the order in which the rows were written. An Every or Stay row
// starts at the node "any", or at each state it lists; Ignore rows are not drawn.
func (t *Table[S, E, M, I]) DOT(name string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "digraph %q {\n\trankdir=LR; node [shape=box, style=rounded];\n", name)
	for s := range t.states {
		fmt.Fprintf(&b, "\t%q;\n", S(s).String())
	}
	edge := func(from, to string, r *Row[S, E, M, I]) {
		fmt.Fprintf(&b, "\t%q -> %q [label=%q, tooltip=%q];\n", from, to, r.label(), r.Clause)
	}
	for i := range t.written {
		r := &t.written[i]
		switch {
		case r.ignored:
		case !r.spread:
			edge(r.From.String(), r.To.String(), r)
		case len(r.from) == 0 && r.stay:
			edge("any", "any", r)
		case len(r.from) == 0:
			edge("any", r.To.String(), r)
		default:
			for _, s := range r.from {
				to := r.To
				if r.stay {
					to = s
				}
				edge(s.String(), to.String(), r)
			}
		}
	}
	b.WriteString("}\n")
	return b.String()
}

// A Cover notes which rows were taken, so that a test can prove that it took them all. It has one owner.
type Cover[S, E Symbol, M, I any] struct {
	table *Table[S, E, M, I]
	taken []bool
}

// NewCover returns an empty Cover of t.
func NewCover[S, E Symbol, M, I any](t *Table[S, E, M, I]) *Cover[S, E, M, I] {
	return &Cover[S, E, M, I]{table: t, taken: make([]bool, len(t.rows))}
}

// Take notes a row that Step returned; nil is allowed.
func (c *Cover[S, E, M, I]) Take(r *Row[S, E, M, I]) {
	if r != nil {
		c.taken[r.index] = true
	}
}

// Missing lists the arrows that were never taken. Of an Every or Stay row one state is enough, and
// Ignore rows do not count.
func (c *Cover[S, E, M, I]) Missing() []string {
	key := func(r *Row[S, E, M, I]) string {
		switch {
		case r.stay:
			return fmt.Sprintf("any --%s--> itself (%s)", r.label(), r.Clause)
		case r.spread:
			return fmt.Sprintf("any --%s--> %v (%s)", r.label(), r.To, r.Clause)
		}
		return r.String()
	}
	taken := make(map[string]bool)
	for i, ok := range c.taken {
		if ok {
			taken[key(&c.table.rows[i])] = true
		}
	}
	var out []string
	for i := range c.table.rows {
		r := &c.table.rows[i]
		if k := key(r); !r.ignored && !taken[k] {
			taken[k] = true
			out = append(out, k)
		}
	}
	return out
}
