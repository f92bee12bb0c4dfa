package sip

import (
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	pion "github.com/pion/rtp"

	"tipring/gateway/netsim"
	"tipring/gateway/rtp"
	"tipring/gateway/sip/siptest"
	"tipring/tdm"
)

func (c *side) media() rtp.Params {
	synctest.Wait()
	return c.Party.(*leg).applied
}

func TestHoldAndRetrieve(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u, d, c := w.answeredCall()
		version := func(body string) string { return strings.Fields(body)[3] }
		var last string
		for _, row := range []struct {
			offer, answer string
			send, recv    bool
			event         string
		}{
			{"sendonly", "a=recvonly", false, true, "hold"},
			{"sendonly", "a=recvonly", false, true, ""}, // a mere refresh
			{"sendrecv", "a=sendrecv", true, true, "retrieve"},
			{"inactive", "a=inactive", false, false, "hold"},
			{"recvonly", "a=sendonly", true, false, "retrieve"},
			{"", "a=sendrecv", true, true, ""},
		} {
			d.Send("INVITE", "", siptest.SDP("10.0.0.2:4000", row.offer))
			ok := u.Expect("200 INVITE")
			contains(t, ok.Body, row.answer)
			if same := version(ok.Body) == last; same != (row.event == "" && row.offer != "") {
				t.Errorf("%s: version %s after %s", row.offer, version(ok.Body), last)
			}
			last = version(ok.Body)
			d.Send("ACK", "", "")
			if p := c.media(); p.Send != row.send || p.Recv != row.recv {
				t.Errorf("%s: stream sends %v, receives %v", row.offer, p.Send, p.Recv)
			}
			if row.event != "" {
				if p := c.expect(tdm.Notify); p.Event != row.event {
					t.Errorf("%s: told %q", row.offer, p.Event)
				}
			}
			c.silent()
		}
	})
}

func TestHoldByAddress(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u, d, c := w.answeredCall()
		d.Send("INVITE", "", strings.Replace(siptest.SDP("10.0.0.2:4000", ""), "c=IN IP4 10.0.0.2", "c=IN IP4 0.0.0.0", 1))
		contains(t, u.Expect("200 INVITE").Body, "a=recvonly")
		d.Send("ACK", "", "")
		if p := c.media(); p.Remote.IsValid() || p.Send {
			t.Errorf("stream has %+v", p)
		}
	})
}

func TestUpdate(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u, d, c := w.answeredCall()
		d.Send("UPDATE", "", siptest.SDP("10.0.0.2:4002", "sendonly"))
		contains(t, u.Expect("200 UPDATE").Body, "a=recvonly")
		if p := c.media(); p.Remote.Port() != 4002 {
			t.Errorf("media goes to %v", p.Remote)
		}
		d.Send("UPDATE", "", "") // session refresh of a peer with a timer
		if ok := u.Expect("200 UPDATE"); ok.Body != "" || ok.Contact() == "" {
			t.Errorf("refresh answered with\n%v", ok)
		}
	})
}

func TestEmptyReinviteIsADelayedOffer(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u, d, c := w.answeredCall()
		d.Send("INVITE", "", "")
		ok := u.Expect("200 INVITE")
		contains(t, ok.Body, "RTP/AVP 8 0 13 101")
		u.Expect("200 INVITE") // repeated until the ACK
		d.Send("ACK", "", siptest.SDP("10.0.0.2:4004", ""))
		if p := c.media(); p.Remote.Port() != 4004 {
			t.Errorf("media goes to %v", p.Remote)
		}
		u.Nothing(time.Minute)
	})
}

func TestRefusedReinviteChangesNothing(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u, d, c := w.answeredCall()
		before := c.media()
		inv := d.Send("INVITE", "", strings.Replace(siptest.SDP("10.0.0.2:4000", ""), "8 0 101", "18", 1))
		u.AckFailure(inv, u.Expect("488"))
		inv = d.Send("INVITE", "", "v=0\nnonsense")
		u.AckFailure(inv, u.Expect("400"))
		if c.media() != before {
			t.Errorf("stream has %+v", c.media())
		}
		d.Send("BYE", "", "")
		u.Expect("200 BYE")
		c.expect(tdm.Release)
	})
}

func TestGlare(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u, d, c := w.answeredCall()
		c.Party.(*leg).Hold(true)
		inv := u.Expect("INVITE")
		contains(t, inv.Body, "a=sendonly")
		theirs := d.Send("INVITE", "", siptest.SDP("10.0.0.2:4000", ""))
		u.AckFailure(theirs, u.Expect("491")) // §14.2: ours is under way
		u.Respond(inv, "491 Request Pending", "", "", "")
		u.Expect("ACK")
		start := time.Now()
		again := u.Expect("INVITE")
		if d := time.Since(start); d > 2*time.Second { // §14.1: the Call-ID is the peer's
			t.Errorf("tried again after %v", d)
		}
		u.Respond(again, "200 OK", "", "", siptest.SDP("10.0.0.2:4000", "recvonly"))
		u.Expect("ACK")
		if p := c.media(); !p.Send || p.Recv {
			t.Errorf("stream has %+v", p)
		}
		c.silent() // we hold, the peer does not
		c.Party.(*leg).Hold(false)
		inv = u.Expect("INVITE")
		contains(t, inv.Body, "a=sendrecv")
		u.Respond(inv, "200 OK", "", "", siptest.SDP("10.0.0.2:4000", ""))
		u.Expect("ACK")
	})
}

