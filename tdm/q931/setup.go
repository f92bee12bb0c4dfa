package q931

import (
	"time"

	"tipring/tdm"
)

// Primitive gives a call what its user wants.
func (l *Link) Primitive(now time.Duration, id CallID, p tdm.Primitive) []Output {
	l.begin(now)
	l.prim = p
	if c := l.byID[id]; c != nil && !c.holdPrimitive(&l.prim) {
		if e, ok := requests[p.Kind]; ok {
			l.in = input{prim: &l.prim}
			c.step(e, &l.in)
		}
	}
	return l.end()
}

var requests = map[tdm.PrimitiveKind]event{tdm.SetupAck: reqSetupAck, tdm.Information: reqInformation, tdm.Proceeding: reqProceeding,
	tdm.Progress: reqProgress, tdm.Alerting: reqAlerting, tdm.Connect: reqConnect, tdm.Disconnect: reqDisconnect, tdm.Notify: reqNotify}

// Setup begins a call. A cause other than 0 refuses it: there is no data link, no channel, no call reference.
func (l *Link) Setup(now time.Duration, p tdm.Primitive) (CallID, tdm.Cause, []Output) {
	l.begin(now)
	if !l.Up() {
		return 0, tdm.CauseNetworkOutOfOrder, l.end()
	}
	if len(l.byID) >= l.config.MaxCalls {
		return 0, tdm.CauseSwitchingCongestion, l.end()
	}
	ch, ok := l.channelFor(p.ISDN)
	if !ok {
		return 0, tdm.CauseNoCircuit, l.end()
	}
	ref, ok := l.newRef()
	if !ok {
		return 0, tdm.CauseSwitchingCongestion, l.end()
	}
	c := l.newCall(ref)
	l.counters.CallsOut++
	l.take(c, ch)
	id := c.id
	l.prim = p
	l.in = input{prim: &l.prim, chn: ch}
	c.step(reqSetup, &l.in)
	return id, 0, l.end()
}

func (l *Link) channelFor(x *tdm.ISDN) (tdm.Channel, bool) {
	if x != nil && x.Channel.Timeslot != 0 {
		if b := l.b(x.Channel); b != nil && b.usable() {
			return x.Channel, true
		}
		if x.Exclusive {
			return tdm.Channel{}, false
		}
	}
	return l.hunt()
}

// Audit asks the peer for the state of a call (§5.8.10). A peer that does not answer has the call cleared with cause 41.
func (l *Link) Audit(now time.Duration, id CallID) []Output {
	l.begin(now)
	if c := l.byID[id]; c != nil && c.state != ReleaseRequest {
		c.enquiries = 0
		c.enquire()
	}
	return l.end()
}
