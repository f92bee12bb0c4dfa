package q931

import (
	"slices"

	"tipring/tdm"
)

var messageEvents = map[MessageType]event{Setup: gotSetup, SetupAck: gotSetupAck, Information: gotInformation, CallProceeding: gotProceeding,
	Progress: gotProgress, Alerting: gotAlerting, Connect: gotConnect, ConnectAck: gotConnectAck, Disconnect: gotDisconnect, Release: gotRelease,
	ReleaseComplete: gotReleaseComplete, Notify: gotNotify, Facility: gotFacility, UserInformation: gotUserInformation,
	CongestionControl: gotCongestion, Status: gotStatus, StatusEnquiry: gotStatusEnquiry}

// byType are the events as an array, for the way of every message.
var byType = func() (a [128]event) {
	for i := range a {
		a[i] = numEvents
	}
	for t, e := range messageEvents {
		a[t] = e
	}
	return a
}()

// mandatory are the elements without which a message is in error, §3.1 of Q.931. Those of SETUP depend on the side.
var mandatory = map[MessageType][]ElementID{Setup: {elBearer}, Disconnect: {elCause}, Status: {elCause, elCallState},
	Progress: {elProgress}, Notify: {elNotification}, Restart: {elRestart}, RestartAck: {elRestart}}

// receive takes a layer 3 message from a data link.
func (l *Link) receive(d *dLink, b []byte) {
	l.counters.Messages++
	if d.index == l.active && (l.claimed || l.backup.running()) {
		l.backupSpoke()
	}
	m := &l.msg
	if err := m.Parse(b); err != nil {
		l.counters.Ignored++ // §5.8.1, §5.8.2
		return
	}
	switch {
	case m.Protocol == protocolATT || m.Protocol == protocolNational:
		l.receiveService(d, m)
	case m.Protocol != protocolQ931, m.Ref.Octets > 2: // §5.8.1, §5.8.3.1
		l.counters.Ignored++
	case m.Type == Segment:
		l.receiveSegment(d, b)
	case m.Ref.Octets == 0: // the dummy call reference: nothing here is spoken on it
		l.counters.Ignored++
	case m.Ref.Value == globalCallRef:
		l.receiveGlobal(d, m)
	default:
		if c := l.calls[refKey(m.Ref.Value, !m.Ref.FromOriginator)]; c != nil {
			l.dispatch(d, c, m)
		} else {
			l.receiveUnknown(d, m)
		}
	}
}

// receiveUnknown: a message for a call reference that is not in use, §5.8.3.2.
func (l *Link) receiveUnknown(d *dLink, m *Message) {
	ref := CallRef{Value: m.Ref.Value, FromOriginator: !m.Ref.FromOriginator, Octets: m.Ref.Octets}
	switch m.Type {
	case Setup:
		if !m.Ref.FromOriginator { // f): the flag says that it is our call
			l.counters.Ignored++
			return
		}
		if len(l.byID) >= l.config.MaxCalls {
			l.counters.Refused++
			l.replyTo(ref, ReleaseComplete, tdm.CauseSwitchingCongestion)
			return
		}
		l.dispatch(d, l.newCall(ref), m)
	case ReleaseComplete, Resume:
		l.counters.Ignored++
	case Release: // c)
		l.replyTo(ref, ReleaseComplete, causeInvalidRef)
	case Status: // §5.8.11: a peer in null agrees with us
		if s := m.contents(elCallState); len(s) == 1 && s[0]&0x3f == 0 {
			l.counters.Ignored++
			return
		}
		l.replyTo(ref, ReleaseComplete, causeWrongCallState)
	case StatusEnquiry: // §5.8.10
		l.build = appendHeader(l.build[:0], protocolQ931, ref, Status)
		l.build = appendCause(l.build, l.ourLocation(), causeStatusResponse)
		l.build = appendElement(l.build, elCallState, Null.Number())
		l.flush()
	default: // a)
		l.replyTo(ref, ReleaseComplete, causeInvalidRef)
	}
}

func (l *Link) replyTo(ref CallRef, t MessageType, v tdm.Cause) {
	l.build = appendHeader(l.build[:0], protocolQ931, ref, t)
	l.build = appendCause(l.build, l.ourLocation(), v)
	l.flush()
}

