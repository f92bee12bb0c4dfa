package loop_test

import (
	"math"
	"testing"
	"time"

	"tipring/dsp/dsptest"
	"tipring/hw/emu"
	"tipring/tdm"
	"tipring/tdm/fsm"
	"tipring/tdm/loop"
)

func phone(number, zone string) emu.Line {
	return emu.Line{Kind: tdm.FXS, Name: "fxs1", Number: number, Zone: zone}
}

func TestTelephoneCallsAndHangsUp(t *testing.T) {
	inBubble(t, []emu.Line{phone("201", "us")}, nil, func(r *rig) {
		p := r.card.Phone("fxs1")
		r.ok(p.OffHook())
		c := r.incoming()
		if c.setup.Calling.Digits != "201" || c.setup.Called != "" {
			t.Fatalf("setup %+v", c.setup)
		}
		c.send(tdm.SetupAck)
		r.far(p.Await, "dial tone", emu.Tone("dial"))
		r.ok(p.Dial(r.ctx, "80*", false))
		c.want("INFORMATION 8")
		c.want("INFORMATION 0")
		c.want("INFORMATION *")
		r.far(p.Await, "no tone", emu.Tone(""))
		c.send(tdm.Proceeding)
		c.send(tdm.Alerting)
		r.far(p.Await, "ringback", emu.Tone("ring"))
		c.send(tdm.Connect)
		r.state("fxs1", "talking")
		r.far(p.Await, "no tone", emu.Tone(""))
		r.ok(p.Flash())
		c.want("NOTIFY hookflash")
		before := r.pump.Now()
		r.ok(p.OnHook())
		rel := c.want("RELEASE 16 onhook")
		// On-hook is noticed when the longest flash has passed, and not later than a block and the debouncing after it.
		if ms := (rel.At - before) / tdm.Quantum; ms < 1000 || ms > 1030 {
			t.Errorf("on-hook noticed after %d ms", ms)
		}
		st := r.state("fxs1", "idle")
		if st.Seizures != 1 || st.Flashes != 1 || st.Digits != 3 || st.Unexpected != 0 {
			t.Errorf("counters %+v", st.Counters)
		}
		c.silent(time.Second)
	})
}

func TestTelephoneDialsPulses(t *testing.T) {
	inBubble(t, []emu.Line{phone("201", "us")}, nil, func(r *rig) {
		p := r.card.Phone("fxs1")
		r.ok(p.OffHook())
		c := r.incoming()
		c.send(tdm.SetupAck)
		r.far(p.Await, "dial tone", emu.Tone("dial"))
		r.ok(p.Dial(r.ctx, "190", true))
		c.want("INFORMATION 1")
		c.want("INFORMATION 9")
		c.want("INFORMATION 0")
		c.send(tdm.Connect)
		r.state("fxs1", "talking")
		// In a call a short break is still a digit and a long one a flash.
		r.ok(p.Dial(r.ctx, "1", true))
		c.want("INFORMATION 1")
		r.ok(p.Flash())
		c.want("NOTIFY hookflash")
		r.ok(p.OnHook())
		c.want("RELEASE 16 onhook")
	})
}

// A break of the loop is a flash, a digit or on-hook by the country's windows, or the line's.
func TestFlashWindows(t *testing.T) {
	for _, c := range []struct {
		name, zone string
		ms         int // of the telephone's recall button
		config     loop.FXSConfig
		want       string
	}{
		{"North America", "us", 500, loop.FXSConfig{}, "NOTIFY hookflash"},
		{"North America, short", "us", 200, loop.FXSConfig{}, ""},
		{"Europe", "de", 100, loop.FXSConfig{}, "NOTIFY hookflash"},
		{"Europe, long", "de", 500, loop.FXSConfig{}, "RELEASE 16 onhook"},
		{"set wider", "de", 500, loop.FXSConfig{FlashMaxMs: 900}, "NOTIFY hookflash"},
		{"no flash", "us", 500, loop.FXSConfig{FlashMaxMs: -1}, "RELEASE 16 onhook"},
	} {
		t.Run(c.name, func(t *testing.T) {
			line := phone("201", c.zone)
			line.FlashMs = c.ms
			inBubble(t, []emu.Line{line}, func(l *loop.LineConfig) { l.FXS = c.config }, func(r *rig) {
				p := r.card.Phone("fxs1")
				r.ok(p.OffHook())
				call := r.incoming()
				call.send(tdm.Connect)
				r.state("fxs1", "talking")
				r.ok(p.Flash())
				if c.want == "" {
					call.silent(2 * time.Second)
				} else {
					call.want(c.want)
				}
			})
		})
	}
}

