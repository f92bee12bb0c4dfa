package modem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"tipring/hw/serial"
)

// A Capability is what a modem can do, and what it will be used for.
type Capability struct {
	Identity map[string]string `json:"identity"` // answers to ATI0 ... by command
	Dialect  string            `json:"dialect"`
	By       string            `json:"by"`      // what told the dialect
	Classes  []string          `json:"classes"` // +FCLASS=?
	Offers   []Offer           `json:"formats"`
	Format   Format            `json:"format"` // chosen; its Coding is empty when there is none
	Lines    []string          `json:"lines"`  // +VLS=?
	Duplex   bool              `json:"duplex"` // +VTR is there
	Voice    bool              `json:"voice"`  // there is a voice mode
	CallerID bool              `json:"caller_id"`
	// WhyNot says why the line cannot carry a conversation; empty: it can.
	WhyNot string `json:"why_not,omitempty"`
}

// Uses says in words what the gateway will use the modem for.
func (c *Capability) Uses() string {
	switch {
	case c.WhyNot == "":
		return "conversation with SIP and telephones, announcements, DTMF, recording"
	case c.Voice && c.Format.Coding != unsupported:
		return "answering, announcements, DTMF menus, recording; no conversation: " + c.WhyNot
	}
	return "nothing: " + c.WhyNot
}

// identify are the questions whose answers tell modems apart, in the order in which they are asked.
var identify = []string{"ATI0", "ATI1", "ATI2", "ATI3", "ATI4", "ATI5", "ATI6", "ATI7", "AT+FMI?", "AT+GMI", "AT+GMM", "AT+GMR", "AT+CGMI", "AT+CGMM"}

// probe asks the modem what it is and can do.
func (l *line) probe(done func(error)) {
	l.cap = Capability{Identity: map[string]string{}}
	l.wake(2, func(err error) {
		if err != nil {
			done(err)
			return
		}
		cmds := append([]string{}, l.d.Reset...)
		for _, s := range append(append([]string{}, l.d.Setup...), identify...) {
			cmds = append(cmds, "?"+strings.TrimPrefix(s, "?"))
		}
		l.runEach(append(cmds, "?AT+FCLASS=?"), l.identity, func(err error) {
			if err != nil {
				done(err)
				return
			}
			l.recognise(done)
		})
	})
}

// wake gets an answer out of a modem that may still be in the middle of anything.
func (l *line) wake(tries int, done func(error)) {
	l.run([]string{"AT"}, func(err error) {
		var final finalError
		switch {
		case err == nil || errors.As(err, &final):
			done(nil)
		case errors.Is(err, errGone) || tries == 0:
			done(err)
		default:
			l.wake(tries-1, done)
		}
	})
}

// identity keeps the answer to a question.
func (l *line) identity(cmd string, lines []string) {
	switch cmd {
	case "AT+FCLASS=?":
		l.cap.Classes = list(firstLine(lines))
	case "AT+VLS=?":
		l.cap.Lines = list(firstLine(lines))
	case "AT+VTR=?":
		l.cap.Duplex = true
	default:
		if slices.Contains(identify, cmd) && len(lines) > 0 {
			l.cap.Identity[cmd] = strings.Join(lines, "\n")
		}
	}
}

// list splits "(0,1,8)" or "+FCLASS: 0,1,8".
func list(s string) (items []string) {
	if _, rest, ok := strings.Cut(s, ":"); ok {
		s = rest
	}
	for item := range strings.FieldsFuncSeq(s, func(r rune) bool { return strings.ContainsRune("(), ;", r) }) {
		items = append(items, item)
	}
	return items
}

