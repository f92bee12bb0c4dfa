package metrics

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"

	"tipring/cmd/peers"
	"tipring/gateway/api"
	"tipring/gateway/call"
	"tipring/gateway/cdr"
	"tipring/gateway/route"
	"tipring/tdm"
)

// A fake is a gateway of two lines, two accounts and trunks that a test can change.
type fake struct {
	trunks []Trunk
	calls  []call.Status
	sip    SIP
	rtp    []RTP
	gone   map[string]bool // parties that a reload has removed
}

func newFake() *fake {
	return &fake{trunks: []Trunk{{Name: "local", Up: true, Capacity: 2, AllBusy: 7.5}, {Name: "provider", Registers: true}}, gone: map[string]bool{}}
}

func (f *fake) Kind(party string) route.Kind {
	kinds := map[string]route.Kind{"fxs1": route.FXS, "fxo1": route.FXO, "8000": route.Account, "8001": route.Account}
	for _, t := range f.trunks {
		kinds[t.Name] = route.Trunk
	}
	if k, ok := kinds[party]; ok && !f.gone[party] {
		return k
	}
	return route.Service
}

func (f *fake) Lines() []Line {
	return []Line{
		{Name: "fxs1", Kind: "fxs", Card: "emu", Port: "0", State: "talking", Measured: true, Amperes: 0.025, Volts: -9.2, Reversed: true, RxDBm0: -15,
			TxDBm0: -90, ERL: 12, ERLE: 30, EchoSeconds: 0.004, EchoResets: 2, Rings: 3, Seizures: 4, Glare: 1, Flashes: 5, Digits: 6},
		{Name: "fxo1", Kind: "fxo", Card: "emu", Port: "1", State: "idle", CallerID: map[string]int64{"bad": 7}},
	}
}

func (f *fake) Cards() []Card {
	return []Card{{Name: "emu", Model: "emulated card", Up: true, Blocks: 100, BusySeconds: 0.5, MaxBusy: 0.012, BusyBlocks: map[float64]uint64{0.001: 90}, Timed: 100, Slots: map[string]int{"leg": 1, "idle": 1}},
		{Name: "lc", Model: "lc8", Up: true, Link: &Link{Firmware: "1.2.0", Sessions: 2, HostDrops: map[string]int64{"crc": 3}, CardDrops: map[string]int64{"frame": 4}, Repeats: 5,
			Missing: 16, Recovered: 8, Late: 1, UnderrunSeconds: 0.002, RoundTripSeconds: 0.001, ClockPPM: -12, ClockSeconds: 90}}}
}

func (f *fake) Modems() []Modem {
	return []Modem{{Line: "modem1", Dialect: "huawei", Up: true, Conversation: true, Underruns: 2, Faults: 1, Network: "roaming", SignalDBm: -73}, {Line: "modem2"}}
}

func (f *fake) Calls() []call.Status { return f.calls }
func (f *fake) Trunks() []Trunk      { return f.trunks }
func (f *fake) Spans() []Span {
	return []Span{{Name: "span1", Card: "e1", Framing: "E1 CRC-4", Up: true, Alarms: map[string]bool{"rai": true, "los": false}, Errors: map[string]int64{"crc": 7},
		SlipsDeleted: 3, Channels: map[string]int{"idle": 29, "busy": 1}, DUp: true,
		Near: SpanEnd{Seconds: map[string]int64{"es": 9, "uas": 30}, Quarter: map[string]int64{"es": 2}, Violations: 11}, Far: SpanEnd{Unavailable: true, Background: 5},
		D: &DChannel{State: "established", Sent: map[string]int64{"i": 12}, Retransmits: 1, HDLC: map[string]int64{"bad_fcs": 6}, CallsIn: 8,
			Faults: map[string]int64{"glare": 1}, Timers: map[string]int64{"T303": 2}},
		Packets: map[string]int64{"lost": 4}, ClockRatio: 2e-6},
		{Name: "bits1", Card: "t1", Framing: "T1 ESF", Up: true, CAS: true, Signals: map[string]int64{"glare": 2}}}
}
func (f *fake) SIP() SIP               { return f.sip }
func (f *fake) RTP() []RTP             { return f.rtp }
func (f *fake) Records() Records       { return Records{Written: 9} }
func (f *fake) Reload() (bool, string) { return true, "abc" }

