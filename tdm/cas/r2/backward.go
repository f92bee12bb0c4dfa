package r2

import "tipring/tdm"

// turn is what the backward register has asked for.
type turn uint8

const (
	ofCalled turn = iota
	ofCategory
	ofCalling
	ofGroupII // the category that a group B signal answers
)

// incoming is the backward register: what a call that comes in has said.
type incoming struct {
	called, calling string
	turn            turn
	ended           bool // called has no more digits
	asked           bool // the calling number has been, or none is wanted
	group           int
	restricted      bool
	category        byte
}

// A request is what a forward signal led the backward register to.
type request struct {
	kind requestKind
	tone byte // to send
}

type requestKind uint8

const (
	toAsk    requestKind = iota
	toOffer              // all is there; the answer to the signal at hand is a group B signal
	toAccept             // by a group A signal, at once
	toRefuse
	toIgnore // a signal that has no place
)

// request takes a forward signal (Q.441 4.2.1, 4.2.2).
func (n *incoming) request(m *machine, signal byte) request {
	digit := signal >= '0' && signal <= '9'
	switch n.turn {
	case ofCalled:
		switch {
		case digit && len(n.called) < maxDigits:
			n.called += string(rune(signal))
			n.ended = m.cfg.DNIS > 0 && len(n.called) >= m.cfg.DNIS || m.cfg.Complete != nil && m.cfg.Complete(n.called)
		case signal == m.v.endCalled && len(n.called) > 0:
			n.ended = true
		default:
			return request{kind: toIgnore}
		}
	case ofCategory:
		n.category = signal
		n.turn = ofCalling
		if m.cfg.ANI > 0 {
			return n.askCalling(m.v)
		}
		n.asked = true
	case ofCalling:
		switch {
		case signal == m.v.restricted && signal != m.v.endCalling:
			n.restricted, n.asked = true, true
		case digit:
			n.calling += string(rune(signal))
			n.asked = len(n.calling) >= m.cfg.ANI && !m.callingEnds() || len(n.calling) >= maxDigits
		default:
			n.asked = true
		}
		if !n.asked {
			return n.askCalling(m.v)
		}
	case ofGroupII:
		n.category = signal
		if m.cfg.RejectCollect && signal == m.v.Category[Collect] {
			return request{toRefuse, m.v.refusal(tdm.CauseUnallocated)}
		}
		return request{kind: toOffer}
	}
	return n.ask(m)
}

// callingEnds reports whether the calling number ends by its own end signal alone: a signal that asks for the next digit of one
// number would else ask for that of the other (China, Colombia).
func (m *machine) callingEnds() bool {
	return m.v.signal(groupA, nextCalling) == 0 && m.v.signal(groupA, sendCategory) == '6'
}

// askCalling asks for the next digit of the calling number.
func (n *incoming) askCalling(v *Variant) request {
	for _, m := range []meaning{nextCalling, nextDigit} {
		if s := v.signal(n.group, m); s != 0 && (m == nextCalling || v.signal(groupA, sendCategory) == '6') {
			return request{toAsk, s}
		}
	}
	return request{toAsk, v.signal(groupA, sendCategory)}
}

// ask asks for what is missing.
func (n *incoming) ask(m *machine) request {
	after := m.cfg.ANIAfter
	if after == 0 && !m.v.callingLast {
		after = 1
	}
	if !n.asked && m.cfg.ANI > 0 && (n.ended || after > 0 && len(n.called) >= after) {
		n.turn = ofCategory
		if s := m.v.signal(groupA, toGroupC); s != 0 {
			n.group = groupC
			return request{toAsk, s}
		}
		return request{toAsk, m.v.signal(groupA, sendCategory)}
	}
	if !n.ended {
		n.turn = ofCalled
		group := n.group
		n.group = groupA
		return request{toAsk, m.v.signal(group, nextDigit)}
	}
	if m.cfg.ImmediateAccept {
		return request{toAccept, m.v.signal(groupA, acceptCharged)}
	}
	n.turn = ofGroupII
	group := n.group
	n.group = groupB
	return request{toAsk, m.v.signal(group, toGroupB)}
}

// setup is the call that came in.
func (n *incoming) setup(at int64) tdm.Primitive {
	p := tdm.Primitive{Kind: tdm.Setup, Called: n.called, At: at, Calling: tdm.PartyNumber{Digits: n.calling}}
	switch {
	case n.restricted:
		p.Calling.Presentation = tdm.Restricted
	case n.calling == "":
		p.Calling.Presentation = tdm.Unavailable
	}
	return p
}
