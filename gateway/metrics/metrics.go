package metrics

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"tipring/gateway/call"
	"tipring/tdm"
)

// Metrics counts what happens and serves it with what a Source says. It is a call.Observer and a sip.Observer.
type Metrics struct {
	reg *prometheus.Registry
	src Source

	calls, causes, fax     *prometheus.CounterVec
	setup, delay, duration *prometheus.HistogramVec
	jitter, loss, rtt, mos *prometheus.HistogramVec
	depth, drift           *prometheus.HistogramVec
	invite, bye            *prometheus.HistogramVec
	httpRequests           *prometheus.CounterVec
	httpSeconds            *prometheus.HistogramVec

	mu      sync.Mutex
	created map[string]bool // trunks whose series exist
}

// knownCauses have a series of their own in tipring_call_cause_total.
var knownCauses = []tdm.Cause{1, 2, 3, 8, 16, 17, 18, 19, 20, 21, 22, 27, 28, 29, 31, 34, 38, 41, 42, 44, 47, 50, 57, 58, 63, 65, 79, 88, 102, 111, 127}

// sipSeconds are the buckets of SIP's times: RFC 3261's timers repeat after 0.5, 1.5, 3.5 ... and give up after 32 s.
var sipSeconds = []float64{.005, .02, .05, .1, .2, .5, 1, 2, 4, 8, 16, 32}

// New returns the metrics of a gateway whose build is version. Trunks names the SIP trunks; those that src names later get
// their series at the next scrape.
func New(src Source, version string, trunks []string) *Metrics {
	m := &Metrics{reg: prometheus.NewRegistry(), src: src, created: map[string]bool{}}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: prefix + name, Help: help}, labels)
		m.reg.MustRegister(v)
		return v
	}
	histogram := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		v := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: prefix + name, Help: help, Buckets: buckets}, labels)
		m.reg.MustRegister(v)
		return v
	}
	m.calls = counter("calls_total", "Calls ended, by outcome.", "trunk", "direction", "outcome")
	m.causes = counter("call_cause_total", "Calls ended, by Q.850 cause.", "trunk", "cause")
	m.fax = counter("fax_calls_total", "Calls ended in which a fax or modem was heard.", "trunk")
	m.setup = histogram("call_setup_seconds", "From the complete number to alerting, early audio or answer.", []float64{.05, .1, .25, .5, 1, 2, 4, 8, 16}, "trunk", "direction")
	m.delay = histogram("call_answer_delay_seconds", "From the complete number to the answer.", []float64{1, 2, 5, 10, 20, 30, 60}, "trunk", "direction")
	m.duration = histogram("call_duration_seconds", "From the answer to the end.", []float64{1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600}, "trunk", "direction")
	m.jitter = histogram("rtp_jitter_seconds", "Interarrival jitter of a call's audio (RFC 3550 §6.4.1): rx here, tx at the peer by its reports.", []float64{.001, .002, .005, .01, .02, .05, .1}, "trunk", "direction")
	m.loss = histogram("rtp_loss_ratio", "Share of a call's packets that did not arrive: rx here, tx at the peer by its reports.", []float64{0, .001, .005, .01, .02, .05, .1, .3}, "trunk", "direction")
	m.rtt = histogram("rtp_round_trip_seconds", "Round trip of a call's media by RTCP.", []float64{.005, .01, .02, .05, .1, .2, .5, 1}, "trunk")
	m.mos = histogram("call_mos", "Estimated listening quality of the audio received in a call (ITU-T G.107).", []float64{1.5, 2, 2.5, 3, 3.5, 3.8, 4, 4.2, 4.4}, "trunk")
	m.depth = histogram("jitterbuffer_depth_seconds", "Depth that the jitter buffer of a call came to aim at.", []float64{.01, .02, .04, .06, .1, .15, .2, .3, .5}, "trunk")
	m.drift = histogram("rtp_clock_drift_ppm", "The peer's clock against the card's in a call, positive when it is faster.", []float64{-1000, -200, -100, -50, -20, 0, 20, 50, 100, 200, 1000}, "trunk")
	m.invite = histogram("sip_invite_to_first_response_seconds", "From an INVITE of ours to the first response; other is with who is no trunk.", sipSeconds, "trunk")
	m.bye = histogram("sip_bye_duration_seconds", "From a BYE of ours to its final response; other is with who is no trunk.", sipSeconds, "trunk")
	m.httpRequests = counter("http_requests_total", "HTTP requests by route and status class.", "route", "code_class")
	m.httpSeconds = histogram("http_request_duration_seconds", "Time to answer an HTTP request.", []float64{.001, .005, .02, .1, .5, 2, 10}, "route")

	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: prefix + "build_info", Help: "The running build; always 1.", ConstLabels: prometheus.Labels{"version": version}})
	build.Set(1)
	m.reg.MustRegister(build, newCollector(src),
		collectors.NewGoCollector(collectors.WithGoCollectorRuntimeMetrics(collectors.MetricsScheduler)),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))

	m.precreate(append(slices.Clone(trunks), fixed...))
	m.precreateHTTP()
	return m
}