// scrape returns what /metrics says, one sample a line, without comments.
func scrape(t testing.TB, m *Metrics) map[string]string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("/metrics answers %d: %s", w.Code, w.Body)
	}
	out := map[string]string{}
	for l := range strings.Lines(w.Body.String()) {
		if !strings.HasPrefix(l, "#") {
			i := strings.LastIndexByte(l, ' ')
			out[l[:i]] = strings.TrimSpace(l[i:])
		}
	}
	return out
}

func want(t *testing.T, got map[string]string, series, value string) {
	t.Helper()
	if got[series] != value {
		t.Errorf("%s is %q, want %q", series, got[series], value)
	}
}

func TestValuesComeFromTheSource(t *testing.T) {
	src := newFake()
	src.calls = []call.Status{
		{A: "fxs1", B: "local", Direction: "outbound", State: call.Talking}, {A: "local", Direction: "inbound", State: call.Routing},
		{A: "fxo1", B: "8000", Direction: "inbound", State: call.Ringing}, {A: "fxs1", Direction: "internal", State: call.Dialing},
		{A: "8000", B: "echo", Direction: "internal", State: call.Talking},
	}
	src.sip = SIP{Transactions: []SIPTransactions{{"local", "INVITE", "in", "2xx", 3}, {"", "FROB", "in", "4xx", 2}, {"", "NICATE", "in", "4xx", 5}}, LockedOut: 1,
		Faults: []SIPFaults{{AuthFailures: 3}, {Trunk: "removed", AuthFailures: 1}, {Trunk: "local", ParseErrors: 2}}}
	src.rtp = []RTP{{Party: "8000", Sent: 10}, {Party: "8001", Sent: 5, ConcealedSamples: 159}, {Party: "local", Received: 7, Lost: 1, PeerLost: 6}}
	got := scrape(t, New(src, "v1", []string{"local", "provider"}))
	for series, value := range map[string]string{
		`tipring_build_info{version="v1"}`:                                                                    "1",
		`tipring_line_info{card="emu",kind="fxs",line="fxs1",port="0"}`:                                       "1",
		`tipring_line_state{line="fxs1",state="talking"}`:                                                     "1",
		`tipring_line_state{line="fxs1",state="idle"}`:                                                        "0",
		`tipring_line_loop_current_amperes{line="fxs1"}`:                                                      "0.025",
		`tipring_line_voltage_volts{line="fxs1"}`:                                                             "-9.2",
		`tipring_line_loop_current_amperes{line="fxo1"}`:                                                      "", // not measured
		`tipring_line_battery_reversed{line="fxs1"}`:                                                          "1",
		`tipring_line_echo_resets_total{line="fxs1"}`:                                                         "2",
		`tipring_line_dtmf_digits_total{line="fxs1"}`:                                                         "6",
		`tipring_line_callerid_total{line="fxo1",result="bad"}`:                                               "7",
		`tipring_line_callerid_total{line="fxs1",result="ok"}`:                                                "0",
		`tipring_modem_info{dialect="huawei",line="modem1"}`:                                                  "1",
		`tipring_modem_up{line="modem1"}`:                                                                     "1",
		`tipring_modem_conversation{line="modem2"}`:                                                           "0",
		`tipring_modem_underruns_total{line="modem1"}`:                                                        "2",
		`tipring_modem_network{line="modem1",state="roaming"}`:                                                "1",
		`tipring_modem_network{line="modem1",state="home"}`:                                                   "0",
		`tipring_modem_network{line="modem2",state="home"}`:                                                   "", // no cellular modem
		`tipring_modem_signal_dbm{line="modem1"}`:                                                             "-73",
		`tipring_modem_signal_dbm{line="modem2"}`:                                                             "",
		`tipring_card_firmware_info{card="lc",version="1.2.0"}`:                                               "1",
		`tipring_card_link_dropped_total{card="lc",kind="crc",side="host"}`:                                   "3",
		`tipring_card_link_dropped_total{card="lc",kind="frame",side="card"}`:                                 "4",
		`tipring_card_link_missing_samples_total{card="lc"}`:                                                  "16",
		`tipring_card_link_recovered_samples_total{card="lc"}`:                                                "8",
		`tipring_card_link_underrun_seconds_total{card="lc"}`:                                                 "0.002",
		`tipring_card_clock_offset_ppm{card="lc"}`:                                                            "-12",
		`tipring_dsp_busy_max_seconds{card="emu"}`:                                                            "0.012",
		`tipring_dsp_channels{card="emu",task="leg"}`:                                                         "1",
		`tipring_dsp_channels{card="emu",task="connect"}`:                                                     "0",
		`tipring_calls_active{direction="outbound",state="talking",trunk="local"}`:                            "1",
		`tipring_calls_active{direction="inbound",state="routing",trunk="local"}`:                             "1",
		`tipring_calls_active{direction="inbound",state="ringing",trunk="pstn"}`:                              "1",
		`tipring_calls_active{direction="internal",state="dialing",trunk="internal"}`:                         "1",
		`tipring_calls_active{direction="internal",state="talking",trunk="accounts"}`:                         "1",
		`tipring_calls_active{direction="transit",state="talking",trunk="provider"}`:                          "0",
		`tipring_trunk_capacity_calls{trunk="local"}`:                                                         "2",
		`tipring_trunk_capacity_calls{trunk="provider"}`:                                                      "", // not limited
		`tipring_sip_registered{trunk="provider"}`:                                                            "0",
		`tipring_sip_registered{trunk="local"}`:                                                               "", // does not register
		`tipring_sip_trunk_up{trunk="local"}`:                                                                 "1",
		`tipring_sip_transactions_total{code_class="2xx",direction="in",method="INVITE",trunk="local"}`:       "3",
		`tipring_sip_transactions_total{code_class="4xx",direction="in",method="other",trunk="other"}`:        "7",
		`tipring_sip_transactions_total{code_class="5xx",direction="out",method="REGISTER",trunk="provider"}`: "0",
		`tipring_trunk_all_busy_seconds_total{trunk="local"}`:                                                 "7.5",
		`tipring_dsp_frame_process_seconds_bucket{card="emu",le="0.001"}`:                                     "90",
		`tipring_dsp_frame_process_seconds_count{card="emu"}`:                                                 "100",
		`tipring_dsp_frame_process_seconds_sum{card="emu"}`:                                                   "0.5",
		`tipring_sip_bye_duration_seconds_count{trunk="provider"}`:                                            "0",
		`tipring_sip_auth_failures_total{trunk="other"}`:                                                      "4",
		`tipring_sip_parse_errors_total{trunk="local"}`:                                                       "2",
		`tipring_rtp_lost_packets_total{direction="tx",trunk="local"}`:                                        "6",
		`tipring_span_alarm{alarm="rai",span="span1"}`:                                                        "1",
		`tipring_span_alarm{alarm="los",span="span1"}`:                                                        "0",
		`tipring_span_line_errors_total{span="span1",type="crc"}`:                                             "7",
		`tipring_cas_events_total{event="glare",span="bits1"}`:                                                "2",
		`tipring_dchannel_up{span="bits1"}`:                                                                   "", // it has none
		`tipring_pseudowire_packets_total{event="lost",span="span1"}`:                                         "4",
		`tipring_pseudowire_clock_offset_ratio{span="span1"}`:                                                 "2e-06",
		`tipring_span_slips_total{direction="deleted",span="span1"}`:                                          "3",
		`tipring_span_channels{span="span1",state="idle"}`:                                                    "29",
		`tipring_span_channels{span="span1",state="blocked"}`:                                                 "0",
		`tipring_dchannel_frames_total{direction="tx",span="span1",type="i"}`:                                 "12",
		`tipring_dchannel_frames_total{direction="rx",span="span1",type="rej"}`:                               "0",
		`tipring_dchannel_retransmits_total{span="span1"}`:                                                    "1",
		`tipring_dchannel_state{span="span1",state="established"}`:                                            "1",
		`tipring_dchannel_state{span="span1",state="timer_recovery"}`:                                         "0",
		`tipring_dchannel_hdlc_errors_total{span="span1",type="bad_fcs"}`:                                     "6",
		`tipring_q931_calls_total{direction="in",span="span1"}`:                                               "8",
		`tipring_q931_faults_total{span="span1",type="glare"}`:                                                "1",
		`tipring_q931_timer_expiries_total{span="span1",timer="T303"}`:                                        "2",
		`tipring_span_performance_seconds_total{end="near",span="span1",type="uas"}`:                          "30",
		`tipring_span_performance_seconds_total{end="far",span="span1",type="ses"}`:                           "0",
		`tipring_span_interval_seconds{end="near",span="span1",type="es"}`:                                    "2",
		`tipring_span_unavailable{end="far",span="span1"}`:                                                    "1",
		`tipring_span_code_violations_total{end="near",span="span1"}`:                                         "11",
		`tipring_span_background_block_errors_total{end="far",span="span1"}`:                                  "5",
		`tipring_sip_lockouts_active`:                                                                         "1",
		`tipring_rtp_packets_total{direction="tx",trunk="accounts"}`:                                          "15",
		`tipring_rtp_concealed_frames_total{direction="rx",trunk="accounts"}`:                                 "1",
		`tipring_rtp_lost_packets_total{direction="rx",trunk="local"}`:                                        "1",
		`tipring_rtp_packets_total{direction="rx",trunk="provider"}`:                                          "0",
		`tipring_cdr_written_total`:                                                                           "9",
		`tipring_config_hash_info{hash="abc"}`:                                                                "1",
		`tipring_calls_total{direction="inbound",outcome="busy",trunk="provider"}`:                            "0",
		`tipring_call_cause_total{cause="16",trunk="pstn"}`:                                                   "0",
		`tipring_http_requests_total{code_class="5xx",route="GET /healthz"}`:                                  "0",
	} {
		want(t, got, series, value)
	}
}