func TestGlareWhenTheCallIDIsOurs(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u := w.ua(peerAddr.String(), "bob")
		c := w.call(w.s.Trunk("pbx"), tdm.Primitive{Called: "6001"})
		u.Respond(u.Expect("INVITE"), "200 OK", "b", "", answerSDP)
		u.Expect("ACK")
		c.expect(tdm.Connect)
		c.Party.(*leg).Hold(true)
		u.Respond(u.Expect("INVITE"), "491 Request Pending", "", "", "")
		u.Expect("ACK")
		start := time.Now()
		u.Expect("INVITE")
		if d := time.Since(start); d < 2100*time.Millisecond || d > 4*time.Second {
			t.Errorf("tried again after %v", d)
		}
	})
}

func TestReinviteToALostDialogClearsTheCall(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u, _, c := w.answeredCall()
		c.Party.(*leg).Hold(true)
		u.Respond(u.Expect("INVITE"), "481 Gone", "", "", "")
		u.Expect("ACK")
		u.Expect("BYE")
		c.expect(tdm.Release)
	})
}

func TestInfoDigits(t *testing.T) {
	for _, row := range []struct{ kind, body, status, want string }{
		{"application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", "200", "5"},
		{"application/dtmf-relay", "Signal= *\r\n", "200", "*"},
		{"application/dtmf-relay", "Signal=11\r\n", "200", "#"},
		{"application/dtmf-relay", "signal=d\r\n", "200", "D"},
		{"application/dtmf", "7", "200", "7"},
		{"application/dtmf-relay", "Signal=hf\r\n", "200", "!"},
		{"application/dtmf-relay", "Signal=\r\n", "400", ""},
		{"application/dtmf-relay", "Duration=1", "400", ""},
		{"application/dtmf", "x", "400", ""},
		{"application/media_control+xml", "<x/>", "415", ""},
		{"", "", "200", ""},
	} {
		t.Run(row.kind+" "+row.body, func(t *testing.T) {
			simulate(t, testConfig(), func(w *world) {
				u, d, c := w.answeredCall()
				extra := ""
				if row.kind != "" {
					extra = "Content-Type: " + row.kind + "\n"
				}
				m := d.Request("INFO", extra, row.body)
				m.Body = row.body
				m.Set("Content-Length", strconv.Itoa(len(row.body)))
				u.Send(m.Text())
				u.Expect(row.status + " INFO")
				switch row.want {
				case "":
				case "!":
					if p := c.expect(tdm.Notify); p.Event != "hookflash" {
						t.Errorf("got %+v", p)
					}
				default:
					if p := c.expect(tdm.Information); string(p.Digit) != row.want {
						t.Errorf("got %q", p.Digit)
					}
				}
				c.silent()
			})
		})
	}
}

func TestRequestsInTheDialog(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u, d, c := w.answeredCall()
		d.Send("OPTIONS", "", "")
		u.Expect("200 OPTIONS")
		d.Send("REFER", "Refer-To: <sip:1@10.0.0.3>\n", "")
		contains(t, u.Expect("405").Get("Allow"), "INVITE")
		d.Send("FROBNICATE", "", "")
		u.Expect("501")
		stale := d.Request("INFO", "", "")
		stale.Set("CSeq", "1 INFO")
		u.Send(stale.Text())
		u.Expect("500") // §12.2.2
		foreign := d.Request("BYE", "", "")
		foreign.Set("To", "<sip:201@10.0.0.1>;tag=guess")
		u.Send(foreign.Text())
		u.Expect("481")
		foreign = d.Request("UPDATE", "", siptest.SDP("10.6.6.6:4000", ""))
		foreign.Set("From", "<sip:bob@10.0.0.2>;tag=guess")
		u.Send(foreign.Text())
		u.Expect("481")
		c.silent()
	})
}

