package modem

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"tipring/tdm"
)

// A line is the telephone line of one opening of a modem. It belongs to Run's goroutine.
type line struct {
	m     *Modem
	d     *Dialect
	cap   Capability
	state lineState
	shown lineState

	call    *Call
	hinted  string // what told that the far party has gone
	reason  error  // of a fault
	cause   tdm.Cause
	dialing string

	script scriptRun
	caller callerInfo
	rings  int

	quietAt, offerAt, idleAt, limitAt, answerAt, pollAt time.Time
	seizedAt                                            time.Time // when it went off hook

	audio  audio
	counts Counters
	net    Network
	last   lastCode
}

// A lastCode is for modems that repeat their events.
type lastCode struct {
	code byte
	at   time.Time
}

func newLine(m *Modem, d *Dialect) *line {
	l := &line{m: m, d: d}
	m.mu.Lock()
	l.counts = m.status.Counters
	m.mu.Unlock()
	l.audio.init(l)
	return l
}

// event steps the diagram.
func (l *line) event(e lineEvent) {
	r := lineTable.find(l.state, e)
	if r == nil {
		l.counts.Unexpected++
		return
	}
	l.state = r.to
	if r.do != nil {
		r.do(l)
	}
}

// start asks the modem what it is and sets it up.
func (l *line) start() {
	l.state = lineStarting
	l.probe(func(err error) {
		if err != nil {
			l.reason = err
			l.event(lnFault)
			return
		}
		l.setUp()
	})
}

// setUp brings a modem that is known into the state in which it waits for calls.
func (l *line) setUp() {
	l.run(l.waiting(), l.finish)
}

// waiting are the commands after which a modem waits for calls. Voice mode is entered anew after each call, since some
// leave it when they hang up.
func (l *line) waiting() []string {
	cmds := append([]string{}, l.d.Voice...)
	if l.cap.Format.Coding != unsupported {
		for _, s := range l.d.Select {
			cmds = append(cmds, expand(s, l.cap.Format, ""))
		}
	}
	cmds = append(cmds, l.d.Tune...)
	cmds = append(cmds, l.d.CallerID...)
	if l.d.DistinctiveRing != "" {
		cmds = append(cmds, "?"+l.d.DistinctiveRing)
	}
	return cmds
}

// finish is the ordinary end of a script.
func (l *line) finish(err error) {
	if err != nil {
		l.reason = err
		l.event(lnFault)
		return
	}
	l.event(lnReady)
}

// advance does what is due.
func (l *line) advance() {
	now := l.m.now
	for _, t := range []struct {
		at *time.Time
		do func()
	}{
		{&l.offerAt, func() { l.event(lnOffer) }},
		{&l.quietAt, func() { l.event(lnQuiet) }},
		{&l.idleAt, func() { l.event(lnIdle) }},
		{&l.limitAt, func() { l.hint("limit") }},
		{&l.answerAt, func() { l.answered("time") }},
		{&l.pollAt, l.poll},
	} {
		if !t.at.IsZero() && !now.Before(*t.at) {
			*t.at = time.Time{}
			t.do()
		}
	}
	l.audio.advance()
}

// due is when advance is wanted.
func (l *line) due() (due time.Time) {
	for _, t := range []time.Time{l.offerAt, l.quietAt, l.idleAt, l.limitAt, l.answerAt, l.pollAt, l.audio.due()} {
		if !t.IsZero() && (due.IsZero() || t.Before(due)) {
			due = t
		}
	}
	return due
}

func (l *line) after(d time.Duration) time.Time { return l.m.now.Add(d) }

// report takes what the modem says unasked.
func (l *line) report(kind lineKind, text string) {
	switch kind {
	case lineRing:
		l.counts.Rings++
		if suffix, ok := strings.CutPrefix(text, "RING "); ok && suffix != "" {
			l.caller.ring = printable(suffix)
		}
		l.event(lnRing)
	case lineCaller:
		if l.state == lineRinging || l.state == lineIdle {
			l.caller.line(text)
			l.heardCaller()
		}
	case lineFail:
		switch text {
		case "NO CARRIER", "BUSY":
			l.hint("carrier")
		}
	case lineReport:
		l.cellularReport(text)
	}
}

