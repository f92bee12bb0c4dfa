package app

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tipring/dsp/dsptest"
	"tipring/gateway/config"
	"tipring/gateway/sip/siptest"
	"tipring/hw/emu"
	"tipring/tdm"
)

// get returns what the gateway's HTTP face answers.
func (w *world) get(method, path string) string {
	w.Helper()
	rec := httptest.NewRecorder()
	w.app.Handler().ServeHTTP(rec, httptest.NewRequest(method, "http://127.0.0.1"+path, nil))
	return rec.Body.String()
}

// A trunk that has as many calls as it may have refuses more, both ways, and takes them again when one has ended.
func TestTrunkLimit(t *testing.T) {
	play(t, "", func(cfg *config.Config) { cfg.Trunks[0].MaxCalls = 1 }, func(w *world) {
		if got := w.scrape().sum("tipring_trunk_capacity_calls", `trunk="local"`); got != 1 {
			t.Errorf("capacity is %v", got)
		}
		trunk := w.trunk()
		first := trunk.call("201")
		p := w.phone("fxs1")
		w.await(p, "ringing", emu.Ringing)
		w.must(p.OffHook())
		d := trunk.established(first)

		second := trunk.call("202")
		trunk.AckFailure(second, trunk.Await("503 INVITE"))
		if r := w.record(); r.Cause != tdm.CauseNoCircuit || r.Port != "local" || r.To != "202" {
			t.Errorf("record of the refused call is %+v", r)
		}
		q := w.dial("fxs2", "6001")
		w.await(q, "congestion tone", emu.Tone("congestion"))
		if r := w.record(); r.Cause != tdm.CauseNoCircuit || r.Port != "fxs2" || r.To != "6001" {
			t.Errorf("record of the refused call is %+v", r)
		}
		w.must(q.OnHook())

		d.Send("BYE", "", "")
		trunk.Await("200 BYE")
		w.must(p.OnHook())
		time.Sleep(2 * time.Second)
		w.dial("fxs2", "6001")
		trunk.answered(0)
		time.Sleep(time.Second)
		w.must(q.OnHook())
		trunk.Respond(trunk.Expect("BYE"), "200 OK", "", "", "")
	})
}

// The next target of a route has a call that its full trunk cannot take.
func TestFullTrunkHuntsOn(t *testing.T) {
	play(t, "", func(cfg *config.Config) {
		cfg.Trunks[0].MaxCalls = 1
		for i := range cfg.Routes {
			if cfg.Routes[i].Name == "trunk" {
				cfg.Routes[i].To = []string{"local", "fxs2"}
			}
		}
	}, func(w *world) {
		trunk := w.trunk()
		soft := w.peer("127.0.0.1:5090", "127.0.0.1:7100", "8000")
		soft.Register("8000", "secret", 3600)
		p := w.dial("fxs1", "6001")
		trunk.answered(0)
		time.Sleep(time.Second)
		// The account's call finds the trunk full.
		invite := soft.challenged("6002", "secret")
		w.await(w.phone("fxs2"), "ringing", emu.Ringing)
		w.must(w.phone("fxs2").OffHook())
		d := soft.established(invite)
		time.Sleep(time.Second)
		d.Send("BYE", "", "")
		soft.Await("200 BYE")
		r := w.record()
		if r.Peer != "fxs2" || r.Port != "8000" {
			t.Errorf("record is %+v", r)
		}
		w.must(p.OnHook())
		trunk.Respond(trunk.Expect("BYE"), "200 OK", "", "", "")
	})
}

// challenged calls a number as an account.
func (p *peer) challenged(number, password string) *siptest.Message {
	p.w.Helper()
	invite := p.call(number)
	refused := p.Await("401 INVITE")
	p.AckFailure(invite, refused)
	invite = p.Authorize(invite, refused, p.User, password, "MD5", 1)
	p.Send(invite.Text())
	return invite
}

// A trunk's own codecs are offered to it, and nobody else's calls change.
func TestTrunkCodecs(t *testing.T) {
	play(t, "", func(cfg *config.Config) { cfg.Trunks[0].Codecs = []string{"PCMU"} }, func(w *world) {
		trunk := w.trunk()
		soft := w.peer("127.0.0.1:5090", "127.0.0.1:7100", "8000")
		soft.Register("8000", "secret", 3600)
		for _, c := range []struct {
			peer     *peer
			number   string
			payloads string
		}{{trunk, "6001", "0 13 101"}, {soft, "8000", "8 0 13 101"}} {
			p := w.dial("fxs1", c.number)
			invite := c.peer.Expect("INVITE")
			_, m, _ := strings.Cut(invite.Body, "m=audio ")
			m, _, _ = strings.Cut(m, "\r\n")
			if _, m, _ = strings.Cut(m, " RTP/AVP "); m != c.payloads {
				t.Errorf("%s is offered %q, want %q", c.number, m, c.payloads)
			}
			c.peer.Respond(invite, "486 Busy Here", "t1", "", "")
			c.peer.Expect("ACK")
			w.await(p, "busy tone", emu.Tone("busy"))
			w.must(p.OnHook())
			time.Sleep(2 * time.Second)
		}
	})
}

