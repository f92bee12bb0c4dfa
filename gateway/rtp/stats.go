package rtp

import (
	"net/netip"
	"time"
)

// Stats is a snapshot of a stream's counters. Counters grow for the life of the stream.
type Stats struct {
	// What was sent, as in an RTCP sender report, and what could not be.
	Sent, SentOctets          uint64
	SendErrors, EgressDropped uint64

	// What came from the peer.
	Received, ReceivedOctets uint64
	Lost                     int64  // expected less received (RFC 3550 §6.4.1): duplicates count against it
	Duplicated, Reordered    uint64 // by sequence number
	SSRCChanges              uint64
	UnknownPT, Malformed     uint64 // not used
	IngressDropped           uint64 // the pump did not drain the ring in time

	// Packets from others than the peer, ignored.
	Strangers, RTCPStrangers uint64

	// Jitter buffer and playout. Late packets came after their moment; discarded ones were too far ahead.
	Late, Discarded              uint64
	ConcealedSamples             uint64
	StretchedSamples, CutSamples uint64 // inserted and removed to follow the depth and the peer's clock
	Depth, TargetDepth           time.Duration
	Jitter                       time.Duration // RFC 3550 §6.4.1
	DriftPPM                     float64       // the peer's clock against the card's; positive: the peer is faster

	// From the peer's receiver reports.
	RTT          time.Duration // 0: not known
	RemoteLost   int64
	RemoteLoss   float64 // fraction in the last report's interval, 0..1
	RemoteJitter time.Duration

	// Levels of the audio sent and played out over the last 200 ms, in dBm0; level.Silence for none.
	SentLevel, ReceivedLevel float64

	DigitsSent, DigitsReceived uint64

	// MOS is a listening quality estimate of the received direction, 1..4.5, see EModel; 0 before there is audio.
	MOS float64

	Local, Remote    netip.AddrPort // Remote: the locked source when there is one, else Params.Remote
	SSRC, RemoteSSRC uint32
}

// Stats returns a snapshot. It is safe from any goroutine.
func (s *Stream) Stats() Stats {
	r, out, c, p := &s.recv, &s.out, &s.rtcp, s.player
	play := p.buf.Stats()
	st := Stats{
		Sent: out.sent.Load(), SentOctets: out.octets.Load(),
		SendErrors: out.errors.Load(), EgressDropped: s.sender.dropped.Load(),
		Received: r.received.Load(), ReceivedOctets: r.octets.Load(),
		Lost: r.lost.Load(), Duplicated: r.duplicated.Load(), Reordered: r.reordered.Load(),
		SSRCChanges: r.ssrcChanges.Load(), UnknownPT: r.unknownPT.Load(),
		Malformed:      r.malformed.Load() + c.malformed.Load() + p.unread.Load(),
		IngressDropped: r.dropped.Load(),
		Strangers:      r.strangers.Load(), RTCPStrangers: c.strangers.Load(),
		Late: play.Late, Discarded: play.Strays + play.Oversize,
		ConcealedSamples: play.Concealed, StretchedSamples: play.Repeated + play.Inserted,
		CutSamples: play.Removed + play.Dropped,
		Depth:      samples(play.Delay), TargetDepth: samples(play.Target),
		Jitter:   samples(int(r.jitterUnits.Load())),
		DriftPPM: float64(s.shown.drift.Load()) / 100,
		RTT:      time.Duration(c.rtt.Load()), RemoteLost: c.remoteLost.Load(),
		RemoteLoss: float64(c.remoteLoss.Load()) / 256, RemoteJitter: samples(int(c.remoteJitter.Load())),
		SentLevel: float64(s.shown.sent.Load()) / 100, ReceivedLevel: float64(s.shown.received.Load()) / 100,
		DigitsSent: s.sender.digits.Load(), DigitsReceived: p.tones.count.Load(),
		Local: s.pair.local, SSRC: out.ssrc.Load(), RemoteSSRC: r.remoteSSRC.Load(),
	}
	ptime := 0
	if se := s.session.Load(); se != nil {
		st.Remote = se.rtp.dest()
		ptime = se.PtimeMs
	}
	if st.Received > 0 {
		missing := max(0, st.Lost) + int64(st.Late+st.IngressDropped)
		loss := float64(missing) / float64(int64(st.Received)+max(0, st.Lost))
		st.MOS = EModel(loss, st.RTT/2+st.Depth+time.Duration(ptime)*time.Millisecond)
	}
	return st
}

func samples(n int) time.Duration { return time.Duration(n) * (time.Second / 8000) }
