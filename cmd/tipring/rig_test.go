package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tipring/cmd/internal/app"
	"tipring/gateway/config"
	"tipring/gateway/netsim"
	"tipring/gateway/rtp"
	"tipring/hw/emu"
	"tipring/hw/modem/modemtest"
)

// A rig is a gateway in fake time, which begins on 2000-01-01 at midnight, and a command line to it.
type rig struct {
	*testing.T
	app    *app.App
	dir    string // data folder
	files  string // for files of commands
	reload func() (*config.Config, error)
}

// handled serves requests by calling a handler, since a socket does not work in a synctest bubble. An answer goes on while its
// body is read.
type handled struct{ http.Handler }

func (h handled) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	body, w := io.Pipe()
	x := &answering{PipeWriter: w, header: http.Header{}, begun: make(chan int, 1)}
	go func() {
		h.ServeHTTP(x, r)
		x.WriteHeader(http.StatusOK)
		w.Close()
	}()
	select {
	case code := <-x.begun:
		return &http.Response{StatusCode: code, Status: http.StatusText(code), Header: x.header, Body: body, Request: r}, nil
	case <-r.Context().Done():
		body.Close()
		return nil, r.Context().Err()
	}
}

// answering is the handler's side.
type answering struct {
	*io.PipeWriter
	header http.Header
	once   sync.Once
	begun  chan int
}

func (x *answering) Header() http.Header  { return x.header }
func (x *answering) WriteHeader(code int) { x.once.Do(func() { x.begun <- code }) }
func (x *answering) Flush()               {}

func (x *answering) Write(b []byte) (int, error) {
	x.WriteHeader(http.StatusOK)
	return x.PipeWriter.Write(b)
}

// live runs a story beside a gateway on its built-in set-up, but for what change does to it.
func live(t *testing.T, change func(*config.Config), story func(g *rig)) {
	t.Helper()
	dir, files := t.TempDir(), t.TempDir()
	local := time.Local
	time.Local = time.UTC
	t.Cleanup(func() { time.Local = local })
	synctest.Test(t, func(t *testing.T) {
		cfg, err := config.Default("")
		if err != nil {
			t.Fatal(err)
		}
		cfg.Data.Dir = dir
		cfg.Accounts[0].Password = "secret"
		cfg.Trunks[0].OptionsInterval = 0
		if change != nil {
			change(cfg)
		}
		g := &rig{T: t, dir: dir, files: files, reload: func() (*config.Config, error) { return cfg, nil }}
		sim := netsim.New()
		g.app, err = app.New(app.Options{
			Config: cfg, Reload: func() (*config.Config, error) { return g.reload() }, Log: slog.New(slog.DiscardHandler), Version: "v1.2.3",
			Serial: app.Serial{Emulated: modemtest.Plug},
			Network: app.Network{
				Packet: func(addr string) (net.PacketConn, error) { return sim.ListenPacket(netip.MustParseAddrPort(addr)) },
				Stream: func(addr string) (net.Listener, error) {
					if addr == cfg.HTTP.Listen.String() {
						return nil, nil
					}
					return sim.Listen(netip.MustParseAddrPort(addr))
				},
				Media: func(addr netip.AddrPort) (rtp.PacketConn, error) { return sim.ListenPacket(addr) },
				Dial: func(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
					return sim.Dial(ctx, netip.MustParseAddrPort("127.0.0.1:0"), to)
				},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- g.app.Run(ctx) }()
		<-g.app.Ready()
		defer func() {
			stop()
			if err := <-ended; err != nil {
				t.Errorf("the gateway ended with %v", err)
			}
		}()
		time.Sleep(time.Second) // lines settle
		story(g)
	})
}

// runs executes a command line.
func (g *rig) runs(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = execute(env{ctx: ctx, stdout: &out, stderr: &errs, http: &http.Client{Transport: handled{g.app.Handler()}}}, args)
	return code, out.String(), errs.String()
}

// ok runs a command that must succeed and returns what it prints.
func (g *rig) ok(args ...string) string {
	g.Helper()
	code, out, errs := g.runs(g.Context(), args...)
	if code != 0 || errs != "" {
		g.Fatalf("tipring %s: exit %d, %q", strings.Join(args, " "), code, errs)
	}
	return out
}

// fails runs a command that must not succeed: with an exit status, nothing on the standard output, and one line that says why.
func (g *rig) fails(code int, says string, args ...string) {
	g.Helper()
	got, out, errs := g.runs(g.Context(), args...)
	if got != code || out != "" || !strings.HasPrefix(errs, "tipring: ") || !strings.Contains(errs, says) || strings.Index(errs, "\n") != len(errs)-1 {
		g.Errorf("tipring %s: exit %d, output %q, error %q; want exit %d and one line with %q", strings.Join(args, " "), got, out, errs, code, says)
	}
}

// silent runs commands that print nothing.
func (g *rig) silent(lines ...string) {
	g.Helper()
	for _, l := range lines {
		if out := g.ok(words(l)...); out != "" {
			g.Errorf("tipring %s prints %q", l, out)
		}
	}
}

var callID = regexp.MustCompile(`\b0[0-9A-HJKMNP-TV-Z]{25}\b`)

// golden compares what a command prints with testdata/NAME.txt; ids of calls, which are random, become a row of I.
func (g *rig) golden(name, got string) {
	g.Helper()
	got = strings.ReplaceAll(callID.ReplaceAllString(got, strings.Repeat("I", 26)), g.files, "FILES")
	file := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			g.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		g.Fatal(err)
	}
	if got != string(want) {
		g.Errorf("%s:\n%s\nwant:\n%s", file, got, want)
	}
}

// status is what `tipring emu PORT status` says.
func (g *rig) status(port string) (st emu.Status) {
	g.Helper()
	g.json(&st, g.ok("emu", port, "status"))
	return st
}

func (g *rig) json(v any, text string) {
	g.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		g.Fatalf("%v in %s", err, text)
	}
}

// await asks for a port's status until it is as it should be.
func (g *rig) await(port, what string, cond func(emu.Status) bool) {
	g.Helper()
	for range 600 {
		if cond(g.status(port)) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	g.Fatalf("%s: no %s: %+v", port, what, g.status(port))
}
