package config

import (
	"fmt"
	"strconv"
	"strings"
)

// An index knows the line of every key, table and array element of a TOML document by its path: port[0].number.
type index map[string]int

// line returns the line of the path or, for a key that is missing, of what it is missing in.
func (x index) line(path string) int {
	for path != "" {
		if n, ok := x[path]; ok {
			return n
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return 0
}

// exact returns the line of the path itself, or that of the key whose list it is in; 0 when the file does not have it.
func (x index) exact(path string) int {
	if n := x[path]; n != 0 {
		return n
	}
	if i := strings.LastIndexByte(path, '['); i > 0 && strings.HasSuffix(path, "]") {
		return x[path[:i]]
	}
	return 0
}

// join appends a key to a path. A key that is not bare is quoted, so that its dots and brackets are its own.
func join(path, key string) string {
	if key == "" || strings.Trim(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != "" {
		key = strconv.Quote(key)
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

func elem(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

// scan makes the index of a document that the toml module has found good. It follows the grammar of TOML 1.0 as far as
// lines need it (https://toml.io/en/v1.0.0), and takes the newlines in inline tables of 1.1.
func scan(doc string) index {
	s := scanner{in: doc, line: 1, out: make(index), arrays: make(map[string]int)}
	table := ""
	for s.blank(); s.i < len(s.in); s.blank() {
		if s.in[s.i] == '[' {
			table = s.header()
		} else {
			s.pair(table)
		}
	}
	return s.out
}

type scanner struct {
	in     string
	i      int
	line   int
	out    index
	arrays map[string]int // arrays of tables: path, number of elements so far
}

func (s *scanner) peek(c byte) bool { return s.i < len(s.in) && s.in[s.i] == c }

// next consumes one byte.
func (s *scanner) next() {
	if s.in[s.i] == '\n' {
		s.line++
	}
	s.i++
}

// space skips blanks within a line.
func (s *scanner) space() {
	for s.peek(' ') || s.peek('\t') {
		s.i++
	}
}

// blank skips blanks, line ends and comments.
func (s *scanner) blank() {
	for s.i < len(s.in) {
		switch s.in[s.i] {
		case ' ', '\t', '\r', '\n':
			s.next()
		case '#':
			for s.i < len(s.in) && s.in[s.i] != '\n' {
				s.i++
			}
		default:
			return
		}
	}
}

func (s *scanner) note(path string) {
	if _, ok := s.out[path]; !ok {
		s.out[path] = s.line
	}
}

// header reads [a.b] or [[a.b]] and returns the path of the table that it opens.
func (s *scanner) header() string {
	s.i++
	array := s.peek('[')
	if array {
		s.i++
	}
	keys := s.key()
	for s.peek(']') {
		s.i++
	}
	path := ""
	for k, key := range keys {
		path = join(path, key)
		if k == len(keys)-1 && array {
			s.note(path)
			path = elem(path, s.arrays[path])
			s.arrays[path[:strings.LastIndexByte(path, '[')]]++
		} else if n := s.arrays[path]; n > 0 {
			path = elem(path, n-1) // within the array's newest table
		}
		s.note(path)
	}
	return path
}

// key reads a dotted key.
func (s *scanner) key() []string {
	var keys []string
	for {
		s.space()
		switch {
		case s.peek('"'), s.peek('\''):
			keys = append(keys, s.text())
		default:
			start := s.i
			for s.i < len(s.in) && !strings.ContainsRune(".=] \t\r\n", rune(s.in[s.i])) {
				s.i++
			}
			keys = append(keys, s.in[start:s.i])
		}
		s.space()
		if !s.peek('.') {
			return keys
		}
		s.i++
	}
}

// pair reads key = value.
func (s *scanner) pair(table string) {
	at := s.i
	path := table
	for _, key := range s.key() {
		path = join(path, key)
		s.note(path)
	}
	if s.peek('=') {
		s.i++
	}
	s.space()
	s.value(path)
	if s.i == at {
		s.next() // not TOML: go on all the same
	}
}

func (s *scanner) value(path string) {
	switch {
	case s.peek('"'), s.peek('\''):
		s.text()
	case s.peek('['):
		s.i++
		for n := 0; ; n++ {
			s.blank()
			if s.i == len(s.in) || s.peek(']') {
				break
			}
			at := s.i
			s.note(elem(path, n))
			s.value(elem(path, n))
			s.separator(at)
		}
		s.close(']')
	case s.peek('{'):
		s.i++
		for {
			s.blank()
			if s.i == len(s.in) || s.peek('}') {
				break
			}
			at := s.i
			s.pair(path)
			s.separator(at)
		}
		s.close('}')
	default: // a number, a boolean, a time
		for s.i < len(s.in) && !strings.ContainsRune(",]}#\r\n", rune(s.in[s.i])) {
			s.i++
		}
	}
}

// separator skips a comma; what began at must have moved on.
func (s *scanner) separator(at int) {
	s.blank()
	if s.peek(',') {
		s.i++
	}
	if s.i == at {
		s.next()
	}
}

func (s *scanner) close(c byte) {
	if s.peek(c) {
		s.i++
	}
}

// text reads a string of one of the four kinds. The value of a multi-line one is of no use as a key and not returned.
func (s *scanner) text() string {
	q := s.in[s.i]
	if triple := strings.Repeat(string(q), 3); strings.HasPrefix(s.in[s.i:], triple) {
		s.i += 3
		for s.i < len(s.in) {
			if q == '"' && s.in[s.i] == '\\' && s.i+1 < len(s.in) {
				s.next()
			} else if strings.HasPrefix(s.in[s.i:], triple) {
				s.i += 3
				for n := 0; n < 2 && s.peek(q); n++ { // up to two quotes may stand before the closing three
					s.i++
				}
				return ""
			}
			s.next()
		}
		return ""
	}
	start := s.i
	s.i++
	for s.i < len(s.in) && s.in[s.i] != q && s.in[s.i] != '\n' {
		if q == '"' && s.in[s.i] == '\\' && s.i+1 < len(s.in) {
			s.i++
		}
		s.next()
	}
	s.close(q)
	raw := s.in[start:s.i]
	if q == '\'' {
		return strings.Trim(raw, "'")
	}
	if v, err := strconv.Unquote(raw); err == nil {
		return v
	}
	return strings.Trim(raw, `"`)
}
