package app

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tipring/dsp/tone"
	"tipring/gateway/api"
	"tipring/gateway/cdr"
	"tipring/gateway/config"
	"tipring/hw/emu"
	"tipring/tdm"
)

// A kill -9 in the middle of a call keeps what is known of it: the folder as it is on disk then is opened by the next gateway.
func TestAnswerSurvivesAKill(t *testing.T) {
	play(t, "", nil, func(w *world) {
		trunk := w.trunk()
		p := w.dial("fxs1", "6001")
		trunk.answered(2 * time.Second)
		time.Sleep(5 * time.Second)
		left := w.T.TempDir()
		files, err := os.ReadDir(w.dir)
		w.must(err)
		for _, f := range files {
			b, err := os.ReadFile(filepath.Join(w.dir, f.Name()))
			w.must(err)
			w.must(os.WriteFile(filepath.Join(left, f.Name()), b, 0o600))
		}
		next, err := cdr.Open(cdr.Config{Dir: left})
		w.must(err)
		rs, err := next.List(w.Context(), cdr.Filter{})
		w.must(err)
		w.must(next.Close())
		if len(rs) != 1 {
			t.Fatalf("records are %+v", rs)
		}
		r := rs[0]
		if r.Answered.IsZero() || r.ReleasedBy != cdr.ByRecovery || r.To != "6001" || r.Port != "fxs1" || r.Peer != "local" ||
			r.AnswerBasis != "sip" || r.Route != "trunk" || r.Direction != cdr.Outbound || len(r.Legs) != 1 || r.Legs[0].Answered.IsZero() {
			t.Errorf("record is %+v", r)
		}
		w.must(p.OnHook())
		trunk.Respond(trunk.Expect("BYE"), "200 OK", "", "", "")
	})
}

// A port that is taken is one line that names the address and the flag, and nothing is left open.
func TestPortInUse(t *testing.T) {
	free := func() netip.AddrPort {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		return l.Addr().(*net.TCPAddr).AddrPort()
	}
	for _, c := range []struct {
		what, network, flag string
		take                func(*config.Config, netip.AddrPort)
	}{
		{"SIP", "UDP", "--sip", func(cfg *config.Config, a netip.AddrPort) { cfg.SIP.UDP = []netip.AddrPort{a} }},
		{"SIP", "TCP", "--sip", func(cfg *config.Config, a netip.AddrPort) { cfg.SIP.TCP = []netip.AddrPort{a} }},
		{"HTTP", "TCP", "--http", func(cfg *config.Config, a netip.AddrPort) { cfg.HTTP.Listen = a }},
	} {
		t.Run(c.what+" "+c.network, func(t *testing.T) {
			cfg, err := config.Default("")
			if err != nil {
				t.Fatal(err)
			}
			cfg.Data.Dir = t.TempDir()
			cfg.SIP.UDP, cfg.SIP.TCP, cfg.HTTP.Listen = []netip.AddrPort{free()}, []netip.AddrPort{free()}, free()
			taken := free()
			var other io.Closer
			if c.network == "UDP" {
				other, err = net.ListenPacket("udp", taken.String())
			} else {
				other, err = net.Listen("tcp", taken.String())
			}
			if err != nil {
				t.Fatal(err)
			}
			c.take(cfg, taken)
			opt := Options{Config: cfg, Log: slog.New(slog.DiscardHandler), Version: "test"}
			_, err = New(opt)
			want := fmt.Sprintf("%s: %s %s is in use by another program: stop that one, or choose another address with %s", c.what, c.network, taken, c.flag)
			if err == nil || err.Error() != want {
				t.Errorf("error is %v, want %s", err, want)
			}
			other.Close()
			// All of it was given back: the same again works, sockets and data folder.
			a, err := New(opt)
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			stop()
			if err := a.Run(ctx); err != nil {
				t.Error(err)
			}
		})
	}
}

