package modem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"tipring/dsp/level"
	"tipring/dsp/tone"
	"tipring/hw/serial"
	"tipring/tdm"
)

// A Pipe carries one direction of a call from one clock to another; tdm/slip's is one. Write belongs to the one side's
// goroutine and takes at most 20 ms, Read to the other's. at is each side's own sample count.
type Pipe interface {
	Write(at int64, pcm []int16)
	Read(at int64, dst []int16)
	SetFixed(delay int)
}

// A Source gives samples at 8 kHz; fewer than asked for mean that it has ended. tdm/span has the same.
type Source interface{ Read(dst []int16) int }

// Config describes a modem and its line. Zero fields have the defaults named beside them.
type Config struct {
	Name string // of the line: "modem1"
	// Open opens the port of the commands. It is called again after a fault.
	Open func() (serial.Port, error)
	// OpenAudio opens the second port of a cellular modem.
	OpenAudio func() (serial.Port, error)
	Dialect   string // id; empty: the modem is asked
	Baud      int    // of a real serial line, which bounds the format; 0: USB
	Zone      string // country of the tones; "us"
	Pulse     bool   // digits are dialled by pulses
	// RxGainDB is the gain on what comes from the line, TxGainDB on what goes to it.
	RxGainDB, TxGainDB float64
	NoEcho             bool // the line's echo is left to others

	// NewPipe makes the two pipes of a conversation, with room for BufferMs and a least delay of leastMs. Nil: no
	// conversations on this line.
	NewPipe func(leastMs int) Pipe
	// Incoming is offered each incoming call when the line can hold a conversation. It must not block.
	Incoming func(c *Call, setup tdm.Primitive) (up func(tdm.Primitive))
	// Attend serves each incoming call that Incoming is not offered, in a goroutine of its own; ctx ends with the call or with
	// Run.
	Attend func(ctx context.Context, c *Call, setup tdm.Primitive)

	OfferAfter  time.Duration // from the first RING to a Setup without caller ID; 5 s. The second RING comes first as a rule
	RingGap     time.Duration // longest pause between RINGs; 8 s
	AnswerAfter time.Duration // after dialling a call counts as answered, for want of any sign; 30 s
	// Hang-up hints beside loop current, tones and NO CARRIER, which always count.
	SilenceAfter time.Duration // silence both ways; 0: does not count
	Limit        time.Duration // longest call; 0: none
	// PrefillMs is what is sent ahead of the modem's own pace in a conversation, against underruns; 60.
	PrefillMs int
	KeepAlive time.Duration // how often an idle modem is asked whether it is there; 60 s
	Retry     time.Duration // from a fault to the next opening, doubled up to 16 times; 2 s

	Transcript io.Writer // gets what is said in command mode; nil: nothing does
	Log        *slog.Logger
}

const (
	// BufferMs is how much audio a modem and the system may hold back in one direction, and what the pipes have to bear.
	BufferMs = 500
	// PortionMs is in what portions ordinary modems give and take samples. With that as their least delay, pipes are quiet;
	// below it they would look again and again for the least that the portions allow.
	PortionMs = 60
)

// A Modem is one modem and its telephone line. Its methods are safe from any goroutine.
type Modem struct {
	cfg            Config
	plan           *tone.Plan
	inbox          chan func()
	rxGain, txGain float32 // linear

	mu     sync.Mutex
	status Status
	ended  bool // Run has

	dialling *Call // comes with the event that dials
	again    chan struct{}

	// What follows belongs to Run.
	ctx      context.Context
	cmd, pcm *channel // pcm: a cellular modem's second port
	eng      *engine
	line     *line
	attends  sync.WaitGroup
	dtrUp    time.Time
	now      time.Time
	fault    error
	stalled  time.Time // since when the writer takes nothing
	record   *transcript
}

// Faults of a session.
var errStopped = errors.New("stopped")

