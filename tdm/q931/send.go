package q931

import (
	"strconv"

	"tipring/tdm"
)

// head begins a message of the call. The elements that follow are in the order of their identifiers (§4.5.1).
func (c *call) head(t MessageType) {
	c.l.build = appendHeader(c.l.build[:0], protocolQ931, c.ref, t)
}

func (l *Link) flush() { l.sendOn(l.active) }

func (l *Link) sendOn(d int) {
	if n := l.n201(); len(l.build) > n {
		segments(l.build, n, func(b []byte) { l.queue(d, b) })
		return
	}
	l.queue(d, l.build)
}

func (l *Link) queue(d int, b []byte) {
	from := len(l.arena)
	l.arena = append(l.arena, b...)
	l.pending = append(l.pending, pendingMessage{d, from, len(l.arena)})
}

func (l *Link) n201() int {
	if n := l.config.DataLink.N201; n != 0 {
		return n
	}
	return 260
}

func (c *call) flush() { c.l.flush() }

func (c *call) name() string {
	side := "in"
	if c.ref.FromOriginator {
		side = "out"
	}
	return side + " " + strconv.Itoa(int(c.ref.Value))
}

// ourLocation is the location of causes and progress that this side gives by itself.
func (l *Link) ourLocation() uint8 {
	if l.config.Network {
		return locationLocalPublic
	}
	return locationUser
}

func (c *call) putCause(v tdm.Cause, location uint8, diag ...byte) {
	c.l.build = appendCause(c.l.build, location, v, diag...)
}

func (c *call) putChannel() {
	if c.answered || c.channel.Timeslot == 0 {
		return
	}
	c.answered = true
	c.l.build = c.l.channelElement(c.channel, true).append(c.l.build)
}

// putProgress appends the progress indicator that a primitive asks for.
func (c *call) putProgress(p *tdm.Primitive) {
	switch {
	case p.ISDN != nil && p.ISDN.ProgressValue != 0:
		c.l.build = appendProgress(c.l.build, p.ISDN.ProgressLocation, p.ISDN.ProgressValue)
	case p.InBand:
		c.l.build = appendProgress(c.l.build, c.l.ourLocation(), progressInBand)
	}
}

func (c *call) putDisplay(p *tdm.Primitive) {
	if p.ISDN != nil && p.ISDN.Display != "" {
		c.l.build = appendText(c.l.build, elDisplay, p.ISDN.Display, maxDisplay)
	}
}

func (c *call) putUserUser(p *tdm.Primitive) {
	if p.ISDN != nil && p.ISDN.UserUser != "" {
		c.l.build = appendText(c.l.build, elUserUser, p.ISDN.UserUser, maxUserUser)
	}
}

// Lengths of Q.931 table 4-3 and the maximum of EN 300 403 for numbers.
const (
	maxDisplay  = 82
	maxUserUser = 129
	maxDigits   = 32
	maxKeypad   = 32
	maxSub      = 21
)

func cut(s string, n int) string { return s[:min(len(s), n)] }

func (l *Link) number(n tdm.PartyNumber, q tdm.Numbering) numberElement {
	e := numberElement{Type: q.Type, Plan: q.Plan, HasScreening: true, Presentation: uint8(n.Presentation), Screening: q.Screening, Digits: []byte(cut(n.Digits, maxDigits))}
	if n.Presentation == tdm.Unavailable {
		e.Screening, e.Digits = 3, nil
	}
	return e
}

