package q931

import (
	"slices"
	"testing"
	"time"

	"tipring/tdm"
)

func transferable(c *Config) { c.Transfer = true }

func notify(event string, x *tdm.ISDN) tdm.Primitive {
	return tdm.Primitive{Kind: tdm.Notify, Event: event, ISDN: x}
}

func numbered(digits string) *tdm.QualifiedNumber {
	return &tdm.QualifiedNumber{PartyNumber: tdm.PartyNumber{Digits: digits}, Numbering: tdm.Numbering{Type: 2, Plan: 1}}
}

// transferred: the user has a call each way, and has the network join them, which the network does: then both are cleared.
func transferred(r *rig) {
	first, in := r.connected(r.user, r.network)
	back, second := r.connected(r.network, r.user)
	r.user.do(first, notify(tdm.EventTransfer, &tdm.ISDN{Peer: uint32(second)}))
	r.settle()
	asked := in
	if r.network.heard(in) == "SETUP" { // some requests go out on the other call
		asked = back
	}
	r.network.do(asked, notify(tdm.EventTransferred, nil))
	r.settle()
	r.user.expect(first, "CONNECT, NOTIFY transferred")
	r.network.do(in, hangUp(tdm.CauseNormalClearing))
	r.network.do(back, hangUp(tdm.CauseNormalClearing))
	r.settle()
}

