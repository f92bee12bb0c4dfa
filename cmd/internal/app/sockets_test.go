package app

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tipring/gateway/config"
	"tipring/gateway/rtp"
	"tipring/hw/emu"
)

// sockets counts those that a gateway has opened and not closed.
type sockets struct{ open, opened atomic.Int64 }

// counted returns a Network whose sockets are counted until they are closed.
func (s *sockets) counted(n Network) Network {
	return Network{
		Packet: func(addr string) (net.PacketConn, error) {
			c, err := n.packet(addr)
			if err != nil {
				return nil, err
			}
			return countedPacket{c, s.closer(c.Close)}, nil
		},
		Stream: func(addr string) (net.Listener, error) {
			l, err := n.stream(addr)
			if l == nil || err != nil {
				return nil, err
			}
			return countedListener{l, s, s.closer(l.Close)}, nil
		},
		Media: func(addr netip.AddrPort) (rtp.PacketConn, error) {
			c, err := n.Media(addr)
			if err != nil {
				return nil, err
			}
			return countedMedia{c, s.closer(c.Close)}, nil
		},
		Dial: func(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
			c, err := n.Dial(ctx, to)
			if err != nil {
				return nil, err
			}
			return countedConn{c, s.closer(c.Close)}, nil
		},
	}
}

// closer counts a socket until it is closed for the first time.
func (s *sockets) closer(close func() error) func() error {
	s.open.Add(1)
	s.opened.Add(1)
	var once sync.Once
	return func() error {
		once.Do(func() { s.open.Add(-1) })
		return close()
	}
}

type countedPacket struct {
	net.PacketConn
	close func() error
}

func (c countedPacket) Close() error { return c.close() }

type countedMedia struct {
	rtp.PacketConn
	close func() error
}

func (c countedMedia) Close() error { return c.close() }

type countedConn struct {
	net.Conn
	close func() error
}

func (c countedConn) Close() error { return c.close() }

type countedListener struct {
	net.Listener
	s     *sockets
	close func() error
}

func (l countedListener) Close() error { return l.close() }

func (l countedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return countedConn{c, l.s.closer(c.Close)}, nil
}

// On the host's own sockets, a gateway that has had a call and was stopped leaves no descriptor and no goroutine.
func TestNothingOpenAfterTheEnd(t *testing.T) {
	descriptors := func() int {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skipf("no list of descriptors here: %v", err)
		}
		return len(list)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	// What the process opens once and keeps, such as the runtime's poller, is there after the first life.
	aLife(ctx, t)
	files, goroutines := descriptors(), runtime.NumGoroutine()
	aLife(ctx, t)
	// A goroutine that has told its WaitGroup that it is done may take a moment to go.
	for (descriptors() > files || runtime.NumGoroutine() > goroutines) && ctx.Err() == nil {
		runtime.Gosched()
	}
	if n := descriptors(); n > files {
		t.Errorf("%d descriptors are open, before it were %d", n, files)
	}
	if n := runtime.NumGoroutine(); n > goroutines {
		stacks := make([]byte, 1<<20)
		t.Errorf("%d goroutines run, before it were %d:\n%s", n, goroutines, stacks[:runtime.Stack(stacks, true)])
	}
}

// aLife is a gateway with one call to the echo test.
func aLife(ctx context.Context, t *testing.T) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := config.Default("")
	must(err)
	cfg.Data.Dir = t.TempDir()
	must(cfg.Override("127.0.0.1:0", "127.0.0.1:0", ""))
	app, err := New(Options{Config: cfg, Log: slog.New(slog.DiscardHandler), Version: "test"})
	must(err)
	run, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- app.Run(run) }()
	<-app.Ready()
	p := app.Phone("fxs1")
	must(p.OffHook())
	_, err = p.Await(ctx, emu.Tone("dial"))
	must(err)
	must(p.Dial(ctx, "*43", false))
	for answered := false; !answered; {
		_, err = p.Record(ctx, 20*time.Millisecond)
		must(err)
		calls := app.Calls()
		answered = len(calls) == 1 && !calls[0].Answered.IsZero()
	}
	must(p.OnHook())
	stop()
	must(<-ended)
}
