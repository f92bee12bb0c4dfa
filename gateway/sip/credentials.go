package sip

import (
	"strings"

	"github.com/emiago/sipgo/sip"
)

// credentials answer challenges to our requests. They are given to one realm only (RFC 3261 §22.3): a peer that asks in the
// name of another gets nothing.
type credentials struct {
	user, password string
	realms         []string
}

// credentials of the leg's trunk; accounts and trunks without a password have none.
func (l *leg) credentials() credentials {
	if t := l.who.trunk; t != nil {
		return t.credentials()
	}
	return credentials{}
}

func (t *trunk) credentials() credentials {
	c := credentials{user: t.cfg.User, password: t.cfg.Password}
	if t.cfg.Realm != "" {
		c.realms = []string{t.cfg.Realm}
	} else {
		c.realms = []string{t.cfg.Host, t.cfg.Domain}
	}
	return c
}

// challenge picks the first challenge of a 401 or 407 that is for our realm and of an algorithm that we have (RFC 8760
// §2.4: the server lists the one it likes best first).
func (c credentials) challenge(res *sip.Response) (params map[string]string, alg digestAlgorithm, header string, ok bool) {
	name, header := "WWW-Authenticate", "Authorization"
	if res.StatusCode == 407 {
		name, header = "Proxy-Authenticate", "Proxy-Authorization"
	}
	if c.user == "" || c.password == "" {
		return nil, alg, "", false
	}
	for _, h := range res.GetHeaders(name) {
		p, err := authParams(h.Value())
		if err != nil || p["nonce"] == "" || !c.forRealm(p["realm"]) {
			continue
		}
		a, known := findAlgorithm(p["algorithm"])
		if !known || p["qop"] != "" && !hasAuthQop(p["qop"]) {
			continue
		}
		return p, a, header, true
	}
	return nil, alg, "", false
}

func (c credentials) forRealm(realm string) bool {
	for _, r := range c.realms {
		if strings.EqualFold(r, realm) {
			return true
		}
	}
	return false
}

func hasAuthQop(qop string) bool {
	for q := range strings.SplitSeq(qop, ",") {
		if strings.EqualFold(trimLWS(q), "auth") {
			return true
		}
	}
	return false
}

// suits reports whether the response holds a challenge that can be answered.
func (c credentials) suits(res *sip.Response) bool {
	_, _, _, ok := c.challenge(res)
	return ok
}

// answer puts the answer to a challenge into req; false if there is none to give.
func (c credentials) answer(req *sip.Request, res *sip.Response) bool {
	p, alg, header, ok := c.challenge(res)
	if !ok {
		return false
	}
	uri := req.Recipient.String()
	qop, nc, cnonce := "", "", ""
	if p["qop"] != "" {
		qop, nc, cnonce = "auth", "00000001", randomHex(8)
	}
	response := alg.response(c.user, p["realm"], c.password, string(req.Method), uri, p["nonce"], nc, cnonce, qop)
	v := "Digest username=" + quote(c.user) + ", realm=" + quote(p["realm"]) + ", nonce=" + quote(p["nonce"]) +
		`, uri="` + uri + `", response="` + response + `"`
	if p["algorithm"] != "" {
		v += ", algorithm=" + alg.name
	}
	if qop != "" {
		v += ", qop=auth, nc=" + nc + `, cnonce="` + cnonce + `"`
	}
	if o := p["opaque"]; o != "" {
		v += ", opaque=" + quote(o)
	}
	for req.RemoveHeader(header) {
	}
	req.AppendHeader(sip.NewHeader(header, v))
	return true
}
