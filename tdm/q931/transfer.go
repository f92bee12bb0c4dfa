package q931

import "tipring/tdm"

// Transfer: the two calls of a line that one user joins. Explicit call transfer (EN 300 369-1) gives one call a number and names
// it on the other; two B channel transfer (GR-2865) names the other call by its call reference; release link trunk
// (NIS-A211-4) asks in the SETUP for a number that a later transfer gives. In QSIG (ECMA-178) the one who transfers joins the
// calls itself and tells both ends.

const (
	tagLinkID    = 0x80 // RLT: [0] call identifier
	tagReason    = 0x81 // RLT: [1]
	rltUnused    = 129  // no reason
	maxLinkID    = 0x7fffff
	flagMask     = 0x8000
	primaryEnd   = 0 // of QSIG
	secondaryEnd = 1
)

// askTransfer joins this call and the one that p names.
func (c *call) askTransfer(x *tdm.ISDN) {
	v := c.l.config.Variant
	other := c.l.byID[CallID(x.Peer)]
	switch {
	case !c.l.config.Transfer:
		c.tell(tdm.EventTransferRefused, causeNotSubscribed)
	case other == nil || other == c || !c.joinable() || !other.joinable() || c.asked.op != opUnknown || other.asked.op != opUnknown:
		c.tell(tdm.EventTransferRefused, causeWrongState)
	case v.has(opJoined):
		c.join(other, x)
	case c.l.config.Network && !v.Symmetric: // it is the user that asks
		c.tell(tdm.EventTransferRefused, causeWrongState)
	case v.has(opLinkID):
		c.ask(opLinkID, nil, 0)
		c.transferTo = other.id
	case v.has(opTwoChannel):
		c.ask(opTwoChannel, tlv(berSequence, berInt(berInteger, other.linkReference())...), 0)
	case v.has(opLinkTransfer) && other.linkID != 0:
		c.ask(opLinkTransfer, rltArgument(other.linkID), 0)
	case v.has(opLinkTransfer) && c.linkID != 0:
		other.ask(opLinkTransfer, rltArgument(c.linkID), c.id)
	default:
		c.tell(tdm.EventTransferRefused, causeFacilityNotImpl)
	}
}

func rltArgument(id int64) []byte {
	return tlv(berSequence, join(berInt(tagLinkID, id), berInt(tagReason, rltUnused))...)
}

// joinable: the call is answered, or ours and ringing.
func (c *call) joinable() bool { return c.state == Active || c.state == c.l.roles.sentAlerting }

// linkReference is the call reference as this side writes it, which names a call to the peer.
func (c *call) linkReference() int64 {
	r := int64(c.ref.Value)
	if !c.ref.FromOriginator {
		r |= flagMask
	}
	return r
}

// explicit: the network has numbered this call; the other one is transferred to it.
func (c *call) explicit(x component) {
	other := c.l.byID[c.transferTo]
	c.transferTo = 0
	v, _, err := next(x.argument)
	if other == nil || err != nil || v.tag != berInteger || other.asked.op != opUnknown {
		c.tell(tdm.EventTransferRefused, causeFacilityRejected)
		return
	}
	other.ask(opExplicit, tlv(berInteger, v.content...), c.id)
}

// takeLinkID: the switch says by which number this call can be transferred (RLT).
func (c *call) takeLinkID(x component) {
	v, _, err := next(x.argument)
	if err == nil && v.tag == berSequence {
		v, _, err = next(v.content)
	}
	if err == nil && v.tag == tagLinkID {
		c.linkID, _ = v.integer()
	}
}

// putLinkAbility asks for that number.
func (c *call) putLinkAbility() {
	if c.l.config.Transfer && !c.l.config.Network && c.l.config.Variant.has(opLinkAbility) {
		c.putInvoke(opLinkAbility, nil)
	}
}

// giveLinkID answers it, in the first message after the SETUP that has room for it.
func (c *call) giveLinkID() {
	if !c.linkAsked {
		return
	}
	c.linkAsked = false
	row := c.l.config.Variant.row(opLinkAbility)
	c.putComponent(returnResult(row.id, tlv(berSequence, join(row.value(), berInt(tagLinkID, int64(c.id)&maxLinkID))...)))
}

