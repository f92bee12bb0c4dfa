package emu

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"tipring/dsp/wav"
	"tipring/tdm"
)

const (
	maxBody   = 64 << 20 // of a recording to play: an hour of 16-bit samples
	maxParams = 4 << 10
	maxDigits = 128
)

// The bodies of the verbs that take parameters.
type (
	dialParams struct {
		Digits string `json:"digits"`
		Pulse  bool   `json:"pulse"`
	}
	recordParams struct {
		For string `json:"for"` // a duration: "5s"
	}
	ringParams struct {
		Number string `json:"number"`
		Name   string `json:"name"`
		// Presentation is "allowed" or empty, "private" or "unavailable".
		Presentation string `json:"presentation"`
	}
	hangupParams struct {
		Signal string `json:"signal"` // empty: the one of the line's script
	}
	busyParams struct {
		On *bool `json:"on"`
	}
)

// errNotFound and badRequest choose the status of an answer.
var errNotFound = errors.New("not found")

type badRequest struct{ error }

// phoneVerbs and officeVerbs carry out a POST. They write a body themselves or none.
var phoneVerbs = map[string]func(*Phone, http.ResponseWriter, *http.Request) error{
	"offhook": func(p *Phone, _ http.ResponseWriter, r *http.Request) error { return p.offHook(r.Context()) },
	"onhook":  func(p *Phone, _ http.ResponseWriter, r *http.Request) error { return p.onHook(r.Context()) },
	"flash":   func(p *Phone, _ http.ResponseWriter, r *http.Request) error { return p.flash(r.Context()) },
	"dial": func(p *Phone, _ http.ResponseWriter, r *http.Request) error {
		var v dialParams
		if err := params(r, &v); err != nil {
			return err
		}
		if v.Digits == "" || len(v.Digits) > maxDigits {
			return badRequest{fmt.Errorf("digits: want 1 to %d of them", maxDigits)}
		}
		if _, err := p.dialSteps(v.Digits, v.Pulse); err != nil {
			return badRequest{err}
		}
		return p.Dial(r.Context(), v.Digits, v.Pulse)
	},
	"play":   func(p *Phone, w http.ResponseWriter, r *http.Request) error { return p.servePlay(w, r) },
	"record": func(p *Phone, w http.ResponseWriter, r *http.Request) error { return p.serveRecord(w, r) },
}

var officeVerbs = map[string]func(*Exchange, http.ResponseWriter, *http.Request) error{
	"ring": func(x *Exchange, _ http.ResponseWriter, r *http.Request) error {
		var v ringParams
		if err := params(r, &v); err != nil {
			return err
		}
		p, ok := presentations[v.Presentation]
		if !ok {
			return badRequest{fmt.Errorf("presentation %q: want allowed, private or unavailable", v.Presentation)}
		}
		call, err := x.newCall(v.Number, v.Name, Present(p))
		if err != nil {
			return badRequest{err}
		}
		return x.ring(r.Context(), call)
	},
	"answer": func(x *Exchange, _ http.ResponseWriter, r *http.Request) error { return x.answer(r.Context()) },
	"hangup": func(x *Exchange, _ http.ResponseWriter, r *http.Request) error {
		var v hangupParams
		if err := params(r, &v); err != nil {
			return err
		}
		if v.Signal == "" {
			return x.order(r.Context(), "hangup", hangupOrder, officeIn{byScript: true})
		}
		s, err := ParseSignal(v.Signal)
		if err != nil {
			return badRequest{err}
		}
		return x.hangup(r.Context(), s)
	},
	"busy": func(x *Exchange, _ http.ResponseWriter, r *http.Request) error {
		var v busyParams
		if err := params(r, &v); err != nil {
			return err
		}
		if v.On == nil {
			return badRequest{errors.New(`busy: want {"on": true} or {"on": false}`)}
		}
		return x.busyFar(r.Context(), *v.On)
	},
	"play":   func(x *Exchange, w http.ResponseWriter, r *http.Request) error { return x.servePlay(w, r) },
	"record": func(x *Exchange, w http.ResponseWriter, r *http.Request) error { return x.serveRecord(w, r) },
}

var presentations = map[string]tdm.Presentation{
	"":            tdm.Allowed,
	"allowed":     tdm.Allowed,
	"private":     tdm.Restricted,
	"unavailable": tdm.Unavailable,
}

