package ops

import (
	"bytes"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the dashboards' JSON files")

func TestDashboardsAreCommitted(t *testing.T) {
	for _, d := range []dashboard{linesDashboard(), callsDashboard(), spansDashboard()} {
		name := filepath.Join("grafana", "dashboards", d.UID+".json")
		if *update {
			if err := os.WriteFile(name, d.json(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, d.json()) {
			t.Errorf("%s is not what the code describes; run the test with -update", name)
		}
	}
}

// Panels must not overlap, and each must explain itself.
func TestPanels(t *testing.T) {
	for _, d := range []dashboard{linesDashboard(), callsDashboard(), spansDashboard()} {
		taken := map[[2]int]string{}
		for _, p := range d.Panels {
			if p.Title == "" || p.Description == "" || len(p.Targets) == 0 {
				t.Errorf("%s: panel %d lacks a title, a description or a query", d.UID, p.ID)
			}
			for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
				for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
					if x >= 24 || taken[[2]int{x, y}] != "" {
						t.Fatalf("%s: %q overlaps %q or leaves the grid", d.UID, p.Title, taken[[2]int{x, y}])
					}
					taken[[2]int{x, y}] = p.Title
				}
			}
		}
	}
}

func TestExport(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "ops")
	if err := Export(dir); err != nil {
		t.Fatal(err)
	}
	n := 0
	fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(name) == ".json" {
			b, _ := fs.ReadFile(os.DirFS(dir), name)
			if !json.Valid(b) {
				t.Errorf("%s is no JSON", name)
			}
			n++
		}
		return err
	})
	if n != 3 {
		t.Errorf("%d dashboards exported, want 3", n)
	}
}
