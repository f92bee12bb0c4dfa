// Package fsm turns a protocol's state diagram, written down as rows of data, into an array lookup.
//
// A row is an arrow of the diagram: in this state, on this event, go to that state and do this, because that clause says
// so. Compile checks the rows once, at start-up: two unguarded rows for one pair of state and event, a row without a
// clause, a symbol out of range panic, since a wrong table is a wrong program. Step looks a pair up; a pair without a row
// is an explicit result (no row), for the caller to count, never a silent default.
//
// A row may carry a guard (When); the rows of one pair are then tried in the order in which they were written, and the
// row without a guard, if there is one, comes last. Every, Stay and Ignore rows serve all the states, or the listed ones, that
// have no row of their own for the event; where a state has guarded rows only, they would silently not serve it when no guard
// agrees, so that panics too.
//
// A table knows nothing of time, input or output: actions append outputs to the machine that owns the state, timers are
// such outputs, and their expiry is an event. It starts no goroutine; a compiled Table is immutable and safe to share.
//
// The same table draws itself as a DOT graph, lists the pairs that it does not handle, the states that cannot be reached
// and the rows that a test did not take, so that a review sees the diagram and a test proves it.
package fsm
