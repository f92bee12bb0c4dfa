package sip

import (
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tipring/gateway/sip/siptest"
	"tipring/tdm"
)

var answerSDP = siptest.SDP("10.0.0.2:4000", "")

func TestOutgoingCall(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u := w.ua(peerAddr.String(), "bob")
		c := w.call(w.s.Trunk("pbx"), tdm.Primitive{Called: "6001", Calling: tdm.PartyNumber{Digits: "201", Name: "Front Desk"}})
		inv := u.Expect("INVITE")
		if inv.URI() != "sip:6001@10.0.0.2" {
			t.Errorf("Request-URI %s", inv.URI())
		}
		contains(t, inv.Get("From"), `"Front Desk" <sip:201@10.0.0.2>;tag=`)
		contains(t, inv.Get("P-Asserted-Identity"), `"Front Desk" <sip:201@10.0.0.2>`)
		contains(t, inv.Body, "RTP/AVP 8 0 13 101")
		u.Respond(inv, "100 Trying", "", "", "")
		c.expect(tdm.Proceeding)
		u.Respond(inv, "180 Ringing", "b1", "", "")
		if p := c.expect(tdm.Alerting); p.InBand {
			t.Error("180 without a description is in band")
		}
		if c.End().Leg == nil {
			t.Error("no audio")
		}
		u.Respond(inv, "200 OK", "b1", "", answerSDP)
		ack := u.Expect("ACK")
		if ack.URI() != "sip:bob@10.0.0.2:5060" {
			t.Errorf("ACK goes to %s, not to the Contact", ack.URI())
		}
		c.expect(tdm.Connect)
		u.Respond(inv, "200 OK", "b1", "", answerSDP) // §13.2.2.4: each repetition gets its ACK
		u.Expect("ACK")
		c.silent()
		d := u.ServerDialog(inv, "b1")
		d.Send("BYE", "", "")
		u.Expect("200 BYE")
		c.expect(tdm.Release)
	})
}

func TestOutgoingEarlyMedia(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u := w.ua(peerAddr.String(), "bob")
		c := w.call(w.s.Trunk("pbx"), tdm.Primitive{Called: "6001"})
		inv := u.Expect("INVITE")
		u.Respond(inv, "183 Session Progress", "b1", "", answerSDP)
		c.expect(tdm.Proceeding)
		if p := c.expect(tdm.Progress); !p.InBand {
			t.Error("progress is not in band")
		}
		synctest.Wait()
		if p := c.Party.(*leg).applied; p.Remote != netip.MustParseAddrPort("10.0.0.2:4000") || p.DTMFPT != 101 || p.PT != 8 {
			t.Errorf("stream has %+v", p)
		}
		u.Respond(inv, "200 OK", "b1", "", "") // the description of the 183 stays (RFC 6337 §3.1.1)
		u.Expect("ACK")
		c.expect(tdm.Connect)
		c.disconnect(0)
		c.expect(tdm.Release)
		u.Respond(u.Expect("BYE"), "200 OK", "", "", "")
	})
}

func TestOutgoingFailures(t *testing.T) {
	for _, row := range []struct {
		status, extra string
		cause         tdm.Cause
	}{
		{"486 Busy Here", "", 17},
		{"404 Not Found", "", 1},
		{"480 Gone out", "", 18},
		{"503 Service Unavailable", "Reason: Q.850;cause=34\n", 34},
		{"500 Oops", "Reason: Q.850;cause=200, SIP;cause=486\n", 17},
		{"603 Decline", "", 21},
		{"499 Unheard Of", "", 41},
		{"302 Moved", "Contact: <sip:1900@toll.example.com>\n", 23},
	} {
		t.Run(row.status, func(t *testing.T) {
			simulate(t, testConfig(), func(w *world) {
				u := w.ua(peerAddr.String(), "bob")
				c := w.call(w.s.Trunk("pbx"), tdm.Primitive{Called: "6001"})
				inv := u.Expect("INVITE")
				text := row.extra
				u.Respond(inv, row.status, "b1", text, "")
				u.Expect("ACK")
				u.Respond(inv, row.status, "b1", text, "") // comes again: so does the ACK (§17.1.1.2)
				u.Expect("ACK")
				p := c.expect(tdm.Release)
				if p.Cause != row.cause || row.status[:3] != strconv.Itoa(p.SIPStatus) {
					t.Errorf("released with cause %d, status %d, want %d", p.Cause, p.SIPStatus, row.cause)
				}
				u.Nothing(time.Minute)
				c.silent()
			})
		})
	}
}

