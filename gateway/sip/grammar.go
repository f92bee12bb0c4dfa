package sip

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// The lexical rules of RFC 3261 §25.1, as far as messages need them. Values are untrusted bytes; each function takes a
// text without CR and LF and gives an error rather than a guess.

const (
	tokenExtra = "-.!%*_+`'~"
	markChars  = "-_.!~*'()"
	userExtra  = "&=+$,;?/"
)

func isAlpha(c byte) bool    { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isDigit(c byte) bool    { return c >= '0' && c <= '9' }
func isAlphanum(c byte) bool { return isAlpha(c) || isDigit(c) }
func isHex(c byte) bool      { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }
func isLWS(c byte) bool      { return c == ' ' || c == '\t' }

func isTokenChar(c byte) bool {
	return isAlphanum(c) || strings.IndexByte(tokenExtra, c) >= 0
}

func isToken(s string) bool {
	for i := range len(s) {
		if !isTokenChar(s[i]) {
			return false
		}
	}
	return s != ""
}

// plainText reports that s can stand in a quoted string or a user part after escaping without surprises: no control
// characters and no quotes.
func plainText(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7f || r == '"' || r == '\\' })
}

func trimLWS(s string) string { return strings.Trim(s, " \t") }

// scanQuoted returns the length of the quoted-string at the start of s, quotes included.
func scanQuoted(s string) (int, error) {
	if s == "" || s[0] != '"' {
		return 0, errors.New("no quoted string")
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1, nil
		}
	}
	return 0, errors.New("unbalanced quotes")
}

// unquote gives the text of a quoted-string with its quoted-pairs resolved; a text without quotes is returned as it is.
func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	return unescapePairs(s[1 : len(s)-1])
}

func unescapePairs(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b = append(b, s[i])
	}
	return string(b)
}

// splitOutside cuts s at each sep that is neither in a quoted string nor in angle brackets.
func splitOutside(s string, sep byte) ([]string, error) {
	var parts []string
	start, angle := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			n, err := scanQuoted(s[i:])
			if err != nil {
				return nil, err
			}
			i += n - 1
		case c == '<':
			if angle {
				return nil, errors.New("'<' inside '<'")
			}
			angle = true
		case c == '>':
			if !angle {
				return nil, errors.New("'>' without '<'")
			}
			angle = false
		case c == sep && !angle:
			parts = append(parts, trimLWS(s[start:i]))
			start = i + 1
		}
	}
	if angle {
		return nil, errors.New("'<' without '>'")
	}
	return append(parts, trimLWS(s[start:])), nil
}

// foldedParams are the parameter names that this package looks up; they are stored in lower case (RFC 3261 §7.3.1).
var foldedParams = []string{"branch", "expires", "lr", "maddr", "q", "received", "rport", "tag", "transport", "ttl", "user", "line", "refresher"}

func foldParam(name string) string {
	for _, f := range foldedParams {
		if len(f) == len(name) && strings.EqualFold(f, name) {
			return f
		}
	}
	return name
}

// parseParams reads generic-params: "name", "name=token", "name=host", `name="quoted"`, separated by semicolons. Empty
// ones (";;") are not allowed.
func parseParams(s string) (sip.HeaderParams, error) {
	parts, err := splitOutside(s, ';')
	if err != nil {
		return nil, err
	}
	params := make(sip.HeaderParams, 0, len(parts))
	for _, p := range parts {
		name, value, has := strings.Cut(p, "=")
		name, value = trimLWS(name), trimLWS(value)
		if !isToken(name) {
			return nil, errors.New("parameter name is no token")
		}
		if has && value == "" {
			return nil, errors.New("parameter without a value after '='")
		}
		if value != "" {
			if value[0] == '"' {
				if n, err := scanQuoted(value); err != nil || n != len(value) {
					return nil, errors.New("parameter value is no quoted string")
				}
				// The message model writes quotes around a value with blanks by itself.
				if strings.ContainsAny(value, " \t") {
					value = value[1 : len(value)-1]
				}
			} else if strings.ContainsAny(value, " \t\"<>,") {
				return nil, errors.New("parameter value is no token")
			}
		}
		name = foldParam(name)
		if params.Has(name) {
			return nil, errors.New("parameter given twice")
		}
		params = append(params, sip.HeaderKV{K: name, V: value})
	}
	return params, nil
}