// dispatch makes an event of a message and gives it to its call.
func (l *Link) dispatch(d *dLink, c *call, m *Message) {
	if c.holdMessage(d, m) {
		return
	}
	l.in = input{msg: m}
	in := &l.in
	e := numEvents
	if int(m.Type) < len(byType) {
		e = byType[m.Type]
	}
	var optional ElementID
	if e == numEvents {
		e, in.fault, in.diag = badMessage, causeUnknownMessage, []byte{byte(m.Type)}
	} else {
		in.fault, in.diag, optional = l.check(m)
		if in.fault != 0 {
			switch m.Type {
			case Disconnect, Release, ReleaseComplete: // they clear all the same, §5.8.6
			default:
				e = badMessage
			}
		}
	}
	if e >= gotSetupAck && e <= gotConnect && c.ref.FromOriginator && !c.answered && e != gotInformation && e != gotProgress {
		if !l.agree(d, c, m) {
			e = badChannel
		}
	}
	if e == gotSetup && c.state == Null {
		e = l.chooseForSetup(d, c, m, in)
	}
	id := c.id
	c.step(e, in)
	if optional != 0 && c.id == id && c.state != Null && in.fault == 0 {
		c.status(causeBadElement, byte(optional)) // §5.8.7.2: the message was taken, the element was not
	}
}

// check says what is wrong with a message: a cause with its diagnostics when it cannot be taken, or else a known element
// that is in error and was not mandatory.
func (l *Link) check(m *Message) (fault tdm.Cause, diag []byte, optional ElementID) {
	need := mandatory[m.Type]
	for _, id := range need {
		if !m.has(id) {
			return causeMandatoryMissing, []byte{byte(id)}, 0
		}
	}
	if m.Type == Setup && !l.config.Network && !l.config.Variant.Symmetric && !m.has(elChannel) {
		return causeMandatoryMissing, []byte{byte(elChannel)}, 0
	}
	for i := range m.Elements {
		e := &m.Elements[i]
		if e.Codeset != 0 || e.ID&singleOctet != 0 {
			continue
		}
		bad, known := e.fault()
		switch {
		case !known && byte(e.ID)&comprehensionBit == 0: // §5.8.7.1: it has to be understood
			return causeMandatoryMissing, []byte{byte(e.ID)}, 0
		case bad && (slices.Contains(need, e.ID) || m.Type == Setup && e.ID == elChannel):
			return causeBadElement, []byte{byte(e.ID)}, 0
		case bad:
			optional = e.ID
		}
	}
	return 0, nil, optional
}

// fault reads an element's contents only to see whether they can be read.
func (e *Element) fault() (bad, known bool) {
	var err error
	switch e.ID {
	case elBearer:
		_, err = parseBearer(e.Contents)
	case elCause:
		_, err = parseCause(e.Contents)
	case elChannel:
		_, err = parseChannel(e.Contents)
	case elProgress:
		_, _, err = parseProgress(e.Contents)
	case elCalling, elCalled, elConnected, elRedirecting, elRedirection:
		_, err = parseNumber(e.Contents)
	case elCallState, elRestart, elNotification, elSignal:
		if len(e.Contents) < 1 {
			err = errContents
		}
	default:
		_, known := elementNames[e.ID]
		return false, known
	}
	return err != nil, true
}

// cause reads the cause of a message; one that is missing or in error counts as 31 (§5.8.6).
func (m *Message) cause() (tdm.Cause, uint8) {
	if c, err := parseCause(m.contents(elCause)); err == nil {
		return c.Value, c.Location
	}
	return tdm.CauseNormalUnspecified, locationUser
}

// progress returns the description that matters most: in-band tones before any other.
func (m *Message) progress() (location, description uint8) {
	for i := range m.Elements {
		e := &m.Elements[i]
		if e.ID != elProgress || e.Codeset != 0 {
			continue
		}
		if l, d, err := parseProgress(e.Contents); err == nil && (description == 0 || d == progressInBand) {
			location, description = l, d
		}
	}
	return location, description
}

