package sip

import (
	"strings"
	"testing"
	"unicode/utf8"

	"tipring/tdm"

	"github.com/emiago/sipgo/sip"
)

func TestParseURI(t *testing.T) {
	for _, row := range []struct{ in, out string }{ // out "": an error; "=": as it was
		{"sip:alice@example.com", "="}, {"SIP:alice@example.com", "sip:alice@example.com"}, {"sips:a:b@[2001:db8::1]:5061", "="},
		{"sip:example.com:5070;transport=tcp;lr", "="}, {"sip:a;b=c?d@e.f", "="}, {"sip:a%40b@c", "="}, {"sip:a@b;x=%41?Subject=hi&a=b", "="},
		{"tel:+1-201-555-0123;phone-context=x", "="}, {"soap.beep://192.0.2.103:3002", "="}, {"isbn:2983792873", "="},
		{"sip:10.0.0.1:5060;Transport=UDP", "sip:10.0.0.1:5060;transport=UDP"},
		{"", ""}, {"sip:", ""}, {"alice@example.com", ""}, {"sip:@example.com", ""}, {"sip:a b@c", ""}, {"sip:a@b:0", ""}, {"sip:a@b:65536", ""},
		{"sip:a@b:99999999999", ""}, {"sip:a@b:x", ""}, {"sip:a@[::1", ""}, {"sip:a@::1", "sip:a@[::1]"}, {"sip:a@[1.2.3.4]", ""}, {"sip:a@b c", ""},
		{"sip:a%4@b", ""}, {"sip:a@b@c", ""}, {"sip:a@b;;x", ""}, {"sip:a@b?x", "="}, {"sip:<a@b>", ""}, {"sip:a\"@b", ""}, {"sip:ä@b", ""},
		{"sip:a@-b", ""}, {"1sip:a@b", ""}, {"sip:a@b;x=\x00", ""},
	} {
		u, err := parseURI(row.in)
		want := row.out
		if want == "=" {
			want = row.in
		}
		switch {
		case want == "" && err == nil:
			t.Errorf("%q was read as %v", row.in, u)
		case want != "" && (err != nil || u.String() != want):
			t.Errorf("%q: %q, %v", row.in, u.String(), err)
		}
	}
}

func TestParseAddress(t *testing.T) {
	for _, row := range []struct{ in, display, uri, params string }{
		{`<sip:a@b>`, "", "sip:a@b", ""},
		{`sip:a@b;tag=1`, "", "sip:a@b", "tag=1"},
		{`<sip:a@b;x=y>;Tag=1;q=0.5`, "", "sip:a@b;x=y", "tag=1;q=0.5"},
		{`Alice <sip:a@b>`, "Alice", "sip:a@b", ""},
		{`Alice de B.<sip:a@b>`, "Alice de B.", "sip:a@b", ""},
		{`"Bell, \"A\" <x>" <sip:a@b> ; tag = 1`, `Bell, \"A\" <x>`, "sip:a@b", "tag=1"},
		{`"" <sip:a@b>;p="x;y,z"`, "", "sip:a@b", `p="x;y,z"`},
		{`<tel:+49;cpc=x>`, "", "tel:+49;cpc=x", ""},
	} {
		a, err := parseAddress(row.in)
		if err != nil || a.display != row.display || a.uri.String() != row.uri || a.params.ToString(';') != row.params {
			t.Errorf("%s: %+v, %v", row.in, a, err)
		}
	}
	for _, bad := range []string{"", "<", "<sip:a@b", "sip:a@b>", "<sip:a@b>x", `"a <sip:a@b>`, `"a" b <sip:a@b>`, "a, b <sip:a@b>", "< sip:a@b>",
		"sip:a@b?x=y", "<sip:a@b>;", "<sip:a@b>;;x", "<sip:a@b>;x=", "<sip:a@b>;x=1;x=2", "<sip:a@b>;x=a b", "<sip:a@b>;=x", `<sip:a@b>;x="a"b`, "a@b"} {
		if a, err := parseAddress(bad); err == nil {
			t.Errorf("%q was read as %+v", bad, a)
		}
	}
}

func TestParseVia(t *testing.T) {
	for in, want := range map[string]string{
		"SIP/2.0/UDP 10.0.0.1":                                 "SIP/2.0/UDP 10.0.0.1",
		"SIP  /   2.0 /UDP    192.0.2.2;branch=390skdjuw":      "SIP/2.0/UDP 192.0.2.2;branch=390skdjuw",
		"SIP/2.0/TCP  spindle.example.com   ; branch  =  z9  ": "SIP/2.0/TCP spindle.example.com;branch=z9",
		"SIP/2.0/UDP [2001:db8::9]:5080;RPORT;Received=::1":    "SIP/2.0/UDP [2001:db8::9]:5080;rport;received=::1",
		"SIP/2.0/UDP a.b : 5060 ;ttl=16;maddr=224.0.0.1":       "SIP/2.0/UDP a.b:5060;ttl=16;maddr=224.0.0.1",
	} {
		if v, err := parseVia(in); err != nil || v.Value() != want {
			t.Errorf("%q: %v, %v", in, v, err)
		}
	}
	for _, bad := range []string{"", "SIP/2.0", "SIP/2.0/UDP", "SIP/2.0/UDP ;x", "SIP/2.0/U DP a b", "SIP/2.0/UDP a:b", "SIP/2.0/UDP a;;", "SIP/2.0/UDP [::1"} {
		if v, err := parseVia(bad); err == nil {
			t.Errorf("%q was read as %v", bad, v)
		}
	}
}

