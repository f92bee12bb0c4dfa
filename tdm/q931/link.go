package q931

import (
	"cmp"
	"slices"
	"time"

	"tipring/tdm"
	"tipring/tdm/fsm"
	"tipring/tdm/q921"
)

// A CallID names a call of a Link to its user. It is never 0, and not used again for a long time.
type CallID uint32

// OutputKind says what an Output is.
type OutputKind uint8

// The outputs of a Link.
const (
	ToLine      OutputKind = iota // put Octets on D channel D
	Up                            // Primitive of Call. A Setup offers a new call
	DChannel                      // D channel D has come up or gone down: OK
	Service                       // Channel is usable or not: OK
	Cleared                       // Channels have been restarted by the peer: audio is to let go of them, then Confirm
	RestartDone                   // the peer has acknowledged a restart of Channel (OK), or it does not answer
	Fault                         // Err, for a log
)

// An Output is one thing to do.
type Output struct {
	Kind      OutputKind
	D         int
	Octets    []byte // valid until the Link is called again
	Call      CallID
	Primitive tdm.Primitive
	Channel   tdm.Channel
	Channels  []tdm.Channel
	OK        bool
	Err       string
}

// A Link is one signalling group. It has one owner.
type Link struct {
	config Config
	times  Timers
	table  *callTable
	roles  *roles
	now    time.Duration
	clock  clock

	d        []*dLink
	active   int // the D channel that carries layer 3
	channels [][32]bChannel
	calls    map[uint32]*call // by reference and side
	byID     map[CallID]*call
	free     []*call
	lastRef  uint16
	lastID   CallID

	restart restarter
	backup  timer // T321
	claimed bool  // SERVICE has named the active D channel, and the peer has not spoken on it yet
	segment reassembly

	msg     Message // what is at hand
	in      input
	prim    tdm.Primitive
	out     []Output
	arena   []byte
	build   []byte // the message being built
	pending []pendingMessage
	row     func(*fsm.Row[State, event, *call, *input])

	counters Counters
}

type pendingMessage struct{ d, from, to int }

// A dLink is a D channel.
type dLink struct {
	index  int
	iface  int
	data   *q921.Link
	since  time.Duration // when it entered its state
	timers [2]timer
	retry  timer
	wanted bool // Start was called and Stop was not
	lineUp bool
	up     bool
}

// Counters of a Link.
type Counters struct {
	CallsOut, CallsIn uint64
	Messages          uint64
	Ignored           uint64 // messages that §5.8 ignores
	Unexpected        uint64 // answered with STATUS
	Glare             uint64
	Refused           uint64 // SETUPs for want of room or a channel
	CaughtUp          uint64 // answers repeated that a reset of the data link had lost
	TimerExpiries     [numTimers]uint64
}

// New returns a group at rest: no D channel is up. It panics on a configuration that Validate refuses.
func New(c Config) *Link {
	if err := c.Validate(); err != nil {
		panic(err)
	}
	if c.Retry == 0 {
		c.Retry = defaultRetry
	}
	if c.MaxCalls == 0 {
		c.MaxCalls = 64 * len(c.Interfaces)
	}
	l := &Link{config: c, times: c.timers(), calls: make(map[uint32]*call), byID: make(map[CallID]*call),
		channels: make([][32]bChannel, len(c.Interfaces))}
	l.table, l.roles = tables(c)
	for i, iface := range c.DChannels {
		d := &dLink{index: i, iface: iface, data: q921.New(c.dataLink()), lineUp: true}
		d.timers[0] = timer{kind: t200, link: d}
		d.timers[1] = timer{kind: t203, link: d}
		d.retry = timer{kind: tEstablish, link: d}
		l.d = append(l.d, d)
	}
	l.backup.kind = t321
	l.restart.init()
	l.segment.t314.kind = t314
	for i, x := range c.Interfaces {
		for t := range 32 {
			l.channels[i][t].exists = x.Channels>>t&1 != 0
			l.channels[i][t].maintenance.kind = t3M1
		}
	}
	return l
}

// Counters returns what has been counted so far.
func (l *Link) Counters() Counters { return l.counters }

