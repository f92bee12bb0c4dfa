package ops

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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

// Every alert is told by a story when it is to come, and there is none without.
func TestAlerts(t *testing.T) {
	promtool := peers.Need(t, "promtool")[0]
	dir := t.TempDir()
	if err := Export(dir); err != nil {
		t.Fatal(err)
	}
	rules := filepath.Join(dir, "prometheus", "tipring-alerts.yml")
	story, err := os.ReadFile("testdata/alerts_test.yml")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "stories.yml")
	if err := os.WriteFile(file, bytes.Replace(story, []byte("RULES"), []byte(rules), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(promtool, "test", "rules", file).CombinedOutput(); err != nil {
		t.Errorf("promtool test rules: %v\n%s", err, out)
	}
	text, err := os.ReadFile(rules)
	if err != nil {
		t.Fatal(err)
	}
	alerts := regexp.MustCompile(`(?m)^ +- alert: (\w+)$`).FindAllSubmatch(text, -1)
	for _, a := range alerts {
		if !regexp.MustCompile(`alertname: ` + string(a[1]) + `\n +exp_alerts:\n`).Match(story) {
			t.Errorf("no story has the alert %s", a[1])
		}
	}
	if len(alerts) < 5 {
		t.Errorf("%d alerts", len(alerts))
	}
}
