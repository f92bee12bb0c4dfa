package q931

import "tipring/tdm"

// Diversion by facility: divertingLegInformation2 of EN 300 207-1 and of ECMA-174, which tells the diverted-to user who sent
// the call on.
const (
	opDivertETSI = 15
	opDivertQSIG = 21
	tagNumeric   = 0x12
)

// reasons of ROSE's DiversionReason, as those of a redirecting number (Q.952).
var diversionReasons = [...]uint8{0, 15, 1, 2, 4, 4} // unknown, unconditional, busy, no reply, deflection alerting, deflection immediate

// divertOperation is a switch type's divertingLegInformation2.
func (v Variant) divertOperation() int64 {
	if v.Names == nameQSIG {
		return opDivertQSIG
	}
	return opDivertETSI
}

// takeDiversion reads divertingLegInformation2 into a Setup.
func takeDiversion(x component, p *tdm.Primitive) {
	v, _, err := next(x.argument)
	if err != nil || v.tag != berSequence {
		return
	}
	n, ok := divertedFrom(v.content)
	if !ok {
		return
	}
	p.ISDN.Redirecting = &n
	if r, found := findTag(v.content, berEnumerated); found {
		if k, _ := r.integer(); k >= 0 && int(k) < len(diversionReasons) {
			p.ISDN.Reason = diversionReasons[k]
		}
	}
}

// divertedFrom is divertingNr [1], a PresentedNumberUnscreened.
func divertedFrom(b []byte) (n tdm.QualifiedNumber, ok bool) {
	diverting, ok := findTag(b, 0xa1)
	if !ok {
		return n, false
	}
	presented, _, err := next(diverting.content)
	if err != nil {
		return n, false
	}
	switch presented.tag {
	case 0xa0:
	case 0xa3:
		n.Presentation = tdm.Restricted
	case 0x81:
		n.Presentation = tdm.Restricted
		return n, true
	default:
		n.Presentation = tdm.Unavailable
		return n, true
	}
	party, _, err := next(presented.content)
	if err != nil {
		return n, false
	}
	switch party.tag {
	case 0x80: // unknown
		n.Digits = cut(string(party.content), maxDigits)
		return n, true
	case 0xa1, 0xa5: // public, private: type and digits
		digits, found := findTag(party.content, tagNumeric)
		kind, _ := findTag(party.content, berEnumerated)
		t, _ := kind.integer()
		n.Digits, n.Type, n.Plan = cut(string(digits.content), maxDigits), uint8(t)&7, 1
		if party.tag == 0xa5 {
			n.Plan = 9
		}
		return n, found
	}
	return n, false
}

// putDiversion appends divertingLegInformation2 to a SETUP of QSIG, where a redirecting number has no place.
func (c *call) putDiversion(x *tdm.ISDN) {
	r := x.Redirecting
	if r == nil || c.l.config.Variant.Names != nameQSIG {
		return
	}
	reason := int64(0)
	for k, v := range diversionReasons[:4] {
		if v == x.Reason {
			reason = int64(k)
		}
	}
	party := tlv(0xa1, join(berInt(berEnumerated, int64(r.Type)), tlv(tagNumeric, []byte(cut(r.Digits, maxDigits))...))...)
	presented := tlv(0xa0, party...)
	switch r.Presentation {
	case tdm.Restricted:
		presented = tlv(0xa3, party...)
	case tdm.Unavailable:
		presented = tlv(0x82)
	}
	argument := tlv(berSequence, join(berInt(berInteger, 1), berInt(berEnumerated, reason), tlv(0xa1, presented...))...)
	c.invoke++
	contents := join(networking, invoke(int64(c.invoke), opDivertQSIG, argument))
	c.l.build = appendElement(c.l.build, elFacility, contents...)
}
