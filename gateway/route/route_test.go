package route

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"tipring/tdm"
)

// plan is the dial plan of the examples: two phones, three lines, two accounts, a trunk.
func plan() Config {
	return Config{
		Ports: []Port{
			{Name: "fxs1", Kind: FXS, Number: "201"},
			{Name: "fxs2", Kind: FXS, Number: "202"},
			{Name: "fxo1", Kind: FXO, Number: "5550101"},
			{Name: "fxo2", Kind: FXO, Number: "5550102"},
			{Name: "fxo3", Kind: FXO},
			{Name: "alice", Kind: Account, Number: "8000"},
			{Name: "bob", Kind: Account, Number: "8001", Allowed: "2xx|8xxx"},
			{Name: "local", Kind: Trunk},
		},
		Groups: []Group{
			{Name: "lines", Members: []string{"fxo1", "fxo2", "fxo3"}},
			{Name: "rr", Order: RoundRobin, Members: []string{"fxo1", "fxo2", "fxo3"}},
			{Name: "lru", Order: LeastRecent, Members: []string{"fxs1", "fxs2", "alice"}},
			{Name: "desk", Order: All, Members: []string{"fxs1", "fxs2"}},
		},
		Rules: []Rule{
			{Name: "phones", From: []string{"fxs", "account", "local"}, Called: "2xx", To: []string{"phone"}},
			{Name: "softphones", From: []string{"fxs", "account"}, Called: "8xxx", To: []string{"account"}},
			{Name: "trunk", From: []string{"fxs", "account"}, Called: "6xxx", Strip: 1, Prefix: "+49", To: []string{"local"}},
			{Name: "blocked", From: []string{"any"}, Called: "90900x.", To: []string{"deny"}, Cause: 57},
			{Name: "out", From: []string{"fxs", "account", "local"}, Called: "9xx.", Strip: 1, To: []string{"lines", "local"}},
			{Name: "rr", From: []string{"fxs1"}, Called: "70xx", Strip: 2, To: []string{"rr"}},
			{Name: "lru", From: []string{"fxs", "trunk"}, Called: "71", To: []string{"lru"}},
			{Name: "echo", From: []string{"fxs"}, Called: "*43", To: []string{"echo"}},
			{Name: "withheld", From: []string{"fxo"}, Calling: "none", To: []string{"alice"}},
			{Name: "vip", From: []string{"fxo"}, Calling: "555xxxx", RewriteCalling: "<:9>x.", To: []string{"desk & alice", "bob"}},
			{Name: "in", From: []string{"fxo2"}, Rewrite: "<x.:300>", To: []string{"fxs2"}},
		},
		Emergency: Emergency{Numbers: []string{"112", "911"}, To: []string{"lines", "local"}},
	}
}

