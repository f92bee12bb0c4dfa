package sip

import (
	"context"
	"net/netip"
	"strings"

	"tipring/gateway/call"
	"tipring/gateway/sdp"
	"tipring/tdm"

	"github.com/emiago/sipgo/sip"
)

// The client side of an INVITE (RFC 3261 §13.2, §9.1). An account is called at all its contacts at once, each with an INVITE
// and a Call-ID of its own; the first to answer wins, the others are cancelled.

// maxRedirects bounds how often a fork follows a redirection, maxChallenges how often it answers one.
const (
	maxRedirects  = 5
	maxChallenges = 2
)

// destination is where an INVITE goes.
type destination struct {
	target  sip.Uri // Request-URI
	routes  []string
	network string
	host    string
	port    int
	f       flow // used as it is, when set
}

// A fork is one INVITE of a client leg.
type fork struct {
	to          destination
	callID, tag string
	seq         uint32
	tx          *clientTx
	req         *sip.Request
	f           flow
	provisional bool // a CANCEL may be sent
	cancel      tdm.Cause
	cancelling  bool // meant to be cancelled
	cancelSent  bool
	done        bool // a final response came, or none will
	moved       bool // from UDP to TCP, for its size
	stay        bool // over UDP, whatever its size
	redirects   int
	challenges  int
}

// Call starts a call to all contacts of the account.
func (a *account) Call(setup tdm.Primitive, up call.Up) call.Party {
	cfg := a.cfg.Load()
	l := a.s.newLeg(peer{account: a}, cfg.Name)
	l.setup, l.up, l.clear = setup, up, isClear(setup)
	return a.s.startClient(l, a.destinations())
}

// Call starts a call through the trunk.
func (t *trunk) Call(setup tdm.Primitive, up call.Up) call.Party {
	l := t.s.newLeg(peer{trunk: t}, t.cfg.Name)
	l.setup, l.up, l.clear = setup, up, isClear(setup)
	if st := t.state.get(); !st.Up && !setup.Emergency {
		return t.s.refuseClient(l, tdm.CauseNetworkOutOfOrder, 503)
	}
	return t.s.startClient(l, []destination{t.destination(setup.Called)})
}

// startClient begins a leg towards dests. Nothing to call is "temporarily unavailable".
func (s *Server) startClient(l *leg, dests []destination) call.Party {
	if len(dests) == 0 {
		return s.refuseClient(l, tdm.CauseSubscriberAbsent, 480)
	}
	s.dialogs.enter(l)
	if s.draining.Load() || !s.spawn(func() { l.run(func() { l.beginClient(dests) }) }) {
		s.dialogs.leave(l)
		return s.refuseClient(l, tdm.CauseTemporaryFailure, 503)
	}
	return l
}

// refuseClient ends a leg that never began. The Release comes from another goroutine, as always.
func (s *Server) refuseClient(l *leg, cause tdm.Cause, status int) call.Party {
	l.dead = true
	go l.release(cause, status)
	return l
}

func (l *leg) beginClient(dests []destination) {
	l.state = calling
	for _, d := range dests {
		l.forks = append(l.forks, &fork{to: d, callID: randomText(), tag: randomText()})
	}
	// The first fork's way decides which of our addresses the description gives.
	f, err := l.s.reach(l.forks[0].to)
	if err == nil {
		err = l.openMedia(f)
	}
	if err != nil {
		l.log.Warn("sip: call not started", "error", err)
		for _, k := range l.forks {
			k.done = true
		}
		l.state = ended
		l.release(tdm.CauseResourceUnavailable, 503)
		return
	}
	offer := l.session.Offer(sdp.SendRecv)
	for _, k := range l.forks {
		l.sendInvite(k, offer, nil)
	}
}

// reach finds the way to a destination.
func (s *Server) reach(d destination) (flow, error) {
	if d.f.sock != nil && d.f.usable() {
		return d.f, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), hopTimeout)
	defer cancel()
	to, err := s.transport.resolve(ctx, d.host, d.port)
	if err != nil {
		return flow{}, err
	}
	return s.transport.flowTo(d.network, to)
}

