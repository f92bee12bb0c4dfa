package modem

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"os"

	"tipring/hw/serial"
)

// transcriptHead is the first line of a transcript.
const transcriptHead = "tipring modem transcript 1"

// A transcript writes down what host and modem say to each other in command mode, one line of the file for each line said:
// "> " host, "< " modem, quoted as in Go, and "= " for audio, of which it tells the number of octets alone. Digits of
// callers and of called numbers are replaced.
type transcript struct {
	w    io.Writer
	said [2]bytes.Buffer // the part of a line of host and modem
	data [2]int
	err  error
}

func newTranscript(w io.Writer) *transcript {
	t := &transcript{w: w}
	t.print("%s\n", transcriptHead)
	return t
}

func (t *transcript) print(format string, args ...any) {
	if t.w != nil && t.err == nil {
		_, t.err = fmt.Fprintf(t.w, format, args...)
	}
}

func (t *transcript) host(b []byte, data bool)  { t.add(0, '>', '\r', b, data) }
func (t *transcript) modem(b []byte, data bool) { t.add(1, '<', '\n', b, data) }

func (t *transcript) add(side int, mark byte, end byte, b []byte, data bool) {
	if t.w == nil {
		return
	}
	if data {
		t.data[side] += len(b)
		return
	}
	if n := t.data[side]; n > 0 {
		t.print("= %c %d octets of audio\n", mark, n)
		t.data[side] = 0
	}
	for _, c := range b {
		t.said[side].WriteByte(c)
		if c == end || t.said[side].Len() >= maxLine {
			t.print("%c %q\n", mark, private(t.said[side].String()))
			t.said[side].Reset()
		}
	}
}

var (
	callerNumber = regexp.MustCompile(`^(NMBR|NAME|MESG|CALLER NUMBER|\+CLIP|\+CLCC)(\s*[=:]\s*)(.*?)(\s*)$`)
	dialled      = regexp.MustCompile(`D[TP]?[0-9*#A-D,]{3,}`)
)

// private hides numbers and names.
func private(s string) string {
	trimmed := strings.TrimRight(s, "\r\n")
	tail := s[len(trimmed):]
	if m := callerNumber.FindStringSubmatch(trimmed); m != nil && strings.TrimSpace(m[3]) != "P" && strings.TrimSpace(m[3]) != "O" {
		hide := regexp.MustCompile(`[0-9A-Za-z]`)
		if m[1] == "MESG" {
			return m[1] + m[2] + strings.Repeat("0", len(m[3])) + m[4] + tail
		}
		return m[1] + m[2] + hide.ReplaceAllString(m[3], "5") + m[4] + tail
	}
	return dialled.ReplaceAllStringFunc(trimmed, func(d string) string {
		return regexp.MustCompile(`[0-9]`).ReplaceAllString(d, "5")
	}) + tail
}

// A Replay is a serial.Port that plays a transcript's modem: it says what stands there when the host has said what stands
// before. What the host says otherwise is an error of Err, and gets no answer.
type Replay struct {
	mu      sync.Mutex
	lines   []string // of the transcript, unread
	said    []byte   // by the host, not yet a line
	in      []byte   // for the host
	changed chan struct{}
	by      time.Time
	closed  bool
	err     error
}

// NewReplay reads a transcript.
func NewReplay(r io.Reader) (*Replay, error) {
	p := &Replay{changed: make(chan struct{})}
	s := bufio.NewScanner(r)
	for n := 1; s.Scan(); n++ {
		text := s.Text()
		if n == 1 {
			if text != transcriptHead {
				return nil, fmt.Errorf("transcript: line 1 is %q, want %q", text, transcriptHead)
			}
			continue
		}
		if text == "" || text[0] == '#' || text[0] == '=' {
			continue
		}
		said, err := strconv.Unquote(text[min(2, len(text)):])
		if err != nil || text[0] != '<' && text[0] != '>' {
			return nil, fmt.Errorf("transcript: line %d: want > or < and a quoted string", n)
		}
		p.lines = append(p.lines, text[:1]+said)
	}
	if err := s.Err(); err != nil {
		return nil, fmt.Errorf("transcript: %w", err)
	}
	p.advance()
	return p, nil
}

// advance says what the modem says next.
func (p *Replay) advance() {
	for len(p.lines) > 0 && p.lines[0][0] == '<' {
		p.in = append(p.in, p.lines[0][1:]...)
		p.lines = p.lines[1:]
	}
	close(p.changed)
	p.changed = make(chan struct{})
}

// Err is the first thing that the host said and the transcript has not, or what is left of the transcript.
func (p *Replay) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil && len(p.lines) > 0 {
		return fmt.Errorf("transcript: %d lines are left, from %q on", len(p.lines), p.lines[0])
	}
	return p.err
}

// Read implements serial.Port.
func (p *Replay) Read(b []byte) (int, error) {
	for {
		p.mu.Lock()
		if p.closed {
			p.mu.Unlock()
			return 0, serial.ErrClosed
		}
		if n := copy(b, p.in); n > 0 {
			p.in = p.in[n:]
			p.mu.Unlock()
			return n, nil
		}
		changed, by := p.changed, p.by
		p.mu.Unlock()
		if by.IsZero() {
			<-changed
			continue
		}
		timer := time.NewTimer(time.Until(by))
		select {
		case <-changed:
			timer.Stop()
		case <-timer.C:
			return 0, os.ErrDeadlineExceeded
		}
	}
}

// Write implements serial.Port.
func (p *Replay) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return 0, serial.ErrClosed
	}
	for _, c := range b {
		p.said = append(p.said, c)
		if c != '\r' {
			continue
		}
		said := private(string(p.said))
		p.said = p.said[:0]
		switch {
		case p.err != nil:
		case len(p.lines) == 0:
			p.err = fmt.Errorf("transcript: it ends before the host says %q", said)
		case p.lines[0][1:] != said:
			p.err = fmt.Errorf("transcript: the host says %q, the transcript has %q", said, p.lines[0][1:])
		default:
			p.lines = p.lines[1:]
			p.advance()
		}
	}
	return len(b), nil
}

func (p *Replay) change(f func()) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
	close(p.changed)
	p.changed = make(chan struct{})
	return nil
}

// SetReadDeadline implements serial.Port.
func (p *Replay) SetReadDeadline(t time.Time) error { return p.change(func() { p.by = t }) }

// SetWriteDeadline implements serial.Port: Write does not wait.
func (p *Replay) SetWriteDeadline(time.Time) error { return nil }

// Flush implements serial.Port.
func (p *Replay) Flush() error { return nil }

// Lines implements serial.Port.
func (p *Replay) Lines() (serial.Lines, error) { return 0, serial.ErrNoLines }

// SetLines implements serial.Port.
func (p *Replay) SetLines(serial.Lines, bool) error { return serial.ErrNoLines }

// Close implements serial.Port.
func (p *Replay) Close() error { return p.change(func() { p.closed = true }) }
