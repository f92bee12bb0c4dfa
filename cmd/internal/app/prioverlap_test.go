package app

import (
	"testing"
	"time"

	"tipring/dsp/dsptest"
	"tipring/gateway/cdr"
	"tipring/gateway/config"
	"tipring/hw/emu"
	"tipring/tdm"
)

// inOverlap has the default's spans take numbers digit by digit, and those that begin with 6 go to the trunk.
func inOverlap(c *config.Config) {
	for i := range c.Spans {
		c.Spans[i].Overlap = true
	}
	c.Routes = append([]config.Route{{Name: "span-to-sip", From: []string{"trunk"}, Called: "6xxx|6xxxx", To: []string{"local"}}}, c.Routes...)
}

// The switch dials digit by digit. The number is complete when the dial plan says so, or when the caller has fallen silent (T302),
// and goes to SIP as a whole.
func TestOverlapToSIP(t *testing.T) {
	for _, row := range []struct {
		name, to string
		numbers  []string
		least    time.Duration
	}{
		{"dial plan", "6001", []string{"6xxx"}, 0},
		{"T302", "6001", nil, 15 * time.Second},
	} {
		t.Run(row.name, func(t *testing.T) {
			setup := func(c *config.Config) {
				inOverlap(c)
				c.Spans[0].Numbers = row.numbers
			}
			play(t, withSpan, setup, func(w *world) {
				g := w.spanUp("span1")
				trunk := w.trunk()
				begin := time.Now()
				w.must(g.far.Dial(w.Context(), "5557788", row.to, 1, 300*time.Millisecond))
				d := trunk.answered(0)
				took := time.Since(begin)
				if took < row.least+900*time.Millisecond || took > row.least+2*time.Second {
					t.Errorf("the INVITE came after %v", took)
				}
				st, err := g.far.Await(w.Context(), func(s emu.ISDNStatus) bool { return len(s.Calls) == 1 && s.Calls[0].State == "talking" })
				w.must(err)
				if st.Calls[0].To != row.to {
					t.Errorf("the switch has dialled %q", st.Calls[0].To)
				}
				d.Send("BYE", "Reason: Q.850;cause=31;location=RLN\n", "")
				trunk.Await("200 BYE")
				r := w.record()
				if r.To != row.to || r.Port != "span1" || r.ReleasedBy != cdr.ByCalled || r.Cause != 31 {
					t.Errorf("record is %+v", r)
				}
				if len(r.Sides) != 2 {
					t.Fatalf("sides are %+v", r.Sides)
				}
				pri, sip := r.Sides[0], r.Sides[1]
				if pri.Received || pri.Cause != 31 || pri.Location == nil || *pri.Location != 4 || !sip.Received || sip.Reason != "Q.850;cause=31;location=RLN" || *sip.Location != 4 {
					t.Errorf("sides are %+v %+v", pri, sip)
				}
			})
		})
	}
}

