package sip

import (
	"errors"
	"strings"
	"time"

	"tipring/gateway/sdp"
	"tipring/tdm"

	"github.com/emiago/sipgo/sip"
)

// The server side of an INVITE (RFC 3261 §13.3, §15).

// provisionalRefresh keeps proxies from giving up (§13.3.1.1).
const provisionalRefresh = time.Minute

// invite takes a new INVITE from an identified peer, on the reading goroutine: it must not block.
func (s *Server) invite(who peer, req *sip.Request, f flow) {
	if !s.dialogs.begin(req) {
		s.reply(req, f, 482, "")
		return
	}
	x, err := s.tx.serve(req, f)
	if err != nil {
		s.dialogs.finish(req)
		return
	}
	tag := randomText()
	refuse := func(status int, reason string, extra ...sip.Header) {
		x.respond(s.newResponse(req, status, reason, tag, extra...))
		s.dialogs.finish(req)
	}
	if s.draining.Load() {
		refuse(503, "", retryAfter())
		return
	}
	if status, extra := acceptable(req); status != 0 {
		refuse(status, "", extra...)
		return
	}
	x.respond(s.newResponse(req, 100, "", ""))
	name := ""
	if who.trunk != nil {
		name = who.trunk.cfg.Name
	} else {
		name = who.account.cfg.Load().Name
	}
	l := s.newLeg(who, name)
	l.invite, l.tag = x, tag
	l.dlg = newUASDialog(req, tag, f)
	l.dlg.symmetric = who.account != nil
	x.onCancel(func(cancel *sip.Request) { l.post(input{event: evCancel, req: cancel}) })
	x.onACK(func(ack *sip.Request) { l.post(input{event: evACK, req: ack, f: f}) })
	s.dialogs.add(l.dlg.callID, tag, l, nil)
	s.dialogs.enter(l)
	if !s.spawn(func() { l.run(l.beginServer) }) {
		s.dialogs.leave(l)
		s.dialogs.remove(l.dlg.callID, tag)
		refuse(503, "", retryAfter())
	}
}

// spawn starts a goroutine that Run waits for; false when the server has stopped.
func (s *Server) spawn(f func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.wg.Go(f)
	return true
}

// acceptable checks what an INVITE may carry (§8.2.3, §13.3.1); 0 is acceptable.
func acceptable(req *sip.Request) (int, []sip.Header) {
	acceptSDP := sip.NewHeader("Accept", sdpType)
	if len(req.Body()) > 0 && !isSDP(req) {
		return 415, []sip.Header{acceptSDP}
	}
	for _, h := range req.GetHeaders("Content-Encoding") {
		if !strings.EqualFold(h.Value(), "identity") {
			return 415, []sip.Header{sip.NewHeader("Accept-Encoding", "identity")}
		}
	}
	if hs := req.GetHeaders("Accept"); len(hs) > 0 {
		for _, h := range hs {
			for _, t := range listed(h.Value()) {
				t, _, _ = strings.Cut(t, ";")
				switch strings.ToLower(trimLWS(t)) {
				case sdpType, "application/*", "*/*", "*":
					return 0, nil
				}
			}
		}
		return 406, nil
	}
	return 0, nil
}

const sdpType = "application/sdp"

func isSDP(m interface{ ContentType() *sip.ContentTypeHeader }) bool {
	c := m.ContentType()
	if c == nil {
		return false
	}
	t, _, _ := strings.Cut(string(*c), ";")
	return strings.EqualFold(trimLWS(t), sdpType)
}

