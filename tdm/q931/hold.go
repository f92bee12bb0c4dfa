package q931

import (
	"tipring/tdm"
	"tipring/tdm/fsm"
)

// hold is the auxiliary state of a call, Q.932 §6.3.
type hold uint8

const (
	holdIdle      hold = iota
	holdRequested      // HOLD was sent
	held               // one side has put the call on hold: it has no B channel
	retrieving         // RETRIEVE was sent
	numHolds
)

func (h hold) String() string {
	return [...]string{"idle", "hold request", "call held", "retrieve request"}[h]
}

type holdEvent uint8

const (
	reqHold holdEvent = iota
	reqRetrieve
	gotHold
	gotHoldAck
	gotHoldReject
	gotRetrieve
	gotRetrieveAck
	gotRetrieveReject
	expiredHold
	expiredRetrieve
	numHoldEvents
)

func (e holdEvent) String() string {
	return [...]string{"Hold req", "Retrieve req", "HOLD", "HOLD ACK", "HOLD REJECT", "RETRIEVE", "RETRIEVE ACK", "RETRIEVE REJECT", "T-HOLD", "T-RETRIEVE"}[e]
}

type holdRow = fsm.Row[hold, holdEvent, *call, *holdInput]

type holdInput struct {
	d   *dLink
	msg *Message
}

var holdTable = fsm.Compile(int(numHolds), int(numHoldEvents), holdRows())

func holdRows() []holdRow {
	arrow := fsm.Arrow[hold, holdEvent, *call, *holdInput]
	stay := fsm.Stay[hold, holdEvent, *call, *holdInput]
	ignore := fsm.Ignore[hold, holdEvent, *call, *holdInput]
	const (
		holding    = "Q.932 §6.3.3 hold"
		retrieval  = "Q.932 §6.3.4 retrieve"
		timers     = "Q.932 §6.3.5 T-HOLD and T-RETRIEVE"
		collisions = "Q.932 §6.3.3 and §6.3.4: nothing to do in this auxiliary state"
	)
	return []holdRow{
		arrow(holdIdle, reqHold, holdRequested, (*call).sendHold, holding),
		arrow(holdRequested, gotHoldAck, held, (*call).nowHeld, holding),
		arrow(holdRequested, gotHoldReject, holdIdle, (*call).holdRefused, holding),
		arrow(holdRequested, expiredHold, holdIdle, (*call).holdRefused, timers),
		arrow(holdIdle, gotHold, held, (*call).acceptHold, holding).When("active, and the switch has hold", (*call).mayHold),
		arrow(holdIdle, gotHold, holdIdle, (*call).rejectHold, holding),
		stay(gotHold, (*call).rejectHold, holding),
		arrow(held, reqRetrieve, retrieving, (*call).sendRetrieve, retrieval).When("channel free", (*call).hasFree),
		arrow(held, reqRetrieve, held, (*call).retrieveRefused, retrieval),
		arrow(retrieving, gotRetrieveAck, holdIdle, (*call).nowRetrieved, retrieval),
		arrow(retrieving, gotRetrieveReject, held, (*call).retrieveRefused, retrieval),
		arrow(retrieving, expiredRetrieve, held, (*call).retrieveRefused, timers),
		arrow(held, gotRetrieve, holdIdle, (*call).acceptRetrieve, retrieval).When("channel free", (*call).canRetrieve),
		arrow(held, gotRetrieve, held, (*call).rejectRetrieve, retrieval),
		stay(gotRetrieve, (*call).rejectRetrieve, retrieval),
		ignore(reqHold, collisions), ignore(reqRetrieve, collisions), ignore(gotHoldAck, collisions), ignore(gotHoldReject, collisions),
		ignore(gotRetrieveAck, collisions), ignore(gotRetrieveReject, collisions),
		ignore(expiredHold, collisions), ignore(expiredRetrieve, collisions),
	}
}

func (c *call) holdStep(e holdEvent, in *holdInput) {
	was := c.hold
	if c.hold, _ = holdTable.Step(c, c.hold, e, in); c.hold != was {
		c.holdSince = c.l.now
	}
}

