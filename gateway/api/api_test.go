package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tipring/gateway/call"
)

// A backendFake answers with what a test sets.
type backendFake struct {
	spansFake
	status  Status
	lines   []Line
	calls   []call.Status
	cleared []string
	report  ReloadReport
	reloads int
}

func (b *backendFake) Status() Status       { return b.status }
func (b *backendFake) Lines() []Line        { return b.lines }
func (b *backendFake) Spans() []Span        { return []Span{{Name: "span1"}} }
func (b *backendFake) Calls() []call.Status { return b.calls }
func (b *backendFake) Reload() ReloadReport { b.reloads++; return b.report }
func (b *backendFake) ClearCall(id string) bool {
	b.cleared = append(b.cleared, id)
	return id == "A/1"
}
func (b *backendFake) Explain(from, number string) (RouteExplanation, error) {
	if number == "" {
		return RouteExplanation{}, errors.New("number is missing")
	}
	return RouteExplanation{Number: number, From: from, Steps: []string{"to the echo test"}}, nil
}

// ask sends one request to a loopback host.
func ask(h http.Handler, method, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://127.0.0.1:8080"+path, nil)
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
			continue
		}
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func text(s string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, s+" "+r.Method+" "+r.URL.Path) })
}

// checkProblem checks that an answer is a problem document (RFC 9457) with its own status.
func checkProblem(t *testing.T, what string, w *httptest.ResponseRecorder, code int) {
	t.Helper()
	var p struct {
		Title, Detail string
		Status        int
	}
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != code || p.Status != code || p.Title == "" || p.Detail == "" {
		t.Errorf("%s: %d %s, want a problem with %d", what, w.Code, w.Body, code)
	}
	if ct := w.Header().Get("Content-Type"); ct != "application/problem+json" {
		t.Errorf("%s: content type %q", what, ct)
	}
}

func TestPaths(t *testing.T) {
	b := &backendFake{
		status: Status{Version: "v1", Ready: true, Started: time.Unix(0, 0).UTC()},
		lines:  []Line{{Name: "fxs1", State: "idle"}},
	}
	h := New(Config{Backend: b, Metrics: text("metrics"), Emu: text("emu")})
	for _, c := range []struct {
		method, path string
		code         int
		body         string // begins with
	}{
		{"GET", "/healthz", 200, "ok\n"},
		{"HEAD", "/healthz", 200, ""},
		{"GET", "/metrics", 200, "metrics GET /metrics"},
		{"GET", "/api/v1/status", 200, `{"version":"v1","started":"1970-01-01T00:00:00Z","ready":true,`},
		{"GET", "/api/v1/lines", 200, `[{"name":"fxs1",`},
		{"GET", "/api/v1/calls", 200, "[]\n"},
		{"GET", "/api/v1/spans", 200, `[{"name":"span1",`},
		{"GET", "/api/v1/spans/span1/pm", 200, `{"span":"span1","near":{`},
		{"GET", "/api/v1/machines", 200, `[{"machine":"q921",`},
		{"DELETE", "/api/v1/calls/A%2F1", 204, ""},
		{"GET", "/api/v1/route?from=fxs1&number=*43", 200, `{"number":"*43","from":"fxs1","steps":["to the echo test"]}`},
		{"POST", "/api/v1/reload", 200, `{"applied":[],"cannot":[],"faults":[]}`},
		{"GET", "/emu/fxs1/status", 200, "emu GET /emu/fxs1/status"},
		{"POST", "/emu/fxs1/offhook", 200, "emu POST /emu/fxs1/offhook"},
	} {
		w := ask(h, c.method, c.path)
		if w.Code != c.code || !strings.HasPrefix(w.Body.String(), c.body) {
			t.Errorf("%s %s: %d %q, want %d %q", c.method, c.path, w.Code, w.Body, c.code, c.body)
		}
	}
	for _, c := range []struct {
		method, path string
		code         int
		allow        string
	}{
		{"GET", "/", 404, ""},
		{"GET", "/api/v2/status", 404, ""},
		{"DELETE", "/api/v1/calls/nobody", 404, ""},
		{"GET", "/api/v1/route?from=fxs1", 400, ""},
		{"GET", "/api/v1/spans/span2/pm", 404, ""},
		{"GET", "/api/v1/spans/span1/loop", 405, "POST"},
		{"POST", "/api/v1/status", 405, "GET"},
		{"GET", "/api/v1/reload", 405, "POST"},
		{"GET", "/api/v1/calls/1", 405, "DELETE"},
		{"PATCH", "/metrics", 405, "GET"},
	} {
		w := ask(h, c.method, c.path)
		checkProblem(t, c.method+" "+c.path, w, c.code)
		if got := w.Header().Get("Allow"); got != c.allow {
			t.Errorf("%s %s: Allow %q, want %q", c.method, c.path, got, c.allow)
		}
	}
	if b.reloads != 1 || strings.Join(b.cleared, " ") != "A/1 nobody" {
		t.Errorf("%d reloads, cleared %q", b.reloads, b.cleared)
	}
	b.report = ReloadReport{Faults: []string{"file.toml:3: key: wrong"}}
	if w := ask(h, "POST", "/api/v1/reload"); w.Code != 422 || !strings.Contains(w.Body.String(), "file.toml:3") {
		t.Errorf("refused reload: %d %s", w.Code, w.Body)
	}
}

