package app

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"tipring/dsp/callerid"
	"tipring/gateway/cdr"
	"tipring/gateway/config"
	"tipring/gateway/sip/siptest"
	"tipring/hw/emu"
	"tipring/tdm"
)

// toTrunk routes what comes in on the lines to the trunk, and lets the trunk call out.
func toTrunk(cfg *config.Config) {
	for i := range cfg.Routes {
		if len(cfg.Routes[i].From) == 1 && cfg.Routes[i].From[0] == "fxo" {
			cfg.Routes[i].To = []string{"local"}
		}
	}
}

// mdmf is a caller-ID message (GR-30-CORE §2.4): parameters of type, length and octets, and the checksum.
func mdmf(number, name string) []byte {
	msg := []byte{callerid.TypeMDMF, byte(4 + len(number) + len(name)), callerid.ParamCallingNumber, byte(len(number))}
	msg = append(append(msg, number...), callerid.ParamCallingName, byte(len(name)))
	msg = append(msg, name...)
	var sum byte
	for _, o := range msg {
		sum -= o
	}
	return append(msg, sum)
}

// spoiled makes the checksum of a message wrong.
func spoiled(msg []byte) []byte {
	msg[len(msg)-1]++
	return msg
}

// Call 3: exchange to FXO to SIP.
func TestExchangeToSIP(t *testing.T) {
	const (
		unavailable = "sip:unavailable@unknown.invalid"
		escape      = "\x1b[2J"
	)
	for _, c := range []struct {
		name     string
		number   string
		opts     []emu.RingOption
		from     []string // parts of From
		asserted string   // P-Asserted-Identity, but for the host
		privacy  string
	}{
		{"number and name", "5557788", nil, []string{`"John Doe" <sip:5557788@`}, `"John Doe" <sip:5557788@`, ""},
		{"private", "", []emu.RingOption{emu.Present(tdm.Restricted)}, []string{`"Anonymous"`, "sip:anonymous@anonymous.invalid"}, "", "id"},
		{"unavailable", "", []emu.RingOption{emu.Present(tdm.Unavailable)}, []string{unavailable}, "", ""},
		{"wrong checksum", "5557788", []emu.RingOption{emu.BadChecksum()}, []string{unavailable}, "", ""},
		{"control characters in the name", "5557788", []emu.RingOption{emu.RawMessage(mdmf("5557788", "A"+escape+"\r\nVia: B"))}, []string{"<sip:5557788@"}, "<sip:5557788@", ""},
		{"control characters in the number", "5557788", []emu.RingOption{emu.RawMessage(mdmf("555\r\nVia: x", "John Doe"))}, []string{`"John Doe"`, unavailable}, "", ""},
		{"control characters and a wrong checksum", "5557788", []emu.RingOption{emu.RawMessage(spoiled(mdmf("5557788", escape+"John")))}, []string{unavailable}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			play(t, "", toTrunk, func(w *world) {
				trunk := w.trunk()
				x := w.exchange("fxo1")
				start := time.Now()
				w.must(x.Ring(c.number, "John Doe", c.opts...))
				invite := trunk.Expect("INVITE")
				if d := time.Since(start); d < time.Second || d > 7*time.Second {
					t.Errorf("the call went out after %v: neither after caller ID nor with ring 2", d)
				}
				for _, part := range c.from {
					if from := invite.Get("From"); !strings.Contains(from, part) {
						t.Errorf("From is %q, want %q in it", from, part)
					}
				}
				if got := invite.Get("P-Asserted-Identity"); !strings.HasPrefix(got, c.asserted) || (got == "") != (c.asserted == "") {
					t.Errorf("P-Asserted-Identity is %q, want %q", got, c.asserted)
				}
				if got := invite.Get("Privacy"); got != c.privacy {
					t.Errorf("Privacy is %q, want %q", got, c.privacy)
				}
				head, _, _ := strings.Cut(invite.Text(), "\r\n\r\n")
				for _, line := range strings.Split(head, "\r\n") {
					if strings.ContainsFunc(line, unicode.IsControl) {
						t.Errorf("a control character in %q", line)
					}
				}
				if n := strings.Count(head, "\r\nVia:"); n != 1 {
					t.Errorf("%d Via headers", n)
				}
				trunk.learn(invite.Body)
				trunk.Respond(invite, "180 Ringing", "t1", "", "")
				time.Sleep(2 * time.Second)
				if x.Status().Hook != "on" {
					t.Error("the line is off hook before the answer")
				}
				trunk.Respond(invite, "200 OK", "t1", "", trunk.sdp())
				trunk.Expect("ACK")
				d := trunk.ServerDialog(invite, "t1")
				w.await(x, "off-hook", emu.OffHook)
				time.Sleep(500 * time.Millisecond)
				w.bothWays(x, trunk.media)
				d.Send("BYE", "", "")
				trunk.Expect("200 BYE")
				w.await(x, "on-hook", emu.OnHook)
				r := w.record()
				if r.Port != "fxo1" || r.Peer != "local" || r.ReleasedBy != cdr.ByCalled || r.Answered.IsZero() {
					t.Errorf("record is %+v", r)
				}
			})
		})
	}
}