// beginServer opens the stream, settles the offer and hands the call over.
func (l *leg) beginServer() {
	req := l.invite.req
	l.state = offered
	if err := l.openMedia(l.dlg.f); err != nil {
		l.log.Error("sip: no RTP stream", "error", err)
		l.refuse(503, tdm.CauseResourceUnavailable, "")
		return
	}
	if body := req.Body(); len(body) > 0 {
		answer, r, err := l.session.Answer(body, sdp.SendRecv)
		if err != nil {
			l.refuse(sdpStatus(err), StatusToCause(sdpStatus(err)), err.Error())
			return
		}
		l.answer, l.clear = answer, r.Clear
		l.plan(r, l.dlg.f)
	}
	setup := l.setupOf(req)
	if l.clear {
		setup.ISDN = &tdm.ISDN{Complete: true, Bearer: tdm.BearerCapability{Capability: unrestrictedDigital}}
	}
	l.log.Info("sip: incoming call", "call-id", l.dlg.callID)
	l.up = l.s.cfg.Incoming(l, setup)
}

// sdpStatus is 400 for what cannot be read and 488 for what cannot be used.
func sdpStatus(err error) int {
	if errors.Is(err, sdp.ErrMalformed) {
		return 400
	}
	return 488
}

// refuse ends a leg before its call was handed over.
func (l *leg) refuse(status int, cause tdm.Cause, why string) {
	l.final(status, cause, why)
	l.release(cause, status)
	l.state = ended
}

// final sends a non-2xx final response with its Q.850 cause.
func (l *leg) final(status int, cause tdm.Cause, why string) {
	l.finalWith(status, tdm.Primitive{Cause: cause}, why)
}

func (l *leg) finalWith(status int, p tdm.Primitive, why string) {
	var extra []sip.Header
	if p.Cause != 0 {
		extra = append(extra, reasonFor(p))
	}
	if status == 488 || status == 400 && why != "" {
		extra = append(extra, sip.NewHeader("Warning", `399 `+l.s.dir.Load().realm+` `+quote(why)))
	}
	if status == 503 {
		extra = append(extra, retryAfter())
	}
	l.invite.respond(l.s.newResponse(l.invite.req, status, "", l.tag, extra...))
}

// respond18x sends a provisional response inside the dialog; with a description it opens the audio.
func (l *leg) respond18x(status int, body []byte) {
	res := l.s.newResponse(l.invite.req, status, "", l.tag, l.contact(), allowHeader())
	setSDP(res, body)
	l.lastProv = status
	l.invite.respond(res)
	if l.minute != nil {
		l.minute.Stop()
	}
	l.minute = l.after(provisionalRefresh, evMinute, nil)
}

func setSDP(m sip.Message, body []byte) {
	if body != nil {
		c := sip.ContentTypeHeader(sdpType)
		m.AppendHeader(&c)
		m.SetBody(body)
	}
}

// sendProgress answers Progress: in-band audio opens as early media. Without an offer in the INVITE there is nobody to send
// it to, and a bare 183 says nothing.
func (l *leg) sendProgress(in input) {
	if in.prim.InBand && l.answer != nil && !l.early {
		l.early = true
		l.openPlanned()
		l.respond18x(183, l.answer)
	}
}

// sendRinging answers Alerting: with ringback in the audio as early media, else 180 and the peer makes its own (RFC 3960).
func (l *leg) sendRinging(in input) {
	switch {
	case in.prim.InBand && l.answer != nil:
		l.sendProgress(in)
	default:
		l.respond18x(180, nil)
	}
}

func (l *leg) refreshProvisional(input) {
	var body []byte
	if l.early && l.lastProv == 183 {
		body = l.answer
	}
	l.respond18x(l.lastProv, body)
}

// sendOK answers Connect.
func (l *leg) sendOK(input) {
	body := l.answer
	offer := body == nil
	if offer {
		body = l.session.Offer(sdp.SendRecv)
	} else {
		l.openPlanned()
	}
	res := l.s.newResponse(l.invite.req, 200, "", l.tag, l.contact(), allowHeader())
	setSDP(res, body)
	if l.minute != nil {
		l.minute.Stop()
	}
	l.repeatUntilACK(l.invite, res, offer)
	l.s.dialogs.finish(l.invite.req)
}

