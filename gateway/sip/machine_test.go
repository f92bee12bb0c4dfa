package sip

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"tipring/tdm/fsm"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// The rows that the stories of this package took, in all tests together.
var (
	coverMu sync.Mutex
	cover   = fsm.NewCover(machine)
)

func take(r *row) {
	if r != nil {
		coverMu.Lock()
		cover.Take(r)
		coverMu.Unlock()
	}
}

func TestMain(m *testing.M) {
	code := m.Run()
	whole := !testing.Short() // and every story has run
	for _, f := range []string{"run", "skip", "list", "fuzz"} {
		whole = whole && flag.Lookup("test."+f).Value.String() == ""
	}
	if code == 0 && whole {
		if missing := cover.Missing(); len(missing) > 0 {
			fmt.Printf("FAIL: no story takes these rows of the legs' table:\n%s\n", strings.Join(missing, "\n"))
			code = 1
		}
	}
	os.Exit(code)
}

func TestLegMachine(t *testing.T) {
	for _, start := range []state{offered, calling} {
		for _, s := range machine.Unreachable(start) {
			if start == offered && (s == calling || s == ringing) || start == calling && (s == offered || s == answered || s == clearing) {
				continue // of the other side of the INVITE
			}
			t.Errorf("%v cannot be reached from %v", s, start)
		}
	}
	for _, s := range machine.Stuck() {
		if s != ended {
			t.Errorf("no way out of %v", s)
		}
	}
}

func TestLegMachineGolden(t *testing.T) {
	for _, row := range []struct{ file, got string }{
		{"testdata/leg.dot", machine.DOT("leg")},
		{"testdata/leg-unhandled.txt", machine.Unhandled()},
	} {
		if *update {
			if err := os.WriteFile(row.file, []byte(row.got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(row.file)
		if err != nil {
			t.Fatal(err)
		}
		if string(want) != row.got {
			t.Errorf("%s is not what the table says now (run with -update and review):\n%s", row.file, row.got)
		}
	}
}
