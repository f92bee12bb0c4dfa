package sip

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"tipring/gateway/sip/siptest"
	"tipring/tdm"
)

const strangerAddr = "203.0.113.9:5060"

func TestStrangersGetTheSameAnswerWhateverTheyAskFor(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u := w.ua(strangerAddr, "eve")
		var first *siptest.Message
		for _, row := range []struct{ method, uri, from string }{
			{"INVITE", "sip:201@10.0.0.1", "8000"}, {"INVITE", "sip:nobody@10.0.0.1", "8000"}, {"INVITE", "sip:201@10.0.0.1", "nobody"},
			{"REGISTER", "sip:tipring", "8000"}, {"REGISTER", "sip:tipring", "nobody"}, {"OPTIONS", "sip:10.0.0.1", "x"},
			{"BYE", "sip:10.0.0.1", "x"}, {"MESSAGE", "sip:201@10.0.0.1", "x"}, {"FROBNICATE", "sip:201@10.0.0.1", "x"},
		} {
			m := u.Request(row.method, row.uri, "", "").Set("From", "<sip:"+row.from+"@x>;tag=1").Set("To", "<sip:"+row.from+"@x>")
			u.Send(m.Text())
			res := u.Expect("401")
			if res.Status() != 401 || len(res.All("WWW-Authenticate")) != 2 {
				t.Fatalf("%v", res)
			}
			if first == nil {
				first = res
			}
			var names, want []string
			for i := range res.Headers {
				names = append(names, res.Headers[i][0])
			}
			for i := range first.Headers {
				want = append(want, first.Headers[i][0])
			}
			if strings.Join(names, " ") != strings.Join(want, " ") {
				t.Errorf("%s: headers %v, others have %v", row.method, names, want)
			}
		}
		w.noCall()
		st := w.s.Status()
		if st.Dialogs != 0 || len(w.s.tx.server) != 0 {
			t.Errorf("strangers left %d dialogs and %d transactions", st.Dialogs, len(w.s.tx.server))
		}
	})
}

func TestOnlyWhatWasOfferedIsTaken(t *testing.T) {
	cfg := testConfig()
	cfg.Digests = []string{"SHA-256"}
	simulate(t, cfg, func(w *world) {
		u := w.ua(strangerAddr, "phone")
		m := u.Request("REGISTER", "sip:tipring", "", "").Set("To", "<sip:8000@tipring>")
		u.Send(m.Text())
		challenge := u.Expect("401")
		challenge.Set("WWW-Authenticate", strings.Replace(challenge.Get("WWW-Authenticate"), "SHA-256", "MD5", 1))
		u.Send(u.Authorize(m, challenge, "8000", "secret", "MD5", 1).Text())
		u.Expect("401")
	})
}

func TestChallengeOrder(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u := w.ua(strangerAddr, "eve")
		u.Send(u.Request("OPTIONS", "sip:10.0.0.1", "", "").Text())
		hs := u.Expect("401").All("WWW-Authenticate")
		if len(hs) != 2 || !strings.Contains(hs[0], "algorithm=SHA-256") || !strings.Contains(hs[1], "algorithm=MD5") {
			t.Errorf("RFC 8760 §2.3: the strongest first: %q", hs)
		}
	})
}

func TestAccountCalls(t *testing.T) {
	for _, algorithm := range []string{"MD5", "SHA-256"} {
		t.Run(algorithm, func(t *testing.T) {
			simulate(t, testConfig(), func(w *world) {
				u := w.ua(strangerAddr, "phone")
				// Whoever it says it is, it is who its password says.
				inv := u.Request("INVITE", "sip:201@10.0.0.1", "", siptest.SDP("203.0.113.9:4000", "")).Set("From", `"Boss" <sip:1@x>;tag=1`)
				u.Send(inv.Text())
				res := u.Expect("401")
				u.AckFailure(inv, res)
				inv = u.Authorize(inv, res, "8000", "secret", algorithm, 1)
				u.Send(inv.Text())
				c := w.incoming()
				if n := c.setup.Calling; n.Digits != "8000" || n.Name != "Alice" || c.Name() != "alice" || c.setup.Called != "201" {
					t.Errorf("setup %+v", c.setup)
				}
				c.disconnect(tdm.CauseUserBusy)
				u.AckFailure(inv, u.Expect("486"))
			})
		})
	}
}

