package sip

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// A dialog is the state of RFC 3261 §12. The leg that it belongs to owns it.
type dialog struct {
	callID              string
	local, remote       party
	localTag, remoteTag string
	target              sip.Uri  // remote target
	routes              []string // route set, as Route values in the order in which they are sent
	localSeq, remoteSeq uint32
	f                   flow // how the peer's last message of the dialog's beginning came
	// symmetric: requests go back the way that the peer's came, whatever its Contact says.
	symmetric bool
}

// party is a From or To without its tag.
type party struct {
	display string // escaped
	uri     sip.Uri
}

// newUASDialog is §12.1.1.
func newUASDialog(req *sip.Request, tag string, f flow) *dialog {
	d := &dialog{callID: req.CallID().Value(), localTag: tag, remoteTag: tagOf(req.From().Params), f: f,
		local: party{req.To().DisplayName, req.To().Address}, remote: party{req.From().DisplayName, req.From().Address},
		remoteSeq: req.CSeq().SeqNo, routes: recordRoutes(req)}
	if c := req.Contact(); c != nil {
		d.target = c.Address
	} else {
		d.target = req.From().Address // RFC 2543 agents
	}
	return d
}

// confirm is §12.1.2, on a 2xx or, for an early dialog, a provisional response.
func (d *dialog) confirm(res *sip.Response) {
	d.remoteTag = tagOf(res.To().Params)
	routes := recordRoutes(res)
	for i, j := 0, len(routes)-1; i < j; i, j = i+1, j-1 {
		routes[i], routes[j] = routes[j], routes[i]
	}
	d.routes = routes
	if c := res.Contact(); c != nil && !c.Address.Wildcard {
		d.target = c.Address
	}
}

func recordRoutes(m headered) []string {
	var routes []string
	for _, h := range m.GetHeaders("Record-Route") {
		routes = append(routes, h.Value())
	}
	return routes
}

// request builds a request inside the dialog (§12.2.1.1). ACK and CANCEL take the number of their INVITE as seq; others the
// next one with seq 0.
func (d *dialog) request(method sip.RequestMethod, seq uint32) *sip.Request {
	if seq == 0 {
		d.localSeq++
		seq = d.localSeq
	}
	target, routes := d.target, d.routes
	if len(routes) > 0 {
		if first, err := parseAddress(routes[0]); err == nil && !first.uri.UriParams.Has("lr") {
			// Strict router: the remote target goes last.
			routes = append(append([]string(nil), routes[1:]...), "<"+d.target.String()+">")
			target = first.uri
			target.Headers = nil
		}
	}
	req := sip.NewRequest(method, target)
	for _, r := range routes {
		req.AppendHeader(sip.NewHeader("Route", r))
	}
	addCommon(req, d.local, d.localTag, d.remote, d.remoteTag, d.callID, seq)
	return req
}

func addCommon(req *sip.Request, local party, localTag string, remote party, remoteTag, callID string, seq uint32) {
	m := sip.MaxForwardsHeader(70)
	req.AppendHeader(&m)
	from := &sip.FromHeader{DisplayName: local.display, Address: local.uri}
	from.Params.Add("tag", localTag)
	req.AppendHeader(from)
	to := &sip.ToHeader{DisplayName: remote.display, Address: remote.uri}
	if remoteTag != "" {
		to.Params.Add("tag", remoteTag)
	}
	req.AppendHeader(to)
	id := sip.CallIDHeader(callID)
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: seq, MethodName: req.Method})
}

// addVia puts a new branch on top.
func addVia(req *sip.Request, f flow) {
	by := f.sentBy()
	v := &sip.ViaHeader{ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: f.sock.network, Host: by.Addr().String(), Port: int(by.Port())}
	v.Params.Add("branch", magicCookie+randomText())
	v.Params.Add("rport", "")
	req.PrependHeader(v)
}

// hopTimeout bounds a name lookup in the middle of a call.
const hopTimeout = 3 * time.Second

