package clocksource

import "testing"

func TestSelector(t *testing.T) {
	s := New([]int{2, 1, 1, 0})
	var up [4]bool
	at := func(ms int) int {
		for range ms {
			s.Tick(func(i int) bool { return up[i] })
		}
		return s.Source()
	}
	for _, step := range []struct {
		what string
		up   [4]bool
		ms   int
		want int
	}{
		{"nothing is there", [4]bool{}, 10, Free},
		{"a line of priority 0 is never taken", [4]bool{false, false, false, true}, Hold + 1, Free},
		{"the only other is taken at once", [4]bool{true, false, false, true}, 1, 0},
		{"a better one must be sound for a while", [4]bool{true, true, false, true}, Hold - 1, 0},
		{"and then is taken", [4]bool{true, true, false, true}, 1, 1},
		{"an equal one does not matter", [4]bool{true, true, true, true}, 2 * Hold, 1},
		{"fall back to the best", [4]bool{true, false, true, true}, 1, 2},
		{"and again", [4]bool{true, false, false, true}, 1, 0},
		{"a line that comes and goes is not taken", [4]bool{true, false, true, true}, Hold - 1, 0},
		{"comes and goes", [4]bool{true, false, false, true}, 1, 0},
		{"comes and goes", [4]bool{true, false, true, true}, Hold - 1, 0},
		{"nothing is left", [4]bool{}, 1, Free},
	} {
		up = step.up
		if got := at(step.ms); got != step.want {
			t.Errorf("%s: source %d, want %d", step.what, got, step.want)
		}
	}
	if s.Switches() != 5 {
		t.Errorf("%d switches, want 5", s.Switches())
	}
}
