package app

import (
	"strings"
	"testing"
	"time"

	"tipring/gateway/cdr"
	"tipring/gateway/config"
	"tipring/hw/emu"
	"tipring/tdm"
)

// Call 2: SIP to phone, with the country's ringing and caller ID.
func TestSIPToPhone(t *testing.T) {
	for _, c := range []struct{ zone, standard string }{{"us", "bell202"}, {"de", ""}, {"uk", ""}, {"nl", ""}, {"dk", ""}} {
		t.Run(c.zone, func(t *testing.T) {
			play(t, "", func(cfg *config.Config) { cfg.Country = c.zone; cfg.Cards[0].Country = c.zone }, func(w *world) {
				trunk := w.trunk()
				invite := trunk.Request("INVITE", "sip:201@127.0.0.1:5060", "", trunk.sdp())
				invite.Set("From", `"Jane Roe" <sip:5551234@127.0.0.1:5070>;tag=j1`)
				trunk.Send(invite.Text())
				trunk.Await("180 INVITE")
				p := w.phone("fxs1")
				w.await(p, "ringing", emu.Ringing)
				st := w.await(p, "caller ID", func(s emu.Status) bool { return s.CallerID.Number != "" })
				if st.CallerID.Number != "5551234" || (c.standard != "" && st.CallerID.Standard != c.standard) {
					t.Errorf("caller ID is %+v", st.CallerID)
				}
				if st.CallerID.Name != "" && st.CallerID.Name != "Jane Roe" {
					t.Errorf("name is %q", st.CallerID.Name)
				}
				if c.zone == "us" && (st.CallerID.Name == "" || st.CallerID.Time == "") {
					t.Errorf("name or time is missing: %+v", st.CallerID)
				}
				w.await(p, "ringing goes on", emu.Ringing)
				w.must(p.OffHook())
				d := trunk.established(invite)
				w.bothWays(p, trunk.media)
				d.Send("BYE", "", "")
				trunk.Await("200 BYE")
				w.must(p.OnHook())
				r := w.record()
				if r.From != "5551234" || r.FromName != "Jane Roe" || r.To != "201" || r.Port != "local" || r.Peer != "fxs1" || r.Direction != cdr.Inbound {
					t.Errorf("record is %+v", r)
				}
				if r.ReleasedBy != cdr.ByCaller || r.AnswerBasis != "offhook" {
					t.Errorf("record is %+v", r)
				}
			})
		})
	}
}

// Off-hook in the ring and in the pause, and in the middle of the caller ID: the call is answered.
func TestAnswerAtAnyMoment(t *testing.T) {
	for _, after := range []time.Duration{300 * time.Millisecond, 1900 * time.Millisecond, 2100 * time.Millisecond, 2700 * time.Millisecond, 4 * time.Second, 6500 * time.Millisecond} {
		t.Run(after.String(), func(t *testing.T) {
			play(t, "", nil, func(w *world) {
				trunk := w.trunk()
				invite := trunk.call("201")
				p := w.phone("fxs1")
				w.await(p, "ringing", emu.Ringing)
				time.Sleep(after)
				w.must(p.OffHook())
				time.Sleep(200 * time.Millisecond)
				if p.Status().Ringing {
					t.Error("it rings 200 ms after off-hook")
				}
				d := trunk.established(invite)
				w.bothWays(p, trunk.media)
				d.Send("BYE", "", "")
				trunk.Await("200 BYE")
			})
		})
	}
}

func TestBusyPhone(t *testing.T) {
	play(t, "", nil, func(w *world) {
		trunk := w.trunk()
		w.lift("fxs1")
		invite := trunk.call("201")
		busy := trunk.Await("486 INVITE")
		trunk.AckFailure(invite, busy)
		if got := busy.Get("Reason"); !strings.Contains(got, "cause=17") {
			t.Errorf("Reason is %q", got)
		}
		time.Sleep(20 * time.Second)
	})
}

func TestCallerGivesUpWhileItRings(t *testing.T) {
	play(t, "", nil, func(w *world) {
		trunk := w.trunk()
		invite := trunk.call("201")
		trunk.Await("180 INVITE")
		p := w.phone("fxs1")
		w.await(p, "ringing", emu.Ringing)
		trunk.Cancel(invite, "")
		trunk.AckFailure(invite, trunk.Await("487 INVITE"))
		w.await(p, "no ringing", func(s emu.Status) bool { return !s.Ringing })
		if r := w.record(); r.ReleasedBy != cdr.ByCaller || !r.Answered.IsZero() {
			t.Errorf("record is %+v", r)
		}
	})
}

func TestNobodyAnswers(t *testing.T) {
	play(t, "", nil, func(w *world) {
		trunk := w.trunk()
		invite := trunk.call("201")
		trunk.Await("180 INVITE")
		time.Sleep(55 * time.Second)
		trunk.AckFailure(invite, trunk.Await("480 INVITE"))
		if r := w.record(); r.Cause != tdm.CauseNoAnswer || r.ReleasedBy != cdr.ByGateway {
			t.Errorf("record is %+v", r)
		}
	})
}

// What a caller sends as a number or a name never breaks a header, a caller-ID message or a record.
func TestHostileCaller(t *testing.T) {
	play(t, "", nil, func(w *world) {
		trunk := w.trunk()
		invite := trunk.Request("INVITE", "sip:201@127.0.0.1:5060", "", trunk.sdp())
		invite.Set("From", `"A\"\\ <sip:evil@example.com>" <sip:%0d%0aEvil:x;y@127.0.0.1:5070>;tag=j1`)
		trunk.Send(invite.Text())
		trunk.Await("180 INVITE")
		p := w.phone("fxs1")
		w.await(p, "ringing", emu.Ringing)
		time.Sleep(5 * time.Second)
		st := p.Status()
		if strings.ContainsAny(st.CallerID.Number+st.CallerID.Name, "\r\n\x00") {
			t.Errorf("caller ID is %+q", st.CallerID)
		}
		trunk.Cancel(invite, "")
		trunk.AckFailure(invite, trunk.Await("487 INVITE"))
	})
}

// Alert-Info asks for another cadence.
func TestDistinctiveRing(t *testing.T) {
	cadence := func(t *testing.T, alert string) (ons int) {
		play(t, "", nil, func(w *world) {
			trunk := w.trunk()
			invite := trunk.Request("INVITE", "sip:201@127.0.0.1:5060", alert, trunk.sdp())
			trunk.Send(invite.Text())
			trunk.Await("180 INVITE")
			var was bool
			for range 1100 {
				time.Sleep(10 * time.Millisecond)
				now := w.app.cards[0].group.Line("fxs1").Status().Ringing
				if now && !was {
					ons++
				}
				was = now
			}
			trunk.Cancel(invite, "")
			trunk.AckFailure(invite, trunk.Await("487 INVITE"))
		})
		return ons
	}
	plain, double := cadence(t, ""), cadence(t, "Alert-Info: <http://127.0.0.1/Bellcore-dr2>\r\n")
	if plain != 2 || double != 4 {
		t.Errorf("in 11 s it rang %d times, with Bellcore-dr2 %d times; want 2 and 4", plain, double)
	}
}