func TestFirstPulseSilencesDialTone(t *testing.T) {
	inBubble(t, []emu.Line{phone("201", "us")}, nil, func(r *rig) {
		p := r.card.Phone("fxs1")
		r.ok(p.OffHook())
		c := r.incoming()
		c.send(tdm.SetupAck)
		r.far(p.Await, "dial tone", emu.Tone("dial"))
		done := make(chan error, 1)
		go func() { done <- p.Dial(r.ctx, "0", true) }()
		// The digit takes a second; the tone has to be gone long before.
		time.Sleep(300 * time.Millisecond)
		if st := r.group.Line("fxs1").Status(); st.Machine != "dialtone" || st.Digits != 0 {
			t.Fatalf("status %+v", st)
		}
		heard, err := p.Record(r.ctx, 100*time.Millisecond)
		r.ok(err)
		for i, v := range heard {
			if v > 64 || v < -64 {
				t.Fatalf("sample %d of the first digit is %d: dial tone", i, v)
			}
		}
		r.ok(<-done)
		c.want("INFORMATION 0")
	})
}

func TestTelephoneHearsWhyAndThenTheHowler(t *testing.T) {
	inBubble(t, []emu.Line{phone("201", "us")}, func(c *loop.LineConfig) {
		c.FXS.HowlerAfterMs, c.FXS.LockoutAfterMs = 5000, 4000
	}, func(r *rig) {
		p := r.card.Phone("fxs1")
		for cause, tone := range map[tdm.Cause]string{17: "busy", 34: "congestion", 41: "congestion", 16: "congestion"} {
			r.ok(p.OffHook())
			c := r.incoming()
			c.disconnect(cause)
			c.want("RELEASE " + describe(tdm.Primitive{Cause: cause})[1:])
			r.far(p.Await, tone, emu.Tone(tone))
			r.state("fxs1", "howler")
			if st := r.state("fxs1", "lockedout"); st.State != "disconnected" || st.Hook != "off" {
				t.Errorf("locked out: %+v", st)
			}
			busy := r.call("fxs1", tdm.Primitive{})
			busy.want("RELEASE 17")
			r.ok(p.OnHook())
			r.state("fxs1", "idle")
		}
	})
}

func TestNumberUnobtainable(t *testing.T) {
	inBubble(t, []emu.Line{phone("201", "us")}, nil, func(r *rig) {
		p := r.card.Phone("fxs1")
		r.ok(p.OffHook())
		c := r.incoming()
		c.disconnect(tdm.CauseUnallocated)
		c.want("RELEASE 1")
		heard, err := p.Record(r.ctx, time.Second)
		r.ok(err)
		for i, want := range []float64{950, 1400, 1800} { // E.180: three tones of 330 ms
			if hz := dsptest.DominantHz(heard[(330*i+60)*tdm.Quantum : (330*i+300)*tdm.Quantum]); math.Abs(hz-want) > 2 {
				t.Errorf("tone %d of the special information tone has %.1f Hz, want %v", i+1, hz, want)
			}
		}
		r.far(p.Await, "congestion tone after it", emu.Tone("congestion"))
	})
}