func TestWrongPasswordLooksLikeNoUser(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u := w.ua(strangerAddr, "eve")
		for _, row := range [][2]string{{"8000", "guess"}, {"nobody", "secret"}, {"", ""}} {
			m := u.Request("REGISTER", "sip:tipring", "", "")
			u.Send(m.Text())
			u.Send(u.Authorize(m, u.Expect("401"), row[0], row[1], "MD5", 1).Text())
			lacks(t, u.Expect("401").String(), "stale")
		}
		if st := w.s.Status(); st.Faults[0] != (FaultCount{AuthFailures: 3}) || len(st.Accounts[0].Contacts) != 0 {
			t.Errorf("%+v", st)
		}
	})
}

func TestReplay(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u := w.ua(strangerAddr, "phone")
		m := u.Request("REGISTER", "sip:tipring", "", "").Set("To", "<sip:8000@tipring>")
		u.Send(m.Text())
		challenge := u.Expect("401")
		u.Send(u.Authorize(m, challenge, "8000", "secret", "MD5", 1).Text())
		u.Expect("200")
		u.Send(u.Authorize(m, challenge, "8000", "secret", "MD5", 1).Text())
		contains(t, u.Expect("401").String(), "stale=true")
		for _, row := range []struct {
			nc     int
			status string
		}{{3, "200"}, {2, "200"}, {2, "401"}, {100, "200"}, {30, "401"}, {0, "401"}} {
			u.Send(u.Authorize(m, challenge, "8000", "secret", "MD5", row.nc).Text())
			if res := u.Expect(row.status); res == nil {
				t.Errorf("nc=%d", row.nc)
			}
		}
		time.Sleep(nonceLife + time.Second)
		u.Send(u.Authorize(m, challenge, "8000", "secret", "MD5", 101).Text())
		contains(t, u.Expect("401").String(), "stale=true")
	})
}

// A user may use up more nonces than are kept, and lock nobody out, not even itself; yet what was forgotten is no replay.
func TestForgottenNoncesAreStaleAndHarmNobody(t *testing.T) {
	a := newAuthenticator("tipring", []string{"MD5"})
	from := netip.MustParseAddr("203.0.113.9")
	md5, _ := findAlgorithm("MD5")
	answer := func(user, nonce string, count int) verdict {
		p := map[string]string{"username": user, "nonce": nonce, "uri": "sip:x", "qop": "auth", "cnonce": "c", "nc": fmt.Sprintf("%08x", count)}
		p["response"] = md5.response(user, "tipring", "secret", "INVITE", "sip:x", nonce, p["nc"], "c", "auth")
		return a.verify(a.terms.Load(), p, "INVITE", from, func(string) (string, bool) { return "secret", true })
	}
	expect := func(what string, got, want verdict) {
		t.Helper()
		if got != want {
			t.Errorf("%s: verdict %d, want %d", what, got, want)
		}
	}
	quiet := a.nonce(from)
	expect("the quiet user's first request", answer("quiet", quiet, 1), rightPassword)
	nonces := make([]string, 2*maxUsedNonces)
	for i := range nonces {
		nonces[i] = a.nonce(from)
		expect("a new nonce", answer("busy", nonces[i], 1), rightPassword)
	}
	for i, n := range nonces {
		expect("a replay", answer("busy", n, 1), staleNonce)
		if got, kept := answer("busy", n, 2), i >= maxUsedNonces; (got == rightPassword) != kept {
			t.Errorf("nonce %d of %d: verdict %d to its second use", i, len(nonces), got)
		}
	}
	if n := len(a.used.byUser["busy"].uses); n != maxUsedNonces {
		t.Errorf("%d nonces kept, want %d", n, maxUsedNonces)
	}
	expect("the quiet user's next request", answer("quiet", quiet, 2), rightPassword)
	expect("the quiet user's replay", answer("quiet", quiet, 2), staleNonce)
	a.sweep(time.Now().Add(nonceLife))
	if n := len(a.used.byUser); n != 0 {
		t.Errorf("%d users left when all has expired", n)
	}
}

