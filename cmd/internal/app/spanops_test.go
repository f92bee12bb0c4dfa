package app

import (
	"context"
	"testing"
	"time"

	"tipring/gateway/api"
	"tipring/gateway/config"
	"tipring/hw/emu"
	"tipring/tdm"
)

// What Prometheus sees of errors on the line, and of a cable that is pulled: counters that never fall, though ten severely errored
// seconds become unavailable ones afterwards.
func TestSpanMetrics(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: framers take minutes under the race detector, and shorter stories have the same goroutines")
	}
	play(t, "fxs=1,span=1", nil, func(w *world) {
		g := w.spanUp("span1")
		far := g.card.emu.Far("span1")
		seconds := func(s samples, end, kind string) float64 {
			return s.sum("tipring_span_performance_seconds_total", `end="`+end+`"`, `type="`+kind+`"`)
		}
		before := map[[2]string]float64{}
		pass := func(n int) (s samples) {
			for range n {
				time.Sleep(time.Second)
				s = w.scrape()
				for _, end := range []string{"near", "far"} {
					for _, kind := range []string{"counted", "es", "ses", "uas", "sefs", "css", "es_l", "ses_l"} {
						k, now := [2]string{end, kind}, seconds(s, end, kind)
						if now < before[k] {
							t.Fatalf("%s end: %g seconds %s became %g", end, before[k], kind, now)
						}
						before[k] = now
					}
				}
			}
			return s
		}
		pass(12)
		w.must(far.Errors(1e-4))
		pass(20)
		w.must(far.Errors(0))
		s := pass(12)
		for _, end := range []string{"near", "far"} {
			if es, now := seconds(s, end, "es"), s.sum("tipring_span_interval_seconds", `end="`+end+`"`, `type="es"`); es < 19 || es > 22 || now != es {
				t.Errorf("%s end: %g errored seconds after 20 s of errors, %g in this quarter hour", end, es, now)
			}
			if n := s.sum("tipring_span_background_block_errors_total", `end="`+end+`"`); n < 20*130 || n > 20*250 {
				t.Errorf("%s end: %g background block errors", end, n)
			}
		}
		if seconds(s, "near", "uas") != 0 || s.sum("tipring_span_unavailable") != 0 {
			t.Error("errors have made the span unavailable")
		}

		far.Pull()
		s = pass(8)
		if s.sum("tipring_span_unavailable", `end="near"`) != 0 || s.sum("tipring_span_interval_seconds", `end="near"`, `type="ses"`) < 6 {
			t.Error("eight seconds without a signal are unavailable time, or are not severely errored")
		}
		ses := seconds(s, "near", "ses")
		s = pass(12)
		if uas := seconds(s, "near", "uas"); uas < 19 || uas > 20 || s.sum("tipring_span_unavailable", `end="near"`) != 1 || seconds(s, "near", "ses") > ses+1 {
			t.Errorf("%g unavailable seconds after 20 without a signal, %g severely errored", uas, seconds(s, "near", "ses"))
		}
		if s.sum("tipring_dchannel_state", `state="tei_assigned"`) != 1 {
			t.Error("the data link of a dead line has a state")
		}
		far.Plug()
		if s = pass(30); s.sum("tipring_span_unavailable") != 0 || s.sum("tipring_dchannel_state", `state="established"`) != 1 || seconds(s, "near", "uas") > 22 {
			t.Errorf("after the cable came back: %g unavailable seconds", seconds(s, "near", "uas"))
		}
		if n := s.sum("tipring_dchannel_frames_total", `type="sabme"`); n == 0 {
			t.Error("the link was set up without SABME")
		}
	})
}