func (m *Message) party(id ElementID) (n tdm.QualifiedNumber, reason uint8, ok bool) {
	e, found := m.find(id)
	if !found {
		return n, 0, false
	}
	x, err := parseNumber(e.Contents)
	if err != nil {
		return n, 0, false
	}
	n.Digits, n.Type, n.Plan, n.Screening = string(x.Digits), x.Type, x.Plan, x.Screening
	if x.Presentation == 1 {
		n.Presentation = tdm.Restricted
	} else if x.Presentation == 2 {
		n.Presentation = tdm.Unavailable
	}
	return n, x.Reason, true
}

// extra fills what every message may carry beside its purpose.
func (m *Message) extra(p *tdm.Primitive) {
	location, description := m.progress()
	display := displayText(m.contents(elDisplay))
	uui := m.contents(elUserUser)
	if description == 0 && display == "" && uui == nil {
		return
	}
	if p.ISDN == nil {
		p.ISDN = &tdm.ISDN{}
	}
	p.ISDN.ProgressLocation, p.ISDN.ProgressValue, p.ISDN.Display, p.ISDN.UserUser = location, description, display, string(uui)
	if description == progressInBand {
		p.InBand = true
	}
}

// indication is a primitive made of a message.
func (m *Message) indication(k tdm.PrimitiveKind) tdm.Primitive {
	p := tdm.Primitive{Kind: k}
	m.extra(&p)
	return p
}

// up gives a primitive to the call's user, after the Setup if that still waits.
func (c *call) up(p tdm.Primitive) {
	c.offerNow()
	c.l.up(c, p)
}

func (c *call) awaitsName(*input) bool { return c.offer.waits }
func (c *call) nameDue(*input)         { c.offerNow() }

func (c *call) offerNow() {
	if c.offer.waits {
		c.stop(t302)
		c.offer.waits = false
		c.l.up(c, c.offer.prim)
		c.offer.prim = tdm.Primitive{}
	}
}

func (c *call) moreDigitsWanted(in *input) {
	c.stop(t303)
	p := in.msg.indication(tdm.SetupAck)
	if len(c.digits) > 0 {
		c.sendInformation(c.digits, nil)
		c.digits = c.digits[:0]
	}
	c.start(t304)
	c.up(p)
}

func (c *call) proceeds(in *input) {
	c.stop(t303, t304)
	c.start(t310)
	p := in.msg.indication(tdm.Proceeding)
	c.facilities(in.msg, &p)
	c.up(p)
}

// progresses: PROGRESS stops T310, since a network that says why it takes long may take longer (table 9-2).
func (c *call) progresses(in *input) {
	c.stop(t310)
	p := in.msg.indication(tdm.Progress)
	if in.msg.has(elCause) {
		p.Cause, _ = in.msg.cause()
	}
	c.facilities(in.msg, &p)
	c.up(p)
}

func (c *call) alerts(in *input) {
	c.stop(t303, t304, t310)
	c.start(t301)
	p := in.msg.indication(tdm.Alerting)
	c.facilities(in.msg, &p)
	c.up(p)
}

func (c *call) connects(in *input) {
	c.stopSetup()
	p := in.msg.indication(tdm.Connect)
	if n, _, ok := in.msg.party(elConnected); ok {
		n.Subaddress = string(in.msg.contents(elConnectedSub))
		if p.ISDN == nil {
			p.ISDN = &tdm.ISDN{}
		}
		p.ISDN.Connected = &n
	}
	c.facilities(in.msg, &p)
	c.head(ConnectAck)
	c.flush()
	c.up(p)
}

func (c *call) acknowledged(*input) { c.stop(t313) }

