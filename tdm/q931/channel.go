package q931

import (
	"math/bits"
	"time"

	"tipring/tdm"
)

// A bChannel is one B channel of the group.
type bChannel struct {
	exists     bool
	call       *call
	restarting bool // RESTART is out, or the peer's is not yet confirmed
	suspect    bool // a call on it was never released: until a restart
	blocked    bool // by the operator here
	farOut     bool // the peer's SERVICE took it out of service
	nearOut    bool // ours did

	maintenance timer // T3M1
}

func (b *bChannel) usable() bool {
	return b.exists && b.call == nil && !b.restarting && !b.suspect && !b.blocked && !b.farOut && !b.nearOut
}

func (l *Link) b(ch tdm.Channel) *bChannel {
	if int(ch.Interface) >= len(l.channels) || ch.Timeslot > 31 {
		return nil
	}
	return &l.channels[ch.Interface][ch.Timeslot]
}

// Free reports whether a channel can carry a new call now.
func (l *Link) Free(ch tdm.Channel) bool {
	b := l.b(ch)
	return b != nil && b.usable()
}

// CallOn returns the call that holds a channel, or 0.
func (l *Link) CallOn(ch tdm.Channel) CallID {
	if b := l.b(ch); b != nil && b.call != nil {
		return b.call.id
	}
	return 0
}

// ChannelStatus describes a B channel in a word, for an operator.
func (l *Link) ChannelStatus(ch tdm.Channel) string {
	b := l.b(ch)
	switch {
	case b == nil || !b.exists:
		return "none"
	case b.call != nil:
		return "busy"
	case b.blocked:
		return "blocked"
	case b.suspect:
		return "suspect"
	case b.farOut:
		return "out of service (far)"
	case b.nearOut:
		return "out of service (near)"
	case b.restarting:
		return "restarting"
	}
	return "idle"
}

// Block keeps new calls from a channel, or lets them on it again. A call that is on it goes on.
func (l *Link) Block(now time.Duration, ch tdm.Channel, blocked bool) []Output {
	l.begin(now)
	if b := l.b(ch); b != nil && b.exists {
		b.blocked = blocked
		l.service(ch)
	}
	return l.end()
}

// service tells whether a channel can be used.
func (l *Link) service(ch tdm.Channel) {
	b := l.b(ch)
	l.out = append(l.out, Output{Kind: Service, Channel: ch, OK: !b.restarting && !b.suspect && !b.blocked && !b.farOut && !b.nearOut})
}

// suspect takes the channel of a call that was never released out of use.
func (l *Link) suspect(c *call) {
	if b := l.b(c.channel); c.channel.Timeslot != 0 && b.call == c {
		b.suspect = true
		l.service(c.channel)
	}
}

// take gives a channel to a call, which lets go of the one it had.
func (l *Link) take(c *call, ch tdm.Channel) {
	l.releaseChannel(c)
	c.channel = ch
	l.b(ch).call = c
}

func (l *Link) releaseChannel(c *call) {
	if c.channel.Timeslot != 0 {
		if b := l.b(c.channel); b.call == c {
			b.call = nil
		}
	}
	c.channel = tdm.Channel{}
}

// hunt finds a free channel.
func (l *Link) hunt() (tdm.Channel, bool) {
	for i := range l.channels {
		for t := 1; t < 32; t++ {
			ch := tdm.Channel{Interface: uint8(i), Timeslot: uint8(t)}
			if l.config.Descending {
				ch = tdm.Channel{Interface: uint8(len(l.channels) - 1 - i), Timeslot: uint8(32 - t)}
			}
			if l.b(ch).usable() {
				return ch, true
			}
		}
	}
	return tdm.Channel{}, false
}

// number and timeslot translate between a timeslot and the channel number of a message (§4.5.13 note 5 to figure 4-18).
func (l *Link) channelNumber(timeslot uint8) uint8 {
	if l.config.Logical && timeslot > 16 {
		return timeslot - 1
	}
	return timeslot
}

func (l *Link) timeslot(number uint8) uint8 {
	if l.config.Logical && number > 15 {
		return number + 1
	}
	return number
}

