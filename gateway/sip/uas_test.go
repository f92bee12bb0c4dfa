package sip

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tipring/gateway/sip/siptest"
	"tipring/tdm"
)

func TestIncomingCall(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u := w.ua(peerAddr.String(), "bob")
		inv := u.Request("INVITE", "sip:201@10.0.0.1", "", siptest.SDP("10.0.0.2:4000", ""))
		u.Send(inv.Text())
		c := w.incoming()
		if c.setup.Called != "201" || c.setup.Calling.Digits != "bob" || c.Name() != "pbx" {
			t.Errorf("setup %+v of %s", c.setup, c.Name())
		}
		if c.End().Leg == nil {
			t.Error("an originating party has no audio from its Setup on")
		}
		c.send(tdm.Proceeding)
		c.send(tdm.Alerting)
		if r := u.Expect("180 INVITE"); r.Body != "" || r.Tag("To") == "" {
			t.Errorf("180 is\n%v", r)
		}
		c.send(tdm.Connect)
		ok := u.Expect("200 INVITE")
		contains(t, ok.Body, "m=audio")
		contains(t, ok.Body, "RTP/AVP 8 101")
		contains(t, ok.Body, "a=sendrecv")
		d := u.ClientDialog(inv, ok)
		d.Send("ACK", "", "")
		u.Nothing(40 * time.Second)
		c.disconnect(tdm.CauseNormalClearing)
		if p := c.expect(tdm.Release); p.Cause != tdm.CauseNormalClearing {
			t.Errorf("released with %v", p.Cause)
		}
		bye := u.Expect("BYE")
		contains(t, bye.Get("Reason"), "Q.850;cause=16")
		u.Respond(bye, "200 OK", "", "", "")
		u.Nothing(40 * time.Second)
		c.silent()
	})
}

func TestPeerHangsUp(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u, d, c := w.answeredCall()
		d.Send("BYE", "Reason: Q.850;cause=27;text=\"out of order\"\n", "")
		u.Expect("200 BYE")
		if p := c.expect(tdm.Release); p.Cause != 27 {
			t.Errorf("released with %v", p.Cause)
		}
	})
}

func TestOKIsRepeatedUntilACK(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u := w.ua(peerAddr.String(), "bob")
		inv := u.Request("INVITE", "sip:201@10.0.0.1", "", siptest.SDP("10.0.0.2:4000", ""))
		u.Send(inv.Text())
		c := w.incoming()
		c.send(tdm.Connect)
		ok := u.Expect("200 INVITE")
		start := time.Now()
		var at []time.Duration
		for range 4 {
			u.Expect("200 INVITE")
			at = append(at, time.Since(start))
		}
		// §13.3.1.4: T1, doubled up to T2.
		want := []time.Duration{500 * time.Millisecond, 1500 * time.Millisecond, 3500 * time.Millisecond, 7500 * time.Millisecond}
		for i := range want {
			if at[i] != want[i] {
				t.Errorf("repetition %d after %v, want %v", i+1, at[i], want[i])
			}
		}
		u.ClientDialog(inv, ok).Send("ACK", "", "")
		u.Nothing(time.Minute)
		c.silent()
	})
}

func TestNoACKClearsTheCall(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u := w.ua(peerAddr.String(), "bob")
		u.Send(u.Request("INVITE", "sip:201@10.0.0.1", "", siptest.SDP("10.0.0.2:4000", "")).Text())
		c := w.incoming()
		c.send(tdm.Connect)
		start := time.Now()
		bye := u.Await("BYE")
		if d := time.Since(start); d != 32*time.Second {
			t.Errorf("BYE after %v, want 64*T1", d)
		}
		u.Respond(bye, "200 OK", "", "", "")
		if p := c.expect(tdm.Release); p.Cause != tdm.CauseRecoveryOnTimer {
			t.Errorf("released with %v", p.Cause)
		}
	})
}

func TestDisconnectBeforeTheACKWaitsForIt(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u := w.ua(peerAddr.String(), "bob")
		inv := u.Request("INVITE", "sip:201@10.0.0.1", "", siptest.SDP("10.0.0.2:4000", ""))
		u.Send(inv.Text())
		c := w.incoming()
		c.send(tdm.Connect)
		ok := u.Expect("200 INVITE")
		c.disconnect(tdm.CauseNormalClearing)
		c.expect(tdm.Release)
		u.Expect("200 INVITE") // repeated, no BYE yet (§15)
		u.ClientDialog(inv, ok).Send("ACK", "", "")
		u.Respond(u.Expect("BYE"), "200 OK", "", "", "")
	})
}

