package sip

import (
	"testing"
	"time"

	"tipring/tdm"
)

func TestStatus(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u, d, c := w.answeredCall()
		if n := w.s.Status().Dialogs; n != 1 {
			t.Errorf("%d dialogs", n)
		}
		d.Send("BYE", "", "")
		u.Expect("200 BYE")
		c.expect(tdm.Release)
		out := w.call(w.s.Trunk("pbx"), tdm.Primitive{Called: "1"})
		time.Sleep(600 * time.Millisecond) // repeated once
		inv := u.Expect("INVITE")
		u.Respond(inv, "486 Busy Here", "x", "", "")
		out.expect(tdm.Release)
		u.Send("SIP/2.0 200 OK\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKnone\nFrom: <sip:a@b>;tag=1\nTo: <sip:b@b>;tag=2\nCall-ID: 1\nCSeq: 1 INVITE\n\n")
		u.Send("nonsense\n\n")
		m := u.Request("FROBNICATE", "sip:x@10.0.0.1", "", "")
		u.Send(m.Text())
		u.Await("501")

		st := w.s.Status()
		count := map[MessageCount]bool{}
		for _, c := range st.Messages {
			count[c] = true
		}
		for _, want := range []MessageCount{
			{"pbx", "INVITE", "in", "request", 1}, {"pbx", "INVITE", "out", "1xx", 1}, {"pbx", "INVITE", "out", "2xx", 1}, {"pbx", "ACK", "in", "request", 1},
			{"pbx", "BYE", "in", "request", 1}, {"pbx", "BYE", "out", "2xx", 1}, {"pbx", "INVITE", "out", "request", 1}, {"pbx", "INVITE", "in", "4xx", 1},
			{"pbx", "other", "in", "request", 1}, {"pbx", "other", "out", "5xx", 1},
		} {
			if !count[want] {
				t.Errorf("no %+v in %+v", want, st.Messages)
			}
		}
		if len(st.Retransmits) != 1 || st.Retransmits[0] != (RetransmitCount{"pbx", "INVITE", "out", 1}) {
			t.Errorf("%+v", st.Retransmits)
		}
		if st.Stray != 1 || st.Faults[1] != (FaultCount{Trunk: "pbx", ParseErrors: 1}) || st.Dialogs != 0 || st.Challenges != 0 {
			t.Errorf("%+v", st)
		}
	})
}