// New checks cfg. Nothing is opened before Run.
func New(cfg Config) (*Modem, error) {
	fail := func(format string, args ...any) (*Modem, error) {
		return nil, fmt.Errorf("modem "+cfg.Name+": "+format, args...)
	}
	if cfg.Name == "" || cfg.Open == nil {
		return fail("want a name and a port")
	}
	if cfg.Zone == "" {
		cfg.Zone = "us"
	}
	plan, ok := tone.Zone(cfg.Zone)
	if !ok {
		return fail("zone %q: there is none of that name", cfg.Zone)
	}
	if cfg.Dialect != "" {
		d, ok := LookupDialect(cfg.Dialect)
		if !ok {
			return fail("dialect %q: there is none of that name: want one of %v", cfg.Dialect, Dialects())
		}
		if d.Family == Cellular && cfg.OpenAudio == nil {
			return fail("dialect %q: a cellular modem needs its audio port too", cfg.Dialect)
		}
	}
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	def(&cfg.OfferAfter, 5*time.Second)
	def(&cfg.RingGap, 8*time.Second)
	def(&cfg.AnswerAfter, 30*time.Second)
	def(&cfg.KeepAlive, time.Minute)
	def(&cfg.Retry, 2*time.Second)
	if cfg.PrefillMs == 0 {
		cfg.PrefillMs = 60
	}
	if cfg.PrefillMs < 0 || cfg.PrefillMs > BufferMs || cfg.SilenceAfter < 0 || cfg.Limit < 0 {
		return fail("prefill %d ms, silence %v, limit %v: want a prefill up to %d ms and no negative times", cfg.PrefillMs, cfg.SilenceAfter, cfg.Limit, BufferMs)
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	m := &Modem{cfg: cfg, plan: plan, inbox: make(chan func(), 64), again: make(chan struct{}, 1)}
	m.rxGain, m.txGain = float32(level.Gain(cfg.RxGainDB)), float32(level.Gain(cfg.TxGainDB))
	m.cfg.Log = cfg.Log.With("line", cfg.Name)
	m.record = newTranscript(cfg.Transcript)
	d, _ := LookupDialect("v253")
	m.eng, m.line = newEngine(d), newLine(m, d)
	m.line.state = lineFailed
	m.status = Status{Name: cfg.Name, State: lineStarting.String(), Since: time.Now()}
	return m, nil
}

// Run opens the modem, sets it up, serves its line, and opens it anew after a fault, until ctx ends. A call that is up then
// is cleared, for which the modem has two seconds.
func (m *Modem) Run(ctx context.Context) error {
	m.ctx = ctx
	defer m.finish()
	wait := m.cfg.Retry
	for {
		began := time.Now()
		err := m.session(ctx)
		if ctx.Err() != nil {
			return nil
		}
		m.outOfService(err)
		if time.Since(began) > time.Minute {
			wait = m.cfg.Retry
		}
		soon, ok := m.rest(ctx, wait)
		if !ok {
			return nil
		}
		wait = min(2*wait, 16*m.cfg.Retry)
		if soon {
			wait = m.cfg.Retry
		}
	}
}

// Appeared tells that the modem's device has come back: one that is out of service is opened at once.
func (m *Modem) Appeared() {
	select {
	case m.again <- struct{}{}:
	default:
	}
}

// finish answers what still waits, and waits for those who attend calls.
func (m *Modem) finish() {
	m.mu.Lock()
	m.ended = true
	m.status.show(lineFailed, errStopped.Error())
	m.mu.Unlock()
	for {
		select {
		case f := <-m.inbox:
			f()
			continue
		default:
		}
		break
	}
	m.attends.Wait()
}

// outOfService says why, once for as long as that does not change.
func (m *Modem) outOfService(err error) {
	m.mu.Lock()
	was := m.status
	m.status.show(lineFailed, err.Error())
	m.status.Counters.Faults++
	m.mu.Unlock()
	level := slog.LevelWarn
	if was.Reason == err.Error() {
		level = slog.LevelDebug
	}
	m.cfg.Log.Log(context.Background(), level, "modem line out of service", "reason", err)
}

// rest waits for the next attempt; calls are refused meanwhile. soon says that Appeared has cut it short, ok that there is to
// be one.
func (m *Modem) rest(ctx context.Context, d time.Duration) (soon, ok bool) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return false, false
		case f := <-m.inbox:
			f()
		case <-m.again:
			return true, true
		case <-timer.C:
			return false, true
		}
	}
}

// session is one opening of the modem. It returns with why it ended.
func (m *Modem) session(ctx context.Context) error {
	port, err := m.cfg.Open()
	if err != nil {
		return err
	}
	m.cmd = newChannel(port)
	defer func() {
		m.cmd.close()
		if m.pcm != nil {
			m.pcm.close()
			m.pcm = nil
		}
	}()
	m.begin(port)
	defer m.line.end()
	m.line.start()
	return m.serve(ctx)
}

