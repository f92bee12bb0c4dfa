package app

import (
	"testing"
	"time"

	"tipring/dsp/dsptest"
	"tipring/gateway/cdr"
	"tipring/hw/emu"
	"tipring/tdm"
)

const withSpan = "fxs=2,fxo=1,span=1"

// spanUp waits until the D channel is up.
func (w *world) spanUp(name string) *spanGroup {
	w.Helper()
	g := w.app.spanOf(name)
	for range 500 {
		if g.Status().Up {
			return g
		}
		time.Sleep(10 * time.Millisecond)
	}
	w.Fatalf("%s: the D channel is not up", name)
	return nil
}

// A telephone calls over the span: the switch's ringing tone, the answer, speech both ways on a B channel, and the far party
// hangs up.
func TestPhoneToSpan(t *testing.T) {
	play(t, withSpan, nil, func(w *world) {
		g := w.spanUp("span1")
		p := w.dial("fxs1", "75556677")
		st, err := g.far.Await(w.Context(), func(s emu.ISDNStatus) bool { return len(s.Calls) == 1 })
		w.must(err)
		if c := st.Calls[0]; c.From != "201" || c.To != "5556677" || c.Timeslot == 0 {
			t.Errorf("the switch has %+v", c)
		}
		w.await(p, "the switch's ringing tone", emu.Tone("ring"))
		w.await(p, "silence after answer", emu.Quiet)
		time.Sleep(4 * time.Second)
		go func() { w.must(g.far.Play(w.Context(), dsptest.Sine(1004, -15, 3*tdm.Rate))) }()
		time.Sleep(time.Second)
		pcm, err := p.Record(w.Context(), time.Second)
		w.must(err)
		w.tone("at the telephone", pcm, 1004, -15)
		time.Sleep(2 * time.Second)
		go func() { w.must(p.Play(w.Context(), dsptest.Sine(1477.3, -12, 3*tdm.Rate))) }()
		time.Sleep(time.Second)
		pcm, err = g.far.Record(w.Context(), time.Second)
		w.must(err)
		w.tone("at the switch", pcm, 1477.3, -12)
		if got := w.scrape().sum("tipring_span_channels", `state="busy"`); got != 1 {
			t.Errorf("%v channels are busy", got)
		}
		w.must(g.far.Hangup(w.Context()))
		w.await(p, "the tone of a cleared call", emu.Tone("congestion"))
		if r := w.record(); r.Peer != "span1" || r.Direction != cdr.Outbound || r.Cause != tdm.CauseNormalClearing || r.ReleasedBy != cdr.ByCalled {
			t.Errorf("record is %+v", r)
		}
		w.must(p.OnHook())
	})
}

// The switch calls an extension, with number and name, which the telephone shows; a SIP peer's call goes out over the span.
func TestSpanToPhone(t *testing.T) {
	play(t, withSpan, nil, func(w *world) {
		g := w.spanUp("span1")
		w.must(g.far.Call(w.Context(), "5557788", "John Doe", "202"))
		p := w.phone("fxs2")
		w.await(p, "caller ID", func(s emu.Status) bool { return s.CallerID.Number == "5557788" && s.CallerID.Name == "John Doe" })
		w.must(p.OffHook())
		_, err := g.far.Await(w.Context(), func(s emu.ISDNStatus) bool { return len(s.Calls) == 1 && s.Calls[0].State == "talking" })
		w.must(err)
		w.must(p.OnHook())
		if r := w.record(); r.Port != "span1" || r.Peer != "fxs2" || r.Direction != cdr.Inbound || r.From != "5557788" {
			t.Errorf("record is %+v", r)
		}
		for _, withheld := range []string{"private", "unavailable"} {
			time.Sleep(5 * time.Second)
			w.must(g.far.Call(w.Context(), withheld, "", "202"))
			w.await(p, "caller ID", func(s emu.Status) bool { return s.CallerID.Number == withheld })
			w.must(p.OffHook())
			time.Sleep(time.Second)
			w.must(p.OnHook())
			if r := w.record(); r.From != "" {
				t.Errorf("record is %+v", r)
			}
		}
		w.must(g.far.Busy(w.Context(), true))
		trunk := w.trunk()
		invite := trunk.call("75556677")
		if m := trunk.Await("486 INVITE"); m.Status() != 486 {
			t.Errorf("a busy number is answered with %d", m.Status())
		} else {
			trunk.AckFailure(invite, m)
		}
	})
}

// What an operator sees of a cable that is pulled, and of one that is plugged in again.
func TestSpanAlarm(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: framers take minutes under the race detector, and shorter stories have the same goroutines")
	}
	play(t, withSpan, nil, func(w *world) {
		g := w.spanUp("span1")
		far := g.card.emu.Far("span1")
		far.Pull()
		time.Sleep(5 * time.Second)
		s := w.scrape()
		if s.sum("tipring_span_up") != 0 || s.sum("tipring_span_alarm", `alarm="los"`) != 1 || s.sum("tipring_dchannel_up") != 0 {
			t.Error("the cable is pulled, and nothing shows it")
		}
		p := w.dial("fxs1", "75556677")
		w.await(p, "congestion tone", emu.Tone("congestion"))
		if r := w.record(); r.Cause != tdm.CauseNetworkOutOfOrder {
			t.Errorf("record is %+v", r)
		}
		w.must(p.OnHook())
		far.Plug()
		time.Sleep(20 * time.Second)
		if s := w.scrape(); s.sum("tipring_span_up") != 1 || s.sum("tipring_span_alarm") != 0 || s.sum("tipring_dchannel_up") != 1 {
			t.Error("the cable is plugged in, and nothing shows it")
		}
	})
}
