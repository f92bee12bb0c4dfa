package sip

import (
	"math/rand/v2"
	"strings"
	"time"

	"tipring/gateway/sdp"
	"tipring/tdm"

	"github.com/emiago/sipgo/sip"
)

// What happens inside a confirmed dialog.

// clientOffer is an INVITE of ours inside the dialog.
type clientOffer struct {
	dir   sdp.Direction
	tx    *clientTx
	retry *time.Timer // set while it waits after a 491
	auth  bool        // a challenge has been answered
}

// inOrder checks the number of a request (§12.2.2) and answers one that is out of order.
func (l *leg) inOrder(in input) bool {
	seq := in.req.CSeq().SeqNo
	if tagOf(in.req.From().Params) != l.dlg.remoteTag && l.dlg.remoteTag != "" {
		in.x.respond(l.s.newResponse(in.req, 481, "", ""))
		return false
	}
	if seq <= l.dlg.remoteSeq {
		in.x.respond(l.s.newResponse(in.req, 500, "CSeq Out Of Order", ""))
		return false
	}
	l.dlg.remoteSeq = seq
	return true
}

// refreshTarget is §12.2.2.
func (l *leg) refreshTarget(req *sip.Request) {
	if c := req.Contact(); c != nil && !c.Address.Wildcard {
		l.dlg.target = c.Address
	}
}

func (l *leg) byeReceived(in input) {
	in.x.respond(l.s.newResponse(in.req, 200, "", ""))
	l.releasePeer(in.req, tdm.CauseNormalClearing, 0)
}

// crossedBYE answers a BYE that met ours.
func (l *leg) crossedBYE(in input) { in.x.respond(l.s.newResponse(in.req, 200, "", "")) }

// hangUp answers Disconnect.
func (l *leg) hangUp(in input) {
	cause := in.prim.Cause
	if cause == 0 {
		cause = tdm.CauseNormalClearing
	}
	in.prim.Cause = cause
	l.byeWith(reasonFor(in.prim))
	l.release(cause, 0)
}

func (l *leg) sendBYE(in input) {
	l.bye(tdm.CauseNormalClearing)
}

func (l *leg) mediaLost(input) {
	l.bye(tdm.CauseTemporaryFailure)
	l.releaseBy(tdm.CauseTemporaryFailure, 0, "rtp")
}

// unusable ends a call for which no audio could be agreed after all.
func (l *leg) unusable(input) {
	l.bye(tdm.CauseBearerNotImplemented)
	l.release(tdm.CauseBearerNotImplemented, 488)
}

// bye sends BYE; nobody waits for how it ends.
func (l *leg) bye(cause tdm.Cause) { l.byeWith(reasonHeader(cause)) }

func (l *leg) byeWith(reason sip.Header) {
	d := l.dlg
	req := d.request(sip.BYE, 0)
	req.AppendHeader(reason)
	l.s.sendBYE(req, d, l.credentials())
}

// sendBYE sends a BYE and answers a challenge to it, with a trunk's credentials only.
func (s *Server) sendBYE(req *sip.Request, d *dialog, creds credentials) {
	f, err := s.way(d)
	if err != nil {
		s.log.Warn("sip: BYE not sent", "call-id", d.callID, "error", err)
		return
	}
	s.fire(req, f, creds)
}

// fire sends a request outside INVITE and answers one challenge to it.
func (s *Server) fire(req *sip.Request, f flow, creds credentials) {
	addVia(req, f)
	s.finish(req)
	s.tx.request(req, f, func(res *sip.Response) {
		if res == nil || res.StatusCode != 401 && res.StatusCode != 407 {
			return
		}
		again := req.Clone()
		if !creds.answer(again, res) {
			return
		}
		again.RemoveHeader("Via")
		again.CSeq().SeqNo++
		addVia(again, f)
		s.tx.request(again, f, func(*sip.Response) {})
	})
}

// finish adds what every request of ours has.
func (s *Server) finish(req *sip.Request) {
	if req.Method != sip.ACK {
		req.AppendHeader(sip.NewHeader("User-Agent", s.dir.Load().product))
	}
	if len(req.Body()) == 0 {
		req.SetBody(nil)
	}
}

// refusePending is a new offer while one is under way: glare (§14.2).
func (l *leg) refusePending(in input) {
	in.x.respond(l.s.newResponse(in.req, 491, "", ""))
}