// DataLink returns the state of D channel d's data link and what it has counted.
func (l *Link) DataLink(d int) (q921.State, q921.Counters) {
	return l.d[d].data.State(), l.d[d].data.Counters()
}

// Calls is the number of calls in being.
func (l *Link) Calls() int { return len(l.byID) }

// Next returns the moment at which Advance has something to do.
func (l *Link) Next() (at time.Duration, ok bool) {
	if len(l.clock.heap) == 0 {
		return 0, false
	}
	return l.clock.heap[0].at, true
}

// begin is the start of every input.
func (l *Link) begin(now time.Duration) {
	l.now = max(l.now, now)
	l.out, l.arena, l.pending = l.out[:0], l.arena[:0], l.pending[:0]
}

// end is its end: what was built goes to the data links.
func (l *Link) end() []Output {
	for i := 0; i < len(l.pending); i++ {
		p := l.pending[i]
		d := l.d[p.d]
		l.data(d, q921.Input{Event: q921.DataRequest, Octets: l.arena[p.from:p.to]})
	}
	l.pending = l.pending[:0]
	return l.out
}

// Start sets the data links up, and keeps setting them up when they fail.
func (l *Link) Start(now time.Duration) []Output {
	l.begin(now)
	for _, d := range l.d {
		d.wanted = true
		if d.lineUp {
			l.data(d, q921.Input{Event: q921.EstablishRequest})
		}
	}
	return l.end()
}

// Stop takes the data links down. Calls are cleared.
func (l *Link) Stop(now time.Duration) []Output {
	l.begin(now)
	for _, d := range l.d {
		d.wanted = false
		l.clock.stop(&d.retry)
		l.data(d, q921.Input{Event: q921.ReleaseRequest})
	}
	return l.end()
}

// Line tells whether the span that carries D channel d works.
func (l *Link) Line(now time.Duration, d int, up bool) []Output {
	l.begin(now)
	x := l.d[d]
	switch {
	case x.lineUp == up:
	case up:
		x.lineUp = true
		if x.wanted {
			l.data(x, q921.Input{Event: q921.EstablishRequest})
		}
	default:
		x.lineUp = false
		l.clock.stop(&x.retry)
		l.data(x, q921.Input{Event: q921.Deactivated})
	}
	return l.end()
}

// Frame takes a frame from D channel d, without its FCS.
func (l *Link) Frame(now time.Duration, d int, octets []byte) []Output {
	l.begin(now)
	x := l.d[d]
	l.data(x, q921.Input{Event: q921.Received, Octets: octets})
	return l.acknowledged(x)
}

// Frames takes frames from D channel d that have come in the meantime, the oldest first, without their FCS. One
// acknowledgement answers them all.
func (l *Link) Frames(now time.Duration, d int, frames [][]byte) []Output {
	l.begin(now)
	x := l.d[d]
	for _, b := range frames {
		l.data(x, q921.Input{Event: q921.Received, Octets: b})
	}
	return l.acknowledged(x)
}

// acknowledged sends what the frames of a D channel have caused, and an acknowledgement if nothing that was sent is one.
func (l *Link) acknowledged(x *dLink) []Output {
	l.end()
	l.data(x, q921.Input{Event: q921.Flush})
	return l.end()
}

// Advance moves the time and lets timers expire.
func (l *Link) Advance(now time.Duration) []Output {
	l.begin(now)
	for {
		t := l.clock.due(l.now)
		if t == nil {
			return l.end()
		}
		l.counters.TimerExpiries[t.kind]++
		l.expire(t)
	}
}

func (l *Link) expire(t *timer) {
	switch {
	case t.call != nil:
		t.call.expire(t.kind)
	case t.kind == t200:
		l.data(t.link, q921.Input{Event: q921.Expired, Timer: q921.T200, Gen: t.gen})
	case t.kind == t203:
		l.data(t.link, q921.Input{Event: q921.Expired, Timer: q921.T203, Gen: t.gen})
	case t.kind == tEstablish:
		l.data(t.link, q921.Input{Event: q921.EstablishRequest})
	case t.kind == t314:
		l.segment.expire()
	case t.kind == t321:
		l.backupSilent()
	case t.kind == t3M1:
		l.maintenanceSilent(t)
	default:
		l.restart.expire(l, t.kind)
	}
}

