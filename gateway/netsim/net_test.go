package netsim

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

var (
	alice = netip.MustParseAddrPort("10.0.0.1:5060")
	bob   = netip.MustParseAddrPort("10.0.0.2:5060")
)

func TestDatagramsArriveInOrderAndReadersLetFakeTimePass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New()
		a, err := n.ListenPacket(alice)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := n.ListenPacket(bob)
		got := make(chan string, 3)
		go func() {
			buf := make([]byte, 100)
			for {
				k, from, err := b.ReadFromUDPAddrPort(buf)
				if err != nil {
					close(got)
					return
				}
				got <- from.String() + " " + string(buf[:k])
			}
		}()
		n.Filter(func(_, _ netip.AddrPort, data []byte) bool { return string(data) != "lost" })
		start := time.Now()
		for _, s := range []string{"one", "lost", "two"} {
			a.WriteTo([]byte(s), b.LocalAddr())
			time.Sleep(time.Minute)
		}
		if d := time.Since(start); d != 3*time.Minute {
			t.Errorf("fake time advanced by %v", d)
		}
		b.Close()
		for _, want := range []string{"10.0.0.1:5060 one", "10.0.0.1:5060 two"} {
			if g := <-got; g != want {
				t.Errorf("got %q, want %q", g, want)
			}
		}
		if g, more := <-got; more {
			t.Errorf("got %q after Close", g)
		}
	})
}

func TestAnAddressIsTakenUntilItsSocketIsClosed(t *testing.T) {
	n := New()
	a, _ := n.ListenPacket(alice)
	if _, err := n.ListenPacket(alice); err == nil {
		t.Error("listened twice on one address")
	}
	a.Close()
	if n.Open() != 0 {
		t.Errorf("%d sockets open", n.Open())
	}
	if _, err := n.ListenPacket(alice); err != nil {
		t.Error(err)
	}
	if _, err := a.WriteToUDPAddrPort(nil, bob); !errors.Is(err, net.ErrClosed) {
		t.Errorf("write on a closed socket: %v", err)
	}
	p, _ := n.ListenPacket(netip.AddrPortFrom(alice.Addr(), 0))
	q, _ := n.ListenPacket(netip.AddrPortFrom(alice.Addr(), 0))
	if p.AddrPort() == q.AddrPort() || p.AddrPort().Port()%2 != 0 {
		t.Errorf("free ports %v and %v", p.AddrPort(), q.AddrPort())
	}
}

func TestReadDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New()
		a, _ := n.ListenPacket(alice)
		a.SetReadDeadline(time.Now().Add(time.Second))
		if _, _, err := a.ReadFrom(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("read after the deadline: %v", err)
		}
	})
}

func TestConnectionsHaveTheirAddresses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New()
		if _, err := n.Dial(t.Context(), netip.AddrPortFrom(alice.Addr(), 0), bob); err == nil {
			t.Fatal("connected to nobody")
		}
		l, _ := n.Listen(bob)
		go func() {
			c, err := l.Accept()
			if err != nil {
				return
			}
			io.WriteString(c, c.RemoteAddr().String())
			c.Close()
		}()
		c, err := n.Dial(context.Background(), alice, bob)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(c)
		if string(text) != alice.String() || c.RemoteAddr().String() != bob.String() {
			t.Errorf("far end sees %q, near end %v", text, c.RemoteAddr())
		}
		l.Close()
		if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("accept after close: %v", err)
		}
	})
}
