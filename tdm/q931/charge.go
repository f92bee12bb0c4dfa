package q931

import "tipring/tdm"

// Advice of charge, EN 300 182-1.

const (
	tagContext1 = 0x81
	tagContext2 = 0x82
	tagSpecific = 0xa1
	tagSecond   = 0xa2
	subTotal    = 0
	unitScale   = 3 // multiplier "one"
)

// charges gives what a message says about the call's cost to its user.
func (c *call) charges(m *Message) {
	for i := range m.Elements {
		e := &m.Elements[i]
		if e.ID != elFacility || e.Codeset != 0 {
			continue
		}
		_ = eachComponent(e.Contents, func(x component) { // what is coded wrongly is counted by components
			if x.kind != tagInvoke || x.local < opAOCSCurr || x.local > opAOCEUnits {
				return
			}
			ch := parseCharge(x)
			c.up(tdm.Primitive{Kind: tdm.Notify, Event: "charge", ISDN: &tdm.ISDN{Charge: &ch}})
		})
	}
}

func parseCharge(x component) tdm.Charge {
	ch := tdm.Charge{Phase: 'S'}
	switch x.local {
	case opAOCDCurr, opAOCDUnits:
		ch.Phase = 'D'
	case opAOCECurr, opAOCEUnits:
		ch.Phase = 'E'
	}
	v, _, err := next(x.argument)
	if err != nil {
		ch.Unreadable = true
		return ch
	}
	ok := false
	switch {
	case v.tag == tagContext1: // free of charge, phase D
		ch.Free, ok = true, true
	case v.tag != berSequence:
	case ch.Phase == 'S':
		ok = parseRate(v.content, &ch)
	case ch.Phase == 'D':
		ok = parseSum(v.content, x.local, &ch)
	default: // phase E: the sum is in a sequence of its own, an association may follow
		if free, found := findTag(v.content, tagContext1); found && len(free.content) == 0 {
			ch.Free, ok = true, true
		} else if s, found := findTag(v.content, berSequence); found {
			ok = parseSum(s.content, x.local, &ch)
		}
	}
	ch.Unreadable = !ok
	return ch
}

// parseSum reads specificCurrency or specificChargingUnits.
func parseSum(b []byte, operation int64, ch *tdm.Charge) bool {
	list, found := findTag(b, tagSpecific)
	if !found {
		return false
	}
	if ch.Phase == 'D' {
		if t, found := findTag(b, tagContext2); found {
			n, _ := t.integer()
			ch.Subtotal = n == subTotal
		}
	}
	if operation == opAOCDCurr || operation == opAOCECurr {
		return parseMoney(list.content, ch)
	}
	read := false
	err := walk(list.content, func(v ber) bool {
		if n, found := findTag(v.content, berInteger); v.tag == berSequence && found {
			if k, ok := n.integer(); ok {
				ch.Units += k
				read = true
			}
		}
		return true
	})
	return read && err == nil
}

// parseMoney reads a currency [1] and an amount [2].
func parseMoney(b []byte, ch *tdm.Charge) bool {
	currency, ok1 := findTag(b, tagContext1)
	amount, ok2 := findTag(b, tagSecond)
	if !ok1 || !ok2 || len(currency.content) > 10 {
		return false
	}
	n, ok1 := findTag(amount.content, tagContext1)
	scale, ok2 := findTag(amount.content, tagContext2)
	if !ok1 || !ok2 {
		return false
	}
	ch.Currency = string(currency.content)
	ch.Amount, ok1 = n.integer()
	k, ok2 := scale.integer()
	ch.Exponent = int8(k - unitScale)
	return ok1 && ok2 && k >= 0 && k <= 6
}

// parseRate reads the first charged item of phase S that has a price.
func parseRate(b []byte, ch *tdm.Charge) bool {
	read := false
	err := walk(b, func(item ber) bool {
		_ = walk(item.content, func(v ber) bool {
			if v.tag&0xe0 == 0xa0 && !read {
				read = parseMoney(v.content, ch)
			}
			return !read
		})
		return !read
	})
	return read && err == nil
}

// putCharge appends a charge to a message that the network sends.
func (c *call) putCharge(p *tdm.Primitive) {
	if p.ISDN == nil || p.ISDN.Charge == nil || c.l.config.Variant.Names != nameDisplay || !c.l.config.Network {
		return
	}
	if contents := c.chargeContents(p.ISDN.Charge); contents != nil {
		c.l.build = appendElement(c.l.build, elFacility, contents...)
	}
}

// chargeContents codes a charge of phase D or E.
func (c *call) chargeContents(ch *tdm.Charge) []byte {
	op, sum := int64(opAOCEUnits), []byte(nil)
	if ch.Currency != "" {
		op = opAOCECurr
		amount := tlv(tagSecond, join(berInt(tagContext1, ch.Amount), berInt(tagContext2, int64(ch.Exponent)+unitScale))...)
		sum = tlv(tagSpecific, join(tlv(tagContext1, []byte(cut(ch.Currency, 10))...), amount)...)
	} else {
		sum = tlv(tagSpecific, tlv(berSequence, berInt(berInteger, ch.Units)...)...)
	}
	var argument []byte
	switch {
	case ch.Phase == 'D' && ch.Free:
		argument = tlv(tagContext1)
	case ch.Phase == 'D':
		kind := int64(1)
		if ch.Subtotal {
			kind = subTotal
		}
		argument = tlv(berSequence, join(sum, berInt(tagContext2, kind))...)
	case ch.Phase == 'E' && ch.Free:
		argument = tlv(berSequence, tlv(tagContext1)...)
	case ch.Phase == 'E':
		argument = tlv(berSequence, tlv(berSequence, sum...)...)
	default:
		return nil
	}
	if ch.Phase == 'D' {
		op -= 2
	}
	c.invoke++
	return append([]byte{profileROSE}, invoke(int64(c.invoke), op, argument)...)
}

// sendNotify sends what a Notify primitive asks for: a notification, a charge, a name, or text.
func (c *call) sendNotify(in *input) {
	p := in.prim
	x := p.ISDN
	if x == nil {
		x = &tdm.ISDN{}
	}
	switch p.Event {
	case "charge":
		if x.Charge == nil {
			return
		}
		c.head(Facility)
		n := len(c.l.build)
		c.putCharge(p)
		if len(c.l.build) == n {
			return
		}
		c.flush()
	case "name":
		if k := c.l.config.Variant.Names; x.Name == "" || k != nameQSIG && k != nameNI2 {
			return
		}
		c.head(Facility)
		c.putNameAs(opCallingName, x.Name)
		c.flush()
	case "display":
		c.sendInformation(nil, &tdm.ISDN{Display: x.Display})
	case "userinformation":
		c.head(UserInformation)
		c.putUserUser(p)
		c.flush()
	default:
		v := x.Notification
		switch p.Event {
		case "hold":
			v = notifyRemoteHold
		case "retrieve":
			v = notifyRemoteRetrieve
		case "notify":
		default: // "fax", "hookflash": nothing of Q.931's
			return
		}
		c.head(Notify)
		c.l.build = appendElement(c.l.build, elNotification, ext|v)
		c.putDisplay(p)
		c.flush()
	}
}
