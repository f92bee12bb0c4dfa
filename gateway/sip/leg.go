package sip

import (
	"log/slog"
	"sync"
	"time"

	"tipring/gateway/call"
	"tipring/gateway/rtp"
	"tipring/gateway/sdp"
	"tipring/tdm"
	"tipring/tdm/fsm"
	"tipring/tdm/span"

	"github.com/emiago/sipgo/sip"
)

// A leg is one SIP side of a call, as server or as client of the INVITE: a call.Party. Its goroutine owns all of its state;
// others post inputs. It ends when the call is over and nothing can come any more that it would have to answer.
type leg struct {
	s      *Server
	name   string
	who    peer
	media  Media
	log    *slog.Logger
	up     call.Up
	clear  bool        // octets and no sound (RFC 4040); set before the call knows of the leg
	stream *rtp.Stream // set before any audio is promised, closed with the Release

	mu     sync.Mutex // guards queue and dead
	queue  []input
	dead   bool
	signal chan struct{} // capacity 1

	state       state
	released    bool
	reason      string    // the peer's, for the Release
	isdn        *tdm.ISDN // likewise
	session     *sdp.Session
	applied     rtp.Params
	dlg         *dialog    // of a server leg from the start, of a client leg from the answer
	held        bool       // as last reported up
	onHold      bool       // we hold the peer
	planned     sdp.Result // what the INVITE's offer settled, for when the audio opens
	plannedFrom flow

	// Server side.
	invite   *serverTx
	tag      string
	early    bool         // a 183 with a description went out
	lastProv int          // last provisional status above 100
	minute   *time.Timer  // refreshes it
	answer   []byte       // description for the 200
	pending  *answeredTx  // a 2xx of ours, to the first or a later INVITE, that waits for its ACK
	reinvite *clientOffer // an INVITE of ours inside the dialog

	// Client side.
	setup   tdm.Primitive
	forks   []*fork
	best    *sip.Response // the failure to report when all forks have failed
	bestTry bool          // a fork never got a response
	ringing bool          // Proceeding has gone up
	alerted bool
	giveUp  *time.Timer // after CANCEL
}

// answeredTx is a 2xx to an INVITE that is repeated until its ACK comes (RFC 3261 §13.3.1.4).
type answeredTx struct {
	x        *serverTx
	res      *sip.Response
	seq      uint32
	interval time.Duration
	resend   *time.Timer
	limit    *time.Timer
	offered  bool // the 2xx carries our offer: the answer is in the ACK
}

func (p *answeredTx) stop() {
	p.resend.Stop()
	p.limit.Stop()
}

// input is one event with what belongs to it.
type input struct {
	event event
	prim  tdm.Primitive
	req   *sip.Request
	x     *serverTx
	f     flow
	res   *sip.Response
	fork  *fork
	on    bool
	gen   any // timers: what they were started for
}

// maxInputs bounds the inbox. A leg that does not keep up with its peer is cleared with cause 42.
const maxInputs = 256

var (
	_ call.Party    = (*leg)(nil)
	_ call.Reporter = (*leg)(nil)
)

func (s *Server) newLeg(who peer, name string) *leg {
	return &leg{s: s, name: name, who: who, media: s.dir.Load().media, log: s.log.With("party", name),
		signal: make(chan struct{}, 1)}
}

// Name is the name of the account or trunk.
func (l *leg) Name() string { return l.name }

// End is the RTP stream.
func (l *leg) End() span.End { return span.End{Leg: l.stream, Clear: l.clear} }

// unrestrictedDigital is the information transfer capability of a clear channel (Q.931 §4.5.5).
const unrestrictedDigital = 8

// isClear reports whether a call carries octets and no sound.
func isClear(setup tdm.Primitive) bool {
	return setup.ISDN != nil && setup.ISDN.Bearer.Capability == unrestrictedDigital
}

var downEvents = [...]event{tdm.SetupAck: evOverlap, tdm.Proceeding: evProceeding, tdm.Progress: evProgress,
	tdm.Alerting: evAlerting, tdm.Connect: evConnect, tdm.Disconnect: evDisconnect, tdm.Information: evDigit}