// holdMessage takes the messages of hold and retrieve; it reports whether m is one.
func (c *call) holdMessage(d *dLink, m *Message) bool {
	var e holdEvent
	switch m.Type {
	case Hold:
		e = gotHold
	case HoldAck:
		e = gotHoldAck
	case HoldReject:
		e = gotHoldReject
	case Retrieve:
		e = gotRetrieve
	case RetrieveAck:
		e = gotRetrieveAck
	case RetrieveReject:
		e = gotRetrieveReject
	default:
		return false
	}
	if c.state == Null || c.state == ReleaseRequest {
		return true
	}
	c.holdStep(e, &holdInput{d: d, msg: m})
	return true
}

func (c *call) holdExpired(k timerKind) {
	if k == tHold {
		c.holdStep(expiredHold, &holdInput{})
	} else {
		c.holdStep(expiredRetrieve, &holdInput{})
	}
}

func (c *call) mayHold(*holdInput) bool { return c.state == Active && c.l.config.Variant.Hold }

func (c *call) sendHold(*holdInput) {
	c.head(Hold)
	c.flush()
	c.start(tHold)
}

// nowHeld: the B channel is free for other calls.
func (c *call) nowHeld(*holdInput) {
	c.stop(tHold)
	c.l.releaseChannel(c)
	c.tell(tdm.EventHeld, 0)
}

func (c *call) holdRefused(*holdInput) {
	c.stop(tHold)
	c.tell(tdm.EventHoldRefused, 0)
}

func (c *call) acceptHold(*holdInput) {
	c.head(HoldAck)
	c.flush()
	c.l.releaseChannel(c)
	c.tell(tdm.EventHold, 0)
}

func (c *call) rejectHold(*holdInput) {
	v := causeWrongState
	if !c.l.config.Variant.Hold {
		v = causeFacilityNotImpl
	}
	c.head(HoldReject)
	c.putCause(v, c.l.ourLocation())
	c.flush()
}

func (c *call) hasFree(*holdInput) bool {
	_, ok := c.l.hunt()
	return ok
}

func (c *call) sendRetrieve(*holdInput) {
	ch, _ := c.l.hunt()
	c.l.take(c, ch)
	c.head(Retrieve)
	c.l.build = c.l.channelElement(ch, false).append(c.l.build)
	c.flush()
	c.start(tRetrieve)
}

func (c *call) nowRetrieved(in *holdInput) {
	c.stop(tRetrieve)
	if e, err := parseChannel(in.msg.contents(elChannel)); err == nil && e.Channels != 0 {
		if ch, ok := c.l.one(in.d, e); ok && ch != c.channel && c.l.b(ch).usable() {
			c.l.take(c, ch)
		}
	}
	c.tell(tdm.EventRetrieved, 0)
}

func (c *call) retrieveRefused(*holdInput) {
	c.stop(tRetrieve)
	c.l.releaseChannel(c)
	c.tell(tdm.EventRetrieveRefused, 0)
}

// wished is the channel that a RETRIEVE asks for, if it is free, or another one unless it asks for that one alone.
func (c *call) wished(in *holdInput) (tdm.Channel, bool) {
	if e, err := parseChannel(in.msg.contents(elChannel)); err == nil && e.Channels != 0 {
		ch, ok := c.l.one(in.d, e)
		if ok && c.l.b(ch).usable() {
			return ch, true
		}
		if e.Exclusive {
			return ch, false
		}
	}
	return c.l.hunt()
}

func (c *call) canRetrieve(in *holdInput) bool {
	_, ok := c.wished(in)
	return ok
}

func (c *call) acceptRetrieve(in *holdInput) {
	ch, _ := c.wished(in)
	c.l.take(c, ch)
	c.head(RetrieveAck)
	c.l.build = c.l.channelElement(ch, true).append(c.l.build)
	c.flush()
	c.tell(tdm.EventRetrieve, 0)
}

func (c *call) rejectRetrieve(*holdInput) {
	v := causeNoChannel
	if c.hold != held {
		v = causeWrongState
	}
	c.head(RetrieveReject)
	c.putCause(v, c.l.ourLocation())
	c.flush()
}

// holdPrimitive takes the Notify primitives that ask for hold; it reports whether p is one.
func (c *call) holdPrimitive(p *tdm.Primitive) bool {
	switch {
	case p.Kind != tdm.Notify || c.state != Active:
		return false
	case p.Event == tdm.EventHold && c.l.config.Variant.Hold:
		c.holdStep(reqHold, &holdInput{})
	case p.Event == tdm.EventRetrieve && c.l.config.Variant.Hold:
		c.holdStep(reqRetrieve, &holdInput{})
	default:
		return false
	}
	return true
}
