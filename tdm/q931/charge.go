package q931

import (
	"time"

	"tipring/tdm"
)

// Advice of charge: EN 300 182-1, and ECMA-212 for QSIG, which has currency only.

const (
	tagContext1 = 0x81
	tagContext2 = 0x82
	tagContext3 = 0x83
	tagSpecific = 0xa1
	tagSecond   = 0xa2
	tagTime     = 0xa4
	tagFree     = 0x84 // of a rate
	tagFreeOnce = 0x86
	subTotal    = 0
	total       = 1
	stepwise    = 1
	unitScale   = 3 // multiplier "one"
	maxCurrency = 10
	maxRates    = 10 // items of phase S (EN 300 182-1)
)

// chargedItems are ChargedItem's values.
var chargedItems = [...]string{"communication", "attempt", "setup", "useruser", "service"}

// timeScales are Scale's values.
var timeScales = [...]time.Duration{10 * time.Millisecond, 100 * time.Millisecond, time.Second, 10 * time.Second, time.Minute, time.Hour, 24 * time.Hour}

func phase(op operation) byte {
	switch op {
	case opInterim, opInterimUnits:
		return 'D'
	case opFinal, opFinalUnits:
		return 'E'
	}
	return 'S'
}

// takeCharge gives a charge to the call's user: of phase S one for every item that has a rate.
func (c *call) takeCharge(op operation, argument []byte) {
	charges := []tdm.Charge{{Phase: phase(op), Unreadable: true}}
	if v, _, err := next(argument); err == nil {
		switch {
		case op == opRate:
			charges = parseRates(v, c.l.config.Variant.Networking, charges)
		case c.l.config.Variant.Networking:
			charges[0] = parseCurrencyOnly(v, phase(op))
		default:
			charges[0] = parseCharge(v, op)
		}
	}
	for i := range charges {
		c.up(tdm.Primitive{Kind: tdm.Notify, Event: tdm.EventCharge, ISDN: &tdm.ISDN{Charge: &charges[i]}})
	}
}

// parseCharge reads phases D and E of EN 300 182-1.
func parseCharge(v ber, op operation) tdm.Charge {
	ch, ok := tdm.Charge{Phase: phase(op)}, false
	switch {
	case v.tag == tagContext1: // free of charge, phase D
		ch.Free, ok = true, true
	case v.tag != berSequence:
	case ch.Phase == 'D':
		ok = parseSum(v.content, op, &ch)
		if t, found := findTag(v.content, tagContext2); found {
			n, _ := t.integer()
			ch.Subtotal = n == subTotal
		}
	default: // phase E: the sum is in a sequence of its own, an association may follow
		if free, found := findTag(v.content, tagContext1); found && len(free.content) == 0 {
			ch.Free, ok = true, true
		} else if s, found := findTag(v.content, berSequence); found {
			ok = parseSum(s.content, op, &ch)
		}
	}
	ch.Unreadable = !ok
	return ch
}

// parseCurrencyOnly reads phases D and E of ECMA-212.
func parseCurrencyOnly(v ber, phase byte) tdm.Charge {
	ch, ok := tdm.Charge{Phase: phase, Subtotal: phase == 'D'}, false
	if _, free := findTag(v.content, tagContext1); free {
		ch.Free, ok = true, true
	} else if s, found := findTag(v.content, tagSecond); found {
		if sum, found := findTag(s.content, tagSpecific); found {
			ok = parseMoney(sum.content, &ch)
		}
	}
	ch.Unreadable = !ok
	return ch
}

