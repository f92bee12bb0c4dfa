package emu

import (
	"fmt"
	"strconv"
	"strings"

	"tipring/dsp/callerid"
	"tipring/tdm"
)

// A command is the modem's AT interpreter (ITU-T V.250).
type command struct {
	m    *Modem
	host *hostPort
	line []byte // what was typed since the last carriage return
	todo string // the rest of a command line that is being carried out

	echo, quiet, words bool
	inVoice            bool
	vcid               int // 0 off, 1 formatted, 2 unformatted
	number             string
	rate               int
	report             func() // the result, once what it waits for has happened
	waitMs             int64  // until when, in the modem's time; 0: something else calls
	rang               bool   // ringing voltage in the former step
	receiver           *callerid.Receiver
	registered         bool
}

func (a *command) init(m *Modem) {
	a.m = m
	a.powerOn()
	a.registered = true
}

// powerOn is the state after a reset.
func (a *command) powerOn() {
	a.line, a.todo, a.report, a.waitMs = nil, "", nil, 0
	a.echo, a.quiet, a.words = true, false, true
	a.inVoice = false
	if a.m.model.VCIDLostByReset || a.receiver == nil {
		a.vcid = 0
	}
	a.number, a.rate = "", or(a.m.model.FixedRate, 8000)
	a.receiver = callerid.NewReceiver()
	a.m.v.reset()
}

// step is 10 ms: ringing, what waits for its time, and what the host says.
func (a *command) step() {
	a.ringing()
	if a.waitMs > 0 && a.m.now >= a.waitMs {
		a.waitMs = 0
		a.done()
	}
	for a.m.v.takes() {
		b := a.host.take(1)
		if len(b) == 0 {
			return
		}
		if a.m.v.mode != voiceNone {
			a.m.v.octet(b[0])
			continue
		}
		a.octet(b[0])
	}
}

// ringing tells of rings and callers.
func (a *command) ringing() {
	v := &a.m.v
	if v.hook {
		a.rang = false
		return
	}
	for _, bits := range a.m.rx.SigSlot(0) {
		ring := bits&tdm.SigRing != 0
		if ring && !a.rang {
			a.say("RING")
		}
		a.rang = ring
	}
	if msg := a.receiver.Process(v.heard[:]); msg != nil && a.vcid > 0 {
		a.tell(msg)
	}
}

// tell reports a caller.
func (a *command) tell(m *callerid.Message) {
	if a.m.model.Cellular {
		a.say(fmt.Sprintf(`+CLIP: "%s",129,,,,%d`, m.Number, map[byte]int{0: 0, callerid.Private: 1, callerid.Unavailable: 2}[m.NumberReason]))
		return
	}
	if a.vcid == 2 {
		a.say(fmt.Sprintf("MESG=%X", m.Raw))
		return
	}
	eq := "="
	if a.m.model.CallerIDSpaces {
		eq = " = "
	}
	if len(m.Time) == 8 {
		a.say("DATE" + eq + m.Time[:4])
		a.say("TIME" + eq + m.Time[4:])
	}
	number := m.Number
	if number == "" {
		number = string(or(m.NumberReason, 'O'))
	}
	a.say("NMBR" + eq + number)
	if m.Name != "" {
		a.say("NAME" + eq + m.Name)
	}
}

// say sends a result or a report.
func (a *command) say(s string) {
	if a.quiet || a.host == nil {
		return
	}
	a.host.send([]byte("\r\n" + s + "\r\n"))
}

// octet takes one octet in command mode.
func (a *command) octet(b byte) {
	if a.echo && a.host != nil {
		a.host.send([]byte{b})
	}
	switch {
	case b == '\r':
		line := string(a.line)
		a.line = a.line[:0]
		a.execute(line)
	case b == '\b' && len(a.line) > 0:
		a.line = a.line[:len(a.line)-1]
	case b >= ' ' && b < 0x7f && len(a.line) < 512:
		a.line = append(a.line, b)
	}
}