// Handler serves the card's far ends under /emu/:
//
//	GET  /emu/               all ports' statuses
//	GET  /emu/{port}/status  one Status
//	POST /emu/{port}/{verb}  what a person at the far end does
//
// Verbs of a telephone are offhook, onhook, flash, dial {"digits", "pulse"}, play and record; those of an exchange ring
// {"number", "name", "presentation"}, answer, hangup {"signal"}, busy {"on"}, play and record. play takes a WAV file at 8 kHz
// as its body, record {"for": "5s"} answers with one. Each returns when it is finished, with 204 and no body apart from
// record. A fault is answered with {"error": "..."}: 400 for a wrong request, 404 for a port that is not there, 409 when
// the state of the line does not allow it, 503 when the card is closed.
func (c *Card) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /emu/{$}", func(w http.ResponseWriter, r *http.Request) {
		all := make([]Status, len(c.lines))
		for i, l := range c.lines {
			all[i] = l.shared().Status()
		}
		writeJSON(w, http.StatusOK, all)
	})
	mux.HandleFunc("GET /emu/{port}/status", func(w http.ResponseWriter, r *http.Request) {
		f, err := c.port(r.PathValue("port"))
		if err != nil {
			writeError(w, err)
			return
		}
		writeJSON(w, http.StatusOK, f.Status())
	})
	mux.HandleFunc("POST /emu/{port}/{verb}", func(w http.ResponseWriter, r *http.Request) {
		if err := c.serveVerb(w, r); err != nil {
			writeError(w, err)
		}
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		writeError(w, fmt.Errorf("%s %q: %w: use GET /emu/{port}/status or POST /emu/{port}/{verb}", r.Method, r.URL.Path, errNotFound))
	})
	return mux
}

func (c *Card) port(name string) (*far, error) {
	if p := c.phones[name]; p != nil {
		return &p.far, nil
	}
	if x := c.offices[name]; x != nil {
		return &x.far, nil
	}
	return nil, fmt.Errorf("port %q: %w on the emulated card: it has %s", name, errNotFound, c.portNames())
}

func (c *Card) portNames() string {
	var names []string
	for _, s := range c.info.Slots {
		names = append(names, s.Name)
	}
	if len(names) > 8 {
		names = append(names[:8], "...")
	}
	return strings.Join(names, " ")
}

func (c *Card) serveVerb(w http.ResponseWriter, r *http.Request) error {
	name, verb := r.PathValue("port"), r.PathValue("verb")
	if _, err := c.port(name); err != nil {
		return err
	}
	var serve func() error
	var verbs []string
	if p := c.phones[name]; p != nil {
		if f := phoneVerbs[verb]; f != nil {
			serve = func() error { return f(p, w, r) }
		}
		verbs = keys(phoneVerbs)
	} else {
		x := c.offices[name]
		if f := officeVerbs[verb]; f != nil {
			serve = func() error { return f(x, w, r) }
		}
		verbs = keys(officeVerbs)
	}
	if serve == nil {
		return badRequest{fmt.Errorf("%s cannot %q: it can %s", name, verb, strings.Join(verbs, ", "))}
	}
	if verb != "play" {
		r.Body = http.MaxBytesReader(w, r.Body, maxParams)
	}
	if err := serve(); err != nil {
		return err
	}
	if verb != "record" {
		w.WriteHeader(http.StatusNoContent)
	}
	return nil
}

func keys[V any](m map[string]V) []string {
	var names []string
	for k := range m {
		names = append(names, k)
	}
	slices.Sort(names)
	return names
}

func (f *far) servePlay(w http.ResponseWriter, r *http.Request) error {
	body := http.MaxBytesReader(w, r.Body, maxBody)
	pcm, rate, err := wav.Read(body)
	if err != nil {
		return badRequest{fmt.Errorf("play: %w", err)}
	}
	io.Copy(io.Discard, body) // the server notices that the client has gone only once the body is read
	if rate != tdm.Rate {
		return badRequest{fmt.Errorf("play: the file has %d samples a second: convert it to %d (sox IN.wav -r %d -c 1 OUT.wav)", rate, tdm.Rate, tdm.Rate)}
	}
	return f.startPlay(r.Context(), pcm)
}

func (f *far) serveRecord(w http.ResponseWriter, r *http.Request) error {
	var v recordParams
	if err := params(r, &v); err != nil {
		return err
	}
	d, err := time.ParseDuration(v.For)
	if err != nil || d < time.Millisecond || d > maxRecord {
		return badRequest{fmt.Errorf(`record: for %q: want a time like "5s", at most %v`, v.For, maxRecord)}
	}
	pcm, err := f.startRecord(r.Context(), d)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "audio/wav")
	return wav.Write(w, pcm)
}

// params reads a JSON body strictly.
func params(r *http.Request, v any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if errors.Is(err, io.EOF) {
		return nil // no body: all defaults
	}
	if err == nil && d.More() {
		err = errors.New("more than one JSON value")
	}
	if err != nil {
		return badRequest{fmt.Errorf("parameters: %w", err)}
	}
	return nil
}

func writeJSON(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	json.NewEncoder(w).Encode(v) // an error here is the client's, who has gone
}

// An errorBody is the answer to a request that could not be served.
type errorBody struct {
	Error string `json:"error"`
}

func writeError(w http.ResponseWriter, err error) {
	var bad badRequest
	code := http.StatusConflict
	switch {
	case errors.As(err, &bad):
		code = http.StatusBadRequest
	case errors.Is(err, errNotFound):
		code = http.StatusNotFound
	case errors.Is(err, tdm.ErrClosed):
		code = http.StatusServiceUnavailable
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return // nobody is there to read it
	}
	writeJSON(w, code, errorBody{err.Error()})
}
