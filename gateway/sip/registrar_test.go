package sip

import (
	"net"
	"strings"
	"testing"
	"time"

	"tipring/gateway/call"
	"tipring/gateway/rtp"
	"tipring/gateway/sip/siptest"
	"tipring/tdm"
)

// register sends an authorized REGISTER with these header lines and wants this status.
func register(u *siptest.UA, status, lines string) *siptest.Message {
	u.TB.Helper()
	m := u.Request("REGISTER", "sip:tipring", lines, "").Set("To", "<sip:8000@tipring>")
	if strings.Contains(lines, "Contact:") || strings.Contains(lines, "NoContact") {
		first := true // the one that Request wrote
		kept := m.Headers[:0]
		for _, h := range m.Headers {
			if h[0] == "Contact" && first {
				first = false
				continue
			}
			kept = append(kept, h)
		}
		m.Headers = kept
	}
	m.Set("Call-ID", "one")
	u.Send(m.Text())
	u.Send(u.Authorize(m, u.Expect("401"), "8000", "secret", "SHA-256", 1).Text())
	return u.Expect(status)
}

func TestRegistrations(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u := w.ua("203.0.113.9:5060", "phone")
		contacts := func() int { return len(w.s.Status().Accounts[0].Contacts) }
		ok := register(u, "200", "Contact: <sip:a@203.0.113.9>;expires=100, \"B\" <sip:b@203.0.113.9;transport=udp>\nExpires: 200\n")
		if cs := ok.All("Contact"); len(cs) != 2 || cs[0] != "<sip:a@203.0.113.9>;expires=100" || cs[1] != "<sip:b@203.0.113.9;transport=udp>;expires=200" {
			t.Errorf("contacts %q", cs)
		}
		if ok := register(u, "200", "NoContact: x\n"); len(ok.All("Contact")) != 2 {
			t.Errorf("a query gave\n%v", ok)
		}
		register(u, "200", "Contact: <sip:A@203.0.113.9>\n") // users differ by case (§19.1.4)
		if contacts() != 3 {
			t.Errorf("%d contacts", contacts())
		}
		time.Sleep(101 * time.Second)
		if contacts() != 2 {
			t.Errorf("%d contacts when one has expired", contacts())
		}
		register(u, "200", "Contact: <sip:b@203.0.113.9;transport=UDP>;expires=0\n")
		if contacts() != 1 {
			t.Errorf("%d contacts when one was removed", contacts())
		}
		if res := register(u, "423", "Contact: <sip:a@203.0.113.9>;expires=59\n"); res.Get("Min-Expires") != "60" {
			t.Errorf("423 is\n%v", res)
		}
		if ok := register(u, "200", "Contact: <sip:a@203.0.113.9>;expires=99999999\n"); !strings.Contains(ok.String(), "<sip:a@203.0.113.9>;expires=3600") {
			t.Errorf("a long one gave\n%v", ok)
		}
		register(u, "400", "Contact: *\nExpires: 1\n")
		register(u, "400", "Contact: *\nContact: <sip:a@203.0.113.9>\nExpires: 0\n")
		register(u, "400", "Contact: <sips:a@203.0.113.9>\n")
		register(u, "200", "Contact: *\nExpires: 0\n")
		if contacts() != 0 {
			t.Errorf("%d contacts after *", contacts())
		}
	})
}

func TestAnOlderRegisterDoesNotUndoANewerOne(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u := w.ua("203.0.113.9:5060", "phone")
		register(u, "200", "Contact: <sip:a@203.0.113.9>\n")
		m := u.Request("REGISTER", "sip:tipring", "", "").Set("To", "<sip:8000@tipring>").Set("Call-ID", "one").
			Set("Contact", "<sip:a@203.0.113.9>;expires=0")
		u.Send(m.Text())
		old := u.Authorize(m, u.Expect("401"), "8000", "secret", "MD5", 1).Set("CSeq", "1 REGISTER")
		u.Send(old.Text())
		u.Expect("500")
		if n := len(w.s.Status().Accounts[0].Contacts); n != 1 {
			t.Errorf("%d contacts", n)
		}
	})
}

func TestNobodyRegistersForAnother(t *testing.T) {
	cfg := testConfig()
	cfg.Accounts = append(cfg.Accounts, Account{Name: "carol", User: "8001", Password: "hers"})
	simulate(t, cfg, func(w *world) {
		u := w.ua("203.0.113.9:5060", "phone")
		m := u.Request("REGISTER", "sip:tipring", "", "").Set("To", "<sip:8001@tipring>")
		u.Send(m.Text())
		u.Send(u.Authorize(m, u.Expect("401"), "8000", "secret", "MD5", 1).Text())
		u.Expect("403")
	})
}

func TestTheOldestContactMakesRoom(t *testing.T) {
	cfg := testConfig()
	cfg.Registrar.MaxContacts = 2
	simulate(t, cfg, func(w *world) {
		u := w.ua("203.0.113.9:5060", "phone")
		for _, c := range []string{"a", "b", "a", "c"} {
			register(u, "200", "Contact: <sip:"+c+"@203.0.113.9>\n")
		}
		cs := w.s.Status().Accounts[0].Contacts
		if len(cs) != 2 || cs[0].URI != "sip:a@203.0.113.9" || cs[1].URI != "sip:c@203.0.113.9" {
			t.Errorf("contacts %+v", cs)
		}
	})
}