func TestTelephoneRingsAndAnswers(t *testing.T) {
	inBubble(t, []emu.Line{phone("201", "us")}, func(c *loop.LineConfig) { c.CallerID = "none" }, func(r *rig) {
		p := r.card.Phone("fxs1")
		for _, when := range []struct {
			name string
			wait time.Duration // from the beginning of ringing to off-hook
		}{{"in the ring", time.Second}, {"in the pause", 3 * time.Second}, {"in the second ring", 7 * time.Second}} {
			c := r.call("fxs1", tdm.Primitive{Calling: tdm.PartyNumber{Digits: "5551234"}})
			c.want("ALERTING")
			if st := r.group.Line("fxs1").Status(); st.State != "ringing" {
				t.Errorf("%s: state %s", when.name, st.State)
			}
			time.Sleep(when.wait)
			c.silent(0)
			r.call("fxs1", tdm.Primitive{}).want("RELEASE 17")
			off := r.pump.Now()
			r.ok(p.OffHook())
			con := c.want("CONNECT offhook")
			if ms := (con.At - off) / tdm.Quantum; ms > 200 {
				t.Errorf("%s: answered %d ms after off-hook", when.name, ms)
			}
			if st := p.Status(); st.Ringing {
				t.Errorf("%s: still rings: %+v", when.name, st)
			}
			r.ok(p.OnHook())
			c.want("RELEASE 16 onhook")
			r.state("fxs1", "idle")
		}
	})
}

func TestCallerGivesUpWhileTelephoneRings(t *testing.T) {
	inBubble(t, []emu.Line{phone("201", "uk")}, nil, func(r *rig) {
		p := r.card.Phone("fxs1")
		c := r.call("fxs1", tdm.Primitive{Calling: tdm.PartyNumber{Digits: "5551234"}})
		c.want("ALERTING")
		time.Sleep(1500 * time.Millisecond)
		c.disconnect(tdm.CauseNoAnswer)
		c.want("RELEASE 19")
		r.far(p.Await, "quiet", emu.Quiet)
		r.state("fxs1", "idle")
		c.send(tdm.Connect) // stale: of a call that has ended
		r.ok(p.OffHook())
		r.incoming().send(tdm.SetupAck)
		r.far(p.Await, "dial tone", emu.Tone("dial"))
	})
}

func TestOpenFeedTellsTheTelephone(t *testing.T) {
	inBubble(t, []emu.Line{phone("201", "us")}, func(c *loop.LineConfig) {
		c.FXS.OpenFeedMs, c.FXS.ReverseOnAnswer = 800, true
	}, func(r *rig) {
		p := r.card.Phone("fxs1")
		r.ok(p.OffHook())
		c := r.incoming()
		c.send(tdm.Connect)
		r.far(p.Await, "reversal", func(s emu.Status) bool { return s.Polarity == "reverse" })
		c.disconnect(tdm.CauseNormalClearing)
		c.want("RELEASE 16")
		r.far(p.Await, "open feed", func(s emu.Status) bool { return s.LoopCurrentMA == 0 })
		r.far(p.Await, "tone", emu.Tone("congestion"))
		if st := p.Status(); st.Polarity != "forward" || st.LoopCurrentMA == 0 {
			t.Errorf("after the open feed: %+v", st)
		}
		// On hook while the feed is open: the line is free when it is back.
		r.ok(p.OnHook())
		r.state("fxs1", "idle")
		r.ok(p.OffHook())
		c = r.incoming()
		c.send(tdm.Connect)
		r.state("fxs1", "talking")
		c.disconnect(tdm.CauseNormalClearing)
		r.state("fxs1", "openfeed")
		r.ok(p.OnHook())
		st := r.state("fxs1", "idle")
		if st.Hook != "on" {
			t.Errorf("idle with hook %s", st.Hook)
		}
		r.ok(p.OffHook())
		r.incoming().send(tdm.SetupAck)
		r.far(p.Await, "dial tone", emu.Tone("dial"))
	})
}

func TestStaleAndLostPrimitives(t *testing.T) {
	inBubble(t, []emu.Line{phone("201", "us")}, nil, func(r *rig) {
		p := r.card.Phone("fxs1")
		r.ok(p.OffHook())
		old := r.incoming()
		r.ok(p.OnHook())
		old.want("RELEASE 16 onhook")
		r.ok(p.OffHook())
		c := r.incoming()
		old.send(tdm.SetupAck)
		old.disconnect(17)
		time.Sleep(time.Second)
		if st := r.group.Line("fxs1").Status(); st.Machine != "seized" {
			t.Fatalf("a stale primitive moved the line to %s", st.Machine)
		}
		// More than the inbox takes at once: the call is cleared with 42, and nothing blocks.
		for range 10_000 {
			c.send(tdm.SetupAck)
		}
		c.want("RELEASE 42")
		r.far(p.Await, "congestion", emu.Tone("congestion"))
	})
}