// sendSetup: in.prim is the Setup, in.chn the channel.
func (c *call) sendSetup(in *input) {
	l, p := c.l, in.prim
	x := p.ISDN
	if x == nil {
		x = &tdm.ISDN{Complete: true}
	}
	c.exclusive = x.Exclusive
	complete := x.Complete || !l.config.Overlap
	c.head(Setup)
	if complete && l.config.Variant.SendingComplete {
		l.build = append(l.build, byte(elSendComplete))
	}
	b := Bearer{Capability: x.Bearer.Capability, Rate: circuit64, Layer1: x.Bearer.Layer1}
	if b.Layer1 == 0 && (b.Capability == 0 || b.Capability == 16) {
		b.Layer1 = l.config.bearerLayer1()
	}
	l.build = appendBearer(l.build, b)
	l.build = l.channelElement(c.channel, c.exclusive).append(l.build)
	name := cut(p.Calling.Name, maxName)
	if p.Calling.Presentation != tdm.Allowed {
		name = ""
	}
	c.putName(opCallingName, name)
	c.putDiversion(x)
	c.putLinkAbility()
	if x.ProgressValue != 0 {
		l.build = appendProgress(l.build, x.ProgressLocation, x.ProgressValue)
	}
	switch {
	case x.Display != "":
		c.putDisplay(p)
	case name != "" && l.config.Variant.sendsDisplay(l.config.Network):
		l.build = appendText(l.build, elDisplay, name, maxDisplay)
	}
	if x.Keypad != "" {
		l.build = appendText(l.build, elKeypad, x.Keypad, maxKeypad)
	}
	if p.Calling.Digits != "" || p.Calling.Presentation != tdm.Allowed {
		l.build = l.number(p.Calling, x.Calling).append(l.build, elCalling)
	}
	if x.CallingSub != "" {
		l.build = appendText(l.build, elCallingSub, x.CallingSub, maxSub)
	}
	if p.Called != "" || x.Keypad == "" {
		l.build = numberElement{Type: x.Called.Type, Plan: x.Called.Plan, Digits: []byte(cut(p.Called, maxDigits))}.append(l.build, elCalled)
	}
	if x.CalledSub != "" {
		l.build = appendText(l.build, elCalledSub, x.CalledSub, maxSub)
	}
	if r := x.Redirecting; r != nil && !l.config.Variant.Networking {
		e := l.number(r.PartyNumber, r.Numbering)
		e.HasReason, e.Reason = true, x.Reason
		l.build = e.append(l.build, elRedirecting)
	}
	c.putUserUser(p)
	c.keepMessage()
	c.flush()
	c.repeated = false
	c.start(t303)
}

// keepMessage keeps what was built: a repetition is the same octet by octet.
func (c *call) keepMessage() { c.message = append(c.message[:0], c.l.build...) }

func (c *call) sendKept() {
	c.l.build = append(c.l.build[:0], c.message...)
	c.flush()
}

func (c *call) repeatSetup(*input) {
	c.repeated = true
	c.sendKept()
	c.start(t303)
}

func (c *call) isFirst(*input) bool { return !c.repeated }

func (c *call) sendSetupAck(in *input) {
	c.head(SetupAck)
	c.putChannel()
	c.putProgress(in.prim)
	c.putDisplay(in.prim)
	c.flush()
	c.start(t302)
}

func (c *call) sendProceeding(in *input) {
	c.stop(t302)
	c.head(CallProceeding)
	c.putChannel()
	c.giveLinkID()
	c.putProgress(in.prim)
	c.putDisplay(in.prim)
	c.flush()
}

func (c *call) sendProgress(in *input) {
	p := *in.prim
	if p.ISDN == nil || p.ISDN.ProgressValue == 0 {
		p.InBand = true
	}
	c.head(Progress)
	if p.Cause != 0 {
		c.putCause(p.Cause, c.l.ourLocation())
	}
	c.putProgress(&p)
	c.putDisplay(&p)
	c.putUserUser(&p)
	c.flush()
}

func (c *call) sendAlerting(in *input) {
	c.stop(t302)
	c.head(Alerting)
	c.putChannel()
	c.giveLinkID()
	c.putProgress(in.prim)
	c.putDisplay(in.prim)
	c.putUserUser(in.prim)
	c.flush()
}

func (c *call) sendConnect(in *input) {
	c.stop(t302)
	c.head(Connect)
	c.putChannel()
	c.giveLinkID()
	if x := in.prim.ISDN; x != nil && x.Connected != nil && c.l.config.Variant.Networking {
		c.putName(opConnectedName, x.Connected.Name)
	}
	c.putProgress(in.prim)
	c.putDisplay(in.prim)
	if x := in.prim.ISDN; x != nil && x.Connected != nil {
		c.l.build = c.l.number(x.Connected.PartyNumber, x.Connected.Numbering).append(c.l.build, elConnected)
		if x.Connected.Subaddress != "" {
			c.l.build = appendText(c.l.build, elConnectedSub, x.Connected.Subaddress, maxSub)
		}
	}
	c.putUserUser(in.prim)
	c.flush()
	if c.l.roles.gotAnswered != Active {
		c.start(t313)
	}
}

// keepDigit: digits that come before SETUP ACKNOWLEDGE wait for it.
func (c *call) keepDigit(in *input) {
	if in.prim.Digit != 0 && len(c.digits) < maxDigits {
		c.digits = append(c.digits, in.prim.Digit)
	}
}