func TestNobodyAnswersTheInvite(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u := w.ua(peerAddr.String(), "bob")
		start := time.Now()
		c := w.call(w.s.Trunk("pbx"), tdm.Primitive{Called: "6001"})
		if p := c.expect(tdm.Release); p.Cause != tdm.CauseNoUserResponding || p.SIPStatus != 408 {
			t.Errorf("released with %+v", p)
		}
		if d := time.Since(start); d != 32*time.Second {
			t.Errorf("gave up after %v, want timer B", d)
		}
		for n := range 7 { // §17.1.1.2: T1, doubled without bound
			if m := u.Next(0); m == nil || m.Method() != "INVITE" {
				t.Fatalf("transmission %d is %v", n, m)
			}
		}
	})
}

func TestCancelling(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u := w.ua(peerAddr.String(), "bob")
		c := w.call(w.s.Trunk("pbx"), tdm.Primitive{Called: "6001"})
		inv := u.Expect("INVITE")
		u.Respond(inv, "180 Ringing", "b1", "", "")
		c.expect(tdm.Proceeding)
		c.expect(tdm.Alerting)
		c.disconnect(tdm.CauseNormalClearing)
		c.expect(tdm.Release)
		cancel := u.Expect("CANCEL")
		contains(t, cancel.Get("Reason"), "Q.850;cause=16")
		if cancel.Get("Via") != inv.Get("Via") || cancel.URI() != inv.URI() {
			t.Error("the CANCEL does not belong to the INVITE")
		}
		u.Respond(cancel, "200 OK", "b1", "", "")
		u.Respond(inv, "487 Request Terminated", "b1", "", "")
		u.Expect("ACK")
		u.Nothing(time.Minute)
	})
}

func TestCancelWaitsForAProvisionalResponse(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u := w.ua(peerAddr.String(), "bob")
		c := w.call(w.s.Trunk("pbx"), tdm.Primitive{Called: "6001"})
		inv := u.Expect("INVITE")
		c.disconnect(tdm.CauseNormalClearing)
		c.expect(tdm.Release)
		u.Respond(u.Await("INVITE"), "100 Trying", "", "", "")
		u.Respond(u.Expect("CANCEL"), "200 OK", "b1", "", "")
		u.Respond(inv, "487 Request Terminated", "b1", "", "")
		u.Expect("ACK")
		u.Nothing(time.Minute)
	})
}

func TestAnswerCrossesCancel(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u := w.ua(peerAddr.String(), "bob")
		c := w.call(w.s.Trunk("pbx"), tdm.Primitive{Called: "6001"})
		inv := u.Expect("INVITE")
		u.Respond(inv, "180 Ringing", "b1", "", "")
		c.expect(tdm.Proceeding)
		c.expect(tdm.Alerting)
		c.disconnect(tdm.CauseNormalClearing)
		c.expect(tdm.Release)
		u.Respond(u.Expect("CANCEL"), "200 OK", "b1", "", "")
		u.Respond(inv, "200 OK", "b1", "", answerSDP)
		u.Expect("ACK")
		u.Respond(u.Expect("BYE"), "200 OK", "", "", "")
		u.Respond(inv, "200 OK", "b1", "", answerSDP)
		u.Expect("ACK")
		u.Nothing(time.Minute)
		c.silent()
	})
}

func TestPeerDoesNotEvenAnswerTheCancel(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u := w.ua(peerAddr.String(), "bob")
		c := w.call(w.s.Trunk("pbx"), tdm.Primitive{Called: "6001"})
		u.Respond(u.Expect("INVITE"), "180 Ringing", "b1", "", "")
		c.expect(tdm.Proceeding)
		c.expect(tdm.Alerting)
		c.disconnect(tdm.CauseNormalClearing)
		c.expect(tdm.Release)
		time.Sleep(40 * time.Second)
		if n := w.s.Status().Dialogs; n != 0 {
			t.Errorf("%d dialogs wait for a dead peer", n)
		}
	})
}

func TestTwoAnswersFromBehindAForkingProxy(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u := w.ua(peerAddr.String(), "bob")
		c := w.call(w.s.Trunk("pbx"), tdm.Primitive{Called: "6001"})
		inv := u.Expect("INVITE")
		u.Respond(inv, "200 OK", "b1", "", answerSDP)
		contains(t, u.Expect("ACK").Get("To"), "tag=b1")
		c.expect(tdm.Connect)
		u.Respond(inv, "200 OK", "b2", "", answerSDP) // §13.2.2.4: a second dialog, not wanted
		contains(t, u.Expect("ACK").Get("To"), "tag=b2")
		bye := u.Expect("BYE")
		contains(t, bye.Get("To"), "tag=b2")
		u.Respond(bye, "200 OK", "", "", "")
		u.Nothing(time.Minute)
		c.silent()
	})
}

