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

	// Levels of the audio sent and received, in dBm0, smoothed; -inf before there is any.
	SentLevel, ReceivedLevel float64

	DigitsSent, DigitsReceived uint64

	// MOS is a listening quality estimate of the received direction, 1..4.5, see EModel; 0 before there is audio.
	MOS float64

	Local, Remote    netip.AddrPort // Remote: the locked source when there is one, else Params.Remote
	SSRC, RemoteSSRC uint32
}
