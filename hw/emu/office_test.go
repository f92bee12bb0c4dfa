package emu

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestOfficeDiagram: every state is reached, none is a dead end, and the drawing and the pairs without an arrow are those that
// were reviewed.
func TestOfficeDiagram(t *testing.T) {
	if s := office.Unreachable(officeIdle); len(s) > 0 {
		t.Errorf("unreachable: %v", s)
	}
	if s := office.Stuck(); len(s) > 0 {
		t.Errorf("no way out of: %v", s)
	}
	for name, got := range map[string]string{"testdata/office.dot": office.DOT("office"), "testdata/office.unhandled": office.Unhandled()} {
		if *update {
			if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs; after a review run go test -update:\n%s", name, got)
		}
	}
}

func TestSymbolsHaveNames(t *testing.T) {
	seen := map[string]bool{}
	for s := range officeStates {
		seen[s.String()] = true
	}
	for e := range officeEvents {
		seen[e.String()] = true
	}
	delete(seen, "")
	if want := int(officeStates) + int(officeEvents); len(seen) != want {
		t.Errorf("%d names for %d symbols: %s", len(seen), want, strings.Join(keys(seen), ", "))
	}
}
