package modem

import "fmt"

// A row is an arrow of a state diagram: in this state, on this event, go there and do that, because of that clause. A
// driver may not import the protocols' tdm/fsm, so that this is a small sister of it.
type row[S, E ~uint8, M any] struct {
	from   S
	event  E
	to     S
	do     func(M)
	clause string
}

// A diagram is a compiled list of rows.
type diagram[S, E ~uint8, M any] struct {
	events int
	rows   []*row[S, E, M] // by state and event; nil: nothing is known of that pair
}

// compile panics on two rows for one pair and on a row without a clause: a wrong table is a wrong program.
func compile[S, E ~uint8, M any](states, events int, rows []row[S, E, M]) *diagram[S, E, M] {
	d := &diagram[S, E, M]{events: events, rows: make([]*row[S, E, M], states*events)}
	for i := range rows {
		r := &rows[i]
		at := &d.rows[int(r.from)*events+int(r.event)]
		if *at != nil || r.clause == "" {
			panic(fmt.Sprintf("modem: row %d: state %d, event %d: a pair has one row, and a row a clause", i, r.from, r.event))
		}
		*at = r
	}
	return d
}

// from is one row for each of several states.
func from[S, E ~uint8, M any](states []S, event E, to S, do func(M), clause string) (rows []row[S, E, M]) {
	for _, s := range states {
		rows = append(rows, row[S, E, M]{s, event, to, do, clause})
	}
	return rows
}

// stay is a row for each of several states that leads back to it.
func stay[S, E ~uint8, M any](states []S, event E, do func(M), clause string) (rows []row[S, E, M]) {
	for _, s := range states {
		rows = append(rows, row[S, E, M]{s, event, s, do, clause})
	}
	return rows
}

// find returns the row of a pair, or nil.
func (d *diagram[S, E, M]) find(s S, e E) *row[S, E, M] { return d.rows[int(s)*d.events+int(e)] }

// unhandled lists the pairs without a row.
func (d *diagram[S, E, M]) unhandled(f func(S, E)) {
	for i, r := range d.rows {
		if r == nil {
			f(S(i/d.events), E(i%d.events))
		}
	}
}

// reachable returns the states that arrows lead to from start.
func (d *diagram[S, E, M]) reachable(start S) map[S]bool {
	seen := map[S]bool{start: true}
	for todo := []S{start}; len(todo) > 0; {
		s := todo[0]
		todo = todo[1:]
		for _, r := range d.rows[int(s)*d.events : (int(s)+1)*d.events] {
			if r != nil && !seen[r.to] {
				seen[r.to] = true
				todo = append(todo, r.to)
			}
		}
	}
	return seen
}
