package config

import (
	"fmt"
	"strings"
	"testing"

	"tipring/gateway/digitmap"
)

func TestLines(t *testing.T) {
	c, err := Parse("f", `
country = "de"
[[card]]
name = "one"
driver = "emu"
[[card]]
name = "two"
driver = "emu"
[[port]]
name = "x"
card = "two"
count = 2
first = 0
kind = "fxo"
number = "099"
[[port]]
name = "y"
card = "one"
slot = 1
kind = "fxo"
country = "fr"
[[port]]
name = "z"
card = "one"
slot = 0
kind = "fxo"
`)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range c.Lines() {
		got = append(got, fmt.Sprint(l.Card, " ", l.Slot, " ", l.Name, " ", l.Number, " ", l.Country))
	}
	const want = "one 0 z  de; one 1 y  fr; two 0 x0 099 de; two 1 x1 100 de"
	if s := strings.Join(got, "; "); s != want {
		t.Errorf("got %q, want %q", s, want)
	}
	if to := c.Emergency.To; strings.Join(to, " ") != "z y x0 x1" || strings.Join(c.Emergency.Numbers, " ") != "112 911" {
		t.Errorf("without [emergency]: %v to %v", c.Emergency.Numbers, to)
	}
}

// A phone's digit map: the one it names, else the one called default, else what the routes let it dial.
func TestDialling(t *testing.T) {
	const base = `
[emergency]
numbers = ["911"]
to = "line"
[timers]
inter_digit = "2s"
[[card]]
name = "emu"
driver = "emu"
[[port]]
name = "a"
kind = "fxs"
hotline = "5"
hotline_after = "3s"
[[port]]
name = "b"
kind = "fxs"
digitmap = "own"
[[port]]
name = "line"
kind = "fxo"
[[digitmap]]
name = "own"
map = "7"
[[route]]
name = "r1"
from = "fxs"
called = "9x"
to = "line"
[[route]]
name = "r2"
from = ["b", "fxo"]
called = "6"
to = "line"
`
	any := "[[route]]\nname = \"r3\"\nfrom = \"a\"\nto = \"line\"\n"
	def := "[[digitmap]]\nname = \"default\"\nmap = \"4\"\n"
	for name, x := range map[string]struct{ doc, a, b string }{
		"routes":  {base, "9x", "7"},
		"any":     {base + any, anyNumber, "7"},
		"default": {base + def, "4", "7"},
	} {
		c, err := Parse("f", x.doc)
		if err != nil {
			t.Fatal(err)
		}
		d := c.Dialling()
		if len(d) != 2 || d["a"].Map.String() != x.a || d["b"].Map.String() != x.b {
			t.Errorf("%s: got %v and %v", name, d["a"].Map, d["b"].Map)
		}
		if got := d["b"].Map.Match("911").State; got != digitmap.Complete {
			t.Errorf("%s: 911 is %v", name, got)
		}
		if a := d["a"]; a.Hotline != "5" || a.HotlineAfter.String() != "3s" || a.Timers.InterDigit.String() != "2s" || a.Timers.FirstDigit.String() != "16s" {
			t.Errorf("%s: got %+v", name, a)
		}
	}
}
