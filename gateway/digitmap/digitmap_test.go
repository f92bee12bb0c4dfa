package digitmap

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, digits string
		want            State
		number          string
		timer           Timer
	}{
		{"2xx|9x.T", "", Partial, "", FirstDigit},
		{"2xx|9x.T", "2", Partial, "", InterDigit},
		{"2xx|9x.T", "20", Partial, "", InterDigit},
		{"2xx|9x.T", "201", Complete, "201", NoTimer},
		{"2xx|9x.T", "2011", Impossible, "", NoTimer},
		{"2xx|9x.T", "9", Ambiguous, "9", InterDigit},
		{"2xx|9x.T", "9555", Ambiguous, "9555", InterDigit},
		{"2xx|9x.T", "3", Impossible, "", NoTimer},
		{"2xx|9x.T", "2*", Impossible, "", NoTimer},
		{"0|00", "0", Ambiguous, "0", InterDigit},
		{"0|00", "00", Complete, "00", NoTimer},
		{"0T|00", "0", Ambiguous, "0", InterDigit},
		{"0T", "0", Ambiguous, "0", InterDigit},
		{"911|9xxT", "911", Complete, "911", NoTimer}, // both are full; the one without T need not wait
		{"9xxT|911", "911", Complete, "911", NoTimer},
		{"911|9x.", "911", Ambiguous, "911", InterDigit},
		{"[2-46*]1", "31", Complete, "31", NoTimer},
		{"[2-46*]1", "*1", Complete, "*1", NoTimer},
		{"[2-46*]1", "5", Impossible, "", NoTimer},
		{"*43|#9", "*43", Complete, "*43", NoTimer},
		{"*43|#9", "#9", Complete, "#9", NoTimer},
		{"A[BC]D", "ACD", Complete, "ACD", NoTimer},
		{"<9:>xxxxxxx", "95550123", Complete, "5550123", NoTimer},
		{"<9:>", "9", Impossible, "", NoTimer}, // an empty number is never complete
		{"<9:>x.", "9", Partial, "", InterDigit},
		{"<:011>[2-9]x.T", "4930", Ambiguous, "0114930", InterDigit},
		{"<8x:1650>xx", "8912", Complete, "165012", NoTimer},
		{"1<2:>3<4:99>", "1234", Complete, "1399", NoTimer},
		{"x<:5>x<:6>", "12", Complete, "1526", NoTimer},
		{"<:0><:1>2", "2", Complete, "012", NoTimer},
		{"<x.:5550100>T", "77", Ambiguous, "5550100", InterDigit},
		{"<:201>", "", Complete, "201", NoTimer},
		{"<:201>T|9x.", "", Ambiguous, "201", FirstDigit},
		{"x.", "", Partial, "", FirstDigit},
		{"x.<9:>x.", "1929", Ambiguous, "192", InterDigit}, // the repeat takes the first 9 too
		{"1.2.3", "113", Complete, "113", NoTimer},
		{"1.2.3", "3", Complete, "3", NoTimer},
		{"1.2.3", "21", Impossible, "", NoTimer},
		{" 2xx | 8xxx ", "8000", Complete, "8000", NoTimer},
		{"<12:3>|1xx", "12", Ambiguous, "3", InterDigit},
		{"1x|<12:3>", "12", Complete, "12", NoTimer}, // the first that matches gives the number
		{"x.", strings.Repeat("1", MaxDigits), Ambiguous, strings.Repeat("1", MaxDigits), InterDigit},
		{"x.", strings.Repeat("1", MaxDigits+1), Impossible, "", NoTimer},
	} {
		got := MustParse(c.pattern).Match(c.digits)
		if got != (Result{c.want, c.number, c.timer}) {
			t.Errorf("%q after %q: got %v %q timer %d, want %v %q timer %d", c.pattern, c.digits, got.State, got.Number, got.Timer, c.want, c.number, c.timer)
		}
	}
}

// Every example of the package comment is read from it, so that the table stays true.
func TestDocExamples(t *testing.T) {
	rows := docRows(t, "| map ")
	if len(rows) != 8 {
		t.Fatalf("%d example rows in the package comment, want 8", len(rows))
	}
	for _, r := range rows {
		got := MustParse(r[0]).Match(r[1])
		if got.State.String() != strings.ToLower(r[2]) || got.Number != r[3] {
			t.Errorf("%q after %q: got %v %q, the comment says %v %q", r[0], r[1], got.State, got.Number, r[2], r[3])
		}
	}
}