func TestNonceOfAnotherSourceIsStaleAndDoesNotCount(t *testing.T) {
	cfg := testConfig()
	cfg.Lockout.Failures = 1
	simulate(t, cfg, func(w *world) {
		u, v := w.ua(strangerAddr, "eve"), w.ua("203.0.113.10:5060", "victim")
		m := u.Request("REGISTER", "sip:tipring", "", "")
		u.Send(m.Text())
		challenge := u.Expect("401")
		// With the victim's address eve cannot hear our challenges: what she sends in its name uses hers.
		v.Send(v.Authorize(v.Request("REGISTER", "sip:tipring", "", ""), challenge, "8000", "guess", "MD5", 1).Text())
		contains(t, v.Expect("401").String(), "stale=true")
		v.Register("8000", "secret", 60)
	})
}

func TestLockout(t *testing.T) {
	cfg := testConfig()
	cfg.Lockout = Lockout{Failures: 3, Window: time.Minute, Duration: 5 * time.Minute}
	simulate(t, cfg, func(w *world) {
		u := w.ua(strangerAddr, "eve")
		guess := func(n int) {
			m := u.Request("REGISTER", "sip:tipring", "", "")
			u.Send(m.Text())
			u.Send(u.Authorize(m, u.Expect("401"), "8000", fmt.Sprint("guess", n), "MD5", 1).Text())
		}
		for n := range 3 {
			guess(n)
			u.Expect("401")
		}
		u.Send(u.Request("OPTIONS", "sip:10.0.0.1", "", "").Text())
		u.Nothing(4 * time.Minute)
		if st := w.s.Status(); st.Lockouts != 1 || st.LockedOut != 1 || st.Denied == 0 {
			t.Errorf("%+v", st)
		}
		w.ua("203.0.113.10:5060", "neighbour").Register("8000", "secret", 60)
		time.Sleep(61 * time.Second)
		u.Register("8000", "secret", 60)
		// Failures that are further apart do not add up.
		for n := range 4 {
			guess(n)
			u.Expect("401")
			time.Sleep(time.Minute)
		}
		u.Register("8000", "secret", 60)
	})
}

// The log names the user of a source's first wrong password and of the one that locks it out, cut short and escaped.
func TestWrongPasswordsAreLogged(t *testing.T) {
	var log bytes.Buffer
	cfg := testConfig()
	cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
	cfg.Lockout = Lockout{Failures: 3, Window: time.Minute, Duration: 5 * time.Minute}
	simulate(t, cfg, func(w *world) {
		u := w.ua(strangerAddr, "eve")
		for _, user := range []string{"8000", "8001", "eve\x1b[2J" + strings.Repeat("x", 100)} {
			m := u.Request("REGISTER", "sip:tipring", "", "")
			u.Send(m.Text())
			u.Send(u.Authorize(m, u.Expect("401"), user, "guess", "MD5", 1).Text())
			u.Expect("401")
		}
	})
	var got []string
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, "password") {
			_, line, _ = strings.Cut(line, " ")
			got = append(got, line)
		}
	}
	want := []string{
		`level=INFO msg="sip: wrong user or password; more of them from this source are only counted" source=203.0.113.9 user=8000` + "\n",
		`level=WARN msg="sip: source locked out after wrong passwords" source=203.0.113.9 user="eve\x1b[2J` + strings.Repeat("x", 57) + `" for=5m0s` + "\n",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the log says\n%q\nwant\n%q", got, want)
	}
}

func TestATrunkIsNeverLockedOut(t *testing.T) {
	cfg := testConfig()
	cfg.Lockout.Failures = 1
	simulate(t, cfg, func(w *world) {
		u := w.ua("10.0.0.2:5099", "neighbour") // a program beside the PBX
		m := u.Request("REGISTER", "sip:tipring", "", "")
		u.Send(m.Text())
		u.Send(u.Authorize(m, u.Expect("401"), "8000", "guess", "MD5", 1).Text())
		u.Expect("401")
		pbx := w.ua(peerAddr.String(), "pbx")
		pbx.Send(pbx.Request("OPTIONS", "sip:10.0.0.1", "", "").Text())
		pbx.Expect("200")
	})
}

func TestATrunkIsKnownByAddressAndPort(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u := w.ua("10.0.0.2:5099", "neighbour")
		u.Send(u.Request("INVITE", "sip:201@10.0.0.1", "", answerSDP).Text())
		u.Expect("401")
		w.noCall()
	})
	cfg := testConfig()
	cfg.Trunks[0].AnyPort = true
	simulate(t, cfg, func(w *world) {
		u := w.ua("10.0.0.2:5099", "neighbour")
		u.Send(u.Request("INVITE", "sip:201@10.0.0.1", "", answerSDP).Text())
		w.incoming()
	})
	cfg = testConfig()
	cfg.Trunks[0].Sources = []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}
	simulate(t, cfg, func(w *world) {
		u := w.ua("198.51.100.77:5060", "sbc")
		u.Send(u.Request("INVITE", "sip:201@10.0.0.1", "", siptest.SDP("198.51.100.77:4000", "")).Text())
		w.incoming()
	})
}

