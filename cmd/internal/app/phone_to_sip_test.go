package app

import (
	"math"
	"slices"
	"testing"
	"time"

	"tipring/dsp/dsptest"
	"tipring/gateway/cdr"
	"tipring/hw/emu"
	"tipring/tdm"
)

// Call 1: phone to SIP.
func TestPhoneToSIP(t *testing.T) {
	for _, how := range []struct {
		name  string
		pulse bool
	}{{"DTMF", false}, {"pulses", true}} {
		t.Run(how.name, func(t *testing.T) {
			play(t, "", nil, func(w *world) {
				trunk := w.trunk()
				p := w.lift("fxs1")
				w.must(p.Dial(w.Context(), "6001", how.pulse))
				invite := trunk.Expect("INVITE")
				if got := invite.URI(); got != "sip:6001@127.0.0.1:5070" {
					t.Errorf("called %s", got)
				}
				if got := invite.Get("From"); !contains(got, "201@") {
					t.Errorf("From is %s", got)
				}
				trunk.learn(invite.Body)
				trunk.Respond(invite, "180 Ringing", "t1", "", "")
				w.await(p, "ringback", emu.Tone("ring"))
				trunk.Respond(invite, "200 OK", "t1", "", trunk.sdp())
				trunk.Await("ACK")
				w.await(p, "silence after answer", emu.Quiet)
				trunk.say(dsptest.White(1, -12, 2*tdm.Rate)) // alone, so that the canceller knows what it does
				w.bothWays(p, trunk.media)
				w.must(p.OnHook())
				bye := trunk.Expect("BYE")
				trunk.Respond(bye, "200 OK", "", "", "")
				r := w.record()
				if r.From != "201" || r.To != "6001" || r.Port != "fxs1" || r.Peer != "local" || r.Direction != cdr.Outbound {
					t.Errorf("record is %+v", r)
				}
				if r.Cause != tdm.CauseNormalClearing || r.ReleasedBy != cdr.ByCaller || r.Detector != "onhook" || r.Answered.IsZero() {
					t.Errorf("record is %+v", r)
				}
				// What was said, -15 dBm0 on one side and -12 on the other, and not the silence at the end.
				line, ip := r.Quality[0].Line, r.Quality[1].RTP
				if math.Abs(float64(line.RxDBm0)+15) > 1 || math.Abs(float64(line.TxDBm0)+12) > 1 || !(line.ERL > 6) || !(line.ERLE > 10) {
					t.Errorf("the line sounded like %+v", *line)
				}
				if ip.Lost != 0 || ip.Loss != 0 || !(ip.MOS > 4) || !(ip.DepthMs >= 0) || ip.Received < 100 {
					t.Errorf("the packets were %+v", *ip)
				}
			})
		})
	}
}

// The far end hangs up: the phone hears the country's tone, then the howler, then nothing.
func TestPhoneHearsTheEnd(t *testing.T) {
	play(t, "", nil, func(w *world) {
		trunk := w.trunk()
		p := w.dial("fxs1", "6001")
		d := trunk.answered(time.Second)
		time.Sleep(2 * time.Second)
		d.Send("BYE", "", "")
		trunk.Expect("200 BYE")
		w.await(p, "congestion tone", emu.Tone("congestion"))
		r := w.record()
		if r.ReleasedBy != cdr.ByCalled || r.Cause != tdm.CauseNormalClearing {
			t.Errorf("record is %+v", r)
		}
		time.Sleep(30 * time.Second)
		pcm, err := p.Record(w.Context(), time.Second)
		w.must(err)
		for _, hz := range []float64{1400, 2060, 2450, 2600} { // GR-506, receiver off hook
			if l := dsptest.ToneLevel(pcm, hz); l < -25 {
				t.Errorf("the howler has %.1f dBm0 at %.0f Hz", l, hz)
			}
		}
		time.Sleep(60 * time.Second)
		if pcm, err = p.Record(w.Context(), time.Second); err != nil || slices.Max(pcm) > 50 {
			t.Errorf("after lock-out the phone still hears %d (%v)", slices.Max(pcm), err)
		}
		w.must(p.OnHook())
	})
}

