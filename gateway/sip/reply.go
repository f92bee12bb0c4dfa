package sip

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// stamp notes in the top Via where the request came from (RFC 3261 §18.2.1, RFC 3581 §4).
func stamp(req *sip.Request, f flow) {
	v := req.Via()
	if v == nil {
		return
	}
	_, rport := v.Params.Get("rport")
	v.Params.Remove("received")
	if a, err := netip.ParseAddr(v.Host); err != nil || a.Unmap() != f.peer.Addr() || rport {
		v.Params.Add("received", f.peer.Addr().String())
	}
	if rport {
		v.Params.Add("rport", strconv.Itoa(int(f.peer.Port())))
	}
}

// replyFlow is where responses to a datagram request go: back to the address it came from, to the port of its Via (§18.2.2),
// or to the one it came from if the sender asked for that (RFC 3581) or is behind a NAT, as its Via then has another
// address. "maddr" is not followed.
func replyFlow(req *sip.Request, f flow) flow {
	if f.conn != nil {
		return f
	}
	v := req.Via()
	if v == nil {
		return f
	}
	a, err := netip.ParseAddr(v.Host)
	if v.Params.Has("rport") || err != nil || a.Unmap() != f.peer.Addr() {
		return f
	}
	port := v.Port
	if port == 0 {
		port = 5060
	}
	f.peer = netip.AddrPortFrom(f.peer.Addr(), uint16(port))
	return f
}

// newResponse builds a response with the headers of RFC 3261 §8.2.6.2.
func (s *Server) newResponse(req *sip.Request, status int, reason, tag string, extra ...sip.Header) *sip.Response {
	if reason == "" {
		reason = reasonPhrase(status)
	}
	res := sip.NewResponse(status, escapeText(reason))
	if req.Method == sip.INVITE && status > 100 && status < 300 {
		sip.CopyHeaders("Record-Route", req, res)
	}
	sip.CopyHeaders("Via", req, res)
	if h := req.From(); h != nil {
		res.AppendHeader(&sip.FromHeader{DisplayName: h.DisplayName, Address: h.Address, Params: h.Params})
	}
	if h := req.To(); h != nil {
		to := &sip.ToHeader{DisplayName: h.DisplayName, Address: h.Address, Params: h.Params.Clone()}
		if tag != "" && status > 100 && !to.Params.Has("tag") {
			to.Params.Add("tag", tag)
		}
		res.AppendHeader(to)
	}
	if h := req.CallID(); h != nil {
		res.AppendHeader(sip.NewHeader("Call-ID", h.Value()))
	}
	if h := req.CSeq(); h != nil {
		res.AppendHeader(&sip.CSeqHeader{SeqNo: h.SeqNo, MethodName: h.MethodName})
	}
	if status == 100 {
		sip.CopyHeaders("Timestamp", req, res)
	}
	for _, h := range extra {
		res.AppendHeader(h)
	}
	if status >= 200 {
		res.AppendHeader(sip.NewHeader("Server", s.dir.Load().product))
	}
	res.SetBody(nil)
	return res
}

// reply answers a request without keeping a transaction for it (§8.2.7): a repeated request is answered again, alike.
func (s *Server) reply(req *sip.Request, f flow, status int, reason string, extra ...sip.Header) {
	if req.Method == sip.ACK {
		return
	}
	with := s.trafficWith(f)
	with.request(req.Method, received)
	with.response(req.Method, sent, status)
	res := s.newResponse(req, status, reason, s.statelessTag(req), extra...)
	s.transport.send(replyFlow(req, f), []byte(res.String()))
}

// statelessTag gives the same To tag to every repetition of a request.
func (s *Server) statelessTag(req *sip.Request) string {
	m := hmac.New(sha256.New, s.secret[:])
	if v := req.Via(); v != nil {
		m.Write([]byte(v.Value()))
	}
	if h := req.CallID(); h != nil {
		m.Write([]byte(h.Value()))
	}
	return hex.EncodeToString(m.Sum(nil)[:8])
}

// randomText is unguessable text that may stand in a tag, a branch or a Call-ID.
func randomText() string { return strings.ToLower(rand.Text()) }
