package q931

import (
	"testing"
	"time"

	"tipring/tdm"
	"tipring/tdm/q921"
)

// reset sets the data link up again, which loses what waits there.
func (s *side) reset() {
	s.link.begin(*s.now)
	s.link.data(s.link.d[0], q921.Input{Event: q921.EstablishRequest})
	s.take(s.link.end())
}

// A reset of the data link that lost an answer: each end asks for the other's state, and the call is answered after all.
func TestAnAnswerThatAResetLost(t *testing.T) {
	sides(t, nil, func(t *testing.T, r *rig, us, them *side) {
		id := us.call(setup)
		r.settle()
		in := them.last()
		us.deaf = true
		them.do(in, tdm.Primitive{Kind: tdm.Alerting})
		them.do(in, tdm.Primitive{Kind: tdm.Connect})
		r.settle()
		us.deaf = false
		them.reset()
		r.settle()
		r.wait(time.Second)
		us.expect(id, "CONNECT")
		them.expect(in, "SETUP")
		us.do(id, hangUp(tdm.CauseNormalClearing))
		r.settle()
		them.expect(in, "SETUP, DISCONNECT 16, RELEASE 16")
	})
}

// The peer sets the data link up again while frames of ours were on their way (§5.8.8): active calls go on and are asked for, a
// call whose digits may be lost is cleared with cause 41, and one that is ringing is left to its timers.
func TestTheDataLinkIsResetByThePeer(t *testing.T) {
	sides(t, overlapping, func(t *testing.T, r *rig, us, them *side) {
		active, _ := r.connected(us, them)
		p := setup
		p.Called, p.ISDN = "55", &tdm.ISDN{}
		overlap := us.call(p)
		ringing := us.call(setup)
		r.settle()
		in := them.order[len(them.order)-2:]
		them.do(in[0], tdm.Primitive{Kind: tdm.SetupAck})
		them.do(in[1], tdm.Primitive{Kind: tdm.Alerting})
		r.settle()
		them.deaf = true
		us.do(overlap, tdm.Primitive{Kind: tdm.Information, Digit: '1'})
		them.deaf = false
		enquiries := us.link.counters.Messages
		them.reset()
		r.settle()
		us.expect(active, "CONNECT")
		us.expect(overlap, "SETUP ACK, DISCONNECT 41, RELEASE 41")
		us.expect(ringing, "ALERTING")
		if us.link.counters.Messages == enquiries || us.link.byID[active].timers[t322].running() {
			t.Error("the active call was not asked for, or the peer has not answered")
		}
		us.do(active, hangUp(tdm.CauseNormalClearing))
		us.do(ringing, hangUp(tdm.CauseNormalClearing))
		r.settle()
	})
}

// A peer that insists on the channel of an active call is refused, and the call is asked for: it ends if the peer has forgotten it.
func TestAChannelThatThePeerTakesForFree(t *testing.T) {
	sides(t, nil, func(t *testing.T, r *rig, us, them *side) {
		_, kept := r.connected(them, us)
		_, forgotten := r.connected(them, us)
		c := them.link.byID[them.link.CallOn(us.link.byID[us.last()].channel)]
		ch := c.channel
		them.link.drop(c)
		delete(them.said, c.id)
		p := setup
		x := *p.ISDN
		x.Channel, x.Exclusive = ch, true
		p.ISDN = &x
		id := them.call(p)
		r.settle()
		them.expect(id, "RELEASE 44")
		us.expect(forgotten, "SETUP, RELEASE 101")
		us.expect(kept, "SETUP")
		again := them.call(p)
		r.settle()
		us.do(us.last(), tdm.Primitive{Kind: tdm.Connect})
		r.settle()
		them.expect(again, "CONNECT")
		for _, id := range []CallID{us.last(), kept} {
			us.do(id, hangUp(tdm.CauseNormalClearing))
		}
		r.settle()
	})
}

// A caller that says it is further back than it should be is told again how far its call has come; if it had only answered late,
// that does no harm.
func TestACallerThatIsBehindIsToldAgain(t *testing.T) {
	for _, x := range []struct {
		told []tdm.PrimitiveKind
		want MessageType
	}{{[]tdm.PrimitiveKind{tdm.Proceeding}, CallProceeding}, {[]tdm.PrimitiveKind{tdm.Proceeding, tdm.Alerting}, Alerting}, {[]tdm.PrimitiveKind{tdm.Connect}, Connect}} {
		sides(t, nil, func(t *testing.T, r *rig, us, them *side) {
			id := us.call(setup)
			r.settle()
			in := them.last()
			for _, k := range x.told {
				them.do(in, tdm.Primitive{Kind: k})
			}
			r.settle()
			heard := us.heard(id)
			var sent []MessageType
			them.note = func(_ int, b []byte) {
				if len(b) > 8 && b[2]&1 == 0 {
					sent = append(sent, MessageType(b[8]))
				}
			}
			call := us.link.byID[id]
			status := appendCause(appendHeader(nil, protocolQ931, call.ref, Status), 0, causeStatusResponse)
			r.feed(them, appendElement(status, elCallState, us.link.roles.sent.Number()))
			if len(sent) == 0 || sent[0] != x.want || them.link.counters.CaughtUp != 1 {
				t.Errorf("told %v, sent again %v", x.told, sent)
			}
			if s := call.state; us.heard(id) != heard && s != us.link.roles.sentAlerting && s != us.link.roles.sentProceeding {
				t.Errorf("heard %q, then %q", heard, us.heard(id))
			}
			us.do(id, hangUp(tdm.CauseNormalClearing))
			r.settle()
		})
	}
}
