package modem

import (
	"strconv"
	"strings"
	"time"

	"tipring/tdm"
)

// pollEvery is how often a cellular modem is asked about its call: some do not say that it has ended.
const pollEvery = time.Second

// cellularReport takes a line that a cellular modem says unasked.
func (l *line) cellularReport(text string) {
	for _, e := range l.d.CallEvents {
		if !strings.HasPrefix(text, e.Prefix) {
			continue
		}
		switch e.Event {
		case "answered":
			l.answered("network")
		case "cleared":
			l.hint("network")
		case "poll":
			if !l.pollAt.IsZero() {
				l.pollAt = l.m.now
			}
		}
	}
}

// poll asks how the call is.
func (l *line) poll() {
	if l.state != lineTalking || l.d.PollCalls == "" {
		return
	}
	l.pollAt = l.after(pollEvery)
	if !l.m.eng.idle() {
		return
	}
	l.m.eng.send(l.m.now, command{text: l.d.PollCalls, done: func(lines []string, err error) {
		if err == nil && l.state == lineTalking {
			l.calls(lines)
		}
		l.idled()
	}})
}

// calls takes the answer to AT+CLCC: one line a call, whose third field is its state (3GPP TS 27.007 7.18).
func (l *line) calls(lines []string) {
	for _, s := range lines {
		rest, ok := strings.CutPrefix(s, "+CLCC:")
		if !ok {
			continue
		}
		f := splitFields(rest)
		if len(f) < 3 {
			continue
		}
		switch f[2] {
		case "0":
			l.answered("network")
		case "3":
			if l.call != nil && !l.call.answered && !l.audio.ring {
				l.audio.ring = true
				l.call.send(tdm.Primitive{Kind: tdm.Alerting, InBand: true})
			}
		}
		return
	}
	l.hint("network")
}

// status keeps what an idle modem says of its network.
func (l *line) status(cmd string, lines []string) {
	switch cmd {
	case "AT+CREG?":
		f := list(firstLine(lines)) // mode, state
		if len(f) > 1 {
			l.net.Registered = map[string]string{"0": "no", "1": "home", "2": "searching", "3": "denied", "5": "roaming"}[f[1]]
		}
	case "AT+CSQ":
		l.net.SignalDBm = 0
		if f := list(firstLine(lines)); len(f) > 0 {
			// 3GPP TS 27.007 8.5: 0 is -113 dBm, steps of 2 dB, 99 not known.
			if n, err := strconv.Atoi(f[0]); err == nil && n >= 0 && n <= 31 {
				l.net.SignalDBm = -113 + 2*n
			}
		}
	}
}

// openAudio opens the second port and begins the conversation on it.
func (l *line) openAudio() error {
	port, err := l.m.cfg.OpenAudio()
	if err != nil {
		return err
	}
	l.m.pcm = newChannel(port)
	l.audio.live = true
	l.audio.prefill()
	return nil
}

func (l *line) closeAudio() {
	if l.m.pcm != nil {
		l.m.pcm.close()
		l.m.pcm = nil
	}
	l.audio.live = false
	l.audio.finish(errCutOff)
}

// raw takes octets of the second port.
func (l *line) raw(b []byte) {
	if !l.audio.live || l.state != lineTalking {
		return
	}
	for _, o := range b {
		l.audio.dec.octet(o)
	}
	if l.audio.dec != nil {
		l.audio.dec.flush()
	}
}

// sendRaw sends samples by the second port, as much as it takes: the rest is lost, and counted.
func (l *line) sendRaw(pcm []int16) {
	a := &l.audio
	a.buf = a.enc.encode(a.buf[:0], pcm)
	if l.m.pcm == nil || len(l.m.pcm.send(a.buf)) > 0 {
		l.counts.Congested++
	}
}
