package sip

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tipring/gateway/call"
	"tipring/gateway/netsim"
	"tipring/gateway/rtp"
	"tipring/gateway/sip/siptest"
	"tipring/tdm"
)

// A world is a server on a network made of channels, in fake time, with a call that does what the test says.
type world struct {
	*testing.T
	net   *netsim.Net
	s     *Server
	calls chan *side // incoming ones
	after func()     // looks at what stopping left
}

// A side stands for the call behind a party.
type side struct {
	call.Party
	*testing.T
	setup tdm.Primitive
	up    chan tdm.Primitive
}

var (
	gatewayAddr = netip.MustParseAddrPort("10.0.0.1:5060")
	peerAddr    = netip.MustParseAddrPort("10.0.0.2:5060")
)

func testConfig() Config {
	return Config{
		Digests:  []string{"SHA-256", "MD5"},
		Accounts: []Account{{Name: "alice", User: "8000", DisplayName: "Alice", Password: "secret"}},
		Trunks:   []Trunk{{Name: "pbx", Host: "10.0.0.2", Trusted: true}},
	}
}

// simulate runs a test in a bubble. At its end the server is stopped and nothing may be left.
func simulate(t *testing.T, cfg Config, test func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, net: netsim.New(), calls: make(chan *side, 1000)}
		packet, err := w.net.ListenPacket(gatewayAddr)
		if err != nil {
			t.Fatal(err)
		}
		stream, err := w.net.Listen(gatewayAddr)
		if err != nil {
			t.Fatal(err)
		}
		engine, err := rtp.NewEngine(rtp.Config{IP: gatewayAddr.Addr(), ListenPacket: func(a netip.AddrPort) (rtp.PacketConn, error) {
			return w.net.ListenPacket(a)
		}})
		if err != nil {
			t.Fatal(err)
		}
		cfg.Listen = []Listen{{Packet: packet}, {Stream: stream}}
		cfg.Engine = engine
		cfg.Dial = func(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
			return w.net.Dial(ctx, netip.AddrPortFrom(gatewayAddr.Addr(), 0), to)
		}
		if cfg.Resolve == nil { // the system's resolver has no place in a bubble
			cfg.Resolve = func(_ context.Context, host string) ([]netip.Addr, error) {
				return nil, errors.New("no such host " + host)
			}
		}
		cfg.Incoming = func(p call.Party, setup tdm.Primitive) call.Up {
			c := &side{Party: p, T: t, setup: setup, up: make(chan tdm.Primitive, 100)}
			w.calls <- c
			return func(p tdm.Primitive) { c.up <- p }
		}
		if testing.Verbose() && cfg.Log == nil {
			cfg.Log = slog.New(slog.NewTextHandler(&logWriter{t: t}, &slog.HandlerOptions{Level: slog.LevelDebug}))
		}
		w.s, err = New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		w.s.took = take
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		wg.Go(func() { engine.Run(ctx) })
		wg.Go(func() {
			if err := w.s.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		func() {
			defer wg.Wait() // a test that fails in the middle leaves no goroutine either
			defer cancel()
			test(w)
		}()
		if st := w.s.Status(); st.Dialogs != 0 {
			t.Errorf("%d dialogs left", st.Dialogs)
		}
		if w.after != nil {
			w.after()
		}
	})
}

type logWriter struct{ t *testing.T }

func (w *logWriter) Write(b []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(b)))
	return len(b), nil
}

// ua puts a peer on the network.
func (w *world) ua(addr, user string) *siptest.UA {
	w.Helper()
	conn, err := w.net.ListenPacket(netip.MustParseAddrPort(addr))
	if err != nil {
		w.Fatal(err)
	}
	return siptest.New(w.T, conn, net.UDPAddrFromAddrPort(gatewayAddr), user)
}

// connect opens a stream connection to the server.
func (w *world) connect(from string) net.Conn {
	w.Helper()
	c, err := w.net.Dial(w.Context(), netip.MustParseAddrPort(from), gatewayAddr)
	if err != nil {
		w.Fatal(err)
	}
	return c
}

// incoming waits for a call.
func (w *world) incoming() *side {
	w.Helper()
	select {
	case c := <-w.calls:
		return c
	case <-time.After(siptest.Patience):
		w.Fatal("no call came in")
	}
	return nil
}

func (w *world) noCall() {
	w.Helper()
	synctest.Wait()
	select {
	case c := <-w.calls:
		w.Fatalf("a call to %q came in", c.setup.Called)
	default:
	}
}

// call starts one to an endpoint.
func (w *world) call(e call.Endpoint, setup tdm.Primitive) *side {
	setup.Kind = tdm.Setup
	c := &side{T: w.T, setup: setup, up: make(chan tdm.Primitive, 100)}
	c.Party = e.Call(setup, func(p tdm.Primitive) { c.up <- p })
	return c
}

// expect waits for a primitive of this kind and fails on another.
func (c *side) expect(kind tdm.PrimitiveKind) tdm.Primitive {
	c.Helper()
	select {
	case p := <-c.up:
		if p.Kind != kind {
			c.Fatalf("%s: got %v %+v, want %v", c.Name(), p.Kind, p, kind)
		}
		return p
	case <-time.After(2 * siptest.Patience):
		c.Fatalf("%s: %v did not come", c.Name(), kind)
	}
	return tdm.Primitive{}
}

// silent fails if anything comes up until every goroutine waits.
func (c *side) silent() {
	c.Helper()
	synctest.Wait()
	select {
	case p := <-c.up:
		c.Fatalf("%s: unexpected %v %+v", c.Name(), p.Kind, p)
	default:
	}
}

func (c *side) send(kind tdm.PrimitiveKind) { c.Send(tdm.Primitive{Kind: kind}) }

func (c *side) disconnect(cause tdm.Cause) { c.Send(tdm.Primitive{Kind: tdm.Disconnect, Cause: cause}) }

// answeredCall is a call from the trunk that stands.
func (w *world) answeredCall() (*siptest.UA, *siptest.Dialog, *side) {
	w.Helper()
	u := w.ua(peerAddr.String(), "bob")
	inv := u.Request("INVITE", "sip:201@10.0.0.1", "", siptest.SDP("10.0.0.2:4000", ""))
	u.Send(inv.Text())
	c := w.incoming()
	c.send(tdm.Connect)
	ok := u.Expect("200 INVITE")
	d := u.ClientDialog(inv, ok)
	d.Send("ACK", "", "")
	synctest.Wait()
	return u, d, c
}

func contains(t *testing.T, text, want string) {
	t.Helper()
	if !strings.Contains(text, want) {
		t.Errorf("%q is not in\n%s", want, text)
	}
}

func lacks(t *testing.T, text, unwanted string) {
	t.Helper()
	if strings.Contains(text, unwanted) {
		t.Errorf("%q is in\n%s", unwanted, text)
	}
}