// validHost accepts a hostname, an IPv4address or an IPv6reference with or without brackets.
func validHost(h string) bool {
	if strings.HasPrefix(h, "[") && strings.HasSuffix(h, "]") {
		h = h[1 : len(h)-1]
		a, err := netip.ParseAddr(h)
		return err == nil && a.Is6()
	}
	if a, err := netip.ParseAddr(h); err == nil {
		return a.Zone() == ""
	}
	if h == "" || len(h) > 255 {
		return false
	}
	for i := range len(h) {
		if !isAlphanum(h[i]) && h[i] != '-' && h[i] != '.' && h[i] != '_' {
			return false
		}
	}
	return isAlphanum(h[0])
}

func parsePort(s string) (int, error) {
	if len(s) == 0 || len(s) > 5 {
		return 0, errors.New("port is no number")
	}
	n := 0
	for i := range len(s) {
		if !isDigit(s[i]) {
			return 0, errors.New("port is no number")
		}
		n = n*10 + int(s[i]-'0')
	}
	if n == 0 || n > 65535 {
		return 0, errors.New("port is outside 1..65535")
	}
	return n, nil
}

// splitHostPort reads "host", "host:port", "[v6]", "[v6]:port"; the host comes back without brackets.
func splitHostPort(s string, defaultPort int) (host string, port int, err error) {
	host, port = s, defaultPort
	switch i := strings.LastIndexByte(s, ':'); {
	case strings.HasPrefix(s, "["):
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return "", 0, errors.New("'[' without ']'")
		}
		rest := trimLWS(s[end+1:])
		host = s[:end+1]
		if rest != "" {
			if rest[0] != ':' {
				return "", 0, errors.New("text after ']'")
			}
			if port, err = parsePort(trimLWS(rest[1:])); err != nil {
				return "", 0, err
			}
		}
	case i >= 0 && i == strings.IndexByte(s, ':'):
		host = trimLWS(s[:i])
		if port, err = parsePort(trimLWS(s[i+1:])); err != nil {
			return "", 0, err
		}
	}
	if !validHost(host) {
		return "", 0, errors.New("host is neither a name nor an address")
	}
	return strings.Trim(host, "[]"), port, nil
}

// validUser checks a user or password part: unreserved, escaped, or one of extra.
func validUser(s, extra string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case isAlphanum(c), strings.IndexByte(markChars, c) >= 0, strings.IndexByte(extra, c) >= 0:
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			i += 2
		default:
			return false
		}
	}
	return true
}

// parseURI reads an addr-spec. SIP and SIPS URIs are taken apart and checked (RFC 3261 §19.1); of others only the scheme is
// looked at.
func parseURI(s string) (sip.Uri, error) {
	var u sip.Uri
	if strings.ContainsAny(s, " \t\"<>") {
		return u, errors.New("URI holds blanks, quotes or brackets")
	}
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || rest == "" || scheme == "" || !isAlpha(scheme[0]) {
		return u, errors.New("URI has no scheme")
	}
	for i := range len(scheme) {
		if c := scheme[i]; !isAlphanum(c) && c != '+' && c != '-' && c != '.' {
			return u, errors.New("URI has no scheme")
		}
	}
	scheme = strings.ToLower(scheme)
	if scheme != "sip" && scheme != "sips" {
		err := sip.ParseUri("x:"+rest, &u) // the only way to set what follows; it knows no "." in schemes
		u.Scheme = scheme
		return u, err
	}
	u.Scheme = scheme
	// The user part may hold ';' and '?', but no '@'; and what follows the host holds no unescaped '@' either.
	if user, after, has := strings.Cut(rest, "@"); has {
		rest = after
		u.User, u.Password, _ = strings.Cut(user, ":")
		if u.User == "" || !validUser(u.User, userExtra) || !validUser(u.Password, "&=+$,") && !validUser(u.Password, userExtra) {
			return u, errors.New("user part holds a character that has to be escaped")
		}
	}
	rest, headers, hasHeaders := strings.Cut(rest, "?")
	hostport, params, hasParams := strings.Cut(rest, ";")
	host, port, err := splitHostPort(hostport, 0)
	if err != nil {
		return u, err
	}
	u.Host, u.Port = host, port
	if hasParams {
		for p := range strings.SplitSeq(params, ";") {
			name, value, _ := strings.Cut(p, "=")
			if name == "" || !validUser(name, "[]/:&+$") || !validUser(value, "[]/:&+$") {
				return u, errors.New("URI parameter holds a character that has to be escaped")
			}
			u.UriParams = append(u.UriParams, sip.HeaderKV{K: foldParam(name), V: value})
		}
	}
	if hasHeaders {
		for h := range strings.SplitSeq(headers, "&") {
			name, value, _ := strings.Cut(h, "=") // an empty value is written without the sign by sipgo
			if name == "" || !validUser(name, "[]/?:+$") || !validUser(value, "[]/?:+$") {
				return u, errors.New("URI header holds a character that has to be escaped")
			}
			u.Headers = append(u.Headers, sip.HeaderKV{K: name, V: value})
		}
	}
	return u, nil
}

