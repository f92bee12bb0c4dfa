package sip

import (
	"net/netip"
	"strings"

	"tipring/tdm"

	"github.com/emiago/sipgo/sip"
)

// Who calls whom: From, P-Asserted-Identity and Privacy (RFC 3261 §8.1.1.3, RFC 3323, RFC 3325), both ways. What a caller
// gave goes through escapeUser and escapeDisplay and nowhere else.

// An identity is how a caller is shown to one peer.
type identity struct {
	from  party
	extra []sip.Header
}

// Identities without a number (RFC 3323 §4.1.1.3, 3GPP TS 29.163 §7.2.3.2.2).
const (
	anonymousUser, anonymousHost     = "anonymous", "anonymous.invalid"
	unavailableUser, unavailableHost = "unavailable", "unknown.invalid"
)

// identity makes the From of an outgoing call. A number that the caller withholds never leaves for a peer outside our trust
// domain, in no header.
func (l *leg) identity() identity {
	c := l.setup.Calling
	host, fromUser, trusted := l.s.dir.Load().realm, "", false
	if t := l.who.trunk; t != nil {
		host, fromUser, trusted = t.cfg.Domain, t.cfg.FromUser, t.cfg.Trusted
	}
	shown := sip.Uri{Scheme: "sip", User: escapeUser(c.Digits), Host: host}
	asserted := sip.NewHeader("P-Asserted-Identity", nameAddr(escapeDisplay(c.Name), shown))
	var id identity
	switch {
	case c.Presentation == tdm.Restricted:
		id.from = party{"Anonymous", sip.Uri{Scheme: "sip", User: anonymousUser, Host: anonymousHost}}
		id.extra = append(id.extra, sip.NewHeader("Privacy", "id"))
		if trusted && c.Digits != "" {
			id.extra = append(id.extra, asserted)
		}
		return id
	case c.Presentation == tdm.Unavailable || c.Digits == "":
		id.from = party{escapeDisplay(c.Name), sip.Uri{Scheme: "sip", User: unavailableUser, Host: unavailableHost}}
		if fromUser != "" {
			id.from.uri = sip.Uri{Scheme: "sip", User: escapeUser(fromUser), Host: host}
		}
		return id
	}
	id.from = party{escapeDisplay(c.Name), shown}
	if fromUser != "" {
		id.from.uri.User = escapeUser(fromUser)
	}
	id.extra = append(id.extra, asserted)
	return id
}

func nameAddr(display string, u sip.Uri) string {
	if display == "" {
		return "<" + u.String() + ">"
	}
	return `"` + display + `" <` + u.String() + ">"
}

// toURI is the To of a request to target: without the parts that §19.1.1 keeps out of it.
func toURI(target sip.Uri) sip.Uri {
	target.UriParams, target.Headers, target.Password, target.Port = nil, nil, "", 0
	return target
}

// contact is our address for requests inside the leg's dialog.
func (l *leg) contact() sip.Header {
	if l.dlg != nil {
		return l.contactAt(l.dlg.f)
	}
	return l.contactAt(l.forks[0].f)
}

func (l *leg) contactAt(f flow) sip.Header {
	by := f.sentBy()
	u := sip.Uri{Scheme: "sip", User: "tipring", Host: by.Addr().String(), Port: int(by.Port())}
	if f.sock.network == "TCP" {
		u.UriParams = append(u.UriParams, sip.HeaderKV{K: "transport", V: "tcp"})
	}
	return &sip.ContactHeader{Address: u}
}

// maxText bounds what is taken over of a caller's texts.
const maxText = 128

