package pri

import (
	"time"

	"tipring/tdm"
	"tipring/tdm/q931"
)

// choose returns a free channel of a span, or of the first span that has one, in that span's order.
func (g *Group) choose(span int) (tdm.Channel, bool) {
	for i, h := range g.hunters {
		if span != anySpan && span != i {
			continue
		}
		t, ok := h.Next(func(t int) bool { return g.link.Free(tdm.Channel{Interface: uint8(i), Timeslot: uint8(t)}) })
		if ok {
			return tdm.Channel{Interface: uint8(i), Timeslot: uint8(t)}, true
		}
	}
	return tdm.Channel{}, false
}

// Block keeps new calls from a B channel, or lets them on it again. A call that is up goes on. The peer is told by SERVICE where
// the switch type has it, and again when the D channel comes up; elsewhere it learns by its calls being refused (cause 44) or
// answered on another channel. It reports false when the inbox is full.
func (g *Group) Block(ch tdm.Channel, on bool) bool {
	return g.post(message{kind: msgDo, f: func(*q931.Link, time.Duration) []q931.Output {
		g.block(ch, on)
		return nil
	}})
}

// BlockSpan is Block for all channels of a span.
func (g *Group) BlockSpan(span int, on bool) bool {
	return g.post(message{kind: msgDo, f: func(*q931.Link, time.Duration) []q931.Output {
		g.each(span, func(ch tdm.Channel) { g.block(ch, on) })
		return nil
	}})
}

func (g *Group) block(ch tdm.Channel, on bool) {
	if int(ch.Interface) >= len(g.hunters) || ch.Timeslot > 31 || g.hunters[ch.Interface].Blocked(int(ch.Timeslot)) == on {
		return
	}
	h := g.hunters[ch.Interface]
	h.Block(int(ch.Timeslot), on)
	g.apply(g.link.Block(g.now(), ch, on))
	g.service(ch, !on)
}

// Restart restarts a B channel (Q.931 §5.5): a call on it is cleared at once.
func (g *Group) Restart(ch tdm.Channel) bool {
	return g.post(message{kind: msgDo, f: func(l *q931.Link, now time.Duration) []q931.Output { return l.Restart(now, ch) }})
}

// RestartSpan restarts all channels of a span.
func (g *Group) RestartSpan(span int) bool {
	return g.post(message{kind: msgDo, f: func(l *q931.Link, now time.Duration) []q931.Output {
		if len(g.cfg.Spans) == 1 {
			return l.RestartAll(now)
		}
		var list []tdm.Channel
		g.each(span, func(ch tdm.Channel) { list = append(list, ch) })
		return l.Restart(now, list...)
	}})
}

// each calls f for the B channels of a span.
func (g *Group) each(span int, f func(ch tdm.Channel)) {
	have := g.cfg.Link.Interfaces[span].Channels
	for t := uint8(1); t < 32; t++ {
		if have>>t&1 != 0 {
			f(tdm.Channel{Interface: uint8(span), Timeslot: t})
		}
	}
}

// service tells the peer by SERVICE that a channel is in or out of service, where the switch type has that and the D channel
// is up.
func (g *Group) service(ch tdm.Channel, in bool) {
	if g.cfg.Link.Variant.Maintenance == 0 || !g.link.Up() {
		return
	}
	out, err := g.link.SetService(g.now(), ch, in)
	if err != nil {
		g.log.Error("SERVICE", "err", err)
	}
	g.apply(out)
}

// tellBlocked tells the peer again what is blocked: it may have restarted while the D channel was down.
func (g *Group) tellBlocked() {
	for i := range g.hunters {
		g.each(i, func(ch tdm.Channel) {
			if g.hunters[i].Blocked(int(ch.Timeslot)) {
				g.service(ch, false)
			}
		})
	}
}

// Information transfer capabilities, Q.931 §4.5.5.
const (
	speech              = 0
	unrestrictedDigital = 8
	audio3k1            = 16
)

// carries reports whether a channel can do what a call's bearer capability asks for. Unrestricted digital information is of
// 64 kbit/s; the restricted kind and video would need a rate adaption or a codec.
func carries(setup tdm.Primitive) bool {
	if setup.ISDN == nil {
		return true
	}
	switch setup.ISDN.Bearer.Capability {
	case speech, audio3k1, unrestrictedDigital:
		return true
	}
	return false
}

// isClear reports whether a call's channel carries octets and no sound.
func isClear(setup tdm.Primitive) bool {
	return setup.ISDN != nil && setup.ISDN.Bearer.Capability == unrestrictedDigital
}
