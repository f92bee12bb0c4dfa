package modem

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// A scriptRun is a list of commands that the modem is given one after the other.
type scriptRun struct {
	generation int
	waiting    func() // the script that begins when the engine is idle
}

// dialTimeout is for a command that dials: the modem answers when it has.
const dialTimeout = 60 * time.Second

// run has the modem carry out commands; a newer run replaces what is left of an older one. A command that begins with '?'
// may fail. done is called once, unless a newer run comes first.
func (l *line) run(cmds []string, done func(error)) {
	l.runEach(cmds, nil, done)
}

// runEach is run that gives each answer to each, when there is one.
func (l *line) runEach(cmds []string, each func(cmd string, lines []string), done func(error)) {
	l.script.generation++
	mine := l.script.generation
	var next func(i int)
	next = func(i int) {
		if mine != l.script.generation {
			return
		}
		if i == len(cmds) {
			done(nil)
			return
		}
		text, optional := strings.CutPrefix(cmds[i], "?")
		l.whenIdle(mine, func() {
			timeout := commandTimeout
			if strings.HasPrefix(text, "ATD") || text == "ATA" {
				timeout = dialTimeout
			}
			l.m.eng.send(l.m.now, command{text: text, timeout: timeout, done: func(lines []string, err error) {
				var final finalError
				switch {
				case mine != l.script.generation:
					l.idled()
				case errors.Is(err, errGone) || err != nil && !(optional && errors.As(err, &final)):
					done(fmt.Errorf("%s: %w", masked(text), err))
				default:
					if each != nil && err == nil {
						each(text, lines)
					}
					l.status(text, lines)
					next(i + 1)
				}
			}})
		})
	}
	next(0)
}

// whenIdle runs f at once, or when what the engine is about has ended.
func (l *line) whenIdle(mine int, f func()) {
	if l.m.eng.idle() {
		f()
		return
	}
	l.script.waiting = func() {
		if mine == l.script.generation {
			f()
		}
	}
}

// idled is called when the engine has become idle outside a script.
func (l *line) idled() {
	if f := l.script.waiting; f != nil && l.m.eng.idle() {
		l.script.waiting = nil
		f()
	}
}

// masked hides the digits of a number that is dialled: errors go into logs.
func masked(cmd string) string {
	at := strings.IndexByte(cmd, 'D')
	if !strings.HasPrefix(cmd, "AT") || at < 0 || strings.Contains(cmd, "=") && !strings.Contains(cmd, ";D") || strings.Contains(cmd, "&D") {
		return cmd
	}
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return 'x'
		}
		return r
	}, cmd)
}