// The latency of the Go scheduler is what delays a block on a busy machine.
func TestSchedulerLatency(t *testing.T) {
	got := scrape(t, New(newFake(), "v1", nil))
	if _, ok := got[`go_sched_latencies_seconds_bucket{le="+Inf"}`]; !ok {
		t.Error("no latency of the scheduler")
	}
}

func TestCallEnded(t *testing.T) {
	src := newFake()
	m := New(src, "v1", []string{"local", "provider"})
	m.CallEnded(call.Summary{
		A: "8000", B: "local", Direction: "outbound", Cause: tdm.CauseNormalClearing, Answered: true, Setup: 200 * time.Millisecond, Ring: 3 * time.Second,
		Talk: 20 * time.Second, Fax: true, Quality: []cdr.Quality{
			{Port: "8000", RTP: &cdr.RTP{Received: 100, JitterMs: 3, MOS: 4.3}}, {Port: "local", RTP: &cdr.RTP{Received: 100, JitterMs: 30, PeerJitterMs: 12, PeerLoss: 0.02, MOS: 2.2, DepthMs: 50, DriftPPM: -30}}, {Port: "fxs1"}},
	})
	m.InviteResponded("local", 30*time.Millisecond)
	m.ByeResponded("", 3*time.Second)
	m.CallEnded(call.Summary{A: "fxo1", B: "8000", Direction: "inbound", Cause: tdm.CauseUserBusy})
	m.CallEnded(call.Summary{A: "fxs1", Direction: "internal", Cause: 99, By: cdr.ByCaller})
	got := scrape(t, m)
	for series, value := range map[string]string{
		`tipring_calls_total{direction="outbound",outcome="answered",trunk="local"}`:          "1",
		`tipring_calls_total{direction="inbound",outcome="busy",trunk="pstn"}`:                "1",
		`tipring_calls_total{direction="internal",outcome="cancelled",trunk="internal"}`:      "1",
		`tipring_call_cause_total{cause="16",trunk="local"}`:                                  "1",
		`tipring_call_cause_total{cause="other",trunk="internal"}`:                            "1",
		`tipring_fax_calls_total{trunk="local"}`:                                              "1",
		`tipring_call_setup_seconds_bucket{direction="outbound",trunk="local",le="0.25"}`:     "1",
		`tipring_call_setup_seconds_bucket{direction="outbound",trunk="local",le="0.1"}`:      "0",
		`tipring_call_duration_seconds_sum{direction="outbound",trunk="local"}`:               "20",
		`tipring_call_answer_delay_seconds_count{direction="inbound",trunk="pstn"}`:           "0",
		`tipring_rtp_jitter_seconds_bucket{direction="rx",trunk="accounts",le="0.005"}`:       "1",
		`tipring_rtp_jitter_seconds_bucket{direction="rx",trunk="local",le="0.005"}`:          "0",
		`tipring_rtp_jitter_seconds_bucket{direction="tx",trunk="local",le="0.01"}`:           "0",
		`tipring_rtp_jitter_seconds_bucket{direction="tx",trunk="local",le="0.02"}`:           "1",
		`tipring_rtp_loss_ratio_bucket{direction="tx",trunk="local",le="0.02"}`:               "1",
		`tipring_call_mos_bucket{trunk="local",le="2.5"}`:                                     "1",
		`tipring_call_mos_count{trunk="provider"}`:                                            "0",
		`tipring_jitterbuffer_depth_seconds_bucket{trunk="local",le="0.04"}`:                  "0",
		`tipring_jitterbuffer_depth_seconds_bucket{trunk="local",le="0.06"}`:                  "1",
		`tipring_rtp_clock_drift_ppm_bucket{trunk="local",le="-50"}`:                          "0",
		`tipring_rtp_clock_drift_ppm_bucket{trunk="local",le="-20"}`:                          "1",
		`tipring_sip_invite_to_first_response_seconds_bucket{trunk="local",le="0.05"}`:        "1",
		`tipring_sip_bye_duration_seconds_bucket{trunk="other",le="4"}`:                       "1",
		`tipring_calls_active{direction="outbound",state="talking",trunk="local"}`:            "0",
		`tipring_call_answer_delay_seconds_bucket{direction="outbound",trunk="local",le="5"}`: "1",
	} {
		want(t, got, series, value)
	}
}

