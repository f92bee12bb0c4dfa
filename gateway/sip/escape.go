package sip

import (
	"strings"
	"unicode/utf8"
)

// What a caller sends is untrusted bytes: these functions are the only way for it into a header.

// escapeUser makes a user part of a number or name (RFC 3261 §25.1 user): everything but unreserved characters and "+" is
// percent-escaped, so that nothing can end the URI or the line. '#' has no place there unescaped.
func escapeUser(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if isAlphanum(c) || strings.IndexByte(markChars, c) >= 0 || c == '+' {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}

// unescapeUser resolves percent-escapes; a '%' that begins none stays. The result is raw bytes again.
func unescapeUser(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			b = append(b, hexValue(s[i+1])<<4|hexValue(s[i+2]))
			i += 2
			continue
		}
		b = append(b, s[i])
	}
	return string(b)
}

func hexValue(c byte) byte {
	if isDigit(c) {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

// escapeDisplay makes the inside of a quoted display name: control characters (C0, DEL, C1) and bytes that are no UTF-8 go,
// quotes and backslashes become quoted-pairs.
func escapeDisplay(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"), r < 0x20, r >= 0x7f && r < 0xa0, r == '\u2028', r == '\u2029':
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return strings.TrimSpace(b.String())
}

// escapeText makes text that may stand in a reason phrase or a quoted parameter.
func escapeText(s string) string { return escapeDisplay(s) }
