package linetest

import "testing"

func TestString(t *testing.T) {
	f := Finding{Test: "resistance", Values: []Value{{"tip-ring", 152300, "ohm", true}, {"tip-ground", 812, "ohm", false}, {"tip", -3.04, "V", false}}, Faults: []string{"tip-ground leaks"}}
	if got, want := f.String(), "resistance: tip-ring > 152 kohm, tip-ground 812 ohm, tip -3.04 V; tip-ground leaks"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := (Finding{Test: "ringer load", Skipped: "the line is open"}).String(), "ringer load; not measured: the line is open"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := Faults([]Finding{{}, f, f}); len(got) != 2 {
		t.Errorf("faults %q", got)
	}
}