func TestWithoutMetricsAndCard(t *testing.T) {
	h := New(Config{Backend: &backendFake{}})
	checkProblem(t, "metrics", ask(h, "GET", "/metrics"), 404)
	w := ask(h, "POST", "/emu/fxs1/offhook")
	checkProblem(t, "emu", w, 404)
	if !strings.Contains(w.Body.String(), "no emulated card") {
		t.Errorf("emu: %s", w.Body)
	}
}

func TestHealth(t *testing.T) {
	for _, c := range []struct {
		ready, draining bool
		code            int
	}{{false, false, 503}, {true, false, 200}, {true, true, 503}, {false, true, 503}} {
		for _, token := range []string{"", "secret"} {
			h := New(Config{Backend: &backendFake{status: Status{Ready: c.ready, Draining: c.draining}}, Token: token})
			// Who checks health knows no token, and may come from anywhere.
			w := ask(h, "GET", "/healthz", "Host", "gateway.example:8080", "Origin", "http://monitor.example")
			if w.Code != c.code {
				t.Errorf("ready %v, draining %v: %d, want %d", c.ready, c.draining, w.Code, c.code)
			}
			if c.code == 503 {
				checkProblem(t, "healthz", w, 503)
			}
		}
	}
}

// everything that needs leave.
var guarded = [][2]string{
	{"GET", "/metrics"}, {"GET", "/api/v1/status"}, {"GET", "/api/v1/lines"}, {"GET", "/api/v1/calls"}, {"DELETE", "/api/v1/calls/A%2F1"},
	{"GET", "/api/v1/route?number=1"}, {"GET", "/api/v1/spans"}, {"GET", "/api/v1/spans/span1/pm"}, {"POST", "/api/v1/spans/span1/loop"},
	{"POST", "/api/v1/spans/span1/bert"}, {"GET", "/api/v1/machines"}, {"POST", "/api/v1/reload"}, {"POST", "/emu/fxs1/offhook"}, {"GET", "/"}, {"GET", "/nothing"},
}

func TestToken(t *testing.T) {
	b := &backendFake{}
	h := New(Config{Backend: b, Token: "secret", Metrics: text("metrics"), Emu: text("emu")})
	for _, g := range guarded {
		for _, auth := range []string{"", "Bearer ", "Bearer wrong", "Bearer secret2", "Bearer secre", "bearer", "Basic c2VjcmV0", "secret"} {
			w := ask(h, g[0], g[1], "Authorization", auth)
			checkProblem(t, g[0]+" "+g[1]+" with "+auth, w, 401)
			if w.Header().Get("WWW-Authenticate") == "" {
				t.Errorf("%s %s: no WWW-Authenticate", g[0], g[1])
			}
		}
		// With a token the host and the page that a request comes from do not matter.
		if w := ask(h, g[0], g[1], "Authorization", "Bearer secret", "Host", "gateway.example", "Origin", "http://else.example"); w.Code == 401 || w.Code == 403 {
			t.Errorf("%s %s with the token: %d", g[0], g[1], w.Code)
		}
	}
	if len(b.cleared) != 1 || b.reloads != 1 {
		t.Errorf("cleared %q, %d reloads; want what had the token, and no more", b.cleared, b.reloads)
	}
}

