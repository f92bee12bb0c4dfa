package link

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"tipring/hw/link/wire"
)

// Why a call on a Conn fails, beside what a card answers (StatusError).
var (
	ErrClosed  = errors.New("card link closed")
	ErrLost    = errors.New("card link lost")
	ErrVersion = errors.New("the card speaks another version of the link protocol")
)

// A StatusError is a card's refusal of a request.
type StatusError struct {
	Request wire.Type
	Status  wire.Status
	Fault   wire.Fault // with wire.Refused
}

func (e *StatusError) Error() string {
	if e.Status == wire.Refused {
		return fmt.Sprintf("card link: %s: image %s", e.Request, e.Fault)
	}
	return fmt.Sprintf("card link: %s: %s", e.Request, e.Status)
}

// A Stream carries octets to and from a card: a serial.Port is one, and OverSPI makes one. Read returns at least one octet
// or an error; Close ends both.
type Stream io.ReadWriteCloser

// Config says how a card is reached.
type Config struct {
	Control Stream
	// Media is the second stream of a card that has two, or nil.
	Media Stream
	// Up takes the card's up frames, in the goroutine that reads: it must not block, and what it is given is valid until it
	// returns.
	Up func(wire.PCM)
	// Greet is how long Dial waits for the card's answer; 3 s when 0.
	Greet time.Duration
	Log   *slog.Logger
}

// Times of the protocol, as package comment has them.
const (
	greetAgain  = 100 * time.Millisecond
	keepAlive   = 250 * time.Millisecond
	lostAfter   = 2 * time.Second
	eventsAhead = 64
)

// repeats are how long the host waits for an answer before it repeats a request, and before it gives the link up.
var repeats = [...]time.Duration{60 * time.Millisecond, 120 * time.Millisecond, 240 * time.Millisecond, 480 * time.Millisecond,
	480 * time.Millisecond, 480 * time.Millisecond}

// A Conn is a session with a card. Its methods may be used from any goroutine but for Down and Send, which belong to the
// one that pumps media.
type Conn struct {
	cfg     Config
	hello   wire.HelloAnswer
	session uint8

	requests chan *request
	arrivals chan *arrival
	events   chan wire.Event
	edges    []chan struct{} // of the interrupt lines
	control  *writer
	media    *writer // control's when there is one stream
	down     down

	began time.Time
	heard atomic.Int64 // when the last valid frame came, since began
	clock clock
	free  sync.Pool // of *request: they hold a channel, so they are the Conn's own
	stats counters

	once  sync.Once
	done  chan struct{}
	err   error // set before done is closed
	tasks sync.WaitGroup
}

// Dial greets the card and begins a session. The streams belong to the Conn from then on, also when Dial fails.
func Dial(ctx context.Context, cfg Config) (*Conn, error) {
	if cfg.Greet == 0 {
		cfg.Greet = 3 * time.Second
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	c := &Conn{cfg: cfg, session: uint8(1 + rand.N(255)), requests: make(chan *request), arrivals: make(chan *arrival, 16),
		events: make(chan wire.Event, eventsAhead), began: time.Now(), done: make(chan struct{})}
	c.control = newWriter()
	c.media = c.control
	streams := []Stream{cfg.Control}
	writers := []*writer{c.control}
	if cfg.Media != nil {
		c.media = newWriter()
		streams, writers = append(streams, cfg.Media), append(writers, c.media)
	}
	for i, s := range streams {
		c.tasks.Go(func() { c.read(s) })
		c.tasks.Go(func() { c.fail(writers[i].run(s, c.done)) })
	}
	t := newTable(c)
	hello := c.newRequest(wire.TypeHello)
	hello.message = wire.Hello{Major: wire.Major, Minor: wire.Minor, Longest: wire.MaxMessage, Nonce: rand.Uint32()}.Append(hello.message)
	c.tasks.Go(func() { t.run(hello) })

	late := time.NewTimer(cfg.Greet)
	defer late.Stop()
	var err error
	select {
	case <-hello.done:
		err = c.greeted(hello)
	case <-c.done:
		err = c.err
	case <-late.C:
		err = fmt.Errorf("card link: no card has answered within %v", cfg.Greet)
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// greeted takes in what the card says about itself. The table waits for it with the window.
func (c *Conn) greeted(r *request) error {
	if err := c.hello.Parse(r.answer); err != nil {
		return fmt.Errorf("card link: HELLO: %w", err)
	}
	if c.hello.Status != wire.OK {
		return &StatusError{Request: wire.TypeHello, Status: c.hello.Status}
	}
	for range c.hello.Interrupts {
		c.edges = append(c.edges, make(chan struct{}, 1))
	}
	close(r.taken)
	return nil
}

// Hello is what the card said about itself.
func (c *Conn) Hello() wire.HelloAnswer { return c.hello }

// Events delivers what happened on the card but interrupts, which Pin delivers. An event that nobody takes stays on the
// card and comes again.
func (c *Conn) Events() <-chan wire.Event { return c.events }

// Done is closed when the session has ended; Err says why.
func (c *Conn) Done() <-chan struct{} { return c.done }

// Err returns why the session has ended, or nil.
func (c *Conn) Err() error {
	select {
	case <-c.done:
		return c.err
	default:
		return nil
	}
}

// Close ends the session: every call in another goroutine returns. It waits for the Conn's goroutines.
func (c *Conn) Close() error {
	c.fail(ErrClosed)
	c.tasks.Wait()
	return nil
}

// fail ends the session for a reason.
func (c *Conn) fail(err error) {
	c.once.Do(func() {
		c.err = err
		close(c.done)
		c.cfg.Control.Close()
		if c.cfg.Media != nil {
			c.cfg.Media.Close()
		}
	})
}

// read takes frames off a stream.
func (c *Conn) read(s Stream) {
	var d wire.Decoder
	var up wire.PCM
	buf := make([]byte, 4096)
	for {
		n, err := s.Read(buf)
		if err != nil {
			c.fail(fmt.Errorf("%w: %w", ErrLost, err))
			return
		}
		for rest := buf[:n]; ; {
			before := d.Faults
			m, more, ok := d.Next(rest)
			c.stats.crc.Add(d.CRC - before.CRC)
			c.stats.frame.Add(d.Frame - before.Frame)
			if !ok {
				break
			}
			rest = more
			if m.Session != c.session {
				c.stats.stale.Add(1)
				continue
			}
			c.heard.Store(int64(time.Since(c.began)))
			switch {
			case m.Type == wire.TypeUp:
				if up.Parse(m.Body) != nil {
					c.stats.malformed.Add(1)
				} else if c.cfg.Up != nil {
					c.stats.up.Add(1)
					c.cfg.Up(up)
				}
			case m.Type&wire.Answer != 0 || m.Type == wire.TypeEvent:
				a := arrivalPool.Get().(*arrival)
				a.Message = m
				a.Body = append(a.buf[:0], m.Body...)
				select {
				case c.arrivals <- a:
				case <-c.done:
					return
				}
			default:
				c.stats.malformed.Add(1)
			}
		}
	}
}

// An arrival is a message on its way from a reader to the table.
type arrival struct {
	wire.Message
	buf [wire.MaxMessage]byte
}

var arrivalPool = sync.Pool{New: func() any { return new(arrival) }}