// way finds where the dialog's next request goes (§8.1.2): to the first route, else to the remote target. A target that is
// a private address while the peer's signalling came from elsewhere, or that cannot be resolved, is replaced by that
// source.
func (s *Server) way(d *dialog) (flow, error) {
	next := d.target
	if len(d.routes) > 0 {
		if first, err := parseAddress(d.routes[0]); err == nil {
			next = first.uri
		}
	} else if d.symmetric && d.f.sock != nil && d.f.usable() {
		return d.f, nil
	}
	network := strings.ToUpper(next.UriParams.GetOr("transport", ""))
	if network == "" && d.f.sock != nil {
		network = d.f.sock.network
	}
	if network != "TCP" {
		network = "UDP"
	}
	port := next.Port
	if port == 0 {
		port = 5060
	}
	ctx, cancel := context.WithTimeout(context.Background(), hopTimeout)
	defer cancel()
	to, err := s.transport.resolve(ctx, next.Host, port)
	if d.f.sock != nil && d.f.usable() {
		switch {
		case err != nil:
			return d.f, nil
		case len(d.routes) == 0 && isPrivate(to.Addr()) && to.Addr() != d.f.peer.Addr():
			return d.f, nil
		case d.f.conn != nil && to.Addr() == d.f.peer.Addr():
			return d.f, nil // the connection that stands
		}
	}
	if err != nil {
		return flow{}, err
	}
	f, err := s.transport.flowTo(network, to)
	if err != nil && d.f.sock != nil && d.f.usable() {
		return d.f, nil
	}
	return f, err
}

// usable reports that the flow still leads somewhere.
func (f flow) usable() bool {
	if f.conn == nil {
		return f.sock.packet != nil
	}
	select {
	case <-f.conn.done:
		return false
	default:
		return true
	}
}

var sharedSpace = netip.MustParsePrefix("100.64.0.0/10") // RFC 6598

// isPrivate reports addresses that mean nothing outside their own network.
func isPrivate(a netip.Addr) bool {
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || sharedSpace.Contains(a) || a.IsUnspecified()
}

// A dialogTable finds the leg that a request inside a dialog is for, by Call-ID and our tag.
type dialogTable struct {
	mu      sync.Mutex // guards the maps; nothing is called while it is held
	byID    map[dialogID]dialogEntry
	invites map[inviteID]struct{} // INVITEs that begin a dialog and are not finished, against merged requests
	legs    map[*leg]struct{}
}

type dialogID struct{ callID, localTag string }

type inviteID struct {
	callID, fromTag string
	seq             uint32
}

type dialogEntry struct {
	l    *leg
	fork *fork
}

func newDialogTable() *dialogTable {
	return &dialogTable{byID: map[dialogID]dialogEntry{}, invites: map[inviteID]struct{}{}, legs: map[*leg]struct{}{}}
}

func (t *dialogTable) add(callID, tag string, l *leg, k *fork) {
	t.mu.Lock()
	t.byID[dialogID{callID, tag}] = dialogEntry{l, k}
	t.mu.Unlock()
}

func (t *dialogTable) remove(callID, tag string) {
	t.mu.Lock()
	delete(t.byID, dialogID{callID, tag})
	t.mu.Unlock()
}

// find looks up by To tag, which is ours in a request from the peer. The peer's own tag is the leg's to check.
func (t *dialogTable) find(req *sip.Request) (*leg, *fork) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.byID[dialogID{req.CallID().Value(), tagOf(req.To().Params)}]
	return e.l, e.fork
}

// begin notes a new INVITE; false if it is one that came another way too (§8.2.2.2).
func (t *dialogTable) begin(req *sip.Request) bool {
	id := inviteID{req.CallID().Value(), tagOf(req.From().Params), req.CSeq().SeqNo}
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, twice := t.invites[id]; twice {
		return false
	}
	t.invites[id] = struct{}{}
	return true
}

func (t *dialogTable) finish(req *sip.Request) {
	t.mu.Lock()
	delete(t.invites, inviteID{req.CallID().Value(), tagOf(req.From().Params), req.CSeq().SeqNo})
	t.mu.Unlock()
}

func (t *dialogTable) enter(l *leg) {
	t.mu.Lock()
	t.legs[l] = struct{}{}
	t.mu.Unlock()
}

func (t *dialogTable) leave(l *leg) {
	t.mu.Lock()
	delete(t.legs, l)
	t.mu.Unlock()
}

// clearAll ends every leg, when the server stops.
func (t *dialogTable) clearAll() {
	t.mu.Lock()
	legs := make([]*leg, 0, len(t.legs))
	for l := range t.legs {
		legs = append(legs, l)
	}
	t.mu.Unlock()
	for _, l := range legs {
		l.post(input{event: evStop})
	}
}