func TestLoopbackOnly(t *testing.T) {
	b := &backendFake{}
	h := New(Config{Backend: b, Metrics: text("metrics"), Emu: text("emu")})
	for _, g := range guarded {
		for _, host := range []string{"gateway.example", "gateway.example:8080", "192.0.2.1:8080", "127.0.0.1.evil.example", "localhost.evil.example:8080", "[2001:db8::1]:80", ""} {
			checkProblem(t, g[1]+" at "+host, ask(h, g[0], g[1], "Host", host), 403)
		}
		for _, origin := range []string{"http://evil.example", "null", "http://127.0.0.1:9090", "file://"} {
			checkProblem(t, g[1]+" from "+origin, ask(h, g[0], g[1], "Origin", origin), 403)
		}
	}
	if len(b.cleared) != 0 || b.reloads != 0 {
		t.Errorf("cleared %q, %d reloads by strangers", b.cleared, b.reloads)
	}
	for _, host := range []string{"127.0.0.1:8080", "127.0.0.1", "localhost:1", "LOCALHOST", "[::1]:8080", "[::1]", "127.9.9.9:80"} {
		if w := ask(h, "GET", "/api/v1/lines", "Host", host); w.Code != 200 {
			t.Errorf("at %s: %d", host, w.Code)
		}
	}
	if w := ask(h, "POST", "/api/v1/reload", "Origin", "http://127.0.0.1:8080"); w.Code != 200 {
		t.Errorf("from its own page: %d", w.Code)
	}
}

func TestClient(t *testing.T) {
	b := &backendFake{
		status: Status{Version: "v1"}, lines: []Line{{Name: "fxs1"}}, calls: []call.Status{{ID: "A/1", State: call.Talking}},
		report: ReloadReport{Applied: []string{"x"}},
	}
	srv := httptest.NewServer(New(Config{Backend: b, Token: "secret"}))
	defer srv.Close()
	ctx := context.Background()
	c := &Client{Base: srv.URL + "/", Token: "secret"}
	st, err := c.Status(ctx)
	if err != nil || st.Version != "v1" {
		t.Errorf("status %+v, %v", st, err)
	}
	lines, err := c.Lines(ctx)
	if err != nil || len(lines) != 1 || lines[0].Name != "fxs1" {
		t.Errorf("lines %+v, %v", lines, err)
	}
	calls, err := c.Calls(ctx)
	if err != nil || len(calls) != 1 || calls[0].State != call.Talking {
		t.Errorf("calls %+v, %v", calls, err)
	}
	if err := c.ClearCall(ctx, "A/1"); err != nil {
		t.Error(err)
	}
	if err := c.ClearCall(ctx, "?"); err == nil || err.Error() != "no such call: GET /api/v1/calls lists the calls that are up" {
		t.Errorf("clearing nothing: %v", err)
	}
	if e, err := c.Explain(ctx, "fxs1", "*43#"); err != nil || e.Number != "*43#" {
		t.Errorf("explain %+v, %v", e, err)
	}
	if r, err := c.Reload(ctx); err != nil || len(r.Applied) != 1 {
		t.Errorf("reload %+v, %v", r, err)
	}
	b.report.Faults = []string{"fault"}
	if r, err := c.Reload(ctx); err != nil || len(r.Faults) != 1 {
		t.Errorf("refused reload %+v, %v", r, err)
	}
	for _, bad := range []struct{ base, token, says string }{
		{srv.URL, "", "token needed"}, {srv.URL, "no", "token needed"}, {"http://127.0.0.1:1", "", "no gateway answers at http://127.0.0.1:1"},
		{"http://bad host", "", `gateway address "http://bad host"`},
	} {
		_, err := (&Client{Base: bad.base, Token: bad.token}).Status(ctx)
		if err == nil || !strings.HasPrefix(err.Error(), bad.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s with %q: %v", bad.base, bad.token, err)
		}
	}
	other := httptest.NewServer(text("<html>"))
	defer other.Close()
	if _, err := (&Client{Base: other.URL}).Status(ctx); err == nil || !strings.Contains(err.Error(), other.URL) {
		t.Errorf("a server that is no gateway: %v", err)
	}
}
