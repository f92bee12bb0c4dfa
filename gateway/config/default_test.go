package config

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"tipring/gateway/digitmap"
	"tipring/gateway/route"
)

var update = flag.Bool("update", false, "write the golden files")

func mustDefault(t testing.TB, emulate string) *Config {
	t.Helper()
	c, err := Default(emulate)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// targets writes what a call reaches, as "rule: target=number target&target", or the cause.
func targets(t *testing.T, c *Config, from, called string) string {
	t.Helper()
	tab, err := c.Table(nil)
	if err != nil {
		t.Fatal(err)
	}
	p, ok := tab.Route(route.Request{From: from, Called: called})
	if !ok {
		return fmt.Sprint("cause ", uint8(p.Deny))
	}
	out := p.Rule + ":"
	for _, a := range p.Attempts {
		sep := " "
		for _, to := range a.Targets {
			out += sep + to.Name + "=" + to.Number
			sep = "&"
		}
	}
	return out
}

func TestDefaultPlan(t *testing.T) {
	c := mustDefault(t, "")
	for _, x := range []struct{ from, called, want string }{
		{"fxs1", "202", "phones: fxs2=202"},
		{"8000", "201", "phones: fxs1=201"},
		{"local", "201", "phones: fxs1=201"},
		{"fxs1", "203", "cause 1"},
		{"fxs1", "8000", "accounts: 8000=8000"},
		{"local", "8000", "cause 3"},
		{"fxs1", "6001", "trunk: local=6001"},
		{"local", "6001", "cause 3"},
		{"fxs1", "95550199", "lines: fxo1=5550199 fxo2=5550199"},
		{"local", "95550199", "lines: fxo1=5550199 fxo2=5550199"},
		{"fxo1", "95550199", "incoming: fxs1=201&8000=8000"},
		{"fxo2", "", "incoming: fxs1=201&8000=8000"},
		{"fxs1", "55550199", "modems: modem1=5550199"},
		{"modem1", "", "incoming: fxs1=201&8000=8000"},
		{"fxs1", "*43", "echo: echo=*43"},
		{"local", "*43", "cause 3"},
		{"fxs1", "911", "emergency: fxo1=911 fxo2=911"},
		{"8000", "112", "emergency: fxo1=112 fxo2=112"},
		{"local", "112", "cause 3"},
		{"fxs1", "7", "cause 3"},
	} {
		if got := targets(t, c, x.from, x.called); got != x.want {
			t.Errorf("%s calls %q: got %q, want %q", x.from, x.called, got, x.want)
		}
	}
	d := c.Dialling()["fxs1"]
	for digits, want := range map[string]digitmap.State{
		"": digitmap.Partial, "20": digitmap.Partial, "201": digitmap.Complete, "8000": digitmap.Complete, "6001": digitmap.Complete,
		"95": digitmap.Ambiguous, "911": digitmap.Complete, "112": digitmap.Complete, "*43": digitmap.Complete, "4": digitmap.Impossible,
	} {
		if got := d.Map.Match(digits).State; got != want {
			t.Errorf("after %q the number is %v, want %v", digits, got, want)
		}
	}
	if d.Timers != digitmap.DefaultTimers {
		t.Errorf("timers %v", d.Timers)
	}
}

func TestDefaultSizes(t *testing.T) {
	for _, x := range []struct {
		emulate                  string
		lines                    int
		lastPhone, number, reach string
	}{
		{"", 4, "fxs2", "202", "phones: fxs2=202"},
		{"fxs=90,fxo=1", 91, "fxs90", "290", "phones: fxs90=290"},
		{"fxs=91", 91, "fxs91", "2091", "phones: fxs91=2091"},
		{"fxs=480", 480, "fxs480", "2480", "phones: fxs480=2480"},
		{" fxo=379, fxs=101", 480, "fxs101", "2101", "phones: fxs101=2101"},
		{"fxo=8", 8, "", "8000", "accounts: 8000=8000"},
	} {
		c := mustDefault(t, x.emulate)
		lines := c.Lines()
		if len(lines) != x.lines {
			t.Errorf("%q: %d lines, want %d", x.emulate, len(lines), x.lines)
		}
		for i, l := range lines {
			if l.Slot != i || l.Card != "emu" || l.Country != "us" || l.Kind == FXS && l.Name == x.lastPhone && l.Number != x.number {
				t.Errorf("%q: line %d is %+v", x.emulate, i, l)
			}
		}
		if got := targets(t, c, "8000", x.number); got != x.reach {
			t.Errorf("%q: %s reaches %q, want %q", x.emulate, x.number, got, x.reach)
		}
	}
	if got := targets(t, mustDefault(t, "fxo=2"), "fxo1", ""); got != "incoming: 8000=8000" {
		t.Errorf("without phones a call comes in to %q", got)
	}
	if got := targets(t, mustDefault(t, "fxs=1"), "fxs1", "95550199"); got != "cause 3" {
		t.Errorf("without lines 9 reaches %q", got)
	}
	for _, bad := range []string{"fxs", "fxs=", "fxs=-1", "fxs=481", "fxs=241,fxo=240", "fxs=0", "bri=1", "fxs=1,fxs=2", "fxs=1,,", "fxs=2 fxo=2", "modem=17", "modem=x", "span=9"} {
		if _, err := Default(bad); err == nil || !strings.Contains(err.Error(), bad) {
			t.Errorf("%q: got %v", bad, err)
		}
	}
}

// The golden file is what the README shows; it is read back to the same set-up.
func TestDefaultTOML(t *testing.T) {
	const golden = "testdata/default.toml"
	c := mustDefault(t, "")
	if *update {
		if err := os.WriteFile(golden, []byte(c.TOML()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if c.TOML() != string(want) {
		t.Errorf("got\n%s\nwant (go test -update writes it)\n%s", c.TOML(), want)
	}
	for _, emulate := range []string{"", "fxs=100,fxo=3"} {
		c := mustDefault(t, emulate)
		back, err := Parse("default.toml", c.TOML())
		if err != nil {
			t.Fatal(err)
		}
		back.File, back.set, c.set = "", nil, nil
		if !reflect.DeepEqual(back, c) {
			t.Errorf("%q came back as\n%+v, was\n%+v", emulate, back, c)
		}
	}
}

func TestOverride(t *testing.T) {
	c := mustDefault(t, "")
	if err := c.Override("127.0.0.2:0", "[::1]:0", "/tmp/x"); err != nil {
		t.Fatal(err)
	}
	if c.SIP.UDP[0].String() != "127.0.0.2:0" || c.SIP.TCP[0].String() != "127.0.0.2:0" || c.RTP.Address.String() != "127.0.0.2" ||
		c.HTTP.Listen.String() != "[::1]:0" || c.Data.Dir != "/tmp/x" {
		t.Errorf("got %+v %+v %+v %+v", c.SIP, c.RTP, c.HTTP, c.Data)
	}
	for name, x := range map[string]struct{ sip, http, want string }{
		"no port":      {"127.0.0.1", "", `--sip: "127.0.0.1" is no address with its port`},
		"http no port": {"", ":8080", `--http: ":8080" is no address with its port`},
		"open http":    {"", "0.0.0.0:8080", "beyond loopback"},
		"overlap":      {"127.0.0.1:8080", "", "overlaps with"},
		"in RTP":       {"127.0.0.1:20000", "", "overlaps with"},
		"any address":  {"0.0.0.0:5060", "", "rtp.address: is missing"},
		"itself":       {"127.0.0.1:5070", "", "own address"},
	} {
		err := mustDefault(t, "").Override(x.sip, x.http, "")
		if err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: got %v, want %q", name, err, x.want)
		}
	}
}
