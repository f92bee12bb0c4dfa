package api

import (
	"crypto/subtle"
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// Config of a Handler.
type Config struct {
	Backend Backend
	Token   string       // empty: none is asked for
	Metrics http.Handler // nil: 404
	Emu     http.Handler // serves /emu/; nil when no card is emulated
}

// Patterns are those of all routes, for metrics.
var Patterns = []string{
	"GET /healthz", "GET /metrics", "GET /api/v1/status", "GET /api/v1/lines", "GET /api/v1/spans", "GET /api/v1/calls", "DELETE /api/v1/calls/{id}",
	"GET /api/v1/route", "POST /api/v1/reload", "GET /api/v1/spans/{span}/pm", "POST /api/v1/spans/{span}/loop", "POST /api/v1/spans/{span}/block", "POST /api/v1/spans/{span}/restart", "POST /api/v1/spans/{span}/bert",
	"GET /api/v1/spans/{span}/trace", "GET /api/v1/machines", "/emu/",
}

// New returns the handler of all paths.
func New(cfg Config) http.Handler {
	a := &server{cfg}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/status", a.state)
	mux.HandleFunc("GET /api/v1/lines", func(w http.ResponseWriter, r *http.Request) { reply(w, http.StatusOK, list(a.Backend.Lines())) })
	mux.HandleFunc("GET /api/v1/spans", func(w http.ResponseWriter, r *http.Request) { reply(w, http.StatusOK, list(a.Backend.Spans())) })
	mux.HandleFunc("GET /api/v1/calls", func(w http.ResponseWriter, r *http.Request) { reply(w, http.StatusOK, list(a.Backend.Calls())) })
	mux.HandleFunc("DELETE /api/v1/calls/{id}", a.clearCall)
	mux.HandleFunc("GET /api/v1/route", a.explain)
	mux.HandleFunc("POST /api/v1/reload", a.reload)
	a.spanRoutes(mux)
	if cfg.Metrics != nil {
		mux.Handle("GET /metrics", cfg.Metrics)
	}
	mux.HandleFunc("/emu/", a.emu)
	outer := http.NewServeMux()
	outer.HandleFunc("GET /healthz", a.health)
	outer.Handle("/", a.guard(problems(mux)))
	return outer
}

// problems turns the mux's own answers (404, 405) into problem documents.
func problems(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := mux.Handler(r); pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		r.Pattern = ""
		var allowed []string
		for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
			probe := *r
			probe.Method = m
			if _, pattern := mux.Handler(&probe); pattern != "" {
				allowed = append(allowed, m)
			}
		}
		if len(allowed) > 0 {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			Problem(w, http.StatusMethodNotAllowed, "wrong method", "this path knows "+strings.Join(allowed, ", "))
			return
		}
		Problem(w, http.StatusNotFound, "no such path", "the paths are "+strings.Join(Patterns, ", "))
	})
}

func (a *server) emu(w http.ResponseWriter, r *http.Request) {
	if a.Emu == nil {
		Problem(w, http.StatusNotFound, "no emulated card", "this gateway runs no emulated card; `tipring emu` works only with one")
		return
	}
	inner := *r // a mux writes its pattern into the request; ours is to stay
	a.Emu.ServeHTTP(w, &inner)
}

type server struct{ Config }

func (a *server) health(w http.ResponseWriter, r *http.Request) {
	st := a.Backend.Status()
	switch {
	case st.Draining:
		Problem(w, http.StatusServiceUnavailable, "draining", "the gateway is shutting down")
	case !st.Ready:
		Problem(w, http.StatusServiceUnavailable, "not ready", "the gateway is starting")
	default:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Write([]byte("ok\n"))
	}
}

// guard lets through who may call; see the package comment.
func (a *server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.Token != "" {
			got, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
			if !ok || subtle.ConstantTimeCompare([]byte(got), []byte(a.Token)) != 1 {
				w.Header().Set("WWW-Authenticate", `Bearer realm="tipring"`)
				Problem(w, http.StatusUnauthorized, "token needed", "send the configured token as Authorization: Bearer TOKEN")
				return
			}
			next.ServeHTTP(w, r)
			return
		}
		if !loopbackHost(r.Host) {
			Problem(w, http.StatusForbidden, "wrong host", "without a token only requests to a loopback address are answered")
			return
		}
		if o := r.Header.Get("Origin"); o != "" {
			if u, err := url.Parse(o); err != nil || u.Host != r.Host {
				Problem(w, http.StatusForbidden, "wrong origin", "without a token no request from another web page is answered")
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

func loopbackHost(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.IsLoopback()
}

func (a *server) state(w http.ResponseWriter, r *http.Request) {
	st := a.Backend.Status()
	st.Cards, st.SIP.Listen, st.SIP.Accounts, st.SIP.Trunks = list(st.Cards), list(st.SIP.Listen), list(st.SIP.Accounts), list(st.SIP.Trunks)
	reply(w, http.StatusOK, st)
}

func (a *server) clearCall(w http.ResponseWriter, r *http.Request) {
	if !a.Backend.ClearCall(r.PathValue("id")) {
		Problem(w, http.StatusNotFound, "no such call", "GET /api/v1/calls lists the calls that are up")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (a *server) explain(w http.ResponseWriter, r *http.Request) {
	e, err := a.Backend.Explain(r.FormValue("from"), r.FormValue("number"))
	if err != nil {
		Problem(w, http.StatusBadRequest, "cannot explain", err.Error())
		return
	}
	reply(w, http.StatusOK, e)
}

func (a *server) reload(w http.ResponseWriter, r *http.Request) {
	rep := a.Backend.Reload()
	rep.Applied, rep.Cannot, rep.Faults = list(rep.Applied), list(rep.Cannot), list(rep.Faults)
	code := http.StatusOK
	if len(rep.Faults) > 0 {
		code = http.StatusUnprocessableEntity
	}
	reply(w, code, rep)
}

// list makes an empty list "[]" and not "null".
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func reply(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	json.NewEncoder(w).Encode(v) // an error here is a client that went away
}

// Problem answers with an RFC 9457 problem document.
func Problem(w http.ResponseWriter, code int, title, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(code)
	json.NewEncoder(w).Encode(map[string]any{"title": title, "status": code, "detail": detail})
}