// A trunk that a reload has added has all its series before its first call; one that it has removed keeps what it had, and its
// packets do not move elsewhere.
func TestReload(t *testing.T) {
	src := newFake()
	src.trunks = src.trunks[:1]
	src.rtp = []RTP{{Party: "local", Sent: 100}, {Party: "8000", Sent: 10}}
	m := New(src, "v1", []string{"local"})
	before := scrape(t, m)
	src.trunks = append(src.trunks, Trunk{Name: "new"})
	after := scrape(t, m)
	added := 0
	for series := range after {
		if _, old := before[series]; !old {
			added++
			if !strings.Contains(series, `trunk="new"`) && !strings.HasPrefix(series, "go_") {
				t.Errorf("%s is new", series)
			}
		}
	}
	if added == 0 {
		t.Error("no series for the new trunk")
	}
	want(t, after, `tipring_calls_total{direction="inbound",outcome="answered",trunk="new"}`, "0")
	want(t, after, `tipring_rtp_packets_total{direction="rx",trunk="new"}`, "0")
	want(t, after, `tipring_call_mos_count{trunk="new"}`, "0")

	src.gone["local"], src.gone["8000"] = true, true
	src.trunks = src.trunks[1:]
	src.calls = []call.Status{{A: "local", B: "fxs1", Direction: "inbound", State: call.Talking}}
	got := scrape(t, m)
	want(t, got, `tipring_rtp_packets_total{direction="tx",trunk="local"}`, "100")
	want(t, got, `tipring_rtp_packets_total{direction="tx",trunk="accounts"}`, "10")
	want(t, got, `tipring_calls_active{direction="inbound",state="talking",trunk="other"}`, "1")
}

