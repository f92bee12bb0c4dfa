package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"tipring/gateway/api"
	"tipring/gateway/call"
	"tipring/gateway/cdr"
	"tipring/hw/emu"
)

// Whatever a caller, a softphone or a file put into a text, a terminal gets nothing to act on.
func TestNothingActsOnTheTerminal(t *testing.T) {
	const evil = "\x1b[31mA\x07\x00B\rC\x7f\u009b2JD\u202eE\u2028F\n\tG\xff"
	answers := map[string]any{
		"/api/v1/status": api.Status{
			Config: evil, SIP: api.SIP{Accounts: []api.Account{{Name: "8000", Contacts: []string{evil}}}, Trunks: []api.Trunk{{Name: "t", Reason: evil}}},
			Records: api.Records{Error: evil}, Cards: []api.Card{{Name: "emu", Model: evil}},
		},
		"/api/v1/lines":    []api.Line{{Name: "fxs1", Number: evil, State: evil, Reason: evil, Call: evil}},
		"/api/v1/calls":    []call.Status{{ID: evil, From: evil, To: evil, A: evil, B: evil, State: call.Talking, Answered: time.Unix(1, 0)}},
		"/api/v1/route":    api.RouteExplanation{Number: evil, From: evil, Steps: []string{evil}},
		"/api/v1/reload":   api.ReloadReport{Applied: []string{evil}, Cannot: []string{evil}},
		"/emu/fxs1/status": emu.Status{Port: "fxs1", CallerID: emu.CallerID{Number: evil, Name: evil}, Digits: evil},
	}
	client := &http.Client{Transport: handled{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a, ok := answers[r.URL.Path]; ok {
			json.NewEncoder(w).Encode(a)
			return
		}
		if strings.HasPrefix(r.URL.Path, "/emu/") {
			w.WriteHeader(http.StatusConflict)
			json.NewEncoder(w).Encode(map[string]string{"error": evil})
			return
		}
		api.Problem(w, http.StatusNotFound, evil, evil)
	})}}
	dir := t.TempDir()
	store, err := cdr.Open(cdr.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	rec := cdr.Record{ID: "1", Start: time.Unix(1, 0), Ended: time.Unix(2, 0), From: evil, FromName: evil, To: evil, Port: evil, Peer: evil, Route: evil, ReleasedBy: evil, Detector: evil}
	store.Finish(rec)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"status", "status --json", "lines", "lines --json", "calls", "calls --json", "route 1", "route 1 --json", "reload", "reload --json", "emu fxs1 status",
		"emu fxs1 offhook", "hangup 1", "cdr --data " + dir, "cdr --json --data " + dir,
	} {
		var out strings.Builder
		execute(env{ctx: t.Context(), stdout: &out, stderr: &out, http: client}, words(line))
		if !strings.Contains(out.String(), "A") || !strings.Contains(out.String(), "E") {
			t.Errorf("%s does not show the text: %q", line, &out)
		}
		for _, r := range out.String() {
			if r != '\n' && !unicode.IsPrint(r) {
				t.Errorf("%s prints %U: %q", line, r, &out)
				break
			}
		}
	}
}

func TestHelp(t *testing.T) {
	for _, c := range []struct{ line, says string }{
		{"--help", "Usage: tipring <command>"},
		{"run --help", "--emulate=fxs=N,fxo=N,modem=N"},
		{"lines --help", "The word watch"},
		{"cdr --help", "--since=TIME"},
		{"route --help", "--from=NAME"},
		{"emu fxs1 dial --help", "--pulse"},
		{"emu fxo1 ring --help", "--from=NUMBER"},
		{"emu fxo1 record --help", "--for=TIME"},
		{"ops export --help", "<dir>"},
	} {
		var out, errs strings.Builder
		if code := execute(env{ctx: t.Context(), stdout: &out, stderr: &errs}, words(c.line)); code != 0 || errs.String() != "" || !strings.Contains(out.String(), c.says) {
			t.Errorf("%s: exit %d, %q, %q", c.line, code, &out, &errs)
		}
	}
}

func TestOpsExport(t *testing.T) {
	for _, verb := range []string{"ops export", "ops"} {
		dir := filepath.Join(t.TempDir(), "new")
		var out, errs strings.Builder
		if code := execute(env{ctx: t.Context(), stdout: &out, stderr: &errs}, append(words(verb), dir)); code != 0 || errs.String() != "" || !strings.HasPrefix(out.String(), dir+": ") {
			t.Errorf("%s: exit %d, %q, %q", verb, code, &out, &errs)
		}
		for _, f := range []string{
			"grafana/dashboards/tipring-lines.json", "grafana/dashboards/tipring-calls.json", "grafana/provisioning/dashboards/tipring.yaml",
			"grafana/provisioning/datasources/tipring.yaml", "prometheus/prometheus.yml",
		} {
			if _, err := os.Stat(filepath.Join(dir, f)); err != nil {
				t.Error(err)
			}
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if code := execute(env{ctx: t.Context(), stdout: &out, stderr: &out}, []string{"ops", "export", file}); code != 1 || strings.Count(out.String(), "\n") != 1 {
		t.Errorf("export into a file: exit %d, %q", code, &out)
	}
}

func TestCheck(t *testing.T) {
	dir := t.TempDir()
	check := func(text string) (int, string, string) {
		file := filepath.Join(dir, "x.toml")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		var out, errs strings.Builder
		code := execute(env{ctx: t.Context(), stdout: &out, stderr: &errs}, []string{"check", file})
		return code, out.String(), errs.String()
	}
	const good = "[[card]]\nname = \"emu\"\ndriver = \"emu\"\n[[port]]\nname = \"fxs\"\nkind = \"fxs\"\ncount = 2\n"
	if code, out, errs := check(good); code != 0 || errs != "" || !strings.HasSuffix(out, "x.toml is good: 2 lines, 0 spans, 0 accounts, 0 trunks, 0 routes\n") {
		t.Errorf("a good file: exit %d, %q, %q", code, out, errs)
	}
	code, out, errs := check(good + "[timers]\nno_answr = \"3s\"\ndrain = 3\n[[route]]\n")
	if code != 2 || out != "" || strings.Count(errs, "x.toml:") < 3 || !strings.Contains(errs, "no_answr") || !strings.Contains(errs, "drain") {
		t.Errorf("a bad file: exit %d, %q, %q", code, out, errs)
	}
	if last := errs[strings.LastIndex(strings.TrimSpace(errs), "\n")+1:]; last != fmt.Sprintf("tipring: %d faults\n", strings.Count(errs, "\n")-1) {
		t.Errorf("the last line is %q", last)
	}
}