func TestCancel(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u := w.ua(peerAddr.String(), "bob")
		inv := u.Request("INVITE", "sip:201@10.0.0.1", "", siptest.SDP("10.0.0.2:4000", ""))
		u.Send(inv.Text())
		c := w.incoming()
		c.send(tdm.Alerting)
		ringing := u.Expect("180")
		u.Cancel(inv, "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\n")
		u.Expect("200 CANCEL")
		res := u.Expect("487 INVITE")
		if res.Tag("To") != ringing.Tag("To") {
			t.Error("the 487 has another To tag than the 180")
		}
		u.AckFailure(inv, res)
		if p := c.expect(tdm.Release); p.Cause != 26 {
			t.Errorf("released with %v", p.Cause)
		}
		u.Nothing(40 * time.Second)
	})
}

func TestCancelAfterTheAnswerChangesNothing(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u := w.ua(peerAddr.String(), "bob")
		inv := u.Request("INVITE", "sip:201@10.0.0.1", "", siptest.SDP("10.0.0.2:4000", ""))
		u.Send(inv.Text())
		c := w.incoming()
		c.send(tdm.Connect)
		ok := u.Expect("200 INVITE")
		u.Cancel(inv, "")
		u.Expect("200 CANCEL")
		d := u.ClientDialog(inv, ok)
		d.Send("ACK", "", "")
		c.silent()
		d.Send("BYE", "", "")
		u.Expect("200 BYE")
		c.expect(tdm.Release)
	})
}

func TestRefusals(t *testing.T) {
	for _, row := range []struct {
		name   string
		p      tdm.Primitive
		status string
		cause  string
	}{
		{"busy", tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseUserBusy}, "486", "cause=17"},
		{"no such number", tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseUnallocated}, "404", "cause=1;"},
		{"status asked for", tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseCallRejected, SIPStatus: 603}, "603", "cause=21"},
		{"nonsense status", tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseCallRejected, SIPStatus: 200}, "403", "cause=21"},
		{"incomplete", tdm.Primitive{Kind: tdm.SetupAck}, "484", "cause=28"},
	} {
		t.Run(row.name, func(t *testing.T) {
			simulate(t, testConfig(), func(w *world) {
				u := w.ua(peerAddr.String(), "bob")
				inv := u.Request("INVITE", "sip:201@10.0.0.1", "", siptest.SDP("10.0.0.2:4000", ""))
				u.Send(inv.Text())
				c := w.incoming()
				c.Send(row.p)
				res := u.Expect(row.status)
				contains(t, res.Get("Reason"), row.cause)
				u.Expect(row.status) // repeated over UDP until the ACK (§17.2.1)
				u.AckFailure(inv, res)
				u.Nothing(40 * time.Second)
				c.expect(tdm.Release)
			})
		})
	}
}

func TestEarlyMedia(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u := w.ua(peerAddr.String(), "bob")
		inv := u.Request("INVITE", "sip:201@10.0.0.1", "", siptest.SDP("10.0.0.2:4000", ""))
		u.Send(inv.Text())
		c := w.incoming()
		c.Send(tdm.Primitive{Kind: tdm.Progress, InBand: true})
		early := u.Expect("183")
		contains(t, early.Body, "m=audio")
		c.Send(tdm.Primitive{Kind: tdm.Alerting, InBand: true})
		u.Nothing(50 * time.Second)
		u.Expect("183") // §13.3.1.1: every minute
		c.send(tdm.Connect)
		if ok := u.Expect("200"); ok.Body != early.Body {
			t.Errorf("the 200 describes another session than the 183:\n%s\n%s", ok.Body, early.Body)
		} else {
			u.ClientDialog(inv, ok).Send("ACK", "", "")
		}
	})
}

func TestDelayedOffer(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u := w.ua(peerAddr.String(), "bob")
		inv := u.Request("INVITE", "sip:201@10.0.0.1", "", "")
		u.Send(inv.Text())
		c := w.incoming()
		c.Send(tdm.Primitive{Kind: tdm.Alerting, InBand: true})
		u.Expect("180")
		c.send(tdm.Connect)
		ok := u.Expect("200")
		contains(t, ok.Body, "RTP/AVP 8 0 13 101")
		d := u.ClientDialog(inv, ok)
		d.Send("ACK", "", siptest.SDP("10.0.0.2:4000", ""))
		synctest.Wait()
		if r := c.Party.(*leg).applied.Remote.String(); r != "10.0.0.2:4000" {
			t.Errorf("media goes to %s", r)
		}
		c.silent()
	})
}

