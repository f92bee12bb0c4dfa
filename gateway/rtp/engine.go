package rtp

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"sync"
)

// Config is what an Engine needs.
type Config struct {
	IP netip.Addr // local address of all sockets
	// PortMin and PortMax bound the local ports, both included; 0 and 0: any free even port and its successor.
	PortMin, PortMax uint16
	// ListenPacket opens a socket; nil: UDP. Port 0 asks for any free port.
	ListenPacket func(netip.AddrPort) (PacketConn, error)
	CNAME        string // RTCP canonical name (RFC 3550 §6.5.1); "": made up
	Log          *slog.Logger
}

// ErrClosed is what an Engine that has been shut down answers.
var ErrClosed = errors.New("rtp: engine closed")

// An Engine owns the sockets of its streams and the goroutines that serve them.
type Engine struct {
	cfg   Config
	ports *ports

	mu      sync.Mutex // guards ports, streams, closed; never taken by a pump
	streams map[*Stream]struct{}
	closed  bool
}

// NewEngine checks the configuration. It opens and starts nothing.
func NewEngine(c Config) (*Engine, error) {
	p, err := newPorts(c)
	if err != nil {
		return nil, err
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Engine{cfg: c, ports: p, streams: map[*Stream]struct{}{}}, nil
}

// Run sends what streams have to send until ctx is done, then closes the streams that are left.
func (e *Engine) Run(ctx context.Context) error {
	<-ctx.Done()
	e.mu.Lock()
	e.closed = true
	left := make([]*Stream, 0, len(e.streams))
	for s := range e.streams {
		left = append(left, s)
	}
	e.mu.Unlock()
	for _, s := range left {
		s.Close()
	}
	return nil
}

// Open binds a pair of sockets and returns a stream that neither sends nor receives before its first Configure.
func (e *Engine) Open() (*Stream, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, ErrClosed
	}
	p, err := e.ports.open()
	if err != nil {
		return nil, err
	}
	s := newStream(e, p)
	e.streams[s] = struct{}{}
	return s, nil
}
