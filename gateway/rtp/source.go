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
	locked atomic.Pointer[netip.AddrPort] // written once
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
	s.rtp.remote, s.rtp.learn = s.Remote, s.LearnFrom
	s.rtcp.remote, s.rtcp.learn = s.RemoteRTCP, s.LearnFrom
	return s
}

// admits says whether a packet from an address is the peer's, without learning.
func (s *source) admits(from netip.AddrPort) bool {
	if l := s.locked.Load(); l != nil {
		return *l == from
	}
	return s.remote.IsValid() && from == s.remote || s.learn.IsValid() && from.Addr() == s.learn
}

// lock settles the source on an admitted packet and reports whether this was news.
func (s *source) lock(from netip.AddrPort) bool {
	if s.locked.Load() != nil {
		return false
	}
	mine := from // to keep from off the heap when there is nothing to store
	s.locked.Store(&mine)
	return from != s.remote
}

// dest returns where packets to the peer go.
func (s *source) dest() netip.AddrPort {
	if l := s.locked.Load(); l != nil {
		return *l
	}
	return s.remote
}
