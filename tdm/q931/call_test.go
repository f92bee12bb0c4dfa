package q931

import (
	"testing"

	"tipring/tdm"
)

func TestACallEachWay(t *testing.T) {
	for _, v := range Variants {
		t.Run(v.Name, func(t *testing.T) {
			r := newRig(t, v.Name, nil)
			for _, x := range []struct{ from, to *side }{{r.user, r.network}, {r.network, r.user}} {
				id := x.from.call(tdm.Primitive{Kind: tdm.Setup, Called: "5551234", Calling: tdm.PartyNumber{Digits: "2125550100"}})
				r.settle()
				in := x.to.last()
				p := x.to.said[in][0]
				if p.Called != "5551234" || p.Calling.Digits != "2125550100" || !p.ISDN.Complete || p.ISDN.Channel.Timeslot == 0 {
					t.Errorf("offered %+v %+v", p, p.ISDN)
				}
				x.to.do(in, tdm.Primitive{Kind: tdm.Proceeding})
				r.settle()
				x.to.do(in, tdm.Primitive{Kind: tdm.Alerting, InBand: true})
				r.settle()
				x.to.do(in, tdm.Primitive{Kind: tdm.Connect})
				r.settle()
				x.from.expect(id, "PROCEEDING, ALERTING in-band, CONNECT")
				x.from.do(id, hangUp(tdm.CauseNormalClearing))
				r.settle()
				x.from.expect(id, "PROCEEDING, ALERTING in-band, CONNECT, RELEASE 16")
				x.to.expect(in, "SETUP, DISCONNECT 16, RELEASE 16")
			}
			r.done()
		})
	}
}
