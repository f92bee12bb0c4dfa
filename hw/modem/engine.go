package modem

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// What ends a command without its success.
var (
	errNoAnswer = errors.New("no answer from the modem")
	errGone     = errors.New("the modem does not come back to command mode")
	errCutOff   = errors.New("cut off")
)

// A finalError is a result code that is no success: "ERROR", "NO CARRIER".
type finalError string

func (e finalError) Error() string { return "the modem says " + string(e) }

// A phase is what data a command begins.
type phase uint8

const (
	noData   phase = iota
	transmit       // +VTX
	receive        // +VRX
	duplex         // +VTR
)

// A command is one line for the modem and what is to happen with its result.
type command struct {
	text    string
	data    phase
	timeout time.Duration
	began   func()                          // CONNECT
	done    func(lines []string, err error) // the final result; for data, after they have ended
}

// Times of the engine.
const (
	commandTimeout = 5 * time.Second
	// silentModem is how long a modem may send nothing while it should send samples.
	silentModem = 2 * time.Second
	// endTimeout is for the answer to a stop; what the modem still has to play comes on top.
	endTimeout = 3 * time.Second
	// recoverTimeout is for the answer to one attempt to get back to command mode.
	recoverTimeout  = 1500 * time.Millisecond
	recoverAttempts = 4
	// dtrAttempt is the one that drops DTR, for dtrTime: circuit 108/2 off hangs up (V.250 6.2.9, AT&D2).
	dtrAttempt = 2
	dtrTime    = 600 * time.Millisecond
	// settleTime is how long the modem has to be quiet after a recovery, so that no late answer is taken for the next one's.
	settleTime = 300 * time.Millisecond
)

// maxAnswer bounds the lines kept of an answer.
const maxAnswer = 200

// An engine speaks AT commands (ITU-T V.250) and shielded data (V.253) with a modem. It is pure: octets and time come in,
// octets go to out, findings to the callbacks. One goroutine owns it.
type engine struct {
	d     *Dialect
	state engineState
	in    struct { // what came with the event
		line  string
		abort bool
		extra time.Duration
	}
	now  time.Time
	due  time.Time // when timeout happens; zero: never
	cmd  command
	next command // what the event command brings
	got  []string
	out  []byte
	tail [16]byte // last raw octets while data comes in

	scan     lineScanner
	shield   deshielder
	inData   bool // octets are data, not text
	skipLF   bool // the line feed of CONNECT comes before the data
	attempts int

	report func(kind lineKind, line string) // unasked
	code   func(b byte)                     // shielded
	audio  func(b byte)
	dtr    func() // drop DTR for a moment
	stats  struct{ timeouts, recoveries, unexpected uint64 }
}

func newEngine(d *Dialect) *engine {
	return &engine{d: d, report: func(lineKind, string) {}, code: func(byte) {}, audio: func(byte) {}, dtr: func() {}}
}

// event steps the diagram.
func (e *engine) event(ev engineEvent) {
	r := engineTable.find(e.state, ev)
	if r == nil {
		e.stats.unexpected++
		return
	}
	e.state = r.to
	if r.do != nil {
		r.do(e)
	}
}

// idle reports whether a command can be sent.
func (e *engine) idle() bool { return e.state == engReady }

// send begins a command. It is the owner's fault when one is under way.
func (e *engine) send(now time.Time, c command) {
	e.now = now
	if c.timeout == 0 {
		c.timeout = commandTimeout
	}
	if e.state != engReady {
		c.done(nil, errCutOff)
		return
	}
	e.next = c
	e.event(evCommand)
}

// stop ends a data phase: after what is queued in the modem, which takes extra, or with abort at once.
func (e *engine) stop(now time.Time, abort bool, extra time.Duration) {
	e.now, e.in.abort, e.in.extra = now, abort, extra
	e.event(evStop)
}

// tick is called at or after due.
func (e *engine) tick(now time.Time) {
	e.now = now
	if !e.due.IsZero() && !now.Before(e.due) {
		e.due = time.Time{}
		e.event(evTimeout)
	}
}

// feed takes what came from the modem.
func (e *engine) feed(now time.Time, in []byte) {
	e.now = now
	if e.state == engReceiving || e.state == engDuplex {
		e.arm(silentModem)
	}
	for _, b := range in {
		if e.inData {
			e.dataOctet(b)
		} else {
			e.textOctet(b)
		}
	}
}

func (e *engine) dataOctet(b byte) {
	if e.skipLF {
		e.skipLF = false
		if b == '\n' {
			return
		}
	}
	copy(e.tail[:], e.tail[1:])
	e.tail[len(e.tail)-1] = b
	switch what, b := e.shield.next(b); what {
	case datum:
		e.audio(b)
	case dlePair:
		e.audio(b)
		e.audio(b)
	case dleCode:
		e.code(b)
	case dataEnds:
		e.endData()
		e.event(evEnds)
		return
	}
	if b == '\n' {
		e.textInData()
	}
}

