package q931

import (
	"time"

	"tipring/tdm"
)

// Change status values of SERVICE messages (AT&T TR 41459, NIS-A211-1).
const (
	serviceIn  = 0
	serviceOut = 2
)

// service and serviceAck are the types of SERVICE and its acknowledgement: the national ones are AT&T's the other way round.
func (v Variant) service() MessageType {
	if v.Maintenance == protocolNational {
		return 0x07
	}
	return 0x0f
}

func (v Variant) serviceAck() MessageType {
	if v.Maintenance == protocolNational {
		return 0x0f
	}
	return 0x07
}

// SetService tells the peer that a channel is in or out of service, by SERVICE. It reports an error where the switch type
// has no such messages.
func (l *Link) SetService(now time.Duration, ch tdm.Channel, in bool) ([]Output, error) {
	if l.config.Variant.Maintenance == 0 {
		return nil, errNoMaintenance
	}
	l.begin(now)
	if b := l.b(ch); b != nil && b.exists {
		b.nearOut = !in
		l.service(ch)
		l.sendService(l.config.Variant.service(), ch, in, true, l.active)
		l.clock.start(&b.maintenance, l.now+l.times.T3M1)
	}
	return l.end(), nil
}

func (l *Link) sendService(t MessageType, ch tdm.Channel, in, ours bool, d int) {
	l.serviceHead(t, in, ours)
	l.build = l.channelElement(ch, true).append(l.build)
	l.sendOn(d)
}

func (l *Link) serviceHead(t MessageType, in, ours bool) {
	status := byte(serviceOut)
	if in {
		status = serviceIn
	}
	l.build = appendHeader(l.build[:0], l.config.Variant.Maintenance, CallRef{FromOriginator: ours, Octets: 2}, t)
	l.build = appendElement(l.build, elChangeStatus, ext|status)
}

func (l *Link) receiveService(d *dLink, m *Message) {
	if l.config.Variant.Maintenance == 0 || m.Protocol != l.config.Variant.Maintenance || m.Type != l.config.Variant.service() && m.Type != l.config.Variant.serviceAck() {
		l.counters.Ignored++
		return
	}
	s := m.contents(elChangeStatus)
	e, err := parseChannel(m.contents(elChannel))
	if err == nil && len(s) > 0 && e.DChannel {
		l.receiveDService(d, e, m.Type == l.config.Variant.serviceAck(), s[0]&7 == serviceIn)
		return
	}
	ch, ok := l.one(d, e)
	if len(s) < 1 || err != nil || !ok {
		l.counters.Ignored++
		return
	}
	b := l.b(ch)
	if m.Type == l.config.Variant.serviceAck() {
		l.clock.stop(&b.maintenance)
		return
	}
	b.farOut = s[0]&7 != serviceIn
	l.service(ch)
	l.sendService(l.config.Variant.serviceAck(), ch, !b.farOut, false, d.index)
}

func (l *Link) maintenanceSilent(t *timer) {
	for _, ch := range l.all() {
		if b := l.b(ch); &b.maintenance == t {
			l.fault("no answer to SERVICE")
			return
		}
	}
}