func table(t testing.TB, cfg Config) *Table {
	t.Helper()
	tab, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

// show writes a plan as "rule: targets/targets" or "rule: cause".
func show(p Plan) string {
	if len(p.Attempts) == 0 {
		return fmt.Sprintf("%s: cause %d", p.Rule, p.Deny)
	}
	var as []string
	for _, a := range p.Attempts {
		var ts []string
		for _, t := range a.Targets {
			ts = append(ts, t.Name+"="+t.Number)
		}
		as = append(as, strings.Join(ts, "&"))
	}
	return p.Rule + ": " + strings.Join(as, " ")
}

func TestRoute(t *testing.T) {
	tab := table(t, plan())
	for _, c := range []struct{ from, called, calling, want string }{
		{"fxs1", "202", "201", "phones: fxs2=202"},
		{"fxs1", "201", "201", "phones: fxs1=201"}, // busy, as a telephone exchange says
		{"local", "201", "", "phones: fxs1=201"},
		{"fxs1", "299", "201", ": cause 1"},
		{"fxs1", "8001", "201", "softphones: bob=8001"},
		{"local", "8000", "", ": cause 3"},
		{"fxs2", "6123", "202", "trunk: local=+49123"},
		{"fxs1", "95550199", "201", "out: fxo1=5550199 fxo2=5550199 fxo3=5550199 local=5550199"},
		{"local", "95550199", "", "out: fxo1=5550199 fxo2=5550199 fxo3=5550199 local=5550199"},
		{"fxs1", "90900123", "201", "blocked: cause 57"},
		{"fxs1", "9", "201", ": cause 3"},
		{"bob", "95550199", "8001", ": cause 3"}, // not in his allowed numbers
		{"bob", "201", "8001", "phones: fxs1=201"},
		{"bob", "112", "8001", "emergency: fxo1=112 fxo2=112 fxo3=112 local=112"},
		{"fxs1", "911", "201", "emergency: fxo1=911 fxo2=911 fxo3=911 local=911"},
		{"fxo1", "911", "", "withheld: alice=8000"}, // not from the network
		{"local", "112", "", ": cause 3"},           // nor from a trunk that is not named
		{"fxs1", "*43", "201", "echo: echo=*43"},
		{"fxs1", "#", "201", ": cause 3"},
		{"fxo1", "", "", "withheld: alice=8000"},
		{"fxo1", "", "5551234", "vip: fxs1=201&fxs2=202&alice=8000 bob=8001"},
		{"fxo1", "", "777", ": cause 3"},
		{"fxo2", "", "777", "in: fxs2=202"},
		{"nobody", "201", "", ": cause 3"},
		{"fxs1", "alice", "201", ": cause 3"},
	} {
		p, ok := tab.Route(Request{From: c.from, Called: c.called, Calling: c.calling})
		if got := show(p); got != c.want || ok != (len(p.Attempts) > 0) {
			t.Errorf("%s calls %q (%q): got %q, want %q", c.from, c.called, c.calling, got, c.want)
		}
		if e := tab.Explain(Request{From: c.from, Called: c.called, Calling: c.calling}); show(e.Plan) != c.want {
			t.Errorf("%s calls %q: Explain says %q, Route %q", c.from, c.called, show(e.Plan), c.want)
		}
	}
	p, _ := tab.Route(Request{From: "fxo1", Calling: "5551234"})
	if p.Calling != "95551234" {
		t.Errorf("calling number %q was not rewritten", p.Calling)
	}
	if p, _ := tab.Route(Request{FromKind: FXS, Called: "201"}); p.Rule != "phones" {
		t.Errorf("a caller known by kind alone got %q", show(p))
	}
	if p, _ := tab.Route(Request{From: "fxs1", Called: "112"}); !p.Emergency {
		t.Error("the plan for 112 is not marked as an emergency")
	}
}

func TestLinesNeverDialWhatTheyCannot(t *testing.T) {
	cfg := plan()
	cfg.Rules = append(cfg.Rules, Rule{Name: "names", From: []string{"any"}, To: []string{"fxo1"}}, Rule{Name: "none", From: []string{"any"}, Strip: 1, To: []string{"local"}})
	tab := table(t, cfg)
	for called, want := range map[string]string{
		"+491":         "none: local=491",
		"x\r\nINVITE":  "none: local=\r\nINVITE", // the SIP side escapes: only lines need digits
		"":             ": cause 28",
		"333":          "names: fxo1=333",
		"ABCD":         "names: fxo1=ABCD",
		"1;2":          "none: local=;2",
		"\x1b[31mevil": "none: local=[31mevil",
	} {
		p, _ := tab.Route(Request{From: "fxs1", Called: called})
		if show(p) != want {
			t.Errorf("%q: got %q, want %q", called, show(p), want)
		}
	}
	if p, _ := tab.Route(Request{From: "fxo1", Called: "333", Calling: "1"}); show(p) != "none: local=33" {
		t.Errorf("a line was used as the way out of its own call: %q", show(p))
	}
}

func first(tab *Table, from, called string) string {
	p, _ := tab.Route(Request{From: from, Called: called})
	return p.Attempts[0].Targets[0].Name
}

func TestHuntOrders(t *testing.T) {
	tab := table(t, plan())
	take := func(from, called string) string {
		p, _ := tab.Route(Request{From: from, Called: called})
		tab.Hunts().Used(p.Attempts[0].Targets[0])
		return p.Attempts[0].Targets[0].Name
	}
	var got []string
	for range 4 {
		got = append(got, take("fxs1", "7012"))
	}
	if want := []string{"fxo1", "fxo2", "fxo3", "fxo1"}; !slices.Equal(got, want) {
		t.Errorf("round robin took %v, want %v", got, want)
	}
	p, _ := tab.Route(Request{From: "fxs1", Called: "7012"})
	if show(p) != "rr: fxo2=12 fxo3=12 fxo1=12" {
		t.Errorf("round robin goes on with %q", show(p))
	}
	if again := first(tab, "fxs1", "7012"); again != "fxo2" {
		t.Error("routing twice moved the group: only Used may")
	}
	got = nil
	tab.Hunts().Used(Target{Kind: FXS, Name: "fxs1"}) // a direct call counts too
	for range 4 {
		got = append(got, take("local", "71"))
	}
	if want := []string{"fxs2", "alice", "fxs1", "fxs2"}; !slices.Equal(got, want) {
		t.Errorf("least recent took %v, want %v", got, want)
	}
	if f := first(tab, "fxs1", "95"); f != "fxo1" {
		t.Errorf("ascending begins with %s", f)
	}
	cfg := plan()
	cfg.Hunts = tab.Hunts()
	if f := first(table(t, cfg), "fxs1", "7012"); f != "fxo2" {
		t.Errorf("after a reload round robin begins with %s", f)
	}
}

func TestHuntsConcurrently(t *testing.T) {
	tab := table(t, plan())
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				p, _ := tab.Route(Request{From: "fxs1", Called: "7012"})
				tab.Hunts().Used(p.Attempts[0].Targets[0])
			}
		})
	}
	wg.Wait()
	if tab.Hunts().seq != 800 {
		t.Errorf("%d uses counted, want 800", tab.Hunts().seq)
	}
}