func TestNumbersDoNotWrap(t *testing.T) {
	for in, want := range map[string]bool{"0": true, "255": true, "256": false, "18446744073709551871": false, "-1": false, "+1": false, "": false, " 1": false, "0068": true} {
		if _, err := parseNumber(in, 255); (err == nil) != want {
			t.Errorf("%q: %v", in, err)
		}
	}
}

// Whatever a caller is called, what goes into headers is one line that a strict parser reads back as it was meant.
func FuzzEscape(f *testing.F) {
	for _, s := range []string{"201", "+49 30", "a\r\nEvil: x", `"\`, "J\xf6rg", "\x00\x7f\u0085\u2028", "<sip:x@y>;tag=1", "%00", "#31#*"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, number, name string) {
		user, display := escapeUser(number), escapeDisplay(name)
		if strings.ContainsAny(user+display, "\r\n\x00") || !utf8.ValidString(display) {
			t.Fatalf("%q %q", user, display)
		}
		if unescapeUser(user) != number {
			t.Fatalf("%q came back as %q", number, unescapeUser(user))
		}
		if number == "" {
			return
		}
		line := nameAddr(display, sip.Uri{Scheme: "sip", User: user, Host: "example.com"}) + ";tag=1"
		a, err := parseAddress(line)
		if err != nil || a.uri.User != user || a.uri.Host != "example.com" || tagOf(a.params) != "1" || a.display != display {
			t.Fatalf("%q: %+v, %v", line, a, err)
		}
		parts, err := splitOutside(line, ',')
		if err != nil || len(parts) != 1 {
			t.Fatalf("%q is %d elements, %v", line, len(parts), err)
		}
		if v := alertInfo(name); strings.ContainsAny(v, "\r\n\x00") {
			t.Fatalf("Alert-Info %q", v)
		}
	})
}

func FuzzAuthParams(f *testing.F) {
	f.Add(`Digest realm="a", nonce="b", algorithm=MD5, qop="auth,auth-int", stale=TRUE`)
	f.Add(`Digest username="x\"", uri="sip:a", response="", nc=00000001`)
	f.Fuzz(func(t *testing.T, v string) {
		p, err := authParams(v)
		if err != nil {
			return
		}
		for name := range p {
			if !isToken(name) {
				t.Fatalf("parameter %q", name)
			}
		}
	})
}

func TestCauseMap(t *testing.T) {
	// RFC 3398 §8.2.6.1 and §7.2.4.1, and what the file's notes leave to us.
	for cause, status := range map[int]int{1: 404, 16: 480, 17: 486, 18: 408, 19: 480, 21: 403, 22: 410, 27: 502, 28: 484, 34: 503, 42: 503, 63: 500, 88: 503,
		102: 504, 127: 500, 99: 500} {
		if got := CauseToStatus(tdm.Cause(cause)); got != status {
			t.Errorf("cause %d is %d, want %d", cause, got, status)
		}
	}
	for status, cause := range map[int]int{400: 41, 404: 1, 408: 102, 480: 18, 484: 28, 486: 17, 487: 16, 488: 65, 503: 41, 600: 17, 603: 21, 302: 23, 499: 41, 599: 41,
		699: 17} {
		if got := StatusToCause(status); got != tdm.Cause(cause) {
			t.Errorf("status %d is cause %d, want %d", status, got, cause)
		}
	}
	for c := range 128 {
		if s := CauseToStatus(tdm.Cause(c)); s < 300 || s > 699 {
			t.Errorf("cause %d gives status %d", c, s)
		}
	}
}

func TestReason(t *testing.T) {
	for value, want := range map[string]int{
		`Q.850;cause=16;text="x"`: 16, `SIP;cause=486, Q.850 ; cause=34`: 34, `SIP;cause=486`: 17, `SIP ;cause=200 ;text="Call completed elsewhere"`: 26,
		`Q.850;cause=0`: 0, `Q.850;cause=128`: 0, `Q.850`: 0, `X.25;cause=1`: 0, `Q.850;cause="unterminated`: 0, ``: 0,
	} {
		m := sip.NewRequest(sip.BYE, sip.Uri{})
		m.AppendHeader(sip.NewHeader("Reason", value))
		if got, _ := reasonOf(m); got != tdm.Cause(want) {
			t.Errorf("%s: %d, want %d", value, got, want)
		}
	}
}