// takeTransfer: the peer wants two calls joined. This one carries the request, and it names the other.
func (c *call) takeTransfer(op operation, x component) {
	switch {
	case !c.l.config.Transfer || !c.l.config.Network:
		c.refuseComponent(x, errorNotSubscribed)
		return
	case op == opLinkID:
		c.head(Facility)
		row := c.l.config.Variant.row(opLinkID)
		c.putComponent(returnResult(x.id, tlv(berSequence, join(row.value(), berInt(berInteger, c.explicitID()))...)))
		c.flush()
		return
	}
	other := c.named(op, x)
	if other == nil || other == c || !c.joinable() || !other.joinable() || !c.owe(op, x) {
		c.refuseComponent(x, errorInvalidState)
		return
	}
	c.up(tdm.Primitive{Kind: tdm.Notify, Event: tdm.EventTransfer, ISDN: &tdm.ISDN{Peer: uint32(other.id)}})
}

// explicitID is the call's number within its group, as ECT's LinkId has room for it.
func (c *call) explicitID() int64 { return int64(c.id & 0x7fff) }

// named finds the call that a request names.
func (c *call) named(op operation, x component) *call {
	v, _, err := next(x.argument)
	if err == nil && v.tag == berSequence {
		v, _, err = next(v.content)
	}
	n, ok := v.integer()
	if err != nil || !ok {
		return nil
	}
	switch op {
	case opTwoChannel:
		// The peer's flag is clear where the peer chose the reference.
		return c.l.calls[refKey(uint16(n)&maxCallRefTwoOctet, n&flagMask != 0)]
	case opLinkTransfer:
		return c.l.findCall(func(y *call) bool { return int64(y.id)&maxLinkID == n })
	}
	return c.l.findCall(func(y *call) bool { return y.explicitID() == n })
}

func (l *Link) findCall(is func(*call) bool) *call {
	for _, c := range l.byID {
		if is(c) {
			return c
		}
	}
	return nil
}

// join tells both ends of a QSIG transfer by join who is there now. The path goes on through this side.
func (c *call) join(other *call, x *tdm.ISDN) {
	c.joined, other.joined = other.id, c.id
	alerting := other.state != Active
	c.sendParty(opJoined, primaryEnd, x.Connected, alerting)
	other.sendParty(opJoined, secondaryEnd, x.Redirection, c.state != Active)
	c.tell(tdm.EventJoined, 0)
}

// sendParty tells the peer that another party is at this end.
func (c *call) sendParty(op operation, end int64, n *tdm.QualifiedNumber, alerting bool) {
	var argument []byte
	switch op {
	case opJoined:
		argument = join(berInt(berEnumerated, end), presented(n, true))
		if n != nil && n.Name != "" && n.Presentation == tdm.Allowed {
			argument = join(argument, tlv(nameAllowed, []byte(cut(n.Name, maxName))...))
		}
		if alerting {
			argument = join(argument, berInt(berEnumerated, 1))
		}
	case opInform:
		active := int64(1)
		if alerting {
			active = 0
		}
		argument = join(berInt(berEnumerated, active), presented(n, false))
	}
	c.head(Facility)
	c.putInvoke(op, tlv(berSequence, argument...))
	c.flush()
}

// tellParty is a Notify "party" of the call's user.
func (c *call) tellParty(x *tdm.ISDN) {
	for _, op := range []operation{opJoined, opInform} {
		if c.l.config.Variant.has(op) {
			c.sendParty(op, primaryEnd, x.Connected, x.Alerting)
		}
	}
}

// takeParty: another party is at the far end.
func (c *call) takeParty(op operation, x component) {
	v, _, err := next(x.argument)
	if err != nil || v.tag != berSequence {
		return
	}
	first, rest, err := next(v.content) // end designation, or status
	if err != nil {
		return
	}
	out := &tdm.ISDN{Connected: &tdm.QualifiedNumber{PartyNumber: tdm.PartyNumber{Presentation: tdm.Unavailable}}}
	if op == opInform {
		k, _ := first.integer()
		out.Alerting = k == 0
	}
	if number, after, err := next(rest); err == nil {
		if n, ok := parsePresented(number); ok {
			out.Connected, rest = &n, after
		}
	}
	if op == opJoined {
		_ = walk(rest, func(v ber) bool { // a name, and a status of its own; what is coded wrongly ends it
			if v.tag == berEnumerated {
				k, _ := v.integer()
				out.Alerting = k == 1
			} else if name, p, ok := nameOf(v); ok && p == tdm.Allowed {
				out.Connected.Name = name
			}
			return true
		})
	}
	c.up(tdm.Primitive{Kind: tdm.Notify, Event: tdm.EventParty, ISDN: out})
}

// passPath hands a proposal to replace the path on to the other call of a transfer by join (ECMA-176).
func (c *call) passPath(e *Element) {
	other := c.l.byID[c.joined]
	if other == nil || other.joined != c.id {
		return
	}
	other.head(Facility)
	other.l.build = appendElement(other.l.build, elFacility, e.Contents...)
	other.flush()
}