// reoffered is a re-INVITE or an UPDATE: a new offer, a request for one (§14.2), or a mere refresh.
func (l *leg) reoffered(in input) {
	if !l.inOrder(in) {
		return
	}
	refuse := func(status int, extra ...sip.Header) {
		in.x.respond(l.s.newResponse(in.req, status, "", "", extra...))
	}
	invite := in.req.Method == sip.INVITE
	body := in.req.Body()
	switch {
	case l.reinvite != nil && l.reinvite.tx != nil && (invite || len(body) > 0), l.pending != nil && (invite || len(body) > 0):
		refuse(491)
		return
	case len(body) > 0 && !isSDP(in.req):
		refuse(415, sip.NewHeader("Accept", sdpType))
		return
	}
	var out []byte
	offer := false
	switch {
	case len(body) > 0:
		answer, r, err := l.session.Answer(body, l.wanted())
		if err != nil {
			refuse(sdpStatus(err))
			return
		}
		if err := l.apply(r, in.f); err != nil {
			refuse(488)
			return
		}
		out = answer
	case invite: // delayed offer: everything that we can do, as at the beginning
		out = l.session.Offer(l.wanted())
		offer = true
	}
	l.refreshTarget(in.req)
	l.dlg.f = in.f
	res := l.s.newResponse(in.req, 200, "", "", l.contact(), allowHeader())
	setSDP(res, out)
	if invite {
		l.repeatUntilACK(in.x, res, offer)
	} else {
		in.x.respond(res)
	}
}

// wanted is the direction that we ask for ourselves.
func (l *leg) wanted() sdp.Direction {
	if l.onHold {
		return sdp.SendOnly
	}
	return sdp.SendRecv
}

// hold sends a re-INVITE with a new direction.
func (l *leg) hold(in input) {
	if l.onHold == in.on {
		return
	}
	l.onHold = in.on
	l.offer()
}

// offer sends a re-INVITE for the wanted direction, now or when what is under way has ended.
func (l *leg) offer() {
	if l.reinvite != nil {
		l.reinvite.dir = l.wanted() // looked at when it ends
		return
	}
	if l.pending != nil {
		l.reinvite = &clientOffer{dir: l.wanted()}
		l.reinvite.retry = l.after(t1, evRetry, l.reinvite)
		return
	}
	l.reinvite = &clientOffer{dir: l.wanted()}
	l.sendOffer(l.reinvite, nil)
}

func (l *leg) sendOffer(o *clientOffer, challenge *sip.Response) {
	req := l.dlg.request(sip.INVITE, 0)
	req.AppendHeader(l.contact())
	req.AppendHeader(allowHeader())
	setSDP(req, l.session.Offer(o.dir))
	if challenge != nil && !l.credentials().answer(req, challenge) {
		l.endOffer(o)
		return
	}
	f, err := l.s.way(l.dlg)
	if err == nil {
		addVia(req, f)
		l.s.finish(req)
		o.tx, err = l.s.tx.request(req, f, func(res *sip.Response) {
			if !l.post(input{event: evReinvited, res: res, req: req, f: f, gen: o}) && res != nil && res.StatusCode/100 == 2 {
				l.s.spawn(func() { l.s.ackLate(req, res, f, credentials{}) })
			}
		})
	}
	if err != nil {
		l.log.Warn("sip: re-INVITE not sent", "error", err)
		l.endOffer(o)
		return
	}
	// Nobody is rung by a re-INVITE: a peer that says 100 and no more, or one whose answer got lost with the end of the call,
	// is not waited for.
	time.AfterFunc(timer64T1, o.tx.stop)
}

func (l *leg) endOffer(o *clientOffer) {
	l.session.Withdraw()
	if l.reinvite == o {
		l.reinvite = nil
	}
}

// reinvited takes the response to our re-INVITE.
func (l *leg) reinvited(in input) {
	o := in.gen.(*clientOffer)
	res := in.res
	if res != nil && res.StatusCode < 200 {
		return
	}
	if res != nil && res.StatusCode/100 == 2 {
		l.sendACK(o.tx, in.req, in.f)
		if l.state == ended || l.reinvite != o {
			return
		}
		if c := res.Contact(); c != nil && !c.Address.Wildcard {
			l.dlg.target = c.Address
		}
		r, err := l.session.Accept(res.Body())
		if err == nil {
			err = l.apply(r, in.f)
		}
		l.reinvite = nil
		switch {
		case err != nil:
			l.log.Info("sip: answer to re-INVITE not usable", "error", err)
			l.post(input{event: evUnusable})
		case o.dir != l.wanted():
			l.offer()
		}
		return
	}
	if l.state == ended || l.reinvite != o {
		return
	}
	switch {
	case res == nil || res.StatusCode == 408 || res.StatusCode == 481: // §12.2.1.2: the dialog is gone
		l.endOffer(o)
		l.post(input{event: evUnusable})
	case res.StatusCode == 491: // §14.1
		l.session.Withdraw()
		o.tx = nil
		wait := time.Duration(rand.IntN(200)) * 10 * time.Millisecond
		if l.invite == nil { // the Call-ID is ours
			wait = 2100*time.Millisecond + time.Duration(rand.IntN(190))*10*time.Millisecond
		}
		o.retry = l.after(wait, evRetry, o)
	case (res.StatusCode == 401 || res.StatusCode == 407) && !o.auth:
		o.auth = true
		l.session.Withdraw()
		l.sendOffer(o, res)
	default:
		l.log.Info("sip: re-INVITE refused", "status", res.StatusCode)
		l.endOffer(o)
	}
}