func (c *call) sendDigit(in *input) {
	digits := []byte{in.prim.Digit}
	if in.prim.Digit == 0 {
		digits = nil
	}
	c.sendInformation(digits, in.prim.ISDN)
}

func (c *call) sendInformation(digits []byte, x *tdm.ISDN) {
	c.head(Information)
	if x != nil && x.Complete {
		c.l.build = append(c.l.build, byte(elSendComplete))
	}
	if x != nil && x.Display != "" {
		c.l.build = appendText(c.l.build, elDisplay, x.Display, maxDisplay)
	}
	switch {
	case x != nil && x.Keypad != "":
		c.l.build = appendText(c.l.build, elKeypad, x.Keypad, maxKeypad)
	case len(digits) == 0:
	case c.state == c.l.roles.sentOverlap || c.state == c.l.roles.sent:
		c.l.build = numberElement{Digits: digits}.append(c.l.build, elCalled)
	default: // digits within a call are keypad information (§5.10 of EN 300 403)
		c.l.build = appendText(c.l.build, elKeypad, string(digits), maxKeypad)
	}
	c.flush()
	if c.state == c.l.roles.sentOverlap || c.state == c.l.roles.sent {
		c.start(t304)
	}
}

// releaseCause notes why a call ends; the first reason counts.
func (c *call) releaseCause(v tdm.Cause, location uint8) {
	if c.cause == 0 {
		c.cause, c.location = v, location
	}
}

func (c *call) causeOf(p *tdm.Primitive) (tdm.Cause, uint8) {
	v, location := p.Cause, c.l.ourLocation()
	if v == 0 {
		v = tdm.CauseNormalClearing
	}
	if p.ISDN != nil && p.ISDN.CauseLocation != 0 {
		location = p.ISDN.CauseLocation
	}
	return v, location
}

// refuse answers a SETUP that nothing has answered yet.
func (c *call) refuse(in *input) {
	v, location := c.causeOf(in.prim)
	c.releaseCause(v, location)
	c.head(ReleaseComplete)
	c.putCause(v, location)
	c.putUserUser(in.prim)
	c.flush()
	c.gone(in)
}

func (c *call) sendDisconnect(in *input) {
	v, location := c.causeOf(in.prim)
	tones := in.prim.InBand && (c.l.config.Network || c.l.config.Variant.Symmetric)
	c.disconnect(v, location, tones, in.prim)
}

// disconnect sends DISCONNECT; with tones the bearer is kept and T306 runs (§5.3.4.1).
func (c *call) disconnect(v tdm.Cause, location uint8, tones bool, p *tdm.Primitive) {
	c.stopSetup()
	c.releaseCause(v, location)
	c.head(Disconnect)
	c.putCause(v, location)
	if p != nil {
		c.putCharge(p)
	}
	if tones {
		c.l.build = appendProgress(c.l.build, c.l.ourLocation(), progressInBand)
	}
	if p != nil {
		c.putDisplay(p)
		c.putUserUser(p)
	}
	c.flush()
	c.repeated = false
	if tones {
		c.start(t306)
	} else {
		c.start(t305)
	}
}

// fail clears a call for a reason of our own, and tells its user.
func (c *call) fail(v tdm.Cause) {
	c.disconnect(v, c.l.ourLocation(), false, nil)
	c.tellCleared(v, false)
}

// tellCleared gives the Disconnect up.
func (c *call) tellCleared(v tdm.Cause, inBand bool) {
	c.up(tdm.Primitive{Kind: tdm.Disconnect, Cause: v, InBand: inBand, ISDN: &tdm.ISDN{CauseLocation: c.location}})
}

func (c *call) sendRelease(*input) {
	c.stop(t305, t306)
	c.release(c.cause)
}

func (c *call) release(v tdm.Cause) {
	c.stopSetup()
	c.head(Release)
	if v != 0 {
		c.putCause(v, c.l.ourLocation())
	}
	c.keepMessage()
	c.flush()
	c.repeated = false
	c.start(t308)
}

func (c *call) repeatRelease(*input) {
	c.repeated = true
	c.sendKept()
	c.start(t308)
}

// status sends STATUS with the state as it is before the event.
func (c *call) status(v tdm.Cause, diag ...byte) {
	c.head(Status)
	c.putCause(v, c.l.ourLocation(), diag...)
	c.l.build = appendElement(c.l.build, elCallState, c.state.Number())
	c.flush()
}

func (c *call) enquire() {
	c.head(StatusEnquiry)
	c.flush()
	c.enquiries++
	c.start(t322)
}