// services are stories of supplementary services.
var services = []story{
	{"transfer-ect", "euroisdn", transferable, func(r *rig) {
		transferred(r)
		_, in := r.connected(r.user, r.network)
		r.network.do(in, notify(tdm.EventParty, &tdm.ISDN{Connected: numbered("5550001"), Alerting: true}))
		r.network.do(in, notify(tdm.EventParty, &tdm.ISDN{Connected: numbered("5550001")}))
		r.network.do(in, hangUp(tdm.CauseNormalClearing))
	}},
	{"transfer-2bct", "ni2", transferable, transferred},
	{"transfer-rlt", "dms100", transferable, transferred},
	{"transfer-qsig", "qsig", nil, func(r *rig) {
		r.user.link.config.Transfer = true
		first, in := r.connected(r.user, r.network)
		second := r.user.call(setup)
		r.settle()
		other := r.network.last()
		r.network.do(other, tdm.Primitive{Kind: tdm.Alerting})
		r.settle()
		to := numbered("4001")
		to.Name = "Bob"
		r.user.do(first, notify(tdm.EventTransfer, &tdm.ISDN{Peer: uint32(second), Connected: to, Redirection: numbered("4000")}))
		r.settle()
		r.user.expect(first, "CONNECT, NOTIFY joined")
		r.network.expect(in, "SETUP, NOTIFY party")
		r.network.expect(other, "SETUP, NOTIFY party")
		// The far end proposes to replace the path, and the proposal is passed on to the other call.
		c := r.network.link.byID[in]
		r.network.take(r.network.link.inject(r.now, appendElement(appendHeader(nil, protocolQ931, c.ref, Facility), elFacility,
			join(networking, invoke(9, 4, tlv(berSequence, join(tlv(tagNumeric, []byte("17")...), tlv(partyUnknown, []byte("4000")...))...)))...)))
		r.settle()
		r.network.do(in, hangUp(tdm.CauseNormalClearing))
		r.network.do(other, hangUp(tdm.CauseNormalClearing))
	}},
	{"transfer-refused", "euroisdn", transferable, func(r *rig) {
		r.network.link.config.Transfer = false
		first, in := r.connected(r.user, r.network)
		_, second := r.connected(r.network, r.user)
		r.user.do(first, notify(tdm.EventTransfer, &tdm.ISDN{Peer: uint32(second)}))
		r.settle()
		r.user.expect(first, "CONNECT, NOTIFY transferrefused 50")
		r.user.do(first, hangUp(tdm.CauseNormalClearing))
		r.user.do(second, hangUp(tdm.CauseNormalClearing))
		_ = in
	}},
	{"deflection", "euroisdn", nil, func(r *rig) {
		for _, grant := range []bool{true, false} {
			id := r.network.call(setup)
			r.settle()
			in := r.user.last()
			r.user.do(in, tdm.Primitive{Kind: tdm.Proceeding})
			r.user.do(in, notify(tdm.EventDeflect, &tdm.ISDN{Redirection: numbered("5550002"), Redirecting: numbered("5551234"), Reason: 4}))
			r.settle()
			if grant {
				r.network.do(id, notify(tdm.EventDeflected, nil))
				r.settle()
				r.user.expect(in, "SETUP, NOTIFY deflected")
				r.network.do(id, hangUp(tdm.CauseNormalClearing))
			} else {
				p := notify(tdm.EventDeflectRefused, nil)
				p.Cause = tdm.CauseInvalidNumber
				r.network.do(id, p)
				r.settle()
				r.user.expect(in, "SETUP, NOTIFY deflectrefused 28")
				r.user.do(in, hangUp(tdm.CauseUserBusy))
			}
			r.settle()
		}
		// A caller is told where its call goes.
		r.user.call(setup)
		r.settle()
		in := r.network.last()
		r.network.do(in, tdm.Primitive{Kind: tdm.Proceeding})
		r.network.do(in, notify(tdm.EventRedirection, &tdm.ISDN{Redirection: numbered("5550002")}))
		r.network.do(in, hangUp(tdm.CauseNormalClearing))
	}},
	{"rerouting-qsig", "qsig", nil, func(r *rig) {
		id := r.network.call(setup)
		r.settle()
		in := r.user.last()
		p := notify(tdm.EventDeflect, &tdm.ISDN{Redirection: numbered("4002"), Redirecting: numbered("5551234"), Reason: 1, Calling: tdm.Numbering{Type: 2, Plan: 1}})
		p.Calling.Digits = "2125550100"
		r.user.do(in, p)
		r.settle()
		r.network.do(id, notify(tdm.EventDeflected, nil))
		r.settle()
		r.user.expect(in, "SETUP, NOTIFY deflected")
		r.network.do(id, hangUp(tdm.CauseNormalClearing))
		r.settle()
		r.user.call(setup)
		r.settle()
		in = r.network.last()
		r.network.do(in, tdm.Primitive{Kind: tdm.Proceeding})
		r.network.do(in, notify(tdm.EventRedirection, &tdm.ISDN{Redirection: numbered("4002"), Reason: 2}))
		r.network.do(in, hangUp(tdm.CauseNormalClearing))
	}},
	{"malicious", "euroisdn", nil, func(r *rig) {
		id, in := r.connected(r.network, r.user)
		for _, x := range []struct{ answer, heard string }{{tdm.EventMaliciousNoted, "SETUP, NOTIFY maliciousnoted"},
			{tdm.EventMaliciousRefused, "SETUP, NOTIFY maliciousnoted, NOTIFY maliciousrefused 29"}} {
			r.user.do(in, notify(tdm.EventMalicious, nil))
			r.settle()
			r.network.do(id, notify(x.answer, nil))
			r.settle()
			r.user.expect(in, x.heard)
		}
		r.user.do(in, hangUp(tdm.CauseNormalClearing))
	}},
	{"unknown-operation", "qsig", nil, func(r *rig) {
		// One that need not be understood, and one that is to be rejected.
		_, in := r.connected(r.user, r.network)
		c := r.network.link.byID[in]
		for _, header := range [][]byte{networking, append(slices.Clone(networking[:len(networking)-1]), 2)} {
			message := appendElement(appendHeader(nil, protocolQ931, c.ref, Facility), elFacility, join(header, invoke(9, 121, nil))...)
			r.network.take(r.network.link.inject(r.now, message))
			r.settle()
		}
		r.network.do(in, hangUp(tdm.CauseNormalClearing))
	}},
	{"charges-rates", "euroisdn", nil, charged},
	{"charges-qsig", "qsig", nil, charged},
	{"user-user", "euroisdn", nil, func(r *rig) {
		p := setup
		x := *p.ISDN
		x.UserUser, x.Keypad = "\x04setup", "*21#"
		x.CallingSub, x.CalledSub = "\x80P100", "\x80P200"
		p.ISDN = &x
		for _, s := range []*side{r.user, r.network} {
			id := s.call(p)
			r.settle()
			in := s.far.last()
			s.far.do(in, tdm.Primitive{Kind: tdm.Alerting, ISDN: &tdm.ISDN{UserUser: "\x04alert"}})
			n := numbered("5551234")
			n.Subaddress = "\x80P201"
			s.far.do(in, tdm.Primitive{Kind: tdm.Connect, ISDN: &tdm.ISDN{UserUser: "\x04connect", Connected: n}})
			r.settle()
			s.do(id, tdm.Primitive{Kind: tdm.Information, ISDN: &tdm.ISDN{Keypad: "#9"}})
			q := hangUp(tdm.CauseNormalClearing)
			q.ISDN = &tdm.ISDN{UserUser: "\x04bye"}
			s.do(id, q)
			r.settle()
		}
	}},
}

