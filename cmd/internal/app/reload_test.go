package app

import (
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tipring/dsp/dsptest"
	"tipring/gateway/api"
	"tipring/gateway/config"
	"tipring/hw/emu"
	"tipring/tdm"
)

// reload puts a changed configuration in place of the running one's file and reloads it through the HTTP face.
func (w *world) reload(change setup) (r api.ReloadReport) {
	w.Helper()
	w.app.opt.Reload = func() (*config.Config, error) {
		next, err := config.Default("fxs=2,fxo=2")
		w.must(err)
		next.Data.Dir = w.dir
		next.Accounts[0].Password = "secret"
		next.Trunks[0].OptionsInterval = 0
		change(next)
		return next, nil
	}
	w.must(json.Unmarshal([]byte(w.get("POST", "/api/v1/reload")), &r))
	return r
}

func (w *world) route(cfg *config.Config, name string) *config.Route {
	w.Helper()
	for i := range cfg.Routes {
		if cfg.Routes[i].Name == name {
			return &cfg.Routes[i]
		}
	}
	w.Fatalf("there is no route %s", name)
	return nil
}

// A reload in the middle of a call: the call goes on, its line's gain changes at once, and the next call takes the new route.
func TestReloadInACall(t *testing.T) {
	play(t, "", nil, func(w *world) {
		trunk := w.trunk()
		p := w.dial("fxs1", "6001")
		trunk.answered(time.Second)
		time.Sleep(time.Second)
		w.bothWays(p, trunk.media)

		r := w.reload(func(cfg *config.Config) {
			w.route(cfg, "trunk").To = []string{"fxs2"}
			cfg.Ports[0].RxGain = -6
			cfg.Timers.InterDigit = 2 * time.Second
			cfg.SIP.Realm, cfg.SIP.LockoutFailures = "example.org", 3
		})
		if len(r.Faults)+len(r.Cannot) != 0 || len(r.Applied) != 6 {
			t.Errorf("report is %q", r)
		}
		time.Sleep(100 * time.Millisecond)
		go func() { w.must(p.Play(w.Context(), dsptest.Sine(1004, -15, 2*tdm.Rate))) }()
		time.Sleep(500 * time.Millisecond)
		w.tone("at the SIP side", trunk.listen(time.Second), 1004, -21)
		if calls := w.app.Calls(); len(calls) != 1 || calls[0].State != "talking" {
			t.Errorf("calls are %+v", calls)
		}
		time.Sleep(time.Second)
		w.must(p.OnHook())
		trunk.Respond(trunk.Expect("BYE"), "200 OK", "", "", "")
		time.Sleep(2 * time.Second)

		w.dial("fxs1", "6001")
		w.await(w.phone("fxs2"), "ringing", emu.Ringing)
		w.must(p.OnHook())
		trunk.Nothing(time.Second)
		// A registration is challenged in the new realm.
		trunk.Send(trunk.Request("REGISTER", "sip:127.0.0.1:5060", "", "").Text())
		if c := trunk.Await("401 REGISTER").Get("WWW-Authenticate"); !strings.Contains(c, `realm="example.org"`) {
			t.Errorf("challenge is %s", c)
		}
	})
}

