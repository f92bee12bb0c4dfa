package digitmap

// A Pattern matches whole numbers, as a route does: the grammar of a digit map without T and without replacements.
type Pattern struct{ m *Map }

// ParsePattern reads a pattern. The error is a *SyntaxError.
func ParsePattern(pattern string) (*Pattern, error) {
	m, err := parse(pattern, false)
	if err != nil {
		return nil, err
	}
	return &Pattern{m}, nil
}

// String returns the pattern as written.
func (p *Pattern) String() string { return p.m.text }

// Match says whether the whole number matches. A number with anything but digits in it matches no pattern.
func (p *Pattern) Match(number string) bool {
	if len(number) > MaxDigits {
		return false
	}
	for i := range p.m.alts {
		a := &p.m.alts[i]
		if a.states(number)&(1<<len(a.pos)) != 0 {
			return true
		}
	}
	return false
}

// MatchAfter says whether some number that is any skip digits followed by rest matches: what a route that strips digits
// can deliver.
func (p *Pattern) MatchAfter(skip int, rest string) bool {
	if skip < 0 || skip+len(rest) > MaxDigits {
		return false
	}
	for i := range p.m.alts {
		a := &p.m.alts[i]
		s := a.closure(1)
		for range skip {
			s = a.step(s, ^set(0))
		}
		for k := 0; k < len(rest) && s != 0; k++ {
			s = a.step(s, digitSet(rest[k]))
		}
		if s&(1<<len(a.pos)) != 0 {
			return true
		}
	}
	return false
}

// Rewrite applies the map to a whole number: the first alternative that matches gives the result, T counts for nothing.
// A number that none matches comes back unchanged, with false.
func (m *Map) Rewrite(number string) (string, bool) {
	if len(number) > MaxDigits {
		return number, false
	}
	for i := range m.alts {
		a := &m.alts[i]
		if a.states(number)&(1<<len(a.pos)) != 0 {
			return a.number(number), true
		}
	}
	return number, false
}
