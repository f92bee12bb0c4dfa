package config

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"tipring/dsp/callerid"
	"tipring/dsp/tone"
	"tipring/gateway/digitmap"
)

// forms are the rules of the check tag: each says what is wrong with a text, or nothing.
var forms = map[string]func(string) string{
	"":         nil,
	"name":     checkName,
	"line":     checkLine,
	"number":   checkNumber,
	"country":  checkCountry,
	"callerid": checkCallerID,
	"host":     checkHost,
	"hostport": checkHostPort,
	"token":    checkToken,
	"path":     checkPath,
	"choice":   checkChoice,
	"channels": checkChannels,
	"pattern": func(s string) string {
		_, err := digitmap.ParsePattern(s)
		return syntax(err)
	},
	"digitmap": func(s string) string {
		_, err := digitmap.Parse(s)
		return syntax(err)
	},
	"calling": func(s string) string {
		if s == "none" {
			return ""
		}
		_, err := digitmap.ParsePattern(s)
		return syntax(err)
	},
}

// syntax says where a pattern is wrong; the fault has its text already.
func syntax(err error) string {
	se, ok := err.(*digitmap.SyntaxError)
	switch {
	case !ok:
		return ""
	case se.Offset >= len(se.Pattern):
		return "at its end: " + se.Msg
	}
	return "character " + strconv.Itoa(se.Offset+1) + ": " + se.Msg
}

// checkName: a name is a label of metrics, a word of the dial plan and an argument on the command line.
func checkName(s string) string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	switch {
	case s == "":
		return "is no name: write 1 to 32 letters, digits, - _ ."
	case len(s) > 32 || strings.Trim(s, letters+"-_.") != "" || !strings.ContainsRune(letters, rune(s[0])):
		return "is no name: write 1 to 32 letters, digits, - _ . and begin with a letter or digit"
	}
	return ""
}

func checkLine(s string) string {
	if len(s) > 128 || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) || r == '"' }) {
		return "is no text for one line: write at most 128 printable characters without \""
	}
	return ""
}

func checkNumber(s string) string {
	if len(s) > 32 || strings.Trim(s, "0123456789*#ABCD+") != "" {
		return "is no number: write at most 32 of 0-9 * # A-D +"
	}
	return ""
}

func checkCountry(s string) string {
	if _, ok := tone.Zone(s); ok {
		return ""
	}
	zones := tone.Zones()
	slices.Sort(zones)
	return "is no country known here: write one of " + strings.Join(zones, " ")
}

func checkCallerID(s string) string {
	if _, ok := callerid.Lookup(s); ok {
		return ""
	}
	return "is no caller-ID standard known here: write one of " + strings.Join(callerid.Names(), " ")
}

func checkHost(s string) string {
	if _, err := netip.ParseAddr(s); err == nil {
		return ""
	}
	last := s[strings.LastIndexByte(s, '.')+1:]
	ok := len(s) <= 253 && strings.Trim(last, "0123456789") != "" // an address with a slip is no name
	for label := range strings.SplitSeq(strings.TrimSuffix(s, "."), ".") {
		ok = ok && label != "" && len(label) <= 63 && label[0] != '-' && label[len(label)-1] != '-' &&
			strings.Trim(label, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == ""
	}
	if !ok {
		return "is no host: write a host name or an address, without port and scheme"
	}
	return ""
}

func checkHostPort(s string) string {
	if _, err := netip.ParseAddrPort(s); err == nil {
		return ""
	}
	host := s
	if h, port, ok := strings.Cut(s, ":"); ok && !strings.Contains(port, ":") {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return "has a port that is no number from 1 to 65535"
		}
		host = h
	}
	return checkHost(host)
}

// minToken is the shortest token that is not guessed.
const minToken = 16

func checkToken(s string) string {
	if len(s) < minToken || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "is no token: write at least 16 printable ASCII characters without blanks"
	}
	return ""
}