// execute carries out a line. Anything before AT is noise.
func (a *command) execute(line string) {
	at := strings.LastIndex(strings.ToUpper(line), "AT")
	if at < 0 || a.report != nil {
		return
	}
	// A '+' command may hold the letters AT: the first one counts unless noise comes before it.
	if first := strings.Index(strings.ToUpper(line), "AT"); strings.IndexFunc(line[:first], func(r rune) bool { return r > ' ' && r < 0x7f }) < 0 {
		at = first
	}
	a.todo = line[at+2:]
	a.next()
}

// next carries out the rest of the line, until something takes its time.
func (a *command) next() {
	for {
		var cmd string
		cmd, a.todo = cutCommand(a.todo)
		if cmd == "" {
			a.ok()
			return
		}
		switch a.do(cmd) {
		case failed:
			a.todo = ""
			a.say("ERROR")
			return
		case later, answered:
			return
		}
	}
}

// done ends what took its time.
func (a *command) done() {
	f := a.report
	a.report = nil
	if f != nil {
		f()
	}
}

// after goes on with the line in ms.
func (a *command) after(ms int) outcome {
	a.report = a.next
	a.waitMs = a.m.now + int64(ms)
	return later
}

func (a *command) ok() {
	if a.m.model.VCON && a.m.v.hook {
		a.say("VCON")
		return
	}
	a.say("OK")
}

// An outcome is what became of one command.
type outcome uint8

const (
	carried outcome = iota
	failed
	later    // report says the rest
	answered // it has said its result
)

// cutCommand takes the first command off a line: extended ones end at ';', basic ones are a letter and a number.
func cutCommand(s string) (cmd, rest string) {
	s = strings.TrimLeft(s, " ;")
	if s == "" {
		return "", ""
	}
	switch c := s[0]; {
	case strings.IndexByte("+#-^", c) >= 0:
		// D after ';' is a dial command; ';' inside quotes is not there in any that we know.
		cmd, rest, _ = strings.Cut(s, ";")
		return strings.TrimSpace(cmd), rest
	case c == 'D' || c == 'd':
		return s, ""
	}
	n := 1
	if s[0] == '&' || s[0] == '\\' || s[0] == '%' {
		n = min(2, len(s))
	}
	for n < len(s) && (s[n] >= '0' && s[n] <= '9' || (s[0] == 'S' || s[0] == 's') && (s[n] == '=' || s[n] == '?')) {
		n++
	}
	return s[:n], s[n:]
}

// do carries out one command.
func (a *command) do(cmd string) outcome {
	m, v := a.m, &a.m.v
	up := strings.ToUpper(cmd)
	if answer, ok := m.model.Identity[up]; ok {
		a.say(answer)
		return carried
	}
	for _, c := range m.model.OffHook {
		if up == c {
			return a.offHook()
		}
	}
	switch c := up[0]; {
	case strings.IndexByte("+#-^", c) >= 0:
		return a.extended(up)
	case c == 'E':
		a.echo = up != "E0" && up != "E"
	case c == 'V':
		a.words = up != "V0"
	case c == 'Q':
		a.quiet = up == "Q1"
	case c == 'Z':
		rest := a.todo
		a.powerOn()
		a.todo = rest
	case c == 'H':
		v.hook = up == "H1"
		v.mode = voiceNone
		a.inVoice = a.inVoice && !m.model.HangupLeavesVoice
	case c == 'A':
		if m.model.Cellular {
			return a.offHook()
		}
		return failed // an answer in data mode
	case c == 'D':
		return a.dial(up[1:])
	case c == 'I':
		if up == "I" {
			return a.do("I0")
		}
		return failed
	case strings.IndexByte("&SXLMTP\\%WN", c) >= 0:
	default:
		return failed
	}
	return carried
}

// offHook closes the loop, some modems late.
func (a *command) offHook() outcome {
	m := a.m
	if !m.model.Cellular && !a.inVoice {
		return failed
	}
	m.v.offHook(m.model.LateOffHookMs)
	m.v.deaf = false
	if a.todo == "" {
		a.report = func() { a.ok() }
		a.waitMs = m.now + 100
		return later
	}
	return a.after(100)
}

