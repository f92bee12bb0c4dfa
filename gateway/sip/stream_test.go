package sip

import (
	"bytes"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tipring/gateway/sip/siptest"
	"tipring/tdm"
)

// streamConn lets a text agent speak over a connection: what it reads are whole messages.
type streamConn struct {
	net.Conn
	held []byte
}

func (c *streamConn) ReadFrom(b []byte) (int, net.Addr, error) {
	buf := make([]byte, 4096)
	for {
		msg, rest, ok := frame(c.held)
		if !ok {
			return 0, nil, io.ErrUnexpectedEOF
		}
		if msg != nil {
			n := copy(b, msg)
			c.held = rest
			return n, c.RemoteAddr(), nil
		}
		n, err := c.Read(buf)
		if err != nil {
			return 0, nil, err
		}
		c.held = append(c.held, buf[:n]...)
	}
}

func (c *streamConn) WriteTo(b []byte, _ net.Addr) (int, error) {
	return c.Write(bytes.ReplaceAll(b, []byte("SIP/2.0/UDP"), []byte("SIP/2.0/TCP")))
}

func (w *world) tcpUA(from, user string) *siptest.UA {
	w.Helper()
	return siptest.New(w.T, &streamConn{Conn: w.connect(from)}, net.TCPAddrFromAddrPort(gatewayAddr), user)
}

func TestCallsOverTCP(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u := w.tcpUA("203.0.113.9:40000", "phone")
		u.Register("8000", "secret", 3600)
		if cs := w.s.Status().Accounts[0].Contacts; len(cs) != 1 || cs[0].Transport != "TCP" {
			t.Fatalf("%+v", cs)
		}
		// Called over the connection that it registered on, although its contact is unreachable.
		c := w.call(w.s.Account("alice"), tdm.Primitive{Called: "8000"})
		inv := u.Expect("INVITE")
		contains(t, inv.Get("Via"), "SIP/2.0/TCP")
		contains(t, inv.Get("Contact"), "transport=tcp")
		u.Respond(inv, "200 OK", "p", "", siptest.SDP("203.0.113.9:4000", ""))
		u.Expect("ACK")
		c.expect(tdm.Connect)
		u.Nothing(time.Minute) // nothing is repeated over TCP
		c.disconnect(0)
		u.Respond(u.Expect("BYE"), "200 OK", "", "", "")
		c.expect(tdm.Release)

		// A call from it: the 200 is repeated over TCP too (§13.3.1.4).
		m := u.Request("INVITE", "sip:201@10.0.0.1", "", siptest.SDP("203.0.113.9:4000", ""))
		u.Send(m.Text())
		res := u.Expect("401")
		u.AckFailure(m, res)
		m = u.Authorize(m, res, "8000", "secret", "MD5", 1)
		u.Send(m.Text())
		in := w.incoming()
		in.send(tdm.Connect)
		u.Expect("200 INVITE")
		ok := u.Expect("200 INVITE")
		d := u.ClientDialog(m, ok)
		d.Send("ACK", "", "")
		u.Conn.Close() // and then the line is cut
		synctest.Wait()
		if n := len(w.s.Status().Accounts[0].Contacts); n != 0 {
			t.Errorf("%d contacts over a connection that is gone", n)
		}
		in.disconnect(0)
		in.expect(tdm.Release)
	})
}

func TestTrunkOverTCP(t *testing.T) {
	cfg := testConfig()
	cfg.Trunks[0].Transport = "tcp"
	simulate(t, cfg, func(w *world) {
		l, err := w.net.Listen(netip.MustParseAddrPort("10.0.0.2:5060"))
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		c := w.call(w.s.Trunk("pbx"), tdm.Primitive{Called: "6001"})
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		u := siptest.New(w.T, &streamConn{Conn: conn}, conn.RemoteAddr(), "bob")
		inv := u.Expect("INVITE")
		if inv.URI() != "sip:6001@10.0.0.2;transport=tcp" {
			t.Errorf("Request-URI %s", inv.URI())
		}
		u.Respond(inv, "180 Ringing", "b", "", "")
		c.expect(tdm.Proceeding)
		c.expect(tdm.Alerting)
		// What comes back on a connection that we made is from the trunk.
		u.Send(u.Request("INVITE", "sip:201@10.0.0.1", "", answerSDP).Text())
		in := w.incoming()
		if in.Name() != "pbx" {
			t.Errorf("call from %s", in.Name())
		}
		in.disconnect(tdm.CauseUserBusy)
		u.Expect("486")
		conn.Close()
		if p := c.expect(tdm.Release); p.Cause != tdm.CauseNoUserResponding {
			t.Errorf("released with %+v", p)
		}
	})
}

