package sip

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// The parser is our own, since sipgo's reads neither blanks around the parts of a Via or an address nor quoted commas,
// turns methods into upper case and takes negative lengths, and has no place for "what was wrong and what may be
// answered". It builds sipgo's message model, so that everything above works with that.

const (
	maxMessage = 64 << 10 // RFC 3261 §18.1.1: implementations must take up to 65,535 bytes
	maxHeaders = 256
)

// A fault says why a message is not processed. Status is what a request with that fault is answered with; 0: nothing can
// be answered.
type fault struct {
	status int
	reason string
}

func (f *fault) Error() string { return fmt.Sprintf("%d %s", f.status, f.reason) }

func faultf(status int, format string, a ...any) *fault {
	return &fault{status, fmt.Sprintf(format, a...)}
}

// canonical maps compact and odd-case names of the headers that this package uses to their written form (RFC 3261 §7.3.3).
var canonical = map[string]string{}

func init() {
	for _, n := range []string{"Via", "From", "To", "Call-ID", "CSeq", "Contact", "Content-Length", "Content-Type", "Max-Forwards",
		"Route", "Record-Route", "Require", "Proxy-Require", "Supported", "Unsupported", "Allow", "Accept", "Expires", "Min-Expires",
		"Authorization", "Proxy-Authorization", "WWW-Authenticate", "Proxy-Authenticate", "P-Asserted-Identity",
		"P-Preferred-Identity", "Privacy", "Reason", "Retry-After", "Alert-Info", "Date", "User-Agent", "Server", "Session-Expires",
		"Min-SE", "Content-Encoding", "Content-Disposition", "Timestamp", "Replaces", "Subject", "Event"} {
		canonical[strings.ToLower(n)] = n
	}
	for c, n := range map[string]string{"v": "Via", "f": "From", "t": "To", "i": "Call-ID", "m": "Contact", "l": "Content-Length",
		"c": "Content-Type", "k": "Supported", "e": "Content-Encoding", "s": "Subject", "x": "Session-Expires", "o": "Event"} {
		canonical[c] = n
	}
}

// single are the headers that may stand only once (RFC 3261 §7.3.1) and that matter here.
var single = map[string]bool{"From": true, "To": true, "Call-ID": true, "CSeq": true, "Content-Length": true,
	"Content-Type": true, "Max-Forwards": true, "Expires": true, "Date": true, "Min-Expires": true}

// parseMessage reads one whole message, as a datagram or a framed part of a stream holds it. With a fault it returns what
// could be read of a request, so that it can be answered; the message is nil when there is nothing to answer.
func parseMessage(data []byte) (sip.Message, *fault) {
	data = bytes.TrimLeft(data, "\r\n") // §7.5: empty lines before the start line
	head, body, ok := cutHead(data)
	var bad *fault
	note := func(f *fault) {
		if bad == nil && f != nil {
			bad = f
		}
	}
	if !ok {
		note(faultf(400, "Header Section Has No End"))
	}
	start, rest, _ := bytes.Cut(head, crlf)
	msg, f := parseStart(string(start))
	if msg == nil {
		return nil, f
	}
	note(f)
	p := headerParser{msg: msg}
	for len(rest) > 0 {
		var line string
		line, rest = unfold(rest)
		note(p.header(line))
		if p.count > maxHeaders {
			note(faultf(400, "Too Many Headers"))
			break
		}
	}
	note(p.missing())
	if bad == nil || len(body) > 0 {
		note(p.body(body))
	}
	return msg, bad
}

var crlf = []byte("\r\n")

// cutHead separates start line and headers from the body.
func cutHead(data []byte) (head, body []byte, ok bool) {
	if i := bytes.Index(data, []byte("\r\n\r\n")); i >= 0 {
		return data[:i], data[i+4:], true
	}
	return bytes.TrimRight(data, "\r\n"), nil, false
}

// unfold takes the next header off rest, continuation lines (§7.3.1) joined with one blank.
func unfold(rest []byte) (string, []byte) {
	line, rest, _ := bytes.Cut(rest, crlf)
	if len(rest) == 0 || !isLWS(rest[0]) {
		return string(line), rest
	}
	var b strings.Builder
	b.Write(bytes.TrimRight(line, " \t"))
	for len(rest) > 0 && isLWS(rest[0]) {
		line, rest, _ = bytes.Cut(rest, crlf)
		b.WriteByte(' ')
		b.Write(bytes.Trim(line, " \t"))
	}
	return b.String(), rest
}

