package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// A file in testdata/faults begins each line that is wrong with a comment "#! key: part of the message" above it, one for
// each fault, or "#!N" for line N (0: the whole file). Nothing else in it may be wrong.
func TestFaults(t *testing.T) {
	files, err := filepath.Glob("testdata/faults/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".toml"), func(t *testing.T) {
			doc, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			type want struct {
				line     int
				key, msg string
				seen     bool
			}
			var wants []*want
			lines := strings.Split(string(doc), "\n")
			for i, l := range lines {
				rest, ok := strings.CutPrefix(strings.TrimSpace(l), "#!")
				if !ok {
					continue
				}
				at := i + 2
				for strings.HasPrefix(strings.TrimSpace(lines[at-1]), "#!") {
					at++
				}
				if strings.HasPrefix(rest, "0 ") {
					at, rest = 0, rest[1:]
				}
				key, msg, ok := strings.Cut(strings.TrimSpace(rest), ": ")
				if !ok {
					t.Fatalf("%s:%d: write #! key: message", file, i+1)
				}
				wants = append(wants, &want{line: at, key: key, msg: msg})
			}
			_, err = Parse(file, string(doc))
			var got Faults
			if !errors.As(err, &got) {
				t.Fatalf("got %v", err)
			}
			last := 0
			for _, f := range got {
				found := false
				for _, w := range wants {
					if !w.seen && w.line == f.Line && w.key == f.Key && strings.Contains(f.Msg, w.msg) {
						w.seen, found = true, true
						break
					}
				}
				if !found {
					t.Errorf("not expected: %v", f)
				}
				if f.Line < last || f.File != file {
					t.Errorf("out of order or without its file: %v", f)
				}
				last = f.Line
			}
			for _, w := range wants {
				if !w.seen {
					t.Errorf("not reported: line %d, %s: %s", w.line, w.key, w.msg)
				}
			}
		})
	}
}

