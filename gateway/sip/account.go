package sip

import (
	"net/netip"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"
)

// An account is a configured Account with its registrations.
type account struct {
	s   *Server
	cfg atomic.Pointer[Account]

	mu       sync.Mutex // guards bindings
	bindings []*binding // in order of their last refresh
}

// A binding is a contact that an account registered (RFC 3261 §10.3).
type binding struct {
	uri       sip.Uri
	callID    string
	seq       uint32
	expires   time.Time
	f         flow // where the REGISTER came from
	symmetric bool // the contact is reached at f.peer, not at the address it names
	agent     string
}

func newAccount(s *Server, cfg Account) *account {
	a := &account{s: s}
	a.cfg.Store(&cfg)
	return a
}

// register is §10.3, for a request that proved to be from account a.
func (s *Server) register(a *account, req *sip.Request, f flow) {
	x, err := s.tx.serve(req, f)
	if err != nil {
		return
	}
	tag := s.statelessTag(req)
	answer := func(status int, extra ...sip.Header) { x.respond(s.newResponse(req, status, "", tag, extra...)) }
	cfg := a.cfg.Load()
	if unescapeUser(req.To().Address.User) != cfg.User { // step 4: nobody registers for another
		answer(403)
		return
	}
	reg := s.dir.Load().reg
	changes, status := contactsOf(req, reg)
	if status != 0 {
		var extra []sip.Header
		if status == 423 {
			extra = append(extra, sip.NewHeader("Min-Expires", seconds(reg.MinExpires)))
		}
		answer(status, extra...)
		return
	}
	if !a.apply(changes, req, f, reg.MaxContacts, time.Now()) {
		answer(500)
		return
	}
	answer(200, a.contactHeaders(time.Now())...)
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

// A change is one contact of a REGISTER; expires 0 removes it.
type change struct {
	all     bool
	uri     sip.Uri
	expires time.Duration
}

// contactsOf reads the contacts of a REGISTER with their life times (§10.2.1.1, §10.3 steps 6 and 7).
func contactsOf(req *sip.Request, reg Registrar) ([]change, int) {
	whole := ""
	if hs := req.GetHeaders("Expires"); len(hs) > 0 {
		whole = hs[0].Value()
	}
	var changes []change
	for _, h := range req.GetHeaders("Contact") {
		c, ok := h.(*sip.ContactHeader)
		if !ok {
			continue
		}
		if c.Address.Wildcard {
			changes = append(changes, change{all: true})
			continue
		}
		if c.Address.Scheme != "sip" {
			return nil, 400
		}
		text, given := c.Params.Get("expires")
		if !given {
			text = whole
		}
		expires := reg.MaxExpires
		if text != "" {
			// A life time that is no number counts as one hour (§20.10), a huge one as huge.
			if n, err := parseNumber(text, 1<<32-1); err == nil {
				expires = min(time.Duration(n)*time.Second, reg.MaxExpires)
			} else if strings.Trim(text, "0123456789") != "" {
				expires = min(time.Hour, reg.MaxExpires)
			}
		}
		if expires != 0 && expires < reg.MinExpires {
			return nil, 423
		}
		changes = append(changes, change{uri: c.Address, expires: expires})
	}
	for _, c := range changes {
		if c.all && (len(changes) != 1 || whole != "0") {
			return nil, 400
		}
	}
	return changes, 0
}

// apply changes the bindings, all or none: false if one has a newer REGISTER of the same Call-ID (§10.3 step 7).
func (a *account) apply(changes []change, req *sip.Request, f flow, most int, now time.Time) bool {
	callID, seq := req.CallID().Value(), req.CSeq().SeqNo
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, c := range changes {
		for _, b := range a.bindings {
			if (c.all || b.same(c.uri)) && b.callID == callID && seq <= b.seq {
				return false
			}
		}
	}
	for _, c := range changes {
		a.bindings = slices.DeleteFunc(a.bindings, func(b *binding) bool { return c.all || b.same(c.uri) })
		if c.all || c.expires == 0 {
			continue
		}
		agent := ""
		if hs := req.GetHeaders("User-Agent"); len(hs) > 0 {
			agent = clip(hs[0].Value(), maxText)
		}
		a.bindings = append(a.bindings, &binding{uri: c.uri, callID: callID, seq: seq, expires: now.Add(c.expires), f: f,
			symmetric: behindNAT(req, f, c.uri), agent: agent})
	}
	if extra := len(a.bindings) - most; extra > 0 {
		a.bindings = slices.Delete(a.bindings, 0, extra)
	}
	return true
}

// behindNAT decides whether a contact is reached at the address it names, or at the one its REGISTER came from: when it
// names another, as behind a NAT, or asks for symmetric responses (RFC 3581) from another port. A connection is used as
// long as it stands; a contact that names its very port, which nobody listens on, has no other way.
func behindNAT(req *sip.Request, f flow, contact sip.Uri) bool {
	a, err := netip.ParseAddr(contact.Host)
	if err != nil || a.Unmap() != f.peer.Addr() {
		return true
	}
	port := contact.Port
	if port == 0 {
		port = 5060
	}
	if f.conn != nil {
		return port == int(f.peer.Port())
	}
	return req.Via().Params.Has("rport") && port != int(f.peer.Port())
}

// same compares contacts as §19.1.4 does, as far as registrations need it.
func (b *binding) same(u sip.Uri) bool {
	return b.uri.User == u.User && strings.EqualFold(b.uri.Host, u.Host) && b.uri.Port == u.Port &&
		strings.EqualFold(b.uri.UriParams.GetOr("transport", ""), u.UriParams.GetOr("transport", ""))
}

func (a *account) contactHeaders(now time.Time) []sip.Header {
	a.mu.Lock()
	defer a.mu.Unlock()
	var hs []sip.Header
	for _, b := range a.bindings {
		left := b.expires.Sub(now)
		if left <= 0 {
			continue
		}
		h := &sip.ContactHeader{Address: b.uri}
		h.Params.Add("expires", seconds(left.Round(time.Second)))
		hs = append(hs, h)
	}
	return hs
}

// destinations are where the account is called now.
func (a *account) destinations() []destination {
	now := time.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	var ds []destination
	for _, b := range a.bindings {
		if !now.Before(b.expires) {
			continue
		}
		d := destination{target: b.uri, network: b.f.sock.network, host: b.uri.Host, port: b.uri.Port}
		d.target.Headers = nil
		if d.port == 0 {
			d.port = 5060
		}
		switch {
		case b.f.conn != nil && b.f.usable():
			d.f = b.f
		case b.f.conn != nil && b.symmetric:
			continue
		case b.f.conn == nil && b.symmetric:
			d.f = b.f
		case b.f.conn == nil: // from the socket that it knows
			if addr, err := netip.ParseAddr(b.uri.Host); err == nil {
				d.f = flow{sock: b.f.sock, peer: netip.AddrPortFrom(addr.Unmap(), uint16(d.port))}
			}
		}
		ds = append(ds, d)
	}
	return ds
}

// unreachable removes what was registered over a connection that has gone, unless the contact's own address leads there.
func (a *account) unreachable(c *stream) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.bindings = slices.DeleteFunc(a.bindings, func(b *binding) bool { return b.f.conn == c && b.symmetric })
}

func (a *account) expire(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.bindings = slices.DeleteFunc(a.bindings, func(b *binding) bool { return !now.Before(b.expires) })
}

func (a *account) status() AccountStatus {
	cfg := a.cfg.Load()
	st := AccountStatus{Name: cfg.Name, User: cfg.User}
	now := time.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, b := range a.bindings {
		if now.Before(b.expires) {
			st.Contacts = append(st.Contacts, ContactStatus{URI: b.uri.String(), Source: b.f.peer, Transport: b.f.sock.network,
				UserAgent: b.agent, Expires: b.expires})
		}
	}
	sort.Slice(st.Contacts, func(i, j int) bool { return st.Contacts[i].URI < st.Contacts[j].URI })
	return st
}
