package modem

import (
	"encoding/hex"
	"strings"

	"tipring/dsp/callerid"
	"tipring/tdm"
)

// A callerInfo collects what a modem tells about a call, line by line, between rings.
type callerInfo struct {
	party    tdm.PartyNumber
	time     string // MMDDHHMM as the modem gives it
	ring     string // distinctive ring, as the modem tells it
	got      bool   // anything but a ring
	complete bool   // a whole message: nothing more is to be waited for
	bad      bool   // damaged or not understood
	cadence  []string
}

// maxText bounds what is kept of a number or a name.
const maxText = 64

// line takes one line: "NMBR = 5550199", "MESG=8012...", "+CLIP: ...", "DRON=20". What is in it is the caller's: untrusted.
func (c *callerInfo) line(s string) {
	if rest, ok := strings.CutPrefix(s, "+CLIP:"); ok {
		c.clip(rest)
		return
	}
	key, value, ok := strings.Cut(s, "=")
	if !ok {
		key, value, _ = strings.Cut(s, ":") // "CALLER NUMBER: 5550199"
	}
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	switch key {
	case "DATE":
		c.time = digitsOnly(value) + c.time
	case "TIME":
		c.time += digitsOnly(value)
	case "NMBR", "CALLER NUMBER":
		c.number(value)
	case "NAME":
		c.name(value)
	case "MESG":
		c.raw(value)
		return
	case "DRON", "DROF":
		if len(c.cadence) < 16 {
			c.cadence = append(c.cadence, strings.ToLower(key)+"="+digitsOnly(value))
		}
		c.ring = strings.Join(c.cadence, " ")
		return
	case "DDN": // the number that was called
	default:
		return
	}
	c.got = true
}

// number takes the value of NMBR. P and O are the reasons of the network for there being none; some firmwares spell them
// out.
func (c *callerInfo) number(v string) {
	switch strings.ToUpper(v) {
	case "P", "PRIVATE", "ANONYMOUS", "BLOCKED":
		c.party.Digits, c.party.Presentation = "", tdm.Restricted
	case "O", "OUT OF AREA", "UNAVAILABLE", "UNKNOWN", "":
		c.party.Digits, c.party.Presentation = "", tdm.Unavailable
	default:
		c.party.Digits, c.party.Presentation = dialable(v), tdm.Allowed
		c.bad = c.bad || c.party.Digits == ""
	}
}

func (c *callerInfo) name(v string) {
	switch strings.ToUpper(v) {
	case "P", "PRIVATE", "O", "OUT OF AREA", "UNAVAILABLE":
		return
	}
	c.party.Name = printable(v)
}

// raw takes an unformatted message: the octets of SDMF or MDMF in hexadecimal, with or without the checksum.
func (c *callerInfo) raw(v string) {
	c.got = true
	p, err := hex.DecodeString(strings.ReplaceAll(v, " ", ""))
	if err != nil || len(p) < 3 {
		c.bad = true
		return
	}
	if int(p[1])+2 == len(p) { // the firmware keeps the checksum to itself: it has checked it
		var sum byte
		for _, b := range p {
			sum += b
		}
		p = append(p, -sum)
	}
	m, err := callerid.Decode(p)
	if err != nil || !m.ChecksumOK {
		c.bad = true
		return
	}
	c.complete = true
	c.time = m.Time
	c.party.Name = printable(m.Name)
	switch {
	case m.Number != "":
		c.party.Digits, c.party.Presentation = dialable(m.Number), tdm.Allowed
	case m.NumberReason == callerid.Private:
		c.party.Digits, c.party.Presentation = "", tdm.Restricted
	default:
		c.party.Digits, c.party.Presentation = "", tdm.Unavailable
	}
}

// clip takes what follows +CLIP: "number",type,... (3GPP TS 27.007 7.11; the sixth field is the validity).
func (c *callerInfo) clip(s string) {
	c.got, c.complete = true, true
	f := splitFields(s)
	c.number(strings.Trim(f[0], `"`))
	if len(f) > 4 {
		c.party.Name = printable(strings.Trim(f[4], `"`))
	}
	if len(f) > 5 && f[5] == "1" {
		c.party.Presentation = tdm.Restricted
	}
}

// dialable keeps what can be in a number.
func dialable(s string) string {
	return keep(s, func(r rune) bool { return r >= '0' && r <= '9' || r == '*' || r == '#' || r == '+' })
}

func digitsOnly(s string) string { return keep(s, func(r rune) bool { return r >= '0' && r <= '9' }) }

func printable(s string) string {
	return strings.TrimSpace(keep(s, func(r rune) bool { return r >= ' ' && r < 0x7f }))
}

func keep(s string, ok func(rune) bool) string {
	s = strings.Map(func(r rune) rune {
		if ok(r) {
			return r
		}
		return -1
	}, s)
	return s[:min(len(s), maxText)]
}
