package app

import (
	"testing"
	"time"

	"tipring/dsp/dtmf"
	"tipring/tdm"
)

// pressed are the digits in what was heard.
func pressed(pcm []int16) (digits string) {
	for _, e := range dtmf.NewDetector(dtmf.Config{}).Process(pcm, nil) {
		if e.Kind == dtmf.Start {
			digits += string(rune(e.Digit))
		}
	}
	return digits
}

// Digits pass both ways between a B channel and a SIP peer: as tones on the one, as telephone-events (RFC 4733) on the other.
func TestSpanDigits(t *testing.T) {
	play(t, withSpan, nil, func(w *world) {
		g := w.spanUp("span1")
		trunk := w.trunk()
		d := trunk.established(trunk.call("75556677"))
		time.Sleep(time.Second)
		tones := make([]int16, 2*tdm.Rate)
		dtmf.NewSource("159D#", 100, 100, -9).Read(tones)
		w.must(g.far.Play(w.Context(), tones))
		time.Sleep(500 * time.Millisecond)
		if got := trunk.digits(); got != "159D#" {
			t.Errorf("the SIP peer gets %q", got)
		}
		go func() {
			for _, e := range []byte{2, 6, 10} { // 2, 6, *
				trunk.sendDigit(e)
				time.Sleep(200 * time.Millisecond)
			}
		}()
		pcm, err := g.far.Record(w.Context(), 2*time.Second)
		w.must(err)
		if got := pressed(pcm); got != "26*" {
			t.Errorf("the switch hears %q", got)
		}
		d.Send("BYE", "", "")
		trunk.Await("200 BYE")
	})
}

// What the network says that a call costs is in its record, beside both sides of its end.
func TestSpanCharge(t *testing.T) {
	play(t, withSpan, nil, func(w *world) {
		g := w.spanUp("span1")
		trunk := w.trunk()
		trunk.established(trunk.call("75556677"))
		time.Sleep(3 * time.Second)
		w.must(g.far.HangupCharged(w.Context(), &tdm.Charge{Phase: 'E', Units: 42}))
		bye := trunk.Expect("BYE")
		trunk.Respond(bye, "200 OK", "", "", "")
		if reason := bye.Get("Reason"); reason != `Q.850;cause=16;text="normal call clearing";location=LN` {
			t.Errorf("Reason: %s", reason)
		}
		r := w.record()
		if r.Charge == nil || r.Charge.Units != 42 || r.Charge.Phase != "E" {
			t.Errorf("charge %+v", r.Charge)
		}
		if len(r.Sides) != 2 || r.Sides[0].Received || !r.Sides[1].Received || *r.Sides[1].Location != 2 || r.Sides[1].Cause != 16 {
			t.Errorf("sides %+v", r.Sides)
		}
	})
}
