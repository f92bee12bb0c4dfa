package app

import (
	"testing"
	"time"

	"tipring/cmd/peers"
	"tipring/hw/emu"
)

// spanPlan is an E1 whose calls belong to sipp.
const spanPlan = `
[[card]]
name = "emu"
driver = "emu"

[[card]]
name = "e1"
driver = "emu"

[[port]]
name = "idle"
card = "emu"
kind = "fxs"

[[span]]
name = "span1"
card = "e1"
kind = "e1"
signalling = "pri"
overlap = true
numbers = ["6x"]
`

// The switch dials digit by digit; sipp finds the number incomplete twice, answers the whole one and hangs up with a Reason. Then
// sipp calls for a clear channel and hangs up with a Reason.
func TestSippAndSpan(t *testing.T) {
	peers.Need(t, "sipp")
	s := openPlan(t, loopback, spanPlan, "span1")
	g := s.app.spanOf("span1")
	s.until("the D channel", func() bool { return g.Status().Up })
	t.Run("overlap, 484 and Reason", func(t *testing.T) {
		s := *s
		s.T = t
		call := s.sipp("span1", "uas-incomplete.xml", "-m", "3")
		s.must(g.far.Dial(s.ctx, "5557788", "6001", 1, 500*time.Millisecond))
		s.finished(call)
		r := s.record("span1", "to-span1")
		if r.To != "6001" || len(r.Legs) != 3 || r.Legs[1].Number != "600" || r.Legs[1].Cause != 28 || r.Cause != 31 {
			t.Errorf("record is %+v", r)
		}
		if last := r.Sides[len(r.Sides)-1]; !last.Received || last.Reason != "Q.850;cause=31;location=RLN" || *last.Location != 4 {
			t.Errorf("sides are %+v", r.Sides)
		}
	})
	t.Run("clear channel", func(t *testing.T) {
		s := *s
		s.T = t
		call := s.sipp("span1", "uac-clear.xml", "-s", "5556677")
		_, err := g.far.Await(s.ctx, func(st emu.ISDNStatus) bool {
			return len(st.Calls) == 1 && st.Calls[0].Data && st.Calls[0].State == "talking"
		})
		s.must(err)
		s.finished(call)
		r := s.record("to-span1", "span1")
		if r.Cause != 31 || *r.Sides[1].Location != 4 || r.Sides[1].Received {
			t.Errorf("record is %+v", r)
		}
		for _, q := range r.Quality {
			if q.RTP != nil && (q.RTP.Received < 50 || q.RTP.Sent < 50) {
				t.Errorf("%d packets came, %d went", q.RTP.Received, q.RTP.Sent)
			}
		}
	})
}