// setupOf reads the call that an INVITE asks for.
func (l *leg) setupOf(req *sip.Request) tdm.Primitive {
	p := tdm.Primitive{Kind: tdm.Setup, Called: userOf(req.Recipient)}
	if hs := req.GetHeaders("Alert-Info"); len(hs) > 0 {
		p.AlertInfo = clip(hs[0].Value(), 255)
	}
	if a := l.who.account; a != nil {
		// A telephone is who its password says, whatever its From says.
		cfg := a.cfg.Load()
		p.Calling = tdm.PartyNumber{Digits: cfg.User, Name: cfg.DisplayName}
		if p.Calling.Name == "" {
			p.Calling.Name = clip(unescapePairs(req.From().DisplayName), maxText)
		}
		if wantsPrivacy(req) {
			p.Calling.Presentation = tdm.Restricted
		}
		return p
	}
	t := l.who.trunk
	if t.cfg.Register && unescapeUser(req.Recipient.User) == t.cfg.User {
		// Called at our registered contact: the number dialled is in To.
		if to := userOf(req.To().Address); to != "" {
			p.Called = to
		}
	}
	p.Calling = callingOf(req, t.cfg.Trusted)
	return p
}

func userOf(u sip.Uri) string {
	user := u.User
	if u.Scheme == "tel" {
		user = u.Raw()
	}
	user, _, _ = strings.Cut(user, ";") // telephone-subscriber parameters (§19.1.6)
	return clip(unescapeUser(user), maxText)
}

func clip(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// callingOf takes the caller from P-Asserted-Identity if the peer is trusted with that, else from From.
func callingOf(req *sip.Request, trusted bool) tdm.PartyNumber {
	from := req.From()
	n := tdm.PartyNumber{Digits: userOf(from.Address), Name: clip(unescapePairs(from.DisplayName), maxText)}
	switch {
	case strings.EqualFold(from.Address.Host, anonymousHost), strings.EqualFold(n.Digits, anonymousUser):
		n = tdm.PartyNumber{Presentation: tdm.Restricted}
	case strings.EqualFold(from.Address.Host, unavailableHost), strings.EqualFold(n.Digits, unavailableUser), n.Digits == "":
		n = tdm.PartyNumber{Name: n.Name, Presentation: tdm.Unavailable}
		if strings.EqualFold(n.Name, unavailableUser) {
			n.Name = ""
		}
	}
	if trusted {
		if a, ok := asserted(req); ok {
			n.Digits, n.Name = userOf(a.uri), clip(unescapePairs(a.display), maxText)
			if n.Presentation == tdm.Unavailable {
				n.Presentation = tdm.Allowed
			}
		}
	}
	if wantsPrivacy(req) {
		n.Presentation = tdm.Restricted
	}
	return n
}

// asserted finds the first P-Asserted-Identity that holds a number.
func asserted(req *sip.Request) (address, bool) {
	for _, h := range req.GetHeaders("P-Asserted-Identity") {
		for _, v := range listed(h.Value()) {
			if a, err := parseAddress(v); err == nil && userOf(a.uri) != "" {
				return a, true
			}
		}
	}
	return address{}, false
}

// wantsPrivacy reads Privacy (RFC 3323 §4.2).
func wantsPrivacy(req *sip.Request) bool {
	for _, h := range req.GetHeaders("Privacy") {
		for v := range strings.FieldsFuncSeq(h.Value(), func(r rune) bool { return r == ';' || r == ',' || r == ' ' }) {
			switch strings.ToLower(v) {
			case "id", "user", "header":
				return true
			}
		}
	}
	return false
}

// alertInfo makes an Alert-Info value of what a call gave; it may come from another peer and is filtered like every text.
func alertInfo(v string) string {
	v = strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e {
			return -1
		}
		return r
	}, clip(v, 255))
	v = trimLWS(v)
	if v == "" {
		return ""
	}
	if uri, _, ok := strings.Cut(strings.TrimPrefix(v, "<"), ">"); ok && v[0] == '<' {
		if strings.ContainsAny(uri, `<>" `) {
			return ""
		}
		if _, err := splitOutside(v, ','); err == nil {
			return v
		}
		return ""
	}
	if strings.ContainsAny(v, `<>" `) {
		return ""
	}
	return "<" + v + ">"
}

// sources of a trunk.
func (t *trunk) hasSource(a netip.Addr) bool {
	for _, p := range t.cfg.Sources {
		if p.Contains(a) {
			return true
		}
	}
	for _, own := range *t.addrs.Load() {
		if own == a {
			return true
		}
	}
	return false
}
