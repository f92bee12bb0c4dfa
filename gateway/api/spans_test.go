package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"
)

// A spansFake is a SpanOperator with one span, span1.
type spansFake struct {
	blocked []string
	loops   []SpanLoop
	tests   []SpanTest
}

var (
	results = []SpanTestResult{{Seconds: 1, Sync: true, Bits: 64000, Errors: 1, Inserted: 1}, {Seconds: 2, Sync: true, Bits: 128000, Errors: 1, Inserted: 1, Final: true}}
	frames  = []SpanFrame{{At: time.Unix(1, 0).UTC(), Sent: true, Octets: []byte{0, 1, 0x7f}}, {At: time.Unix(2, 0).UTC(), Octets: []byte{0, 1, 0x73}, Lost: 2}}
	aSecond = PerformanceInterval{Begin: time.Unix(900, 0).UTC(), Seconds: 1, ES: 1}
)

func known(span string) error {
	if span == "span1" {
		return nil
	}
	return &Refusal{Status: http.StatusNotFound, Title: "no such span", Detail: "there is span1"}
}

func (s *spansFake) Block(span string, b SpanBlock) error {
	s.blocked = append(s.blocked, fmt.Sprint(span, b))
	return nil
}

func (s *spansFake) Restart(span string, r SpanRestart) error {
	if !r.Force {
		return &Refusal{Status: http.StatusConflict, Title: "span in use", Detail: "calls"}
	}
	s.blocked = append(s.blocked, fmt.Sprint(span, r))
	return nil
}

func (s *spansFake) Performance(span string) (SpanPerformance, error) {
	return SpanPerformance{Span: span, Near: PerformanceEnd{Quarters: []PerformanceInterval{aSecond}}}, known(span)
}

func (s *spansFake) Loop(_ context.Context, span string, l SpanLoop) error {
	if l.Loop == "?" {
		return errors.New("no such loop")
	}
	s.loops = append(s.loops, l)
	return known(span)
}

func (s *spansFake) Test(_ context.Context, span string, t SpanTest, tell func(SpanTestResult) error) error {
	s.tests = append(s.tests, t)
	for _, r := range results {
		if err := known(span); err != nil {
			return err
		}
		if err := tell(r); err != nil {
			return err
		}
	}
	return nil
}

func (s *spansFake) Trace(ctx context.Context, span string, begin func() error, tell func(SpanFrame) error) error {
	if err := known(span); err != nil {
		return err
	}
	if err := begin(); err != nil {
		return err
	}
	for _, f := range frames {
		if err := tell(f); err != nil {
			return err
		}
	}
	<-ctx.Done()
	return nil
}

func (s *spansFake) Machines(context.Context) ([]Machine, error) {
	return []Machine{{Machine: "q921", Name: "span1 D channel 0", State: "7", Timers: []MachineTimer{{Name: "T203"}}}}, nil
}

func TestSpanClient(t *testing.T) {
	b := &backendFake{}
	srv := httptest.NewServer(New(Config{Backend: b}))
	defer srv.Close()
	ctx, c := t.Context(), &Client{Base: srv.URL}
	if p, err := c.Performance(ctx, "span1"); err != nil || p.Span != "span1" || len(p.Near.Quarters) != 1 || p.Near.Quarters[0] != aSecond {
		t.Errorf("performance %+v, %v", p, err)
	}
	if err := errors.Join(c.Block(ctx, "span1", SpanBlock{Timeslots: []int{3}, On: true}), c.Restart(ctx, "span1", SpanRestart{Force: true})); err != nil {
		t.Error(err)
	}
	if got := fmt.Sprint(b.blocked); got != "[span1{[3] true} span1{[] true}]" {
		t.Errorf("blocked and restarted %s", got)
	}
	var busy *Refusal
	if err := c.Restart(ctx, "span1", SpanRestart{}); !errors.As(err, &busy) || busy.Status != http.StatusConflict {
		t.Errorf("a restart with calls: %v", err)
	}
	loop := SpanLoop{Loop: "line", Far: true, Force: true}
	if err := c.Loop(ctx, "span1", loop); err != nil || len(b.loops) != 1 || b.loops[0] != loop {
		t.Errorf("loops %+v, %v", b.loops, err)
	}
	test := SpanTest{Pattern: "qrss", Timeslots: []int{1, 2}, Seconds: 2, Insert: 1, Force: true}
	var got []SpanTestResult
	if err := c.Test(ctx, "span1", test, func(r SpanTestResult) error { got = append(got, r); return nil }); err != nil || !reflect.DeepEqual(got, results) {
		t.Errorf("test results %+v, %v", got, err)
	}
	if len(b.tests) != 1 || !reflect.DeepEqual(b.tests[0], test) {
		t.Errorf("tests %+v", b.tests)
	}
	// A trace ends when its reader has enough, or is told to end, and that is no error.
	enough := errors.New("enough")
	if err := c.Trace(ctx, "span1", func(SpanFrame) error { return enough }); err != enough {
		t.Errorf("a trace whose reader has enough ends with %v", err)
	}
	traced, stop := context.WithCancel(ctx)
	var seen []SpanFrame
	err := c.Trace(traced, "span1", func(f SpanFrame) error {
		if seen = append(seen, f); len(seen) == len(frames) {
			stop()
		}
		return nil
	})
	if err != nil || !reflect.DeepEqual(seen, frames) {
		t.Errorf("trace %+v, %v", seen, err)
	}
	if m, err := c.Machines(ctx); err != nil || len(m) != 1 || m[0].Timers[0].Name != "T203" {
		t.Errorf("machines %+v, %v", m, err)
	}
	for what, err := range map[string]error{
		"pm":    func() error { _, err := c.Performance(ctx, "a/b"); return err }(),
		"loop":  c.Loop(ctx, "span2", SpanLoop{}),
		"bert":  c.Test(ctx, "span2", SpanTest{}, nil),
		"trace": c.Trace(ctx, "span2", nil),
	} {
		var r *Refusal
		if !errors.As(err, &r) || r.Status != http.StatusNotFound || r.Title != "no such span" {
			t.Errorf("%s of a span that is not there: %v", what, err)
		}
	}
	var r *Refusal
	if err := c.Loop(ctx, "span1", SpanLoop{Loop: "?"}); !errors.As(err, &r) || r.Status != http.StatusBadRequest || r.Detail != "no such loop" {
		t.Errorf("a loop that there is not: %v", err)
	}
}

func TestSpanBodies(t *testing.T) {
	h := New(Config{Backend: &backendFake{}})
	for _, body := range []string{"", "{", "[]", `{"lop":"line"}`, `{"loop":1}`, `{"loop":"` + strings.Repeat("x", maxBody) + `"}`} {
		for _, what := range []string{"loop", "bert"} {
			r := httptest.NewRequest("POST", "http://127.0.0.1/api/v1/spans/span1/"+what, strings.NewReader(body))
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			checkProblem(t, what+" with "+body[:min(len(body), 20)], w, 400)
		}
	}
}
