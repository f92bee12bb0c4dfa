package config

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// A Fault is one thing wrong in a file.
type Fault struct {
	File string
	Line int    // from 1; 0: no line
	Key  string // such as port[1].number, tables counted from 1; empty: the whole file
	Msg  string // what is wrong and what to do
}

// Error gives file:line: key: message, on one line of printable characters.
func (f Fault) Error() string {
	var b strings.Builder
	if f.File != "" {
		b.WriteString(f.File + ":")
	}
	if f.Line > 0 {
		fmt.Fprintf(&b, "%d:", f.Line)
	}
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
	if f.Key != "" {
		b.WriteString(f.Key + ": ")
	}
	return printable(b.String() + f.Msg)
}

// printable escapes what is not: the file's bytes come through in its name, its keys and the messages about them.
func printable(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
}

// Faults is every fault of a file, in the order of its lines.
type Faults []Fault

// Error gives one line a fault.
func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.Error()
	}
	return strings.Join(lines, "\n")
}

// report collects faults by path: like a Key, but with tables counted from 0.
type report struct {
	file   string
	lines  index
	faults Faults
}

func (r *report) fault(path, format string, args ...any) {
	f := Fault{File: r.file, Line: r.lines.line(path), Key: fromOne(path), Msg: fmt.Sprintf(format, args...)}
	if !slices.Contains(r.faults, f) {
		r.faults = append(r.faults, f)
	}
}

func (r *report) err() error {
	if len(r.faults) == 0 {
		return nil
	}
	slices.SortStableFunc(r.faults, func(a, b Fault) int { return cmp.Compare(a.Line, b.Line) })
	return r.faults
}

// fromOne counts the tables of a path from 1, as people do.
func fromOne(path string) string {
	var b strings.Builder
	for {
		open := strings.IndexByte(path, '[')
		if open < 0 {
			return b.String() + path
		}
		n := 0
		i := open + 1
		for ; i < len(path) && path[i] >= '0' && path[i] <= '9'; i++ {
			n = 10*n + int(path[i]-'0')
		}
		if i == open+1 || i == len(path) || path[i] != ']' {
			b.WriteString(path[:i])
		} else {
			fmt.Fprintf(&b, "%s[%d]", path[:open], n+1)
			i++
		}
		path = path[i:]
	}
}
