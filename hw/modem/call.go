package modem

import (
	"context"
	"errors"
	"strings"
	"sync"

	"tipring/tdm"
)

// Errors of a Call's methods.
var (
	ErrEnded    = errors.New("the call has ended")
	ErrNotNow   = errors.New("the line cannot do that now")
	ErrOverload = errors.New("the modem's driver is busy")
)

// A Call is one call on a modem's line. Its methods are safe from any goroutine. Send, Leg and Name serve a conversation;
// the others, which wait, a service that attends the line.
type Call struct {
	m  *Modem
	up func(tdm.Primitive)
	// CallerTime is when the exchange says the call came, MMDDHHMM, or empty. It is set before the call is offered.
	CallerTime string

	leg    *Leg
	digits chan byte
	rings  chan int      // the newest count of rings
	done   chan struct{} // closed at the Release
	once   sync.Once

	// Owned by Run.
	answered     bool
	conversation bool
	over         bool
	waiting      func(error) // whoever waits for the answer
	final        tdm.Primitive
}

func newCall(m *Modem, up func(tdm.Primitive)) *Call {
	c := &Call{m: m, up: up, digits: make(chan byte, 64), rings: make(chan int, 1), done: make(chan struct{})}
	if m.cfg.NewPipe != nil {
		least := m.portionMs()
		c.leg = &Leg{in: m.cfg.NewPipe(least), out: m.cfg.NewPipe(least)}
	}
	return c
}

// portionMs is in what portions this modem is known to give samples.
func (m *Modem) portionMs() int {
	if d, ok := LookupDialect(m.Status().Capability.Dialect); ok && d.PortionMs > 0 {
		return d.PortionMs
	}
	return PortionMs
}

// Call dials setup.Called. It never blocks: everything after, refusal included, comes through up, by Run's goroutine. A line
// that cannot hold a conversation refuses with cause 65, and its Status says why.
func (m *Modem) Call(setup tdm.Primitive, up func(tdm.Primitive)) *Call {
	c := newCall(m, up)
	c.conversation = true
	if !m.post(func() { m.dial(c, setup) }) {
		c.once.Do(func() { close(c.done) })
		up(tdm.Primitive{Kind: tdm.Release, Cause: tdm.CauseSwitchingCongestion})
	}
	return c
}

func (m *Modem) dial(c *Call, setup tdm.Primitive) {
	l := m.line
	number := dialString(setup.Called)
	why := l.whyNot()
	switch {
	case l.state == lineStarting || l.state == lineFailed: // what it can do is not known; the diagram refuses
	case why != "":
		l.counts.Refused++
		m.cfg.Log.Warn("conversation is refused", "reason", why)
		c.end(tdm.Primitive{Kind: tdm.Release, Cause: tdm.CauseBearerNotImplemented, Detector: "modem", Reason: "no conversation on this line: " + why})
		return
	case number == "":
		c.end(tdm.Primitive{Kind: tdm.Release, Cause: tdm.CauseInvalidNumber})
		return
	}
	if l.state == lineIdle && !m.eng.idle() { // asked whether it is there: the answer takes a moment
		l.whenIdle(l.script.generation, func() { m.dial(c, setup) })
		return
	}
	m.dialling, l.dialing = c, number
	l.event(lnDial)
	m.dialling = nil
}

// dialString keeps what may be in a dial string: a number is a caller's, and ';' or '\r' would be commands to the modem.
func dialString(s string) string {
	s = strings.TrimPrefix(s, "+")
	for _, r := range s {
		if !strings.ContainsRune("0123456789*#ABCD", r) {
			return ""
		}
	}
	if len(s) > maxText {
		return ""
	}
	return s
}

// Send delivers a primitive down: Connect answers, Disconnect clears. After the Release it does nothing.
func (c *Call) Send(p tdm.Primitive) {
	var e lineEvent
	switch p.Kind {
	case tdm.Connect:
		e = lnAnswer
	case tdm.Disconnect, tdm.Release:
		e = lnHangup
	default:
		return
	}
	c.m.post(func() {
		if c.m.line.call == c {
			c.m.line.event(e)
		}
	})
}

// Name is the line's.
func (c *Call) Name() string { return c.m.cfg.Name }

// Leg is the call's audio, or nil on a line without conversations. It is the same for the whole call.
func (c *Call) Leg() *Leg { return c.leg }

// Done is closed when the call is over; Final is how then.
func (c *Call) Done() <-chan struct{} { return c.done }

// Final returns the Release.
func (c *Call) Final() tdm.Primitive {
	<-c.done
	return c.final
}