func TestFailover(t *testing.T) {
	cfg := plan()
	cfg.Rules = append(cfg.Rules,
		Rule{Name: "own", From: []string{"fxs"}, Called: "1", Failover: []tdm.Cause{17, 19}, To: []string{"fxs2", "alice"}},
		Rule{Name: "never", From: []string{"fxs"}, Called: "3", Failover: []tdm.Cause{}, To: []string{"local", "fxo1"}},
		Rule{Name: "default", From: []string{"fxs"}, Called: "4", To: []string{"alice", "bob"}})
	tab := table(t, cfg)
	for _, c := range []struct {
		called  string
		attempt int
		cause   tdm.Cause
		stage   Stage
		want    bool
	}{
		{"95", 0, 17, Refused, true},    // our line is in use
		{"95", 0, 17, Proceeded, false}, // the far end is busy
		{"95", 0, 44, Refused, true},    // glare
		{"95", 0, 34, Proceeded, true},  // congestion tone
		{"95", 0, 19, Alerted, false},   // nobody answers: the next line rings the same user
		{"95", 2, 17, Refused, true},    // the last line is in use: the trunk
		{"95", 3, 21, Refused, false},   // declined
		{"71", 0, 17, Refused, true},    // the next phone of the group
		{"71", 0, 17, Proceeded, true},  // 486 after 100
		{"71", 0, 17, Alerted, false},   // declined on the phone
		{"71", 0, 19, Alerted, true},    // nobody at this phone
		{"71", 0, 21, Alerted, false},   // declined
		{"71", 2, 19, Alerted, false},   // no further member
		{"1", 0, 17, Refused, true},     // the rule's own list
		{"1", 0, 19, Alerted, true},     // also after ringing
		{"1", 0, 41, Refused, false},    // and nothing else
		{"3", 0, 41, Refused, false},    // an empty list
		{"4", 0, 17, Refused, false},    // busy is final
		{"4", 0, 21, Refused, false},    // declined is final
		{"4", 0, 1, Refused, false},     // no such number is final
		{"4", 0, 20, Refused, true},     // not registered
		{"4", 0, 41, Proceeded, true},   // SIP 500, 503
		{"4", 0, 41, Alerted, false},    // a user was rung
		{"112", 0, 21, Alerted, true},   // an emergency call goes on
		{"112", 0, 17, Proceeded, true},
	} {
		p, _ := tab.Route(Request{From: "fxs1", Called: c.called})
		if got := p.Attempts[c.attempt].Next(c.cause, c.stage); got != c.want {
			t.Errorf("%s attempt %d, cause %d at stage %d: got %v", c.called, c.attempt, c.cause, c.stage, got)
		}
	}
}

