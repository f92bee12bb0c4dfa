package sip

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"tipring/gateway/rtp"
	"tipring/gateway/sip/siptest"
	"tipring/tdm"
)

// offeredCall is a call from the trunk that rings.
func (w *world) offeredCall() (*siptest.UA, *siptest.Message, *siptest.Dialog, *side) {
	w.Helper()
	u := w.ua(peerAddr.String(), "bob")
	inv := u.Request("INVITE", "sip:201@10.0.0.1", "", answerSDP)
	u.Send(inv.Text())
	c := w.incoming()
	c.send(tdm.Alerting)
	d := u.ClientDialog(inv, u.Expect("180"))
	return u, inv, d, c
}

func TestRequestsInAnEarlyDialog(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u, inv, d, c := w.offeredCall()
		again := d.Send("INVITE", "", answerSDP)
		res := u.Expect("500") // §14.2
		if res.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
		u.AckFailure(again, res)
		d.Send("UPDATE", "", answerSDP)
		u.Expect("500") // RFC 3311 §5.2
		d.Send("UPDATE", "", "")
		u.Expect("200 UPDATE")
		d.Send("INFO", "", "")
		u.Expect("200 INFO")
		d.Send("PRACK", "", "")
		u.Expect("405")
		d.Send("BYE", "", "")
		u.Expect("200 BYE")
		u.AckFailure(inv, u.Expect("487"))
		c.expect(tdm.Release)
	})
}

func TestEarlyMediaThatCannotBeOpened(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u, inv, _, c := w.offeredCall()
		c.Party.(*leg).post(input{event: evUnusable})
		u.AckFailure(inv, u.Expect("488"))
		c.expect(tdm.Release)
	})
}

func TestRequestsBeforeTheACK(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u, inv, d, c := w.offeredCall()
		c.send(tdm.Connect)
		u.Expect("200 INVITE")
		_ = inv
		again := d.Send("INVITE", "", answerSDP)
		u.AckFailure(again, u.Await("491"))
		d.Send("UPDATE", "", answerSDP)
		u.Await("491")
		d.Send("INFO", "Content-Type: application/dtmf\n", "5")
		u.Await("200 INFO")
		if p := c.expect(tdm.Information); p.Digit != '5' {
			t.Errorf("digit %q", p.Digit)
		}
		d.Send("OPTIONS", "", "")
		u.Await("200 OPTIONS")
		c.Send(tdm.Primitive{Kind: tdm.Information, Digit: '7'})
		l := c.Party.(*leg)
		l.post(input{event: evNotice, prim: tdm.Primitive{Kind: tdm.Notify, Event: "fax"}})
		if p := c.expect(tdm.Notify); p.Event != "fax" {
			t.Errorf("notified %q", p.Event)
		}
		d.Send("BYE", "", "")
		u.Await("200 BYE")
		c.expect(tdm.Release)
	})
}

func TestClearingWithoutAnACK(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u, _, _, c := w.offeredCall()
		c.send(tdm.Connect)
		u.Expect("200 INVITE")
		c.disconnect(0)
		c.expect(tdm.Release)
		start := time.Now()
		u.Await("BYE")
		if d := time.Since(start); d != 32*time.Second {
			t.Errorf("BYE after %v", d)
		}
	})
	simulate(t, testConfig(), func(w *world) {
		u, _, d, c := w.offeredCall()
		c.send(tdm.Connect)
		u.Expect("200 INVITE")
		c.disconnect(0)
		c.expect(tdm.Release)
		d.Send("BYE", "", "")
		u.Await("200 BYE")
		u.Nothing(time.Minute)
	})
}

// ringingCall is a call to the trunk that rings.
func (w *world) ringingCall() (*siptest.UA, *siptest.Message, *siptest.Dialog, *side) {
	w.Helper()
	u := w.ua(peerAddr.String(), "bob")
	c := w.call(w.s.Trunk("pbx"), tdm.Primitive{Called: "6001"})
	inv := u.Expect("INVITE")
	u.Respond(inv, "180 Ringing", "b", "", "")
	c.expect(tdm.Proceeding)
	c.expect(tdm.Alerting)
	return u, inv, u.ServerDialog(inv, "b"), c
}

func TestRequestsFromTheCalledUserBeforeTheAnswer(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u, inv, d, c := w.ringingCall()
		u.AckFailure(d.Send("INVITE", "", answerSDP), u.Expect("491"))
		d.Send("UPDATE", "", "")
		u.Expect("200 UPDATE")
		d.Send("INFO", "", "")
		u.Expect("481")
		c.Send(tdm.Primitive{Kind: tdm.Information, Digit: '1'})
		d.Send("BYE", "", "")
		u.Expect("200 BYE")
		c.expect(tdm.Release)
		u.Respond(u.Expect("CANCEL"), "200 OK", "b", "", "")
		u.Respond(inv, "487 Request Terminated", "b", "", "")
		u.Expect("ACK")
	})
}