// repeatUntilACK sends a 2xx to an INVITE and repeats it (§13.3.1.4), over TCP too.
func (l *leg) repeatUntilACK(x *serverTx, res *sip.Response, offered bool) {
	p := &answeredTx{x: x, res: res, seq: x.req.CSeq().SeqNo, interval: t1, offered: offered}
	p.resend = l.after(p.interval, evResend, p)
	p.limit = l.after(timer64T1, evNoACK, p)
	l.pending = p
	x.respond(res)
}

func (l *leg) isPending(in input) bool { return l.pending != nil && in.gen == any(l.pending) }

func (l *leg) resendOK(in input) {
	if p := l.pending; l.isPending(in) {
		p.interval = min(2*p.interval, t2)
		p.resend = l.after(p.interval, evResend, p)
		p.x.respond(p.res)
	}
}

// acknowledges reports whether the ACK is for the 2xx that waits.
func (l *leg) acknowledges(in input) bool {
	return l.pending != nil && in.req.CSeq().SeqNo == l.pending.seq && tagOf(in.req.From().Params) == l.dlg.remoteTag
}

func (l *leg) acknowledged(in input) {
	p := l.pending
	p.stop()
	l.pending = nil
	if !p.offered {
		return
	}
	// A delayed offer's answer comes in the ACK (§13.2.1).
	r, err := l.session.Accept(in.req.Body())
	if err == nil {
		err = l.apply(r, in.f)
	}
	if err != nil {
		l.log.Info("sip: answer in ACK not usable", "error", err)
		l.post(input{event: evUnusable})
	}
}

// noACK gives up a call whose 2xx was never acknowledged.
func (l *leg) noACK(input) {
	l.bye(tdm.CauseRecoveryOnTimer)
	l.release(tdm.CauseRecoveryOnTimer, 0)
}

// reject answers Disconnect before the call was answered.
func (l *leg) reject(in input) {
	status := statusOf(in.prim)
	l.finalWith(status, in.prim, "")
	l.release(in.prim.Cause, status)
}

func (l *leg) rejectIncomplete(input) {
	l.final(484, tdm.CauseInvalidNumber, "")
	l.release(tdm.CauseInvalidNumber, 484)
}

func (l *leg) failOffer(input) {
	l.final(488, tdm.CauseBearerNotImplemented, "")
	l.release(tdm.CauseBearerNotImplemented, 488)
}

func (l *leg) cancelled(in input) {
	cause, ok := reasonOf(in.req)
	if !ok {
		cause = tdm.CauseNormalClearing
	}
	l.final(487, cause, "")
	l.releasePeer(in.req, tdm.CauseNormalClearing, 487)
}

func (l *leg) earlyBYE(in input) {
	in.x.respond(l.s.newResponse(in.req, 200, "", ""))
	l.final(487, tdm.CauseNormalClearing, "")
	l.releasePeer(in.req, tdm.CauseNormalClearing, 0)
}

// refuseOverlapping is a second INVITE before the first has its final response.
func (l *leg) refuseOverlapping(in input) {
	in.x.respond(l.s.newResponse(in.req, 500, "", "", sip.NewHeader("Retry-After", "5")))
}

// earlyUpdate refreshes the target; an offer cannot be taken while the first is not answered for good (RFC 3311 §5.2).
func (l *leg) earlyUpdate(in input) {
	if len(in.req.Body()) > 0 {
		in.x.respond(l.s.newResponse(in.req, 500, "", "", sip.NewHeader("Retry-After", "5")))
		return
	}
	if l.dlg != nil {
		l.refreshTarget(in.req)
	}
	in.x.respond(l.s.newResponse(in.req, 200, "", "", l.contact(), allowHeader()))
}

// releaseFirst lets the call go; the BYE waits for the ACK.
func (l *leg) releaseFirst(in input) {
	l.release(in.prim.Cause, in.prim.SIPStatus)
}