// Early media of the far end is heard before the answer.
func TestEarlyMedia(t *testing.T) {
	play(t, "", nil, func(w *world) {
		trunk := w.trunk()
		p := w.dial("fxs1", "6001")
		invite := trunk.Expect("INVITE")
		trunk.learn(invite.Body)
		trunk.Respond(invite, "183 Session Progress", "t1", "", trunk.sdp())
		time.Sleep(200 * time.Millisecond)
		w.bothWays(p, trunk.media)
		trunk.Respond(invite, "486 Busy Here", "t1", "", "")
		trunk.Expect("ACK")
		w.await(p, "busy tone", emu.Tone("busy"))
		if r := w.record(); r.Cause != tdm.CauseUserBusy || r.SIPStatus != 486 || !r.Answered.IsZero() {
			t.Errorf("record is %+v", r)
		}
	})
}

// What a phone hears when a call fails.
func TestTonesByCause(t *testing.T) {
	for _, c := range []struct {
		status, tone string
		cause        tdm.Cause
	}{
		{"486 Busy Here", "busy", tdm.CauseUserBusy},
		{"503 Service Unavailable", "congestion", tdm.CauseTemporaryFailure},
		{"404 Not Found", "info", tdm.CauseUnallocated},
	} {
		t.Run(c.status, func(t *testing.T) {
			play(t, "", nil, func(w *world) {
				trunk := w.trunk()
				p := w.dial("fxs1", "6001")
				invite := trunk.Expect("INVITE")
				trunk.Respond(invite, c.status, "t1", "", "")
				trunk.Expect("ACK")
				w.await(p, c.tone, emu.Tone(c.tone))
				if r := w.record(); r.Cause != c.cause {
					t.Errorf("cause is %v, want %v", r.Cause, c.cause)
				}
			})
		})
	}
}

// Nothing dialled, and a number that nothing reaches.
func TestDialTimeouts(t *testing.T) {
	play(t, "", nil, func(w *world) {
		p := w.lift("fxs1")
		start := time.Now()
		w.await(p, "end of dial tone", func(s emu.Status) bool { return s.Tone != "dial" })
		if d := time.Since(start); d < 14*time.Second || d > 17*time.Second {
			t.Errorf("first-digit timer took %v", d)
		}
		w.must(p.OnHook())
		time.Sleep(time.Second)
		p = w.dial("fxs1", "5")
		w.await(p, "number unobtainable", emu.Tone("info"))
		if r := w.record(); r.Cause != tdm.CauseInvalidNumber || r.To != "5" {
			t.Errorf("record is %+v", r)
		}
	})
}

func TestHookFlashIsReported(t *testing.T) {
	play(t, "", nil, func(w *world) {
		trunk := w.trunk()
		p := w.dial("fxs1", "6001")
		trunk.answered(0)
		time.Sleep(time.Second)
		w.must(p.Flash())
		time.Sleep(2 * time.Second)
		line := w.app.cards[0].group.Line("fxs1").Status()
		if line.Flashes != 1 || line.State != "talking" {
			t.Errorf("line is %+v", line)
		}
		w.must(p.OnHook())
		trunk.Respond(trunk.Expect("BYE"), "200 OK", "", "", "")
	})
}

// A digit pressed in a call goes out as a telephone-event, and not in the audio as well.
func TestDigitsInTheCall(t *testing.T) {
	play(t, "", nil, func(w *world) {
		trunk := w.trunk()
		p := w.dial("fxs1", "6001")
		d := trunk.answered(0)
		time.Sleep(time.Second)
		before := trunk.mark()
		w.must(p.Dial(w.Context(), "147#", false))
		time.Sleep(500 * time.Millisecond)
		if got := trunk.digits(); got != "147#" {
			t.Errorf("events %q", got)
		}
		if ms := leaked(trunk.since(before)); ms > 20 {
			t.Errorf("%d ms of tone leaked in band in one digit", ms)
		}
		// And the other way: events become tones on the line.
		rec := make(chan []int16, 1)
		go func() {
			pcm, err := p.Record(w.Context(), 2*time.Second)
			w.must(err)
			rec <- pcm
		}()
		time.Sleep(100 * time.Millisecond)
		trunk.sendDigit(5)
		if got := decodeDTMF(<-rec); got != "5" {
			t.Errorf("the phone hears digits %q", got)
		}
		d.Send("BYE", "", "")
		trunk.Expect("200 BYE")
	})
}