// parseStart reads the request or status line: exactly one blank between its parts (§7.1, §7.2).
func parseStart(line string) (sip.Message, *fault) {
	if strings.ContainsAny(line, "\r\n\x00") {
		return nil, faultf(0, "control character in the start line")
	}
	if version, rest, ok := strings.Cut(line, " "); ok && strings.HasPrefix(strings.ToUpper(version), "SIP/") {
		code, reason, _ := strings.Cut(rest, " ")
		n, err := parseNumber(code, 699)
		if err != nil || n < 100 || len(code) != 3 {
			return nil, faultf(0, "status code is not 100 to 699")
		}
		if !strings.EqualFold(version, "SIP/2.0") {
			return nil, faultf(0, "version is not SIP/2.0")
		}
		return sip.NewResponse(int(n), reason), nil
	}
	i := strings.LastIndexByte(strings.TrimRight(line, " \t"), ' ')
	method, _, ok := strings.Cut(line, " ")
	if !ok || i <= len(method) || !isToken(method) {
		return nil, faultf(0, "no SIP message")
	}
	version := strings.TrimRight(line[i+1:], " \t")
	if !strings.HasPrefix(strings.ToUpper(version), "SIP/") {
		return nil, faultf(0, "no SIP message")
	}
	target := line[len(method)+1 : i]
	req := sip.NewRequest(sip.RequestMethod(method), sip.Uri{})
	if !strings.EqualFold(version, "SIP/2.0") {
		return req, faultf(505, "Version Not Supported")
	}
	if line[i+1:] != version || trimLWS(target) != target {
		return req, faultf(400, "Request Line Has Extra Blanks")
	}
	u, err := parseURI(target)
	switch {
	case err != nil:
		return req, faultf(400, "Bad Request URI: %v", err)
	case u.Scheme != "sip" && u.Scheme != "tel":
		return req, faultf(416, "Unsupported URI Scheme") // §8.2.2.1; sips needs TLS, which is not listened for
	case len(u.Headers) > 0:
		return req, faultf(400, "Headers In Request URI") // §19.1.1 table 1
	}
	req.Recipient = u
	return req, nil
}

// A headerParser adds headers to a message one by one.
type headerParser struct {
	msg    sip.Message
	count  int
	seen   [10]string // names of the single headers that were there
	length int        // Content-Length, -1: not given
	hasLen bool
}

func (p *headerParser) header(line string) *fault {
	p.count++
	name, value, ok := strings.Cut(line, ":")
	name = strings.TrimRight(name, " \t")
	if !ok || !isToken(name) {
		return faultf(400, "Header Line Without Name")
	}
	value = trimLWS(value)
	if strings.ContainsAny(value, "\r\n\x00") && !quotedNUL(value) {
		return faultf(400, "Control Character In %s", name)
	}
	if c, ok := canonical[strings.ToLower(name)]; ok {
		name = c
	}
	if single[name] {
		for i, s := range p.seen {
			if s == name {
				return faultf(400, "Two %s Headers", name)
			}
			if s == "" {
				p.seen[i] = name
				break
			}
		}
	}
	if err := p.typed(name, value); err != nil {
		if name == "Via" {
			p.msg.AppendHeader(sip.NewHeader(name, value)) // for the 400, which has to show it
		}
		return faultf(400, "Bad %s: %v", name, err)
	}
	return nil
}

// quotedNUL reports that value's only control characters are NULs in quoted-pairs (§25.1 allows them there).
func quotedNUL(value string) bool {
	for i := range len(value) {
		if value[i] == '\r' || value[i] == '\n' || value[i] == 0 && (i == 0 || value[i-1] != '\\') {
			return false
		}
	}
	return true
}