// callerSettle is how long after a line of caller ID the message counts as whole.
const callerSettle = 400 * time.Millisecond

func (l *line) heardCaller() {
	if l.state != lineRinging {
		return // it comes before the first ring where it follows a polarity reversal; the offer waits for the ring
	}
	if l.caller.got && !l.caller.bad && (l.caller.complete || l.caller.party.Digits != "" || l.caller.party.Presentation != tdm.Allowed) {
		l.offerAt = l.after(callerSettle)
	}
}

// offHookSettle is how long after going off hook a break of loop current is our own doing.
const offHookSettle = 700 * time.Millisecond

// code takes a shielded code.
func (l *line) code(b byte) {
	m := data().codes[b]
	now := l.m.now
	repeated := l.d.EventRepeatMs > 0 && m != meansDigit && b == l.last.code && now.Sub(l.last.at) < time.Duration(l.d.EventRepeatMs+500)*time.Millisecond
	l.last = lastCode{b, now}
	if repeated {
		return
	}
	switch m {
	case meansDigit:
		l.audio.codeDigit(b)
	case meansDTMFStart:
		l.audio.shielding(true)
	case meansDTMFEnd:
		l.audio.shielding(false)
	case meansBusy:
		l.hint("busy")
	case meansDialTone:
		if l.call != nil && l.call.answered {
			l.hint("dialtone")
		}
	case meansLoop:
		switch {
		case l.state != lineTalking || now.Sub(l.seizedAt) < offHookSettle:
		case l.call != nil && !l.call.answered:
			l.answered("polarity")
		default:
			l.hint("loop")
		}
	case meansSilence, meansQuiet:
		l.audio.modemSilence()
	case meansUnderrun:
		l.counts.Underruns++
		l.audio.underrun()
	case meansOverrun:
		l.counts.Overruns++
	case meansRing:
		l.counts.Rings++
		l.event(lnRing)
	}
}

// octet takes one octet of audio, fed is called after a batch of them.
func (l *line) octet(b byte) { l.audio.octet(b) }
func (l *line) fed()         { l.audio.fed() }

// hint takes a sign that the far party has hung up.
func (l *line) hint(what string) {
	switch l.state {
	case lineAnswering, lineSeizing, lineTalking:
		if l.hinted == "" {
			l.hinted = what
		}
		l.event(lnGone)
	}
}

// answered takes a sign that the far party of a call of ours has answered.
func (l *line) answered(basis string) {
	if l.call == nil || l.call.answered || l.state != lineTalking {
		return
	}
	l.call.answered = true
	l.answerAt = time.Time{}
	l.counts.Answered++
	l.call.send(tdm.Primitive{Kind: tdm.Connect, AnswerBasis: basis, At: l.audio.clock()})
}

// The actions of the diagram.

func (l *line) rest() {
	l.caller, l.rings, l.hinted, l.dialing, l.call = callerInfo{}, 0, "", "", nil
	l.offerAt, l.quietAt, l.limitAt, l.answerAt, l.pollAt = time.Time{}, time.Time{}, time.Time{}, time.Time{}, time.Time{}
	l.idleAt = l.after(l.m.cfg.KeepAlive)
}

func (l *line) ask() {
	cmds := []string{"AT"}
	for _, s := range l.d.Status {
		cmds = append(cmds, "?"+s)
	}
	l.run(cmds, l.finish)
}

func (l *line) firstRing() {
	l.idleAt = time.Time{}
	l.rings = 1
	l.offerAt = l.after(l.m.cfg.OfferAfter)
	l.stillRinging()
	l.heardCaller()
}

func (l *line) anotherRing() {
	l.rings++
	l.stillRinging()
	if l.call == nil {
		l.offer()
	} else {
		l.call.ring(l.rings)
	}
}

func (l *line) stillRinging() { l.quietAt = l.after(l.m.cfg.RingGap) }

