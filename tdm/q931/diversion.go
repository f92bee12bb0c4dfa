package q931

import "tipring/tdm"

// Diversion: EN 300 207-1 and ECMA-174. A served user has a call rerouted, the new called user is told who sent it on
// (divertingLegInformation2), and the caller where it goes (divertingLegInformation1).

// diversionReasons are ROSE's DiversionReason as reasons of a redirecting number (Q.952): unknown, unconditional, busy, no
// reply, deflection alerting, deflection immediate.
var diversionReasons = [...]uint8{0, 15, 1, 2, 4, 4}

// numReasonsQSIG: ECMA-174 has no deflection; call forwarding unconditional is the nearest.
const (
	numReasonsQSIG = 4
	reasonDeflect  = 4
	immediate      = 5 // deflection
)

func (v Variant) diversionReason(r uint8) int64 {
	if r == reasonDeflect {
		if v.Networking {
			return 1
		}
		return immediate
	}
	for k, x := range diversionReasons[:numReasonsQSIG] {
		if x == r {
			return int64(k)
		}
	}
	return 0
}

func parseReason(v ber) uint8 {
	if k, ok := v.integer(); ok && k >= 0 && int(k) < len(diversionReasons) {
		return diversionReasons[k]
	}
	return 0
}

// takeDiversion reads divertingLegInformation2 into a Setup: the reason, and divertingNr [1].
func takeDiversion(x component, p *tdm.Primitive) {
	v, _, err := next(x.argument)
	if err != nil || v.tag != berSequence {
		return
	}
	diverting, ok := findTag(v.content, tagDivertingNum)
	if !ok {
		return
	}
	presented, _, err := next(diverting.content)
	if err != nil {
		return
	}
	n, ok := parsePresented(presented)
	if !ok {
		return
	}
	p.ISDN.Redirecting = &n
	if r, found := findTag(v.content, berEnumerated); found {
		p.ISDN.Reason = parseReason(r)
	}
}

// putDiversion appends divertingLegInformation2 to a SETUP of QSIG, where a redirecting number has no place.
func (c *call) putDiversion(x *tdm.ISDN) {
	if x.Redirecting == nil || !c.l.config.Variant.Networking {
		return
	}
	reason := c.l.config.Variant.diversionReason(x.Reason)
	c.putInvoke(opDivertingLeg2, tlv(berSequence, join(berInt(berInteger, 1), berInt(berEnumerated, reason), tlv(tagDivertingNum, presented(x.Redirecting, false)...))...))
}

// takeRedirection reads divertingLegInformation1: the caller is told where its call goes.
func (c *call) takeRedirection(x component) {
	v, _, err := next(x.argument)
	if err != nil || v.tag != berSequence {
		return
	}
	reason, rest, err := next(v.content)
	if err != nil || reason.tag != berEnumerated {
		return
	}
	if _, rest, err = next(rest); err != nil { // subscription option
		return
	}
	n := tdm.QualifiedNumber{}
	if to, _, err := next(rest); err == nil {
		ok := false
		if n, ok = parsePresented(to); !ok || c.l.config.Variant.Networking {
			n, _ = parsePartyNumber(to) // nominatedNr
		}
	}
	c.up(tdm.Primitive{Kind: tdm.Notify, Event: tdm.EventRedirection, ISDN: &tdm.ISDN{Redirection: &n, Reason: parseReason(reason)}})
}

// sendRedirection tells a caller where its call goes.
func (c *call) sendRedirection(x *tdm.ISDN) {
	if x.Redirection == nil {
		return
	}
	if v := c.l.config.Variant; v.Networking {
		c.head(Facility)
		c.putInvoke(opDivertingLeg1, tlv(berSequence, join(berInt(berEnumerated, v.diversionReason(x.Reason)), berInt(berEnumerated, withDivertedTo), partyNumber(*x.Redirection))...))
		c.flush()
		return
	}
	c.head(Notify)
	c.l.build = appendElement(c.l.build, elNotification, ext|notifyDiverting)
	c.l.build = c.l.number(x.Redirection.PartyNumber, x.Redirection.Numbering).append(c.l.build, elRedirection)
	c.flush()
}

// askDeflection has a call that was offered to us sent elsewhere.
func (c *call) askDeflection(p *tdm.Primitive) {
	x := p.ISDN
	switch {
	case !c.l.config.Variant.has(opReroute):
		c.tell(tdm.EventDeflectRefused, causeFacilityNotImpl)
	case x == nil || x.Redirection == nil || x.Redirection.Digits == "" || !c.offered() || c.asked.op != opUnknown:
		c.tell(tdm.EventDeflectRefused, causeWrongState)
	default:
		c.ask(opReroute, c.rerouting(p), 0)
	}
}

// offered: the call came from the peer and is not answered.
func (c *call) offered() bool {
	return !c.ref.FromOriginator && c.state != Active && c.state != c.l.roles.gotAnswered
}

// Tags within callRerouting.
const (
	tagElements     = 0x40 // [APPLICATION 0], octets of information elements: the bearer goes along, as it came
	tagNumberOne    = 0xa1
	tagOption       = 0x82
	tagCalling      = 0xa4
	noNotification  = 0
	firstDiversion  = 1
	withDivertedTo  = 2
	tagDivertingNum = 0xa1
)

// rerouting is the argument of callRerouting. QSIG's says who calls.
func (c *call) rerouting(p *tdm.Primitive) []byte {
	x, v := p.ISDN, c.l.config.Variant
	bearer := appendBearer(nil, Bearer{Capability: c.bearer.Capability, Rate: circuit64, Layer1: c.bearer.Layer1})
	argument := join(berInt(berEnumerated, v.diversionReason(x.Reason)), address(*x.Redirection), berInt(berInteger, firstDiversion),
		tlv(tagElements, bearer...), tlv(tagNumberOne, presented(x.Redirecting, false)...))
	if !v.Networking { // EN 300 207-1 tags explicitly
		return tlv(berSequence, join(argument, tlv(tagOption|constructed, berInt(berEnumerated, noNotification)...))...)
	}
	calling := tdm.QualifiedNumber{PartyNumber: p.Calling, Numbering: x.Calling}
	return tlv(berSequence, join(argument, berInt(tagOption, noNotification), tlv(tagCalling, presented(&calling, true)...))...)
}

// takeDeflection: the peer wants a call that we offered it sent elsewhere.
func (c *call) takeDeflection(op operation, x component) {
	if !c.ref.FromOriginator || c.state == Active || !c.owe(op, x) {
		c.refuseComponent(x, errorInvalidState)
		return
	}
	v, _, err := next(x.argument)
	if err != nil {
		c.refuseOwed(errorInvalidNumber)
		return
	}
	p := tdm.Primitive{Kind: tdm.Notify, Event: tdm.EventDeflect, ISDN: &tdm.ISDN{Reason: reasonDeflect}}
	if op == opReroute {
		if r, found := findTag(v.content, berEnumerated); found {
			p.ISDN.Reason = parseReason(r)
		}
		if last, found := findTag(v.content, tagNumberOne); found {
			if number, _, err := next(last.content); err == nil {
				if n, ok := parsePresented(number); ok {
					p.ISDN.Redirecting = &n
				}
			}
		}
	}
	to, _ := findTag(v.content, berSequence)
	n, ok := parseAddress(to)
	if !ok || n.Digits == "" {
		c.refuseOwed(errorInvalidNumber)
		return
	}
	p.ISDN.Redirection = &n
	c.up(p)
}
