package digitmap

import (
	"fmt"
	"time"
)

// State is what the digits so far amount to.
type State uint8

// The states; the package comment says what to do in each.
const (
	Impossible State = iota
	Partial
	Ambiguous
	Complete
)

// String returns the name of the state in lower case.
func (s State) String() string {
	return [...]string{"impossible", "partial", "ambiguous", "complete"}[s]
}

// Timer names the timer to run while the caller dials.
type Timer uint8

// The timers. NoTimer goes with Complete and Impossible.
const (
	NoTimer    Timer = iota
	FirstDigit       // nothing is dialled yet
	InterDigit       // since the last digit
)

// Timers holds the lengths of the two timers.
type Timers struct {
	FirstDigit time.Duration
	InterDigit time.Duration
}

// DefaultTimers are 16 s for the first digit and 4 s between digits.
var DefaultTimers = Timers{FirstDigit: 16 * time.Second, InterDigit: 4 * time.Second}

// Of returns the length of a timer, 0 for NoTimer.
func (t Timers) Of(timer Timer) time.Duration {
	switch timer {
	case FirstDigit:
		return t.FirstDigit
	case InterDigit:
		return t.InterDigit
	}
	return 0
}

// A Result is the answer to the digits so far.
type Result struct {
	State  State
	Number string // after replacement; set when Complete or Ambiguous
	Timer  Timer
}

// Match judges the digits dialled so far. It keeps nothing between calls.
func (m *Map) Match(digits string) Result {
	if m.now[digits] {
		return Result{State: Complete, Number: digits}
	}
	if len(digits) > MaxDigits {
		return Result{}
	}
	var (
		more          bool   // a longer number is possible
		now, atTimer  string // the first alternative's number that is complete at once, and that is so when the timer expires
		complete, any bool   // now and atTimer are set
	)
	for n := range m.now {
		if len(n) > len(digits) && n[:len(digits)] == digits {
			more = true
		}
	}
	for i := range m.alts {
		a := &m.alts[i]
		s := a.states(digits)
		if s == 0 {
			continue
		}
		if a.canGoOn(s) {
			more = true
		}
		if s&(1<<len(a.pos)) == 0 {
			continue
		}
		n := a.number(digits)
		if n == "" {
			continue
		}
		if !any {
			any, atTimer = true, n
		}
		if !complete && !a.timer {
			complete, now = true, n
		}
	}
	timer := InterDigit
	if digits == "" {
		timer = FirstDigit
	}
	switch {
	case complete && !more:
		return Result{State: Complete, Number: now}
	case any:
		return Result{State: Ambiguous, Number: atTimer, Timer: timer}
	case more:
		return Result{State: Partial, Timer: timer}
	}
	return Result{}
}

// Urgent returns a map that also completes at once on each of numbers, unchanged, even where a longer number is
// possible. It is for emergency numbers: 911 must not wait because 9 also leads to the lines.
func (m *Map) Urgent(numbers ...string) (*Map, error) {
	u := &Map{text: m.text, alts: m.alts, now: make(map[string]bool, len(m.now)+len(numbers))}
	for n := range m.now {
		u.now[n] = true
	}
	for _, n := range numbers {
		if n == "" || len(n) > MaxDigits {
			return nil, fmt.Errorf("urgent number %q: write 1 to %d digits", n, MaxDigits)
		}
		for i := range len(n) {
			if digitSet(n[i]) == 0 {
				return nil, fmt.Errorf("urgent number %q: character %d is not a digit", n, i+1)
			}
		}
		u.now[n] = true
	}
	return u, nil
}

// closure adds the states reached by skipping repeats. State i stands before position i; state len(pos) is the end.
func (a *alternative) closure(s uint64) uint64 {
	for i := range a.pos {
		if s&(1<<i) != 0 && a.pos[i].repeat {
			s |= 1 << (i + 1)
		}
	}
	return s
}

func (a *alternative) step(s uint64, d set) uint64 {
	var next uint64
	for i := range a.pos {
		if s&(1<<i) == 0 || a.pos[i].set&d == 0 {
			continue
		}
		if a.pos[i].repeat {
			next |= 1 << i
		} else {
			next |= 1 << (i + 1)
		}
	}
	return a.closure(next)
}

func (a *alternative) states(digits string) uint64 {
	s := a.closure(1)
	for i := 0; i < len(digits) && s != 0; i++ {
		s = a.step(s, digitSet(digits[i]))
	}
	return s
}

// canGoOn says whether a further digit can be taken: any state but the end has a position before it.
func (a *alternative) canGoOn(s uint64) bool {
	return s&^(1<<len(a.pos)) != 0
}

// number applies the replacements to digits, which a matches. Repeats take as much as they can, from the left.
func (a *alternative) number(digits string) string {
	// ends[i] holds the states from which digits[i:] leads to the end.
	var ends [MaxDigits + 1]uint64
	ends[len(digits)] = a.before(1 << len(a.pos))
	for i := len(digits) - 1; i >= 0; i-- {
		d := digitSet(digits[i])
		var s uint64
		for k := range a.pos {
			if a.pos[k].set&d == 0 {
				continue
			}
			to := k + 1
			if a.pos[k].repeat {
				to = k
			}
			if ends[i+1]&(1<<to) != 0 {
				s |= 1 << k
			}
		}
		ends[i] = a.before(s)
	}
	out := make([]byte, 0, MaxDigits)
	i, entered := 0, false
	for k := 0; k < len(a.pos); {
		p := &a.pos[k]
		if !entered {
			out, entered = append(out, p.insert...), true
		}
		to := k + 1
		if p.repeat {
			to = k
		}
		if i < len(digits) && p.set&digitSet(digits[i]) != 0 && ends[i+1]&(1<<to) != 0 {
			if !p.drop {
				out = append(out, digits[i])
			}
			i++
			if p.repeat {
				continue
			}
		}
		k, entered = k+1, false
	}
	return string(append(out, a.tail...))
}

// before adds the states that reach s by skipping repeats.
func (a *alternative) before(s uint64) uint64 {
	for i := len(a.pos) - 1; i >= 0; i-- {
		if s&(1<<(i+1)) != 0 && a.pos[i].repeat {
			s |= 1 << i
		}
	}
	return s
}
