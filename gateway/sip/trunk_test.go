package sip

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tipring/gateway/sip/siptest"
	"tipring/tdm"
)

func registeringTrunk() Config {
	cfg := testConfig()
	cfg.Trunks = []Trunk{{Name: "provider", Host: "10.0.0.2", Domain: "sip.provider.example", User: "5551000", Password: "p", Register: true,
		Expires: 10 * time.Minute}}
	return cfg
}

const providerChallenge = `WWW-Authenticate: Digest realm="sip.provider.example", nonce="n1", algorithm=MD5, qop="auth"` + "\n"

// answersChallenge checks the digest of a request.
func answersChallenge(t *testing.T, m *siptest.Message, nonce string) {
	t.Helper()
	a := m.Get("Authorization") + m.Get("Proxy-Authorization")
	find := func(name string) string {
		_, v, _ := strings.Cut(a, name+"=\"")
		v, _, _ = strings.Cut(v, "\"")
		return v
	}
	if find("nonce") != nonce || find("username") != "5551000" {
		t.Errorf("credentials %s", a)
	}
	// The text agent computes with cnonce "c"; here the real one is put in.
	want := siptest.DigestWith("MD5", "5551000", "sip.provider.example", "p", m.Method(), find("uri"), nonce, 1, find("cnonce"))
	if find("response") != want {
		t.Errorf("response %s, want %s", find("response"), want)
	}
}

func TestRegistration(t *testing.T) {
	simulate(t, registeringTrunk(), func(w *world) {
		u := w.ua(peerAddr.String(), "registrar")
		u.Patience = 10 * time.Minute
		// Sent before the agent was there: the next transmission is after T1.
		first := u.Expect("REGISTER")
		if first.URI() != "sip:sip.provider.example" || first.Get("Expires") != "600" || !strings.Contains(first.Get("To"), "<sip:5551000@sip.provider.example>") {
			t.Errorf("%v", first)
		}
		if !strings.Contains(first.Contact(), ";line=") {
			t.Errorf("contact %s", first.Contact())
		}
		u.Respond(first, "401 Unauthorized", "r", providerChallenge, "")
		second := u.Expect("REGISTER")
		answersChallenge(t, second, "n1")
		if second.Get("Call-ID") != first.Get("Call-ID") || second.Get("CSeq") != "2 REGISTER" {
			t.Errorf("%v", second)
		}
		u.Respond(second, "200 OK", "r", "Contact: <"+second.Contact()+">;expires=300\n", "")
		start := time.Now()
		third := u.Await("REGISTER")
		if d := time.Since(start); d != 270*time.Second {
			t.Errorf("refreshed after %v of 300 s", d)
		}
		if st := w.s.Status().Trunks[0]; !st.Registered || st.LastStatus != 200 || st.LastError != "" {
			t.Errorf("%+v", st)
		}
		u.Respond(third, "200 OK", "r", "Contact: <"+third.Contact()+">;expires=300\n", "")

		// A call to the registered contact, from anywhere, is the trunk's; the number dialled is in To.
		sbc := w.ua("10.7.7.7:5099", "sbc")
		inv := sbc.Request("INVITE", third.Contact(), "", siptest.SDP("10.7.7.7:4000", "")).Set("To", "<sip:5551234@sip.provider.example>")
		sbc.Send(inv.Text())
		c := w.incoming()
		if c.Name() != "provider" || c.setup.Called != "5551234" {
			t.Errorf("%s: %+v", c.Name(), c.setup)
		}
		guess := sbc.Request("INVITE", "sip:5551000@10.0.0.1;line=guess", "", siptest.SDP("10.7.7.7:4000", ""))
		sbc.Send(guess.Text())
		sbc.Await("401")
		c.disconnect(tdm.CauseUserBusy)
		c.expect(tdm.Release)
		w.after = func() {
			if m := u.Await("REGISTER"); m.Get("Expires") != "0" {
				t.Errorf("stopping sent\n%v", m)
			}
		}
	})
}

func TestCredentialsGoToTheirRealmOnly(t *testing.T) {
	simulate(t, registeringTrunk(), func(w *world) {
		u := w.ua(peerAddr.String(), "registrar")
		u.Patience = 10 * time.Minute
		u.Respond(u.Expect("REGISTER"), "401 Unauthorized", "r", strings.Replace(providerChallenge, "sip.provider.example", "evil.example", 1), "")
		start := time.Now()
		m := u.Expect("REGISTER")
		if d := time.Since(start); d < firstRetry || m.Get("Authorization") != "" {
			t.Errorf("after %v\n%v", d, m)
		}
		if st := w.s.Status().Trunks[0]; st.Registered || st.LastStatus != 401 || st.LastError == "" {
			t.Errorf("%+v", st)
		}
	})
}

