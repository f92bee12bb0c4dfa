package rtp

import (
	"fmt"
	"net/netip"

	"tipring/dsp/g711"
)

// The limits of a packet's length (RFC 3551 §4.2 recommends 20 ms and asks receivers to take 0 to 200 ms).
const (
	DefaultPtimeMs = 20
	MinPtimeMs     = 10
	MaxPtimeMs     = 60
)

// NoPT is a payload type that stands for "not negotiated".
const NoPT = 255

// Params is what offer and answer settled about a stream. A Stream takes all of it anew with each Configure.
type Params struct {
	// Remote is where packets are sent: the peer's SDP address and port. While it is invalid nothing is sent.
	Remote netip.AddrPort
	// RemoteRTCP is the peer's RTCP address (RFC 3605 a=rtcp); when invalid it is Remote's address and the port after it.
	RemoteRTCP netip.AddrPort
	// LearnFrom, when valid, is the address from which the peer's signalling came, where its SDP holds another one (symmetric
	// RTP, RFC 4961). The first RTP packet from it after this Configure settles the peer's port; until then packets go to
	// Remote. When invalid, only packets from Remote are accepted.
	LearnFrom netip.Addr
	// Prefer has a packet from Remote take the stream back from the address that was learned: for good, since what the peer
	// names and sends from is no translator's doing.
	Prefer bool

	// PT and Law are payload type and law of the audio that is sent: 0 and g711.MuLaw, 8 and g711.ALaw, or a dynamic type.
	// Received audio is decoded by the packet's type: 0, 8, and PT.
	PT  uint8
	Law g711.Law
	// Clear: the stream carries octets of a clear channel and no sound (RFC 4040, CLEARMODE): PT is all that is sent and taken,
	// beside RecvPT when that is not 0, and Octets is called in the place of Tick.
	Clear  bool
	RecvPT uint8
	// PtimeMs is the length of a sent packet in ms, MinPtimeMs to MaxPtimeMs; 0 is DefaultPtimeMs.
	PtimeMs int

	// DTMFPT is the telephone-event payload type to send with; 0 and NoPT: not negotiated, digits stay in the audio.
	// DTMFRecvPT is the one to receive with; 0: the same.
	DTMFPT, DTMFRecvPT uint8
	// CNPT is the comfort noise payload type, 13 (RFC 3389 §4); 0 and NoPT: not negotiated. Received comfort noise of type 13
	// is always taken.
	CNPT uint8
	// DTX sends comfort noise packets instead of audio in pauses, when CNPT is negotiated. Off by default: line noise and
	// music on analog lines fare badly with a voice detector.
	DTX bool

	// Send and Recv are the direction (RFC 3264 §5.1): sendrecv is both, hold is one or none.
	Send, Recv bool

	// SSRC is the synchronisation source to send with; 0: a random one, kept for the life of the stream.
	SSRC uint32

	// Timeout reports MediaTimeout after so many card samples without a packet from the peer, RTP or RTCP; 0: never.
	Timeout int64
}

func (p Params) check() error {
	switch {
	case p.PtimeMs != 0 && (p.PtimeMs < MinPtimeMs || p.PtimeMs > MaxPtimeMs):
		return fmt.Errorf("rtp: packet time %d ms is outside %d..%d ms", p.PtimeMs, MinPtimeMs, MaxPtimeMs)
	case p.Clear && p.PT < 96:
		return fmt.Errorf("rtp: payload type %d of a clear channel is not dynamic (RFC 4040 §3)", p.PT)
	case p.PT > 127:
		return fmt.Errorf("rtp: payload type %d is above 127", p.PT)
	case p.PT == 0 && p.Law != g711.MuLaw, p.PT == 8 && p.Law != g711.ALaw:
		return fmt.Errorf("rtp: payload type %d is not %s (RFC 3551 §6)", p.PT, p.Law)
	case p.DTMFPT != NoPT && p.DTMFPT > 127, p.DTMFRecvPT != NoPT && p.DTMFRecvPT > 127:
		return fmt.Errorf("rtp: telephone-event payload type %d/%d is above 127", p.DTMFPT, p.DTMFRecvPT)
	case p.CNPT != NoPT && p.CNPT > 127:
		return fmt.Errorf("rtp: comfort noise payload type %d is above 127", p.CNPT)
	case p.Timeout < 0:
		return fmt.Errorf("rtp: media timeout of %d samples is negative", p.Timeout)
	}
	return nil
}
