package digitmap

import (
	"fmt"
	"math/bits"
	"strings"
)

// Limits of what Parse accepts and Match looks at.
const (
	MaxPattern      = 4096 // bytes in a pattern
	MaxAlternatives = 256
	MaxPositions    = 63 // in one alternative: its states fit into one word
	MaxDigits       = 64 // more digits than this match nothing
)

// A SyntaxError says where and why a pattern is wrong.
type SyntaxError struct {
	Pattern string
	Offset  int // bytes from the start of Pattern
	Msg     string
}

// Error gives the position counted from 1, as an editor does.
func (e *SyntaxError) Error() string {
	if e.Offset >= len(e.Pattern) {
		return fmt.Sprintf("digit map %q: at its end: %s", e.Pattern, e.Msg)
	}
	return fmt.Sprintf("digit map %q: character %d (%q): %s", e.Pattern, e.Offset+1, e.Pattern[e.Offset:e.Offset+1], e.Msg)
}

// alphabet is every digit there is; the index is the bit in a set.
const alphabet = "0123456789*#ABCD+"

type set uint32

const decimal set = 1<<10 - 1

func digitSet(c byte) set {
	if i := strings.IndexByte(alphabet, c); i >= 0 {
		return 1 << i
	}
	return 0
}

// position is one element of an alternative after the brackets are gone.
type position struct {
	set    set
	repeat bool
	drop   bool   // inside < >: the digit does not go into the number
	insert string // goes into the number before this position
}

type alternative struct {
	pos   []position
	tail  string // goes into the number at the end
	timer bool   // ends in T
}

// A Map is a parsed digit map.
type Map struct {
	text string
	alts []alternative
	now  map[string]bool // see Urgent
}

// Parse reads a digit map. The error is a *SyntaxError.
func Parse(pattern string) (*Map, error) {
	return parse(pattern, true)
}

func parse(pattern string, full bool) (*Map, error) {
	p := parser{in: pattern, full: full}
	if len(pattern) > MaxPattern {
		return nil, &SyntaxError{Pattern: pattern[:40] + "...", Offset: 0, Msg: fmt.Sprintf("longer than %d bytes", MaxPattern)}
	}
	m := &Map{text: pattern}
	for {
		a, err := p.alternative()
		if err != nil {
			return nil, err
		}
		m.alts = append(m.alts, a)
		if p.i == len(p.in) {
			return m, nil
		}
		if len(m.alts) == MaxAlternatives {
			return nil, p.fail(p.i, fmt.Sprintf("more than %d alternatives", MaxAlternatives))
		}
		p.i++ // the |
	}
}

// MustParse is Parse for patterns that are part of the program.
func MustParse(pattern string) *Map {
	m, err := Parse(pattern)
	if err != nil {
		panic(err)
	}
	return m
}

// String returns the pattern as written.
func (m *Map) String() string { return m.text }

type parser struct {
	in   string
	i    int
	full bool // T and replacements allowed
}

func (p *parser) fail(at int, msg string) error {
	return &SyntaxError{Pattern: p.in, Offset: at, Msg: msg}
}

func (p *parser) space() {
	for p.i < len(p.in) && (p.in[p.i] == ' ' || p.in[p.i] == '\t' || p.in[p.i] == '\n' || p.in[p.i] == '\r') {
		p.i++
	}
}

func (p *parser) alternative() (alternative, error) {
	var a alternative
	start, pending, any := p.i, "", false
	for {
		p.space()
		if p.i == len(p.in) || p.in[p.i] == '|' {
			if !any {
				return a, p.fail(p.i, "an alternative is empty: write digits, or remove the |")
			}
			a.tail = pending
			return a, nil
		}
		if a.timer {
			return a, p.fail(p.i, "nothing may follow T: it ends an alternative")
		}
		at := p.i
		switch c := p.in[p.i]; {
		case c == 'T':
			if !p.full {
				return a, p.fail(at, "T has no meaning here: the number is already complete")
			}
			p.i++
			a.timer = true
		case c == '<':
			if !p.full {
				return a, p.fail(at, "a replacement has no place in a pattern: use strip, prefix or rewrite")
			}
			if err := p.replacement(&a, &pending); err != nil {
				return a, err
			}
		default:
			pos, err := p.position()
			if err != nil {
				return a, err
			}
			pos.insert, pending = pending, ""
			a.pos = append(a.pos, pos)
		}
		any = true
		if len(a.pos) > MaxPositions {
			return a, p.fail(start, fmt.Sprintf("an alternative with more than %d positions", MaxPositions))
		}
	}
}

