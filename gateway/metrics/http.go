package metrics

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tipring/gateway/api"
)

// httpClasses are the classes of HTTP answers that have series from the start.
var httpClasses = []string{"2xx", "3xx", "4xx", "5xx"}

// routes are the patterns of the API; everything else, also what was refused before it reached one, counts as other.
var routes = append(slices.Clone(api.Patterns), other)

func (m *Metrics) precreateHTTP() {
	for _, r := range routes {
		for _, c := range httpClasses {
			m.httpRequests.WithLabelValues(r, c)
		}
		m.httpSeconds.WithLabelValues(r)
	}
}

// Handler serves /metrics.
func (m *Metrics) Handler() http.Handler {
	h := promhttp.HandlerFor(m.reg, promhttp.HandlerOpts{})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.precreate(append(names(m.src.Trunks()), fixed...)) // a reload may have added one
		h.ServeHTTP(w, r)
	})
}

// Measure wraps the API so that its requests are counted by route pattern and class of status.
func (m *Metrics) Measure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		sw := &statusWriter{ResponseWriter: w, code: http.StatusOK}
		next.ServeHTTP(sw, r)
		route, class := r.Pattern, strconv.Itoa(sw.code/100)+"xx"
		if !slices.Contains(routes, route) {
			route = other
		}
		if !slices.Contains(httpClasses, class) {
			class = other
		}
		m.httpRequests.WithLabelValues(route, class).Inc()
		m.httpSeconds.WithLabelValues(route).Observe(time.Since(start).Seconds())
	})
}

type statusWriter struct {
	http.ResponseWriter
	code int
}

func (w *statusWriter) WriteHeader(code int) {
	w.code = code
	w.ResponseWriter.WriteHeader(code)
}

// Unwrap is for http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