// Ten thousand callers, called numbers, scanners and paths make no series.
func TestStrangersMakeNoSeries(t *testing.T) {
	src := newFake()
	m := New(src, "v1", []string{"local", "provider"})
	h := m.Measure(api.New(api.Config{Backend: nobody{}}))
	before := scrape(t, m)
	rng := rand.New(rand.NewPCG(1, 2))
	word := func() string { return fmt.Sprintf("%x", rng.Uint64()) }
	for range 10_000 {
		// A party that is not in the configuration is the worst that a bug elsewhere could bring here.
		a, b := []string{word(), "local", "fxs1", "8000"}[rng.IntN(4)], []string{word(), "", "fxo1", "provider"}[rng.IntN(4)]
		direction := possible(group(src, a), group(src, b))
		ended := call.Summary{A: a, B: b, Direction: direction, Cause: tdm.Cause(rng.IntN(128)), Answered: rng.IntN(2) == 0}
		if hasMedia(group(src, a)) {
			ended.Quality = []cdr.Quality{{Port: a, RTP: &cdr.RTP{Received: 1}}}
		}
		m.CallEnded(ended)
		src.calls = []call.Status{{ID: word(), From: word(), To: word(), A: a, B: b, Direction: direction, State: call.Talking}}
		src.sip.Transactions = append(src.sip.Transactions[:0], SIPTransactions{word(), word(), "in", "4xx", 1})
		src.sip.Retransmits = append(src.sip.Retransmits[:0], SIPRetransmits{word(), word(), "out", 1})
		r := httptest.NewRequest(word(), "http://127.0.0.1:8080/"+word()+"?"+word(), nil)
		if rng.IntN(2) == 0 {
			r = httptest.NewRequest([]string{"GET", "DELETE", "PUT"}[rng.IntN(3)], "http://127.0.0.1:8080/api/v1/calls/"+word(), nil)
		}
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	after := scrape(t, m)
	for series := range after {
		if _, known := before[series]; !known && !strings.HasPrefix(series, "go_") {
			t.Errorf("%s is new", series)
		}
	}
	if len(before) != len(after) {
		t.Errorf("%d series became %d", len(before), len(after))
	}
	t.Logf("%d series", len(after))
}

func outside(group string) bool { return group == pstn || group == "local" || group == "provider" }

// possible is the direction of a call between two groups, as gateway/call finds it.
func possible(a, b string) string {
	switch {
	case outside(a) && outside(b):
		return "transit"
	case outside(a):
		return "inbound"
	case outside(b):
		return "outbound"
	}
	return "internal"
}

type nobody struct{ api.Backend }

func (nobody) ClearCall(string) bool { return false }

// Every metric explains itself, and Prometheus' own checker finds nothing to say.
func TestPromtool(t *testing.T) {
	m := New(newFake(), "v1", []string{"local", "provider"})
	families, err := m.reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetHelp() == "" {
			t.Errorf("%s has no HELP", f.GetName())
		}
		if f.GetType() == dto.MetricType_COUNTER != strings.HasSuffix(f.GetName(), "_total") && strings.HasPrefix(f.GetName(), prefix) {
			t.Errorf("%s is a %s", f.GetName(), f.GetType())
		}
	}
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	cmd := exec.Command(peers.Need(t, "promtool")[0], "check", "metrics")
	cmd.Stdin = bytes.NewReader(w.Body.Bytes())
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}
