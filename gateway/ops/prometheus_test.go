package ops

import (
	"os/exec"
	"path/filepath"
	"testing"

	"tipring/cmd/peers"
)

func TestPrometheusConfig(t *testing.T) {
	promtool := peers.Need(t, "promtool")[0]
	dir := t.TempDir()
	if err := Export(dir); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(promtool, "check", "config", filepath.Join(dir, "prometheus", "prometheus.yml")).CombinedOutput(); err != nil {
		t.Errorf("promtool check config: %v\n%s", err, out)
	}
}