// send gives a primitive to whoever has the call.
func (c *Call) send(p tdm.Primitive) {
	if c.up != nil && !c.over {
		c.up(p)
	}
}

// end sends the Release, once.
func (c *Call) end(p tdm.Primitive) {
	if c.over {
		return
	}
	c.send(p)
	c.over, c.final = true, p
	c.once.Do(func() { close(c.done) })
}

func (c *Call) ring(n int) {
	select {
	case <-c.rings:
	default:
	}
	c.rings <- n
}

func (c *Call) connected(err error) {
	if f := c.waiting; f != nil {
		c.waiting = nil
		f(err)
	}
}

func (c *Call) digit(d byte) {
	select {
	case c.digits <- d:
	default: // nobody listens
	}
}

// order has Run's goroutine do f and waits until f's done has been called, or the call or ctx has ended.
func (c *Call) order(ctx context.Context, f func(done func(error))) error {
	result := make(chan error, 1)
	if !c.m.post(func() {
		if c.m.line.call != c {
			result <- ErrEnded
			return
		}
		f(func(err error) {
			select {
			case result <- err:
			default:
			}
		})
	}) {
		return ErrOverload
	}
	select {
	case err := <-result:
		return err
	case <-c.done:
		select {
		case err := <-result: // it was done with before
			return err
		default:
			return ErrEnded
		}
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Rings waits until the line has rung n times.
func (c *Call) Rings(ctx context.Context, n int) error {
	for {
		select {
		case got := <-c.rings:
			if got >= n {
				return nil
			}
		case <-c.done:
			return ErrEnded
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Answer goes off hook and returns when the modem has.
func (c *Call) Answer(ctx context.Context) error {
	return c.order(ctx, func(done func(error)) {
		l := c.m.line
		if l.state != lineRinging {
			done(ErrNotNow)
			return
		}
		c.waiting = done
		l.event(lnAnswer)
	})
}

// Hangup ends the call; Done is closed when the line is on hook.
func (c *Call) Hangup() { c.Send(tdm.Primitive{Kind: tdm.Disconnect}) }

// Flash opens the loop for a moment, as a telephone's recall key does.
func (c *Call) Flash(ctx context.Context) error {
	return c.order(ctx, func(done func(error)) {
		if c.m.line.state != lineTalking || c.m.line.d.Flash == "" {
			done(ErrNotNow)
			return
		}
		c.m.line.flash(done)
	})
}

// Digit returns the next DTMF digit of the far party.
func (c *Call) Digit(ctx context.Context) (byte, error) {
	select {
	case d := <-c.digits:
		return d, nil
	default:
	}
	select {
	case d := <-c.digits:
		return d, nil
	case <-c.done:
		return 0, ErrEnded
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// Play plays src to its end, or until the far party presses a digit when breakIn is set; the digit can then be had from
// Digit. It returns when the modem has played what it was given.
func (c *Call) Play(ctx context.Context, src Source, breakIn bool) error {
	err := c.order(ctx, func(done func(error)) { c.m.line.audio.play(src, breakIn, done) })
	if err != nil && ctx.Err() != nil {
		c.stop()
	}
	return err
}

// A RecordEnd is why a recording ended.
type RecordEnd string

// Ends of a recording.
const (
	RecordFull    RecordEnd = "limit"
	RecordSilence RecordEnd = "silence"
	RecordDigit   RecordEnd = "digit" // one of those that end it
	RecordHangup  RecordEnd = "hangup"
)

// Record describes a recording. Zero fields have the defaults named beside them.
type Record struct {
	Samples int    // the longest; 60 s
	Silence int    // samples of silence that end it, once something was said; 0: none
	Digits  string // the digits that end it; empty: every one. The digit is not in Digit's queue
}

// Record records the far party. What was recorded is returned also with an error.
func (c *Call) Record(ctx context.Context, r Record) ([]int16, RecordEnd, error) {
	rec := newRecording(r)
	err := c.order(ctx, func(done func(error)) { c.m.line.audio.record(rec, done) })
	switch {
	case errors.Is(err, ErrEnded):
		rec.finish(RecordHangup)
		err = nil
	case err != nil && ctx.Err() != nil:
		c.stop()
	}
	pcm, end := rec.take()
	return pcm, end, err
}

// stop ends playing or recording.
func (c *Call) stop() {
	c.m.post(func() {
		if c.m.line.call == c && c.m.line.state == lineTalking {
			c.m.line.audio.stop(context.Canceled)
		}
	})
}