func TestAPeersChallengeToOurBYEGetsNothing(t *testing.T) {
	cfg := testConfig()
	cfg.Trunks[0].User, cfg.Trunks[0].Password, cfg.Trunks[0].Realm = "us", "ours", "pbx"
	simulate(t, cfg, func(w *world) {
		u, _, c := w.answeredCall()
		c.disconnect(0)
		u.Respond(u.Expect("BYE"), "407 Auth", "", `Proxy-Authenticate: Digest realm="evil", nonce="x", qop="auth"`+"\n", "")
		u.Nothing(time.Minute)
	})
	simulate(t, cfg, func(w *world) { // the trunk's own realm does
		u, _, c := w.answeredCall()
		c.disconnect(0)
		u.Respond(u.Expect("BYE"), "407 Auth", "", `Proxy-Authenticate: Digest realm="pbx", nonce="x", qop="auth"`+"\n", "")
		if m := u.Expect("BYE"); !strings.Contains(m.Get("Proxy-Authorization"), `username="us"`) {
			t.Errorf("%v", m)
		} else {
			u.Respond(m, "200 OK", "", "", "")
		}
	})
}

func TestChallengedInvite(t *testing.T) {
	cfg := registeringTrunk()
	cfg.Trunks[0].Register = false
	simulate(t, cfg, func(w *world) {
		u := w.ua(peerAddr.String(), "proxy")
		c := w.call(w.s.Trunk("provider"), tdm.Primitive{Called: "0301234"})
		inv := u.Expect("INVITE")
		u.Respond(inv, "407 Proxy Authentication Required", "r", strings.Replace(providerChallenge, "WWW-", "Proxy-", 1), "")
		u.Expect("ACK")
		again := u.Expect("INVITE")
		answersChallenge(t, again, "n1")
		if again.Get("Call-ID") != inv.Get("Call-ID") || again.Get("CSeq") != "2 INVITE" || again.Tag("To") != "" {
			t.Errorf("%v", again)
		}
		u.Respond(again, "200 OK", "b", "", answerSDP)
		if ack := u.Expect("ACK"); ack.Get("Proxy-Authorization") != again.Get("Proxy-Authorization") {
			t.Errorf("§22.1: the ACK carries the INVITE's credentials\n%v", ack)
		}
		c.expect(tdm.Connect)
	})
	simulate(t, cfg, func(w *world) { // a proxy that is never content
		u := w.ua(peerAddr.String(), "proxy")
		c := w.call(w.s.Trunk("provider"), tdm.Primitive{Called: "0301234"})
		for range 1 + maxChallenges {
			u.Respond(u.Expect("INVITE"), "407 Again", "r", strings.Replace(providerChallenge, "WWW-", "Proxy-", 1), "")
			u.Expect("ACK")
		}
		if p := c.expect(tdm.Release); p.SIPStatus != 407 || p.Cause != tdm.CauseCallRejected {
			t.Errorf("released with %+v", p)
		}
	})
}

func TestRegistrationBacksOff(t *testing.T) {
	simulate(t, registeringTrunk(), func(w *world) {
		u := w.ua(peerAddr.String(), "registrar")
		u.Patience = 10 * time.Minute
		var gaps []time.Duration
		last := time.Now()
		for range 9 {
			m := u.Expect("REGISTER")
			gaps = append(gaps, time.Since(last))
			last = time.Now()
			u.Respond(m, "403 Forbidden", "r", "", "")
		}
		want := firstRetry
		for i, gap := range gaps[1:] {
			if gap < want || gap > want+want/10 {
				t.Errorf("retry %d after %v, want %v and up to a tenth", i+1, gap, want)
			}
			want = min(2*want, lastRetry)
		}
		u.Respond(u.Expect("REGISTER"), "503 Busy", "r", "Retry-After: 299\n", "")
		start := time.Now()
		u.Respond(u.Expect("REGISTER"), "423 Interval Too Brief", "r", "Min-Expires: 1800\n", "")
		if d := time.Since(start); d < 299*time.Second {
			t.Errorf("Retry-After was not kept: %v", d)
		}
		if m := u.Expect("REGISTER"); m.Get("Expires") != "1800" {
			t.Errorf("%v", m)
		}
	})
}