func TestDelayedOfferWithoutAnAnswerInTheACK(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u := w.ua(peerAddr.String(), "bob")
		inv := u.Request("INVITE", "sip:201@10.0.0.1", "", "")
		u.Send(inv.Text())
		c := w.incoming()
		c.send(tdm.Connect)
		u.ClientDialog(inv, u.Expect("200")).Send("ACK", "", "")
		u.Respond(u.Expect("BYE"), "200 OK", "", "", "")
		c.expect(tdm.Release)
	})
}

func TestBadOffers(t *testing.T) {
	video := "v=0\no=a 1 1 IN IP4 10.0.0.2\ns=-\nc=IN IP4 10.0.0.2\nt=0 0\nm=video 4000 RTP/AVP 31\n"
	for _, row := range []struct{ name, extra, body, status string }{
		{"no audio", "", video, "488"},
		{"G.729 only", "", strings.Replace(siptest.SDP("10.0.0.2:4000", ""), "8 0 101", "18 101", 1), "488"},
		{"SRTP", "", strings.Replace(siptest.SDP("10.0.0.2:4000", ""), "RTP/AVP", "RTP/SAVP", 1), "488"},
		{"garbage", "", "v=0\r\ngarbage\r\n", "400"},
		{"no session", "", "hello", "400"},
		{"another type", "Content-Type: text/plain\n", "", "415"},
		{"another answer", "Accept: text/plain\n", siptest.SDP("10.0.0.2:4000", ""), "406"},
		{"required extension", "Require: 100rel, foo\n", siptest.SDP("10.0.0.2:4000", ""), "420"},
	} {
		t.Run(row.name, func(t *testing.T) {
			simulate(t, testConfig(), func(w *world) {
				u := w.ua(peerAddr.String(), "bob")
				inv := u.Request("INVITE", "sip:201@10.0.0.1", row.extra, row.body)
				if row.status == "415" {
					inv.Body = "text"
					inv.Set("Content-Length", "4")
				}
				u.Send(inv.Text())
				res := u.Expect(row.status)
				if row.status == "420" {
					if got := res.Get("Unsupported"); got != "100rel, foo" {
						t.Errorf("Unsupported: %s", got)
					}
				}
				u.AckFailure(inv, res)
				w.noCall()
			})
		})
	}
}

func TestMergedInviteIsALoop(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u := w.ua(peerAddr.String(), "bob")
		inv := u.Request("INVITE", "sip:201@10.0.0.1", "", siptest.SDP("10.0.0.2:4000", ""))
		u.Send(inv.Text())
		w.incoming()
		inv.Set("Via", strings.Replace(inv.Get("Via"), "branch=z9hG4bK", "branch=z9hG4bKother", 1))
		u.Send(inv.Text())
		u.Expect("482")
		w.noCall()
	})
}

func TestRepeatedInviteIsOneCall(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u := w.ua(peerAddr.String(), "bob")
		inv := u.Request("INVITE", "sip:201@10.0.0.1", "", siptest.SDP("10.0.0.2:4000", "")).Text()
		u.Send(inv)
		c := w.incoming()
		u.Expect("100")
		u.Send(inv)
		u.Expect("100")
		w.noCall()
		c.send(tdm.Alerting)
		u.Expect("180")
		u.Send(inv)
		u.Expect("180")
		w.noCall()
		for _, r := range w.s.Status().Retransmits {
			if r.Method == "INVITE" && r.Direction == "in" && r.Count != 2 {
				t.Errorf("%+v", r)
			}
		}
	})
}

func TestDrain(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u, d, c := w.answeredCall()
		w.s.Drain()
		inv := u.Request("INVITE", "sip:201@10.0.0.1", "", siptest.SDP("10.0.0.2:4000", ""))
		u.Send(inv.Text())
		res := u.Expect("503")
		if res.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
		u.AckFailure(inv, res)
		u.Send(u.Request("OPTIONS", "sip:10.0.0.1", "", "").Text())
		u.Expect("503")
		out := w.call(w.s.Trunk("pbx"), tdm.Primitive{Called: "1"})
		if p := out.expect(tdm.Release); p.SIPStatus != 503 {
			t.Errorf("released with %+v", p)
		}
		c.silent()
		d.Send("BYE", "", "") // what stands goes on
		u.Expect("200 BYE")
		c.expect(tdm.Release)
	})
}

func TestStoppingClearsCalls(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u, _, c := w.answeredCall()
		w.after = func() {
			if p := c.expect(tdm.Release); p.Cause != tdm.CauseTemporaryFailure {
				t.Errorf("released with %v", p.Cause)
			}
			u.Expect("BYE")
		}
	})
}
