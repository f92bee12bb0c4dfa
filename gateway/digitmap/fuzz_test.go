package digitmap

import (
	"strings"
	"testing"
)

// FuzzMatch holds the matcher to a second, direct reading of the grammar: all the ways in which an alternative can take
// the digits, by recursion.
func FuzzMatch(f *testing.F) {
	for _, p := range []string{"2xx|9x.T", "<9:>x.", "0|00", "[2-9]1.<:5>", "x.<1:2>x.", "<:201>", "*43", "1.2.3T|<11:7>2"} {
		for _, d := range []string{"", "2", "201", "9123", "*43", "1112"} {
			f.Add(p, d)
		}
	}
	f.Fuzz(func(t *testing.T, pattern, digits string) {
		m, err := Parse(pattern)
		if err != nil {
			if se := err.(*SyntaxError); se.Offset < 0 || se.Offset > len(se.Pattern) {
				t.Fatalf("offset %d outside of %q", se.Offset, se.Pattern)
			}
			return
		}
		if len(digits) > 10 {
			return
		}
		for i := range m.alts {
			if repeats(m.alts[i].pos) > 4 {
				return // the direct reading takes exponential time
			}
		}
		got := m.Match(digits)
		var want Result
		now, atTimer, more := "", "", false
		for i := range m.alts {
			a := &m.alts[i]
			all, longer := walk(a, 0, digits, "")
			more = more || longer
			if len(all) == 0 {
				continue
			}
			if atTimer == "" {
				atTimer = all[0]
			}
			if now == "" && !a.timer {
				now = all[0]
			}
		}
		want.Timer = InterDigit
		if digits == "" {
			want.Timer = FirstDigit
		}
		switch {
		case now != "" && !more:
			want = Result{State: Complete, Number: now}
		case atTimer != "":
			want.State, want.Number = Ambiguous, atTimer
		case more:
			want.State = Partial
		default:
			want = Result{}
		}
		if got != want {
			t.Fatalf("%q after %q: got %v, the direct reading says %v", pattern, digits, got, want)
		}
		if again := MustParse(m.String()).Match(digits); again != got {
			t.Fatalf("parsed twice: %v and %v", got, again)
		}
	})
}

func repeats(p []position) (n int) {
	for _, q := range p {
		if q.repeat {
			n++
		}
	}
	return n
}

// walk returns every number that the rest of the alternative can make of digits, the one of the longest leftmost repeats
// first, and whether it can take more.
func walk(a *alternative, k int, digits, out string) (numbers []string, more bool) {
	if k == len(a.pos) {
		if digits == "" {
			return []string{out + a.tail}, false
		}
		return nil, false
	}
	p := a.pos[k]
	take := func(n int) (string, bool) {
		for i := range n {
			if !strings.ContainsRune(alphabet, rune(digits[i])) || p.set&digitSet(digits[i]) == 0 {
				return "", false
			}
		}
		if p.drop {
			return out + p.insert, true
		}
		return out + p.insert + digits[:n], true
	}
	lo, hi := 1, 1
	if p.repeat {
		lo, hi = 0, len(digits)
	}
	for n := min(hi, len(digits)); n >= lo; n-- {
		o, ok := take(n)
		if !ok {
			continue
		}
		ns, m := walk(a, k+1, digits[n:], o)
		numbers, more = append(numbers, ns...), more || m
	}
	if p.repeat {
		if _, ok := take(len(digits)); ok {
			more = true
		}
	} else if digits == "" {
		more = true
	}
	return numbers, more
}

// FuzzPattern: whatever parses as a pattern parses as a map, and both agree on a whole number.
func FuzzPattern(f *testing.F) {
	f.Add("9xx.|+49x.", "9555")
	f.Add("[0-9].", "")
	f.Fuzz(func(t *testing.T, pattern, number string) {
		p, err := ParsePattern(pattern)
		if err != nil {
			return
		}
		n, ok := MustParse(pattern).Rewrite(number)
		if ok != p.Match(number) || n != number {
			t.Fatalf("%q on %q: pattern %v, map %v %q", pattern, number, p.Match(number), ok, n)
		}
		if ok && !p.MatchAfter(0, number) {
			t.Fatalf("%q on %q: MatchAfter 0 disagrees", pattern, number)
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	m := MustParse("2xx|8xxx|6xxx|9xx.T|*43")
	for b.Loop() {
		m.Match("95550123456")
	}
}