func TestForking(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		desk, mobile, pad := w.ua("10.0.0.3:5060", "desk"), w.ua("10.0.0.4:5060", "mobile"), w.ua("10.0.0.5:5060", "pad")
		desk.Register("8000", "secret", 3600)
		mobile.Register("8000", "secret", 3600)
		if ok := pad.Register("8000", "secret", 3600); len(ok.All("Contact")) != 3 {
			t.Fatalf("contacts\n%v", ok)
		}
		c := w.call(w.s.Account("alice"), tdm.Primitive{Called: "8000", Calling: tdm.PartyNumber{Digits: "201"}})
		d, m, p := desk.Expect("INVITE"), mobile.Expect("INVITE"), pad.Expect("INVITE")
		if d.Get("Call-ID") == m.Get("Call-ID") {
			t.Error("two telephones get INVITEs of one Call-ID")
		}
		if d.Get("P-Asserted-Identity") != "<sip:201@tipring>" {
			t.Errorf("P-Asserted-Identity %s", d.Get("P-Asserted-Identity"))
		}
		desk.Respond(d, "180 Ringing", "d", "", "")
		c.expect(tdm.Proceeding)
		c.expect(tdm.Alerting)
		mobile.Respond(m, "180 Ringing", "m", "", "")
		pad.Respond(p, "486 Busy Here", "p", "", "")
		pad.Expect("ACK")
		c.silent()
		mobile.Respond(m, "200 OK", "m", "", siptest.SDP("10.0.0.4:4000", ""))
		mobile.Expect("ACK")
		c.expect(tdm.Connect)
		// The desk telephone answers while its CANCEL is on the way.
		cancel := desk.Expect("CANCEL")
		contains(t, cancel.Get("Reason"), "cause=26")
		desk.Respond(d, "200 OK", "d", "", siptest.SDP("10.0.0.3:4000", ""))
		desk.Expect("ACK")
		desk.Respond(desk.Expect("BYE"), "200 OK", "", "", "")
		c.silent()
		if r := c.Party.(*leg).applied.Remote.String(); r != "10.0.0.4:4000" {
			t.Errorf("media goes to %s", r)
		}
		c.disconnect(tdm.CauseNormalClearing)
		c.expect(tdm.Release)
		mobile.Respond(mobile.Expect("BYE"), "200 OK", "", "", "")
	})
}

func TestATelephoneNeverLearnsAWithheldNumber(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u := w.ua("10.0.0.3:5060", "desk")
		u.Register("8000", "secret", 3600)
		w.call(w.s.Account("alice"), tdm.Primitive{Called: "8000", Calling: tdm.PartyNumber{Digits: "5551234", Name: "Secret", Presentation: tdm.Restricted}})
		inv := u.Expect("INVITE")
		lacks(t, inv.Text(), "5551234")
		lacks(t, inv.Text(), "Secret")
	})
}

func TestForkingDecline(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		desk, mobile := w.ua("10.0.0.3:5060", "desk"), w.ua("10.0.0.4:5060", "mobile")
		desk.Register("8000", "secret", 3600)
		mobile.Register("8000", "secret", 3600)
		c := w.call(w.s.Account("alice"), tdm.Primitive{Called: "8000"})
		d, m := desk.Expect("INVITE"), mobile.Expect("INVITE")
		mobile.Respond(m, "180 Ringing", "m", "", "")
		c.expect(tdm.Proceeding)
		c.expect(tdm.Alerting)
		desk.Respond(d, "603 Decline", "d", "", "") // §16.7: for all
		desk.Expect("ACK")
		if p := c.expect(tdm.Release); p.SIPStatus != 603 {
			t.Errorf("released with %+v", p)
		}
		mobile.Respond(mobile.Expect("CANCEL"), "200 OK", "m", "", "")
		mobile.Respond(m, "487 Request Terminated", "m", "", "")
		mobile.Expect("ACK")
	})
}

