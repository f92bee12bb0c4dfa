package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"
)

// SpanPerformance is what both ends of a span have counted (ITU-T G.826, ANSI T1.231). The day is that of UTC.
type SpanPerformance struct {
	Span string         `json:"span"`
	Near PerformanceEnd `json:"near"`
	Far  PerformanceEnd `json:"far"` // as the far end reports it
}

// PerformanceEnd is one end.
type PerformanceEnd struct {
	Unavailable bool                  `json:"unavailable"`
	Quarters    []PerformanceInterval `json:"quarters"` // quarter hours: the one at hand, then up to 96 that have ended
	Days        []PerformanceInterval `json:"days"`     // the one at hand, then up to seven
}

// PerformanceInterval is what was counted since a moment. Seconds is how many of its seconds were counted.
type PerformanceInterval struct {
	Begin   time.Time `json:"begin"`
	Seconds int64     `json:"seconds"`
	CV      int64     `json:"cv"`   // code violations: errored blocks
	ES      int64     `json:"es"`   // errored seconds
	SES     int64     `json:"ses"`  // severely errored seconds
	UAS     int64     `json:"uas"`  // unavailable seconds
	SEFS    int64     `json:"sefs"` // severely errored framing seconds
	CSS     int64     `json:"css"`  // seconds with a controlled slip
	BBE     int64     `json:"bbe"`  // background block errors
	CVL     int64     `json:"cv_l"` // code violations of the line
	ESL     int64     `json:"es_l"`
	SESL    int64     `json:"ses_l"`
}

// SpanLoop asks for a loopback.
type SpanLoop struct {
	Loop  string `json:"loop"`  // line, payload, local, none
	Far   bool   `json:"far"`   // made by the far end, which is asked by a loop code
	Force bool   `json:"force"` // though calls are up
}

// SpanTest asks for a bit error rate test.
type SpanTest struct {
	Pattern   string  `json:"pattern"`
	Timeslots []int   `json:"timeslots"` // none: all
	Seconds   float64 `json:"seconds"`   // how long; 0: until the request ends
	Insert    int     `json:"insert"`    // bit errors, once the pattern is found
	Force     bool    `json:"force"`     // though calls are up
}

// SpanTestResult is one line of a test's progress.
type SpanTestResult struct {
	Seconds  float64 `json:"seconds"` // since the test began
	Sync     bool    `json:"sync"`    // the receiver follows the pattern
	Bits     int64   `json:"bits"`    // compared in synchronism
	Errors   int64   `json:"errors"`
	Losses   int64   `json:"losses"`   // of synchronism
	Inserted int     `json:"inserted"` // errors of ours
	Final    bool    `json:"final"`    // the test is over
}

// SpanBlock keeps new calls from B channels, or lets them on again. Calls that are up go on.
type SpanBlock struct {
	Timeslots []int `json:"timeslots"` // empty: all
	On        bool  `json:"on"`
}

// SpanRestart restarts B channels (Q.931 §5.5), which clears the calls on them.
type SpanRestart struct {
	Timeslots []int `json:"timeslots"` // empty: all
	Force     bool  `json:"force"`     // though calls are up
}

// SpanFrame is a frame of a D channel.
type SpanFrame struct {
	At      time.Time `json:"at"`
	D       int       `json:"d"`       // D channel of the signalling group
	Sent    bool      `json:"sent"`    // by the gateway
	Network bool      `json:"network"` // the gateway is the network's side
	Lost    int       `json:"lost"`    // frames before it that the reader was too slow for
	Octets  []byte    `json:"octets"`  // without FCS, in base 64
}

// Machine is a live state machine.
type Machine struct {
	Machine string         `json:"machine"` // the diagram: fxs, q921, q931 ...
	Name    string         `json:"name"`
	State   string         `json:"state"`
	Since   time.Time      `json:"since"`
	Parent  string         `json:"parent,omitempty"`
	Timers  []MachineTimer `json:"timers"`
}

// MachineTimer is a running timer.
type MachineTimer struct {
	Name string    `json:"name"`
	At   time.Time `json:"at"` // when it expires
}

