package rtp

import (
	"net/netip"
	"sync/atomic"
)

// A session is one Configure: its parameters, and what was learned since. A later Configure begins another, so that a
// learned address never outlives the offer and answer that it belongs to.
type session struct {
	Params
	rtp, rtcp source
}

// A source decides whose packets are taken: the peer's that the signalling named, and of an address that was only signalled
// from, the port that sends first (the attack on streams that take anybody's packets is known as RTPBleed).
type source struct {
	remote netip.AddrPort // the peer according to SDP
	learn  netip.Addr
	prefer bool                           // remote takes over from what was learned
	locked atomic.Pointer[netip.AddrPort] // written once, and once more when remote takes over
}

func newSession(p Params) *session {
	s := &session{Params: p}
	s.Remote = plain(p.Remote)
	s.RemoteRTCP = plain(p.RemoteRTCP)
	s.LearnFrom = p.LearnFrom.Unmap()
	if s.PtimeMs == 0 {
		s.PtimeMs = DefaultPtimeMs
	}
	if s.DTMFPT == NoPT {
		s.DTMFPT = 0
	}
	switch s.DTMFRecvPT {
	case NoPT:
		s.DTMFRecvPT = 0
	case 0:
		s.DTMFRecvPT = s.DTMFPT
	}
	if s.CNPT == NoPT {
		s.CNPT = 0
	}
	if !s.RemoteRTCP.IsValid() && s.Remote.IsValid() {
		s.RemoteRTCP = netip.AddrPortFrom(s.Remote.Addr(), s.Remote.Port()+1)
	}
	s.rtp.remote, s.rtp.learn, s.rtp.prefer = s.Remote, s.LearnFrom, s.Prefer
	s.rtcp.remote, s.rtcp.learn, s.rtcp.prefer = s.RemoteRTCP, s.LearnFrom, s.Prefer
	return s
}

// admits says whether a packet from an address is the peer's, without learning.
func (s *source) admits(from netip.AddrPort) bool {
	if l := s.locked.Load(); l != nil {
		return *l == from || s.prefer && from == s.remote
	}
	return s.remote.IsValid() && from == s.remote || s.learn.IsValid() && from.Addr() == s.learn
}

// lock settles the source on an admitted packet and reports whether packets to the peer go elsewhere from now on.
func (s *source) lock(from netip.AddrPort) bool {
	before := s.remote
	if l := s.locked.Load(); l != nil {
		if *l == from {
			return false
		}
		before = *l
	}
	mine := from // to keep from off the heap when there is nothing to store
	s.locked.Store(&mine)
	return from != before
}

// dest returns where packets to the peer go.
func (s *source) dest() netip.AddrPort {
	if l := s.locked.Load(); l != nil {
		return *l
	}
	return s.remote
}
