package sip

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"
)

// nonceLife is how long an answer to a challenge is taken; after it the client is challenged again with stale=true.
const nonceLife = 5 * time.Minute

// verdict is what a digest check found.
type verdict uint8

const (
	noCredentials verdict = iota // none, or none for our realm, or not readable
	staleNonce                   // ours, but too old, used up, or made for another address
	wrongPassword                // a wrong answer to a challenge that this very source got from us
	rightPassword
)

// An authenticator challenges and checks. Nonces carry their time and a MAC over it and the source address, so that
// nothing is stored for a challenge; what is stored are the nonces that a right password was used with, for the count of
// RFC 7616 §3.4. A failure counts only with a nonce that the source got from us: its address cannot be forged, and nobody
// can lock out somebody else.
type authenticator struct {
	terms  atomic.Pointer[terms]
	secret [32]byte
	start  time.Time
	dummy  string // password of unknown users, so that they take as long

	used usedNonces
}

// terms are what challenges say.
type terms struct {
	realm  string
	offers []digestAlgorithm
}

func newAuthenticator(realm string, digests []string) *authenticator {
	a := &authenticator{start: time.Now(), dummy: rand.Text(), used: usedNonces{byUser: map[string]*userNonces{}}}
	rand.Read(a.secret[:])
	a.configure(realm, digests)
	return a
}

func (a *authenticator) configure(realm string, digests []string) {
	t := &terms{realm: realm}
	for _, name := range digests {
		alg, _ := findAlgorithm(name)
		t.offers = append(t.offers, alg)
	}
	a.terms.Store(t)
}

// nonce makes 8 octets of time, 8 of chance, 16 of MAC.
func (a *authenticator) nonce(from netip.Addr) string {
	var n [32]byte
	binary.BigEndian.PutUint64(n[:8], uint64(time.Since(a.start)))
	rand.Read(n[8:16])
	copy(n[16:], a.mac(n[:16], from))
	return base64.RawURLEncoding.EncodeToString(n[:])
}

func (a *authenticator) mac(b []byte, from netip.Addr) []byte {
	m := hmac.New(sha256.New, a.secret[:])
	m.Write(b)
	m.Write(from.AsSlice())
	return m.Sum(nil)[:16]
}

// made gives when a nonce was made, in time since the start, that this source got from us.
func (a *authenticator) made(nonce string, from netip.Addr) (time.Duration, bool) {
	n, err := base64.RawURLEncoding.DecodeString(nonce)
	if err != nil || len(n) != 32 || !hmac.Equal(n[16:], a.mac(n[:16], from)) {
		return 0, false
	}
	return time.Duration(binary.BigEndian.Uint64(n[:8])), true
}

// challenge gives the WWW-Authenticate headers of a 401, one an algorithm (RFC 8760 §2.3).
func (a *authenticator) challenge(from netip.Addr, stale bool) []sip.Header {
	t := a.terms.Load()
	nonce := a.nonce(from)
	hs := make([]sip.Header, 0, len(t.offers))
	for _, alg := range t.offers {
		v := `Digest realm=` + quote(t.realm) + `, nonce="` + nonce + `", algorithm=` + alg.name + `, qop="auth"`
		if stale {
			v += `, stale=true`
		}
		hs = append(hs, sip.NewHeader("WWW-Authenticate", v))
	}
	return hs
}

// check looks for an answer to one of our challenges. password gives the password of a user, not ok for an unknown one; the
// work done is the same for both.
func (a *authenticator) check(req *sip.Request, from netip.Addr, password func(user string) (string, bool)) (user string, v verdict) {
	t := a.terms.Load()
	for _, h := range req.GetHeaders("Authorization") {
		p, err := authParams(h.Value())
		if err != nil || p["realm"] != t.realm {
			continue
		}
		return p["username"], a.verify(t, p, string(req.Method), from, password)
	}
	return "", noCredentials
}

func (a *authenticator) verify(t *terms, p map[string]string, method string, from netip.Addr, password func(string) (string, bool)) verdict {
	alg, ok := findAlgorithm(p["algorithm"])
	ok = ok && slices.ContainsFunc(t.offers, func(o digestAlgorithm) bool { return o.name == alg.name })
	qop := strings.ToLower(p["qop"])
	if !ok || qop != "" && qop != "auth" || qop != "" && (p["cnonce"] == "" || len(p["nc"]) != 8) {
		return noCredentials
	}
	made, ours := a.made(p["nonce"], from)
	expired := time.Since(a.start) - nonceLife
	if !ours || made <= expired {
		return staleNonce
	}
	secret, known := password(p["username"])
	if !known {
		secret = a.dummy
	}
	// The digest's uri is not compared with the Request-URI: proxies rewrite that (RFC 3261 §22.4 leaves it open).
	want := alg.response(p["username"], t.realm, secret, method, p["uri"], p["nonce"], p["nc"], p["cnonce"], qop)
	same := subtle.ConstantTimeCompare([]byte(want), []byte(strings.ToLower(p["response"]))) == 1
	if !same || !known {
		return wrongPassword
	}
	count := uint64(1) // without qop there is no count: a nonce serves once
	if qop != "" {
		n, err := parseHex(p["nc"])
		if err != nil || n == 0 {
			return noCredentials
		}
		count = n
	}
	if !a.used.use(p["username"], p["nonce"], made, expired, count) {
		return staleNonce
	}
	return rightPassword
}

// sweep forgets nonces that have expired anyway.
func (a *authenticator) sweep(now time.Time) { a.used.forget(now.Sub(a.start) - nonceLife) }

func parseHex(s string) (uint64, error) {
	var n uint64
	for i := range len(s) {
		if !isHex(s[i]) {
			return 0, errors.New("not hexadecimal")
		}
		n = n<<4 | uint64(hexValue(s[i]))
	}
	return n, nil
}
