package call

import (
	"crypto/rand"
	"log/slog"
	"sync/atomic"
	"time"

	"tipring/gateway/cdr"
	"tipring/gateway/route"
	"tipring/tdm"
	"tipring/tdm/span"
)

const (
	inboxSize = 64
	// releaseTimeout bounds the wait for a party's Release after Disconnect: SIP's timer F (RFC 3261 §17.1.2.2) and a margin.
	releaseTimeout = 40 * time.Second

	causePreemption tdm.Cause = 8 // Q.850
)

// A side is one party of a call and what the call knows of it.
type side struct {
	party   Party
	name    string
	kind    route.Kind
	counted bool // is one of its port's calls
	// cleared is set when Disconnect was sent, released when Release came.
	cleared, released bool
	// end is how the party's side of the call was cleared, as far as is known.
	end *cdr.Side
	// gone takes the Release of a party that found the inbox full: it must not be lost, or the line would stay taken.
	gone chan struct{}
}

func newSide(name string, kind route.Kind) *side {
	return &side{name: name, kind: kind, gone: make(chan struct{}, 1)}
}

// An event is a primitive and who sent it.
type event struct {
	from *side
	p    tdm.Primitive
}

// An ending says who ended a call, how and what noticed it.
type ending struct {
	by       string // cdr.ByCaller, cdr.ByCalled or cdr.ByGateway
	cause    tdm.Cause
	status   int
	detector string
	reason   string
	at       time.Time // when the detector saw it
	location *uint8    // of the cause (Q.850 §2.2.3), where its party knows one
}

// A call is the actor of one call. Its fields belong to its goroutine, but for those that say otherwise.
type call struct {
	s      *Switch
	policy *Policy
	id     string
	log    *slog.Logger
	setup  tdm.Primitive

	inbox     chan event  // written by parties, never blocking
	kill      chan ending // capacity 1: the first reason to clear wins
	emergency atomic.Bool
	status    atomic.Pointer[Status]

	a, b     *side // b is the party that answered, or the only one tried
	bs       []*side
	joint    span.Joint
	joined   *side
	alerted  bool
	end      ending
	rec      cdr.Record
	complete time.Time // when the number was complete
	signed   time.Time // first sign of the called party
	answered time.Time
	fax      bool
	over     bool // next has said that the call has ended

	open    bool   // the caller may send more digits
	through bool   // and the called party takes them as they come
	more    string // digits that came while a called party had the number so far
}

func newCall(s *Switch, p Party, setup tdm.Primitive) *call {
	c := &call{
		s: s, policy: s.policy.Load(), id: newID(s.cfg.Now()), setup: setup,
		inbox: make(chan event, inboxSize), kill: make(chan ending, 1),
	}
	c.open = setup.ISDN != nil && !setup.ISDN.Complete
	c.a = newSide(p.Name(), s.cfg.Kind(p.Name()))
	c.a.party = p
	c.log = s.cfg.Log.With("call", c.id)
	c.status.Store(&Status{ID: c.id, State: Dialing, Start: s.cfg.Now(), From: setup.Calling.Digits, To: setup.Called, A: c.a.name, Direction: direction(c.a.kind, "")})
	return c
}

// newID returns 26 characters that sort by time: milliseconds and 10 random octets, in Crockford's base 32 (a ULID).
func newID(now time.Time) string {
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	var raw [16]byte
	ms := uint64(now.UnixMilli())
	for i := range 6 {
		raw[i] = byte(ms >> (40 - 8*i))
	}
	rand.Read(raw[6:]) // crypto/rand.Read never fails
	var out [26]byte
	var acc, bits, n = uint32(0), 2, 0 // 130 bits: two leading zeros
	for _, b := range raw {
		acc, bits = acc<<8|uint32(b), bits+8
		for bits >= 5 {
			bits -= 5
			out[n] = alphabet[acc>>bits&31]
			n++
		}
	}
	return string(out[:])
}

// up returns the way for sd's party to talk to the call.
func (c *call) up(sd *side) Up {
	return func(p tdm.Primitive) {
		select {
		case c.inbox <- event{sd, p}:
		default:
			if p.Kind == tdm.Release {
				select {
				case sd.gone <- struct{}{}:
				default: // it said so before
				}
			}
			c.clear(ending{by: cdr.ByGateway, cause: tdm.CauseSwitchingCongestion})
		}
	}
}

// clear asks the call to end. Safe from any goroutine.
func (c *call) clear(e ending) {
	select {
	case c.kill <- e:
	default:
	}
}