// The far end's hang-up is noticed by every means, and the record says which.
func TestFarEndHangsUp(t *testing.T) {
	for _, c := range []struct {
		signal   emu.Signal
		detector string
		within   time.Duration
	}{
		{emu.SignalCPC, "cpc", time.Second},
		{emu.SignalPolarity, "polarity", time.Second},
		{emu.SignalTone, "tone", 10 * time.Second},
		{emu.SignalNone, "silence", 70 * time.Second},
	} {
		t.Run(c.detector, func(t *testing.T) {
			play(t, "", toTrunk, func(w *world) {
				trunk := w.trunk()
				x := w.exchange("fxo1")
				w.must(x.Ring("5557788", ""))
				invite := trunk.Expect("INVITE")
				trunk.learn(invite.Body)
				trunk.Respond(invite, "200 OK", "t1", "", trunk.sdp())
				trunk.Expect("ACK")
				w.await(x, "off-hook", emu.OffHook)
				time.Sleep(500 * time.Millisecond)
				w.bothWays(x, trunk.media)
				at := time.Now()
				w.must(x.Hangup(c.signal))
				if c.signal == emu.SignalNone {
					// The SIP side is there and silent, so that it is the line's silence that counts.
					go trunk.say(make([]int16, tdm.Samples(75*time.Second)))
				}
				if c.within > siptest.Patience {
					time.Sleep(siptest.Patience)
				}
				bye := trunk.Await("BYE")
				trunk.Respond(bye, "200 OK", "", "", "")
				if d := time.Since(at); d > c.within {
					t.Errorf("noticed after %v", d)
				}
				r := w.record()
				if r.Detector != c.detector || r.ReleasedBy != cdr.ByCaller || r.DetectorAt.Before(at) || r.DetectorAt.After(r.Ended) {
					t.Errorf("detector %q at %v by %s, hang-up at %v, ended %v", r.Detector, r.DetectorAt, r.ReleasedBy, at, r.Ended)
				}
				w.await(x, "on-hook", emu.OnHook)
			})
		})
	}
}

// The caller gives up before anybody answers.
func TestAbandonedCall(t *testing.T) {
	play(t, "", toTrunk, func(w *world) {
		trunk := w.trunk()
		x := w.exchange("fxo1")
		w.must(x.Ring("5557788", "", emu.AbandonAfter(9*time.Second)))
		invite := trunk.Expect("INVITE")
		trunk.Respond(invite, "180 Ringing", "t1", "", "")
		cancel := trunk.Await("CANCEL")
		trunk.Respond(cancel, "200 OK", "", "", "")
		trunk.Respond(invite, "487 Request Terminated", "t1", "", "")
		trunk.Await("ACK")
		if x.Status().Hook != "on" {
			t.Error("the line went off hook")
		}
		if r := w.record(); !r.Answered.IsZero() || r.ReleasedBy != cdr.ByCaller {
			t.Errorf("record is %+v", r)
		}
	})
}

