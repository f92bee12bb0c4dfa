//go:build linux && (amd64 || arm64 || arm)

package rtp

import (
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
)

// listener opens a socket of ours whose datagrams come out of a channel.
func listener(t *testing.T, n *sockets, wg *sync.WaitGroup, addr string) (*udpSocket, chan datagram) {
	t.Helper()
	c, err := n.listen(netip.MustParseAddrPort(addr))
	if err != nil {
		t.Fatal(err)
	}
	ch := make(chan datagram, 64)
	served, err := n.serve(c, func(b []byte, from netip.AddrPort) { ch <- datagram{slices.Clone(b), from} }, wg.Go)
	if err != nil || !served {
		t.Fatalf("serve: %v, %v", served, err)
	}
	return c.(*udpSocket), ch
}

func TestPoller(t *testing.T) {
	for _, ip := range []string{"127.0.0.1", "[::1]"} {
		var n sockets
		var wg sync.WaitGroup
		a, fromA := listener(t, &n, &wg, ip+":0")
		b, fromB := listener(t, &n, &wg, ip+":0")
		for i := range 20 {
			if _, err := a.WriteToUDPAddrPort([]byte{byte(i)}, b.local); err != nil {
				t.Fatal(err)
			}
			if _, err := b.WriteToUDPAddrPort([]byte{byte(i), 1}, a.local); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 20 {
			if d := <-fromB; d.from != a.local || d.b[0] != byte(i) || len(d.b) != 1 {
				t.Fatalf("%s: datagram %d from %s: %v", ip, i, d.from, d.b)
			}
			if d := <-fromA; d.from != b.local || d.b[0] != byte(i) || len(d.b) != 2 {
				t.Fatalf("%s: datagram %d from %s: %v", ip, i, d.from, d.b)
			}
		}
		if _, err := n.listen(a.local); err == nil {
			t.Errorf("%s: the same port twice", ip)
		}
		// A socket that has the descriptor of one that was closed gets its own datagrams.
		n.forget(a)
		a.Close()
		c, fromC := listener(t, &n, &wg, ip+":0")
		if _, err := b.WriteToUDPAddrPort([]byte("new"), c.local); err != nil {
			t.Fatal(err)
		}
		if d := <-fromC; string(d.b) != "new" {
			t.Errorf("%s: %q", ip, d.b)
		}
		if _, err := a.WriteToUDPAddrPort([]byte{1}, b.local); err != net.ErrClosed {
			t.Errorf("%s: write after Close: %v", ip, err)
		}
		if _, _, err := a.ReadFromUDPAddrPort(make([]byte, 9)); err != net.ErrClosed {
			t.Errorf("%s: read after Close: %v", ip, err)
		}
		if err := a.Close(); err != net.ErrClosed {
			t.Errorf("%s: second Close: %v", ip, err)
		}
		for _, s := range []*udpSocket{b, c} {
			n.forget(s)
			s.Close()
		}
		wg.Wait() // the goroutine ends with the last socket
		if n.poll != nil {
			t.Errorf("%s: the poller is left", ip)
		}
	}
}

func TestSocketsDoNotAllocate(t *testing.T) {
	a, err := listenSocket(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	buf := make([]byte, 172)
	if n := testing.AllocsPerRun(200, func() {
		if _, err := a.WriteToUDPAddrPort(buf, a.local); err != nil {
			t.Fatal(err)
		}
		if _, from, err := a.ReadFromUDPAddrPort(buf); err != nil || from != a.local {
			t.Fatal(from, err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a datagram", n)
	}
	for _, to := range []netip.AddrPort{{}, addr("[2001:db8::1]:5000")} {
		if _, err := a.WriteToUDPAddrPort(buf, to); err == nil {
			t.Errorf("an IPv4 socket sends to %v", to)
		}
	}
}
