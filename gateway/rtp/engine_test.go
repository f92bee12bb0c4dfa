package rtp

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
)

// Looking for a port, which may take thousands of attempts, keeps nobody else from the engine; and an engine that has ended
// meanwhile leaves no socket behind.
func TestOpenBindsWithoutTheLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire()
		held, release := netip.AddrPort{}, make(chan struct{})
		var mu sync.Mutex
		e, err := NewEngine(Config{IP: localIP, PortMin: 30000, PortMax: 30007, ListenPacket: func(a netip.AddrPort) (PacketConn, error) {
			mu.Lock()
			wait := a == held
			mu.Unlock()
			if wait {
				<-release
			}
			return w.listen(a)
		}})
		if err != nil {
			t.Fatal(err)
		}
		first, err := e.Open("a")
		if err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		held = netip.AddrPortFrom(localIP, 30000+(first.Local().Port()-30000+2)%8)
		mu.Unlock()
		result := make(chan error)
		go func() {
			_, err := e.Open("b")
			result <- err
		}()
		synctest.Wait()
		if n := e.Streams(); n != 1 {
			t.Errorf("%d streams while one is being opened, want 1", n)
		}
		first.Close()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := e.Run(ctx); err != nil {
			t.Error(err)
		}
		close(release)
		if err := <-result; !errors.Is(err, ErrClosed) {
			t.Errorf("opened in an engine that has ended: %v", err)
		}
		if n := len(w.conns); n != 0 {
			t.Errorf("%d sockets left", n)
		}
	})
}

// Every pair of the range is found, each once, by callers that look at the same time.
func TestOpenAtOnceFindsEveryPair(t *testing.T) {
	w := newWire()
	e, err := NewEngine(Config{IP: localIP, PortMin: 30000, PortMax: 30015, ListenPacket: w.listen})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var streams [8]*Stream
	for i := range streams {
		wg.Go(func() {
			s, err := e.Open("a")
			if err != nil {
				t.Error(err)
				return
			}
			streams[i] = s
		})
	}
	wg.Wait()
	if _, err := e.Open("a"); err == nil {
		t.Error("a ninth stream on eight pairs")
	}
	for _, s := range streams {
		if s != nil {
			s.Close()
		}
	}
	e.readers.Wait()
	if n := len(w.conns); n != 0 {
		t.Errorf("%d sockets left", n)
	}
}
