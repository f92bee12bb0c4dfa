package q931

import "tipring/tdm"

// Supplementary services by facility (Q.932 §6.3, EN 300 196-1). One side asks by an invoke component, the other answers with
// a result or an error. Of what this side asks, at most one waits for an answer a call, and of what the peer asks, one waits
// for the call's user.

// A request is an operation that waits for its answer.
type request struct {
	op    operation
	id    int64  // invoke identifier
	about CallID // the call that it was asked for, where it goes out on another one
}

// A service is the words that a call's user hears.
type service struct{ granted, refused string }

func (op operation) service() service {
	switch op {
	case opReroute, opDeflect:
		return service{tdm.EventDeflected, tdm.EventDeflectRefused}
	case opMalicious:
		return service{tdm.EventMaliciousNoted, tdm.EventMaliciousRefused}
	}
	return service{tdm.EventTransferred, tdm.EventTransferRefused}
}

// Errors of EN 300 196-1 annex D, and of EN 300 207-1.
const (
	errorNotSubscribed = 0
	errorNotAvailable  = 3
	errorInvalidState  = 7
	errorNotAllowed    = 10
	errorNoResource    = 11
	errorInvalidNumber = 12
)

const causeFacilityRejected tdm.Cause = 29

// causeOfError maps an error to the cause that a refusal gives.
func causeOfError(code int64) tdm.Cause {
	switch code {
	case errorNotSubscribed:
		return causeNotSubscribed
	case errorInvalidState:
		return causeWrongState
	case errorNoResource:
		return causeNoResource
	case errorInvalidNumber:
		return tdm.CauseInvalidNumber
	}
	return causeFacilityRejected
}

// Causes of Q.850 that refusals give.
const (
	causeNoResource    tdm.Cause = 47
	causeNotSubscribed tdm.Cause = 50
)

func errorOfCause(v tdm.Cause) int64 {
	switch v {
	case causeNotSubscribed:
		return errorNotSubscribed
	case causeWrongState:
		return errorInvalidState
	case causeNoResource:
		return errorNoResource
	case tdm.CauseInvalidNumber:
		return errorInvalidNumber
	}
	return errorNotAvailable
}

// tell gives the call's user an answer, or news, without more.
func (c *call) tell(event string, v tdm.Cause) {
	c.up(tdm.Primitive{Kind: tdm.Notify, Event: event, Cause: v})
}

// ask sends an operation in a FACILITY and waits for its answer.
func (c *call) ask(op operation, argument []byte, about CallID) {
	c.head(Facility)
	c.asked = request{op: op, id: c.putInvoke(op, argument), about: about}
	c.flush()
	c.start(tInvoke)
}

// tellAbout gives news to the user of the call that a request was about: this one, unless it says otherwise.
func (c *call) tellAbout(r request, event string, v tdm.Cause) {
	if r.about == 0 {
		c.tell(event, v)
	} else if x := c.l.byID[r.about]; x != nil {
		x.tell(event, v)
	}
}

// unanswered: the peer says nothing, or the call is gone.
func (c *call) unanswered(v tdm.Cause) {
	if r := c.asked; r.op != opUnknown {
		c.asked = request{}
		c.stop(tInvoke)
		c.tellAbout(r, r.op.service().refused, v)
	}
}

// takeAnswer takes a result, an error or a reject.
func (c *call) takeAnswer(x component) {
	if x.kind == tagResult && c.l.config.Variant.operation(x) == opLinkAbility {
		c.takeLinkID(x)
		return
	}
	r := c.asked
	if r.op == opUnknown || r.id != x.id {
		return
	}
	c.asked = request{}
	c.stop(tInvoke)
	switch {
	case x.kind == tagError:
		c.tellAbout(r, r.op.service().refused, causeOfError(x.local))
	case x.kind == tagReject:
		c.tellAbout(r, r.op.service().refused, causeFacilityNotImpl)
	case r.op == opLinkID:
		c.explicit(x)
	default:
		c.tellAbout(r, r.op.service().granted, 0)
	}
}

// owe notes what the peer asks, until the user says something; it reports whether there is room.
func (c *call) owe(op operation, x component) bool {
	if c.owed.op != opUnknown {
		return false
	}
	c.owed = request{op: op, id: x.id}
	return true
}

func (c *call) refuseComponent(x component, code int64) {
	c.head(Facility)
	c.putComponent(returnError(x.id, code))
	c.flush()
}

