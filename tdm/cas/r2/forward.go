package r2

import "tipring/tdm"

// outgoing is the forward register: what a call that goes out has sent.
type outgoing struct {
	called, calling string
	restricted      bool
	group           int // that backward signals belong to
	digit           int // of called, sent last; -1: none
	callingTurn     bool
	callingDigit    int // of calling, sent next
	category        byte
}

// An answer is what a backward signal led the forward register to.
type answer struct {
	kind answerKind
	tone byte // to send
	what meaning
}

type answerKind uint8

const (
	toSend answerKind = iota
	toWait            // nothing to send, and no signal that says so
	isAccepted
	isRefused
	notKnown
)

// answer takes a backward signal (Q.441 4.2.3, 4.2.4).
func (o *outgoing) answer(v *Variant, signal byte) answer {
	m := v.meaning(o.group, signal)
	switch m {
	case nextDigit:
		if o.callingTurn && o.group == groupA && v.signal(groupA, nextCalling) == 0 && v.signal(groupA, sendCategory) != '5' {
			return o.sendCalling(v)
		}
		o.group, o.callingTurn = groupA, false
		return o.sendCalled(v, o.digit+1)
	case lastButOne:
		return o.sendCalled(v, o.digit-1)
	case lastButTwo:
		return o.sendCalled(v, o.digit-2)
	case lastButThree:
		return o.sendCalled(v, o.digit-3)
	case sendAgain:
		o.group = groupA
		return o.sendCalled(v, o.digit)
	case allAgain:
		o.group, o.callingTurn = groupA, false
		return o.sendCalled(v, 0)
	case toGroupB:
		o.group = groupB
		return answer{toSend, o.category, m}
	case toGroupC:
		o.group = groupC
		return answer{toSend, o.category, m}
	case sendCategory:
		if o.callingTurn {
			return o.sendCalling(v)
		}
		o.callingTurn = true
		return answer{toSend, o.category, m}
	case nextCalling:
		o.callingTurn = true
		return o.sendCalling(v)
	case acceptCharged, acceptFree:
		return answer{isAccepted, 0, m}
	case noMeaning:
		return answer{notKnown, 0, m}
	}
	return answer{isRefused, 0, m}
}

func (o *outgoing) sendCalled(v *Variant, digit int) answer {
	digit = max(0, digit)
	if digit < len(o.called) {
		o.digit = digit
		return answer{toSend, o.called[digit], nextDigit}
	}
	o.digit = len(o.called)
	if v.endCalled == 0 {
		return answer{kind: toWait, what: nextDigit}
	}
	return answer{toSend, v.endCalled, nextDigit}
}

func (o *outgoing) sendCalling(v *Variant) answer {
	if o.restricted || o.callingDigit >= len(o.calling) {
		o.callingTurn = v.signal(groupA, sendCategory) == '5' // where digits are asked for by A-1, the turn is over
		if o.restricted {
			return answer{toSend, v.restricted, nextCalling}
		}
		return answer{toSend, v.endCalling, nextCalling}
	}
	o.callingDigit++
	return answer{toSend, o.calling[o.callingDigit-1], nextCalling}
}

// begin prepares the register for a call.
func (m *machine) begin(p *tdm.Primitive) {
	m.call = true
	category := m.cfg.Category
	if category == NoCategory {
		category = Subscriber
	}
	m.fwd = outgoing{called: p.Called, digit: 0, category: m.v.Category[category], restricted: p.Calling.Presentation == tdm.Restricted}
	if isDigits(p.Calling.Digits) {
		m.fwd.calling = p.Calling.Digits
	}
}

// isDigits reports whether a number can be sent by signals I-1 to I-10.
func isDigits(number string) bool {
	for i := range len(number) {
		if number[i] < '0' || number[i] > '9' {
			return false
		}
	}
	return len(number) <= maxDigits
}