func TestGroupEnds(t *testing.T) {
	inBubble(t, []emu.Line{phone("201", "us"), {Kind: tdm.FXS, Name: "fxs2", Number: "202"}}, nil, func(r *rig) {
		r.ok(r.card.Phone("fxs1").OffHook())
		c := r.incoming()
		d := r.call("fxs2", tdm.Primitive{})
		d.want("ALERTING")
		r.stop()
		c.want("RELEASE 41")
		d.want("RELEASE 41")
		r.far(r.card.Phone("fxs2").Await, "quiet", emu.Quiet)
		// Whoever comes later is told so.
		r.call("fxs2", tdm.Primitive{}).want("RELEASE 27")
	})
}

func TestCardFailureAndBlock(t *testing.T) {
	inBubble(t, []emu.Line{phone("201", "us")}, nil, func(r *rig) {
		p := r.card.Phone("fxs1")
		r.ok(p.OffHook())
		c := r.incoming()
		r.group.Fail("usb gone")
		c.want("RELEASE 27")
		if st := r.state("fxs1", "outofservice"); st.Reason != "usb gone" || st.State != "out_of_service" {
			t.Errorf("status %+v", st)
		}
		r.call("fxs1", tdm.Primitive{}).want("RELEASE 27")
		if list := fsm.Lister(r.group).Machines(); len(list) != 1 || list[0].Machine != "fxs" || list[0].State != "outofservice" {
			t.Errorf("machines %+v", list)
		}
		r.group.Restore()
		r.state("fxs1", "lockedout")
		r.ok(p.OnHook())
		r.state("fxs1", "idle")

		r.group.Line("fxs1").Block("maintenance")
		r.call("fxs1", tdm.Primitive{}).want("RELEASE 27")
		if st := r.group.Line("fxs1").Status(); st.State != "out_of_service" || st.Reason != "maintenance" {
			t.Errorf("status %+v", st)
		}
		r.ok(p.OffHook())
		r.far(p.Await, "congestion", emu.Tone("congestion"))
		r.ok(p.OnHook())
		r.state("fxs1", "idle")
		r.group.Line("fxs1").Unblock()
		r.call("fxs1", tdm.Primitive{}).want("ALERTING")
	})
}

func TestReconfigureWaitsForTheCall(t *testing.T) {
	inBubble(t, []emu.Line{phone("201", "us")}, nil, func(r *rig) {
		p := r.card.Phone("fxs1")
		r.ok(p.OffHook())
		c := r.incoming()
		if err := r.group.Reconfigure(loop.LineConfig{Slot: 0, Name: "fxs1", Zone: "xx"}); err == nil {
			t.Error("an unknown zone was taken")
		}
		if err := r.group.Reconfigure(loop.LineConfig{Slot: 0, Name: "fxs9"}); err == nil {
			t.Error("a line that is not there was taken")
		}
		r.ok(r.group.Reconfigure(loop.LineConfig{Slot: 0, Name: "fxs1", Zone: "de", Number: "299", Echo: true, TxGainDB: -3}))
		time.Sleep(20 * time.Millisecond)
		if st := r.group.Line("fxs1").Status(); !st.Pending || st.Number != "201" || st.Machine != "seized" {
			t.Errorf("in the call: %+v", st)
		}
		c.send(tdm.SetupAck)
		r.far(p.Await, "dial tone", emu.Tone("dial"))
		r.ok(p.OnHook())
		c.want("RELEASE 16 onhook")
		if st := r.state("fxs1", "idle"); st.Pending || st.Number != "299" || st.Zone != "de" {
			t.Errorf("after the call: %+v", st)
		}
		r.ok(p.OffHook())
		if c := r.incoming(); c.setup.Calling.Digits != "299" {
			t.Errorf("setup %+v", c.setup)
		}
	})
}