func charged(r *rig) {
	_, in := r.connected(r.user, r.network)
	for _, ch := range []tdm.Charge{
		{Phase: 'S', Item: "communication", Currency: "EUR", Amount: 9, Exponent: -2, Per: time.Minute},
		{Phase: 'S', Item: "setup", Currency: "EUR", Amount: 1, Exponent: -1}, {Phase: 'S', Item: "communication", Free: true},
		{Phase: 'D', Currency: "EUR", Amount: 125, Exponent: -2, Subtotal: true}, {Phase: 'E', Free: true}} {
		r.network.do(in, notify(tdm.EventCharge, &tdm.ISDN{Charge: &ch}))
	}
	p := hangUp(tdm.CauseNormalClearing)
	p.ISDN = &tdm.ISDN{Charge: &tdm.Charge{Phase: 'E', Currency: "EUR", Amount: 150, Exponent: -2}}
	r.network.do(in, p)
}

// TestServicesThatCannotBeHad: what a switch type does not have, or a call cannot do, is refused at once with its cause.
func TestServicesThatCannotBeHad(t *testing.T) {
	for _, x := range []struct {
		variant string
		prim    tdm.Primitive
		want    string
		change  func(*Config)
	}{
		{"5ess", notify(tdm.EventDeflect, &tdm.ISDN{Redirection: numbered("1")}), "deflectrefused 69", nil},
		{"qsig", notify(tdm.EventMalicious, nil), "maliciousrefused 69", nil},
		{"euroisdn", notify(tdm.EventMalicious, nil), "maliciousrefused 98", nil}, // the caller asks
		{"euroisdn", notify(tdm.EventDeflect, &tdm.ISDN{Redirection: numbered("1")}), "deflectrefused 98", nil},
		{"euroisdn", notify(tdm.EventTransfer, &tdm.ISDN{Peer: 1}), "transferrefused 50", nil},
		{"euroisdn", notify(tdm.EventTransfer, &tdm.ISDN{Peer: 99}), "transferrefused 98", transferable},
		{"dms100", notify(tdm.EventTransfer, nil), "transferrefused 98", transferable},
	} {
		r := newRig(t, x.variant, x.change)
		id, _ := r.connected(r.user, r.network)
		r.user.do(id, x.prim)
		r.user.expect(id, "CONNECT, NOTIFY "+x.want)
		r.user.do(id, hangUp(tdm.CauseNormalClearing))
		r.settle()
		r.done()
	}
}

// A peer that does not answer what it is asked has it refused when the timer expires; a call that ends takes its question with
// it.
func TestUnansweredRequests(t *testing.T) {
	r := newRig(t, "ni2", transferable)
	first, _ := r.connected(r.user, r.network)
	second, in := r.connected(r.user, r.network)
	r.network.silent = true
	r.user.do(first, notify(tdm.EventTransfer, &tdm.ISDN{Peer: uint32(second)}))
	r.runs(r.user, tInvoke, 10*time.Second)
	r.user.expect(first, "CONNECT, NOTIFY transferrefused 102")
	r.network.silent = false
	r.user.do(first, notify(tdm.EventTransfer, &tdm.ISDN{Peer: uint32(second)}))
	r.user.do(first, hangUp(tdm.CauseNormalClearing))
	r.settle()
	r.user.expect(first, "CONNECT, NOTIFY transferrefused 102, NOTIFY transferrefused 29, RELEASE 16")
	r.network.do(in, hangUp(tdm.CauseNormalClearing))
	r.settle()
	r.done()
}