// SpanOperator works on spans. An error of it that is a *Refusal is answered as it is, another as a bad request.
type SpanOperator interface {
	Performance(span string) (SpanPerformance, error)
	Loop(ctx context.Context, span string, l SpanLoop) error
	// Block and Restart take the name of a span, or of the group of spans that share a D channel.
	Block(span string, b SpanBlock) error
	Restart(span string, r SpanRestart) error
	// Test runs a test and tells its progress once a second and at its end. It ends with ctx.
	Test(ctx context.Context, span string, t SpanTest, tell func(SpanTestResult) error) error
	// Trace tells the frames of a span's signalling group until ctx is done. begin is called before the first one.
	Trace(ctx context.Context, span string, begin func() error, tell func(SpanFrame) error) error
	Machines(ctx context.Context) ([]Machine, error)
}

// done answers with nothing, or with a refusal.
func done(w http.ResponseWriter, err error) {
	if err != nil {
		refuse(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (a *server) spanRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /api/v1/spans/{span}/pm", func(w http.ResponseWriter, r *http.Request) {
		p, err := a.Backend.Performance(r.PathValue("span"))
		answer(w, p, err)
	})
	mux.HandleFunc("POST /api/v1/spans/{span}/loop", func(w http.ResponseWriter, r *http.Request) {
		var l SpanLoop
		err := body(w, r, &l)
		if err == nil {
			err = a.Backend.Loop(r.Context(), r.PathValue("span"), l)
		}
		done(w, err)
	})
	mux.HandleFunc("POST /api/v1/spans/{span}/block", func(w http.ResponseWriter, r *http.Request) {
		var b SpanBlock
		err := body(w, r, &b)
		if err == nil {
			err = a.Backend.Block(r.PathValue("span"), b)
		}
		done(w, err)
	})
	mux.HandleFunc("POST /api/v1/spans/{span}/restart", func(w http.ResponseWriter, r *http.Request) {
		var x SpanRestart
		err := body(w, r, &x)
		if err == nil {
			err = a.Backend.Restart(r.PathValue("span"), x)
		}
		done(w, err)
	})
	mux.HandleFunc("POST /api/v1/spans/{span}/bert", func(w http.ResponseWriter, r *http.Request) {
		var t SpanTest
		if err := body(w, r, &t); err != nil {
			refuse(w, err)
			return
		}
		s := stream{w: w}
		if err := a.Backend.Test(r.Context(), r.PathValue("span"), t, func(x SpanTestResult) error { return s.tell(x) }); err != nil {
			s.end(err)
		}
	})
	mux.HandleFunc("GET /api/v1/spans/{span}/trace", func(w http.ResponseWriter, r *http.Request) {
		s := stream{w: w}
		if err := a.Backend.Trace(r.Context(), r.PathValue("span"), s.begin, func(x SpanFrame) error { return s.tell(x) }); err != nil {
			s.end(err)
		}
	})
	mux.HandleFunc("GET /api/v1/machines", func(w http.ResponseWriter, r *http.Request) {
		m, err := a.Backend.Machines(r.Context())
		answer(w, list(m), err)
	})
}

func answer(w http.ResponseWriter, v any, err error) {
	if err != nil {
		refuse(w, err)
		return
	}
	reply(w, http.StatusOK, v)
}

func refuse(w http.ResponseWriter, err error) {
	var r *Refusal
	if !errors.As(err, &r) {
		r = &Refusal{Status: http.StatusBadRequest, Title: "cannot do that", Detail: err.Error()}
	}
	Problem(w, r.Status, r.Title, r.Detail)
}

// maxBody is the length that no request of ours comes near.
const maxBody = 1 << 16

func body(w http.ResponseWriter, r *http.Request, v any) error {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return &Refusal{Status: http.StatusBadRequest, Title: "wrong request", Detail: "want one JSON object: " + err.Error()}
	}
	return nil
}

// A stream is an answer of JSON objects, one a line, that goes on.
type stream struct {
	w     http.ResponseWriter
	begun bool
}

func (s *stream) begin() error {
	if !s.begun {
		s.begun = true
		s.w.Header().Set("Content-Type", "application/x-ndjson")
		s.w.WriteHeader(http.StatusOK)
	}
	return http.NewResponseController(s.w).Flush()
}

func (s *stream) tell(v any) error {
	if err := s.begin(); err != nil {
		return err
	}
	if err := json.NewEncoder(s.w).Encode(v); err != nil {
		return err
	}
	return http.NewResponseController(s.w).Flush()
}

// end says why, if nothing was said so far.
func (s *stream) end(err error) {
	if !s.begun {
		refuse(s.w, err)
	}
}