// sendInvite sends a fork's INVITE, anew with credentials when challenged.
func (l *leg) sendInvite(k *fork, offer []byte, challenge *sip.Response) {
	k.seq++
	k.provisional, k.cancelSent = false, false
	f, err := l.s.reach(k.to)
	if err != nil {
		l.log.Warn("sip: INVITE not sent", "error", err)
		l.post(input{event: evFailure, fork: k})
		return
	}
	req := sip.NewRequest(sip.INVITE, k.to.target)
	for _, r := range k.to.routes {
		req.AppendHeader(sip.NewHeader("Route", r))
	}
	id := l.identity()
	addCommon(req, id.from, k.tag, party{uri: toURI(k.to.target)}, "", k.callID, k.seq)
	k.f = f
	req.AppendHeader(l.contactAt(f))
	for _, h := range id.extra {
		req.AppendHeader(h)
	}
	req.AppendHeader(allowHeader())
	req.AppendHeader(sip.NewHeader("Accept", sdpType))
	if a := alertInfo(l.setup.AlertInfo); a != "" {
		req.AppendHeader(sip.NewHeader("Alert-Info", a))
	}
	if challenge != nil && !l.credentials().answer(req, challenge) {
		l.post(input{event: evFailure, fork: k, res: challenge})
		return
	}
	setSDP(req, offer)
	l.s.finish(req)
	addVia(req, f)
	if !k.stay {
		was := f.reliable()
		f = l.s.fit(req, f)
		k.moved = f.reliable() && !was
	}
	k.req, k.f = req, f
	l.s.dialogs.add(k.callID, k.tag, l, k)
	tx, err := l.s.tx.request(req, f, func(res *sip.Response) { l.responded(k, req, f, res) })
	if err != nil {
		l.post(input{event: evFailure, fork: k})
		return
	}
	k.tx = tx
}

// responded takes a response on the transaction's goroutine.
func (l *leg) responded(k *fork, req *sip.Request, f flow, res *sip.Response) {
	in := input{event: evFailure, fork: k, req: req, f: f, res: res}
	if res != nil {
		switch res.StatusCode / 100 {
		case 1:
			in.event = evProvisional
		case 2:
			in.event = evAnswer
		}
	}
	if !l.post(in) && in.event == evAnswer {
		// The leg has ended: whoever answers now is thanked and hung up on (§13.2.2.4). Not here: this may be a reader.
		l.s.spawn(func() { l.s.ackLate(req, res, f, l.credentials()) })
	}
}

// ackLate acknowledges a 2xx that nobody wants any more and clears its dialog.
func (s *Server) ackLate(req *sip.Request, res *sip.Response, f flow, creds credentials) {
	d := clientDialog(req, f)
	d.confirm(res)
	ack := d.request(sip.ACK, req.CSeq().SeqNo)
	s.tx.mu.Lock()
	tx := s.tx.client[clientKey(req.Via(), sip.INVITE)]
	s.tx.mu.Unlock()
	s.sendACK(tx, ack, req, d, f)
	bye := d.request(sip.BYE, 0)
	bye.AppendHeader(reasonHeader(tdm.CauseNormalClearing))
	s.sendBYE(bye, d, creds)
}

// clientDialog begins the dialog of an INVITE of ours.
func clientDialog(req *sip.Request, f flow) *dialog {
	return &dialog{callID: req.CallID().Value(), localTag: tagOf(req.From().Params), f: f,
		local: party{req.From().DisplayName, req.From().Address}, remote: party{req.To().DisplayName, req.To().Address},
		target: req.Recipient, localSeq: req.CSeq().SeqNo}
}