func TestStoppingSendsWhatIsQueued(t *testing.T) {
	cfg := testConfig()
	cfg.Trunks[0].Transport = "tcp"
	simulate(t, cfg, func(w *world) {
		l, err := w.net.Listen(netip.MustParseAddrPort("10.0.0.2:5060"))
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		c := w.call(w.s.Trunk("pbx"), tdm.Primitive{Called: "6001"})
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		u := siptest.New(w.T, &streamConn{Conn: conn}, conn.RemoteAddr(), "bob")
		u.Respond(u.Expect("INVITE"), "200 OK", "b", "", answerSDP)
		u.Expect("ACK")
		c.expect(tdm.Connect)
		w.after = func() { u.Expect("BYE") }
	})
}

func TestNoConnectionToTheTrunk(t *testing.T) {
	cfg := testConfig()
	cfg.Trunks[0].Transport = "tcp"
	simulate(t, cfg, func(w *world) {
		start := time.Now()
		c := w.call(w.s.Trunk("pbx"), tdm.Primitive{Called: "6001"})
		c.expect(tdm.Release)
		if d := time.Since(start); d > time.Second {
			t.Errorf("gave up after %v", d)
		}
	})
}

func TestALargeInviteTakesTCP(t *testing.T) {
	long := strings.Repeat("1", 700)
	simulate(t, testConfig(), func(w *world) {
		l, err := w.net.Listen(netip.MustParseAddrPort("10.0.0.2:5060"))
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		w.call(w.s.Trunk("pbx"), tdm.Primitive{Called: long})
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		u := siptest.New(w.T, &streamConn{Conn: conn}, conn.RemoteAddr(), "bob")
		inv := u.Expect("INVITE")
		contains(t, inv.Get("Via"), "SIP/2.0/TCP") // §18.1.1
		u.Respond(inv, "484 Address Incomplete", "b", "", "")
		u.Expect("ACK")
	})
	// The peer does not listen for TCP: back to UDP.
	simulate(t, testConfig(), func(w *world) {
		u := w.ua(peerAddr.String(), "bob")
		w.call(w.s.Trunk("pbx"), tdm.Primitive{Called: long})
		inv := u.Expect("INVITE")
		u.Respond(inv, "484 Address Incomplete", "b", "", "")
		u.Expect("ACK")
	})
	// A little too large: it goes without what it can do without.
	simulate(t, testConfig(), func(w *world) {
		u := w.ua(peerAddr.String(), "bob")
		w.call(w.s.Trunk("pbx"), tdm.Primitive{Called: long[:300]})
		if inv := u.Expect("INVITE"); inv.Get("Allow") != "" || len(inv.Text()) > maxDatagram {
			t.Errorf("%d octets\n%v", len(inv.Text()), inv)
		}
	})
}

func TestStreamKeepAlive(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		c := w.connect("203.0.113.9:40000")
		defer c.Close()
		buf := make([]byte, 100)
		for range 20 {
			io.WriteString(c, "\r\n\r\n")
			if n, err := c.Read(buf); err != nil || string(buf[:n]) != "\r\n" {
				t.Fatalf("%q, %v", buf[:n], err)
			}
			time.Sleep(2 * time.Minute)
		}
	})
}