func TestTheBYEsCross(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		// A second telephone that does not answer its CANCEL keeps the leg alive after the BYE.
		desk, mobile := w.ua("10.0.0.3:5060", "desk"), w.ua("10.0.0.4:5060", "mobile")
		desk.Register("8000", "secret", 3600)
		mobile.Register("8000", "secret", 3600)
		c := w.call(w.s.Account("alice"), tdm.Primitive{Called: "8000"})
		inv, other := desk.Expect("INVITE"), mobile.Expect("INVITE")
		desk.Respond(inv, "200 OK", "d", "", siptest.SDP("10.0.0.3:4000", ""))
		desk.Expect("ACK")
		c.expect(tdm.Connect)
		mobile.Respond(other, "180 Ringing", "m", "", "") // late: the CANCEL goes out now
		mobile.Expect("CANCEL")
		c.disconnect(0)
		c.expect(tdm.Release)
		bye := desk.Expect("BYE")
		desk.ServerDialog(inv, "d").Send("BYE", "", "")
		desk.Expect("200 BYE")
		desk.Respond(bye, "200 OK", "", "", "")
		mobile.Patience = time.Second
		time.Sleep(40 * time.Second)
		if n := w.s.Status().Dialogs; n != 0 {
			t.Errorf("%d dialogs wait for a dead telephone", n)
		}
	})
}

func TestAForkFailsAfterAnotherAnswered(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		desk, mobile, pad := w.ua("10.0.0.3:5060", "desk"), w.ua("10.0.0.4:5060", "mobile"), w.ua("10.0.0.5:5060", "pad")
		for _, u := range []*siptest.UA{desk, mobile, pad} {
			u.Register("8000", "secret", 3600)
		}
		c := w.call(w.s.Account("alice"), tdm.Primitive{Called: "8000"})
		inv, other := desk.Expect("INVITE"), mobile.Expect("INVITE")
		pad.Respond(pad.Expect("INVITE"), "180 Ringing", "p", "", "")
		c.expect(tdm.Proceeding)
		c.expect(tdm.Alerting)
		desk.Respond(inv, "200 OK", "d", "", siptest.SDP("10.0.0.3:4000", ""))
		desk.Expect("ACK")
		mobile.Respond(other, "486 Busy Here", "m", "", "")
		mobile.Expect("ACK")
		pad.Expect("CANCEL") // and never anything
		time.Sleep(40 * time.Second)
		c.expect(tdm.Connect)
		if n := w.s.Status().Dialogs; n != 1 {
			t.Errorf("%d dialogs", n)
		}
		c.disconnect(0)
		c.expect(tdm.Release)
		desk.Expect("BYE")
		synctest.Wait()
		if n := w.s.Status().Dialogs; n != 0 {
			t.Errorf("%d dialogs left", n)
		}
	})
}

func TestNoACKToOurAnswerToAReinvite(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u, d, c := w.answeredCall()
		d.Send("INVITE", "", answerSDP)
		u.Await("BYE")
		if p := c.expect(tdm.Release); p.Cause != tdm.CauseRecoveryOnTimer {
			t.Errorf("released with %v", p.Cause)
		}
	})
}

func TestHangingUpWhileAReinviteIsUnderWay(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		desk, mobile := w.ua("10.0.0.3:5060", "desk"), w.ua("10.0.0.4:5060", "mobile")
		desk.Register("8000", "secret", 3600)
		mobile.Register("8000", "secret", 3600)
		c := w.call(w.s.Account("alice"), tdm.Primitive{Called: "8000"})
		mobile.Expect("INVITE")
		desk.Respond(desk.Expect("INVITE"), "200 OK", "d", "", siptest.SDP("10.0.0.3:4000", ""))
		desk.Expect("ACK")
		c.expect(tdm.Connect)
		c.Party.(*leg).Hold(true)
		inv := desk.Expect("INVITE")
		c.disconnect(0)
		c.expect(tdm.Release)
		desk.Respond(desk.Expect("BYE"), "200 OK", "", "", "")
		desk.Respond(inv, "200 OK", "d", "", siptest.SDP("10.0.0.3:4000", "recvonly"))
		desk.Expect("ACK") // a 2xx gets its ACK, whatever has become of the call
	})
	simulate(t, testConfig(), func(w *world) { // and when nobody remembers the call any more
		u, _, c := w.answeredCall()
		c.Party.(*leg).Hold(true)
		inv := u.Expect("INVITE")
		c.disconnect(0)
		c.expect(tdm.Release)
		u.Respond(u.Expect("BYE"), "200 OK", "", "", "")
		u.Respond(inv, "200 OK", "", "", siptest.SDP("10.0.0.2:4000", "recvonly"))
		u.Expect("ACK")
	})
}