func TestKeepAlive(t *testing.T) {
	cfg := testConfig()
	cfg.Trunks[0].KeepAlive = 30 * time.Second
	simulate(t, cfg, func(w *world) {
		u := w.ua(peerAddr.String(), "pbx")
		m := u.Expect("OPTIONS")
		time.Sleep(120 * time.Millisecond)
		u.Respond(m, "200 OK", "x", "", "")
		m = u.Expect("OPTIONS")
		if st := w.s.Status().Trunks[0]; !st.Up || st.RTT < 120*time.Millisecond {
			t.Errorf("%+v", st)
		}
		u.Respond(m, "503 Draining", "x", "", "")
		m = u.Expect("OPTIONS")
		if st := w.s.Status().Trunks[0]; st.Up || st.LastError != "OPTIONS: 503 Draining" {
			t.Errorf("%+v", st)
		}
		c := w.call(w.s.Trunk("pbx"), tdm.Primitive{Called: "1"})
		if p := c.expect(tdm.Release); p.Cause != tdm.CauseNetworkOutOfOrder {
			t.Errorf("a call through a trunk that is down: %+v", p)
		}
		w.call(w.s.Trunk("pbx"), tdm.Primitive{Called: "112", Emergency: true})
		u.Respond(u.Await("INVITE"), "486 Busy", "x", "", "")
		u.Expect("ACK")
		u.Respond(m, "404 Not Found", "x", "", "") // any answer says that it lives
		m = u.Await("OPTIONS")
		if st := w.s.Status().Trunks[0]; !st.Up || st.LastError != "" {
			t.Errorf("%+v", st)
		}
		time.Sleep(45 * time.Second)
		if st := w.s.Status().Trunks[0]; st.Up || st.LastError != "no answer to OPTIONS" {
			t.Errorf("%+v", st)
		}
		_ = m
	})
}

func TestOutboundProxy(t *testing.T) {
	cfg := testConfig()
	cfg.Trunks = []Trunk{{Name: "pbx", Host: "sip.example.com", OutboundProxy: "10.0.0.2:5080"}}
	cfg.Resolve = func(_ context.Context, _ string) ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("10.0.0.3")}, nil
	}
	simulate(t, cfg, func(w *world) {
		u := w.ua("10.0.0.2:5080", "proxy")
		w.call(w.s.Trunk("pbx"), tdm.Primitive{Called: "1"})
		inv := u.Expect("INVITE")
		if inv.Get("Route") != "<sip:10.0.0.2:5080;lr>" || inv.URI() != "sip:1@sip.example.com" {
			t.Errorf("%v", inv)
		}
	})
}

func TestATrunkByNameIsKnownByItsAddress(t *testing.T) {
	cfg := testConfig()
	cfg.Trunks = []Trunk{{Name: "pbx", Host: "sip.example.com"}}
	cfg.Resolve = func(_ context.Context, _ string) ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("10.0.0.3"), netip.MustParseAddr("10.0.0.2")}, nil
	}
	simulate(t, cfg, func(w *world) {
		u := w.ua(peerAddr.String(), "pbx")
		u.Send(u.Request("INVITE", "sip:201@10.0.0.1", "", answerSDP).Text())
		w.incoming()
	})
}

func TestIdentity(t *testing.T) {
	for _, row := range []struct {
		name               string
		calling            tdm.PartyNumber
		trusted            bool
		fromUser           string
		from, pai, privacy string
		hidden             string
	}{
		{"allowed", tdm.PartyNumber{Digits: "201", Name: "Desk"}, false, "", `"Desk" <sip:201@10.0.0.2>`, `"Desk" <sip:201@10.0.0.2>`, "", ""},
		{"with the provider's user", tdm.PartyNumber{Digits: "201"}, false, "acct", `<sip:acct@10.0.0.2>`, `<sip:201@10.0.0.2>`, "", ""},
		{"withheld, untrusted", tdm.PartyNumber{Digits: "555123456", Name: "Desk", Presentation: tdm.Restricted}, false, "",
			`"Anonymous" <sip:anonymous@anonymous.invalid>`, "", "id", "555123456"},
		{"withheld, trusted", tdm.PartyNumber{Digits: "201", Name: "Desk", Presentation: tdm.Restricted}, true, "",
			`"Anonymous" <sip:anonymous@anonymous.invalid>`, `"Desk" <sip:201@10.0.0.2>`, "id", ""},
		{"unavailable", tdm.PartyNumber{Presentation: tdm.Unavailable}, true, "", `<sip:unavailable@unknown.invalid>`, "", "", ""},
		{"line ends", tdm.PartyNumber{Digits: "2\r\n01", Name: "a\r\nEvil: x\"\\<sip:evil@x>\x00\x7f"}, false, "",
			`"aEvil: x\"\\<sip:evil@x>" <sip:2%0D%0A01@10.0.0.2>`, "", "", "\nEvil"},
		{"not UTF-8", tdm.PartyNumber{Digits: "#31#\xff@;>", Name: "J\xf6rg Jörg"}, false, "", `"Jrg Jörg" <sip:%2331%23%FF%40%3B%3E@10.0.0.2>`, "", "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			cfg := testConfig()
			cfg.Trunks[0].Trusted, cfg.Trunks[0].FromUser = row.trusted, row.fromUser
			simulate(t, cfg, func(w *world) {
				u := w.ua(peerAddr.String(), "bob")
				w.call(w.s.Trunk("pbx"), tdm.Primitive{Called: "9\r\n@x;y", Calling: row.calling})
				inv := u.Expect("INVITE")
				if got, _, _ := strings.Cut(inv.Get("From"), ";tag="); got != row.from {
					t.Errorf("From %s, want %s", got, row.from)
				}
				if row.pai != "" || row.hidden != "" {
					if got := inv.Get("P-Asserted-Identity"); row.pai != "" && got != row.pai || row.pai == "" && row.privacy != "" && got != "" {
						t.Errorf("P-Asserted-Identity %s, want %s", got, row.pai)
					}
				}
				if got := inv.Get("Privacy"); got != row.privacy {
					t.Errorf("Privacy %s", got)
				}
				if row.hidden != "" {
					lacks(t, inv.Text(), row.hidden)
				}
				if inv.URI() != "sip:9%0D%0A%40x%3By@10.0.0.2" {
					t.Errorf("Request-URI %s", inv.URI())
				}
			})
		})
	}
}