func (p *headerParser) typed(name, value string) error {
	add := p.msg.AppendHeader
	switch name {
	case "Via":
		parts, err := splitOutside(value, ',')
		if err != nil {
			return err
		}
		for _, part := range parts {
			v, err := parseVia(part)
			if err != nil {
				return err
			}
			add(v)
		}
	case "From", "To":
		a, err := parseAddress(value)
		if err != nil {
			return err
		}
		if name == "From" {
			add(&sip.FromHeader{DisplayName: a.display, Address: a.uri, Params: a.params})
		} else {
			add(&sip.ToHeader{DisplayName: a.display, Address: a.uri, Params: a.params})
		}
	case "Contact":
		if value == "*" {
			add(&sip.ContactHeader{Address: sip.Uri{Wildcard: true, Host: "*"}})
			return nil
		}
		parts, err := splitOutside(value, ',')
		if err != nil {
			return err
		}
		for _, part := range parts {
			a, err := parseContact(part)
			if err != nil {
				return err
			}
			add(&sip.ContactHeader{DisplayName: a.display, Address: a.uri, Params: a.params})
		}
	case "Route", "Record-Route":
		parts, err := splitOutside(value, ',')
		if err != nil {
			return err
		}
		for _, part := range parts {
			if _, err := parseAddress(part); err != nil {
				return err
			}
			// Kept as text: rr-params come back in responses unchanged (§12.1.1).
			add(sip.NewHeader(name, part))
		}
	case "CSeq":
		num, method, ok := strings.Cut(value, " ")
		if i := strings.IndexAny(value, " \t"); i >= 0 {
			num, method, ok = value[:i], trimLWS(value[i:]), true
		}
		n, err := parseNumber(num, 1<<31-1) // §8.1.1.5
		if !ok || err != nil || !isToken(method) {
			return errors.New("not a number below 2**31 and a method")
		}
		add(&sip.CSeqHeader{SeqNo: uint32(n), MethodName: sip.RequestMethod(method)})
	case "Call-ID":
		if value == "" || strings.ContainsAny(value, " \t") {
			return errors.New("not one word")
		}
		id := sip.CallIDHeader(value)
		add(&id)
	case "Max-Forwards":
		n, err := parseNumber(value, 255) // §20.22
		if err != nil {
			return err
		}
		m := sip.MaxForwardsHeader(n)
		add(&m)
	case "Content-Length":
		n, err := parseNumber(value, 1<<31-1)
		if err != nil {
			return err
		}
		p.length, p.hasLen = int(n), true
	case "Content-Type":
		if value == "" {
			return errors.New("empty")
		}
		c := sip.ContentTypeHeader(value)
		add(&c)
	case "Date":
		if !strings.HasSuffix(value, "GMT") { // §20.17
			return errors.New("not in GMT")
		}
		add(sip.NewHeader(name, value))
	default:
		add(sip.NewHeader(name, value))
	}
	return nil
}

// parseContact reads a contact-param. Unlike in From and To, ';' after a URI without angle brackets begins the contact's
// parameters, and a '?' there is an error (§20.10).
func parseContact(s string) (address, error) {
	a, err := parseAddress(s)
	if err == nil && len(a.params) == 0 && strings.HasSuffix(trimLWS(s), ";") {
		return a, errors.New("empty parameter")
	}
	return a, err
}

// missing checks the headers that every message has (§8.1.1). Without Via there is no way back for an answer.
func (p *headerParser) missing() *fault {
	m := p.msg
	req, isReq := m.(*sip.Request)
	switch {
	case m.Via() == nil && len(m.GetHeaders("Via")) == 0:
		return faultf(0, "no Via")
	case m.CSeq() == nil:
		return faultf(400, "No CSeq")
	case m.CallID() == nil:
		return faultf(400, "No Call-ID")
	case m.From() == nil:
		return faultf(400, "No From")
	case m.To() == nil:
		return faultf(400, "No To")
	case isReq && m.CSeq().MethodName != req.Method:
		return faultf(400, "CSeq Has Another Method") // §8.1.1.5
	}
	if v := m.Via(); v != nil && !strings.EqualFold(v.ProtocolName, "SIP") || v != nil && v.ProtocolVersion != "2.0" {
		return faultf(505, "Version Not Supported")
	}
	return nil
}

// body cuts the body to Content-Length (§18.3): what a datagram has beyond it is ignored, less is an error.
func (p *headerParser) body(b []byte) *fault {
	if p.hasLen {
		if p.length > len(b) {
			return faultf(400, "Content-Length Is Beyond The Message")
		}
		b = b[:p.length]
	}
	if len(b) > 0 {
		p.msg.SetBody(bytes.Clone(b))
	} else {
		p.msg.SetBody(nil)
	}
	return nil
}