// provisional takes a 1xx: the first says that the call is on its way; 180 that the user is alerted; a description in one
// opens early media (RFC 3960).
func (l *leg) provisional(in input) {
	k, res := in.fork, in.res
	if in.req != k.req {
		return // of an INVITE that has been sent anew
	}
	k.provisional = true
	if !l.ringing {
		l.ringing = true
		l.tell(tdm.Primitive{Kind: tdm.Proceeding})
	}
	inBand := false
	if len(res.Body()) > 0 && isSDP(res) {
		l.session.Reopen() // another fork's early media may be open: the newest is heard
		if r, err := l.session.Accept(res.Body()); err == nil && l.settle(r, in.f) == nil {
			inBand = true
		}
	}
	switch {
	case res.StatusCode == 180 && !l.alerted:
		l.alerted = true
		l.tell(tdm.Primitive{Kind: tdm.Alerting, InBand: inBand})
	case inBand:
		l.tell(tdm.Primitive{Kind: tdm.Progress, InBand: true})
	}
}

// answeredBy takes the first 2xx.
func (l *leg) answeredBy(in input) {
	k, res := in.fork, in.res
	k.done = true
	d := clientDialog(in.req, in.f)
	d.confirm(res)
	d.symmetric = l.who.account != nil
	l.dlg = d
	l.sendACK(k.tx, in.req, in.f)
	l.cancelForks(k, 26) // non-selected user clearing
	if len(res.Body()) > 0 || !l.applied.Remote.IsValid() {
		l.session.Reopen()
		r, err := l.session.Accept(res.Body())
		if err == nil {
			err = l.settle(r, in.f)
		}
		if err != nil {
			l.log.Info("sip: answer not usable", "error", err)
			l.post(input{event: evUnusable})
			return
		}
	}
	l.tell(tdm.Primitive{Kind: tdm.Connect})
}

// lateAnswer is a 2xx from a fork that lost, or a second one from behind a forking proxy.
func (l *leg) lateAnswer(in input) {
	l.finish(in.fork)
	l.s.ackLate(in.req, in.res, in.f, l.credentials())
}

// lastFork decides about a final failure: whether it can be tried another way, and whether it is the last. It is the guard
// of the row that ends the call, and the place where challenges and redirections are followed.
func (l *leg) lastFork(in input) bool {
	k, res := in.fork, in.res
	if k.done || res != nil && in.req != nil && in.req != k.req {
		return false
	}
	if l.again(k, res) {
		return false
	}
	l.finish(k)
	l.note(res)
	if res != nil && res.StatusCode >= 600 { // §16.7 step 5: everywhere
		l.cancelForks(k, causeOf(res))
		return true
	}
	for _, o := range l.forks {
		if !o.done {
			return false
		}
	}
	return true
}

// again tries a fork another way; false if there is none.
func (l *leg) again(k *fork, res *sip.Response) bool {
	if res == nil && k.moved && !k.provisional && !k.cancelling { // §18.1.1: the peer has no TCP
		k.moved, k.stay = false, true
		l.sendInvite(k, k.req.Body(), nil)
		return true
	}
	if res == nil || k.cancelling {
		return false
	}
	switch status := res.StatusCode; {
	case (status == 401 || status == 407) && k.challenges < maxChallenges && l.credentials().suits(res):
		k.challenges++
		l.sendInvite(k, k.req.Body(), res)
		return true
	case status/100 == 3 && k.redirects < maxRedirects && l.who.trunk != nil:
		to, ok := l.who.trunk.redirect(res, k.to)
		if !ok {
			return false
		}
		k.redirects++
		k.to = to
		l.sendInvite(k, k.req.Body(), nil)
		return true
	}
	return false
}

// redirect takes the first contact of a 3xx whose host is the trunk's own: anybody else would be called at the trunk's
// say-so (toll fraud). The identity of the callee may change, the trunk may not.
func (t *trunk) redirect(res *sip.Response, to destination) (destination, bool) {
	for _, h := range res.GetHeaders("Contact") {
		c, ok := h.(*sip.ContactHeader)
		if !ok || c.Address.Wildcard || c.Address.Scheme != "sip" {
			continue
		}
		host := c.Address.Host
		a, err := netip.ParseAddr(host)
		if !strings.EqualFold(host, t.cfg.Host) && !strings.EqualFold(host, t.cfg.Domain) && (err != nil || !t.hasSource(a.Unmap())) {
			continue
		}
		to.target = c.Address
		to.target.Headers = nil
		return to, true
	}
	return to, false
}