// Send delivers a primitive. Kinds that mean nothing to a SIP party are ignored.
func (l *leg) Send(p tdm.Primitive) {
	if int(p.Kind) < len(downEvents) && downEvents[p.Kind] != evNone {
		l.post(input{event: downEvents[p.Kind], prim: p})
	}
}

// Hold asks the peer to stop (on) or go on sending, by a re-INVITE. It never blocks.
func (l *leg) Hold(on bool) { l.post(input{event: evHold, on: on}) }

// post queues an input; false if the leg has ended.
func (l *leg) post(in input) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.dead:
		return false
	case len(l.queue) == maxInputs:
		l.s.count.overflows.Add(1)
		l.queue = append(l.queue, input{event: evOverflow})
	case len(l.queue) > maxInputs:
		return false
	default:
		l.queue = append(l.queue, in)
	}
	select {
	case l.signal <- struct{}{}:
	default:
	}
	return true
}

// take empties the inbox; with last it closes it if it is empty.
func (l *leg) take(into []input, last bool) ([]input, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	into = append(into[:0], l.queue...)
	clear(l.queue)
	l.queue = l.queue[:0]
	if last && len(into) == 0 {
		l.dead = true
	}
	return into, l.dead
}

// run is the leg's goroutine. begin sets the first state. The leg is in the table of legs already, so that a server that
// stops finds it.
func (l *leg) run(begin func()) {
	begin()
	var batch []input
	for {
		var dead bool
		if batch, dead = l.take(batch, l.finished()); dead {
			break
		}
		for _, in := range batch {
			l.step(in)
		}
		if len(batch) == 0 {
			<-l.signal
		}
	}
	l.stopTimers()
	if l.dlg != nil {
		l.s.dialogs.remove(l.dlg.callID, l.dlg.localTag)
	}
	for _, k := range l.forks {
		l.s.dialogs.remove(k.callID, k.tag)
	}
	if l.invite != nil {
		l.s.dialogs.finish(l.invite.req)
	}
	l.s.dialogs.leave(l)
}

func (l *leg) finished() bool {
	if l.state != ended {
		return false
	}
	for _, k := range l.forks {
		if !k.done {
			return false
		}
	}
	return true
}

func (l *leg) step(in input) {
	var row *fsm.Row[state, event, *leg, input]
	l.state, row = machine.Step(l, l.state, in.event, in)
	if row == nil && in.x != nil { // a request that this state has no use for
		in.x.respond(l.s.newResponse(in.req, 481, "", ""))
	}
	if l.s.took != nil {
		l.s.took(row)
	}
}

// after posts ev in d. gen tells a timer's expiry from that of one that was replaced.
func (l *leg) after(d time.Duration, ev event, gen any) *time.Timer {
	return time.AfterFunc(d, func() { l.post(input{event: ev, gen: gen}) })
}

func (l *leg) stopTimers() {
	for _, t := range []*time.Timer{l.minute, l.giveUp} {
		if t != nil {
			t.Stop()
		}
	}
	if l.pending != nil {
		l.pending.stop()
	}
	if l.reinvite != nil && l.reinvite.retry != nil {
		l.reinvite.retry.Stop()
	}
}

// tell sends a primitive up, before the Release.
func (l *leg) tell(p tdm.Primitive) {
	if !l.released && l.up != nil {
		l.up(p)
	}
}

// release is the last word up; it frees the stream. It does nothing the second time.
func (l *leg) release(cause tdm.Cause, status int) {
	l.releaseBy(cause, status, "")
}

func (l *leg) releaseBy(cause tdm.Cause, status int, detector string) {
	if l.released {
		return
	}
	l.released = true
	if l.stream != nil {
		l.stream.OnEvent(nil)
		l.stream.Close()
	}
	if l.up != nil {
		l.up(tdm.Primitive{Kind: tdm.Release, Cause: cause, SIPStatus: status, Detector: detector, SIPReason: l.reason, ISDN: l.isdn})
	}
}

// releasePeer is release for a reason that the peer gives in m; otherwise is its cause where m has none.
func (l *leg) releasePeer(m headered, otherwise tdm.Cause, status int) {
	c, location, reason := peerCause(m, otherwise)
	l.reason, l.isdn = reason, &tdm.ISDN{CauseLocation: location}
	l.release(c, status)
}
