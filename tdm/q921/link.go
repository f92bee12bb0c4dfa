package q921

import "tipring/tdm/fsm"

// A Link is one data link connection. It has one owner.
type Link struct {
	config Config
	state  State
	tei    uint8

	vs, va, vr     uint8 // V(S), V(A), V(R): §3.5.2
	rc             int   // RC: §5.9.2
	peerBusy       bool
	ownBusy        bool
	rejected       bool // reject exception: §3.6.7
	ackPending     bool
	layer3         bool // layer 3 initiated
	wantsRelease   bool // a DL-RELEASE request that the SDL saves in state 5
	wantsEstablish bool // a DL-ESTABLISH request that it saves in state 6

	queue  ring // I frames: first those that wait for acknowledgement, then those not yet sent
	units  ring // UI frames that wait for a TEI
	timers [numTimers]struct {
		gen            uint32
		running, moved bool
	}

	out   []Output
	arena []byte
	row   func(*fsm.Row[State, Event, *Link, *Input]) // tests look at the rows taken
	in    Input

	counters Counters
}

// Counters of a link.
type Counters struct {
	Sent, Received [numKinds]uint64
	Retransmitted  uint64 // I frames sent again
	Invalid        uint64 // frames that §2.9 discards, or for another address
	Unexpected     uint64 // events without a row: §5.5.4 discards them
	Errors         uint64 // MDL-ERROR indications
}

// New returns a link at rest: with its TEI and without a connection, or without a TEI if that is to be assigned. It panics
// on a configuration that Validate refuses.
func New(c Config) *Link {
	if err := c.Validate(); err != nil {
		panic(err)
	}
	l := &Link{config: c.resolved(), state: Assigned, tei: c.TEI}
	if c.Auto {
		l.state = Unassigned
	}
	l.queue.max, l.units.max = l.config.Queue, l.config.Queue
	return l
}

// State returns the state.
func (l *Link) State() State { return l.state }

// Up reports whether the link carries information.
func (l *Link) Up() bool { return l.state == Established || l.state == TimerRecovery }

// Counters returns what has been counted so far.
func (l *Link) Counters() Counters { return l.counters }

// Queued is the number of I frames that the peer has not acknowledged.
func (l *Link) Queued() int { return l.queue.n }

// Running reports whether a timer runs.
func (l *Link) Running(t Timer) bool { return l.timers[t].running }

// Input takes one event and returns what is to be done, in order; the slice and the frames in it are valid until the next
// Input. Only the owner calls it.
func (l *Link) Input(in Input) []Output {
	l.out, l.arena, l.in = l.out[:0], l.arena[:0], in
	switch in.Event {
	case Received:
		l.receive(&l.in)
	case Expired:
		t := &l.timers[in.Timer]
		if !t.running || t.gen != in.Gen {
			return nil // it crossed a stop or a restart
		}
		t.running = false
		l.step(expiredT200+Event(in.Timer), &l.in)
	default:
		if in.Event >= expiredT200 {
			return nil
		}
		l.step(in.Event, &l.in)
	}
	if l.queue.n > l.unacknowledged() {
		l.step(queuedUp, &l.in)
	}
	l.settle()
	return l.out
}

func (l *Link) step(e Event, in *Input) {
	next, row := table.Step(l, l.state, e, in)
	if l.row != nil {
		l.row(row)
	}
	if row == nil {
		l.counters.Unexpected++
		return
	}
	l.state = next
	// A request that the SDL saved comes in again once the state that saved it is left.
	switch {
	case l.wantsRelease && next != AwaitingEstablishment:
		l.wantsRelease = false
		if next == Established {
			l.step(ReleaseRequest, in)
		}
	case l.wantsEstablish && next != AwaitingRelease:
		l.wantsEstablish = false
		l.step(EstablishRequest, in)
	}
}

var frameEvents = [numKinds]Event{I: gotI, RR: gotRR, RNR: gotRNR, REJ: gotREJ, SABME: gotSABME, DM: gotDM, UI: gotUI, DISC: gotDISC,
	UA: gotUA, FRMR: gotFRMR, XID: gotBad, Undefined: gotBad}

// Whether a kind of frame is a command, a response or both: table 5.
var (
	isCommand  = [numKinds]bool{I: true, RR: true, RNR: true, REJ: true, SABME: true, UI: true, DISC: true, XID: true}
	isResponse = [numKinds]bool{RR: true, RNR: true, REJ: true, DM: true, UA: true, FRMR: true, XID: true}
)

const broadcastTEI = 127

func (l *Link) receive(in *Input) {
	f, err := Parse(in.Octets, !l.config.Network)
	if err != nil || f.SAPI != l.config.SAPI || f.TEI != l.tei && (f.Kind != UI || f.TEI != broadcastTEI) {
		l.counters.Invalid++
		return
	}
	l.counters.Received[f.Kind]++
	in.frame = f
	event := frameEvents[f.Kind]
	switch {
	case f.Kind == Undefined || f.Kind == XID || f.Command && !isCommand[f.Kind] || !f.Command && !isResponse[f.Kind]:
		in.code = NotImplemented
	case len(f.Info) > 0 && f.Kind != I && f.Kind != UI && f.Kind != FRMR:
		in.code = InfoNotPermitted
	case f.Kind == FRMR && len(f.Info) != 5:
		in.code = WrongSize
	case len(f.Info) > l.config.N201:
		in.code = TooLong
	}
	if in.code != 0 {
		event = gotBad
	}
	l.step(event, in)
}

func (l *Link) emit(a Action) { l.out = append(l.out, Output{Action: a}) }
func (l *Link) mdlError(c ErrorCode) { // MDL-ERROR indication
	l.counters.Errors++
	l.out = append(l.out, Output{Action: ErrorIndication, Code: c})
}

func (l *Link) start(t Timer) {
	l.timers[t].gen++
	l.timers[t].running, l.timers[t].moved = true, true
}

func (l *Link) stop(t Timer) {
	if l.timers[t].running {
		l.timers[t].running, l.timers[t].moved = false, true
	}
}

// settle turns the changes of the timers into outputs, one a timer.
func (l *Link) settle() {
	for t := range numTimers {
		x := &l.timers[t]
		if !x.moved {
			continue
		}
		x.moved = false
		if !x.running {
			l.out = append(l.out, Output{Action: Stop, Timer: t})
			continue
		}
		after := l.config.T200
		if t == T203 {
			after = l.config.T203
		}
		l.out = append(l.out, Output{Action: Start, Timer: t, Gen: x.gen, After: after})
	}
}

func (l *Link) transmit(f Frame) {
	f.SAPI, f.TEI = l.config.SAPI, l.tei
	l.counters.Sent[f.Kind]++
	from := len(l.arena)
	l.arena = f.Append(l.arena, l.config.Network)
	l.out = append(l.out, Output{Action: Send, Octets: l.arena[from:len(l.arena):len(l.arena)]})
}

func (l *Link) command(k Kind, p bool)  { l.transmit(Frame{Kind: k, Command: true, PF: p, NR: l.vr}) }
func (l *Link) response(k Kind, f bool) { l.transmit(Frame{Kind: k, PF: f, NR: l.vr}) }