// textInData notices a modem that has gone back to text without <DLE><ETX>: it says NO CARRIER, or OK to a stop.
func (e *engine) textInData() {
	for _, s := range []string{"\r\nNO CARRIER\r\n", "\r\nOK\r\n", "\r\nVCON\r\n"} {
		if bytes.HasSuffix(e.tail[:], []byte(s)) && (s[2] == 'N' || e.state == engEnding) {
			e.endData()
			e.text(strings.TrimSpace(s))
			return
		}
	}
}

func (e *engine) endData() {
	e.inData = false
	e.scan.reset()
}

func (e *engine) textOctet(b byte) {
	line, ok, code, coded := e.scan.next(b)
	switch {
	case coded && code != etx:
		e.code(code)
	case ok:
		e.text(line)
	}
}

// text takes one line.
func (e *engine) text(line string) {
	e.in.line = line
	kind := classify(line)
	switch kind {
	case lineRing, lineCaller, lineReport:
		if e.state != engWaiting || !strings.HasPrefix(line, "+") || !strings.HasPrefix(e.cmd.text, "AT+"+line[1:min(len(line), 4)]) {
			e.report(kind, line)
			return
		}
		e.event(evInfo) // the answer to a question about it
	case lineOK, lineVCON:
		e.event(evOK)
	case lineFail:
		if e.state == engReady {
			e.report(kind, line)
			return
		}
		e.event(evFail)
	case lineConnect:
		e.event(evConnect)
	default:
		e.event(evInfo)
	}
}

func (e *engine) arm(d time.Duration) { e.due = e.now.Add(d) }

// finish ends the command. The callback may send the next one.
func (e *engine) finish(err error) {
	e.due = time.Time{}
	done, got := e.cmd.done, e.got
	e.cmd, e.got = command{}, nil
	e.inData = false
	if done != nil {
		done(got, err)
	}
}

// The actions of the diagram.

func (e *engine) write() {
	e.cmd, e.got = e.next, nil
	e.scan.n = 0
	e.out = append(append(e.out, e.cmd.text...), '\r')
	e.arm(e.cmd.timeout)
}

func (e *engine) collect() {
	if e.in.line != e.cmd.text && len(e.got) < maxAnswer { // not the echo
		e.got = append(e.got, e.in.line)
	}
}

func (e *engine) succeed() { e.finish(nil) }

func (e *engine) fail() { e.finish(finalError(e.in.line)) }

// connect begins data, or is a strange answer to a command that has none.
func (e *engine) connect() {
	e.due = time.Time{}
	switch e.cmd.data {
	case noData:
		e.state = engReady
		e.finish(nil)
		return
	case transmit:
		e.state = engTransmitting
	case receive, duplex:
		e.state = engReceiving
		if e.cmd.data == duplex {
			e.state = engDuplex
		}
		e.inData, e.skipLF, e.shield = true, true, deshielder{}
		e.arm(silentModem)
	}
	if e.cmd.began != nil {
		e.cmd.began()
	}
}

// noConnect is OK in the place of CONNECT.
func (e *engine) answered() {
	if e.cmd.data == noData {
		e.succeed()
		return
	}
	e.fail()
}

func (e *engine) end() {
	s := e.d.StopPlay
	switch {
	case e.cmd.data == receive:
		s = e.d.StopRecord
	case e.cmd.data == duplex:
		s = e.d.StopDuplex
	case e.in.abort:
		s = e.d.AbortPlay
	}
	e.out = append(e.out, octets(s)...)
	e.arm(endTimeout + e.in.extra)
}

func (e *engine) ended() { e.arm(endTimeout) }

// abandon gives up waiting and begins to bring the modem back to command mode. The command has failed.
func (e *engine) abandon() {
	e.stats.timeouts++
	e.attempts = 0
	e.inData = false
	e.attempt()
}

func (e *engine) retry() {
	if e.attempts++; e.attempts >= recoverAttempts {
		e.state = engFailed
		e.finish(errGone)
		return
	}
	e.attempt()
}

// attempt sends every way out of data there is, and a command. One attempt lets DTR fall instead.
func (e *engine) attempt() {
	if e.attempts == dtrAttempt {
		e.dtr()
		e.arm(dtrTime)
		return
	}
	e.scan.reset()
	for _, s := range []string{e.d.StopDuplex, e.d.StopRecord, e.d.Escape, "<DLE><CAN><DLE><ETX>"} {
		e.out = append(e.out, octets(s)...)
	}
	e.out = append(e.out, "\rAT\r"...)
	e.arm(recoverTimeout)
}

func (e *engine) settle() { e.arm(settleTime) }

func (e *engine) recovered() {
	e.stats.recoveries++
	e.finish(errNoAnswer)
}

// firstLine returns an answer's first line that is not the echo.
func firstLine(lines []string) string {
	i := slices.IndexFunc(lines, func(s string) bool { return !strings.HasPrefix(s, "AT") })
	if i < 0 {
		return ""
	}
	return lines[i]
}

// expand fills in a command's places.
func expand(text string, f Format, digits string) string {
	return strings.NewReplacer("{n}", fmt.Sprint(f.Number), "{rate}", fmt.Sprint(f.Rate), "{digits}", digits).Replace(text)
}
