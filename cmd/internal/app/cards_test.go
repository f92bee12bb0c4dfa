package app

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tipring/dsp/dsptest"
	"tipring/gateway/config"
	"tipring/hw/emu"
)

// Two cards are two clocks: the far ends of both are driven, and a call between them has its audio.
func TestTwoCards(t *testing.T) {
	play(t, "fxs=1,fxo=1", func(cfg *config.Config) {
		second := cfg.Cards[0]
		second.Name = "emu2"
		cfg.Cards = append(cfg.Cards, second)
		for i := range cfg.Ports {
			cfg.Ports[i].Card = "emu"
		}
		p := cfg.Ports[0]
		p.Name, p.Count, p.Number, p.Card, p.Slot = "far", 0, "209", "emu2", 0
		cfg.Ports = append(cfg.Ports, p)
	}, func(w *world) {
		for _, c := range []struct {
			method, path string
			code         int
			says         []string
		}{
			{"GET", "far/status", 200, []string{`"port":"far"`}},
			{"GET", "fxs1/status", 200, []string{`"port":"fxs1"`}},
			{"GET", "", 200, []string{`"port":"fxs1"`, `"port":"fxo1"`, `"port":"far"`}},
			{"POST", "far/offhook", 204, nil},
			{"POST", "far/onhook", 204, nil},
			{"POST", "fxo1/offhook", 400, []string{"fxo1", "ring"}},
			{"GET", "fxs7/status", 404, []string{`"error"`, "fxs7", "fxs1 fxo1 far"}},
			{"POST", "fxs7/offhook", 404, []string{`"error"`, "fxs7", "fxs1 fxo1 far"}},
			{"GET", "far/status/more", 404, []string{`"error"`}},
		} {
			rec := httptest.NewRecorder()
			w.app.Handler().ServeHTTP(rec, httptest.NewRequest(c.method, "http://127.0.0.1/emu/"+c.path, nil))
			if rec.Code != c.code {
				t.Errorf("%s %s answers %d, want %d: %s", c.method, c.path, rec.Code, c.code, rec.Body)
			}
			for _, says := range c.says {
				if !strings.Contains(rec.Body.String(), says) {
					t.Errorf("%s %s answers %s, want %s in it", c.method, c.path, rec.Body, says)
				}
			}
		}
		time.Sleep(3 * time.Second) // the second card's telephone has been lifted
		a := w.dial("fxs1", "209")
		b := w.phone("far")
		w.await(b, "ringing", emu.Ringing)
		w.must(b.OffHook())
		time.Sleep(time.Second)
		for _, way := range [][2]anEar{{a, b}, {b, a}} {
			in := speech(4 * time.Second)
			heard := make(chan []int16, 1)
			go func() {
				pcm, err := way[1].Record(w.Context(), 5*time.Second)
				w.must(err)
				heard <- pcm
			}()
			w.must(way[0].Play(w.Context(), in))
			if median, _, windows := dsptest.SpeechCorrelation(in, <-heard); median < 0.9 || windows < 3 {
				t.Errorf("correlation %.3f over %d windows", median, windows)
			}
		}
		w.must(b.OnHook())
		w.await(a, "the tone of a cleared call", emu.Tone("congestion"))
		if r := w.record(); r.Port != "fxs1" || r.Peer != "far" || r.To != "209" {
			t.Errorf("record is %+v", r)
		}
	})
}