func TestChallengedTrunk(t *testing.T) {
	cfg := testConfig()
	cfg.Trunks[0].User, cfg.Trunks[0].Password, cfg.Trunks[0].Challenge = "pbx", "trunksecret", true
	simulate(t, cfg, func(w *world) {
		u := w.ua(peerAddr.String(), "pbx")
		inv := u.Request("INVITE", "sip:201@10.0.0.1", "", answerSDP)
		u.Send(inv.Text())
		res := u.Expect("401")
		u.AckFailure(inv, res)
		// An account's password does not open the trunk.
		u.Send(u.Authorize(inv, res, "8000", "secret", "MD5", 1).Text())
		res = u.Expect("401")
		w.noCall()
		u.Send(u.Authorize(inv, res, "pbx", "trunksecret", "MD5", 1).Text())
		if c := w.incoming(); c.Name() != "pbx" {
			t.Errorf("call from %s", c.Name())
		}
	})
}

func TestAccess(t *testing.T) {
	p := netip.MustParsePrefix
	for _, row := range []struct {
		allow, deny string
		addr        string
		want        bool
	}{
		{"", "", "192.0.2.1", true},
		{"10.0.0.0/8", "", "192.0.2.1", false},
		{"10.0.0.0/8", "", "10.1.2.3", true},
		{"", "10.0.0.0/8", "10.1.2.3", false},
		{"", "10.0.0.0/8", "192.0.2.1", true},
		{"10.1.0.0/16", "10.0.0.0/8", "10.1.2.3", true},
		{"10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", false},
		{"10.0.0.0/8", "10.0.0.0/8", "10.1.2.3", false},
		{"2001:db8::/32", "", "2001:db8::1", true},
		{"2001:db8::/32", "", "10.0.0.1", false},
	} {
		var a Access
		if row.allow != "" {
			a.Allow = append(a.Allow, p(row.allow))
		}
		if row.deny != "" {
			a.Deny = append(a.Deny, p(row.deny))
		}
		if got := a.admits(netip.MustParseAddr(row.addr)); got != row.want {
			t.Errorf("allow %q deny %q: %s is %v", row.allow, row.deny, row.addr, got)
		}
	}
}

func TestDeniedSourcesGetNoAnswer(t *testing.T) {
	cfg := testConfig()
	cfg.Access.Deny = []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}
	simulate(t, cfg, func(w *world) {
		u := w.ua(strangerAddr, "eve")
		u.Send(u.Request("OPTIONS", "sip:10.0.0.1", "", "").Text())
		u.Nothing(time.Minute)
		if st := w.s.Status(); st.Denied != 1 {
			t.Errorf("%d denied", st.Denied)
		}
	})
}

func TestDigestVector(t *testing.T) {
	// RFC 2617 §3.5. SHA-256 is checked against the test agent's own computation in TestAccountCalls.
	alg, _ := findAlgorithm("")
	got := alg.response("Mufasa", "testrealm@host.com", "Circle Of Life", "GET", "/dir/index.html",
		"dcd98b7102dd2f0e8b11d0f600bfb0c093", "00000001", "0a4f113b", "auth")
	if got != "6629fae49393a05397450978507c4ef1" {
		t.Error(got)
	}
}

func TestTheSameWorkForKnownAndUnknownUsers(t *testing.T) {
	a := newAuthenticator("tipring", []string{"MD5"})
	from := netip.MustParseAddr("192.0.2.1")
	nonce := a.nonce(from)
	for _, user := range []string{"8000", "nobody"} {
		asked := 0
		v := a.verify(a.terms.Load(), map[string]string{"username": user, "nonce": nonce, "response": "x", "qop": "auth", "nc": "00000001", "cnonce": "c"},
			"REGISTER", from, func(u string) (string, bool) {
				asked++
				return "secret", u == "8000"
			})
		if v != wrongPassword || asked != 1 {
			t.Errorf("%s: verdict %v after asking %d times", user, v, asked)
		}
	}
}