// What needs a restart stays as it is, and every reload says so until there was one; the rest is applied.
func TestReloadSaysWhatItCannot(t *testing.T) {
	play(t, "", nil, func(w *world) {
		more := func(cfg *config.Config) {
			cfg.Ports[0].Count = 3 // fxs3 needs a slot
			cfg.RTP.JitterMax = 400 * time.Millisecond
			w.route(cfg, "echo").Called = "*44"
			w.route(cfg, "incoming").To = []string{"fxs3 & fxs2"}
		}
		want := []string{`rtp.jitter_max: "200ms" -> "400ms"`, "port fxs3: added"}
		for i := range 3 {
			r := w.reload(more)
			if n := 2 - 2*min(i, 1); len(r.Applied) != n || len(r.Faults) != 0 {
				t.Errorf("reload %d: applied %q, faults %q", i, r.Applied, r.Faults)
			}
			for _, s := range want {
				if !slices.Contains(r.Cannot, s) {
					t.Errorf("reload %d: cannot is %q, %q is missing", i, r.Cannot, s)
				}
			}
		}
		// The line that is not there yet does not spoil the route that names it.
		w.must(w.exchange("fxo1").Ring("5557788", "Caller"))
		w.await(w.phone("fxs2"), "ringing", emu.Ringing)
		w.must(w.exchange("fxo1").Hangup(emu.SignalNone))
		time.Sleep(10 * time.Second)
		w.dial("fxs1", "*44")
		w.await(w.phone("fxs1"), "quiet", emu.Quiet)
		if calls := w.app.Calls(); len(calls) != 1 || calls[0].B != "echo" {
			t.Errorf("calls are %+v", calls)
		}
		w.must(w.phone("fxs1").OnHook())
		r := w.reload(func(*config.Config) {})
		if len(r.Cannot) != 0 || len(r.Applied) != 2 {
			t.Errorf("the way back: %q", r)
		}
		if r = w.reload(func(*config.Config) {}); len(r.Cannot)+len(r.Applied)+len(r.Faults) != 0 {
			t.Errorf("nothing has changed: %q", r)
		}
	})
}

// A file with faults changes nothing, and all its faults are told with their lines.
func TestReloadOfAFaultyFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tipring.toml")
	play(t, "", nil, func(w *world) {
		before := w.app.cfg.Load()
		doc := "country = \"atlantis\"\n\n[timers]\nno_answer = \"soon\"\nnonsense = 1\n"
		w.must(os.WriteFile(file, []byte(doc), 0o600))
		w.app.opt.Reload = func() (*config.Config, error) { return config.Load(file) }
		var r api.ReloadReport
		w.must(json.Unmarshal([]byte(w.get("POST", "/api/v1/reload")), &r))
		if len(r.Faults) != 3 || len(r.Applied)+len(r.Cannot) != 0 {
			t.Fatalf("report is %q", r)
		}
		for i, at := range []string{":1: country", ":4: timers.no_answer", ":5: timers.nonsense"} {
			if !strings.HasPrefix(r.Faults[i], file+at) {
				t.Errorf("fault %d is %q, want it at %s", i, r.Faults[i], at)
			}
		}
		if w.app.cfg.Load() != before {
			t.Error("the configuration has changed")
		}
		if got := w.scrape().sum("tipring_config_reload_success"); got != 0 {
			t.Errorf("tipring_config_reload_success is %v", got)
		}
		// What is good by itself but not for the running gateway is refused as a whole too.
		r = w.reload(func(cfg *config.Config) {
			cfg.Ports = []config.Port{cfg.Ports[1]} // fxs1 and fxs2 are removed: they keep their numbers until a restart
			cfg.Accounts[0].Number = "201"
			cfg.Routes = cfg.Routes[1:]
		})
		if len(r.Faults) < 2 || !strings.Contains(strings.Join(r.Faults, "\n"), "needs a restart: port fxs1: removed") {
			t.Errorf("report is %q", r)
		}
		if w.app.cfg.Load() != before {
			t.Error("the configuration has changed")
		}
		if r = w.reload(func(*config.Config) {}); len(r.Faults) != 0 {
			t.Errorf("report is %q", r)
		}
		if got := w.scrape().sum("tipring_config_reload_success"); got != 1 {
			t.Errorf("tipring_config_reload_success is %v", got)
		}
	})
}

func TestReloadOfLogLevel(t *testing.T) {
	play(t, "", nil, func(w *world) {
		w.app.opt.Level = new(slog.LevelVar)
		if r := w.reload(func(cfg *config.Config) { cfg.Log.Level = "warn" }); len(r.Applied) != 1 {
			t.Errorf("report is %q", r)
		}
		if l := w.app.opt.Level.Level(); l != slog.LevelWarn {
			t.Errorf("level is %v", l)
		}
	})
}