// A disk that is full keeps calls up: records wait, the status and the metrics say so, and all is written when there is room
// again.
func TestFullDisk(t *testing.T) {
	play(t, "", nil, func(w *world) {
		trunk := w.trunk()
		p := w.dial("fxs1", "6001")
		trunk.answered(time.Second)
		time.Sleep(time.Second)
		room := w.fillDisk()
		q := w.dial("fxs2", "*43")
		time.Sleep(40 * time.Second)
		var st api.Status
		w.must(json.Unmarshal([]byte(w.get("GET", "/api/v1/status")), &st))
		if st.Records.Error == "" || st.Records.Queued == 0 || st.Calls != 2 {
			t.Errorf("status is %+v, %d calls", st.Records, st.Calls)
		}
		m := w.scrape()
		if m.sum("tipring_cdr_store_failing") != 1 || m.sum("tipring_cdr_outbox_rows") == 0 || m.sum("tipring_cdr_outbox_oldest_seconds") < 30 {
			t.Errorf("failing %v, rows %v, oldest %v", m.sum("tipring_cdr_store_failing"), m.sum("tipring_cdr_outbox_rows"), m.sum("tipring_cdr_outbox_oldest_seconds"))
		}
		w.bothWays(p, trunk.media)
		w.must(q.OnHook())
		w.must(p.OnHook())
		trunk.Respond(trunk.Expect("BYE"), "200 OK", "", "", "")
		time.Sleep(2 * time.Second)
		room()
		time.Sleep(time.Minute)
		rs, err := w.app.Records(w.Context(), cdr.Filter{})
		w.must(err)
		if len(rs) != 2 || rs[0].Open() || rs[1].Open() {
			t.Errorf("records are %+v", rs)
		}
		if m := w.scrape(); m.sum("tipring_cdr_store_failing") != 0 || m.sum("tipring_cdr_outbox_rows") != 0 {
			t.Errorf("failing %v, rows %v", m.sum("tipring_cdr_store_failing"), m.sum("tipring_cdr_outbox_rows"))
		}
	})
}

// fillDisk has SQLite refuse every record, with the words of a full disk, until the function that it returns is called. (That
// SQLite says so on a disk that is full is a test of package cdr.)
func (w *world) fillDisk() (room func()) {
	w.Helper()
	do := func(query string) {
		db, err := sql.Open("sqlite", "file:"+filepath.Join(w.dir, cdr.File))
		w.must(err)
		defer db.Close()
		_, err = db.Exec(query)
		w.must(err)
	}
	do("CREATE TRIGGER no_room BEFORE INSERT ON call BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END")
	return func() { do("DROP TRIGGER no_room") }
}

// A hook flash in a call is counted and shown; the call goes on. (gateway/call tests that it is logged.)
func TestHookFlashIsShown(t *testing.T) {
	play(t, "", nil, func(w *world) {
		p := w.dial("fxs1", "*43")
		time.Sleep(time.Second)
		w.must(p.Flash())
		time.Sleep(2 * time.Second)
		var list []api.Line
		w.must(json.Unmarshal([]byte(w.get("GET", "/api/v1/lines")), &list))
		if len(list) != 4 || list[0].Name != "fxs1" || list[0].Flashes != 1 || list[0].Call == "" || list[1].Flashes != 0 {
			t.Errorf("lines are %+v", list)
		}
		if got := w.scrape().sum("tipring_line_hookflashes_total", `line="fxs1"`); got != 1 {
			t.Errorf("%v flashes", got)
		}
		w.must(p.OnHook())
	})
}

// The exchange sends the howler to a line that it takes for forgotten: the far end is gone.
func TestHowlerClears(t *testing.T) {
	play(t, "", toTrunk, func(w *world) {
		trunk := w.trunk()
		x := w.exchange("fxo1")
		w.must(x.Ring("5557788", ""))
		trunk.answered(0)
		w.await(x, "off-hook", emu.OffHook)
		time.Sleep(time.Second)
		at := time.Now()
		plan, _ := tone.Zone("us")
		pcm := make([]int16, 5*tdm.Rate)
		tone.NewGenerator(plan.Howler(), -10).Read(pcm)
		go x.Play(w.Context(), pcm) // cut off by the hang-up
		trunk.Respond(trunk.Await("BYE"), "200 OK", "", "", "")
		if d := time.Since(at); d > 2*time.Second {
			t.Errorf("cleared after %v", d)
		}
		if r := w.record(); r.Detector != "tone" || r.ReleasedBy != cdr.ByCaller {
			t.Errorf("record is %+v", r)
		}
		time.Sleep(5 * time.Second)
	})
}

// A telephone shows the tones that no zone's plan names: the howler, and its country's own for a number that does not exist.
func TestTreatmentTones(t *testing.T) {
	play(t, "", func(cfg *config.Config) { cfg.Country = "uk" }, func(w *world) {
		p := w.dial("fxs1", "5")
		w.await(p, "number unobtainable", emu.Tone("unobtainable"))
		time.Sleep(25 * time.Second)
		w.await(p, "howler", emu.Tone("howler"))
		w.must(p.OnHook())
	})
}