// A T1 asks its far end for a loop by the codes of its data link, or in band, and tests the line through it.
func TestFarLoop(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: framers take minutes under the race detector, and shorter stories have the same goroutines")
	}
	for _, framing := range []string{"esf", "sf"} {
		t.Run(framing, func(t *testing.T) {
			play(t, "fxs=1,span=1", func(c *config.Config) { c.Spans[0].Kind, c.Spans[0].Framing, c.Spans[0].LineCode = "t1", framing, "" }, func(w *world) {
				g, b := w.spanUp("span1"), backend{w.app}
				far := g.card.emu.Far("span1")
				w.must(b.Loop(w.Context(), "span1", api.SpanLoop{Loop: "line", Far: true}))
				time.Sleep(10 * time.Second)
				if l := far.Status().Loop; l != "line" {
					t.Fatalf("the far end's loop is %s", l)
				}
				var last api.SpanTestResult
				w.must(b.Test(w.Context(), "span1", api.SpanTest{Pattern: "qrss", Seconds: 4, Insert: 7}, func(r api.SpanTestResult) error { last = r; return nil }))
				if !last.Final || !last.Sync || last.Errors != 7 || last.Bits < 3*24*64000 {
					t.Errorf("through the loop: %+v", last)
				}
				w.must(b.Loop(w.Context(), "span1", api.SpanLoop{Loop: "none", Far: true}))
				time.Sleep(10 * time.Second)
				if l := far.Status().Loop; l != "none" {
					t.Errorf("the far end's loop is %s after it was ended", l)
				}
				w.spanUp("span1")
				err := b.Loop(w.Context(), "span1", api.SpanLoop{Loop: "payload", Far: true})
				if framing == "sf" {
					if err == nil {
						t.Error("a superframe has a code for a payload loop")
					}
					return
				}
				w.must(err)
				time.Sleep(2 * time.Second)
				if l := far.Status().Loop; l != "payload" {
					t.Errorf("the far end's loop is %s, asked for a payload loop", l)
				}
				// Its far end may ask too, and that is told apart from a loop of ours.
				w.must(b.Loop(w.Context(), "span1", api.SpanLoop{Loop: "none", Far: true}))
				time.Sleep(2 * time.Second)
				w.must(far.Control(tdm.SpanCommand{Op: tdm.SpanSetFarLoop, Loop: tdm.LoopLine}))
				time.Sleep(2 * time.Second)
				if s := b.Spans()[0]; s.Loop != "line" || !s.FarLoop || w.scrape().sum("tipring_span_alarm", `alarm="loopback"`) != 1 {
					t.Errorf("asked by the far end: %s loop, far %v", s.Loop, s.FarLoop)
				}
				w.must(far.Control(tdm.SpanCommand{Op: tdm.SpanSetFarLoop}))
				time.Sleep(10 * time.Second)
				if s := b.Spans()[0]; s.Loop != "none" || s.FarLoop {
					t.Errorf("after the far end has ended it: %s loop, far %v", s.Loop, s.FarLoop)
				}
			})
		})
	}
}

// Of spans that share a D channel, the one without disturbs its own calls alone, and the group's machines are listed once.
func TestOperatorOfSharedDChannel(t *testing.T) {
	share := func(c *config.Config) {
		for i := range c.Spans {
			c.Spans[i].Kind, c.Spans[i].Framing, c.Spans[i].LineCode, c.Spans[i].NFAS, c.Spans[i].Interface = "t1", "esf", "", "group", i
		}
		c.Spans[1].DChannel = "none"
	}
	play(t, "fxs=1,span=2", share, func(w *world) {
		g, b := w.spanUp("span1"), backend{w.app}
		p := w.dial("fxs1", "75556677")
		w.await(p, "the switch's ringing tone", emu.Tone("ring"))
		on := g.Status()
		if on.Calls != 1 {
			t.Fatalf("%d calls are up", on.Calls)
		}
		with, without := "span1", "span2"
		for _, s := range b.Spans() {
			if s.Name == without && s.Calls != 0 {
				t.Fatal("the call is on the span without a D channel")
			}
		}
		loop := api.SpanLoop{Loop: "payload"}
		if err := b.Loop(w.Context(), with, loop); err == nil {
			t.Error("the span of the D channel is looped in a call")
		}
		w.must(b.Loop(w.Context(), without, loop))
		w.must(b.Loop(w.Context(), without, api.SpanLoop{Loop: "none"}))
		m, err := b.Machines(w.Context())
		w.must(err)
		count := map[string]int{}
		for _, x := range m {
			count[x.Machine]++
		}
		if count["q921"] != 1 || count["q931"] != 1 || count["restart"] != 2 || count["fxs"] != 1 {
			t.Errorf("machines %v", count)
		}
		s := w.scrape()
		if n := s.sum("tipring_q931_calls_total", `direction="out"`); n != 1 || s.sum("tipring_dchannel_state", `span="span2"`) != 0 || s.sum("tipring_dchannel_state") != 1 {
			t.Errorf("%g calls of the group, or a D channel too many", n)
		}
		w.must(p.OnHook())
	})
}

// A test that is cut off by its user is over, and the channels take calls again.
func TestTestEndsWithItsRequest(t *testing.T) {
	play(t, "fxs=1,span=1", nil, func(w *world) {
		g, b := w.spanUp("span1"), backend{w.app}
		ctx, cut := context.WithTimeout(w.Context(), 3*time.Second)
		defer cut()
		w.must(b.Test(ctx, "span1", api.SpanTest{Pattern: "2^15-1", Timeslots: []int{3}}, func(r api.SpanTestResult) error {
			if r.Final {
				t.Error("a test without an end has ended")
			}
			return nil
		}))
		time.Sleep(time.Second)
		if st := g.card.card.SpanStatus(g.line); st.BERT.Pattern != tdm.PatternNone {
			t.Errorf("the test goes on: %+v", st.BERT)
		}
		for _, ch := range g.Status().Channels {
			if ch.State != "idle" {
				t.Errorf("timeslot %d is %s", ch.Channel.Timeslot, ch.State)
			}
		}
		for _, r := range []api.SpanTest{{Pattern: "none"}, {Pattern: "qrss", Timeslots: []int{32}}, {Pattern: "qrss", Seconds: -1}, {Pattern: "qrss", Insert: -1}} {
			if err := b.Test(w.Context(), "span1", r, nil); err == nil {
				t.Errorf("%+v is taken", r)
			}
		}
	})
}