// parseSum reads specificCurrency or specificChargingUnits.
func parseSum(b []byte, op operation, ch *tdm.Charge) bool {
	list, found := findTag(b, tagSpecific)
	if !found {
		return false
	}
	if op == opInterim || op == opFinal {
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
	if !ok1 || !ok2 || len(currency.content) > maxCurrency {
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

// parseRates reads the items of phase S that have a price by time, or once; none is what it returns when there is no such item.
func parseRates(v ber, nested bool, none []tdm.Charge) (list []tdm.Charge) {
	if nested {
		if v, _, _ = next(v.content); v.tag != berSequence {
			return none
		}
	}
	err := walk(v.content, func(item ber) bool {
		ch, ok := tdm.Charge{Phase: 'S'}, false
		_ = walk(item.content, func(x ber) bool {
			switch x.tag {
			case berEnumerated:
				if k, _ := x.integer(); k >= 0 && int(k) < len(chargedItems) {
					ch.Item = chargedItems[k]
				}
			case tagFree, tagFreeOnce:
				ch.Free, ok = true, true
			case tagSpecific, tagSecond:
				ok = parseMoney(x.content, &ch) && (x.tag == tagSecond || parsePer(x.content, &ch))
			}
			return true
		})
		if ok {
			list = append(list, ch)
		}
		return len(list) < maxRates
	})
	if err != nil || len(list) == 0 {
		return none
	}
	return list
}

func parsePer(b []byte, ch *tdm.Charge) bool {
	t, found := findTag(b, tagTime)
	length, ok1 := findTag(t.content, tagContext1)
	scale, ok2 := findTag(t.content, tagContext2)
	if !found || !ok1 || !ok2 {
		return false
	}
	n, ok1 := length.integer()
	k, ok2 := scale.integer()
	if !ok1 || !ok2 || k < 0 || int(k) >= len(timeScales) || n < 1 || n > 1<<24 {
		return false
	}
	ch.Per = time.Duration(n) * timeScales[k]
	return true
}

// putCharge appends a charge to a message of the side that knows the tariff: the network, or either end in QSIG.
func (c *call) putCharge(p *tdm.Primitive) {
	v := c.l.config.Variant
	if p.ISDN == nil || p.ISDN.Charge == nil {
		return
	}
	op, argument := chargeArgument(p.ISDN.Charge, v.Networking)
	if !v.has(op) || !c.l.config.Network && !v.Symmetric {
		c.l.fault("call " + c.name() + ": a charge was not sent: switch type " + v.Name + " has none of this kind from this side")
		return
	}
	c.putInvoke(op, argument)
}

func money(ch *tdm.Charge) []byte {
	amount := tlv(tagSecond, join(berInt(tagContext1, ch.Amount), berInt(tagContext2, int64(ch.Exponent)+unitScale))...)
	return join(tlv(tagContext1, []byte(cut(ch.Currency, maxCurrency))...), amount)
}

// chargeArgument codes a charge.
func chargeArgument(ch *tdm.Charge, networking bool) (operation, []byte) {
	op, sum := opFinalUnits, []byte(nil)
	if networking && ch.Free {
		op = opFinal
	}
	if ch.Currency != "" {
		op, sum = opFinal, tlv(tagSpecific, money(ch)...)
	} else {
		sum = tlv(tagSpecific, tlv(berSequence, berInt(berInteger, ch.Units)...)...)
	}
	if ch.Phase == 'S' {
		return opRate, rateArgument(ch, networking)
	}
	if ch.Phase == 'D' && op == opFinal {
		op = opInterim
	} else if ch.Phase == 'D' {
		op = opInterimUnits
	}
	switch {
	case networking && ch.Free:
		return op, tlv(berSequence, tlv(tagContext1)...)
	case networking:
		return op, tlv(berSequence, tlv(tagSecond, sum...)...)
	case ch.Phase == 'D' && ch.Free:
		return op, tlv(tagContext1)
	case ch.Phase == 'D':
		kind := int64(total)
		if ch.Subtotal {
			kind = subTotal
		}
		return op, tlv(berSequence, join(sum, berInt(tagContext2, kind))...)
	case ch.Free:
		return op, tlv(berSequence, tlv(tagContext1)...)
	}
	return op, tlv(berSequence, tlv(berSequence, sum...)...)
}

// rateArgument codes a rate: once, or for each time begun, in the largest scale that it is a multiple of.
func rateArgument(ch *tdm.Charge, networking bool) []byte {
	item := int64(0)
	for k, name := range chargedItems {
		if name == ch.Item {
			item = int64(k)
		}
	}
	rate := tlv(tagSecond, money(ch)...)
	switch {
	case ch.Free:
		rate = tlv(tagFree)
	case ch.Per > 0:
		scale := len(timeScales) - 1
		for scale > 0 && ch.Per%timeScales[scale] != 0 {
			scale--
		}
		length := tlv(tagTime, join(berInt(tagContext1, int64(ch.Per/timeScales[scale])), berInt(tagContext2, int64(scale)))...)
		rate = tlv(tagSpecific, join(money(ch), berInt(tagContext3, stepwise), length)...)
	}
	argument := tlv(berSequence, tlv(berSequence, join(berInt(berEnumerated, item), rate)...)...)
	if networking {
		return tlv(berSequence, argument...)
	}
	return argument
}