// extended carries out a command that begins with + # - or ^.
func (a *command) extended(cmd string) outcome {
	m, v := a.m, &a.m.v
	for i, list := range [][]string{m.model.AudioOff, m.model.AudioOn} {
		for _, c := range list {
			if cmd == c {
				v.cellAudio = i == 1
				return carried
			}
		}
	}
	if m.model.Cellular {
		return a.cellular(cmd)
	}
	name, value, set := strings.Cut(cmd, "=")
	letter := "+"
	if m.model.Sharp {
		letter = "#"
	}
	switch {
	case cmd == m.model.Class:
		a.inVoice = true
		return carried
	case name == "+FCLASS" && value == "?", name == "#CLS" && value == "?" && m.model.Sharp:
		a.say("0,1,8")
		return carried
	case name == "+FCLASS" && value == "0", name == "#CLS" && value == "0":
		a.inVoice = false
		return carried
	case name == "+FCLASS?":
		a.say(map[bool]string{true: "8", false: "0"}[a.inVoice])
		return carried
	case name == "+IFC", name == "+FLO", name == "-SCID", name == "-STE", name == "+VIP":
		return carried
	case name == letter+"VCID" || name == "#CID" && m.model.Sharp:
		if value == "?" {
			a.say("(0-2)")
			return carried
		}
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 || n > 2 {
			return failed
		}
		a.vcid = n
		return carried
	}
	if !a.inVoice || !strings.HasPrefix(name, letter+"V") {
		return failed
	}
	return v.command(strings.TrimPrefix(name, letter), value, set)
}

// cellular carries out the commands of a cellular modem.
func (a *command) cellular(cmd string) outcome {
	v := &a.m.v
	name, _, _ := strings.Cut(cmd, "=")
	switch {
	case cmd == "+CLIP=1":
		a.vcid = 1
	case cmd == "+CREG?":
		a.say("+CREG: 2," + map[bool]string{true: "1", false: "2"}[a.registered])
	case cmd == "+CSQ":
		a.say("+CSQ: 20,99")
	case cmd == "+CHUP":
		v.hook, v.cellAudio = false, false
	case cmd == "+CLCC":
		if s := a.callState(); s != "" {
			a.say("+CLCC: 1," + s + ",0,0")
		}
	case name == "+CMEE", name == "+CREG", name == "+CSSN", name == "^U2DIAG", name == "^DSCI", name == "+QGPSCFG", name == "+CLVL", name == "+QPCMV", name == "+CPCMREG":
	default:
		return failed
	}
	return carried
}

// callState is direction and state of the call as +CLCC has them; empty when there is none.
func (a *command) callState() string {
	v := &a.m.v
	switch {
	case !v.hook && a.m.x.state == officeRinging:
		return "1,4"
	case !v.hook:
		return ""
	}
	// The network of a mobile telephone knows what an exchange's subscriber has to hear.
	switch a.m.x.state {
	case officeTalking:
		return "0,0"
	case officeRingback:
		return "0,3"
	case officeCleared, officeTone:
		v.hook, v.cellAudio = false, false
		if a.m.model.URCs {
			a.say("^CEND:1,12,104,16")
		}
		return ""
	}
	return "0,2"
}

// dial takes a dial string: digits, T and P, ',' for a pause, '!' for a flash, ';' to come back to command mode.
func (a *command) dial(s string) outcome {
	m, v := a.m, &a.m.v
	s = strings.TrimSuffix(s, ";")
	if s == "!" {
		if !v.hook {
			return failed
		}
		v.flash()
		return a.after(700)
	}
	digits := strings.TrimLeft(s, "TP")
	if !m.model.Cellular && !a.inVoice || digits == "" || strings.Trim(digits, "0123456789*#ABCD,W") != "" {
		return failed
	}
	v.offHook(0)
	v.dialled = digits
	v.dialBy = m.now + 3000
	a.report = func() {
		if !v.dialFailed {
			a.next()
			return
		}
		v.dialFailed, v.hook, a.todo = false, false, ""
		a.say("NO DIALTONE")
	}
	if m.model.Cellular { // the network takes the number at once
		v.dialBy = m.now
		rest := a.report
		a.report = nil
		v.hold = rest
		return carried
	}
	return later
}