func (l *Link) channelElement(ch tdm.Channel, exclusive bool) channelElement {
	e := channelElement{Interface: -1, Exclusive: exclusive, Selection: selectIndicated, Channels: 1 << l.channelNumber(ch.Timeslot)}
	if l.config.Explicit || int(ch.Interface) != l.d[l.active].iface {
		e.Interface = l.config.Interfaces[ch.Interface].ID
	}
	return e
}

// located is the interface that an element means: its explicit one, or that of the D channel which it came on.
func (l *Link) located(d *dLink, e channelElement) (uint8, bool) {
	if e.Interface < 0 {
		return uint8(d.iface), true
	}
	for i, x := range l.config.Interfaces {
		if x.ID == e.Interface {
			return uint8(i), true
		}
	}
	return 0, false
}

// each channel of an element, in the group's terms.
func (l *Link) channelsOf(d *dLink, e channelElement) (list []tdm.Channel, ok bool) {
	i, ok := l.located(d, e)
	if !ok {
		return nil, false
	}
	for n := e.Channels; n != 0; n &= n - 1 {
		ch := tdm.Channel{Interface: i, Timeslot: l.timeslot(uint8(bits.TrailingZeros32(n)))}
		if b := l.b(ch); b == nil || !b.exists {
			return list, false
		}
		list = append(list, ch)
	}
	return list, true
}

// one is the single channel of an element: the first of those that it lists.
func (l *Link) one(d *dLink, e channelElement) (tdm.Channel, bool) {
	i, ok := l.located(d, e)
	if !ok || e.Channels == 0 {
		return tdm.Channel{}, false
	}
	ch := tdm.Channel{Interface: i, Timeslot: l.timeslot(uint8(bits.TrailingZeros32(e.Channels)))}
	b := l.b(ch)
	return ch, b != nil && b.exists
}

// chooseForSetup finds the channel of an incoming SETUP (§5.1.2, §5.2.3) and gives it to the call; in.fault says why there is
// none.
func (l *Link) chooseForSetup(d *dLink, c *call, m *Message, in *input) event {
	e := channelElement{Selection: selectAny, Interface: -1}
	if x, ok := m.find(elChannel); ok {
		e, _ = parseChannel(x.Contents) // check has read it
	}
	refuse := func(v tdm.Cause) event {
		in.fault, in.diag = v, nil
		return badMessage
	}
	if e.Selection == selectNone {
		return refuse(causeNoChannel)
	}
	if e.Selection == selectIndicated && e.Channels != 0 {
		ch, ok := l.one(d, e)
		if !ok {
			return refuse(causeNoSuchChannel)
		}
		b := l.b(ch)
		if b.call != nil && l.yields(b.call) {
			l.counters.Glare++
			l.releaseChannel(b.call)
		}
		if b.usable() || b.call == nil && b.suspect && !b.blocked && !b.farOut && !b.nearOut { // the peer uses it: it is free there
			b.suspect = false
			l.take(c, ch)
			return gotSetup
		}
		if e.Exclusive {
			if o := b.call; o != nil && o.state == Active && !o.timers[t322].running() { // the peer may have forgotten it
				o.enquiries = 0
				o.enquire()
			}
			return refuse(causeChannelBusy)
		}
	}
	ch, ok := l.hunt()
	if !ok {
		return refuse(causeNoChannel)
	}
	l.take(c, ch)
	return gotSetup
}

// yields: a call of ours whose SETUP is not answered yet gives its channel to one that the network offers on it: the
// network wins (§5.7).
func (l *Link) yields(c *call) bool {
	if l.config.Network || c.state != l.roles.sent || c.answered {
		return false
	}
	c.glared = true
	return true
}

// agree takes the channel that the first response to our SETUP names (§5.1.2, §5.2.3). It reports whether the call has one.
func (l *Link) agree(d *dLink, c *call, m *Message) bool {
	x, ok := m.find(elChannel)
	if !ok {
		c.answered = true
		return !c.glared
	}
	e, err := parseChannel(x.Contents)
	if err != nil {
		return false
	}
	if e.Selection != selectIndicated || e.Channels == 0 {
		c.answered = true
		return !c.glared
	}
	ch, ok := l.one(d, e)
	switch {
	case !ok:
		return false
	case ch == c.channel && !c.glared:
	case c.exclusive, !l.b(ch).usable():
		return false
	default:
		l.take(c, ch)
	}
	c.answered, c.glared = true, false
	return true
}