// An address is a name-addr or addr-spec with its header parameters (RFC 3261 §20.10).
type address struct {
	display string // without quotes, quoted-pairs left as they are
	uri     sip.Uri
	params  sip.HeaderParams
}

func parseAddress(s string) (address, error) {
	var a address
	s = trimLWS(s)
	var spec, rest string
	switch i := addrStart(s); {
	case i < 0: // addr-spec: what follows a semicolon is a header parameter
		spec, rest, _ = strings.Cut(s, ";")
		if rest != "" || strings.IndexByte(s, ';') >= 0 {
			rest = ";" + rest
		}
		spec = trimLWS(spec)
		if strings.ContainsAny(spec, ",?") {
			return a, errors.New("URI with comma or question mark needs angle brackets")
		}
	default:
		end := strings.IndexByte(s[i:], '>')
		if end < 0 {
			return a, errors.New("'<' without '>'")
		}
		spec, rest = s[i+1:i+end], trimLWS(s[i+end+1:])
		display := trimLWS(s[:i])
		switch {
		case display == "":
		case display[0] == '"':
			n, err := scanQuoted(display)
			if err != nil {
				return a, err
			}
			if n != len(display) {
				return a, errors.New("text between display name and '<'")
			}
			a.display = display[1 : n-1]
		default:
			for word := range strings.FieldsSeq(display) {
				if !isToken(word) {
					return a, errors.New("display name needs quotes")
				}
			}
			a.display = display
		}
	}
	var err error
	if a.uri, err = parseURI(spec); err != nil {
		return a, err
	}
	if rest != "" {
		if rest[0] != ';' {
			return a, errors.New("text after '>'")
		}
		if a.params, err = parseParams(rest[1:]); err != nil {
			return a, err
		}
	}
	return a, nil
}

// addrStart finds the '<' that opens the URI, outside a quoted display name.
func addrStart(s string) int {
	i := 0
	if s != "" && s[0] == '"' {
		n, err := scanQuoted(s)
		if err != nil {
			return -1
		}
		i = n
	}
	if j := strings.IndexByte(s[i:], '<'); j >= 0 {
		return i + j
	}
	return -1
}

// parseVia reads one via-parm (RFC 3261 §20.42); blanks may stand around the slashes, the colon and the semicolons.
func parseVia(s string) (*sip.ViaHeader, error) {
	v := &sip.ViaHeader{}
	proto, rest, ok := strings.Cut(s, "/")
	version, rest, ok2 := strings.Cut(rest, "/")
	if !ok || !ok2 {
		return nil, errors.New("no protocol, version and transport")
	}
	rest = trimLWS(rest)
	i := strings.IndexAny(rest, " \t")
	if i < 0 {
		return nil, errors.New("no host")
	}
	v.ProtocolName, v.ProtocolVersion, v.Transport = trimLWS(proto), trimLWS(version), rest[:i]
	if !isToken(v.ProtocolName) || !isToken(v.ProtocolVersion) || !isToken(v.Transport) {
		return nil, errors.New("protocol, version or transport is no token")
	}
	sentBy, params, has := strings.Cut(trimLWS(rest[i:]), ";")
	host, port, err := splitHostPort(trimLWS(sentBy), 0)
	if err != nil {
		return nil, err
	}
	v.Host, v.Port = host, port
	if has {
		if v.Params, err = parseParams(params); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// parseNumber reads 1*DIGIT up to limit; anything longer or larger is an error, never a wrapped value.
func parseNumber(s string, limit uint64) (uint64, error) {
	if s == "" {
		return 0, errors.New("no number")
	}
	for i := range len(s) {
		if !isDigit(s[i]) {
			return 0, errors.New("not a number")
		}
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || n > limit {
		return 0, errors.New("number too large")
	}
	return n, nil
}

// listed splits a header value at its commas and drops empty elements.
func listed(value string) []string {
	parts, err := splitOutside(value, ',')
	if err != nil {
		return nil
	}
	out := parts[:0]
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return out
}