func (l *leg) retryOffer(in input) {
	o := l.reinvite
	if o == nil || in.gen != any(o) {
		return
	}
	o.dir = l.wanted()
	if l.pending != nil {
		o.retry = l.after(t1, evRetry, o)
		return
	}
	l.sendOffer(o, nil)
}

// sendACK acknowledges a 2xx, and lets the transaction repeat the ACK whenever the 2xx comes again (§13.2.2.4).
func (l *leg) sendACK(tx *clientTx, invite *sip.Request, f flow) {
	ack := l.dlg.request(sip.ACK, invite.CSeq().SeqNo)
	l.s.sendACK(tx, ack, invite, l.dlg, f)
}

func (s *Server) sendACK(tx *clientTx, ack, invite *sip.Request, d *dialog, f flow) {
	for _, name := range []string{"Authorization", "Proxy-Authorization"} { // §13.2.2.4: the INVITE's
		sip.CopyHeaders(name, invite, ack)
	}
	if way, err := s.way(d); err == nil {
		f = way
	}
	addVia(ack, f)
	s.finish(ack)
	data := []byte(ack.String())
	s.trafficWith(f).request(sip.ACK, sent)
	if tx != nil {
		tx.setACK(data)
		tx.setACKFlow(f)
	}
	s.transport.send(f, data)
}

// info takes digits of a telephone that sends them as INFO, in both of the customary forms, and tells the call.
func (l *leg) info(in input) {
	if !l.inOrder(in) {
		return
	}
	contentType := ""
	if c := in.req.ContentType(); c != nil {
		contentType, _, _ = strings.Cut(strings.ToLower(string(*c)), ";")
	}
	var digit byte
	switch trimLWS(contentType) {
	case "":
		in.x.respond(l.s.newResponse(in.req, 200, "", ""))
		return
	case "application/dtmf-relay":
		digit = relayedDigit(string(in.req.Body()))
	case "application/dtmf":
		if b := strings.TrimSpace(string(in.req.Body())); len(b) == 1 {
			digit = b[0]
		}
	default:
		in.x.respond(l.s.newResponse(in.req, 415, "", "", sip.NewHeader("Accept", "application/dtmf-relay, application/dtmf")))
		return
	}
	digit = validDigit(digit)
	if digit == 0 {
		in.x.respond(l.s.newResponse(in.req, 400, "No Digit", ""))
		return
	}
	in.x.respond(l.s.newResponse(in.req, 200, "", ""))
	if digit == '!' {
		l.tell(tdm.Primitive{Kind: tdm.Notify, Event: "hookflash"})
		return
	}
	l.tell(tdm.Primitive{Kind: tdm.Information, Digit: digit})
}

// relayedDigit reads "Signal=5" of application/dtmf-relay; flash is "Signal=hf" or 16.
func relayedDigit(body string) byte {
	for line := range strings.SplitSeq(body, "\n") {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if !ok || !strings.EqualFold(strings.TrimSpace(name), "signal") {
			continue
		}
		switch value = strings.ToLower(strings.TrimSpace(value)); {
		case value == "hf" || value == "16":
			return '!'
		case value == "10":
			return '*'
		case value == "11":
			return '#'
		case len(value) == 1:
			return value[0]
		}
	}
	return 0
}

func validDigit(d byte) byte {
	switch {
	case isDigit(d), d == '*', d == '#', d == '!', d >= 'A' && d <= 'D':
		return d
	case d >= 'a' && d <= 'd':
		return d - 'a' + 'A'
	}
	return 0
}

// other answers what has no meaning here.
func (l *leg) other(in input) {
	switch in.req.Method {
	case sip.OPTIONS:
		in.x.respond(l.s.newResponse(in.req, 200, "", "", allowHeader(), sip.NewHeader("Accept", sdpType)))
	case sip.SUBSCRIBE, sip.NOTIFY, sip.REFER, sip.MESSAGE, sip.PRACK, sip.PUBLISH, sip.REGISTER:
		in.x.respond(l.s.newResponse(in.req, 405, "", "", allowHeader()))
	default:
		in.x.respond(l.s.newResponse(in.req, 501, "", "", allowHeader()))
	}
}

// stopped clears a call because the server ends.
func (l *leg) stopped(input) {
	switch l.state {
	case offered:
		l.final(503, tdm.CauseTemporaryFailure, "")
	case answered, confirmed, clearing:
		l.bye(tdm.CauseTemporaryFailure)
	case calling, ringing:
		l.cancelForks(nil, tdm.CauseTemporaryFailure)
	}
	l.abandonForks(input{})
	l.release(tdm.CauseTemporaryFailure, 0)
}

// overflow clears a call whose events were not worked off in time.
func (l *leg) overflow(in input) {
	switch l.state {
	case offered:
		l.final(503, tdm.CauseSwitchingCongestion, "")
	case answered, confirmed, clearing:
		l.bye(tdm.CauseSwitchingCongestion)
	case calling, ringing:
		l.cancelForks(nil, tdm.CauseSwitchingCongestion)
	}
	l.release(tdm.CauseSwitchingCongestion, 0)
}