func TestARepeatedRegisterIsAnsweredFromItsTransaction(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		u := w.ua("203.0.113.9:5060", "phone")
		m := u.Request("REGISTER", "sip:tipring", "", "").Set("To", "<sip:8000@tipring>")
		u.Send(m.Text())
		again := u.Authorize(m, u.Expect("401"), "8000", "secret", "MD5", 1).Text()
		u.Send(again)
		u.Expect("200")
		u.Send(again) // not a replay: the answer was lost
		u.Expect("200")
	})
}

func TestWhereAContactIsReached(t *testing.T) {
	for _, row := range []struct {
		name, contact, rport string
		reached              string
	}{
		{"behind a NAT", "<sip:a@192.168.1.7:5060>", ";rport", "203.0.113.9:61000"},
		{"behind a NAT without rport", "<sip:a@192.168.1.7:5060>", "", "203.0.113.9:61000"},
		{"not behind a NAT", "<sip:a@203.0.113.9:5070>", "", "203.0.113.9:5070"},
		{"symmetric", "<sip:a@203.0.113.9:5070>", ";rport", "203.0.113.9:61000"},
		{"by name", "<sip:a@phone.example.com>", "", "203.0.113.9:61000"},
	} {
		t.Run(row.name, func(t *testing.T) {
			simulate(t, testConfig(), func(w *world) {
				u := w.ua("203.0.113.9:61000", "phone")
				listening := u
				if row.reached != u.Addr() {
					listening = w.ua(row.reached, "phone2")
				}
				m := u.Request("REGISTER", "sip:tipring", "", "").Set("To", "<sip:8000@tipring>").Set("Contact", row.contact)
				via := func(m *siptest.Message) string {
					v := strings.Replace(m.Get("Via"), ";rport", row.rport, 1)
					if row.rport == "" { // without it responses go to the port in Via
						v = strings.Replace(v, "203.0.113.9:61000", "nat.example.com:5060", 1)
					}
					return v
				}
				u.Send(m.Set("Via", via(m)).Text())
				m = u.Authorize(m, u.Expect("401"), "8000", "secret", "MD5", 1)
				u.Send(m.Set("Via", via(m)).Text())
				u.Expect("200")
				c := w.call(w.s.Account("alice"), tdm.Primitive{Called: "8000"})
				inv := listening.Expect("INVITE")
				if inv.URI() != strings.Trim(row.contact, "<>") {
					t.Errorf("Request-URI %s is not the contact as registered", inv.URI())
				}
				listening.Respond(inv, "486 Busy Here", "x", "", "")
				c.expect(tdm.Release)
			})
		})
	}
}

func TestReconfigureKeepsRegistrationsAndCalls(t *testing.T) {
	simulate(t, testConfig(), func(w *world) {
		phone := w.ua("203.0.113.9:5060", "phone")
		phone.Register("8000", "secret", 3600)
		u, d, c := w.answeredCall()
		cfg := w.s.cfg
		cfg.Accounts = []Account{{Name: "alice", User: "8000", Password: "new"}, {Name: "carol", User: "8001", Password: "hers"}}
		cfg.Trunks = []Trunk{{Name: "other", Host: "10.9.9.9"}}
		if err := w.s.Reconfigure(cfg); err != nil {
			t.Fatal(err)
		}
		if w.s.Trunk("pbx") != nil || w.s.Trunk("other") == nil || w.s.Account("carol") == nil {
			t.Error("not applied")
		}
		if n := len(w.s.Status().Accounts[0].Contacts); n != 1 {
			t.Errorf("%d contacts left", n)
		}
		u.Send(u.Request("INVITE", "sip:201@10.0.0.1", "", answerSDP).Text())
		u.Expect("401") // no trunk any more
		d.Send("BYE", "", "")
		u.Expect("200 BYE") // but its call lives
		c.expect(tdm.Release)

		cfg.Realm, cfg.Listen = "elsewhere", nil
		if err := w.s.Reconfigure(cfg); err != nil {
			t.Fatal(err)
		}
		u.Send(u.Request("OPTIONS", "sip:10.0.0.1", "", "").Text())
		contains(t, u.Expect("401").String(), `realm="elsewhere"`)

		cfg.Listen = []Listen{{Network: "udp", Addr: "10.0.0.1:5062"}}
		cfg.Accounts = nil
		if err := w.s.Reconfigure(cfg); err == nil || w.s.Account("alice") == nil {
			t.Errorf("a change that needs a restart: %v", err)
		}
	})
}

func TestConfigFaultsComeAllAtOnce(t *testing.T) {
	_, err := New(Config{
		Listen:   []Listen{{Network: "sctp", Addr: "x"}},
		Accounts: []Account{{Name: "a", User: "1"}, {Name: "a", User: "1", Password: "x"}},
		Trunks:   []Trunk{{Name: "t", Host: "bad host", Transport: "ws", Port: 70000, Register: true, Challenge: true}, {Name: "", Host: ""}},
	})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{"neither udp nor tcp", "RTP engine", "incoming", "no password", "name is taken", `user "1" is taken`,
		"bad host", "70000", "cannot register", "cannot challenge", "without a name", "no host"} {
		contains(t, err.Error(), want)
	}
}

func TestAPortInUseIsOneClearLine(t *testing.T) {
	taken, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	cfg := testConfig()
	cfg.Engine, cfg.Incoming = new(rtp.Engine), func(call.Party, tdm.Primitive) call.Up { return nil }
	cfg.Listen = []Listen{{Network: "udp", Addr: "127.0.0.1:0"}, {Network: "udp", Addr: taken.LocalAddr().String()}}
	_, err = New(cfg)
	if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "udp "+taken.LocalAddr().String()) {
		t.Errorf("%v", err)
	}
}