// next waits for the next primitive. alive is false when the call has ended, and c.end says why; ok is false when the timer
// fired first.
func (c *call) next(timer <-chan time.Time) (ev event, ok, alive bool) {
	for {
		select {
		case c.end = <-c.kill:
			c.over = true
			return event{}, false, false
		case <-timer:
			return event{}, false, true
		case ev = <-c.inbox:
		}
		if ev.from.released {
			continue
		}
		if ev.p.Kind == tdm.Notify {
			c.notify(ev)
			continue
		}
		c.sideEnds(ev)
		if ev.p.Kind == tdm.Release {
			c.released(ev.from)
		}
		if ev.from == c.a && (ev.p.Kind == tdm.Release || ev.p.Kind == tdm.Disconnect) {
			c.end = c.ended(cdr.ByCaller, ev)
			c.over = true
			return event{}, false, false
		}
		return ev, true, true
	}
}

// ended turns a Disconnect or Release into an ending.
func (c *call) ended(by string, ev event) ending {
	e := ending{by: by, cause: ev.p.Cause, status: ev.p.SIPStatus, detector: ev.p.Detector, reason: ev.p.Reason}
	if x := ev.p.ISDN; x != nil {
		e.location = &x.CauseLocation
	}
	if pump := ev.from.party.End().Pump; e.detector != "" && pump != nil {
		e.at = c.s.cfg.Now().Add(-tdm.Duration(max(pump.Now()-ev.p.At, 0)))
	}
	return e
}

func (c *call) notify(ev event) {
	args := []any{"event", ev.p.Event}
	if n := ev.p.Calling.Digits; n != "" { // a second caller's
		args = append(args, "from", n)
	}
	c.log.Info("notify", ev.from.place(args...)...)
	switch ev.p.Event {
	case "fax":
		c.fax = true
	case "charge":
		c.charge(ev)
	}
}

func (c *call) send(sd *side, p tdm.Primitive) {
	if !sd.released {
		sd.party.Send(p)
	}
}

func (c *call) setState(s State) {
	st := *c.status.Load()
	st.State, st.To, st.Answered, st.Route = s, c.rec.To, c.answered, c.rec.Route
	if c.b != nil {
		st.B, st.Direction = c.b.name, direction(c.a.kind, c.b.kind)
	}
	c.status.Store(&st)
}

// begin opens the record.
func (c *call) begin() {
	st := c.status.Load()
	c.rec = cdr.Record{
		ID: c.id, Start: st.Start, From: c.setup.Calling.Digits, FromName: c.setup.Calling.Name,
		To: c.setup.Called, Port: c.a.name, Direction: st.Direction,
	}
	c.log.Info("setup", c.a.place("from", c.rec.From, "to", c.rec.To)...)
	c.s.cfg.Records.Begin(c.rec)
}

// run is the life of a call, from Setup to the final record.
func (c *call) run() {
	defer c.s.remove(c)
	c.begin()
	defer c.finish()

	called, ok := c.number()
	for ok && c.connect(called) {
		called, ok = c.moreDigits(called)
	}
}

// connect routes the number and, when somebody answers, lasts as long as the call. It reports true when the called side has said
// that the number is incomplete and the caller can still send more of it.
func (c *call) connect(called string) (incomplete bool) {
	c.complete = c.s.cfg.Now()
	plan, found := c.policy.Routes.Route(route.Request{From: c.a.name, FromKind: c.a.kind, Called: called, Calling: c.calling()})
	c.rec.To, c.rec.Route = called, plan.Rule
	c.setState(Routing)
	c.s.cfg.Records.Update(c.rec)
	if !found {
		c.log.Warn("no route", "to", called, "rule", plan.Rule)
		c.end = ending{by: cdr.ByGateway, cause: plan.Deny}
		return false
	}
	c.emergency.Store(plan.Emergency)
	if !c.a.counted && !c.take(c.a) && !plan.Emergency {
		c.end = ending{by: cdr.ByGateway, cause: tdm.CauseNoCircuit}
		return false
	}
	c.log.Info("route", "rule", plan.Rule, "to", called, "as", plan.Called, "attempts", len(plan.Attempts), "emergency", plan.Emergency)
	if !c.open {
		c.send(c.a, tdm.Primitive{Kind: tdm.Proceeding})
	}
	c.more = ""
	if !c.ring(plan) {
		return !c.over && c.end.cause == tdm.CauseInvalidNumber && c.end.by == cdr.ByCalled && (c.open || c.more != "")
	}
	c.talk()
	return false
}

// calling is the caller's number as far as it may be used to route.
func (c *call) calling() string {
	if c.setup.Calling.Presentation != tdm.Allowed {
		return ""
	}
	return c.setup.Calling.Digits
}

