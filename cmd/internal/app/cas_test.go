package app

import (
	"context"
	"strings"
	"testing"
	"time"

	"tipring/dsp/dsptest"
	"tipring/gateway/api"
	"tipring/gateway/cdr"
	"tipring/gateway/config"
	"tipring/hw/emu"
	"tipring/tdm"
)

// byBits makes the span one that signals by bits, whose calls to 6xxx go to the SIP trunk.
func byBits(kind, protocol string) setup {
	return func(cfg *config.Config) {
		s := &cfg.Spans[0]
		s.Kind, s.Signalling, s.Protocol, s.Glare = kind, config.CAS, protocol, "yield"
		if strings.HasPrefix(protocol, "fxo") {
			s.Number = "6100"
		}
		cfg.Routes = append([]config.Route{{Name: "in", From: []string{"span1"}, Called: "6xxx", To: []string{"local"}}}, cfg.Routes...)
	}
}

// within bounds a wait.
func within(w *world) context.Context {
	ctx, cancel := context.WithTimeout(w.Context(), time.Minute)
	w.Cleanup(cancel)
	return ctx
}

// bitsUp waits until the channels can be used.
func (w *world) bitsUp(name string) *spanGroup {
	w.Helper()
	g := w.app.spanOf(name)
	for range 500 {
		if st := g.api(); st.Channels["idle"] == len(g.cfg.Timeslots()) {
			time.Sleep(2 * time.Second) // the far end's guard time
			return g
		}
		time.Sleep(10 * time.Millisecond)
	}
	w.Fatalf("%s: the channels are not idle", name)
	return nil
}

// A SIP call goes out over signalling bits, and a call comes in over them to SIP: speech both ways, the record, and each end
// hangs up.
func TestSIPOverBits(t *testing.T) {
	for _, c := range []struct{ kind, protocol, from string }{
		{"e1", "em-wink", ""}, {"t1", "fgd", "2015550000"}, {"t1", "em-immediate", ""}, {"e1", "r1", ""}, {"t1", "fxs-ground", ""}, {"e1", "fxo-loop", ""}, {"e1", "r2", "2015550000"},
	} {
		t.Run(c.protocol+" "+c.kind, func(t *testing.T) {
			if testing.Short() && c.protocol != "r2" {
				t.Skip("-short: one protocol has the goroutines of all")
			}
			play(t, withSpan, byBits(c.kind, c.protocol), func(w *world) {
				g := w.bitsUp("span1")
				far := g.cas.far
				trunk := w.trunk()
				invite := trunk.Request("INVITE", "sip:75556677@127.0.0.1:5060", "", trunk.sdp())
				invite.Set("From", "<sip:2015551111@127.0.0.1:5070>;tag=j1")
				trunk.Send(invite.Text())
				st, err := far.Await(within(w), func(s emu.ISDNStatus) bool { return len(s.Calls) == 1 && s.Calls[0].State == "talking" })
				w.must(err)
				if to := st.Calls[0].To; to != "5556677" && to != farNumber {
					t.Errorf("the switch has %+v", st.Calls[0])
				}
				if strings.HasPrefix(c.protocol, "fxo") {
					// A loop tells no answer: somebody has to speak.
					go far.Play(w.Context(), dsptest.Speech(1, -18, 4*tdm.Rate))
				}
				d := trunk.established(invite)
				time.Sleep(5 * time.Second)
				go func() { w.must(far.Play(w.Context(), dsptest.Sine(1004, -15, 3*tdm.Rate))) }()
				time.Sleep(time.Second)
				w.tone("at the SIP peer", trunk.media.listen(time.Second), 1004, -15)
				time.Sleep(time.Second)
				go trunk.media.say(dsptest.Sine(1477.3, -12, 3*tdm.Rate))
				time.Sleep(time.Second)
				pcm, err := far.Record(w.Context(), time.Second)
				w.must(err)
				w.tone("at the switch", pcm, 1477.3, -12)
				s := w.scrape()
				if busy := s.sum("tipring_span_channels", `state="busy"`); busy != 1 {
					t.Errorf("%v channels are busy", busy)
				}
				if n := s.sum("tipring_cas_events_total", `event="seizures"`) + s.sum("tipring_cas_events_total", `event="rings"`); n != 1 {
					t.Errorf("%v seizures and rings are counted", n)
				}
				d.Send("BYE", "", "")
				trunk.Await("200 BYE")
				if r := w.record(); r.Port != "local" || r.Peer != "span1" || r.Cause != tdm.CauseNormalClearing || r.ReleasedBy != cdr.ByCaller || r.Quality[1].Line == nil {
					t.Errorf("record is %+v", r)
				}
				_, err = far.Await(within(w), func(s emu.ISDNStatus) bool { return len(s.Calls) == 0 })
				w.must(err)
				w.bitsUp("span1")

				w.must(far.Call(w.Context(), "2015550000", "", "6100"))
				invite = trunk.Await("INVITE")
				if uri := invite.URI(); !strings.HasPrefix(uri, "sip:6100@") {
					t.Errorf("called %s", uri)
				}
				if from := invite.Get("From"); c.from != "" && !contains(from, c.from+"@") {
					t.Errorf("From is %s", from)
				}
				trunk.learn(invite.Body)
				trunk.Respond(invite, "180 Ringing", "t1", "", "")
				time.Sleep(2 * time.Second)
				trunk.Respond(invite, "200 OK", "t1", "", trunk.sdp())
				trunk.Await("ACK")
				time.Sleep(3 * time.Second)
				go trunk.media.say(dsptest.Sine(1477.3, -12, 3*tdm.Rate))
				time.Sleep(time.Second)
				pcm, err = far.Record(w.Context(), time.Second)
				w.must(err)
				w.tone("at the switch", pcm, 1477.3, -12)
				w.must(far.Hangup(w.Context()))
				trunk.Respond(trunk.Expect("BYE"), "200 OK", "", "", "")
				if r := w.record(); r.Port != "span1" || r.Peer != "local" || r.To != "6100" || r.From != c.from || r.ReleasedBy != cdr.ByCaller || r.Detector == "" && c.protocol != "r2" {
					t.Errorf("record is %+v", r)
				}
			})
		})
	}
}

