package sdp

import (
	"fmt"
	"sort"
	"strings"

	pion "github.com/pion/sdp/v3"
)

// Bounds on what a peer can make us hold.
const (
	maxSize  = 16 << 10
	maxMedia = 32
	maxLines = 1024
)

// textLine is a line without its end, and its number in the peer's text.
type textLine struct {
	n    int
	text string
}

// text is a description taken apart into the session part and its m= sections, holding only lines that decide something
// about the audio stream, in the form and order that pion reads. Left out are
//
//   - i=, u=, e=, p=, b=, z=, k=, r= and types that RFC 8866 does not know. pion refuses a description for a bandwidth type
//     that it has not heard of, for any unknown line, and for one out of order: no reason to refuse a call.
//   - s= and t=, which some leave away and pion insists on: it gets the "-" and "0 0" of RFC 3264 §5, whatever they said.
//   - all of a section that is not for us but its m= line, which the answer repeats. pion knows neither m=image nor udptl,
//     as offers of T.38 have, and would refuse the audio beside it.
type text struct {
	version    textLine
	origin     textLine
	connection textLine // the last c= of the session part; pion takes no second one there. No text: none.
	attributes []textLine
	sections   []section
	// Of the origin as text: pion takes the two for 64 bits, wraps round in silence beyond, and refuses a sign or letters.
	// RFC 8866 §5.2 sets no bound, and we have no use for the value.
	sessionID, sessionVersion string
}

// section is what is kept of one.
type section struct {
	m      textLine
	fields []string // of m=, at least four
	lines  []textLine
}

// readable reports whether pion gets a section.
func (s *section) readable() bool { return usable(s.fields[0], s.fields[2]) }

// usable reports whether a medium over a transport can be the audio stream of a call.
func usable(kind, proto string) bool {
	return kind == "audio" && (proto == "RTP/AVP" || proto == "RTP/AVPF")
}

func malformed(line int, format string, a ...any) error {
	return fmt.Errorf("%w: line %d: %s", ErrMalformed, line, fmt.Sprintf(format, a...))
}

// split takes a description apart. Line ends may be CRLF or LF, the last one may be missing; empty lines and blanks at the
// end of a line, or too many between fields, are taken. The number of fields is looked at here where pion is content with
// less (o=, c= and m=).
func split(b []byte) (*text, error) {
	if len(b) > maxSize {
		return nil, fmt.Errorf("%w: longer than %d octets", ErrMalformed, maxSize)
	}
	t := &text{}
	n := 0
	for line := range strings.SplitSeq(string(b), "\n") {
		line = strings.TrimRight(line, "\r \t")
		n++
		if line == "" {
			continue
		}
		if n > maxLines {
			return nil, malformed(n, "too many lines")
		}
		if len(line) < 2 || line[1] != '=' || line[0]|0x20 < 'a' || line[0]|0x20 > 'z' {
			return nil, malformed(n, "not of the form <type>=<value>")
		}
		if strings.ContainsAny(line, "\x00\r") {
			return nil, malformed(n, "control character")
		}
		if err := t.add(textLine{n, line}); err != nil {
			return nil, err
		}
	}
	if t.origin.text == "" {
		return nil, fmt.Errorf("%w: no v= or o= line", ErrMalformed)
	}
	return t, nil
}

// add puts a line where it belongs.
func (t *text) add(l textLine) error {
	if t.version.text == "" && l.text[0] != 'v' {
		return malformed(l.n, "does not begin with v=0")
	}
	var in *section
	if k := len(t.sections); k > 0 {
		in = &t.sections[k-1]
	}
	switch l.text[0] {
	case 'v':
		// pion takes a number that wraps round to 0, and none at all, for 0.
		if t.version.text != "" || l.text != "v=0" {
			return malformed(l.n, "version is not one v=0")
		}
		t.version = l
	case 'o':
		f := strings.Fields(l.text[2:])
		if len(f) != 6 || t.origin.text != "" {
			return malformed(l.n, "origin has not six fields")
		}
		t.sessionID, t.sessionVersion = f[1], f[2]
		f[1], f[2] = "0", "0"
		t.origin = textLine{l.n, "o=" + strings.Join(f, " ")}
	case 'c':
		if in != nil && !in.readable() {
			return nil
		}
		f := strings.Fields(l.text[2:])
		if len(f) != 3 {
			return malformed(l.n, "connection is not IN IP4 or IN IP6 and an address")
		}
		l.text = "c=" + strings.Join(f, " ")
		if in != nil {
			in.lines = append(in.lines, l)
		} else {
			t.connection = l
		}
	case 'a':
		if in == nil {
			t.attributes = append(t.attributes, l)
		} else if in.readable() {
			in.lines = append(in.lines, l)
		}
	case 'm':
		if len(t.sections) == maxMedia {
			return malformed(l.n, "too many media")
		}
		f := strings.Fields(l.text[2:])
		if len(f) < 4 {
			return malformed(l.n, "media line has less than four fields")
		}
		t.sections = append(t.sections, section{m: textLine{l.n, "m=" + strings.Join(f, " ")}, fields: f})
	}
	return nil
}

// lines is what pion gets, in the order of RFC 8866 §5.
func (t *text) lines() []textLine {
	lines := []textLine{t.version, t.origin, {t.origin.n, "s=-"}}
	if t.connection.text != "" {
		lines = append(lines, t.connection)
	}
	lines = append(lines, textLine{t.origin.n, "t=0 0"})
	lines = append(lines, t.attributes...)
	for i := range t.sections {
		if s := &t.sections[i]; s.readable() {
			lines = append(append(lines, s.m), s.lines...)
		}
	}
	return lines
}

// unmarshal lets pion read the session part and the readable sections.
func (t *text) unmarshal() (*pion.SessionDescription, error) {
	lines := t.lines()
	d, err := unmarshal(lines)
	if err != nil {
		// pion does not say where: it reads from the front and stops, so it is the last line of the shortest part refused.
		i := sort.Search(len(lines)-1, func(i int) bool {
			_, err := unmarshal(lines[:i+1])
			return err != nil
		})
		return nil, malformed(lines[i].n, "cannot be read: %.60q", lines[i].text)
	}
	return d, nil
}

func unmarshal(lines []textLine) (*pion.SessionDescription, error) {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l.text)
		b.WriteString("\r\n") // after the last one too: pion refuses an a= without
	}
	d := &pion.SessionDescription{}
	return d, d.UnmarshalString(b.String())
}
