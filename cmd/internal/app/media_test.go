package app

import (
	"strings"
	"testing"
	"time"

	"tipring/dsp/dsptest"
	"tipring/gateway/cdr"
	"tipring/gateway/config"
	"tipring/tdm"
)

// A SIP phone calls the trunk: no line is touched, the audio crosses the soft card.
func TestAccountCallsTrunk(t *testing.T) {
	play(t, "", nil, func(w *world) {
		trunk := w.trunk()
		soft := w.peer("127.0.0.1:5090", "127.0.0.1:7100", "8000")
		soft.Register("8000", "secret", 3600)
		invite := soft.Request("INVITE", "sip:6001@127.0.0.1:5060", "", soft.sdp())
		soft.Send(invite.Text())
		challenge := soft.Await("401 INVITE")
		soft.AckFailure(invite, challenge)
		invite = soft.Authorize(invite, challenge, "8000", "secret", "MD5", 1)
		soft.Send(invite.Text())
		far := trunk.answered(0)
		d := soft.established(invite)
		time.Sleep(500 * time.Millisecond)
		for _, c := range []struct {
			from, to *media
			hz       float64
		}{{soft.media, trunk.media, 1004}, {trunk.media, soft.media, 1477}} {
			go c.from.say(dsptest.Sine(c.hz, -15, 3*tdm.Rate))
			time.Sleep(time.Second)
			w.tone("at the other phone", c.to.listen(time.Second), c.hz, -15)
			time.Sleep(2 * time.Second)
		}
		far.Send("BYE", "", "")
		trunk.Await("200 BYE")
		soft.Respond(soft.Await("BYE"), "200 OK", "", "", "")
		_ = d
		if r := w.record(); r.Port != "8000" || r.Peer != "local" || r.Direction != cdr.Outbound || len(r.Quality) != 2 {
			t.Errorf("record is %+v", r)
		}
	})
}

// The SIP side holds the call and takes it back; the phone hears nothing in between.
func TestHold(t *testing.T) {
	play(t, "", nil, func(w *world) {
		trunk := w.trunk()
		p := w.dial("fxs1", "6001")
		d := trunk.answered(0)
		time.Sleep(time.Second)
		w.bothWays(p, trunk.media)
		d.Send("INVITE", "", strings.Replace(trunk.sdp(), "a=rtpmap:101", "a=sendonly\r\na=rtpmap:101", 1))
		ok := trunk.Await("200 INVITE")
		if !strings.Contains(ok.Body, "a=recvonly") {
			t.Errorf("sendonly is answered with %s", ok.Body)
		}
		d.Send("ACK", "", "")
		time.Sleep(500 * time.Millisecond)
		before := trunk.packets()
		time.Sleep(time.Second)
		if n := trunk.packets() - before; n != 0 {
			t.Errorf("%d packets while on hold", n)
		}
		d.Send("INVITE", "", trunk.sdp())
		trunk.Await("200 INVITE")
		d.Send("ACK", "", "")
		time.Sleep(500 * time.Millisecond)
		w.bothWays(p, trunk.media)
		w.must(p.OnHook())
		trunk.Respond(trunk.Await("BYE"), "200 OK", "", "", "")
	})
}

// With suppress_silence a pause is a packet or two of comfort noise a second, for peers that take it.
func TestSuppressedSilence(t *testing.T) {
	for _, c := range []struct {
		name, sdp string
		most      int // packets in 2 s of silence
	}{{"comfort noise offered", "RTP/AVP 8 13 101", 10}, {"not offered", "RTP/AVP 8 101", 102}} {
		t.Run(c.name, func(t *testing.T) {
			play(t, "", func(cfg *config.Config) { cfg.SIP.Pauses = true }, func(w *world) {
				trunk := w.trunk()
				p := w.dial("fxs1", "6001")
				invite := trunk.Expect("INVITE")
				trunk.learn(invite.Body)
				trunk.Respond(invite, "200 OK", "t1", "", strings.Replace(trunk.sdp(), "RTP/AVP 8 0 101", c.sdp, 1))
				trunk.Expect("ACK")
				d := trunk.ServerDialog(invite, "t1")
				time.Sleep(5 * time.Second)
				before := trunk.packets()
				time.Sleep(2 * time.Second)
				if n := trunk.packets() - before; n > c.most || n < c.most-10 {
					t.Errorf("%d packets in 2 s of silence, want at most %d", n, c.most)
				}
				w.bothWays(p, trunk.media)
				d.Send("BYE", "", "")
				trunk.Await("200 BYE")
			})
		})
	}
}

// A fax tone from either side makes the call voice-band data.
func TestFaxToneMakesVoiceBandData(t *testing.T) {
	for _, c := range []struct {
		name string
		hz   float64
		line bool
	}{{"CED from the line", 2100, true}, {"CNG from the line", 1100, true}, {"CED from SIP", 2100, false}} {
		t.Run(c.name, func(t *testing.T) {
			play(t, "", nil, func(w *world) {
				trunk := w.trunk()
				p := w.dial("fxs1", "6001")
				d := trunk.answered(0)
				time.Sleep(time.Second)
				pump := w.app.cards[0].pump
				if pump.Stats(nil)[0].VoiceBand {
					t.Fatal("voice-band data before the tone")
				}
				// CNG is 0.5 s on, 3 s off (T.30 §4.3.2); CED lasts 2.6 to 4 s.
				tone := dsptest.Sine(c.hz, -15, 3*tdm.Rate)
				if c.hz == 1100 {
					clear(tone[tdm.Rate/2:])
				}
				if c.line {
					w.must(p.Play(w.Context(), tone))
					w.must(p.Play(w.Context(), append(make([]int16, tdm.Rate/2), tone...)))
				} else {
					trunk.say(tone)
				}
				if !pump.Stats(nil)[0].VoiceBand {
					t.Error("no voice-band data after the tone")
				}
				if got := w.scrape().sum("tipring_dsp_channels", `task="voice_band_data"`); got != 1 {
					t.Errorf("%v channels carry voice-band data", got)
				}
				d.Send("BYE", "", "")
				trunk.Await("200 BYE")
				w.must(p.OnHook())
				time.Sleep(time.Second)
				if got := w.scrape().sum("tipring_fax_calls_total"); got != 1 {
					t.Errorf("%v fax calls are counted", got)
				}
				if pump.Stats(nil)[0].VoiceBand {
					t.Error("the next call starts as voice-band data")
				}
			})
		})
	}
}

// Packets from a stranger are counted and not heard.
func TestStrangersAreIgnored(t *testing.T) {
	play(t, "", nil, func(w *world) {
		trunk := w.trunk()
		p := w.dial("fxs1", "6001")
		d := trunk.answered(0)
		time.Sleep(time.Second)
		stranger := w.media("127.0.0.9:7777")
		stranger.to = trunk.to
		go stranger.say(dsptest.Sine(1004, -5, 3*tdm.Rate))
		pcm, err := p.Record(w.Context(), 2*time.Second)
		w.must(err)
		if l := dsptest.ToneLevel(pcm, 1004); l > -50 {
			t.Errorf("the stranger is heard with %.1f dBm0", l)
		}
		if got := w.scrape().sum("tipring_rtp_stranger_packets_total", `trunk="local"`); got < 50 {
			t.Errorf("%v packets of a stranger are counted", got)
		}
		d.Send("BYE", "", "")
		trunk.Await("200 BYE")
	})
}
