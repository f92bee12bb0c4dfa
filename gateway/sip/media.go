package sip

import (
	"net/netip"

	"tipring/gateway/rtp"
	"tipring/gateway/sdp"
	"tipring/tdm"
)

// openMedia opens the stream of a leg; f is the way to its peer, which decides what address the description gives.
func (l *leg) openMedia(f flow) error {
	stream, err := l.s.cfg.Engine.Open(l.name)
	if err != nil {
		return err
	}
	l.stream = stream
	stream.OnEvent(func(e rtp.Event) {
		switch e.Kind {
		case rtp.MediaTimeout:
			l.post(input{event: evMediaLost})
		case rtp.Dropped:
			l.log.Warn("sip: RTP packets dropped: they come neither from the address in the peer's SDP nor from where its signalling comes from; have the peer name the address that it sends from",
				"from", e.Remote, "expected", stream.Stats().Remote, "at", stream.Local())
		case rtp.Flash:
			l.post(input{event: evNotice, prim: tdm.Primitive{Kind: tdm.Notify, Event: "hookflash", At: e.At}})
		case rtp.FaxTone:
			l.post(input{event: evNotice, prim: tdm.Primitive{Kind: tdm.Notify, Event: "fax", At: e.At}})
		}
	})
	local := stream.Local()
	switch by := f.sentBy().Addr(); {
	case f.sock.advertise.IsValid(), local.Addr().IsUnspecified():
		local = netip.AddrPortFrom(by, local.Port())
	}
	laws := l.media.Laws
	if t := l.who.trunk; t != nil && t.cfg.Laws != nil {
		laws = t.cfg.Laws
	}
	l.session = sdp.NewSession(sdp.Config{Local: local, Laws: laws, PtimeMs: l.media.PtimeMs, MinPtimeMs: rtp.MinPtimeMs,
		MaxPtimeMs: rtp.MaxPtimeMs, DTMF: !l.media.NoDTMF, CN: !l.media.NoCN, Clear: l.clear})
	return nil
}

// plan keeps what an offer settled until early media or the answer opens the audio.
func (l *leg) plan(r sdp.Result, f flow) { l.planned, l.plannedFrom = r, f }

// openPlanned opens the audio both ways, at the answer or before it for early media: the caller may press digits then too.
func (l *leg) openPlanned() {
	if err := l.settle(l.planned, l.plannedFrom); err != nil {
		l.log.Warn("sip: stream not configured", "error", err)
		l.post(input{event: evUnusable})
	}
}

// settle takes what the first INVITE's exchange agreed on. Early media and answer may both say it: one that repeats what
// stands is no new exchange and leaves the source that was learned.
func (l *leg) settle(r sdp.Result, from flow) error {
	if l.params(r, from) == l.applied {
		return nil
	}
	return l.apply(r, from)
}

// apply configures the stream with what an offer and its answer agreed on, even where nothing has changed: a re-INVITE is
// how a peer whose port moved at its translator gets heard again.
func (l *leg) apply(r sdp.Result, from flow) error {
	p := l.params(r, from)
	if err := l.stream.Configure(p); err != nil {
		return err
	}
	l.applied = p
	if r.Hold != l.held {
		l.held = r.Hold
		event := "retrieve"
		if r.Hold {
			event = "hold"
		}
		l.tell(tdm.Primitive{Kind: tdm.Notify, Event: event})
	}
	return nil
}

// params makes the stream's parameters. from is how the description came: when it was signalled from another address than the
// one it holds, the media's source is learned from there: a private address is a translator's inside, and of several public
// ones or of several interfaces a program may name one and send from another.
func (l *leg) params(r sdp.Result, from flow) rtp.Params {
	p := rtp.Params{Remote: r.Remote, RemoteRTCP: r.RemoteRTCP, PT: r.PT, Law: r.Law, PtimeMs: r.PtimeMs, DTMFPT: r.DTMFPT,
		DTMFRecvPT: r.DTMFRecvPT, CNPT: r.CNPT, DTX: l.media.DTX, Clear: r.Clear, RecvPT: r.RecvPT, Send: r.Direction.Send(), Recv: r.Direction.Recv()}
	if source := from.peer.Addr().Unmap(); r.Remote.IsValid() && source != r.Remote.Addr().Unmap() {
		p.LearnFrom, p.Prefer = source, !isPrivate(r.Remote.Addr())
	}
	if p.Recv {
		p.Timeout = tdm.Samples(l.media.Timeout)
	}
	return p
}

// digitMs is how long a digit lasts that is not in the audio.
const digitMs = 100

// sendDigit passes a digit on that is not in the audio, such as a dial pulse's.
func (l *leg) sendDigit(in input) {
	if err := l.stream.SendDigit(in.prim.Digit, digitMs); err != nil {
		l.log.Info("sip: digit not sent", "error", err)
	}
}

// notice tells the call what the stream noticed.
func (l *leg) notice(in input) { l.tell(in.prim) }
