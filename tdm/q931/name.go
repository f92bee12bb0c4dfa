package q931

import (
	"strings"

	"tipring/tdm"
)

// maxName is the length of a name in ECMA-164 and GR-1367.
const maxName = 50

// Tags of ECMA-164's Name.
const (
	nameAllowed         = 0x80
	nameAllowedExtended = 0xa1
	nameRestricted      = 0x82
	nameRestrictedExt   = 0xa3
	nameUnavailable     = 0x84
	nameRestrictedNull  = 0x87
)

// networking is what stands before a component of ECMA-165: both entities are end PINXs, and what is not understood is
// discarded.
var networking = []byte{profileNetworking, tagNFE, 6, 0x80, 1, 0, 0x82, 1, 0, tagInterpretation, 1, 0}

// putName appends a name where the switch type has it in a facility element.
func (c *call) putName(op operation, name string) {
	if name != "" && c.l.config.Variant.has(op) {
		c.putInvoke(op, tlv(nameAllowed, []byte(cut(name, maxName))...))
	}
}

// nameOf reads a Name. ok says that there is one to show.
func nameOf(v ber) (name string, p tdm.Presentation, ok bool) {
	if v.tag == berSequence { // with extensions after it
		var err error
		if v, _, err = next(v.content); err != nil {
			return "", 0, false
		}
	}
	text := v.content
	switch v.tag {
	case nameAllowedExtended, nameRestrictedExt:
		x, found := findTag(v.content, 0x04)
		if !found {
			return "", 0, false
		}
		text = x.content
	case nameAllowed, nameRestricted:
	case nameRestrictedNull:
		return "", tdm.Restricted, true
	default:
		return "", tdm.Unavailable, v.tag == nameUnavailable
	}
	if v.tag == nameRestricted || v.tag == nameRestrictedExt {
		p = tdm.Restricted
	}
	return strings.ToValidUTF8(string(text[:min(len(text), maxName)]), "?"), p, true
}

// takeName puts a name where the primitive has a place for it.
func (c *call) takeName(op operation, x component, p *tdm.Primitive) {
	v, _, err := next(x.argument)
	if err != nil {
		return
	}
	name, presentation, ok := nameOf(v)
	if !ok {
		return
	}
	if p.ISDN == nil {
		p.ISDN = &tdm.ISDN{}
	}
	switch {
	case p.Kind == tdm.Setup && op == opCallingName:
		if presentation == tdm.Allowed {
			p.Calling.Name = name
		}
	case p.Kind == tdm.Connect || p.Kind == tdm.Alerting:
		if p.ISDN.Connected == nil {
			p.ISDN.Connected = &tdm.QualifiedNumber{}
		}
		p.ISDN.Connected.Name = name
	default:
		p.ISDN.Name = name
	}
}