// offerSetup makes a Setup primitive of a SETUP whose channel is agreed.
func (c *call) offerSetup(in *input) {
	m := in.msg
	c.l.counters.CallsIn++
	p := m.indication(tdm.Setup)
	if p.ISDN == nil {
		p.ISDN = &tdm.ISDN{}
	}
	x := p.ISDN
	x.Channel = c.channel
	x.Complete = m.has(elSendComplete) || !c.l.config.Overlap
	if b, err := parseBearer(m.contents(elBearer)); err == nil {
		x.Bearer = tdm.BearerCapability{Capability: b.Capability, Layer1: b.Layer1}
		c.bearer = x.Bearer
	}
	if n, _, ok := m.party(elCalling); ok {
		p.Calling, x.Calling = n.PartyNumber, n.Numbering
	} else {
		p.Calling.Presentation = tdm.Unavailable
	}
	if n, _, ok := m.party(elCalled); ok {
		p.Called, x.Called = n.Digits, n.Numbering
	}
	if n, reason, ok := m.party(elRedirecting); ok {
		x.Redirecting, x.Reason = &n, reason
	}
	x.CallingSub, x.CalledSub = string(m.contents(elCallingSub)), string(m.contents(elCalledSub))
	x.Keypad = string(m.contents(elKeypad))
	p.Calling.Name = x.Display
	nameFollows := c.facilities(m, &p)
	if nameFollows && c.l.config.NameWait > 0 && p.Calling.Name == "" {
		c.offer = offered{waits: true, prim: p}
		c.l.clock.start(&c.timers[t302], c.l.now+c.l.config.NameWait)
		return
	}
	c.l.up(c, p)
}

func (c *call) takeDigits(in *input) {
	c.start(t302)
	digits := ""
	if n, _, ok := in.msg.party(elCalled); ok {
		digits = n.Digits
	}
	digits += string(in.msg.contents(elKeypad))
	for i := range min(len(digits), maxDigits) {
		c.up(tdm.Primitive{Kind: tdm.Information, Digit: digits[i]})
	}
	if in.msg.has(elSendComplete) {
		c.stop(t302)
		c.up(tdm.Primitive{Kind: tdm.Information, ISDN: &tdm.ISDN{Complete: true}})
	}
}

func (c *call) digitsOver(*input) {
	c.up(tdm.Primitive{Kind: tdm.Information, ISDN: &tdm.ISDN{Complete: true}})
}

func (c *call) takeInformation(in *input) {
	p := in.msg.indication(tdm.Information)
	keys := string(in.msg.contents(elKeypad))
	if n, _, ok := in.msg.party(elCalled); ok {
		keys += n.Digits
	}
	for i := range min(len(keys), maxDigits) {
		c.up(tdm.Primitive{Kind: tdm.Information, Digit: keys[i]})
	}
	if p.ISDN != nil {
		c.up(tdm.Primitive{Kind: tdm.Notify, Event: tdm.EventDisplay, ISDN: p.ISDN})
	}
}

func (c *call) hasTones(in *input) bool {
	_, d := in.msg.progress()
	return d == progressInBand && (!c.l.config.Network || c.l.config.Variant.Symmetric)
}

// tonesFollow: the user may listen before it releases.
func (c *call) tonesFollow(in *input) {
	c.stopSetup()
	v, location := in.msg.cause()
	c.releaseCause(v, location)
	c.clearingFacilities(in.msg)
	c.tellCleared(v, true)
}

func (c *call) peerDisconnects(in *input) {
	v, location := in.msg.cause()
	c.releaseCause(v, location)
	c.clearingFacilities(in.msg)
	c.release(in.fault) // 0, or what was wrong with the DISCONNECT
	p := tdm.Primitive{Kind: tdm.Disconnect, Cause: v, ISDN: &tdm.ISDN{CauseLocation: location, UserUser: string(in.msg.contents(elUserUser))}}
	c.up(p)
}

// peerReleases: a RELEASE has to give a cause when it is the first message that clears (table 3-9 note 2).
func (c *call) peerReleases(in *input) {
	if in.fault == 0 && c.state != c.l.roles.clearing && !in.msg.has(elCause) {
		in.fault, in.diag = causeMandatoryMissing, []byte{byte(elCause)}
	}
	c.head(ReleaseComplete)
	if in.fault != 0 {
		c.putCause(in.fault, c.l.ourLocation(), in.diag...)
	}
	c.flush()
	c.peerGone(in)
}

func (c *call) peerGone(in *input) {
	if in.msg.has(elCause) {
		c.releaseCause(in.msg.cause())
	}
	c.clearingFacilities(in.msg)
	c.gone(in)
}