// What an operator sees and does: the channels' states and bits, a pulled cable, a test that keeps calls away.
func TestBitsForOperators(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: framers take minutes under the race detector, and shorter stories have the same goroutines")
	}
	play(t, withSpan, byBits("t1", "em-wink"), func(w *world) {
		g := w.bitsUp("span1")
		s := g.api()
		if len(s.Slots) != 24 || s.Slots[0].Signalling != "idle" || s.Slots[0].Received != "0000" || s.Side != "" || s.Switch != "em-wink" {
			t.Errorf("the span is seen as %+v", s)
		}
		ms, err := backend{w.app}.Machines(w.Context())
		w.must(err)
		n := 0
		for _, m := range ms {
			if m.Machine == "cas" && m.State == "idle" {
				n++
			}
		}
		if n != 24 {
			t.Errorf("%d machines are idle", n)
		}
		release, err := g.reserve(w.Context(), 1<<1|1<<2, false)
		w.must(err)
		time.Sleep(100 * time.Millisecond)
		if s := g.api(); s.Channels["blocked"] != 2 {
			t.Errorf("channels are %v", s.Channels)
		}
		release()
		b := backend{w.app}
		w.must(b.Block("span1", api.SpanBlock{Timeslots: []int{5}, On: true}))
		time.Sleep(100 * time.Millisecond)
		if s := g.api(); s.Channels["blocked"] != 1 || !s.Slots[4].Blocked {
			t.Errorf("channels are %v", s.Channels)
		}
		w.must(b.Block("span1", api.SpanBlock{}))
		if b.Restart("span1", api.SpanRestart{}) == nil {
			t.Error("signalling by bits restarts")
		}
		if err := b.Trace(w.Context(), "span1", func() error { return nil }, nil); err == nil {
			t.Error("signalling by bits has a D channel to trace")
		}
		far := g.card.emu.Far("span1")
		far.Pull()
		time.Sleep(5 * time.Second)
		if s := g.api(); s.Channels["out_of_service"] != 24 {
			t.Errorf("the cable is pulled, and channels are %v", s.Channels)
		}
		p := w.dial("fxs1", "75556677")
		w.await(p, "congestion tone", emu.Tone("congestion"))
		if r := w.record(); r.Cause != tdm.CauseNetworkOutOfOrder {
			t.Errorf("record is %+v", r)
		}
		w.must(p.OnHook())
		far.Plug()
		time.Sleep(15 * time.Second)
		w.bitsUp("span1")
	})
}

// What a country's MFC-R2 does not have is an error that names the span; no calling number is asked for when none is wanted.
func TestR2Keys(t *testing.T) {
	s := config.Span{Name: "span1", Kind: "e1", Protocol: "r2", DoubleAnswer: true}
	if _, err := casMachine(s, nil, false); err == nil || err.Error() != "span span1: r2: itu has no double answer: remove it" {
		t.Errorf("got %v", err)
	}
	anonymous := func(c *config.Config) {
		byBits("e1", "r2")(c)
		c.Spans[0].CallingDigits, c.Spans[0].CalledDigits, c.Spans[0].Category = 0, 4, "priority"
	}
	play(t, withSpan, anonymous, func(w *world) {
		g := w.bitsUp("span1")
		trunk := w.trunk()
		w.must(g.cas.far.Call(w.Context(), "2015550000", "", "6100"))
		invite := trunk.Expect("INVITE")
		if from := invite.Get("From"); contains(from, "2015550000") {
			t.Errorf("From is %s", from)
		}
		trunk.Respond(invite, "486 Busy Here", "t1", "", "")
		trunk.Expect("ACK")
	})
}