// What a port, an account or a trunk is not allowed to call does not leave the gateway.
func TestAllowed(t *testing.T) {
	play(t, "", func(cfg *config.Config) {
		cfg.Ports[0].Allowed = "2xx|911"
		cfg.Accounts[0].Allowed = "2xx"
		cfg.Trunks[0].Allowed = "202"
	}, func(w *world) {
		trunk := w.trunk()
		soft := w.peer("127.0.0.1:5090", "127.0.0.1:7100", "8000")
		soft.Register("8000", "secret", 3600)
		p := w.dial("fxs1", "6001")
		w.await(p, "number unobtainable", emu.Tone("info"))
		w.must(p.OnHook())
		trunk.Nothing(time.Second)
		if r := w.record(); r.Port != "fxs1" || len(r.Legs) != 0 {
			t.Errorf("record is %+v", r)
		}
		invite := soft.challenged("6001", "secret")
		refused := soft.final("INVITE")
		soft.AckFailure(invite, refused)
		if st := refused.Status(); st != 403 && st != 404 {
			t.Errorf("the account's call got %d", st)
		}
		trunk.Nothing(time.Second)
		invite = trunk.call("201")
		refused = trunk.final("INVITE")
		trunk.AckFailure(invite, refused)
		if st := refused.Status(); st != 403 && st != 404 {
			t.Errorf("the trunk's call got %d", st)
		}
		// Where it is allowed it works.
		invite = trunk.call("202")
		w.await(w.phone("fxs2"), "ringing", emu.Ringing)
		trunk.Cancel(invite, "")
		trunk.Await("200 CANCEL")
		trunk.AckFailure(invite, trunk.Await("487 INVITE"))
	})
}

// final returns the final response to a request.
func (p *peer) final(method string) *siptest.Message {
	p.w.Helper()
	for {
		if m := p.Next(siptest.Patience); m.Status() >= 200 && strings.HasSuffix(m.Get("CSeq"), method) {
			return m
		}
	}
}

// An emergency number goes at the last digit, over any limit, and takes the place of another call on the only line.
func TestEmergency(t *testing.T) {
	play(t, "fxs=2,fxo=1", nil, func(w *world) {
		x := w.exchange("fxo1")
		w.must(x.SetScript(emu.Script{AnswerMs: 1000, Reversal: true}))
		p := w.dial("fxs1", "95556677")
		w.await(x, "digits", emu.Digits("5556677"))
		time.Sleep(10 * time.Second)
		if calls := w.app.Calls(); len(calls) != 1 || calls[0].State != "talking" {
			t.Fatalf("calls are %+v", calls)
		}
		q := w.lift("fxs2")
		w.must(q.Dial(w.Context(), "911", false))
		start := time.Now()
		w.await(x, "the first call's end", emu.OnHook)
		if d := time.Since(start); d > time.Second {
			t.Errorf("the line was made free after %v: an emergency number waits for no digit", d)
		}
		w.await(x, "digits", emu.Digits("911"))
		w.await(p, "congestion tone", func(s emu.Status) bool { return s.Tone != "" && s.Tone != "dial" })
		time.Sleep(10 * time.Second)
		calls := w.app.Calls()
		if len(calls) != 1 || calls[0].A != "fxs2" || calls[0].To != "911" || calls[0].State != "talking" || calls[0].Route != "emergency" {
			t.Errorf("calls are %+v", calls)
		}
		w.must(q.OnHook())
		w.must(p.OnHook())
		time.Sleep(2 * time.Second)
	})
}

// sip.ptime is what is offered and sent; rtp.jitter_min is the least that a packet waits.
func TestPtimeAndJitter(t *testing.T) {
	delay := map[time.Duration]int{}
	for _, least := range []time.Duration{0, 120 * time.Millisecond} {
		play(t, "", func(cfg *config.Config) { cfg.SIP.Ptime, cfg.RTP.JitterMin = 30*time.Millisecond, least }, func(w *world) {
			trunk := w.trunk()
			p := w.dial("fxs1", "6001")
			invite := trunk.Expect("INVITE")
			if !strings.Contains(invite.Body, "a=ptime:30\r\n") {
				t.Errorf("offer is %q", invite.Body)
			}
			trunk.learn(invite.Body)
			trunk.Respond(invite, "200 OK", "t1", "", trunk.sdp())
			trunk.Expect("ACK")
			d := trunk.ServerDialog(invite, "t1")
			before := trunk.packets()
			trunk.listen(3 * time.Second)
			if n := trunk.packets() - before; n < 98 || n > 101 {
				t.Errorf("%d packets in 3 s", n)
			}
			rec := make(chan []int16, 1)
			go func() {
				pcm, err := p.Record(w.Context(), 2*time.Second)
				w.must(err)
				rec <- pcm
			}()
			trunk.say(make([]int16, tdm.Rate))
			trunk.say(dsptest.Sine(1004, -10, tdm.Rate))
			for i, v := range <-rec {
				if v > 2000 {
					delay[least] = i - tdm.Rate
					break
				}
			}
			d.Send("BYE", "", "")
			trunk.Await("200 BYE")
			w.must(p.OnHook())
		})
	}
	if delay[0] <= 0 || delay[0] > 60*8 {
		t.Errorf("a packet waits %d samples without a minimum", delay[0])
	}
	if more := delay[120*time.Millisecond] - delay[0]; more < 80*8 || more > 130*8 {
		t.Errorf("a packet waits %d samples more with a minimum of 120 ms", more)
	}
}