func TestCallingPartyOfAnInvite(t *testing.T) {
	for _, row := range []struct {
		name, lines string
		from        string
		trusted     bool
		want        tdm.PartyNumber
	}{
		{"From", "", `"J \"R\" D" <sip:%2B49301@x>`, false, tdm.PartyNumber{Digits: "+49301", Name: `J "R" D`}},
		{"PAI from a trusted peer", "P-Asserted-Identity: \"Desk\" <sip:201@x>, <tel:+4930201>\n", "<sip:1@x>", true, tdm.PartyNumber{Digits: "201", Name: "Desk"}},
		{"PAI with a tel URI", "P-Asserted-Identity: <tel:+4930201;cpc=x>\n", "<sip:anonymous@anonymous.invalid>", true, tdm.PartyNumber{Digits: "+4930201", Presentation: tdm.Restricted}},
		{"PAI from an untrusted peer", "P-Asserted-Identity: <sip:201@x>\n", "<sip:1@x>", false, tdm.PartyNumber{Digits: "1"}},
		{"privacy", "Privacy: header;id\n", "<sip:1@x>", false, tdm.PartyNumber{Digits: "1", Presentation: tdm.Restricted}},
		{"no privacy", "Privacy: none\n", "<sip:1@x>", false, tdm.PartyNumber{Digits: "1"}},
		{"anonymous", "", `"Anonymous" <sip:anonymous@anonymous.invalid>`, false, tdm.PartyNumber{Presentation: tdm.Restricted}},
		{"unavailable", "", `<sip:unavailable@unknown.invalid>`, false, tdm.PartyNumber{Presentation: tdm.Unavailable}},
		{"no user", "", `<sip:x.example.com>`, false, tdm.PartyNumber{Presentation: tdm.Unavailable}},
	} {
		t.Run(row.name, func(t *testing.T) {
			cfg := testConfig()
			cfg.Trunks[0].Trusted = row.trusted
			simulate(t, cfg, func(w *world) {
				u := w.ua(peerAddr.String(), "bob")
				u.Send(u.Request("INVITE", "sip:201@10.0.0.1", row.lines+"Alert-Info: <http://x/>;info=alert-internal\n", answerSDP).
					Set("From", row.from+";tag=1").Text())
				c := w.incoming()
				if c.setup.Calling != row.want {
					t.Errorf("calling %+v, want %+v", c.setup.Calling, row.want)
				}
				if c.setup.AlertInfo != "<http://x/>;info=alert-internal" {
					t.Errorf("Alert-Info %q", c.setup.AlertInfo)
				}
			})
		})
	}
}

func TestAlertInfo(t *testing.T) {
	for in, want := range map[string]string{
		"":                                "",
		"info=internal":                   "<info=internal>",
		"<http://x/>;info=alert-internal": "<http://x/>;info=alert-internal",
		"<http://x/>\r\nEvil: 1":          "<http://x/>Evil: 1",
		"<http://x/> \"unbalanced":        "",
		"a<b":                             "",
		"<a\"b>":                          "",
	} {
		if got := alertInfo(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
