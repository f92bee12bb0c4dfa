package q931

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	g, w := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range max(len(g), len(w)) {
		if i >= len(g) || i >= len(w) || g[i] != w[i] {
			t.Fatalf("%s line %d: got\n%s\n(run with -update and review)", file, i+1, strings.Join(g[max(0, i-6):min(i+1, len(g))], "\n"))
		}
	}
}

func TestDiagrams(t *testing.T) {
	for _, x := range []struct {
		name  string
		table *callTable
	}{{"user", userTable}, {"network", networkTable}} {
		// N8 is where a network waits whether a user of several is awarded the call (§5.2.8): there is one on a primary
		// access. N11 is left at once: RELEASE follows the user's DISCONNECT.
		unused := []State(nil)
		if x.name == "network" {
			unused = []State{ConnectRequest, DisconnectRequest}
		}
		if s := x.table.Unreachable(Null); !slices.Equal(s, unused) {
			t.Errorf("%s: no arrow leads to %v", x.name, s)
		}
		if s := x.table.Stuck(); len(s) > len(unused) {
			t.Errorf("%s: no arrow leads out of %v", x.name, s)
		}
		golden(t, "testdata/"+x.name+".dot", x.table.DOT(x.name))
		golden(t, "testdata/"+x.name+"-unhandled.txt", x.table.Unhandled())
	}
	if s := restartTable.Unreachable(Rest0); s != nil {
		t.Errorf("restart: no arrow leads to %v", s)
	}
	golden(t, "testdata/restart.dot", restartTable.DOT("restart"))
	if s := holdTable.Unreachable(holdIdle); s != nil {
		t.Errorf("hold: no arrow leads to %v", s)
	}
	golden(t, "testdata/hold.dot", holdTable.DOT("hold"))
}