func TestSyntaxErrors(t *testing.T) {
	for doc, want := range map[string]string{
		"a = 1\nb = \n":                  "f.toml:2: b: this is not TOML: ",
		"[sip]\nudp = \"x\"\nudp = 1\n":  "f.toml:3: sip.udp: this is not TOML: ",
		"country = \"us\n":               "f.toml:1: country: this is not TOML: ",
		"x = \"\\q\"":                    "f.toml:1: x: this is not TOML: ",
		"[[port]]\n[port]\n":             "f.toml:2: this is not TOML: ",
		"a = 99999999999999999999999999": "f.toml:1: a: this is not TOML: ",
		"a = 2026-99-99":                 "f.toml:1: a: this is not TOML: ",
		"\x00":                           "f.toml:1: this is not TOML: ",
	} {
		_, err := Parse("f.toml", doc)
		var fs Faults
		if !errors.As(err, &fs) || len(fs) != 1 || !strings.HasPrefix(err.Error(), want) || strings.Contains(fs[0].Msg, "toml:") {
			t.Errorf("%q: got %v, want %s", doc, err, want)
		}
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	for file, want := range map[string]string{"missing.toml": "cannot be read: no such file", ".": "cannot be read: is a directory"} {
		file = filepath.Join(dir, file)
		_, err := Load(file)
		if err == nil || !strings.HasPrefix(err.Error(), file+": "+want) {
			t.Errorf("%s: got %v", file, err)
		}
	}
	file := filepath.Join(dir, "a.toml")
	if err := os.WriteFile(file, []byte("country = 'de'"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(file)
	if err != nil || c.Country != "de" || c.File != file || c.Timers.InterDigit != 4*time.Second || c.RTP.Address.String() != "127.0.0.1" {
		t.Errorf("got %+v, %v", c, err)
	}
}

// The example has every key there is, and what it says in comments to be the default is the default.
func TestExample(t *testing.T) {
	c, err := Parse("example.toml", Example)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(c.Lines()); n < 3 {
		t.Errorf("the example has %d lines", n)
	}
	var walk func(path string, typ reflect.Type)
	walk = func(path string, typ reflect.Type) {
		for _, f := range fields(typ) {
			switch {
			case isTable(f.typ):
				walk(join(path, f.key), f.typ)
			case isTables(f.typ):
				walk(f.key, f.typ.Elem())
			default:
				if !strings.Contains(section(Example, path), "\n"+f.key+" =") && !strings.Contains(section(Example, path), "\n# "+f.key+" =") {
					t.Errorf("the example does not show %s", join(path, f.key))
				}
			}
		}
	}
	walk("", reflect.TypeFor[Config]())
}

// section returns everything in the document that is under headers of one table.
func section(doc, path string) string {
	var b strings.Builder
	in := path == ""
	for line := range strings.Lines(doc) {
		if head := strings.TrimPrefix(line, "# "); strings.HasPrefix(head, "[") {
			in = strings.Trim(head[:strings.LastIndexByte(head, ']')+1], "[]") == path
		}
		if in {
			b.WriteString("\n" + line)
		}
	}
	return b.String()
}

func TestReference(t *testing.T) {
	ref := Reference()
	for _, want := range []string{"`[[port]]`", "`[loss.fxs]`", "| `inter_digit` | time | `4s` | Wait for each further digit. 500ms to 1m. |",
		"| `udp` | list of address:port | `127.0.0.1:5060` |", "| `kind` | text | required |", "One of `polarity`, `voice`, `time`. FXO only.",
		"`[[span]]`\n\nT1, E1 and J1 lines with a D channel", "| `port` | number |  | Port on the card", "`r1`, `r2`. CAS only.", "`[[modem]]`", "With mode `menu` only."} {
		if !strings.Contains(ref, want) {
			t.Errorf("the reference has no %s", want)
		}
	}
	for line := range strings.Lines(ref) {
		if strings.HasPrefix(line, "|") && strings.Count(strings.ReplaceAll(line, `\|`, ""), "|") != 5 {
			t.Errorf("a row without four cells: %s", line)
		}
		if strings.Contains(line, "|  |\n") || strings.Contains(line, "| . ") {
			t.Errorf("a key without a meaning: %s", line)
		}
	}
}

func TestDiff(t *testing.T) {
	parse := func(doc string) *Config {
		c, err := Parse("f", doc)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	const base = `
country = "us"
[[card]]
name = "emu"
driver = "emu"
[[port]]
name = "fxs"
count = 2
kind = "fxs"
number = "201"
[[account]]
name = "8000"
password = "one"
[[route]]
name = "phones"
from = "any"
called = "2xx"
to = "phone"
[[route]]
name = "accounts"
from = "any"
called = "8xxx"
to = "account"
`
	old := parse(base)
	for name, x := range map[string]struct {
		replace         []string
		changes, cannot string
	}{
		"nothing":    {nil, "", ""},
		"comment":    {[]string{"[[card]]", "# a comment\n[[card]]"}, "", ""},
		"password":   {[]string{`"one"`, `"two"`}, "account 8000: password: changed", ""},
		"a secret":   {[]string{"[[card]]", "[api]\ntoken = \"0123456789abcdef\"\n[[card]]"}, "", "api.token: changed"},
		"timers":     {[]string{"[[card]]", "[timers]\ninter_digit = \"3s\"\n[[card]]"}, `timers.inter_digit: "4s" -> "3s"`, ""},
		"country":    {[]string{`"us"`, `"de"`}, `country: "us" -> "de"; port fxs1: country: "us" -> "de"; port fxs2: country: "us" -> "de"`, ""},
		"gain":       {[]string{`"201"`, "\"201\"\nrx_gain_db = -3"}, "port fxs1: rx_gain_db: 0.0 -> -3.0; port fxs2: rx_gain_db: 0.0 -> -3.0", ""},
		"one by one": {[]string{"name = \"fxs\"\ncount = 2\nkind = \"fxs\"\nnumber = \"201\"", "name = \"fxs1\"\nkind = \"fxs\"\nnumber = \"201\"\n[[port]]\nname = \"fxs2\"\nkind = \"fxs\"\nnumber = \"202\""}, "", ""},
		"more lines": {[]string{"count = 2", "count = 3"}, "", "port fxs3: added"},
		"less lines": {[]string{"count = 2", "count = 1"}, "", "port fxs2: removed"},
		"card":       {[]string{"driver = \"emu\"", "driver = \"emu\"\nseed = 7"}, "", "card emu: seed: 1 -> 7"},
		"address":    {[]string{"[[card]]", "[sip]\nudp = []\n[[card]]"}, "", `sip.udp: "127.0.0.1:5060" -> []`},
		"routes":     {[]string{`called = "2xx"`, `called = "20x"`, "name = \"accounts\"", "name = \"a\""}, `route phones: called: "2xx" -> "20x"; route accounts: removed; route a: added`, ""},
		"order": {[]string{`name = "phones"
from = "any"
called = "2xx"
to = "phone"`, `name = "accounts"
from = "any"
called = "8xxx"
to = "account"`, `name = "accounts"
from = "any"
called = "8xxx"
to = "account"
`, `name = "phones"
from = "any"
called = "2xx"
to = "phone"
`}, "route: another order", ""},
	} {
		doc := base
		if name == "order" {
			doc = strings.Replace(doc, x.replace[2], x.replace[3], 1)
			doc = strings.Replace(doc, x.replace[0], x.replace[1], 1)
		} else {
			doc = strings.NewReplacer(x.replace...).Replace(doc)
		}
		changes, cannot := Diff(old, parse(doc))
		if got := strings.Join(changes, "; "); got != x.changes {
			t.Errorf("%s: changes %q, want %q", name, got, x.changes)
		}
		if got := strings.Join(cannot, "; "); got != x.cannot {
			t.Errorf("%s: cannot %q, want %q", name, got, x.cannot)
		}
	}
}

func TestLossPlan(t *testing.T) {
	c, err := Parse("f", "[loss]\nfxs = { fxs = 6, ip = 3.5 }\n[loss.fxo]\nfxs = -1\n[loss.ip]\nip = 2")
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		from, to string
		want     float64
	}{{"fxs", "fxs", 6}, {"fxs", "account", 3.5}, {"fxs", "fxo", 0}, {"fxo", "fxs", -1}, {"trunk", "account", 2}, {"trunk", "fxs", 0}} {
		if got := c.Loss.DB(x.from, x.to); got != x.want {
			t.Errorf("from %s to %s: %v dB, want %v", x.from, x.to, got, x.want)
		}
	}
}

// FuzzParse: no document makes the reader panic, every fault has a line of the document, and what is taken can be written
// and read again.
func FuzzParse(f *testing.F) {
	f.Add(Example)
	f.Add("[[port]]\nname = 'a'\ncount = 480\n")
	f.Add("sip = 1\n[[route]]\nto = [1, 'a & b']\nfailover = []")
	f.Add("[loss]\nfxs = {fxs=1}\n\"\\u0001\" = 2")
	f.Fuzz(func(t *testing.T, doc string) {
		c, err := Parse("f", doc)
		if err != nil {
			last := strings.Count(doc, "\n") + 1
			for _, x := range err.(Faults) {
				if x.Line < 0 || x.Line > last || strings.ContainsAny(x.Error(), "\n\x1b\x00") {
					t.Fatalf("fault %q", x.Error())
				}
			}
			return
		}
		back, err := Parse("f", c.TOML())
		if err != nil {
			t.Fatalf("%v in\n%s", err, c.TOML())
		}
		if changes, cannot := Diff(c, back); len(changes)+len(cannot) > 0 {
			t.Fatalf("came back with %v %v", changes, cannot)
		}
		if _, err := c.Table(nil); err != nil {
			t.Fatal(err)
		}
	})
}