func TestSlowAndLargeStreamsAreCut(t *testing.T) {
	for _, row := range []struct {
		name, text string
		after      time.Duration
	}{
		{"never finished", "OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TCP x\r\n", streamMessage},
		{"body never comes", "OPTIONS sip:x SIP/2.0\r\nContent-Length: 10\r\n\r\n", streamMessage},
		{"silent", "", streamIdle},
		{"one line end", "\r\n", streamIdle},
		{"huge length", "OPTIONS sip:x SIP/2.0\r\nContent-Length: 999999999\r\n\r\n", 0},
		{"length beyond all bounds", "OPTIONS sip:x SIP/2.0\r\nl: 99999999999999999999\r\n\r\n", 0},
		{"no length", "OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TCP x\r\n\r\n", 0},
		{"negative length", "OPTIONS sip:x SIP/2.0\r\nContent-Length: -1\r\n\r\n", 0},
		{"two lengths", "OPTIONS sip:x SIP/2.0\r\nContent-Length: 1\r\nl: 2\r\n\r\n", 0},
		{"endless header", strings.Repeat("x", maxMessage+1), 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			simulate(t, testConfig(), func(w *world) {
				c := w.connect("203.0.113.9:40000")
				defer c.Close()
				start := time.Now()
				go io.WriteString(c, row.text)
				if _, err := io.ReadAll(c); err != nil && err != io.ErrClosedPipe {
					t.Error(err)
				}
				if d := time.Since(start); d != row.after {
					t.Errorf("cut after %v, want %v", d, row.after)
				}
			})
		})
	}
}

func TestADripDoesNotKeepAStreamOpen(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		c := w.connect("203.0.113.9:40000")
		defer c.Close()
		start := time.Now()
		io.WriteString(c, "OPTIONS sip:x SIP/2.0\r\n")
		for {
			if _, err := io.WriteString(c, "X: y\r\n"); err != nil {
				break
			}
			time.Sleep(time.Second)
		}
		if d := time.Since(start); d < streamMessage || d > streamMessage+time.Second {
			t.Errorf("cut after %v", d)
		}
	})
}

func TestStreamsAreBounded(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		var open []net.Conn
		for range maxStreamsPerAddr + 10 {
			open = append(open, w.connect("203.0.113.9:0"))
		}
		other := w.connect("203.0.113.10:0")
		open = append(open, other)
		synctest.Wait()
		w.s.transport.mu.Lock()
		n := len(w.s.transport.streams)
		w.s.transport.mu.Unlock()
		if n != maxStreamsPerAddr+1 {
			t.Errorf("%d connections", n)
		}
		for _, c := range open {
			c.Close()
		}
		synctest.Wait()
		if n := len(w.s.transport.perAddr); n != 0 {
			t.Errorf("%d addresses still counted", n)
		}
	})
}

func TestAPeerThatDoesNotReadIsCut(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		c := w.connect("203.0.113.9:40000")
		defer c.Close()
		msg := siptest.Wire("OPTIONS sip:x SIP/2.0\nVia: SIP/2.0/TCP 203.0.113.9;branch=z9hG4bKx\nFrom: <sip:a@b>;tag=1\nTo: <sip:b@b>\nCall-ID: 1\nCSeq: 1 OPTIONS\n")
		n := 0
		for range 10 * streamQueue {
			if _, err := io.WriteString(c, msg); err != nil {
				break
			}
			n++
		}
		if n == 10*streamQueue {
			t.Error("answers pile up without bound")
		}
	})
}

func TestFrame(t *testing.T) {
	one := "A b SIP/2.0\r\nContent-Length : 3\r\n\r\nabc"
	two := "B c SIP/2.0\r\nL:0\r\n\r\n"
	all := one + two + "C"
	for cut := range len(all) {
		var got []string
		var held []byte
		for _, part := range []string{all[:cut], all[cut:]} {
			held = append(held, part...)
			for {
				msg, rest, ok := frame(held)
				if !ok {
					t.Fatalf("cut at %d", cut)
				}
				held = rest
				if msg == nil {
					break
				}
				got = append(got, string(msg))
			}
		}
		if len(got) != 2 || got[0] != one || got[1] != two || string(held) != "C" {
			t.Errorf("cut at %d: %q, left %q", cut, got, held)
		}
	}
}

func FuzzFrame(f *testing.F) {
	f.Add([]byte("A b SIP/2.0\r\nContent-Length: 3\r\n\r\nabcB"))
	f.Add([]byte("\r\n\r\n\r\nl:0\r\n\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for n := 0; ; n++ {
			msg, rest, ok := frame(data)
			if !ok || msg == nil {
				return
			}
			if len(msg)+len(rest) != len(data) || len(msg) == 0 {
				t.Fatalf("%d + %d octets of %d", len(msg), len(rest), len(data))
			}
			parseMessage(msg)
			data = rest
		}
	})
}
