package app

import (
	"net/http/httptest"
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
		rec := httptest.NewRecorder()
		w.app.Handler().ServeHTTP(rec, httptest.NewRequest("GET", "http://127.0.0.1/emu/far/status", nil))
		if rec.Code != 200 {
			t.Errorf("the second card's telephone answers %d: %s", rec.Code, rec.Body)
		}
		a := w.dial("fxs1", "209")
		b := w.phone("far")
		w.await(b, "ringing", emu.Ringing)
		w.must(b.OffHook())
		time.Sleep(time.Second)
		in := speech(4 * time.Second)
		heard := make(chan []int16, 1)
		go func() {
			pcm, err := b.Record(w.Context(), 5*time.Second)
			w.must(err)
			heard <- pcm
		}()
		w.must(a.Play(w.Context(), in))
		if median, _, windows := dsptest.SpeechCorrelation(in, <-heard); median < 0.9 || windows < 3 {
			t.Errorf("correlation %.3f over %d windows", median, windows)
		}
	})
}