// Call 4: SIP to FXO to exchange.
func TestSIPToExchange(t *testing.T) {
	for _, c := range []struct {
		name   string
		script emu.Script
		pulse  bool
		basis  string
	}{
		{"polarity", emu.Script{AnswerMs: 8000, Reversal: true}, false, "polarity"},
		{"voice", emu.Script{AnswerMs: 8000}, false, "voice"},
		{"time", emu.Script{AnswerMs: 8000}, false, "time"},
		{"pulse dialling", emu.Script{AnswerMs: 8000, Reversal: true}, true, "polarity"},
	} {
		t.Run(c.name, func(t *testing.T) {
			play(t, "", func(cfg *config.Config) {
				for i := range cfg.Ports {
					p := &cfg.Ports[i]
					if p.Kind != config.FXO {
						continue
					}
					if c.pulse {
						p.Dial = "pulse"
					}
					if c.basis == "time" {
						p.AnswerOn = []string{"time"} // 10 s after the last digit
					}
				}
			}, func(w *world) {
				trunk := w.trunk()
				x := w.exchange("fxo1")
				w.must(x.SetScript(c.script))
				invite := trunk.call("95556677")
				progress := trunk.Await("183 INVITE")
				trunk.learn(progress.Body)
				w.await(x, "digits", emu.Digits("5556677"))
				// The caller hears the exchange's ringing tone, which is not ours.
				time.Sleep(3 * time.Second)
				if trunk.packets() == 0 {
					t.Error("no early media")
				}
				if c.basis == "voice" {
					go func() {
						time.Sleep(6 * time.Second)
						x.Play(w.Context(), speech(3*time.Second))
					}()
				}
				d := trunk.established(invite)
				if c.basis == "voice" {
					time.Sleep(4 * time.Second)
				}
				w.bothWays(x, trunk.media)
				d.Send("BYE", "", "")
				trunk.Await("200 BYE")
				w.await(x, "on-hook", emu.OnHook)
				r := w.record()
				if r.AnswerBasis != c.basis || r.Port != "local" || r.Peer != "fxo1" || r.Direction != cdr.Transit {
					t.Errorf("record is %+v", r)
				}
			})
		})
	}
}

// A line in use gives the next line of the hunt group, and 486 or 503 when there is none left.
func TestHuntGroup(t *testing.T) {
	play(t, "", nil, func(w *world) {
		trunk := w.trunk()
		for _, port := range []string{"fxo1", "fxo2"} {
			w.must(w.exchange(port).SetScript(emu.Script{AnswerMs: 4000, Reversal: true}))
		}
		var dialogs []*siptest.Dialog
		for _, port := range []string{"fxo1", "fxo2"} {
			invite := trunk.call("95556677")
			w.await(w.exchange(port), "seizure of "+port, emu.OffHook)
			dialogs = append(dialogs, trunk.established(invite))
		}
		invite := trunk.call("95556677")
		res := trunk.Await("486 INVITE")
		trunk.AckFailure(invite, res)
		for _, d := range dialogs {
			d.Send("BYE", "", "")
			trunk.Await("200 BYE")
		}
	})
}

// The exchange rings at the moment of seizure: the outgoing call takes the next line and the incoming one is offered.
func TestGlare(t *testing.T) {
	play(t, "", nil, func(w *world) {
		trunk := w.trunk()
		w.must(w.exchange("fxo1").Ring("5557788", "Caller", emu.OnSeizure()))
		w.must(w.exchange("fxo2").SetScript(emu.Script{AnswerMs: 4000, Reversal: true}))
		invite := trunk.call("95556677")
		w.await(w.exchange("fxo2"), "seizure of the second line", emu.OffHook)
		d := trunk.established(invite)
		// The call that came in at the same moment reaches the phone.
		p := w.phone("fxs1")
		w.await(p, "the incoming call", emu.Ringing)
		w.must(p.OffHook())
		w.await(w.exchange("fxo1"), "answer of the incoming call", emu.OffHook)
		if g := w.app.cards[0].group.Line("fxo1").Status().Glare; g != 1 {
			t.Errorf("glare counted %d times", g)
		}
		d.Send("BYE", "", "")
		trunk.Await("200 BYE")
		w.must(p.OnHook())
	})
}

// Incoming calls ring the phone and the account at once; the first to answer has the call.
func TestIncomingRingsBoth(t *testing.T) {
	play(t, "", nil, func(w *world) {
		soft := w.peer("127.0.0.1:5090", "127.0.0.1:7100", "8000")
		soft.Register("8000", "secret", 3600)
		w.must(w.exchange("fxo1").Ring("5557788", "Caller"))
		invite := soft.Expect("INVITE")
		soft.Respond(invite, "180 Ringing", "s1", "", "")
		p := w.phone("fxs1")
		w.await(p, "ringing", emu.Ringing)
		w.must(p.OffHook())
		soft.Respond(soft.Await("CANCEL"), "200 OK", "", "", "")
		soft.Respond(invite, "487 Request Terminated", "s1", "", "")
		soft.Await("ACK")
		w.await(w.exchange("fxo1"), "off-hook", emu.OffHook)
		time.Sleep(time.Second)
		w.crossed(p, w.exchange("fxo1"))
		w.must(p.OnHook())
		if r := w.record(); r.Peer != "fxs1" || len(r.Legs) != 2 {
			t.Errorf("record is %+v", r)
		}
	})
}