// recognise finds the dialect, and goes on in it.
func (l *line) recognise(done func(error)) {
	l.cap.By = "configured"
	if l.m.cfg.Dialect == "" {
		var d *Dialect
		if d, l.cap.By = recognise(l.cap.Identity, l.cap.Classes); d == nil {
			done(errors.New("this is no voice modem: it matches no dialect and has no voice class (+FCLASS=? without 8)"))
			return
		}
		l.d, l.m.eng.d = d, d
	}
	l.cap.Dialect = l.d.ID
	if l.d.Family == Cellular {
		if l.m.cfg.OpenAudio == nil {
			done(fmt.Errorf("%s: a cellular modem needs its audio port too", l.d.Name))
			return
		}
		l.cap.Voice, l.cap.Duplex, l.cap.CallerID = true, true, true
		l.cap.Format = Format{Coding: l.d.Audio.Coding, Rate: l.d.Audio.Rate}
		l.run(append([]string{}, l.d.Setup...), done)
		return
	}
	cmds := append(append([]string{}, l.d.Setup...), l.d.Voice...)
	l.run(cmds, func(err error) {
		l.cap.Voice = err == nil
		var final finalError
		if err != nil && !errors.As(err, &final) {
			done(err)
			return
		}
		if err != nil {
			l.cap.WhyNot = "it has no voice mode"
			done(fmt.Errorf("%s: %w", l.cap.WhyNot, err))
			return
		}
		ask := []string{"?" + l.d.FormatsQuery, "?AT+VLS=?"}
		if l.d.Duplex != "" {
			ask = append(ask, "?AT+VTR=?")
		}
		for _, s := range l.d.CallerID {
			ask = append(ask, "?"+strings.TrimPrefix(s, "?"))
		}
		l.runEach(ask, l.formats, func(err error) {
			if err == nil {
				l.settleFormat()
			}
			done(err)
		})
	})
}

// recognise finds the dialect that the answers match; a modem that matches none and has a voice class speaks the standard.
func recognise(identity map[string]string, classes []string) (*Dialect, string) {
	var best *Dialect
	by := ""
	for _, d := range data().dialects {
		for _, m := range d.Match {
			answer, ok := identity[m.Query]
			// A row over another one is the more particular.
			if ok && m.matches(answer) && (best == nil || d.Base == best.ID) {
				best, by = d, m.Query
			}
		}
	}
	if best == nil && slices.ContainsFunc(classes, func(c string) bool { return c == "8" || c == "8.0" }) {
		best, by = data().byID["v253"], "AT+FCLASS=?"
	}
	return best, by
}

// formats keeps what the modem says of its voice mode.
func (l *line) formats(cmd string, lines []string) {
	switch {
	case cmd == l.d.FormatsQuery && strings.Contains(cmd, "#VBS"):
		for _, n := range list(firstLine(lines)) {
			for _, o := range l.d.numbered() {
				if n == fmt.Sprint(o.Number) {
					l.cap.Offers = append(l.cap.Offers, o)
				}
			}
		}
	case cmd == l.d.FormatsQuery:
		for _, s := range lines {
			if o, ok := parseOffer(s); ok {
				l.cap.Offers = append(l.cap.Offers, o)
			}
		}
	case slices.ContainsFunc(l.d.CallerID, func(s string) bool { return strings.TrimPrefix(s, "?") == cmd }):
		l.cap.CallerID = true
	default:
		l.identity(cmd, lines)
	}
}

// settleFormat chooses, and says what the line is good for.
func (l *line) settleFormat() {
	if len(l.cap.Offers) == 0 {
		l.cap.Offers = l.d.numbered()
	}
	format, ok := choose(l.d, l.cap.Offers, l.m.cfg.Baud)
	l.cap.Format = format
	switch {
	case !ok:
		l.cap.WhyNot = "none of its audio formats is known, or the serial line is too slow for them"
	case !l.cap.Duplex:
		l.cap.WhyNot = "it is half duplex (no +VTR)"
	}
}

// Probe opens a modem, asks it what it is, and closes it. The transcript, when there is one, gets what was said.
func Probe(ctx context.Context, open, openAudio func() (serial.Port, error), dialect string, transcript io.Writer) (Capability, error) {
	m, err := New(Config{Name: "probe", Open: open, OpenAudio: openAudio, Dialect: dialect, Transcript: transcript, Retry: time.Hour})
	if err != nil {
		return Capability{}, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	port, err := open()
	if err != nil {
		return Capability{}, err
	}
	m.ctx, m.cmd = ctx, newChannel(port)
	defer m.cmd.close()
	result := errors.New("probe did not end")
	m.begin(port)
	m.line.state = lineStarting
	m.line.probe(func(err error) {
		result = err
		cancel()
	})
	if err := m.serve(ctx); !errors.Is(err, errStopped) {
		result = err
	}
	return m.line.cap, result
}