// gone is the last word of a call.
func (c *call) gone(in *input) {
	c.stopSetup()
	c.unanswered(causeFacilityRejected)
	if c.cause == 0 {
		c.cause = tdm.CauseNormalUnspecified
	}
	p := tdm.Primitive{Kind: tdm.Release, Cause: c.cause, ISDN: &tdm.ISDN{CauseLocation: c.location}}
	if in.msg != nil {
		p.ISDN.UserUser = string(in.msg.contents(elUserUser))
	}
	if c.offer.waits { // it was never offered
		c.offer = offered{}
		return
	}
	c.l.up(c, p)
}

func (c *call) end(v tdm.Cause, in *input) {
	c.releaseCause(v, c.l.ourLocation())
	c.gone(in)
}

func (c *call) nobodyAnswers(in *input) {
	c.head(ReleaseComplete)
	c.putCause(tdm.CauseRecoveryOnTimer, c.l.ourLocation())
	c.flush()
	c.end(tdm.CauseNoUserResponding, in)
}

func (c *call) noMoreDigits(*input) { c.fail(tdm.CauseInvalidNumber) }
func (c *call) noProgress(*input)   { c.fail(tdm.CauseRecoveryOnTimer) }
func (c *call) noAnswer(*input)     { c.fail(tdm.CauseNoAnswer) }

func (c *call) notAcknowledged(*input) { c.fail(tdm.CauseRecoveryOnTimer) }

// neverReleased: the peer does not answer RELEASE. The channel is out of service until a restart (§5.3.3).
func (c *call) neverReleased(in *input) {
	c.l.suspect(c)
	c.end(tdm.CauseRecoveryOnTimer, in)
}

func (c *call) refuseBad(in *input) {
	c.l.counters.Refused++
	c.l.fault("a call is refused at its first message: " + in.fault.String())
	c.head(ReleaseComplete)
	c.putCause(in.fault, c.l.ourLocation(), in.diag...)
	c.flush()
}

func (c *call) reportBad(in *input) {
	if in.msg.Type == Status {
		c.l.counters.Ignored++ // two ends that answer STATUS with STATUS never stop
		return
	}
	c.l.counters.Unexpected++
	c.status(in.fault, in.diag...)
}

func (c *call) channelUnacceptable(in *input) {
	c.releaseCause(causeChannelUnacceptable, c.l.ourLocation())
	c.release(causeChannelUnacceptable)
	c.tellCleared(causeChannelUnacceptable, false)
}

func (c *call) linkLost(*input) {
	if !c.timers[t309].running() {
		c.start(t309)
	}
	c.stop(t322)
}

func (c *call) lost(in *input)          { c.end(tdm.CauseDestinationOutOfOrder, in) }
func (c *call) linkStaysLost(in *input) { c.end(tdm.CauseDestinationOutOfOrder, in) }
func (c *call) resetInOverlap(*input)   { c.fail(tdm.CauseTemporaryFailure) }
func (c *call) restartedAway(in *input) { c.end(tdm.CauseTemporaryFailure, in) }
func (c *call) linkBack(*input) {
	c.stop(t309)
	c.enquiries = 0
	c.enquire()
}

func (c *call) notified(in *input) {
	p := in.msg.indication(tdm.Notify)
	p.Event = tdm.EventNotify
	if p.ISDN == nil {
		p.ISDN = &tdm.ISDN{}
	}
	p.ISDN.Notification = in.msg.contents(elNotification)[0] & 0x7f
	switch p.ISDN.Notification {
	case notifyRemoteHold, notifyUserSuspended:
		p.Event = tdm.EventHold
	case notifyRemoteRetrieve, notifyUserResumed:
		p.Event = tdm.EventRetrieve
	}
	if n, _, ok := in.msg.party(elRedirection); ok {
		p.Event, p.ISDN.Redirection = tdm.EventRedirection, &n
	}
	c.up(p)
}

// Notification descriptions, Q.931 §4.5.22 and Q.932.
const (
	notifyUserSuspended  = 0x00
	notifyUserResumed    = 0x01
	notifyDiverting      = 0x7b // call is diverting
	notifyRemoteHold     = 0x79
	notifyRemoteRetrieve = 0x7a
)

func (c *call) userUser(in *input) {
	p := in.msg.indication(tdm.Notify)
	p.Event = tdm.EventUserInformation
	c.up(p)
}