func TestSyntaxErrorsSayWhere(t *testing.T) {
	for _, c := range []struct {
		pattern string
		offset  int
		says    string
	}{
		{"", 0, "alternative is empty"},
		{"2xx|", 4, "alternative is empty"},
		{"|2", 0, "alternative is empty"},
		{"2xX", 2, "small x"},
		{"2xt", 2, "capital T"},
		{".2", 0, "repeats the digit"},
		{"2..", 2, "already repeats"},
		{"2T3", 2, "nothing may follow T"},
		{"2TT", 2, "nothing may follow T"},
		{"2T.", 2, "nothing may follow T"},
		{"[2-", 0, "[ without ]"},
		{"[2", 0, "[ without ]"},
		{"[]", 0, "empty set"},
		{"[5-2]", 3, "a range goes up"},
		{"[2-*]", 3, "a range goes up"},
		{"[2x]", 2, "a set holds digits"},
		{"2]", 1, "] without ["},
		{"<9", 0, "< without >"},
		{"<9:", 0, "< without >"},
		{"<9>", 2, "needs a colon"},
		{"<9:x>", 3, "only plain digits"},
		{"<9T:>", 2, "outside < >"},
		{"<:>", 0, "does nothing"},
		{"<9:>.", 4, "inside < >"},
		{"9>", 1, "not opened"},
		{"(2xx)", 0, "parentheses"},
		{"2d", 1, "capitals"},
		{"2é", 1, "not a digit"},
		{strings.Repeat("x", MaxPositions+1), 0, "more than 63"},
		{strings.Repeat("1|", MaxAlternatives) + "1", 2*MaxAlternatives - 1, "more than 256"},
	} {
		_, err := Parse(c.pattern)
		var se *SyntaxError
		if !errors.As(err, &se) {
			t.Errorf("%q: got %v, want a SyntaxError", c.pattern, err)
			continue
		}
		if se.Offset != c.offset || !strings.Contains(se.Msg, c.says) {
			t.Errorf("%q: got offset %d, %q; want %d, %q", c.pattern, se.Offset, se.Msg, c.offset, c.says)
		}
	}
	if _, err := Parse(strings.Repeat("1", MaxPattern+1)); err == nil || len(err.Error()) > 200 {
		t.Errorf("a pattern that is too long: got %v", err)
	}
}

func TestUrgent(t *testing.T) {
	m, err := MustParse("2xx|9x.T").Urgent("911", "112")
	if err != nil {
		t.Fatal(err)
	}
	for digits, want := range map[string]Result{
		"9":    {Ambiguous, "9", InterDigit},
		"911":  {Complete, "911", NoTimer},
		"1":    {Partial, "", InterDigit},
		"11":   {Partial, "", InterDigit},
		"112":  {Complete, "112", NoTimer},
		"113":  {},
		"9112": {Ambiguous, "9112", InterDigit},
	} {
		if got := m.Match(digits); got != want {
			t.Errorf("after %q: got %v, want %v", digits, got, want)
		}
	}
	if _, err := m.Urgent("9a"); err == nil {
		t.Error("an urgent number that is no number was taken")
	}
}

func TestPattern(t *testing.T) {
	p, err := ParsePattern("9xx.|+49x.")
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[string]bool{"9": false, "91": true, "9555": true, "+4930": true, "alice": false, "": false, "9\x00": false} {
		if p.Match(n) != want {
			t.Errorf("%q: got %v", n, !want)
		}
	}
	for _, bad := range []string{"9x.T", "<9:>x"} {
		if _, err := ParsePattern(bad); err == nil {
			t.Errorf("pattern %q was taken", bad)
		}
	}
	for _, c := range []struct {
		skip int
		rest string
		want bool
	}{{1, "5550123", true}, {0, "5550123", false}, {2, "", true}, {1, "", false}, {3, "30", true}, {-1, "9", false}} {
		if p.MatchAfter(c.skip, c.rest) != c.want {
			t.Errorf("after %d digits %q: got %v", c.skip, c.rest, !c.want)
		}
	}
}

func TestRewrite(t *testing.T) {
	m := MustParse("<0:+49>[1-9]x.|<00:+>x.T")
	for in, want := range map[string]string{"030123": "+4930123", "0044": "+44", "110": "110", "alice": "alice"} {
		if got, _ := m.Rewrite(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestTimers(t *testing.T) {
	if DefaultTimers.Of(FirstDigit) != 16*time.Second || DefaultTimers.Of(InterDigit) != 4*time.Second || DefaultTimers.Of(NoTimer) != 0 {
		t.Errorf("got %v", DefaultTimers)
	}
}

// docRows returns the cells of the package comment's table whose head begins with head.
func docRows(t *testing.T, head string) [][]string {
	t.Helper()
	src, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	in := false
	for line := range strings.Lines(string(src)) {
		line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "//"))
		switch {
		case strings.HasPrefix(line, head):
			in = true
		case in && !strings.HasPrefix(line, "|"):
			in = false
		case in && !strings.HasPrefix(line, "|-"):
			// The first column may hold | itself: the others are counted from the right.
			f := strings.Split(strings.Trim(line, "|"), "|")
			n := len(f)
			row := []string{strings.Join(f[:n-3], "|"), f[n-3], f[n-2], f[n-1]}
			for i := range row {
				row[i] = strings.TrimSpace(row[i])
			}
			rows = append(rows, row)
		}
	}
	return rows
}
