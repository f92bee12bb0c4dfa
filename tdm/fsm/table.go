package fsm

import (
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"
)

// A Symbol names a state or an event: a small number with a name. Symbols of one type count from 0.
type Symbol interface {
	~uint8
	fmt.Stringer
}

// A Row is one arrow of a state diagram. M is the machine that the action works on, I what came in with the event.
type Row[S, E Symbol, M, I any] struct {
	From   S
	Event  E
	To     S
	Do     func(M, I) // nil: nothing but the change of state
	Clause string     // the standard's clause, or the project's reason where no standard speaks
	Guard  string     // name of When, empty without a guard

	when    func(M, I) bool
	from    []S // Every, Stay, Ignore: the states, nil for all
	spread  bool
	stay    bool // To is From
	ignored bool
	index   int
}

// Arrow is the ordinary row.
func Arrow[S, E Symbol, M, I any](from S, event E, to S, do func(M, I), clause string) Row[S, E, M, I] {
	return Row[S, E, M, I]{From: from, Event: event, To: to, Do: do, Clause: clause}
}

// Every is an arrow from each of the states in from, or from all states when from is empty, that has no row of its own for
// event.
func Every[S, E Symbol, M, I any](event E, to S, do func(M, I), clause string, from ...S) Row[S, E, M, I] {
	return Row[S, E, M, I]{Event: event, To: to, Do: do, Clause: clause, from: from, spread: true}
}

// Stay is a row that leads back to where it came from, for each of the states in from (all when empty) that has no row of
// its own for event.
func Stay[S, E Symbol, M, I any](event E, do func(M, I), clause string, from ...S) Row[S, E, M, I] {
	return Row[S, E, M, I]{Event: event, Do: do, Clause: clause, from: from, spread: true, stay: true}
}

// Ignore says that event is expected in each of the states in from (all when empty) that has no row of its own, and
// changes nothing there.
func Ignore[S, E Symbol, M, I any](event E, clause string, from ...S) Row[S, E, M, I] {
	return Row[S, E, M, I]{Event: event, Clause: clause, from: from, spread: true, stay: true, ignored: true}
}

// When guards a row: it is taken only if ok says so. name goes into the drawing.
func (r Row[S, E, M, I]) When(name string, ok func(M, I) bool) Row[S, E, M, I] {
	r.Guard, r.when = name, ok
	return r
}

// Ignored reports whether the row came from Ignore.
func (r *Row[S, E, M, I]) Ignored() bool { return r.ignored }

// Action returns the name of the row's function without its package and receiver, or "" for none.
func (r *Row[S, E, M, I]) Action() string {
	if r.Do == nil {
		return ""
	}
	name := runtime.FuncForPC(reflect.ValueOf(r.Do).Pointer()).Name()
	name = strings.TrimSuffix(name, "-fm")
	return name[strings.LastIndexByte(name, '.')+1:]
}

// String gives the arrow as one line: "idle --offhook [guard] / action--> seized (clause)".
func (r *Row[S, E, M, I]) String() string {
	return fmt.Sprintf("%v --%s--> %v (%s)", r.From, r.label(), r.To, r.Clause)
}

func (r *Row[S, E, M, I]) label() string {
	s := r.Event.String()
	if r.Guard != "" {
		s += " [" + r.Guard + "]"
	}
	if a := r.Action(); a != "" {
		s += " / " + a
	}
	return s
}

// A Table is a compiled state diagram.
type Table[S, E Symbol, M, I any] struct {
	states, events int
	rows           []Row[S, E, M, I] // sorted by pair; the rows of one pair stand in the order they are tried
	first          []int32           // per pair the index of its first row, len(pairs)+1 entries
	written        []Row[S, E, M, I] // as given to Compile, for the drawing
}

// Compile checks rows and builds the lookup for states 0..states-1 and events 0..events-1. It panics on a wrong table.
func Compile[S, E Symbol, M, I any](states, events int, rows []Row[S, E, M, I]) *Table[S, E, M, I] {
	t := &Table[S, E, M, I]{states: states, events: events, written: rows}
	pairs := make([][]Row[S, E, M, I], states*events)
	filledBy := make([]rank, len(pairs))
	for want := own; want <= all; want++ {
		for i := range rows {
			if r := rows[i]; r.rank() == want {
				t.check(i, r)
				for _, s := range r.states(states) {
					p := t.pair(s, r.Event)
					if n := len(pairs[p]); n > 0 && filledBy[p] < want {
						if pairs[p][n-1].when != nil {
							panic(fmt.Sprintf("fsm: row %d: %v in %v has guarded rows only, and this row would not be taken when no guard agrees: give the state a row without a guard", i, r.Event, s))
						}
						continue
					}
					for _, o := range pairs[p] {
						if o.when == nil || o.Guard == r.Guard {
							panic(fmt.Sprintf("fsm: row %d: duplicate row: %v in %v %q", i, r.Event, s, r.Guard))
						}
					}
					q := r
					q.From = s
					if q.stay {
						q.To = s
					}
					pairs[p], filledBy[p] = append(pairs[p], q), want
				}
			}
		}
	}
	t.first = make([]int32, 0, len(pairs)+1)
	for p := range pairs {
		t.first = append(t.first, int32(len(t.rows)))
		t.rows = append(t.rows, pairs[p]...)
	}
	t.first = append(t.first, int32(len(t.rows)))
	for i := range t.rows {
		t.rows[i].index = i
	}
	return t
}

// A rank orders rows for one pair: a state's own row comes before one for listed states, and that before one for all.
type rank uint8

const (
	own rank = iota
	listed
	all
)

func (r *Row[S, E, M, I]) rank() rank {
	switch {
	case !r.spread:
		return own
	case len(r.from) > 0:
		return listed
	}
	return all
}

func (r *Row[S, E, M, I]) states(n int) []S {
	switch r.rank() {
	case own:
		return []S{r.From}
	case listed:
		return r.from
	}
	every := make([]S, n)
	for s := range every {
		every[s] = S(s)
	}
	return every
}

func (t *Table[S, E, M, I]) check(i int, r Row[S, E, M, I]) {
	if int(r.Event) >= t.events {
		panic(fmt.Sprintf("fsm: row %d: event %d out of range", i, uint8(r.Event)))
	}
	if strings.TrimSpace(r.Clause) == "" {
		panic(fmt.Sprintf("fsm: row %d: %v in %v has no clause", i, r.Event, r.From))
	}
	for _, s := range slices.Concat(r.states(t.states), []S{r.To}) {
		if int(s) >= t.states {
			panic(fmt.Sprintf("fsm: row %d (%v): state %d out of range", i, r.Event, uint8(s)))
		}
	}
}

func (t *Table[S, E, M, I]) pair(s S, e E) int { return int(s)*t.events + int(e) }

// Step finds the row for event e in state s whose guard agrees, runs its action and returns the next state and the row. A
// nil row means that the diagram has no such arrow: the state stays, nothing was done. The action runs before the machine
// has changed state; it must not call Step for the same machine.
func (t *Table[S, E, M, I]) Step(m M, s S, e E, in I) (S, *Row[S, E, M, I]) {
	p := t.pair(s, e)
	for i := t.first[p]; i < t.first[p+1]; i++ {
		r := &t.rows[i]
		if r.when != nil && !r.when(m, in) {
			continue
		}
		if r.Do != nil {
			r.Do(m, in)
		}
		return r.To, r
	}
	return s, nil
}