// note keeps the best failure: 6xx, then the lowest class (§16.7 step 6).
func (l *leg) note(res *sip.Response) {
	if res == nil {
		l.bestTry = true
		return
	}
	better := l.best == nil
	if !better {
		old, now := l.best.StatusCode/100, res.StatusCode/100
		better = now == 6 && old != 6 || old != 6 && now < old
	}
	if better {
		l.best = res
	}
}

// forkFailed has nothing more to do than its guard did, except in states without one.
func (l *leg) forkFailed(in input) {
	if in.res == nil || in.req == nil || in.req == in.fork.req {
		if l.state == confirmed || l.state == ended {
			l.finish(in.fork)
		}
	}
}

// finish forgets a fork that did not win.
func (l *leg) finish(k *fork) {
	k.done = true
	l.s.dialogs.remove(k.callID, k.tag)
}

// failed ends a call that nobody took.
func (l *leg) failed(input) {
	if l.best == nil { // nobody said anything (§8.1.3.1)
		l.release(tdm.CauseNoUserResponding, 408)
		return
	}
	l.releasePeer(l.best, StatusToCause(l.best.StatusCode), l.best.StatusCode)
}

// cancelCall answers Disconnect before anybody answered.
func (l *leg) cancelCall(in input) {
	cause := in.prim.Cause
	if cause == 0 {
		cause = tdm.CauseNormalClearing
	}
	l.cancelForks(nil, cause)
	l.release(cause, in.prim.SIPStatus)
}

// earlyPeerBYE is a BYE from a peer that has not answered.
func (l *leg) earlyPeerBYE(in input) {
	in.x.respond(l.s.newResponse(in.req, 200, "", ""))
	l.cancelForks(nil, tdm.CauseNormalClearing)
	l.releasePeer(in.req, tdm.CauseNormalClearing, 0)
}

// cancelForks cancels all but one. Where no provisional response came yet, CANCEL waits for it (§9.1).
func (l *leg) cancelForks(but *fork, cause tdm.Cause) {
	left := false
	for _, k := range l.forks {
		if k == but || k.done {
			continue
		}
		left = true
		k.cancelling, k.cancel = true, cause
		if k.provisional {
			l.sendCANCEL(k)
		}
	}
	if left && l.giveUp == nil {
		l.giveUp = l.after(timer64T1, evGiveUp, nil)
	}
}

// cancelPending sends the CANCEL that waited for a provisional response.
func (l *leg) cancelPending(in input) {
	if k := in.fork; in.req == k.req && k.cancelling && !k.done {
		k.provisional = true
		l.sendCANCEL(k)
	}
}

// sendCANCEL builds a CANCEL from its INVITE (§9.1): same branch, same number, no Contact.
func (l *leg) sendCANCEL(k *fork) {
	if k.cancelSent {
		return
	}
	k.cancelSent = true
	inv := k.req
	req := sip.NewRequest(sip.CANCEL, inv.Recipient)
	req.AppendHeader(inv.Via().Clone())
	sip.CopyHeaders("Route", inv, req)
	addCommon(req, party{inv.From().DisplayName, inv.From().Address}, tagOf(inv.From().Params),
		party{inv.To().DisplayName, inv.To().Address}, "", k.callID, inv.CSeq().SeqNo)
	req.AppendHeader(reasonHeader(k.cancel))
	l.s.finish(req)
	l.s.tx.request(req, k.f, func(*sip.Response) {})
}

// abandonForks stops waiting for those that do not even answer to CANCEL.
func (l *leg) abandonForks(input) {
	for _, k := range l.forks {
		if !k.done {
			l.finish(k)
			if k.tx != nil {
				k.tx.stop()
			}
		}
	}
}