func TestForkingAllFail(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		desk, mobile := w.ua("10.0.0.3:5060", "desk"), w.ua("10.0.0.4:5060", "mobile")
		desk.Register("8000", "secret", 3600)
		mobile.Register("8000", "secret", 3600)
		c := w.call(w.s.Account("alice"), tdm.Primitive{Called: "8000"})
		desk.Respond(desk.Expect("INVITE"), "500 Oops", "d", "", "")
		desk.Expect("ACK")
		c.silent()
		mobile.Respond(mobile.Expect("INVITE"), "486 Busy Here", "m", "", "")
		mobile.Expect("ACK")
		if p := c.expect(tdm.Release); p.SIPStatus != 486 {
			t.Errorf("released with %+v: the lowest class is the best answer", p)
		}
	})
}

func TestNobodyIsRegistered(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		c := w.call(w.s.Account("alice"), tdm.Primitive{Called: "8000"})
		if p := c.expect(tdm.Release); p.Cause != 20 || p.SIPStatus != 480 {
			t.Errorf("released with %+v", p)
		}
	})
}

func TestUnusableAnswer(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u := w.ua(peerAddr.String(), "bob")
		c := w.call(w.s.Trunk("pbx"), tdm.Primitive{Called: "6001"})
		inv := u.Expect("INVITE")
		u.Respond(inv, "200 OK", "b1", "", strings.Replace(answerSDP, "8 0 101", "18", 1))
		u.Expect("ACK")
		u.Respond(u.Expect("BYE"), "200 OK", "", "", "")
		if p := c.expect(tdm.Release); p.Cause != tdm.CauseBearerNotImplemented {
			t.Errorf("released with %+v", p)
		}
	})
}

func TestRouteSet(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u, proxy := w.ua(peerAddr.String(), "bob"), w.ua("10.0.0.9:5060", "proxy")
		c := w.call(w.s.Trunk("pbx"), tdm.Primitive{Called: "6001"})
		inv := u.Expect("INVITE")
		u.Respond(inv, "200 OK", "b1", "Record-Route: <sip:10.0.0.8;lr>, <sip:10.0.0.9;lr;x=1>\n", answerSDP)
		ack := proxy.Expect("ACK") // the route set is the Record-Route turned round (§12.1.2)
		if r := ack.All("Route"); len(r) != 2 || r[0] != "<sip:10.0.0.9;lr;x=1>" || r[1] != "<sip:10.0.0.8;lr>" {
			t.Errorf("Route %q", r)
		}
		u.Respond(inv, "200 OK", "b1", "Record-Route: <sip:10.0.0.8;lr>, <sip:10.0.0.9;lr;x=1>\n", answerSDP)
		proxy.Expect("ACK")
		c.expect(tdm.Connect)
		c.disconnect(tdm.CauseNormalClearing)
		bye := proxy.Expect("BYE")
		if bye.URI() != "sip:bob@10.0.0.2:5060" || len(bye.All("Route")) != 2 {
			t.Errorf("BYE\n%v", bye)
		}
		c.expect(tdm.Release)
	})
}

func TestStrictRoute(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u := w.ua(peerAddr.String(), "bob")
		inv := u.Request("INVITE", "sip:201@10.0.0.1", "Record-Route: <sip:10.0.0.2>\n", answerSDP)
		u.Send(inv.Text())
		c := w.incoming()
		c.send(tdm.Connect)
		ok := u.Expect("200")
		if ok.Get("Record-Route") != "<sip:10.0.0.2>" {
			t.Errorf("200\n%v", ok)
		}
		u.ClientDialog(inv, ok).Send("ACK", "", "")
		c.disconnect(0)
		bye := u.Expect("BYE")
		if bye.URI() != "sip:10.0.0.2" || bye.Get("Route") != "<sip:bob@10.0.0.2:5060>" {
			t.Errorf("BYE\n%v", bye)
		}
	})
}

func TestRedirectionInsideTheTrunkIsFollowed(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u := w.ua(peerAddr.String(), "bob")
		c := w.call(w.s.Trunk("pbx"), tdm.Primitive{Called: "6001"})
		inv := u.Expect("INVITE")
		u.Respond(inv, "302 Moved", "b", "Contact: <sip:6002@10.0.0.2>\n", "")
		u.Expect("ACK")
		again := u.Expect("INVITE")
		if again.URI() != "sip:6002@10.0.0.2" || again.Get("Call-ID") != inv.Get("Call-ID") || again.Get("CSeq") != "2 INVITE" {
			t.Errorf("followed with\n%v", again)
		}
		u.Respond(again, "486 Busy Here", "b", "", "")
		u.Expect("ACK")
		c.expect(tdm.Release)
	})
}
