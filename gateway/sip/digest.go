package sip

import (
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"strings"
)

// Digest access authentication (RFC 3261 §22, RFC 7616, RFC 8760): what both sides share.

type digestAlgorithm struct {
	name string
	new  func() hash.Hash
}

// digestAlgorithms are those that we have, as client and as server.
var digestAlgorithms = []digestAlgorithm{{"SHA-256", sha256.New}, {"MD5", md5.New}}

// findAlgorithm looks an algorithm up; none named means MD5 (RFC 7616 §3.3).
func findAlgorithm(name string) (digestAlgorithm, bool) {
	if name == "" {
		name = "MD5"
	}
	for _, a := range digestAlgorithms {
		if strings.EqualFold(a.name, name) {
			return a, true
		}
	}
	return digestAlgorithm{}, false
}

func (a digestAlgorithm) hash(parts ...string) string {
	h := a.new()
	for i, p := range parts {
		if i > 0 {
			h.Write([]byte{':'})
		}
		h.Write([]byte(p))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// response computes request-digest (RFC 7616 §3.4.1). qop is "auth" or "" (RFC 2069).
func (a digestAlgorithm) response(user, realm, password, method, uri, nonce, nc, cnonce, qop string) string {
	ha1 := a.hash(user, realm, password)
	ha2 := a.hash(method, uri)
	if qop == "" {
		return a.hash(ha1, nonce, ha2)
	}
	return a.hash(ha1, nonce, nc, cnonce, qop, ha2)
}

// authParams reads the comma-separated auth-params of a Digest challenge or credentials. Names come back in lower case,
// values without quotes.
func authParams(value string) (map[string]string, error) {
	scheme, rest, ok := strings.Cut(trimLWS(value), " ")
	if !ok || !strings.EqualFold(scheme, "Digest") {
		return nil, errors.New("scheme is not Digest")
	}
	parts, err := splitOutside(rest, ',')
	if err != nil {
		return nil, err
	}
	params := make(map[string]string, len(parts))
	for _, p := range parts {
		name, v, ok := strings.Cut(p, "=")
		name, v = strings.ToLower(trimLWS(name)), trimLWS(v)
		if !ok || !isToken(name) {
			return nil, errors.New("parameter without name or value")
		}
		if _, twice := params[name]; twice {
			return nil, errors.New("parameter given twice")
		}
		params[name] = unquote(v)
	}
	return params, nil
}

func quote(s string) string { return `"` + escapeDisplay(s) + `"` }

func randomHex(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return hex.EncodeToString(b)
}
