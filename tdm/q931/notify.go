package q931

import "tipring/tdm"

// sendNotify sends what a Notify primitive asks for: a notification, a charge, a name, or text.
func (c *call) sendNotify(in *input) {
	p := in.prim
	x := p.ISDN
	if x == nil {
		x = &tdm.ISDN{}
	}
	switch p.Event {
	case tdm.EventCharge:
		c.head(Facility)
		n := len(c.l.build)
		c.putCharge(p)
		if len(c.l.build) == n {
			return
		}
		c.flush()
	case tdm.EventName:
		if x.Name == "" || !c.l.config.Variant.has(opCallingName) {
			return
		}
		c.head(Facility)
		c.putName(opCallingName, x.Name)
		c.flush()
	case tdm.EventDisplay:
		c.sendInformation(nil, &tdm.ISDN{Display: x.Display})
	case tdm.EventUserInformation:
		c.head(UserInformation)
		c.putUserUser(p)
		c.flush()
	case tdm.EventTransfer:
		c.askTransfer(x)
	case tdm.EventDeflect:
		c.askDeflection(p)
	case tdm.EventMalicious:
		c.askMalicious()
	case tdm.EventTransferred, tdm.EventTransferRefused, tdm.EventDeflected, tdm.EventDeflectRefused, tdm.EventMaliciousNoted, tdm.EventMaliciousRefused:
		c.settle(p.Event, p.Cause)
	case tdm.EventParty:
		c.tellParty(x)
	case tdm.EventRedirection:
		c.sendRedirection(x)
	default:
		v := x.Notification
		switch p.Event {
		case tdm.EventHold:
			v = notifyRemoteHold
		case tdm.EventRetrieve:
			v = notifyRemoteRetrieve
		case tdm.EventNotify:
		default: // "fax", "hookflash": nothing of Q.931's
			return
		}
		c.head(Notify)
		c.l.build = appendElement(c.l.build, elNotification, ext|v)
		c.putDisplay(p)
		c.flush()
	}
}