func TestProblemsAllAtOnce(t *testing.T) {
	_, err := New(Config{
		Ports: []Port{
			{Name: "fxs1", Kind: FXS, Number: "201"},
			{Name: "fxs1", Kind: FXS, Number: "202"},
			{Name: "any", Kind: FXS},
			{Name: "fxs3", Kind: FXS, Number: "201"},
			{Name: "", Kind: FXS},
			{Name: "acc", Kind: Account, Number: "1125", Allowed: "2xT"},
			{Name: "fxo1", Kind: FXO},
		},
		Groups: []Group{
			{Name: ""},
			{Name: "fxs1", Members: []string{"fxo1"}},
			{Name: "phone", Members: []string{"fxo1"}},
			{Name: "g", Order: "random", Members: []string{"x", "fxo1", "fxo1"}},
			{Name: "empty"},
		},
		Rules: []Rule{
			{},
			{Name: "a", From: []string{"nobody"}, Called: "2X", Calling: "(", Strip: -1, Prefix: "x", Rewrite: "<", RewriteCalling: "|", To: []string{"g & fxs1", "gone", "fxs1 &", "fxs1 & fxs1"}, Failover: []tdm.Cause{0}},
			{Name: "a", From: []string{"any"}, To: []string{"deny", "fxs1"}, Cause: 200},
			{Name: "emergency", From: []string{"any"}, Called: "2|112", To: []string{"fxs1"}, Cause: 3},
		},
		Emergency: Emergency{Numbers: []string{"112", "1", "no"}, From: []string{"martians"}, To: []string{"fxs1", "echo", "deny"}},
	})
	want := []string{
		`port[1].name: "fxs1" is already`, `port[2].name: "any" is a word`, `port[3].number: "201" is already the number of fxs1`,
		`port[4].name: is missing`, `port[5].allowed: digit map "2xT"`, `hunt[0].name: is missing`, `hunt[1].name: "fxs1" is already`,
		`hunt[2].name: "phone" is a word`, `hunt[3].order: "random"`, `hunt[3].members: there is no line, account or trunk "x"`,
		`hunt[3].members: "fxo1" is named twice`, `hunt[4].members: is empty`, `route[0].name: is missing`, `route[0].from: is missing`,
		`route[0].to: is missing`, `route[1].from: there is no`, `route[1].called: digit map`, `route[1].calling: digit map`,
		`route[1].strip: -1`, `route[1].prefix`, `route[1].rewrite: digit map`, `route[1].rewrite_calling: digit map`,
		`route[1].failover: 0 is no`, `route[1].to: hunt group "g" is tried`, `route[1].to: there is no line, account, trunk or hunt group "gone"`,
		`route[1].to: "fxs1 &" names nothing`, `route[1].to: "fxs1 & fxs1" names fxs1 twice`, `route[2].name: "a" is already`,
		`route[2].cause: 200`, `route[2].to: deny stands alone`, `route[3].name: "emergency" is the name`, `route[3].cause: has a meaning`,
		`emergency.from: there is no`, `emergency.to: "fxs1" is no way out`, `emergency.to: "echo" is no way out`,
		`emergency.to: emergency calls cannot be denied`, `emergency.numbers: "no" is no number`, `emergency.numbers: "112" begins with "1"`,
		`port[5].number: "1125" begins with the emergency number 112`, `route[3].called: 112 is an emergency number`,
	}
	var ps Problems
	if !errors.As(err, &ps) {
		t.Fatalf("got %v", err)
	}
	for _, w := range want {
		if !slices.ContainsFunc(ps, func(p Problem) bool { return strings.HasPrefix(p.Error(), w) }) {
			t.Errorf("no problem begins with %q", w)
		}
	}
	if t.Failed() {
		t.Logf("got:\n%v", err)
	}
}

