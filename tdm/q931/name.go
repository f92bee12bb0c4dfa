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

// putName appends the calling name to a SETUP where it goes into a facility element.
func (c *call) putName(name string) {
	if k := c.l.config.Variant.Names; k == nameQSIG || k == nameNI2 {
		c.putNameAs(opCallingName, name)
	}
}

func (c *call) putConnectedName(name string) {
	if name != "" && c.l.config.Variant.Names == nameQSIG {
		c.putNameAs(opConnected, name)
	}
}

func (c *call) putNameAs(operation int64, name string) {
	c.invoke++
	contents := join(networking, invoke(int64(c.invoke), operation, tlv(nameAllowed, []byte(cut(name, maxName))...)))
	c.l.build = appendElement(c.l.build, elFacility, contents...)
}

// parseName reads a Name. ok says that there is one to show.
func parseName(argument []byte) (name string, p tdm.Presentation, ok bool) {
	v, _, err := next(argument)
	if err != nil {
		return "", 0, false
	}
	if v.tag == berSequence { // with extensions after it
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

// components reads the facility elements of a message into p. follows: a name will come in a later message.
func (c *call) components(m *Message, p *tdm.Primitive) (follows bool) {
	for i := range m.Elements {
		e := &m.Elements[i]
		if e.ID != elFacility || e.Codeset != 0 {
			continue
		}
		err := eachComponent(e.Contents, func(x component) {
			if x.kind != tagInvoke {
				return
			}
			switch op := x.nameOperation(); {
			case op == opNameFollows && c.l.config.Variant.Names == nameNI2:
				follows = true
			case p.Kind == tdm.Setup && op == c.l.config.Variant.divertOperation():
				takeDiversion(x, p)
			case op >= opCallingName && op <= opBusyName && c.l.config.Variant.Names != nameDisplay:
				c.takeName(x, p)
			}
		})
		if err != nil {
			c.l.counters.Ignored++
		}
	}
	return follows
}

// takeName puts a name where the primitive has a place for it.
func (c *call) takeName(x component, p *tdm.Primitive) {
	name, presentation, ok := parseName(x.argument)
	if !ok {
		return
	}
	if p.ISDN == nil {
		p.ISDN = &tdm.ISDN{}
	}
	switch {
	case p.Kind == tdm.Setup && x.nameOperation() == opCallingName:
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

// takeFacility handles a FACILITY message: a late name, or charges.
func (c *call) takeFacility(in *input) {
	c.charges(in.msg)
	p := in.msg.indication(tdm.Notify)
	c.components(in.msg, &p)
	if p.ISDN == nil || p.ISDN.Name == "" {
		return
	}
	if c.offer.waits {
		c.offer.prim.Calling.Name = p.ISDN.Name
		c.offerNow()
		return
	}
	p.Event = "name"
	c.l.up(c, p)
}
