package emu

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"tipring/dsp/wav"
	"tipring/tdm"
)

// The bodies of the span's verbs that take parameters.
type (
	callParams struct {
		From string `json:"from"`
		Name string `json:"name"`
		To   string `json:"to"`
	}
	rateParams struct {
		Rate float64 `json:"rate"`
	}
	loopParams struct {
		Loop string `json:"loop"`
	}
	slipParams struct {
		PPM int `json:"ppm"`
	}
)

// A SpanSwitch is a switch behind a span as actors use it.
type SpanSwitch interface {
	Call(ctx context.Context, from, name, to string) error
	Answer(ctx context.Context) error
	Hangup(ctx context.Context) error
	Busy(ctx context.Context, on bool) error
	BusyWith(ctx context.Context, on, tones bool) error
	Play(ctx context.Context, pcm []int16) error
	Record(ctx context.Context, d time.Duration) ([]int16, error)
	Status() ISDNStatus
	Await(ctx context.Context, cond func(ISDNStatus) bool) (ISDNStatus, error)
}

var (
	_ SpanSwitch = (*ISDNSwitch)(nil)
	_ SpanSwitch = (*CASSwitch)(nil)
)

// A spanPort is a span's far end for HTTP: the cable, the framer and the switch.
type spanPort struct {
	far *SpanFar
	sw  SpanSwitch
}

func (p spanPort) alarm(r *http.Request, op tdm.SpanOp) error {
	var v busyParams
	if err := params(r, &v); err != nil {
		return err
	}
	return p.far.Control(tdm.SpanCommand{Op: op, On: v.On == nil || *v.On})
}

var spanVerbs = map[string]func(spanPort, http.ResponseWriter, *http.Request) error{
	"call": func(p spanPort, _ http.ResponseWriter, r *http.Request) error {
		var v callParams
		if err := params(r, &v); err != nil {
			return err
		}
		return p.sw.Call(r.Context(), v.From, v.Name, v.To)
	},
	"answer": func(p spanPort, _ http.ResponseWriter, r *http.Request) error { return p.sw.Answer(r.Context()) },
	"hangup": func(p spanPort, _ http.ResponseWriter, r *http.Request) error { return p.sw.Hangup(r.Context()) },
	"busy": func(p spanPort, _ http.ResponseWriter, r *http.Request) error {
		var v busyParams
		if err := params(r, &v); err != nil {
			return err
		}
		if v.On == nil {
			return badRequest{errors.New(`busy: want {"on": true} or {"on": false}`)}
		}
		return p.sw.Busy(r.Context(), *v.On)
	},
	"pull": func(p spanPort, _ http.ResponseWriter, _ *http.Request) error { p.far.Pull(); return nil },
	"plug": func(p spanPort, _ http.ResponseWriter, _ *http.Request) error { p.far.Plug(); return nil },
	"errors": func(p spanPort, _ http.ResponseWriter, r *http.Request) error {
		var v rateParams
		if err := params(r, &v); err != nil {
			return err
		}
		return asBad(p.far.Errors(v.Rate))
	},
	"slip": func(p spanPort, _ http.ResponseWriter, r *http.Request) error {
		var v slipParams
		if err := params(r, &v); err != nil {
			return err
		}
		return asBad(p.far.Slip(v.PPM))
	},
	"ais": func(p spanPort, _ http.ResponseWriter, r *http.Request) error { return p.alarm(r, tdm.SpanSetAIS) },
	"rai": func(p spanPort, _ http.ResponseWriter, r *http.Request) error { return p.alarm(r, tdm.SpanSetRAI) },
	"loop": func(p spanPort, _ http.ResponseWriter, r *http.Request) error {
		var v loopParams
		if err := params(r, &v); err != nil {
			return err
		}
		for _, l := range []tdm.SpanLoop{tdm.LoopNone, tdm.LoopLine, tdm.LoopPayload} {
			if l.String() == v.Loop {
				return p.far.Control(tdm.SpanCommand{Op: tdm.SpanSetLoop, Loop: l})
			}
		}
		return badRequest{fmt.Errorf(`loop %q: want "line", "payload" or "none"`, v.Loop)}
	},
	"play": func(p spanPort, w http.ResponseWriter, r *http.Request) error {
		body := http.MaxBytesReader(w, r.Body, maxBody)
		pcm, rate, err := wav.Read(body)
		if err != nil || rate != tdm.Rate {
			return badRequest{fmt.Errorf("play: %d samples a second, %v: want a WAV file at %d", rate, err, tdm.Rate)}
		}
		io.Copy(io.Discard, body) // the server notices that the client has gone only once the body is read
		return p.sw.Play(r.Context(), pcm)
	},
	"record": func(p spanPort, w http.ResponseWriter, r *http.Request) error {
		var v recordParams
		if err := params(r, &v); err != nil {
			return err
		}
		d, err := time.ParseDuration(v.For)
		if err != nil || d < time.Millisecond || d > maxRecord {
			return badRequest{fmt.Errorf(`record: for %q: want a time like "5s", at most %v`, v.For, maxRecord)}
		}
		pcm, err := p.sw.Record(r.Context(), d)
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", "audio/wav")
		return wav.Write(w, pcm)
	},
}

func asBad(err error) error {
	if err != nil {
		return badRequest{err}
	}
	return nil
}

// Status is the far end of a span with its switch; Line has the cable and the framer.
func (p spanPort) status() ISDNStatus {
	st := p.sw.Status()
	st.Line = p.far.Status()
	st.Span = st.Line.Span
	return st
}

// Handler serves the far ends of the card's spans under /emu/, as Card.Handler does: status, and the verbs call {"from", "name",
// "to"}, answer, hangup, busy {"on"}, play and record of the switch, pull, plug, errors {"rate"}, slip {"ppm"}, ais {"on"} and
// rai {"on"} and loop {"loop"} of the line. switches are those of the spans, by name.
func (c *SpanCard) Handler(switches map[string]SpanSwitch) http.Handler {
	port := func(r *http.Request) (spanPort, error) {
		name := r.PathValue("port")
		p := spanPort{c.Far(name), switches[name]}
		if p.far == nil || p.sw == nil {
			return p, fmt.Errorf("span %q: %w on the emulated card", name, errNotFound)
		}
		return p, nil
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /emu/{port}/status", func(w http.ResponseWriter, r *http.Request) {
		p, err := port(r)
		if err != nil {
			writeError(w, err)
			return
		}
		writeJSON(w, http.StatusOK, p.status())
	})
	mux.HandleFunc("POST /emu/{port}/{verb}", func(w http.ResponseWriter, r *http.Request) {
		p, err := port(r)
		verb := r.PathValue("verb")
		if f := spanVerbs[verb]; err == nil && f == nil {
			err = badRequest{fmt.Errorf("%s cannot %q: it can %s", r.PathValue("port"), verb, strings.Join(keys(spanVerbs), ", "))}
		} else if err == nil {
			if verb != "play" {
				r.Body = http.MaxBytesReader(w, r.Body, maxParams)
			}
			err = f(p, w, r)
		}
		switch {
		case err != nil:
			writeError(w, err)
		case verb != "record":
			w.WriteHeader(http.StatusNoContent)
		}
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		writeError(w, fmt.Errorf("%s %q: %w: use GET /emu/{span}/status or POST /emu/{span}/{verb}", r.Method, r.URL.Path, errNotFound))
	})
	return mux
}
