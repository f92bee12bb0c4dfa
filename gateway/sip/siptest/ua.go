// Package siptest is a SIP user agent for tests that is made of text: what it sends is written out, what it receives is read
// as lines. It shares no code with the SIP side of the gateway, so that both cannot be wrong in the same way.
//
// A UA works over any net.PacketConn; in a testing/synctest bubble over one of gateway/netsim. It answers nothing by itself.
package siptest

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Patience is how long a UA waits by itself: longer than any timer of RFC 3261.
const Patience = 40 * time.Second

// A UA sends and receives messages.
type UA struct {
	TB   testing.TB
	Conn net.PacketConn
	To   net.Addr // the gateway
	User string   // user part of its address
	// Patience is how long Expect and Await wait.
	Patience time.Duration

	in  chan *Message
	seq int
}

// New starts a UA that reads conn until it is closed, which happens at the end of the test.
func New(tb testing.TB, conn net.PacketConn, to net.Addr, user string) *UA {
	u := &UA{TB: tb, Conn: conn, To: to, User: user, Patience: Patience, in: make(chan *Message, 1024)}
	go u.read()
	tb.Cleanup(func() { conn.Close() })
	return u
}

func (u *UA) read() {
	defer close(u.in)
	buf := make([]byte, 65536)
	for {
		n, from, err := u.Conn.ReadFrom(buf)
		if err != nil {
			return
		}
		m := Parse(string(buf[:n]))
		m.From = from
		u.in <- m
	}
}

// Addr is host:port of the UA.
func (u *UA) Addr() string { return u.Conn.LocalAddr().String() }

func (u *UA) ip() string { return netip.MustParseAddrPort(u.Addr()).Addr().String() }

// Message is a message as text.
type Message struct {
	Start   string
	Headers [][2]string
	Body    string
	From    net.Addr
}

// Parse reads a message as far as it has the form of one.
func Parse(text string) *Message {
	head, body, _ := strings.Cut(text, "\r\n\r\n")
	m := &Message{Body: body}
	var rest string
	m.Start, rest, _ = strings.Cut(head, "\r\n")
	for line := range strings.SplitSeq(rest, "\r\n") {
		name, value, ok := strings.Cut(line, ":")
		if ok {
			m.Headers = append(m.Headers, [2]string{strings.TrimSpace(name), strings.TrimSpace(value)})
		}
	}
	return m
}

// Get returns the first value of a header, "" without one.
func (m *Message) Get(name string) string {
	if all := m.All(name); len(all) > 0 {
		return all[0]
	}
	return ""
}

// All returns the values of a header.
func (m *Message) All(name string) []string {
	var values []string
	for _, h := range m.Headers {
		if strings.EqualFold(h[0], name) {
			values = append(values, h[1])
		}
	}
	return values
}

// Method is the request's method, "" for a response.
func (m *Message) Method() string {
	if strings.HasPrefix(m.Start, "SIP/2.0 ") {
		return ""
	}
	method, _, _ := strings.Cut(m.Start, " ")
	return method
}

// Status is the response's status, 0 for a request.
func (m *Message) Status() int {
	if m.Method() != "" {
		return 0
	}
	n, _ := strconv.Atoi(strings.Fields(m.Start)[1])
	return n
}

// URI is the Request-URI.
func (m *Message) URI() string {
	if f := strings.Fields(m.Start); len(f) == 3 {
		return f[1]
	}
	return ""
}

// String gives start line and headers.
func (m *Message) String() string {
	var b strings.Builder
	b.WriteString(m.Start)
	for _, h := range m.Headers {
		b.WriteString("\n" + h[0] + ": " + h[1])
	}
	return b.String()
}

// Tag returns the tag parameter of From or To.
func (m *Message) Tag(header string) string {
	_, tag, _ := strings.Cut(m.Get(header), ";tag=")
	tag, _, _ = strings.Cut(tag, ";")
	return tag
}

// Contact returns the URI of the first Contact.
func (m *Message) Contact() string {
	_, uri, _ := strings.Cut(m.Get("Contact"), "<")
	uri, _, _ = strings.Cut(uri, ">")
	return uri
}

