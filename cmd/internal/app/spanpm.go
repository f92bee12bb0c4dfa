package app

import (
	"sync"
	"time"

	"tipring/gateway/api"
	"tipring/gateway/metrics"
	"tipring/tdm"
	"tipring/tdm/pm"
)

// A lineRecord keeps the performance counters of a span. The reader of the card's reports writes it, who asks reads it.
type lineRecord struct {
	framing tdm.Framing
	mu      sync.Mutex
	monitor *pm.Monitor // nil before the first second
}

// report takes the news of the line. Quarter hours and days are those of UTC, which no summer time makes longer or shorter.
func (l *lineRecord) report(r tdm.SpanReport) {
	if !r.Timed {
		return
	}
	second := secondOfDay(time.Now().Add(-time.Second / 2)) // in the middle of what it tells of
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.monitor == nil {
		l.monitor = pm.New(l.framing, second)
	}
	l.monitor.Align(second)
	l.monitor.Report(r)
}

func secondOfDay(t time.Time) int {
	t = t.UTC()
	return t.Hour()*3600 + t.Minute()*60 + t.Second()
}

// read calls f with the counters, if there are any.
func (l *lineRecord) read(f func(*pm.Monitor)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.monitor != nil {
		f(l.monitor)
	}
}

// api returns all that was counted.
func (l *lineRecord) api(span string) api.SpanPerformance {
	none := api.PerformanceEnd{Quarters: []api.PerformanceInterval{}, Days: []api.PerformanceInterval{}}
	p := api.SpanPerformance{Span: span, Near: none, Far: none}
	l.read(func(m *pm.Monitor) {
		// Begin tells the second of the day; the date is the one that makes it past.
		begin := time.Now().UTC().Truncate(24 * time.Hour).Add(time.Duration(m.Begin(0)) * time.Second)
		if begin.After(time.Now().Add(time.Hour)) {
			begin = begin.Add(-24 * time.Hour)
		}
		p.Near, p.Far = end(&m.Near, begin), end(&m.Far, begin)
	})
	return p
}

// metric returns the counters of both ends for metrics.
func (l *lineRecord) metric() (near, far metrics.SpanEnd) {
	l.read(func(m *pm.Monitor) { near, far = endMetric(&m.Near), endMetric(&m.Far) })
	return near, far
}

func endMetric(r *pm.Record) metrics.SpanEnd {
	all := r.Settled()
	now, _ := r.Quarter(0)
	return metrics.SpanEnd{
		Unavailable: r.Unavailable(), Seconds: seconds(all), Quarter: seconds(now), Violations: int64(all.CV), Background: int64(all.BBE),
	}
}

// seconds are those of an interval by metrics.SpanSeconds.
func seconds(i pm.Interval) map[string]int64 {
	return map[string]int64{
		"counted": int64(i.Seconds), "es": int64(i.ES), "ses": int64(i.SES), "uas": int64(i.UAS), "sefs": int64(i.SEFS), "css": int64(i.CSS),
		"es_l": int64(i.ESL), "ses_l": int64(i.SESL),
	}
}

func end(r *pm.Record, begin time.Time) api.PerformanceEnd {
	e := api.PerformanceEnd{Unavailable: r.Unavailable(), Quarters: []api.PerformanceInterval{}, Days: []api.PerformanceInterval{}}
	for i := 0; ; i++ {
		q, ok := r.Quarter(i)
		if !ok {
			break
		}
		e.Quarters = append(e.Quarters, interval(q, begin.Add(time.Duration(-i)*15*time.Minute)))
	}
	for i := 0; ; i++ {
		d, ok := r.Day(i)
		if !ok {
			break
		}
		e.Days = append(e.Days, interval(d, begin.Truncate(24*time.Hour).AddDate(0, 0, -i)))
	}
	return e
}

func interval(i pm.Interval, begin time.Time) api.PerformanceInterval {
	return api.PerformanceInterval{
		Begin: begin, Seconds: int64(i.Seconds), CV: int64(i.CV), ES: int64(i.ES), SES: int64(i.SES), UAS: int64(i.UAS), SEFS: int64(i.SEFS),
		CSS: int64(i.CSS), BBE: int64(i.BBE), CVL: int64(i.CVL), ESL: int64(i.ESL), SESL: int64(i.SESL),
	}
}