func (c *call) refuseOwed(code int64) {
	c.refuseComponent(component{id: c.owed.id}, code)
	c.owed = request{}
}

// settle answers what the peer has asked, when the user's word is about that.
func (c *call) settle(event string, v tdm.Cause) {
	s := c.owed.op.service()
	switch {
	case c.owed.op == opUnknown:
	case event == s.refused:
		c.refuseOwed(errorOfCause(v))
	case event == s.granted:
		c.head(Facility)
		c.putComponent(returnResult(c.owed.id))
		c.flush()
		c.owed = request{}
	}
}

// askMalicious has the network note the call (EN 300 130-1): the called user asks, in the call or while tones follow it.
func (c *call) askMalicious() {
	switch {
	case !c.l.config.Variant.has(opMalicious):
		c.tell(tdm.EventMaliciousRefused, causeFacilityNotImpl)
	case c.ref.FromOriginator || c.l.config.Network || c.asked.op != opUnknown:
		c.tell(tdm.EventMaliciousRefused, causeWrongState)
	default:
		c.ask(opMalicious, nil, 0)
	}
}

func (c *call) takeMalicious(x component) {
	if !c.l.config.Network || !c.ref.FromOriginator || !c.owe(opMalicious, x) {
		c.refuseComponent(x, errorInvalidState)
		return
	}
	c.up(tdm.Primitive{Kind: tdm.Notify, Event: tdm.EventMalicious})
}

// facilities reads the facility elements of a message: what concerns the message goes into p, the rest to the call's user.
// nameFollows: the name of a SETUP will come in a later message.
func (c *call) facilities(m *Message, p *tdm.Primitive) (nameFollows bool) {
	for i := range m.Elements {
		e := &m.Elements[i]
		if e.ID != elFacility || e.Codeset != 0 {
			continue
		}
		err := eachComponent(e.Contents, func(x component) {
			if x.kind == tagInvoke {
				nameFollows = c.invoked(x, e, p) || nameFollows
			} else {
				c.takeAnswer(x)
			}
		})
		if err != nil {
			c.l.counters.Ignored++
		}
	}
	return nameFollows
}

// clearingFacilities reads those of a message that clears: charges, and the answer to a transfer.
func (c *call) clearingFacilities(m *Message) {
	if m != nil && m.has(elFacility) {
		c.facilities(m, &tdm.Primitive{Kind: tdm.Disconnect})
	}
}

// invoked takes what the peer asks or tells.
func (c *call) invoked(x component, e *Element, p *tdm.Primitive) (nameFollows bool) {
	switch op := c.l.config.Variant.operation(x); op {
	case opNameFollows:
		return true
	case opCallingName, opCalledName, opConnectedName, opBusyName:
		c.takeName(op, x, p)
	case opDivertingLeg2:
		if p.Kind == tdm.Setup {
			takeDiversion(x, p)
		}
	case opDivertingLeg1:
		c.takeRedirection(x)
	case opReroute, opDeflect:
		c.takeDeflection(op, x)
	case opLinkID, opExplicit, opTwoChannel, opLinkTransfer:
		c.takeTransfer(op, x)
	case opLinkAbility:
		c.linkAsked = c.l.config.Transfer && c.l.config.Network
	case opInform, opJoined:
		c.takeParty(op, x)
	case opPathReplace:
		c.passPath(e)
	case opMalicious:
		c.takeMalicious(x)
	case opRate, opRateSpecial, opInterim, opInterimUnits, opFinal, opFinalUnits:
		c.takeCharge(op, x.argument)
	case opUnknown:
		// Other messages have their own errand, and a DMS-100 uses its invoke identifiers otherwise.
		if p.Kind == tdm.Notify && !x.discard && !c.l.config.Variant.has(opLinkAbility) {
			c.head(Facility)
			c.putComponent(reject(x.id))
			c.flush()
		}
	}
	return false
}

// takeFacility handles a FACILITY message.
func (c *call) takeFacility(in *input) {
	p := in.msg.indication(tdm.Notify)
	c.facilities(in.msg, &p)
	if p.ISDN == nil || p.ISDN.Name == "" {
		return
	}
	if c.offer.waits {
		c.offer.prim.Calling.Name = p.ISDN.Name
		c.offerNow()
		return
	}
	p.Event = tdm.EventName
	c.l.up(c, p)
}