// Send sends a message. Lines end in "\n" or "\r\n"; the blank line is added when there is none, and Content-Length when it
// is missing.
func (u *UA) Send(text string) {
	u.TB.Helper()
	if _, err := u.Conn.WriteTo([]byte(Wire(text)), u.To); err != nil {
		u.TB.Fatalf("%s: %v", u.User, err)
	}
}

// Wire makes a message out of readable text.
func Wire(text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(strings.TrimLeft(text, "\n"), "\r\n", "\n"), "\n", "\r\n")
	head, body, _ := strings.Cut(text, "\r\n\r\n")
	head = strings.TrimRight(head, "\r\n")
	if !strings.Contains(strings.ToLower(head), "\r\ncontent-length:") {
		head += fmt.Sprintf("\r\nContent-Length: %d", len(body))
	}
	return head + "\r\n\r\n" + body
}

// Next returns the next message whatever it is; nil if none comes within d.
func (u *UA) Next(d time.Duration) *Message {
	select {
	case m := <-u.in:
		return m
	default:
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case m := <-u.in:
		return m
	case <-t.C:
		return nil
	}
}

// Expect waits for a message that is a request of this method ("BYE") or a response of this status ("200", or "200 INVITE"
// to say to what). 100 is passed over unless it is asked for; anything else that comes instead fails the test.
func (u *UA) Expect(want string) *Message {
	u.TB.Helper()
	for {
		m := u.Next(u.Patience)
		if m == nil {
			u.TB.Fatalf("%s: %s did not come", u.User, want)
		}
		if m.is(want) {
			return m
		}
		if m.Status() == 100 {
			continue
		}
		u.TB.Fatalf("%s: waits for %s, got\n%v\n\n%s", u.User, want, m, m.Body)
	}
}

// Await passes over everything until what is wanted comes.
func (u *UA) Await(want string) *Message {
	u.TB.Helper()
	for {
		m := u.Next(u.Patience)
		if m == nil {
			u.TB.Fatalf("%s: %s did not come", u.User, want)
		}
		if m.is(want) {
			return m
		}
	}
}

// Nothing fails the test if any message but 100 comes within d.
func (u *UA) Nothing(d time.Duration) {
	u.TB.Helper()
	end := time.Now().Add(d)
	for m := u.Next(d); m != nil; m = u.Next(time.Until(end)) {
		if m.Status() != 100 {
			u.TB.Fatalf("%s: unexpected\n%v", u.User, m)
		}
	}
}

func (m *Message) is(want string) bool {
	status, method, _ := strings.Cut(want, " ")
	if n, err := strconv.Atoi(status); err == nil {
		return m.Status() == n && (method == "" || strings.HasSuffix(m.Get("CSeq"), " "+method))
	}
	return m.Method() == want
}

// Request writes a request outside a dialog. extra lines stand before the body.
func (u *UA) Request(method, uri, extra, body string) *Message {
	u.seq++
	if body != "" {
		extra += "Content-Type: application/sdp\n"
	}
	text := fmt.Sprintf("%s %s SIP/2.0\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s%d;rport\nMax-Forwards: 70\nFrom: <sip:%s@%s>;tag=%s\n"+
		"To: <%s>\nCall-ID: %s-%d@%s\nCSeq: %d %s\nContact: <sip:%s@%s>\n%s\n%s", method, uri, u.Addr(), u.User, u.seq, u.User, u.ip(),
		u.User+"tag", uri, u.User, u.seq, u.ip(), u.seq, method, u.User, u.Addr(), extra, body)
	return Parse(Wire(text))
}

// Text gives a message to send.
func (m *Message) Text() string {
	var b strings.Builder
	b.WriteString(m.Start + "\r\n")
	for _, h := range m.Headers {
		b.WriteString(h[0] + ": " + h[1] + "\r\n")
	}
	return b.String() + "\r\n" + m.Body
}

// Set replaces a header, or adds it.
func (m *Message) Set(name, value string) *Message {
	for i, h := range m.Headers {
		if strings.EqualFold(h[0], name) {
			m.Headers[i][1] = value
			return m
		}
	}
	m.Headers = append(m.Headers, [2]string{name, value})
	return m
}