// begin makes a new engine and a new line for an opened port.
func (m *Modem) begin(port serial.Port) {
	port.SetLines(serial.DTR|serial.RTS, true) // a port without lines needs none
	d, _ := LookupDialect(m.cfg.Dialect)
	if d == nil {
		d, _ = LookupDialect("v253")
	}
	m.fault, m.stalled, m.dtrUp, m.now = nil, time.Time{}, time.Time{}, time.Now()
	m.eng = newEngine(d)
	m.line = newLine(m, d)
	m.eng.report, m.eng.code, m.eng.audio = m.line.report, m.line.code, m.line.octet
	m.eng.dtr = m.dropDTR
}

// serve is the loop.
func (m *Modem) serve(ctx context.Context) error {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	done, deadline := ctx.Done(), time.Time{}
	for {
		m.flush()
		m.line.publish()
		if m.fault != nil {
			return m.fault
		}
		if done == nil && (m.line.state == lineIdle || m.line.state == lineStarting || !m.now.Before(deadline)) {
			return errStopped
		}
		timer.Reset(time.Until(m.nextDue(deadline)))
		var audio <-chan *chunk
		var audioFault <-chan error
		if m.pcm != nil {
			audio, audioFault = m.pcm.in, m.pcm.fault
		}
		select {
		case <-done:
			done, deadline = nil, time.Now().Add(2*time.Second)
			m.now = time.Now()
			m.line.shutDown()
		case k := <-m.cmd.in:
			m.now = time.Now()
			m.record.modem(k.b[:k.n], m.eng.inData)
			m.eng.feed(m.now, k.b[:k.n])
			m.cmd.inUse <- k
			m.line.fed()
		case k := <-audio:
			m.now = time.Now()
			m.line.raw(k.b[:k.n])
			m.pcm.inUse <- k
		case f := <-m.inbox:
			m.now = time.Now()
			f()
		case err := <-m.cmd.fault:
			m.now = time.Now()
			m.lost(err)
		case err := <-audioFault:
			m.now = time.Now()
			m.lost(fmt.Errorf("audio port: %w", err))
		case <-timer.C:
			m.now = time.Now()
		}
		m.advance()
	}
}

// nextDue is when something has to be done at the latest.
func (m *Modem) nextDue(deadline time.Time) time.Time {
	due := m.now.Add(time.Hour)
	for _, t := range []time.Time{m.eng.due, m.dtrUp, deadline, m.line.due()} {
		if !t.IsZero() && t.Before(due) {
			due = t
		}
	}
	if len(m.eng.out) > 0 {
		if soon := m.now.Add(10 * time.Millisecond); soon.Before(due) {
			due = soon
		}
	}
	return due
}

// advance does what is due.
func (m *Modem) advance() {
	m.eng.tick(m.now)
	if !m.dtrUp.IsZero() && !m.now.Before(m.dtrUp) {
		m.dtrUp = time.Time{}
		m.cmd.port.SetLines(serial.DTR, true)
	}
	m.line.advance()
	if m.eng.state == engFailed {
		m.lost(errGone)
	}
}

// writeStall is how long a modem may take nothing of what is written to it.
const writeStall = 5 * time.Second

// flush gives the engine's octets to the writer, as far as it takes them.
func (m *Modem) flush() {
	if len(m.eng.out) == 0 {
		m.stalled = time.Time{}
		return
	}
	m.record.host(m.eng.out, m.eng.state == engTransmitting || m.eng.state == engDuplex)
	rest := m.cmd.send(m.eng.out)
	switch {
	case len(rest) < len(m.eng.out):
		m.stalled = time.Time{}
	case m.stalled.IsZero():
		m.stalled = m.now
	case m.now.Sub(m.stalled) > writeStall:
		m.lost(errors.New("the modem takes nothing more"))
	}
	m.eng.out = m.eng.out[:copy(m.eng.out, rest)]
}

// dropDTR hangs up by circuit 108/2, for half of the time that the engine gives it.
func (m *Modem) dropDTR() {
	m.cmd.port.SetLines(serial.DTR, false)
	m.dtrUp = m.now.Add(dtrTime / 2)
}

// lost ends the session.
func (m *Modem) lost(err error) {
	if m.fault == nil {
		m.fault = err
		m.line.event(lnLost)
	}
}

// post hands f to Run's goroutine. It reports false when Run has ended or has no room: it never waits.
func (m *Modem) post(f func()) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ended {
		return false
	}
	select {
	case m.inbox <- f:
		return true
	default:
		return false
	}
}
