package q931

import "tipring/tdm/q921"

// D channel backup, Q.931 Annex F and its American forms (T1.607, TR 41459). Of two D channels one carries layer 3, and the data
// link of the other is kept up and stands by. Where the switch type has SERVICE messages, the channel that is to carry layer 3
// is named by one on that channel, and the peer follows it, whether its own data link has failed already or not; when both
// ends name different ones at once, the network's stands. Layer 3 does not wait for the acknowledgement: a peer that has no
// such message follows by its own failure.

// named reports whether D channels are named by SERVICE.
func (l *Link) named() bool { return len(l.d) > 1 && l.config.Variant.Maintenance != 0 }

// carry makes a D channel carry layer 3, and tells the peer.
func (l *Link) carry(to *dLink) {
	l.active = to.index
	if l.named() {
		l.sendDService(l.config.Variant.service(), to, true, true)
		l.claimed = true
	}
}

// failover: the D channel that carried layer 3 is gone and this one takes over. Calls are asked for their state on it, and
// T321 runs until the peer speaks on it.
func (l *Link) failover(to *dLink) {
	l.carry(to)
	l.clock.start(&l.backup, l.now+l.times.T321)
	l.each(linkReset)
}

// backupSpoke: a layer 3 message came on the D channel that took over.
func (l *Link) backupSpoke() {
	l.clock.stop(&l.backup)
	l.claimed = false
}

// backupSilent: T321 has expired. Both D channels are set up afresh.
func (l *Link) backupSilent() {
	for _, d := range l.d {
		if d.wanted && d.lineUp {
			l.data(d, q921.Input{Event: q921.EstablishRequest})
		}
	}
}

// sendDService sends SERVICE, or its acknowledgement, for the D channel that it goes out on.
func (l *Link) sendDService(t MessageType, d *dLink, in, ours bool) {
	l.serviceHead(t, in, ours)
	e := channelElement{Interface: l.config.Interfaces[d.iface].ID, Exclusive: true, DChannel: true}
	l.build = e.append(l.build)
	l.sendOn(d.index)
}

// receiveDService: the peer names the D channel that is to carry layer 3, agrees to one, or takes one out of service.
func (l *Link) receiveDService(d *dLink, e channelElement, ack, in bool) {
	i, ok := l.located(d, e)
	if !ok || !l.named() || int(i) != d.iface { // it is sent on the channel that it names
		l.counters.Ignored++
		return
	}
	other := l.d[len(l.d)-1-d.index]
	if ack {
		if in && d.index != l.active { // it has followed a claim that we have dropped for its own
			l.follow(d)
		}
		return
	}
	if in && d.index != l.active && l.config.Network && l.claimed {
		l.counters.Ignored++ // ours, which is on its way, stands
		return
	}
	l.sendDService(l.config.Variant.serviceAck(), d, in, false)
	switch {
	case in && d.index != l.active:
		l.follow(d)
	case !in && d.index == l.active && other.up:
		l.failover(other)
	}
}

// follow takes the D channel that the peer carries layer 3 on.
func (l *Link) follow(d *dLink) {
	l.active = d.index
	l.backupSpoke()
	l.each(linkReset)
}
