package q931

import "tipring/tdm/q921"

// failover makes another D channel carry layer 3. Both data links are kept up, so that this takes no time: calls are asked
// for their state over the new one, and T321 runs until the peer speaks on it (Annex F).
func (l *Link) failover(to *dLink) {
	l.active = to.index
	l.clock.start(&l.backup, l.now+l.times.T321)
	l.each(linkReset)
}

// backupSpoke: a layer 3 message came on the D channel that took over.
func (l *Link) backupSpoke() { l.clock.stop(&l.backup) }

// backupSilent: T321 has expired. Both D channels are set up afresh.
func (l *Link) backupSilent() {
	for _, d := range l.d {
		if d.wanted && d.lineUp {
			l.data(d, q921.Input{Event: q921.EstablishRequest})
		}
	}
}
