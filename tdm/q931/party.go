package q931

import "tipring/tdm"

// Numbers in components: PartyNumber, Address and PresentedNumber of EN 300 196-1 annex D and of ECMA-165's
// Addressing-Data-Elements, which are coded alike.
const (
	partyUnknown = 0x80
	partyPublic  = 0xa1
	partyPrivate = 0xa5
	tagNumeric   = 0x12
	shown        = 0xa0 // presentation allowed
	hidden       = 0x81 // presentation restricted, and no number
	interworking = 0x82 // number not available
	hiddenNumber = 0xa3
	privatePlan  = 9
	publicPlan   = 1
)

// partyNumber codes a PartyNumber.
func partyNumber(n tdm.QualifiedNumber) []byte {
	digits := []byte(cut(n.Digits, maxDigits))
	if n.Plan == 0 && n.Type == 0 {
		return tlv(partyUnknown, digits...)
	}
	tag := byte(partyPublic)
	if n.Plan == privatePlan {
		tag = partyPrivate
	}
	return tlv(tag, join(berInt(berEnumerated, int64(n.Type)), tlv(tagNumeric, digits...))...)
}

// parsePartyNumber reads a PartyNumber.
func parsePartyNumber(party ber) (n tdm.QualifiedNumber, ok bool) {
	switch party.tag {
	case partyUnknown:
		n.Digits = cut(string(party.content), maxDigits)
		return n, true
	case partyPublic, partyPrivate:
		digits, found := findTag(party.content, tagNumeric)
		kind, _ := findTag(party.content, berEnumerated)
		t, _ := kind.integer()
		n.Digits, n.Type, n.Plan = cut(string(digits.content), maxDigits), uint8(t)&7, publicPlan
		if party.tag == partyPrivate {
			n.Plan = privatePlan
		}
		return n, found
	}
	return n, false
}

// address codes an Address: a number without a subaddress.
func address(n tdm.QualifiedNumber) []byte { return tlv(berSequence, partyNumber(n)...) }

func parseAddress(v ber) (n tdm.QualifiedNumber, ok bool) {
	party, _, err := next(v.content)
	if err != nil {
		return n, false
	}
	return parsePartyNumber(party)
}

// presented codes a PresentedNumber; screened ones say who vouches for the number. No number is one that is not available.
func presented(n *tdm.QualifiedNumber, screened bool) []byte {
	if n == nil || n.Presentation == tdm.Unavailable || n.Digits == "" && n.Presentation == tdm.Allowed {
		return tlv(interworking)
	}
	number := partyNumber(*n)
	if screened {
		number = join(number, berInt(berEnumerated, int64(n.Screening)))
	}
	switch {
	case n.Presentation == tdm.Restricted && n.Digits == "":
		return tlv(hidden)
	case n.Presentation == tdm.Restricted:
		return tlv(hiddenNumber, number...)
	}
	return tlv(shown, number...)
}

// parsePresented reads a PresentedNumber, screened or not.
func parsePresented(v ber) (n tdm.QualifiedNumber, ok bool) {
	switch v.tag {
	case shown, hiddenNumber:
	case hidden:
		n.Presentation = tdm.Restricted
		return n, true
	case interworking:
		n.Presentation = tdm.Unavailable
		return n, true
	default:
		return n, false
	}
	party, rest, err := next(v.content)
	if err != nil {
		return n, false
	}
	if n, ok = parsePartyNumber(party); !ok {
		return n, false
	}
	if v.tag == hiddenNumber {
		n.Presentation = tdm.Restricted
	}
	if s, found := findTag(rest, berEnumerated); found {
		k, _ := s.integer()
		n.Screening = uint8(k) & 3
	}
	return n, true
}