func TestStoppingWhileAForkIsOpen(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		_, _, _, c := w.ringingCall()
		c.disconnect(0)
		c.expect(tdm.Release)
		synctest.Wait() // the leg waits for the answer to its CANCEL
	})
}

func TestStoppingInEveryState(t *testing.T) {
	simulate(t, testConfig(), func(w *world) { // offered
		u, _, _, c := w.offeredCall()
		w.after = func() { c.expect(tdm.Release); u.Expect("503") }
	})
	simulate(t, testConfig(), func(w *world) { // answered
		u, _, _, c := w.offeredCall()
		c.send(tdm.Connect)
		synctest.Wait()
		w.after = func() { c.expect(tdm.Release); u.Await("BYE") }
	})
	simulate(t, testConfig(), func(w *world) { // ringing
		u, _, _, c := w.ringingCall()
		w.after = func() { c.expect(tdm.Release); u.Await("CANCEL") }
	})
}

func TestOverflowInEveryState(t *testing.T) {
	for _, row := range []struct {
		name string
		call func(w *world) (*siptest.UA, *side)
		want string
	}{
		{"offered", func(w *world) (*siptest.UA, *side) { u, _, _, c := w.offeredCall(); return u, c }, "503"},
		{"ringing", func(w *world) (*siptest.UA, *side) { u, _, _, c := w.ringingCall(); return u, c }, "CANCEL"},
		{"confirmed", func(w *world) (*siptest.UA, *side) { u, _, c := w.answeredCall(); return u, c }, "BYE"},
	} {
		t.Run(row.name, func(t *testing.T) {
			simulate(t, testConfig(), func(w *world) {
				u, c := row.call(w)
				c.Party.(*leg).post(input{event: evOverflow})
				if p := c.expect(tdm.Release); p.Cause != tdm.CauseSwitchingCongestion {
					t.Errorf("released with %v", p.Cause)
				}
				u.Await(row.want)
			})
		})
	}
}

func TestMediaLost(t *testing.T) {
	cfg := testConfig()
	cfg.Media.Timeout = 30 * time.Second
	simulate(t, cfg, func(w *world) {
		u, d, c := w.answeredCall()
		if p := c.media(); p.Timeout != 30*8000 {
			t.Errorf("times out after %d samples", p.Timeout)
		}
		d.Send("INVITE", "", siptest.SDP("10.0.0.2:4000", "inactive")) // nothing comes: nothing is missed
		u.Expect("200")
		d.Send("ACK", "", "")
		if p := c.media(); p.Timeout != 0 {
			t.Errorf("times out after %d samples on hold", p.Timeout)
		}
		c.expect(tdm.Notify)
		c.Party.(*leg).post(input{event: evMediaLost}) // what the stream's MediaTimeout posts
		if p := c.expect(tdm.Release); p.Cause != tdm.CauseTemporaryFailure || p.Detector != "rtp" {
			t.Errorf("released with %+v", p)
		}
		u.Expect("BYE")
	})
}

func TestDigitsAreSentAsTelephoneEvents(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		_, _, c := w.answeredCall()
		media, err := w.net.ListenPacket(netip.MustParseAddrPort("10.0.0.2:4000"))
		if err != nil {
			t.Fatal(err)
		}
		defer media.Close()
		c.Send(tdm.Primitive{Kind: tdm.Information, Digit: '5'})
		c.Party.(*leg).post(input{event: evNotice, prim: tdm.Primitive{Kind: tdm.Notify, Event: "hookflash"}})
		c.expect(tdm.Notify)
		stream := c.End().Leg.(*rtp.Stream)
		seen := make(chan bool, 1)
		go func() {
			buf := make([]byte, 2048)
			for {
				n, _, err := media.ReadFromUDPAddrPort(buf)
				if err != nil {
					return
				}
				if n == 16 && buf[1]&0x7f == 101 && buf[12] == 5 {
					select {
					case seen <- true:
					default:
					}
				}
			}
		}()
		rx, tx := make([]int16, 80), make([]int16, 80)
		for at := range int64(50) {
			stream.Tick(at*80, rx, tx)
			time.Sleep(10 * time.Millisecond)
		}
		select {
		case <-seen:
		default:
			t.Error("no telephone-event left")
		}
	})
}