// A SIP peer finds the number incomplete (484) twice: the gateway waits for the next digit and asks again. A third time there are no
// digits left, and the caller hears of it with cause 28.
func TestOverlap484(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: framers take minutes under the race detector, and shorter stories have the same goroutines")
	}
	setup := func(c *config.Config) {
		inOverlap(c)
		c.Spans[0].Numbers = []string{"6x"}
		c.Routes[0].Called = "6x."
	}
	play(t, withSpan, setup, func(w *world) {
		g := w.spanUp("span1")
		trunk := w.trunk()
		w.must(g.far.Dial(w.Context(), "5557788", "6001", 1, time.Second))
		for i, number := range []string{"60", "600"} {
			invite := trunk.Expect("INVITE")
			if got := invite.URI(); got != "sip:"+number+"@127.0.0.1:5070" {
				t.Errorf("INVITE %d is for %s", i, got)
			}
			trunk.Respond(invite, "484 Address Incomplete", "t1", "", "")
			trunk.Expect("ACK")
		}
		trunk.answered(0)
		_, err := g.far.Await(w.Context(), func(s emu.ISDNStatus) bool { return len(s.Calls) == 1 && s.Calls[0].State == "talking" })
		w.must(err)
		w.must(g.far.Hangup(w.Context()))
		trunk.Respond(trunk.Expect("BYE"), "200 OK", "", "", "")
		if r := w.record(); r.To != "6001" || len(r.Legs) != 3 || r.Legs[0].Number != "60" || r.Legs[0].Cause != tdm.CauseInvalidNumber {
			t.Errorf("record is %+v", r)
		}
		w.must(g.far.Dial(w.Context(), "5557788", "61", 1, time.Second))
		invite := trunk.Expect("INVITE")
		trunk.Respond(invite, "484 Address Incomplete", "t2", "", "")
		trunk.Expect("ACK")
		_, err = g.far.Await(w.Context(), func(s emu.ISDNStatus) bool { return len(s.Calls) == 0 })
		w.must(err)
		if r := w.record(); r.Cause != tdm.CauseInvalidNumber || r.SIPStatus != 484 {
			t.Errorf("record is %+v", r)
		}
	})
}

// A switch dials digit by digit through the gateway to another switch, which asks for digits itself: they pass as they come.
func TestOverlapThrough(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: framers take minutes under the race detector, and shorter stories have the same goroutines")
	}
	setup := func(c *config.Config) {
		inOverlap(c)
		c.Routes = append([]config.Route{{Name: "through", From: []string{"span1"}, Called: "7x.", Strip: 1, To: []string{"span2"}}}, c.Routes...)
	}
	play(t, "fxs=1,span=2", setup, func(w *world) {
		a, b := w.spanUp("span1"), w.spanUp("span2")
		b.far.SetDigits(w.Context(), 5)
		w.must(a.far.Dial(w.Context(), "5557788", "712345", 1, time.Second))
		begin := time.Now()
		st, err := b.far.Await(w.Context(), func(s emu.ISDNStatus) bool { return len(s.Calls) == 1 && s.Calls[0].To != "" })
		w.must(err)
		if to := st.Calls[0].To; to != "1" {
			t.Errorf("the second switch has %q after %v", to, time.Since(begin))
		}
		_, err = a.far.Await(w.Context(), func(s emu.ISDNStatus) bool { return len(s.Calls) == 1 && s.Calls[0].State == "talking" })
		w.must(err)
		if st := b.far.Status(); st.Calls[0].To != "12345" {
			t.Errorf("the second switch has %+v", st.Calls)
		}
		w.must(b.far.Hangup(w.Context()))
		if r := w.record(); r.To != "712345" || r.Direction != cdr.Transit {
			t.Errorf("record is %+v", r)
		}
	})
}

// A switch that clears with busy tone is heard by a SIP caller as early media, until the switch releases the call (T306).
func TestClearedWithTones(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: framers take minutes under the race detector, and shorter stories have the same goroutines")
	}
	play(t, withSpan, nil, func(w *world) {
		g := w.spanUp("span1")
		trunk := w.trunk()
		w.must(g.far.BusyWith(w.Context(), true, true))
		begin := time.Now()
		invite := trunk.call("75556677")
		progress := trunk.Await("183 INVITE")
		trunk.learn(progress.Body)
		go trunk.say(make([]int16, 5*tdm.Rate))
		time.Sleep(500 * time.Millisecond)
		if pcm := trunk.listen(4 * time.Second); dsptest.ToneLevel(pcm, 480) < -30 || dsptest.ToneLevel(pcm, 620) < -30 {
			t.Error("no busy tone")
		}
		m := trunk.Await("486 INVITE")
		trunk.AckFailure(invite, m)
		if d := time.Since(begin); d < 29*time.Second || d > 32*time.Second {
			t.Errorf("the final response came after %v", d)
		}
		if r := w.record(); r.Cause != tdm.CauseUserBusy || r.ReleasedBy != cdr.ByCalled {
			t.Errorf("record is %+v", r)
		}
	})
}
