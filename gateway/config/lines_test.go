package config

import (
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

// Every key is named after the line that it is on.
func TestScanFindsLines(t *testing.T) {
	for name, doc := range map[string]string{
		"plain": "L1 = 1\n\n# L9 = 1\nL4=\"a # [x]\"\n  L5 = true # L5\n[L6]\nL7 = 'C:\\'\nL8 = 1",
		"crlf":  "L1 = 1\r\n\r\nL3 = 2\r\n[L4]\r\nL5 = 1\r\n",
		"multi-line strings": "L1 = \"\"\"\nL9 = 1\n\\\"\"\" x\n\"\"\"\nL5 = '''\n[L9]\n\\'''\nL8 = \"\"\"\"\"\"\nL9 = \"\"\"a\"\"\"\"\"\n" +
			"L10 = '''''a'''''\nL11 = 1",
		"arrays":                 "L1 = [\n  1, # , ]\n  2,\n]\nL5 = [ [1,\n2], [\n],\n]\nL9 = [\"]\", '[']\nL10 = []\nL11 = 3",
		"inline":                 "L1 = { L1 = 1, \"L1-b\" = [ 1,\n2 ], L2.L2 = { } }\nL3 = {}\nL4 = 5",
		"dotted":                 "L1 . L1=1\nL2.L2.L2 = 2\n\"L3\".'L3' = 3\n[L4.L4]\nL5 = 1\n[ L6 . \"L6\" ]\nL7.L7 = 1",
		"arrays of tables":       "[[L1]]\nL2 = 1\n[L1.L3]\nL4 = 1\n[[L1.L5]]\nL6=1\n[[L1.L5]]\nL8 = 1\n[[ L1 ]]\nL10 = 1\n[[L1.L11]]\nL12.L12 = 1",
		"quoted keys":            "\"L1.[0]\" = 1\n\"L2\\n\\\"\" = 2\n'L3\\' = 3\n[\"L4]\"]\n\"L5 \" = 5\nL6 = 1",
		"inline array of tables": "L1 = [\n{ L2 = 1 },\n{ L3 = { L3 = 1 } , L3-b = [ { L3 = 1 },\n { L4 = 1 } ] },\n]\nL6 = 1",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := toml.Decode(doc, new(map[string]any)); err != nil {
				t.Fatalf("the test's document is not TOML: %v", err)
			}
			checked := 0
			for path, line := range scan(doc) {
				// The last key of the path says its line, unless it is an element of a list.
				key := path[strings.LastIndexByte(path, 'L')+1:]
				if strings.HasSuffix(path, "]") && !strings.HasPrefix(path, `"L1.[0]`) || !strings.Contains(path, "L") {
					continue
				}
				n := 0
				for i := 0; i < len(key) && key[i] >= '0' && key[i] <= '9'; i++ {
					n = 10*n + int(key[i]-'0')
				}
				checked++
				// A table that is only part of a longer key may be on a later line than its first mention.
				if n != line {
					t.Errorf("%s is on line %d", path, line)
				}
			}
			if checked == 0 {
				t.Error("nothing was checked")
			}
		})
	}
}

func TestScanElements(t *testing.T) {
	x := scan("a = [\n 1,\n [ 2,\n 3 ],\n]\n[[t]]\n[[t]]\nb = [ { c = 1 },\n { c = 2 } ]\n[t.u]\nd = 1\n")
	for path, want := range map[string]int{
		"a": 1, "a[0]": 2, "a[1]": 3, "a[1][0]": 3, "a[1][1]": 4, "t[0]": 6, "t[1]": 7, "t[1].b": 8, "t[1].b[0].c": 8, "t[1].b[1]": 9,
		"t[1].b[1].c": 9, "t[1].u": 10, "t[1].u.d": 11,
		"t[1].missing": 7, "t[0].b": 6, "t[1].u.d.e.f": 11, "nowhere": 0, "a[1].x": 3,
	} {
		if got := x.line(path); got != want {
			t.Errorf("%s: line %d, want %d", path, got, want)
		}
	}
}

// FuzzScan: every key that the toml module finds has a line within the document, and nothing hangs or panics on what is not
// TOML.
func FuzzScan(f *testing.F) {
	for _, s := range []string{"a = 1", "[[a]]\nb.c = [1,{d=2}]\n[a.e]\n", "a = \"\"\"\n\\\n\"\"\"", "'a' = {b='''\n'''}", "[a", "a = [", "\"", "a={b", "[[[", "a.\"b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		x := scan(doc)
		var tree map[string]any
		md, err := toml.Decode(doc, &tree)
		if err != nil {
			return
		}
		last := strings.Count(doc, "\n") + 1
		for path, n := range x {
			if n < 1 || n > last {
				t.Fatalf("%s on line %d of %d", path, n, last)
			}
		}
		// Bare keys of the top level: the module says where it found them by their order alone.
		for _, k := range md.Keys() {
			if len(k) == 1 && strings.Trim(k[0], "abcdefghijklmnopqrstuvwxyz") == "" && x[join("", k[0])] == 0 {
				t.Fatalf("no line for %s in %q", k[0], doc)
			}
		}
	})
}
