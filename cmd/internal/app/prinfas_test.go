package app

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"tipring/gateway/api"
	"tipring/gateway/config"
	"tipring/hw/emu"
	"tipring/tdm"
)

// twoT1s are two T1s that share the D channel of the first.
func twoT1s(c *config.Config) {
	for i := range c.Spans {
		s := &c.Spans[i]
		s.Kind, s.NFAS, s.Order = "t1", "trunks", "round-robin"
		if i > 0 {
			s.DChannel = "none"
		}
	}
}

// Two T1s share a D channel (NFAS). A telephone calls over the second, which has 24 channels, taken by turns; the switch calls in on
// it. An operator blocks and restarts channels, a span and the group, as far as no call is cleared without his word.
func TestNFAS(t *testing.T) {
	setup := func(c *config.Config) {
		twoT1s(c)
		for i := range c.Routes {
			if c.Routes[i].Name == "spans" {
				c.Routes[i].To = []string{"span2"}
			}
		}
	}
	play(t, "fxs=2,span=2", setup, func(w *world) {
		g := w.spanUp("span2")
		b := backend{w.app}
		if a := w.app.spanOf("span1"); a.Group != g.Group {
			t.Fatal("the spans have a signalling group each")
		}
		trunk := w.trunk()
		call := func() emu.ISDNCallStatus {
			t.Helper()
			d := trunk.established(trunk.call("75556677"))
			st := g.far.Status()
			d.Send("BYE", "", "")
			trunk.Await("200 BYE")
			time.Sleep(time.Second)
			if len(st.Calls) != 1 {
				t.Fatalf("the switch has %+v", st.Calls)
			}
			return st.Calls[0]
		}
		for want := 1; want <= 2; want++ {
			if c := call(); c.Line != 1 || c.Timeslot != want {
				t.Errorf("call on timeslot %d of line %d, want %d of 1", c.Timeslot, c.Line, want)
			}
		}
		w.must(b.Block("span2", api.SpanBlock{Timeslots: []int{3}, On: true}))
		if c := call(); c.Timeslot != 4 {
			t.Errorf("call on timeslot %d", c.Timeslot)
		}
		if s := w.scrape(); s.sum("tipring_span_channels", `span="span2"`, `state="blocked"`) != 1 {
			t.Error("the metrics do not show the block")
		}
		w.must(b.Block("trunks", api.SpanBlock{On: true}))
		time.Sleep(time.Second)
		if n := g.far.Status().Out; n != 23+24 {
			t.Errorf("the switch knows of %d channels out of service", n)
		}
		for _, s := range b.Spans() {
			if s.Channels["blocked"] != len(s.Slots) || s.NFAS != "trunks" || !s.DChannel || !s.Slots[0].Blocked {
				t.Errorf("%s has %+v", s.Name, s.Channels)
			}
		}
		w.must(b.Block("trunks", api.SpanBlock{}))
		time.Sleep(time.Second)
		w.must(g.far.Call(w.Context(), "5557788", "", "202"))
		p := w.phone("fxs2")
		w.await(p, "ringing", emu.Ringing)
		w.must(p.OffHook())
		_, err := g.far.Await(w.Context(), func(s emu.ISDNStatus) bool { return len(s.Calls) == 1 && s.Calls[0].State == "talking" })
		w.must(err)
		var no *api.Refusal
		if err := b.Restart("span2", api.SpanRestart{}); !errors.As(err, &no) || no.Status != http.StatusConflict {
			t.Errorf("a restart that clears a call: %v", err)
		}
		w.must(b.Restart("span2", api.SpanRestart{Force: true}))
		if r := w.record(); r.Port != "span2" || r.Cause != tdm.CauseTemporaryFailure {
			t.Errorf("record is %+v", r)
		}
		w.must(p.OnHook())
		for span, list := range map[string][]int{"span2": {25}, "span1": {24}, "trunks": {1}} {
			if err := b.Block(span, api.SpanBlock{Timeslots: list, On: true}); err == nil {
				t.Errorf("%s has timeslots %v", span, list)
			}
		}
		if err := b.Block("span9", api.SpanBlock{On: true}); !errors.As(err, &no) || no.Status != http.StatusNotFound {
			t.Errorf("a span that is not there: %v", err)
		}
	})
}
