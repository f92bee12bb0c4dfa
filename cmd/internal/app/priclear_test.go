package app

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	pionrtp "github.com/pion/rtp"

	"tipring/gateway/config"
	"tipring/hw/emu"
	"tipring/tdm"
)

// clearSDP describes a clear channel under payload type 98.
func clearSDP(p *peer) string {
	body := p.sdp()
	at := strings.Index(body, "m=audio ")
	line, _, _ := strings.Cut(body[at:], "\r\n")
	port := strings.Fields(line)[1]
	return body[:at] + "m=audio " + port + " RTP/AVP 98\r\na=rtpmap:98 CLEARMODE/8000\r\na=ptime:20\r\n"
}

// octets sends random octets as RFC 4040 packets and returns what comes back in that time, and what was sent.
func (m *media) octets(pt uint8, n int) (sent, got []byte) {
	m.w.Helper()
	rng := rand.New(rand.NewPCG(4040, 1))
	m.mu.Lock()
	m.clear = nil
	m.mu.Unlock()
	time.Sleep(3 * time.Millisecond)
	for range n {
		payload := make([]byte, 160)
		for i := range payload {
			payload[i] = byte(rng.Uint32())
		}
		sent = append(sent, payload...)
		p := pionrtp.Packet{Header: pionrtp.Header{Version: 2, PayloadType: pt, SequenceNumber: m.seq, Timestamp: m.ts, SSRC: 77}, Payload: payload}
		b, err := p.Marshal()
		m.w.must(err)
		m.conn.WriteToUDPAddrPort(b, m.to)
		m.seq++
		m.ts += 160
		time.Sleep(20 * time.Millisecond)
	}
	time.Sleep(time.Second)
	m.mu.Lock()
	defer m.mu.Unlock()
	return sent, m.clear
}

// Data calls between SIP (RFC 4040) and a B channel, both ways: every octet comes back from the switch as it was, the two of
// mu-law's zeros too, and the switch hears of 64 kbit/s unrestricted.
func TestClearChannel(t *testing.T) {
	check := func(w *world, p *peer, pt uint8) {
		sent, got := p.octets(pt, 100)
		if !bytes.Contains(got, sent) {
			t.Errorf("%d octets came back for %d, not as they were", len(got), len(sent))
		}
	}
	setup := func(c *config.Config) {
		c.Routes = append([]config.Route{{Name: "span-to-sip", From: []string{"trunk"}, Called: "6xxx", To: []string{"local"}}}, c.Routes...)
	}
	t.Run("to the span", func(t *testing.T) {
		play(t, withSpan, setup, func(w *world) {
			g := w.spanUp("span1")
			trunk := w.trunk()
			invite := trunk.Request("INVITE", "sip:75556677@127.0.0.1:5060", "", clearSDP(trunk))
			trunk.Send(invite.Text())
			ok := trunk.Await("200 INVITE")
			if !strings.Contains(ok.Body, "a=rtpmap:98 CLEARMODE/8000") || strings.Contains(ok.Body, "PCMA") {
				t.Errorf("the answer is\n%s", ok.Body)
			}
			trunk.learn(ok.Body)
			d := trunk.ClientDialog(invite, ok)
			d.Send("ACK", "", "")
			if st := g.far.Status(); len(st.Calls) != 1 || !st.Calls[0].Data {
				t.Errorf("the switch has %+v", st.Calls)
			}
			check(w, trunk, 98)
			d.Send("BYE", "", "")
			trunk.Await("200 BYE")
		})
	})
	t.Run("from the span", func(t *testing.T) {
		play(t, withSpan, setup, func(w *world) {
			g := w.spanUp("span1")
			trunk := w.trunk()
			w.must(g.far.CallData(w.Context(), "5557788", "6001"))
			invite := trunk.Expect("INVITE")
			if !strings.Contains(invite.Body, "m=audio") || !strings.Contains(invite.Body, "a=rtpmap:97 CLEARMODE/8000") || strings.Contains(invite.Body, "PCM") {
				t.Errorf("the offer is\n%s", invite.Body)
			}
			trunk.learn(invite.Body)
			trunk.Respond(invite, "200 OK", "t1", "", strings.ReplaceAll(clearSDP(trunk), "98", "97"))
			trunk.Expect("ACK")
			_, err := g.far.Await(w.Context(), func(s emu.ISDNStatus) bool { return len(s.Calls) == 1 && s.Calls[0].State == "talking" })
			w.must(err)
			check(w, trunk, 97)
			w.must(g.far.Hangup(w.Context()))
			trunk.Respond(trunk.Expect("BYE"), "200 OK", "", "", "")
		})
	})
	// A telephone takes no data, and a SIP peer with sound alone neither.
	t.Run("impossible", func(t *testing.T) {
		play(t, withSpan, setup, func(w *world) {
			g := w.spanUp("span1")
			trunk := w.trunk()
			w.must(g.far.CallData(w.Context(), "5557788", "201"))
			if r := w.record(); r.Cause != tdm.CauseIncompatibleDestination {
				t.Errorf("to a telephone: record is %+v", r)
			}
			w.must(g.far.CallData(w.Context(), "5557788", "6001"))
			invite := trunk.Expect("INVITE")
			trunk.Respond(invite, "488 Not Acceptable Here", "t1", "", "")
			trunk.Expect("ACK")
			if r := w.record(); r.Cause != tdm.CauseBearerNotImplemented || r.SIPStatus != 488 {
				t.Errorf("refused by SIP: record is %+v", r)
			}
			invite = trunk.Request("INVITE", "sip:201@127.0.0.1:5060", "", clearSDP(trunk))
			trunk.Send(invite.Text())
			m := trunk.Await("488 INVITE")
			trunk.AckFailure(invite, m)
		})
	})
}
