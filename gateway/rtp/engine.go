package rtp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Bounds of the jitter buffer's depth in ms when the Config leaves them out, and the largest one.
const (
	DefaultMinDepthMs = 0
	DefaultMaxDepthMs = 200
	maxDepthMs        = 500
)

// Config is what an Engine needs.
type Config struct {
	IP netip.Addr // local address of all sockets
	// PortMin and PortMax bound the local ports, both included; 0 and 0: any free even port and its successor.
	PortMin, PortMax uint16
	// MinDepthMs and MaxDepthMs bound the depth of the jitter buffers; a MaxDepthMs of 0 is DefaultMaxDepthMs.
	MinDepthMs, MaxDepthMs int
	// ListenPacket opens a socket; nil: UDP. Port 0 asks for any free port.
	ListenPacket func(netip.AddrPort) (PacketConn, error)
	CNAME        string // RTCP canonical name (RFC 3550 §6.5.1); "": tipring@IP
	Log          *slog.Logger
}

// ErrClosed is what an Engine that has been shut down answers.
var ErrClosed = errors.New("rtp: engine closed")

// An Engine owns the sockets of its streams and the goroutines that serve them.
type Engine struct {
	cfg     Config
	epoch   time.Time // arrival times count from here
	sockets sockets

	ready      chan *Stream // streams with packets to send
	events     chan notice
	lostEvents atomic.Uint64

	ports *ports

	mu      sync.Mutex // guards what follows; never taken by a pump, never held while a port is looked for
	streams map[*Stream]struct{}
	past    map[string]Totals // of closed streams, by party
	closed  bool
	readers sync.WaitGroup
}

type notice struct {
	s  *Stream
	ev Event
}

// Queues between the pumps and the engine's goroutines. A stream is in ready at most once.
const (
	readyQueue = 4096
	eventQueue = 1024
)

// NewEngine checks the configuration. It opens and starts nothing.
func NewEngine(c Config) (*Engine, error) {
	p, err := newPorts(c)
	if err != nil {
		return nil, err
	}
	if c.MaxDepthMs == 0 {
		c.MaxDepthMs = max(DefaultMaxDepthMs, c.MinDepthMs)
	}
	if c.MinDepthMs < 0 || c.MaxDepthMs > maxDepthMs || c.MinDepthMs > c.MaxDepthMs {
		return nil, fmt.Errorf("rtp: jitter buffer of %d to %d ms is not within 0..%d ms", c.MinDepthMs, c.MaxDepthMs, maxDepthMs)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.CNAME == "" {
		c.CNAME = "tipring@" + c.IP.String()
	}
	e := &Engine{
		cfg: c, ports: p, epoch: time.Now(), streams: map[*Stream]struct{}{}, past: make(map[string]Totals),
		ready: make(chan *Stream, readyQueue), events: make(chan notice, eventQueue),
	}
	if p.listen == nil {
		p.listen = e.sockets.listen
	}
	return e, nil
}

// Run sends what streams have to send, reports to their peers and delivers their events until ctx is done, then closes the
// streams that are left and waits for all goroutines of the engine.
func (e *Engine) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	wg.Go(func() { e.egress(ctx) })
	wg.Go(func() { e.reports(ctx) })
	wg.Go(func() { e.deliver(ctx) })
	<-ctx.Done()
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	for _, s := range e.snapshot(nil) {
		s.Close()
	}
	wg.Wait()
	e.readers.Wait()
	if n := e.lostEvents.Load(); n > 0 {
		e.cfg.Log.Warn("rtp: events were not delivered in time", "count", n)
	}
	return nil
}

// Open binds a pair of sockets and returns a stream that neither sends nor receives before its first Configure. Party names
// whose stream it is, for Totals.
func (e *Engine) Open(party string) (*Stream, error) {
	if e.ended() {
		return nil, ErrClosed
	}
	p, err := e.ports.open()
	if err != nil {
		return nil, err
	}
	s := newStream(e, p)
	s.party = party
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		s.shut()
		return nil, ErrClosed
	}
	if err := errors.Join(s.serve(p.rtp, s.takeRTP), s.serve(p.rtcp, s.takeRTCP)); err != nil {
		s.shut()
		return nil, fmt.Errorf("rtp: receive on %s: %w", p.local, err)
	}
	e.streams[s] = struct{}{}
	return s, nil
}

func (e *Engine) ended() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.closed
}

func (e *Engine) drop(s *Stream) {
	e.mu.Lock()
	e.retire(s)
	delete(e.streams, s)
	e.mu.Unlock()
}

// snapshot appends the open streams to dst.
func (e *Engine) snapshot(dst []*Stream) []*Stream {
	e.mu.Lock()
	defer e.mu.Unlock()
	for s := range e.streams {
		dst = append(dst, s)
	}
	return dst
}

// Streams returns how many streams are open.
func (e *Engine) Streams() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.streams)
}

// kick has a stream's packets sent. It never blocks: should the queue be full, they go with the stream's next one.
func (e *Engine) kick(s *Stream) {
	if !s.sender.ready {
		return
	}
	s.sender.ready = false
	if s.out.queued.Swap(true) {
		return
	}
	select {
	case e.ready <- s:
	default:
		s.out.queued.Store(false)
	}
}

// egress sends the packets of all streams.
func (e *Engine) egress(ctx context.Context) {
	for {
		select {
		case s := <-e.ready:
			s.out.queued.Store(false)
			s.send(time.Since(e.epoch))
		case <-ctx.Done():
			return
		}
	}
}

// deliver calls the functions of OnEvent.
func (e *Engine) deliver(ctx context.Context) {
	for {
		select {
		case n := <-e.events:
			if f := n.s.notify.Load(); f != nil {
				(*f)(n.ev)
			}
		case <-ctx.Done():
			return
		}
	}
}