func TestMediaSourceIsLearnedBehindANAT(t *testing.T) {
	for _, row := range []struct {
		name, from, sdp, learn string
	}{
		{"private, signalled from elsewhere", "10.0.0.2:5060", "192.168.1.5:4000", "10.0.0.2"},
		{"public", "10.0.0.2:5060", "198.51.100.7:4000", "10.0.0.2"},
		{"the signalling's own address", "10.0.0.2:5060", "10.0.0.2:4000", ""},
		{"public, signalled on this host", "127.0.0.1:5060", "198.51.100.7:4000", "127.0.0.1"},
		{"private, signalled on this host", "127.0.0.1:5060", "192.168.1.5:4000", "127.0.0.1"},
		{"signalled and heard on this host", "127.0.0.1:5060", "127.0.0.1:4000", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			cfg := testConfig()
			cfg.Trunks[0].Host = netip.MustParseAddrPort(row.from).Addr().String()
			simulate(t, cfg, func(w *world) {
				u := w.ua(row.from, "bob")
				u.Send(u.Request("INVITE", "sip:201@10.0.0.1", "", siptest.SDP(row.sdp, "")).Text())
				c := w.incoming()
				c.send(tdm.Connect)
				u.Expect("200")
				p := c.media()
				if prefer := strings.HasPrefix(row.name, "public"); p.Prefer != prefer {
					t.Errorf("prefers the address in the SDP: %t", p.Prefer)
				}
				if want, _ := netip.ParseAddr(row.learn); p.LearnFrom != want || p.Remote.String() != row.sdp {
					t.Errorf("learns from %v, sends to %v", p.LearnFrom, p.Remote)
				}
			})
		})
	}
}

// A peer behind a translator is heard at the port that sends first. When that port moves, a re-INVITE with the very same
// description, and nothing less, lets the new one be learned.
func TestReinviteLearnsTheSourceAnew(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u := w.ua(peerAddr.String(), "bob")
		sdp := siptest.SDP("192.168.1.5:4000", "")
		inv := u.Request("INVITE", "sip:201@10.0.0.1", "", sdp)
		u.Send(inv.Text())
		c := w.incoming()
		c.Send(tdm.Primitive{Kind: tdm.Progress, InBand: true})
		u.Expect("183 INVITE")
		stream := c.Party.(*leg).stream
		at := int64(0)
		var seq uint16
		// drain reads the packets that have come to a port.
		drain := func(port *netsim.PacketConn) (n int) {
			port.SetReadDeadline(time.Now().Add(time.Millisecond))
			for b := make([]byte, 2048); ; n++ {
				if _, _, err := port.ReadFromUDPAddrPort(b); err != nil {
					return n
				}
			}
		}
		// exchange has a port of the translator send one packet and the gateway two blocks, and says how many came back.
		exchange := func(port *netsim.PacketConn) (heard bool, back int) {
			drain(port)
			before := stream.Stats().Received
			seq++
			packet, err := (&pion.Packet{Header: pion.Header{Version: 2, PayloadType: 8, SequenceNumber: seq, Timestamp: 160 * uint32(seq),
				SSRC: 7}, Payload: make([]byte, 160)}).Marshal()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := port.WriteToUDPAddrPort(packet, stream.Local()); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			block := make([]int16, 160)
			for range 2 {
				stream.Tick(at, block, block)
				at += 160
			}
			synctest.Wait()
			return stream.Stats().Received > before, drain(port)
		}
		port := func(addr string) *netsim.PacketConn {
			p, err := w.net.ListenPacket(netip.MustParseAddrPort(addr))
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		expect := func(when string, p *netsim.PacketConn, want bool) {
			t.Helper()
			if heard, back := exchange(p); heard != want || (back == 2) != want || !want && back != 0 {
				t.Errorf("%s: %s is heard: %v, and got %d packets of 2", when, p.AddrPort(), heard, back)
			}
		}
		first, second := port("10.0.0.2:1111"), port("10.0.0.2:2222")
		expect("early media", first, true)
		c.send(tdm.Connect)
		ok := u.Expect("200 INVITE")
		d := u.ClientDialog(inv, ok)
		d.Send("ACK", "", "")
		expect("the 200 repeats the 183", second, false)
		expect("answered", first, true)
		d.Send("UPDATE", "", "")
		u.Expect("200 UPDATE")
		expect("UPDATE without an offer", second, false)

		again := d.Send("INVITE", "", sdp)
		u.Expect("200 INVITE")
		expect("re-INVITE", second, true)
		expect("re-INVITE", first, false)
		u.Send(again.Text())
		u.Expect("200 INVITE")
		expect("re-INVITE transmitted again", first, false)
		expect("re-INVITE transmitted again", second, true)
		d.Send("ACK", "", "")

		c.Party.(*leg).Hold(true)
		theirs := u.Expect("INVITE")
		u.Respond(theirs, "200 OK", "", "", siptest.SDP("192.168.1.5:4000", "recvonly"))
		u.Expect("ACK")
		expect("our re-INVITE", first, true)
		expect("our re-INVITE", second, false)
	})
}

func TestInboxOverflowClearsTheCall(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		_, _, c := w.answeredCall()
		l := c.Party.(*leg)
		l.mu.Lock() // the leg's goroutine does not get at its inbox
		for range maxInputs {
			l.queue = append(l.queue, input{event: evProceeding})
		}
		l.mu.Unlock()
		c.send(tdm.Proceeding)
		if p := c.expect(tdm.Release); p.Cause != tdm.CauseSwitchingCongestion {
			t.Errorf("released with %v", p.Cause)
		}
		if n := w.s.Status().Overflows; n != 1 {
			t.Errorf("%d overflows counted", n)
		}
	})
}