// data gives an event to a data link and handles what it wants.
func (l *Link) data(d *dLink, in q921.Input) {
	was := d.data.State()
	out := d.data.Input(in)
	if d.data.State() != was {
		d.since = l.now
	}
	l.handle(d, out)
}

func (l *Link) handle(d *dLink, out []q921.Output) {
	for i := range out {
		o := &out[i]
		switch o.Action {
		case q921.Send:
			from := len(l.arena)
			l.arena = append(l.arena, o.Octets...)
			l.out = append(l.out, Output{Kind: ToLine, D: d.index, Octets: l.arena[from:len(l.arena):len(l.arena)]})
		case q921.Start:
			t := &d.timers[o.Timer]
			t.gen = o.Gen
			l.clock.start(t, l.now+o.After)
		case q921.Stop:
			l.clock.stop(&d.timers[o.Timer])
		case q921.DataIndication:
			l.receive(d, o.Octets)
		case q921.EstablishIndication, q921.EstablishConfirm:
			l.linkUp(d)
		case q921.ReleaseIndication, q921.ReleaseConfirm:
			l.linkDown(d)
		case q921.ErrorIndication:
			l.out = append(l.out, Output{Kind: Fault, D: d.index, Err: "data link: " + o.Code.String()})
			if d.index == l.active && o.Code >= q921.UnexpectedDM && o.Code != q921.NoAnswerToSABME && o.Code != q921.NoAnswerToDISC {
				l.audit()
			}
		}
	}
}

// linkUp is DL-ESTABLISH indication or confirm: the link is new, or was reset (§5.8.8).
func (l *Link) linkUp(d *dLink) {
	l.clock.stop(&d.retry)
	was := d.up
	d.up = true
	if !was {
		l.out = append(l.out, Output{Kind: DChannel, D: d.index, OK: true})
	}
	if !was && (d.index == l.active || !l.d[l.active].up) {
		l.carry(d)
	}
	if d.index == l.active {
		l.each(linkReset)
		l.restart.linkUp(l)
	}
}

// linkDown is DL-RELEASE (§5.8.9). Where another D channel is up, it takes over, and calls go on (Annex F).
func (l *Link) linkDown(d *dLink) {
	was := d.up
	d.up = false
	if was {
		l.out = append(l.out, Output{Kind: DChannel, D: d.index})
	}
	if d.wanted && d.lineUp {
		l.clock.start(&d.retry, l.now+l.config.Retry)
	}
	if !was || d.index != l.active {
		return
	}
	for _, other := range l.d {
		if other.up {
			l.failover(other)
			return
		}
	}
	l.each(linkFailed)
}

// each gives an event to every call in being.
func (l *Link) each(e event) {
	for _, c := range l.sorted() {
		if id := c.id; l.byID[id] == c {
			c.step(e, &input{})
		}
	}
}

// sorted are the calls in being, the oldest first.
func (l *Link) sorted() []*call {
	list := make([]*call, 0, len(l.byID))
	for _, c := range l.byID {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b *call) int { return cmp.Compare(a.id, b.id) })
	return list
}

// audit asks the peer for the state of every call. It is done when the data link was reset and layer 3 is not told, because
// nothing was lost: the peer may have had a failure of the link in between (§5.8.9) and know some calls no more.
func (l *Link) audit() {
	for _, c := range l.sorted() {
		if s := c.state; s != ReleaseRequest && s != l.roles.clearing && s != l.roles.cleared && !c.timers[t322].running() {
			c.enquiries = 0
			c.enquire()
		}
	}
}

// Up reports whether layer 3 can be spoken.
func (l *Link) Up() bool { return l.d[l.active].up }

// Active is the D channel that carries layer 3.
func (l *Link) Active() int { return l.active }

func (l *Link) up(c *call, p tdm.Primitive) {
	l.out = append(l.out, Output{Kind: Up, Call: c.id, Primitive: p, Channel: c.channel})
}

func (l *Link) fault(s string) { l.out = append(l.out, Output{Kind: Fault, D: l.active, Err: s}) }