// offer hands the call over, once.
func (l *line) offer() {
	l.offerAt = time.Time{}
	if l.call != nil {
		return
	}
	party := l.caller.party
	switch {
	case l.caller.bad:
		l.counts.CallerIDBad++
	case l.caller.got:
		l.counts.CallerIDOK++
	default:
		l.counts.CallerIDNone++
	}
	if !l.caller.got || l.caller.bad {
		party = tdm.PartyNumber{Presentation: tdm.Unavailable}
	}
	setup := tdm.Primitive{Kind: tdm.Setup, Calling: party, AlertInfo: l.caller.ring, At: l.audio.clock()}
	m := l.m
	switch {
	case m.cfg.Incoming != nil && l.whyNot() == "":
		l.call = newCall(m, nil)
		l.call.CallerTime = l.caller.time
		l.call.conversation = true
		l.call.up = m.cfg.Incoming(l.call, setup)
	case m.cfg.Attend != nil:
		l.call = newCall(m, nil)
		l.call.CallerTime = l.caller.time
		l.call.ring(l.rings)
		l.attend(setup)
	default:
		l.counts.Refused++
		m.cfg.Log.Warn("incoming call is not taken", "reason", or(l.whyNot(), "nobody is set up to take calls from this line"))
		l.event(lnHangup)
		return
	}
	l.counts.Offered++
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func (l *line) attend(setup tdm.Primitive) {
	m, c := l.m, l.call
	ctx, cancel := context.WithCancel(m.ctx)
	m.attends.Go(func() {
		defer cancel()
		defer c.Hangup()
		m.cfg.Attend(ctx, c, setup)
	})
	go func() {
		select {
		case <-c.done:
			cancel()
		case <-ctx.Done():
		}
	}()
}

func (l *line) abandoned() {
	l.counts.Abandoned++
	l.release(tdm.Primitive{Cause: tdm.CauseNormalClearing, Detector: "ring"})
	l.rest()
}

func (l *line) decline() {
	l.offerAt = time.Time{}
	l.release(tdm.Primitive{Cause: tdm.CauseNormalClearing})
}

func (l *line) glare() { l.refused(tdm.CauseCircuitUnavailable) }

func (l *line) refuse() {
	if l.state == lineFailed || l.state == lineStarting {
		l.refused(tdm.CauseDestinationOutOfOrder)
		return
	}
	l.refused(tdm.CauseUserBusy)
}

// refused ends the call that came with the event.
func (l *line) refused(cause tdm.Cause) {
	if c := l.m.dialling; c != nil {
		c.end(tdm.Primitive{Kind: tdm.Release, Cause: cause})
	}
}

func (l *line) answer() {
	l.offerAt, l.quietAt = time.Time{}, time.Time{}
	l.seizedAt = l.m.now
	l.run(l.d.Answer, l.finish)
}

func (l *line) connected() {
	l.seizedAt = l.m.now
	l.counts.Answered++
	l.call.answered = true
	l.begin()
	l.call.connected(nil)
}

// begin starts what an off-hook line does in either direction.
func (l *line) begin() {
	if l.m.cfg.Limit > 0 {
		l.limitAt = l.after(l.m.cfg.Limit)
	}
	l.last = lastCode{}
	l.audio.begin()
	if l.d.Family == Cellular {
		l.pollAt = l.after(pollEvery)
	}
	if l.call.conversation {
		l.converse()
	}
}

// converse starts the audio of a conversation.
func (l *line) converse() {
	if err := l.audio.converse(); err != nil {
		l.reason = err
		l.event(lnFault)
	}
}

func (l *line) seize() {
	l.idleAt = time.Time{}
	l.call = l.m.dialling
	l.counts.Dialled++
	l.seizedAt = l.m.now
	dial := l.d.Dial
	if l.m.cfg.Pulse {
		dial = strings.Replace(dial, "ATDT", "ATDP", 1) // V.250 6.3.1.2
	}
	cmds := append(append([]string{}, l.d.Seize...), expand(dial, l.cap.Format, l.dialing))
	l.run(append(cmds, l.d.AfterDial...), l.finish)
}

func (l *line) dialled() {
	l.call.send(tdm.Primitive{Kind: tdm.Proceeding})
	l.call.send(tdm.Primitive{Kind: tdm.Progress, InBand: true})
	l.answerAt = l.after(l.m.cfg.AnswerAfter)
	l.begin()
}

// failed is a modem that did not do what the call needs.
func (l *line) failed() {
	cause := tdm.CauseTemporaryFailure
	var final finalError
	if errors.As(l.reason, &final) {
		switch final {
		case "BUSY":
			cause = tdm.CauseUserBusy
		case "NO ANSWER":
			cause = tdm.CauseNoAnswer
		case "NO DIALTONE", "NO DIAL TONE":
			cause = tdm.CauseNetworkOutOfOrder
		case "NO CARRIER":
			cause = tdm.CauseNormalClearing
		}
	}
	l.m.cfg.Log.Info("the modem ends the call", "reason", l.reason, "cause", cause)
	l.release(tdm.Primitive{Cause: cause, Detector: "modem"})
	l.goOnHook()
}

// hangUp is by our side: the call is released when the line is on hook.
func (l *line) hangUp() {
	l.cause = tdm.CauseNormalClearing
	l.goOnHook()
}

// cleared is by the far party: the call is released at once.
func (l *line) cleared() {
	cause := tdm.CauseNormalClearing
	if l.call != nil && !l.call.answered && l.hinted != "limit" {
		switch l.hinted {
		case "busy":
			cause = tdm.CauseUserBusy
		case "congestion":
			cause = tdm.CauseNoCircuit
		case "sit":
			cause = tdm.CauseUnallocated
		}
	}
	l.release(tdm.Primitive{Cause: cause, Detector: l.hinted})
	l.goOnHook()
}

func (l *line) goOnHook() {
	l.limitAt, l.answerAt, l.pollAt = time.Time{}, time.Time{}, time.Time{}
	l.audio.stop(errCutOff)
	l.run(append(append([]string{}, l.d.OnHook...), l.waiting()...), l.finish)
}

func (l *line) released() {
	l.audio.close()
	l.release(tdm.Primitive{Cause: l.cause})
	l.rest()
}

// fail ends the session.
func (l *line) fail() {
	l.release(tdm.Primitive{Cause: tdm.CauseDestinationOutOfOrder, Detector: "modem"})
	if l.m.fault == nil {
		l.m.fault = l.reason
	}
	if l.m.fault == nil {
		l.m.fault = errGone
	}
}

// release ends the call, if there is one.
func (l *line) release(p tdm.Primitive) {
	if l.call == nil {
		return
	}
	p.Kind, p.At = tdm.Release, l.audio.clock()
	l.call.end(p)
	l.call = nil
}

// shutDown clears whatever there is, since Run is ending.
func (l *line) shutDown() {
	if l.state == lineRinging {
		l.event(lnHangup)
		l.event(lnQuiet)
		return
	}
	l.event(lnHangup)
}

// end is the end of the session: nothing waits for it any more.
func (l *line) end() {
	l.release(tdm.Primitive{Cause: tdm.CauseDestinationOutOfOrder, Detector: "modem"})
	l.audio.close()
	l.state = lineFailed
	l.publish()
}

// whyNot says why the line cannot carry a conversation, or nothing.
func (l *line) whyNot() string {
	switch {
	case l.cap.WhyNot != "":
		return l.cap.WhyNot
	case l.m.cfg.NewPipe == nil:
		return "conversations are not configured on this line"
	}
	return ""
}

// publish shows the state to other goroutines.
func (l *line) publish() {
	m := l.m
	l.counts.Timeouts, l.counts.Recoveries = m.eng.stats.timeouts, m.eng.stats.recoveries
	m.mu.Lock()
	defer m.mu.Unlock()
	s := &m.status
	l.counts.Faults = s.Counters.Faults
	s.Counters, s.Network = l.counts, l.net
	s.Counters.Unexpected += m.eng.stats.unexpected
	s.Echo = l.audio.echoStatus()
	s.RxDBm0, s.TxDBm0 = l.audio.levels()
	if l.state == l.shown && s.State == l.state.String() || l.state == lineFailed {
		return // that it has failed is told with the reason
	}
	l.shown = l.state
	s.show(l.state, s.Reason) // a line that starts anew keeps the reason until it is in service
	s.Capability = l.cap
	if l.state != lineStarting {
		if s.Reason != "" {
			m.cfg.Log.Info("modem line in service", "dialect", l.cap.Dialect, "format", l.cap.Format.String(), "use", l.cap.Uses())
		}
		s.Reason = ""
		s.WhyNot = l.whyNot()
		s.Conversation = s.WhyNot == ""
	}
}

// String is for errors.
func (l *line) String() string { return fmt.Sprintf("%s %s", l.m.cfg.Name, l.state) }