// finish releases everything the call holds and writes its record.
func (c *call) finish() {
	c.setState(Clearing)
	ended := c.s.cfg.Now()
	c.quality()
	if c.joint != nil {
		c.joint.Close()
		c.joint = nil
	}
	c.rec.Ended, c.rec.Answered = ended, c.answered
	c.rec.Cause, c.rec.SIPStatus, c.rec.ReleasedBy = c.end.cause, c.end.status, c.end.by
	c.rec.Detector, c.rec.DetectorAt, c.rec.Reason = c.end.detector, c.end.at, c.end.reason
	c.disconnectAll()
	c.lastWords()
	for i, sd := range c.bs {
		if leg := &c.rec.Legs[i]; leg.Ended.IsZero() {
			leg.Ended = ended
			if sd == c.b {
				leg.Answered, leg.Cause = c.answered, c.end.cause
			}
		}
	}
	c.rec.Sides = c.sides()
	c.s.cfg.Records.Finish(c.rec)
	c.logEnd()

	c.awaitReleases()
	for _, sd := range append([]*side{c.a}, c.bs...) {
		c.leaves(sd)
	}
	if o := c.s.cfg.Observer; o != nil {
		o.CallEnded(c.summary(ended))
	}
}

// disconnectAll asks every party to clear for the reason that ended the call.
func (c *call) disconnectAll() {
	for _, sd := range append([]*side{c.a}, c.bs...) {
		c.disconnect(sd, c.end)
	}
}

// disconnect asks sd to clear, once.
func (c *call) disconnect(sd *side, why ending) {
	if sd.cleared || sd.released {
		return
	}
	c.closeLeg(sd, why.cause)
	sd.cleared = true
	p := tdm.Primitive{Kind: tdm.Disconnect, Cause: why.cause, SIPStatus: why.status}
	if why.location != nil {
		p.ISDN = &tdm.ISDN{CauseLocation: *why.location}
	}
	if sd.end == nil { // nothing came from it: it is told
		sd.end = &cdr.Side{Cause: p.Cause, Location: why.location, SIPStatus: p.SIPStatus}
	}
	sd.party.Send(p)
}

// closeLeg notes in the record how an attempt that did not get the call has ended.
func (c *call) closeLeg(sd *side, cause tdm.Cause) {
	for i, other := range c.bs {
		if other == sd && (sd != c.b || c.answered.IsZero()) {
			c.rec.Legs[i].Ended, c.rec.Legs[i].Cause = c.s.cfg.Now(), cause
		}
	}
}

// take counts sd as one of its port's calls and reports whether they are not too many now.
func (c *call) take(sd *side) bool {
	sd.counted = true
	n := c.s.count(sd.name, 1)
	if limit := c.policy.Limit; limit != nil {
		if most := limit(sd.name); most > 0 && n > most {
			c.log.Warn("too many calls", "line", sd.name, "limit", most)
			return false
		}
	}
	return true
}

// leaves ends take.
func (c *call) leaves(sd *side) {
	if sd.counted {
		sd.counted = false
		c.s.count(sd.name, -1)
	}
}

// released notes that sd's party has gone.
func (c *call) released(sd *side) {
	sd.released = true
	c.leaves(sd)
}

func (c *call) awaitReleases() {
	timer := time.NewTimer(releaseTimeout)
	defer timer.Stop()
	for _, sd := range append([]*side{c.a}, c.bs...) {
		for !sd.released {
			select {
			case <-sd.gone:
				c.released(sd)
			case ev := <-c.inbox:
				c.late(ev)
			case <-timer.C:
				c.log.Error("party did not release", "line", sd.name)
				return
			}
		}
	}
}

func (c *call) summary(ended time.Time) Summary {
	sum := Summary{
		A: c.a.name, Direction: c.status.Load().Direction, Cause: c.end.cause, Answered: !c.answered.IsZero(),
		By: c.end.by, Alerted: c.alerted, Fax: c.fax, Quality: c.rec.Quality,
	}
	if c.b != nil {
		sum.B = c.b.name
	}
	if !c.signed.IsZero() {
		sum.Setup = c.signed.Sub(c.complete)
	}
	if sum.Answered {
		sum.Ring, sum.Talk = c.answered.Sub(c.complete), ended.Sub(c.answered)
	}
	return sum
}

// direction is seen from the telephone network: a line or trunk that originates makes the call inbound, one that is called
// outbound, both a transit call, none an internal one.
func direction(a, b route.Kind) string {
	outside := func(k route.Kind) bool { return k == route.FXO || k == route.Trunk }
	switch {
	case outside(a) && outside(b):
		return "transit"
	case outside(a):
		return "inbound"
	case outside(b):
		return "outbound"
	}
	return "internal"
}