// Del takes a header away.
func (m *Message) Del(name string) *Message {
	kept := m.Headers[:0]
	for _, h := range m.Headers {
		if !strings.EqualFold(h[0], name) {
			kept = append(kept, h)
		}
	}
	m.Headers = kept
	return m
}

// Respond answers a request. tag is our To tag where the request has none.
func (u *UA) Respond(req *Message, status, tag, extra, body string) {
	u.TB.Helper()
	var b strings.Builder
	b.WriteString("SIP/2.0 " + status + "\n")
	for _, h := range req.Headers {
		switch strings.ToLower(h[0]) {
		case "via", "from", "call-id", "cseq", "record-route":
			b.WriteString(h[0] + ": " + h[1] + "\n")
		case "to":
			b.WriteString("To: " + h[1])
			if tag != "" && !strings.Contains(h[1], ";tag=") {
				b.WriteString(";tag=" + tag)
			}
			b.WriteString("\n")
		}
	}
	if !strings.Contains(extra, "Contact:") {
		fmt.Fprintf(&b, "Contact: <sip:%s@%s>\n", u.User, u.Addr())
	}
	b.WriteString(extra)
	if body != "" {
		b.WriteString("Content-Type: application/sdp\n")
	}
	u.Send(b.String() + "\n" + body)
}

// A Dialog is what a UA needs for further requests.
type Dialog struct {
	UA             *UA
	CallID, Target string
	Local, Remote  string // From and To with tags
	seq            int
	invite         int // CSeq of the last INVITE
}

// ClientDialog begins a dialog from the UA's request and its answer.
func (u *UA) ClientDialog(req, res *Message) *Dialog {
	n, _ := strconv.Atoi(strings.Fields(req.Get("CSeq"))[0])
	return &Dialog{UA: u, CallID: req.Get("Call-ID"), Target: res.Contact(), Local: req.Get("From"), Remote: res.Get("To"), seq: n, invite: n}
}

// ServerDialog begins a dialog from a request that the UA answered with its tag.
func (u *UA) ServerDialog(req *Message, tag string) *Dialog {
	return &Dialog{UA: u, CallID: req.Get("Call-ID"), Target: req.Contact(), Local: req.Get("To") + ";tag=" + tag, Remote: req.Get("From"), seq: 100}
}

// Request writes a request inside the dialog. ACK takes the number of the last INVITE.
func (d *Dialog) Request(method, extra, body string) *Message {
	n := d.invite
	if method != "ACK" {
		d.seq++
		n = d.seq
	}
	if method == "INVITE" {
		d.invite = n
	}
	if body != "" && !strings.Contains(extra, "Content-Type") {
		extra += "Content-Type: application/sdp\n"
	}
	d.UA.seq++
	text := fmt.Sprintf("%s %s SIP/2.0\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%sd%d;rport\nMax-Forwards: 70\nFrom: %s\nTo: %s\nCall-ID: %s\n"+
		"CSeq: %d %s\nContact: <sip:%s@%s>\n%s\n%s", method, d.Target, d.UA.Addr(), d.UA.User, d.UA.seq, d.Local, d.Remote, d.CallID, n,
		method, d.UA.User, d.UA.Addr(), extra, body)
	return Parse(Wire(text))
}

// Send sends a request inside the dialog.
func (d *Dialog) Send(method, extra, body string) *Message {
	d.UA.TB.Helper()
	m := d.Request(method, extra, body)
	d.UA.Send(m.Text())
	return m
}

// Cancel sends the CANCEL of an INVITE.
func (u *UA) Cancel(invite *Message, extra string) {
	u.TB.Helper()
	num, _, _ := strings.Cut(invite.Get("CSeq"), " ")
	u.Send(fmt.Sprintf("CANCEL %s SIP/2.0\nVia: %s\nMax-Forwards: 70\nFrom: %s\nTo: %s\nCall-ID: %s\nCSeq: %s CANCEL\n%s\n", invite.URI(),
		invite.Get("Via"), invite.Get("From"), invite.Get("To"), invite.Get("Call-ID"), num, extra))
}

