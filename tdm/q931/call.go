package q931

import (
	"time"

	"tipring/tdm"
)

// A call is one call reference in being.
type call struct {
	l     *Link
	id    CallID
	ref   CallRef
	state State
	since time.Duration // when it entered the state

	channel   tdm.Channel
	exclusive bool // our SETUP allowed no other channel
	glared    bool // the network took the channel of our SETUP
	answered  bool // the first response to SETUP was sent or received: the channel is agreed
	cause     tdm.Cause
	location  uint8
	repeated  bool    // T303, T308 or T322 has expired once
	enquiries int     // STATUS ENQUIRYs without an answer
	digits    []byte  // wait for SETUP ACKNOWLEDGE
	message   []byte  // SETUP or RELEASE, to be repeated octet by octet
	offer     offered // a Setup that waits for a name
	hold      hold
	holdSince time.Duration
	bearer    tdm.BearerCapability

	invoke     uint8
	linkAsked  bool    // RLT: the peer wants a number for the call
	linkID     int64   // RLT: which the peer gave it
	asked      request // of the peer
	owed       request // to it
	transferTo CallID  // ECT: once the network has numbered this call
	joined     CallID  // QSIG: the other call of a transfer by join

	timers [numCallTimers]timer
}

// An offered Setup has not been given to the call's user yet.
type offered struct {
	waits bool
	prim  tdm.Primitive
}

// input is what comes with an event.
type input struct {
	msg   *Message
	prim  *tdm.Primitive
	fault tdm.Cause // of badMessage
	diag  []byte
	chn   tdm.Channel
}

func refKey(value uint16, mine bool) uint32 {
	k := uint32(value) << 1
	if mine {
		k |= 1
	}
	return k
}

func (l *Link) newCall(ref CallRef) *call {
	var c *call
	if n := len(l.free); n > 0 {
		c = l.free[n-1]
		l.free = l.free[:n-1]
	} else {
		c = &call{l: l}
		for k := range c.timers {
			c.timers[k] = timer{kind: timerKind(k), call: c}
		}
	}
	if l.lastID++; l.lastID == 0 {
		l.lastID = 1
	}
	c.id, c.ref, c.state, c.since = l.lastID, ref, Null, l.now
	l.calls[refKey(ref.Value, ref.FromOriginator)] = c
	l.byID[c.id] = c
	return c
}

// drop forgets a call that has come to state 0.
func (l *Link) drop(c *call) {
	delete(l.calls, refKey(c.ref.Value, c.ref.FromOriginator))
	delete(l.byID, c.id)
	for k := range c.timers {
		l.clock.stop(&c.timers[k])
	}
	l.releaseChannel(c)
	c.exclusive, c.glared, c.answered, c.cause, c.location, c.repeated, c.enquiries = false, false, false, 0, 0, false, 0
	c.digits, c.message, c.offer, c.hold, c.invoke = c.digits[:0], c.message[:0], offered{}, holdIdle, 0
	c.linkAsked, c.linkID, c.asked, c.owed, c.transferTo, c.joined = false, 0, request{}, request{}, 0, 0
	l.free = append(l.free, c)
}

// newRef chooses a call reference that is not in use; ok is false when all are.
func (l *Link) newRef() (CallRef, bool) {
	for range maxCallRefTwoOctet {
		if l.lastRef++; l.lastRef > maxCallRefTwoOctet {
			l.lastRef = 1
		}
		if _, used := l.calls[refKey(l.lastRef, true)]; !used {
			return CallRef{Value: l.lastRef, FromOriginator: true, Octets: 2}, true
		}
	}
	return CallRef{}, false
}

// step runs one event through the diagram.
func (c *call) step(e event, in *input) {
	next, row := c.l.table.Step(c, c.state, e, in)
	if c.l.row != nil {
		c.l.row(row)
	}
	if row == nil {
		c.unexpected(e, in)
		return
	}
	if c.state != next {
		c.state, c.since = next, c.l.now
	}
	if next == Null {
		c.l.drop(c)
	}
}

// unexpected: a message that the state has no use for is answered with STATUS, and nothing changes (§5.8.4).
func (c *call) unexpected(e event, in *input) {
	if in.msg == nil {
		return // a primitive or a timer that crossed a change of state
	}
	c.l.counters.Unexpected++
	c.status(causeWrongState, byte(in.msg.Type))
}

// Causes of §5.8 that the root package does not name.
const (
	causeChannelUnacceptable tdm.Cause = 6
	causeStatusResponse      tdm.Cause = 30
	causeNoChannel           tdm.Cause = 34
	causeChannelBusy         tdm.Cause = 44
	causeFacilityNotImpl     tdm.Cause = 69
	causeInvalidRef          tdm.Cause = 81
	causeNoSuchChannel       tdm.Cause = 82
	causeMandatoryMissing    tdm.Cause = 96
	causeUnknownMessage      tdm.Cause = 97
	causeWrongState          tdm.Cause = 98
	causeUnknownElement      tdm.Cause = 99
	causeBadElement          tdm.Cause = 100
	causeWrongCallState      tdm.Cause = 101
)

func (c *call) start(k timerKind) {
	d := *[...]*time.Duration{t301: &c.l.times.T301, t302: &c.l.times.T302, t303: &c.l.times.T303, t304: &c.l.times.T304, t305: &c.l.times.T305,
		t306: &c.l.times.T306, t308: &c.l.times.T308, t309: &c.l.times.T309, t310: &c.l.times.T310, t313: &c.l.times.T313, t322: &c.l.times.T322,
		tHold: &c.l.times.Hold, tRetrieve: &c.l.times.Retrieve, tInvoke: &c.l.times.Invoke}[k]
	if d > 0 {
		c.l.clock.start(&c.timers[k], c.l.now+d)
	}
}

func (c *call) stop(ks ...timerKind) {
	for _, k := range ks {
		c.l.clock.stop(&c.timers[k])
	}
}

// stopSetup stops what runs while a call is set up.
func (c *call) stopSetup() { c.stop(t301, t302, t303, t304, t310, t313, t322) }

func (c *call) expire(k timerKind) {
	switch k {
	case tHold, tRetrieve:
		c.holdExpired(k)
	case tInvoke:
		c.unanswered(tdm.CauseRecoveryOnTimer)
	default:
		c.step(expiredT301+event(k), &input{})
	}
}
