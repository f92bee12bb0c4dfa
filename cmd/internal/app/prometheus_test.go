package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tipring/cmd/peers"
	"tipring/dsp/dsptest"
	"tipring/gateway/cdr"
	"tipring/gateway/config"
	"tipring/gateway/ops"
	"tipring/hw/emu"
	"tipring/tdm"
)

// loopPlan is a gateway whose trunk is itself: what a phone dials behind 6 leaves by the trunk, comes in by it and rings the
// other phone, so that one call has every kind of port but an exchange line.
const loopPlan = `
[[modem]]
name = "modem1"
emulate = "si2494"
number = "5550201"

[[card]]
name = "emu"
driver = "emu"

[[port]]
name = "fxs1"
card = "emu"
kind = "fxs"
number = "201"

[[port]]
name = "fxs2"
card = "emu"
kind = "fxs"
number = "202"

[[port]]
name = "fxo1"
card = "emu"
kind = "fxo"
number = "5550101"

[[port]]
name = "idle"
card = "emu"
kind = "fxs"

[[card]]
name = "e1"
driver = "emu"

[[span]]
name = "span1"
card = "e1"
kind = "e1"
signalling = "pri"

[[span]]
name = "span2"
card = "e1"
kind = "e1"
signalling = "pri"

[[account]]
name = "8000"
password = "secret"

[[trunk]]
name = "loop"
max_calls = 10
host = "127.0.0.1"
port = %d
options_interval = "5s"
trusted = true

[[route]]
name = "out"
from = "fxs"
called = "6xxx"
strip = 1
to = "loop"

[[route]]
name = "in"
from = "any"
called = "2xx"
to = "phone"

[[route]]
name = "accounts"
from = "fxs"
called = "8xxx"
to = "account"
`

const secondTrunk = `
[[trunk]]
name = "second"
host = "192.0.2.1"
options_interval = "0s"
`

// observed starts such a gateway in real time; its reload adds a trunk.
func observed(t *testing.T) (*App, context.Context) {
	t.Helper()
	peers.Lock(t)
	port, dir := freePort(t), t.TempDir()
	loopback := netip.MustParseAddr("127.0.0.1")
	plan := func(more string) *config.Config {
		cfg, err := config.Parse("loop.toml", fmt.Sprintf(loopPlan, port)+more)
		if err != nil {
			t.Fatal(err)
		}
		cfg.Data.Dir = dir
		cfg.SIP.UDP, cfg.SIP.TCP = []netip.AddrPort{netip.AddrPortFrom(loopback, uint16(port))}, nil
		cfg.HTTP.Listen = netip.AddrPortFrom(loopback, 0)
		cfg.RTP.PortMin, cfg.RTP.PortMax = 0, 0
		return cfg
	}
	a, err := New(Options{
		Config: plan(""), Reload: func() (*config.Config, error) { return plan(secondTrunk), nil },
		Log: slog.New(slog.DiscardHandler), Version: "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	<-a.Ready()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the gateway ended with %v", err)
		}
	})
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	return a, ctx
}

// A prom is a real Prometheus that scrapes the gateway once a second.
type prom struct {
	*testing.T
	ctx  context.Context
	base string
	tick func() // lets 200 ms pass by the card's clock
}

func newProm(t *testing.T, a *App, ctx context.Context) *prom {
	t.Helper()
	bin := peers.Need(t, "prometheus")[0]
	dir := t.TempDir()
	conf, err := fs.ReadFile(ops.Files(), "prometheus/prometheus.yml")
	if err != nil {
		t.Fatal(err)
	}
	rules, err := fs.ReadFile(ops.Files(), "prometheus/tipring-alerts.yml")
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "tipring-alerts.yml"), rules, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	// The file that operators get, with the gateway's address and a shorter interval.
	text := strings.NewReplacer("127.0.0.1:8080", a.HTTPAddr().String(), "15s", "1s").Replace(string(conf))
	file := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	var log strings.Builder
	cmd := exec.CommandContext(ctx, bin, "--config.file="+file, "--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+addr, "--log.level=warn")
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Logf("prometheus said:\n%s", &log)
		}
	})
	return &prom{t, ctx, "http://" + addr, func() {
		if _, err := a.Phone("idle").Record(ctx, 200*time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}}
}

