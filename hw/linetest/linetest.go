// Package linetest holds what a chip's line tests find, after the tests of GR-909: values with their units, faults, and what the
// chip cannot see. The tests themselves are the chips'.
package linetest

import (
	"fmt"
	"strings"
)

// A Finding is the result of one test.
type Finding struct {
	Test   string
	Values []Value
	Faults []string // empty: passed
	// Skipped is why the test was not made; empty: it was.
	Skipped string
	Blind   string // what would not have been seen
}

// A Value is one measured quantity. More says that it is at least this much, beyond what can be resolved.
type Value struct {
	Name string
	V    float64
	Unit string
	More bool
}

// String returns the value for people.
func (v Value) String() string {
	sign := ""
	if v.More {
		sign = "> "
	}
	if v.V >= 10e3 {
		return fmt.Sprintf("%s %s%.3g k%s", v.Name, sign, v.V/1e3, v.Unit)
	}
	return fmt.Sprintf("%s %s%.3g %s", v.Name, sign, v.V, v.Unit)
}

// String returns the finding for people, in one line.
func (f Finding) String() string {
	var b strings.Builder
	b.WriteString(f.Test)
	for i, v := range f.Values {
		b.WriteString([]string{": ", ", "}[min(i, 1)] + v.String())
	}
	for _, s := range f.Faults {
		b.WriteString("; " + s)
	}
	if f.Skipped != "" {
		b.WriteString("; not measured: " + f.Skipped)
	}
	return b.String()
}

// Faults returns the faults of all findings.
func Faults(findings []Finding) (out []string) {
	for _, f := range findings {
		out = append(out, f.Faults...)
	}
	return out
}