func TestUnreachableNumbers(t *testing.T) {
	ports := []Port{{Name: "p1", Kind: FXS, Number: "201"}, {Name: "p2", Kind: FXS, Number: "302"}, {Name: "a", Kind: Account, Number: "8000"}}
	for _, c := range []struct {
		rules []Rule
		want  []int // indices of ports that nothing reaches
	}{
		{[]Rule{{Name: "r", From: []string{"any"}, Called: "2xx", To: []string{"phone"}}}, []int{1, 2}},
		{[]Rule{{Name: "r", From: []string{"any"}, To: []string{"phone"}}, {Name: "s", From: []string{"any"}, To: []string{"account"}}}, nil},
		{[]Rule{{Name: "r", From: []string{"any"}, Called: "7xxx", Strip: 1, To: []string{"phone"}}}, []int{2}},
		{[]Rule{{Name: "r", From: []string{"any"}, Called: "xx", Prefix: "3", To: []string{"phone"}}}, []int{0, 2}},
		{[]Rule{{Name: "r", From: []string{"any"}, Rewrite: "<x:201>", To: []string{"phone"}}}, []int{2}},
		{[]Rule{{Name: "r", From: []string{"any"}, Called: "1", To: []string{"p1 & p2", "a"}}}, nil},
		// The first rule takes the number for another: what is left below is never reached.
		{[]Rule{{Name: "x", From: []string{"any"}, Called: "201", To: []string{"a"}}, {Name: "r", From: []string{"any"}, Called: "xxx", To: []string{"phone"}}}, []int{0}},
		{[]Rule{{Name: "r", From: []string{"p1"}, To: []string{"phone & account"}}}, nil},
	} {
		_, err := New(Config{Ports: ports, Rules: c.rules})
		var ps Problems
		errors.As(err, &ps)
		var got []int
		for _, p := range ps {
			if p.Table != "port" || p.Key != "number" {
				t.Errorf("%v: unexpected %v", c.rules, p)
			}
			got = append(got, p.Index)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v: unreachable %v, want %v", c.rules, got, c.want)
		}
	}
}

func ExampleTable_Explain() {
	tab, _ := New(plan())
	fmt.Print(tab.Explain(Request{From: "local", Called: "95\x1b5"}))
	fmt.Print(tab.Explain(Request{From: "fxo1", Calling: "5551234"}))
	// Output:
	// call from "local" to "95\x1b5"
	//   no   phones           called number does not match 2xx
	//   no   softphones       not from "local" (trunk)
	//   no   trunk            not from "local" (trunk)
	//   no   blocked          called number does not match 90900x.
	//   no   out              called number does not match 9xx.
	//   no   rr               not from "local" (trunk)
	//   no   lru              called number does not match 71
	//   no   echo             not from "local" (trunk)
	//   no   withheld         not from "local" (trunk)
	//   no   vip              not from "local" (trunk)
	//   no   in               not from "local" (trunk)
	// denied with cause 3 (no route to destination)
	// call from "fxo1" to ""
	//   no   phones           not from "fxo1" (fxo)
	//   no   softphones       not from "fxo1" (fxo)
	//   no   trunk            not from "fxo1" (fxo)
	//   no   blocked          called number does not match 90900x.
	//   no   out              not from "fxo1" (fxo)
	//   no   rr               not from "fxo1" (fxo)
	//   no   lru              not from "fxo1" (fxo)
	//   no   echo             not from "fxo1" (fxo)
	//   no   withheld         there is a calling number
	//   yes  vip              matches
	// 1. fxs fxs1 with "201" and at once fxs fxs2 with "202" and at once account alice with "8000"
	// 2. account bob with "8001"
}

// FuzzRoute: no number from outside makes a line dial what it cannot, or reaches the reserved path by another way.
func FuzzRoute(f *testing.F) {
	f.Add("fxs1", "95550199", "201")
	f.Add("local", "911", "")
	f.Add("fxo2", "", "+4930")
	tab, err := New(plan())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, from, called, calling string) {
		p, ok := tab.Route(Request{From: from, Called: called, Calling: calling})
		if ok == (p.Deny != 0) || ok != (len(p.Attempts) > 0) {
			t.Fatalf("%v with cause %d and %d attempts", ok, p.Deny, len(p.Attempts))
		}
		if p.Emergency && called != "112" && called != "911" {
			t.Fatalf("%q went the reserved path", called)
		}
		for _, a := range p.Attempts {
			if len(a.Targets) == 0 {
				t.Fatal("an attempt without targets")
			}
			for _, to := range a.Targets {
				if to.Kind == FXO && (!dialable(to.Number) || to.Name == from) {
					t.Fatalf("line %s is to dial %q for %s", to.Name, to.Number, from)
				}
			}
		}
		if s := tab.Explain(Request{From: from, Called: called, Calling: calling}).String(); strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && (r < ' ' || r == 0x7f || r == 0x9b) }) {
			t.Fatalf("control characters in %q", s)
		}
	})
}

func BenchmarkRoute(b *testing.B) {
	tab := table(b, plan())
	for b.Loop() {
		tab.Route(Request{From: "fxs1", Called: "95550199", Calling: "201"})
	}
}