// A sampled is one series of an answer.
type sampled struct {
	Metric map[string]string
	Value  []any
	Values [][]any
}

// number says whether the series has a value that is a number.
func (s sampled) number() (float64, bool) {
	for _, v := range append(s.Values, s.Value) {
		if len(v) == 2 {
			if x, err := strconv.ParseFloat(v[1].(string), 64); err == nil && !math.IsNaN(x) {
				return x, true
			}
		}
	}
	return 0, false
}

// get asks Prometheus' HTTP API.
func (p *prom) get(path string, params url.Values, data any) error {
	req, err := http.NewRequestWithContext(p.ctx, "GET", p.base+path+"?"+params.Encode(), nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	var answer struct {
		Status, Error string
		Data          json.RawMessage
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return fmt.Errorf("%s: %s", res.Status, body)
	}
	if answer.Status != "success" {
		return fmt.Errorf("%s: %s", answer.Status, answer.Error)
	}
	return json.Unmarshal(answer.Data, data)
}

func (p *prom) query(expr string, span time.Duration) ([]sampled, error) {
	path, params := "/api/v1/query", url.Values{"query": {expr}}
	if span > 0 {
		now := time.Now()
		path = "/api/v1/query_range"
		params.Set("start", fmt.Sprint(now.Add(-span).Unix()))
		params.Set("end", fmt.Sprint(now.Unix()))
		params.Set("step", "1")
	}
	var data struct{ Result []sampled }
	err := p.get(path, params, &data)
	return data.Result, err
}

// until waits for a query to have a result.
func (p *prom) until(expr string) {
	p.Helper()
	for p.ctx.Err() == nil {
		if got, err := p.query(expr, 0); err == nil && len(got) > 0 {
			return
		}
		p.tick()
	}
	p.Fatalf("Prometheus never had %s", expr)
}

// every checks that a query has the one value on every series.
func (p *prom) every(expr string, want float64) {
	p.Helper()
	got, err := p.query(expr, 0)
	if err != nil || len(got) == 0 {
		p.Errorf("%s: %d series, %v", expr, len(got), err)
	}
	for _, s := range got {
		if x, ok := s.number(); !ok || x != want {
			p.Errorf("%s: %v is %g, want %g", expr, s.Metric, x, want)
		}
	}
}

var (
	legendLabel = regexp.MustCompile(`\{\{(\w+)\}\}`)
	labelValues = regexp.MustCompile(`^label_values\((\w+), (\w+)\)$`)
)

// A real Prometheus scrapes a running gateway, with the configuration that operators get, and runs every query of the
// dashboards: each has an answer with numbers, and the labels that its legend names.
func TestDashboards(t *testing.T) {
	peers.Need(t, "prometheus", "promtool")
	a, ctx := observed(t)
	p := newProm(t, a, ctx)
	p.until(`count_over_time(up{job="tipring"}[1m]) >= 2`)
	p.until(`tipring_sip_options_rtt_seconds`)

	// A call out and in by the trunk, with speech both ways.
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	one, two := a.Phone("fxs1"), a.Phone("fxs2")
	must(one.OffHook())
	_, err := one.Await(ctx, emu.Tone("dial"))
	must(err)
	must(one.Dial(ctx, "6202", false))
	_, err = two.Await(ctx, emu.Ringing)
	must(err)
	must(two.OffHook())
	said := make(chan error, 1)
	go func() { said <- two.Play(ctx, dsptest.Speech(1, -15, 3*tdm.Rate)) }()
	must(one.Play(ctx, dsptest.Speech(2, -15, 3*tdm.Rate)))
	must(<-said)
	p.until(`tipring_calls_active{trunk="loop",state="talking"} == 1`)
	must(one.OnHook())
	must(two.OnHook())
	p.until(`sum(tipring_calls_total{trunk="loop",outcome="answered"} offset 2s) == 2 and sum(tipring_calls_active) == 0`)

	vars := map[string]string{"$__rate_interval": "1m", "$__range": "5m"}
	queries := 0
	for _, name := range dashboardFiles(t) {
		d := readDashboard(t, name)
		for _, v := range d.Templating.List {
			if v.Type != "query" {
				continue
			}
			m := labelValues.FindStringSubmatch(v.Query)
			if m == nil {
				t.Errorf("%s: variable %s asks %q", name, v.Name, v.Query)
				continue
			}
			var values []string
			if err := p.get("/api/v1/label/"+m[2]+"/values", url.Values{"match[]": {m[1]}}, &values); err != nil || len(values) < 2 {
				t.Errorf("%s: variable %s has values %q, %v", name, v.Name, values, err)
			}
			vars["$"+v.Name] = "(" + strings.Join(values, "|") + ")"
		}
		for _, panel := range d.Panels {
			for _, q := range panel.Targets {
				queries++
				expr := q.Expr
				for _, k := range slices.Sorted(maps.Keys(vars)) {
					expr = strings.ReplaceAll(expr, k, vars[k])
				}
				span := time.Duration(0)
				if q.Range {
					span = 10 * time.Second
				}
				got, err := p.query(expr, span)
				where := fmt.Sprintf("%s, panel %q: %s", name, panel.Title, expr)
				if err != nil || len(got) == 0 {
					t.Errorf("%s\n\tgives %d series, %v", where, len(got), err)
					continue
				}
				numbers := 0
				for _, s := range got {
					if _, ok := s.number(); ok {
						numbers++
					}
					for _, l := range legendLabel.FindAllStringSubmatch(q.LegendFormat, -1) {
						if s.Metric[l[1]] == "" {
							t.Errorf("%s\n\tseries %v has no %s, which the legend shows", where, s.Metric, l[1])
						}
					}
				}
				if numbers == 0 {
					t.Errorf("%s\n\tgives no number", where)
				}
				if len(got) > 1 && !strings.Contains(q.LegendFormat, "{{") {
					t.Errorf("%s\n\tgives %d series with one legend", where, len(got))
				}
			}
		}
	}
	t.Logf("%d queries", queries)

	// What was measured is what was.
	p.every(`max_over_time(tipring_line_loop_current_amperes{line=~"fxs."}[1m])`, 0.025)
	p.every(`max_over_time(tipring_line_voltage_volts{line=~"fx.."}[1m])`, 48)
	p.every(`min_over_time(sum by (line) (tipring_line_state)[1m:1s])`, 1)
	p.every(`max_over_time(sum by (line) (tipring_line_state)[1m:1s])`, 1)
	p.every(`sum by (line) (increase(tipring_line_dtmf_digits_total{line="fxs1"}[5m])) > bool 0`, 1)
	p.every(`tipring_call_cause_total{trunk="loop",cause="16"}`, 2)
	p.every(`tipring_rtp_stranger_packets_total`, 0)
	p.every(`tipring_span_up`, 1)
	p.every(`tipring_dchannel_state{state="established"}`, 1)
	p.every(`tipring_span_performance_seconds_total{type="uas"}`, 0)
	p.every(`rate(tipring_span_performance_seconds_total{end="near",type="counted"}[10s]) > bool 0.5`, 1)

	// The rules that operators get are taken, and a cable that is pulled makes the first of them wait for its time.
	a.spanCards[0].emu.Far("span2").Pull()
	p.until(`ALERTS{alertname="SpanDown",span="span2",alertstate="pending"}`)
	a.spanCards[0].emu.Far("span2").Plug()

	text := scrape(t, a)
	checkMetrics(t, text)
	private := []string{"201", "202", "6202", "5550101", "8000"}
	records, err := a.Records(ctx, cdr.Filter{})
	must(err)
	for _, r := range records {
		private = append(private, r.ID)
	}
	for _, l := range regexp.MustCompile(`(\w+)="([^"]*)"`).FindAllStringSubmatch(text, -1) {
		if l[1] != "le" && slices.Contains(private, l[2]) {
			t.Errorf("label %s", l[0])
		}
	}

	if r := a.Reload(); len(r.Faults) > 0 {
		t.Fatalf("reload: %+v", r)
	}
	p.until(`tipring_calls_total{trunk="second",direction="inbound",outcome="answered"} == 0`)
	p.every(`rate(tipring_sip_parse_errors_total[10s])`, 0)
}

// scrape returns what /metrics says.
func scrape(t *testing.T, a *App) string {
	t.Helper()
	w := httptest.NewRecorder()
	a.Handler().ServeHTTP(w, httptest.NewRequest("GET", "http://127.0.0.1/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("/metrics answers %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// checkMetrics runs promtool over a scrape.
func checkMetrics(t *testing.T, text string) {
	t.Helper()
	cmd := exec.Command(peers.Need(t, "promtool")[0], "check", "metrics")
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
	n := 0
	for l := range strings.Lines(text) {
		if !strings.HasPrefix(l, "#") {
			n++
		}
	}
	t.Logf("%d series, %d octets", n, len(text))
}

type dashboardFile struct {
	Templating struct {
		List []struct{ Name, Type, Query string }
	}
	Panels []struct {
		Title   string
		Targets []struct {
			Expr, LegendFormat string
			Instant, Range     bool
		}
	}
}

func dashboardFiles(t *testing.T) []string {
	t.Helper()
	names, err := fs.Glob(ops.Files(), "grafana/dashboards/*.json")
	if err != nil || len(names) != 3 {
		t.Fatalf("dashboards %q, %v", names, err)
	}
	return names
}

func readDashboard(t *testing.T, name string) (d dashboardFile) {
	t.Helper()
	b, err := fs.ReadFile(ops.Files(), name)
	if err == nil {
		err = json.Unmarshal(b, &d)
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return d
}

// Ten thousand requests of SIP scanners, each with another method, user, host, tag and software, make no series.
func TestScannersMakeNoSeries(t *testing.T) {
	play(t, "", nil, func(w *world) {
		conn, err := w.net.ListenPacket(netip.MustParseAddrPort("192.0.2.66:5060"))
		w.must(err)
		defer conn.Close()
		before := strings.Count(scrape(t, w.app), "\n")
		rng := rand.New(rand.NewPCG(1, 2))
		to := netip.MustParseAddrPort("127.0.0.1:5060")
		const requests = 10_000
		for i := range requests {
			word := func() string { return fmt.Sprintf("%x", rng.Uint64()) }
			method := []string{"INVITE", "REGISTER", "OPTIONS", "BYE", "X" + strings.ToUpper(word())}[rng.IntN(5)]
			msg := fmt.Sprintf("%[1]s sip:%[2]s@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.66:5060;branch=z9hG4bK%[3]s\r\nFrom: <sip:%[4]s@%[5]s>;tag=%[3]s\r\n"+
				"To: <sip:%[2]s@127.0.0.1>\r\nCall-ID: %[6]s\r\nCSeq: 1 %[1]s\r\nMax-Forwards: 70\r\nUser-Agent: %[7]s\r\nContact: <sip:%[4]s@192.0.2.66>\r\nContent-Length: 0\r\n\r\n",
				method, word(), word(), word(), word(), word(), word())
			_, err := conn.WriteToUDPAddrPort([]byte(msg), to)
			w.must(err)
			if i%100 == 99 {
				time.Sleep(100 * time.Millisecond)
			}
		}
		time.Sleep(time.Minute)
		text := scrape(t, w.app)
		if after := strings.Count(text, "\n"); after != before {
			t.Errorf("%d lines of metrics became %d", before, after)
		}
		answered := 0
		for _, m := range regexp.MustCompile(`tipring_sip_transactions_total{code_class="4xx",direction="out",method="(\w+)",trunk="other"} (\d+)`).FindAllStringSubmatch(text, -1) {
			n, _ := strconv.Atoi(m[2])
			answered += n
			if m[1] == "other" && n < 1000 {
				t.Errorf("%d requests with methods that nobody knows", n)
			}
		}
		if answered != requests {
			t.Errorf("%d of %d requests were answered", answered, requests)
		}
	})
}