// AckFailure acknowledges a non-2xx response to an INVITE.
func (u *UA) AckFailure(invite, res *Message) {
	u.TB.Helper()
	num, _, _ := strings.Cut(invite.Get("CSeq"), " ")
	u.Send(fmt.Sprintf("ACK %s SIP/2.0\nVia: %s\nMax-Forwards: 70\nFrom: %s\nTo: %s\nCall-ID: %s\nCSeq: %s ACK\n\n", invite.URI(),
		invite.Get("Via"), invite.Get("From"), res.Get("To"), invite.Get("Call-ID"), num))
}

// Authorize answers a challenge with the algorithm given ("MD5" or "SHA-256") and makes the request a new one.
func (u *UA) Authorize(req, challenge *Message, user, password, algorithm string, nc int) *Message {
	u.TB.Helper()
	header, answer := "WWW-Authenticate", "Authorization"
	if challenge.Status() == 407 {
		header, answer = "Proxy-Authenticate", "Proxy-Authorization"
	}
	for _, v := range challenge.All(header) {
		if param(v, "algorithm") != algorithm {
			continue
		}
		realm, nonce := param(v, "realm"), param(v, "nonce")
		digest := Digest(algorithm, user, realm, password, req.Method(), req.URI(), nonce, nc)
		u.seq++
		return Parse(req.Text()).Set(answer, fmt.Sprintf(`Digest username="%s", realm="%s", nonce="%s", uri="%s", response="%s", algorithm=%s, `+
			`qop=auth, nc=%08x, cnonce="c"`, user, realm, nonce, req.URI(), digest, algorithm, nc)).
			Set("CSeq", fmt.Sprintf("%d %s", 1000+u.seq, req.Method())).
			Set("Via", fmt.Sprintf("SIP/2.0/UDP %s;branch=z9hG4bK%sa%d;rport", u.Addr(), u.User, u.seq))
	}
	u.TB.Fatalf("%s: no %s challenge in\n%v", u.User, algorithm, challenge)
	return nil
}

// Digest is RFC 7616 §3.4.1 with qop=auth and cnonce "c".
func Digest(algorithm, user, realm, password, method, uri, nonce string, nc int) string {
	return DigestWith(algorithm, user, realm, password, method, uri, nonce, nc, "c")
}

// DigestWith is Digest with another cnonce.
func DigestWith(algorithm, user, realm, password, method, uri, nonce string, nc int, cnonce string) string {
	sum := func(s string) string {
		var h hash.Hash = md5.New()
		if algorithm == "SHA-256" {
			h = sha256.New()
		}
		h.Write([]byte(s))
		return hex.EncodeToString(h.Sum(nil))
	}
	return sum(sum(user+":"+realm+":"+password) + ":" + nonce + fmt.Sprintf(":%08x:%s:auth:", nc, cnonce) + sum(method+":"+uri))
}

// param finds a parameter in a challenge, quoted or not.
func param(v, name string) string {
	for p := range strings.SplitSeq(strings.TrimPrefix(v, "Digest "), ",") {
		if n, val, ok := strings.Cut(strings.TrimSpace(p), "="); ok && n == name {
			return strings.Trim(val, `"`)
		}
	}
	return ""
}

// Register registers the UA's address for an account and returns the 200.
func (u *UA) Register(user, password string, expires int) *Message {
	u.TB.Helper()
	req := u.Request("REGISTER", "sip:tipring", "Expires: "+strconv.Itoa(expires)+"\n", "").
		Set("From", "<sip:"+user+"@tipring>;tag=reg").Set("To", "<sip:"+user+"@tipring>")
	u.Send(req.Text())
	again := u.Authorize(req, u.Expect("401"), user, password, "MD5", 1)
	u.Send(again.Text())
	return u.Expect("200 REGISTER")
}

// SDP is a description with PCMA, PCMU and telephone-event at an address.
func SDP(addr string, direction string) string {
	a := netip.MustParseAddrPort(addr)
	s := fmt.Sprintf("v=0\r\no=ua 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n",
		a.Addr(), a.Addr(), a.Port())
	if direction != "" {
		s += "a=" + direction + "\r\n"
	}
	return s
}