// precreate makes every series that the trunks can have, so that rate() misses no first event.
func (m *Metrics) precreate(trunks []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, trunk := range trunks {
		if m.created[trunk] {
			continue
		}
		m.created[trunk] = true
		for _, dir := range directions(trunk) {
			for _, o := range call.Outcomes {
				m.calls.WithLabelValues(trunk, dir, o)
			}
			for _, h := range []*prometheus.HistogramVec{m.setup, m.delay, m.duration} {
				h.WithLabelValues(trunk, dir)
			}
		}
		for _, c := range knownCauses {
			m.causes.WithLabelValues(trunk, strconv.Itoa(int(c)))
		}
		m.causes.WithLabelValues(trunk, other)
		m.fax.WithLabelValues(trunk)
		if hasMedia(trunk) {
			for _, h := range []*prometheus.HistogramVec{m.rtt, m.mos, m.depth, m.drift} {
				h.WithLabelValues(trunk)
			}
			for _, dir := range []string{"rx", "tx"} {
				m.jitter.WithLabelValues(trunk, dir)
				m.loss.WithLabelValues(trunk, dir)
			}
		}
		if trunk == other || !slices.Contains(fixed, trunk) {
			m.invite.WithLabelValues(trunk)
			m.bye.WithLabelValues(trunk)
		}
	}
}

// CallEnded implements call.Observer.
func (m *Metrics) CallEnded(s call.Summary) {
	trunk := label(m.src, s.A, s.B, s.Direction)
	m.calls.WithLabelValues(trunk, s.Direction, s.Outcome()).Inc()
	m.causes.WithLabelValues(trunk, causeLabel(s.Cause)).Inc()
	if s.Fax {
		m.fax.WithLabelValues(trunk).Inc()
	}
	if s.Setup > 0 {
		m.setup.WithLabelValues(trunk, s.Direction).Observe(s.Setup.Seconds())
	}
	if s.Answered {
		m.delay.WithLabelValues(trunk, s.Direction).Observe(s.Ring.Seconds())
		m.duration.WithLabelValues(trunk, s.Direction).Observe(s.Talk.Seconds())
	}
	for _, q := range s.Quality {
		if q.RTP == nil || q.RTP.Received == 0 {
			continue
		}
		side := group(m.src, q.Port) // both sides of a call can have RTP
		observe(m.jitter.WithLabelValues(side, "rx"), float64(q.RTP.JitterMs)/1000)
		observe(m.jitter.WithLabelValues(side, "tx"), float64(q.RTP.PeerJitterMs)/1000)
		observe(m.loss.WithLabelValues(side, "rx"), float64(q.RTP.Loss))
		observe(m.loss.WithLabelValues(side, "tx"), float64(q.RTP.PeerLoss))
		observe(m.rtt.WithLabelValues(side), float64(q.RTP.RTTMs)/1000)
		observe(m.mos.WithLabelValues(side), float64(q.RTP.MOS))
		observe(m.depth.WithLabelValues(side), float64(q.RTP.DepthMs)/1000)
		observe(m.drift.WithLabelValues(side), float64(q.RTP.DriftPPM))
	}
}

// InviteResponded implements sip.Observer.
func (m *Metrics) InviteResponded(trunk string, d time.Duration) {
	m.invite.WithLabelValues(cmp.Or(trunk, other)).Observe(d.Seconds())
}

// ByeResponded implements sip.Observer.
func (m *Metrics) ByeResponded(trunk string, d time.Duration) {
	m.bye.WithLabelValues(cmp.Or(trunk, other)).Observe(d.Seconds())
}

// observe leaves out what was not measured.
func observe(o prometheus.Observer, v float64) {
	if !math.IsNaN(v) {
		o.Observe(v)
	}
}

func causeLabel(c tdm.Cause) string {
	if slices.Contains(knownCauses, c) {
		return strconv.Itoa(int(c))
	}
	return other
}