// replacement reads <from:to>. What it inserts goes before the first position that it takes out, or waits for the next.
func (p *parser) replacement(a *alternative, pending *string) error {
	open := p.i
	p.i++
	first := len(a.pos)
	for {
		p.space()
		if p.i == len(p.in) {
			return p.fail(open, "< without >: write <from:to>")
		}
		if p.in[p.i] == ':' {
			break
		}
		if p.in[p.i] == '>' || p.in[p.i] == '|' {
			return p.fail(p.i, "< > needs a colon: write <from:to>, for example <9:>")
		}
		pos, err := p.position()
		if err != nil {
			return err
		}
		pos.drop = true
		a.pos = append(a.pos, pos)
	}
	p.i++
	var to strings.Builder
	for {
		p.space()
		if p.i == len(p.in) {
			return p.fail(open, "< without >: write <from:to>")
		}
		c := p.in[p.i]
		if c == '>' {
			p.i++
			break
		}
		if digitSet(c) == 0 {
			return p.fail(p.i, "only plain digits may replace others")
		}
		to.WriteByte(c)
		p.i++
	}
	if p.i < len(p.in) && p.in[p.i] == '.' {
		return p.fail(p.i, "a replacement cannot be repeated: put the . inside < >")
	}
	if to.Len() == 0 && len(a.pos) == first {
		return p.fail(open, "<:> does nothing: remove it")
	}
	if len(a.pos) > first {
		a.pos[first].insert = *pending + to.String()
		*pending = ""
	} else {
		*pending += to.String()
	}
	return nil
}

func (p *parser) position() (position, error) {
	var pos position
	at := p.i
	switch c := p.in[p.i]; {
	case c == 'x':
		pos.set = decimal
		p.i++
	case c == '[':
		s, err := p.set()
		if err != nil {
			return pos, err
		}
		pos.set = s
	case digitSet(c) != 0:
		pos.set = digitSet(c)
		p.i++
	default:
		return pos, p.fail(at, unexpected(c))
	}
	if p.i < len(p.in) && p.in[p.i] == '.' {
		pos.repeat = true
		p.i++
		if p.i < len(p.in) && p.in[p.i] == '.' {
			return pos, p.fail(p.i, "one . already repeats without limit")
		}
	}
	return pos, nil
}

func unexpected(c byte) string {
	switch c {
	case 'X':
		return "any digit is written as a small x"
	case 't':
		return "the timer is written as a capital T"
	case 'T':
		return "T stands outside < >, at the end of an alternative"
	case '.':
		return ". repeats the digit, x or [set] before it, and there is none"
	case ']':
		return "] without ["
	case '>', ':':
		return "belongs to a replacement <from:to> that was not opened"
	case '<':
		return "< inside < >"
	case '(', ')':
		return "parentheses are not used: alternatives are separated by | alone"
	case 'a', 'b', 'c', 'd':
		return "the digits A to D are capitals"
	}
	return "not a digit: write 0-9 * # A-D +, x, [set], ., T, | or <from:to>"
}

func (p *parser) set() (set, error) {
	open := p.i
	p.i++
	var s set
	for {
		p.space()
		if p.i == len(p.in) {
			return 0, p.fail(open, "[ without ]")
		}
		c := p.in[p.i]
		if c == ']' {
			p.i++
			if s == 0 {
				return 0, p.fail(open, "an empty set matches nothing")
			}
			return s, nil
		}
		d := digitSet(c)
		if d == 0 {
			return 0, p.fail(p.i, "a set holds digits and ranges, as [2-9] or [13-5*]")
		}
		p.i++
		if p.i < len(p.in) && p.in[p.i] == '-' {
			p.i++
			if p.i == len(p.in) {
				return 0, p.fail(open, "[ without ]")
			}
			e := digitSet(p.in[p.i])
			if d&decimal == 0 || e&decimal == 0 || e < d {
				return 0, p.fail(p.i, "a range goes up from one of 0-9 to another")
			}
			p.i++
			d = 1<<bits.Len32(uint32(e)) - d
		}
		s |= d
	}
}
