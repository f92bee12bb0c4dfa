package emu

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tipring/dsp/wav"
	"tipring/tdm"
)

// inBubble serves requests by calling the handler, since a socket does not work in a synctest bubble.
type inBubble struct{ h http.Handler }

func (r inBubble) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body == nil {
		req.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	r.h.ServeHTTP(w, req)
	return w.Result(), req.Context().Err()
}

// running starts a paced card in the bubble; its ports echo nothing and hear silence until a test changes what is sent.
func running(t *testing.T, cfg Config) *Card {
	t.Helper()
	c, err := NewCard(cfg)
	if err != nil {
		t.Fatal(err)
	}
	tx, rx := tdm.NewBlock(len(cfg.Lines), 80), tdm.NewBlock(len(cfg.Lines), 80)
	for i := range tx.Data {
		tx.Data[i] = cfg.Law.Silence()
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			if _, err := c.Exchange(tx, rx); err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		c.Close()
		<-done
	})
	return c
}

var twoPorts = Config{Lines: []Line{
	{Kind: tdm.FXS, Name: "fxs1", Number: "201"},
	{Kind: tdm.FXO, Name: "fxo1", Number: "5550101"},
}}

func TestClientVerbs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := running(t, twoPorts)
		cl := &Client{Base: "http://gw", HTTP: &http.Client{Transport: inBubble{c.Handler()}}}
		ctx := t.Context()
		ok := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		ok(cl.OffHook(ctx, "fxs1"))
		ok(cl.Dial(ctx, "fxs1", "12#", false))
		ok(cl.Dial(ctx, "fxs1", "3", true))
		ok(cl.Flash(ctx, "fxs1"))
		s, err := cl.Status(ctx, "fxs1")
		ok(err)
		if s.Port != "fxs1" || s.Hook != "off" || s.Digits != "12#3" || s.LoopCurrentMA == 0 {
			t.Errorf("status %+v", s)
		}
		var file bytes.Buffer
		ok(wav.Write(&file, make([]int16, 800)))
		start := time.Now()
		ok(cl.Play(ctx, "fxs1", &file))
		if d := time.Since(start); d < 100*time.Millisecond || d > 120*time.Millisecond {
			t.Errorf("play of 100 ms took %v", d)
		}
		var rec bytes.Buffer
		ok(cl.Record(ctx, "fxs1", 250*time.Millisecond, &rec))
		if pcm, rate, err := wav.Read(&rec); err != nil || rate != 8000 || len(pcm) != 2000 {
			t.Errorf("recorded %d samples at %d Hz, %v", len(pcm), rate, err)
		}
		ok(cl.OnHook(ctx, "fxs1"))
		ok(cl.Busy(ctx, "fxo1", true))
		ok(cl.Ring(ctx, "fxo1", "5550199", "BOB", ""))
		s, err = cl.Status(ctx, "fxo1")
		ok(err)
		if !s.Ringing || s.Hook != "on" {
			t.Errorf("status %+v", s)
		}
		ok(cl.Hangup(ctx, "fxo1", "cpc"))
		if s, _ = cl.Status(ctx, "fxo1"); s.Ringing {
			t.Errorf("rings on after the caller gave up: %+v", s)
		}
		if err := cl.Answer(ctx, "fxo1"); err == nil || err.Error() != "fxo1 answer: there is no call" {
			t.Errorf("answer of no call: %v", err)
		}
	})
}

func TestStatusIsOneObjectWithFixedKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := running(t, twoPorts).Handler()
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/emu/fxs1/status", nil))
		var got map[string]any
		d := json.NewDecoder(w.Body)
		if err := d.Decode(&got); err != nil {
			t.Fatal(err)
		}
		if d.Decode(new(any)) != io.EOF {
			t.Error("more than one JSON value")
		}
		want := []string{"caller_id", "digits", "hook", "loop_current_ma", "polarity", "port", "ringing", "tone"}
		if k := keys(got); !slices.Equal(k, want) {
			t.Errorf("keys %v, want %v", k, want)
		}
		if k := keys(got["caller_id"].(map[string]any)); !slices.Equal(k, []string{"name", "number", "standard", "time"}) {
			t.Errorf("caller_id keys %v", k)
		}
	})
}

func TestHandlerRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := running(t, twoPorts).Handler()
		var slow bytes.Buffer
		if err := wav.Write(&slow, make([]int16, 80)); err != nil {
			t.Fatal(err)
		}
		slow.Bytes()[24], slow.Bytes()[25] = 0x80, 0x3e // 16000
		for _, c := range []struct {
			method, path, body string
			code               int
			says               string
		}{
			{"POST", "/emu/fxs9/offhook", "", 404, "fxs9"},
			{"GET", "/emu/fxs9/status", "", 404, "fxs1 fxo1"},
			{"POST", "/emu/fxs1/answer", "", 400, "it can dial, flash"},
			{"POST", "/emu/fxs1/onhook", "", 409, "on hook"},
			{"POST", "/emu/fxs1/dial", `{"digits":"1"}`, 409, "on hook"},
			{"POST", "/emu/fxs1/dial", `{"digits":""}`, 400, "digits"},
			{"POST", "/emu/fxs1/dial", `{"digits":"12x"}`, 400, "'x'"},
			{"POST", "/emu/fxs1/dial", `{"digits":"1*","pulse":true}`, 400, "'*'"},
			{"POST", "/emu/fxs1/dial", `{"digit":"1"}`, 400, "digit"},
			{"POST", "/emu/fxs1/dial", `{"digits":"1"}{}`, 400, "more than one"},
			{"POST", "/emu/fxs1/dial", `{"digits":"` + strings.Repeat("1", 5000) + `"}`, 400, "large"},
			{"POST", "/emu/fxs1/record", `{"for":"soon"}`, 400, "5s"},
			{"POST", "/emu/fxs1/record", `{"for":"2h"}`, 400, "1h"},
			{"POST", "/emu/fxs1/play", "no wave", 400, "WAV"},
			{"POST", "/emu/fxs1/play", slow.String(), 400, "16000"},
			{"POST", "/emu/fxo1/hangup", `{"signal":"smoke"}`, 400, "cpc"},
			{"POST", "/emu/fxo1/hangup", `{"signal":"cpc"}`, 409, "no call"},
			{"POST", "/emu/fxo1/hangup", "", 409, "no call"},
			{"POST", "/emu/fxo1/busy", "", 400, "on"},
			{"POST", "/emu/fxo1/ring", `{"number":"1","presentation":"secret"}`, 400, "private"},
			{"GET", "/emu/fxs1/offhook", "", 404, "POST"},
			{"GET", "/elsewhere", "", 404, "/emu/{port}/status"},
		} {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(c.method, c.path, strings.NewReader(c.body)))
			var e errorBody
			if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil || w.Code != c.code || !strings.Contains(e.Error, c.says) {
				t.Errorf("%s %s %.30s: %d %s; want %d and %q", c.method, c.path, c.body, w.Code, w.Body, c.code, c.says)
			}
		}
	})
}

// A client that goes away ends what it had asked for.
func TestCancelledRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := running(t, twoPorts)
		p := c.Phone("fxs1")
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := p.Record(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("error %v", err)
		}
		if pcm, err := p.Record(t.Context(), 10*time.Millisecond); err != nil || len(pcm) != 80 {
			t.Errorf("the next recording: %d samples, %v", len(pcm), err)
		}
	})
}

// Close ends every actor's wait.
func TestCloseUnblocksActors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := running(t, twoPorts)
		done := make(chan error, 2)
		go func() {
			_, err := c.Phone("fxs1").Record(context.Background(), time.Hour)
			done <- err
		}()
		go func() {
			_, err := c.Office("fxo1").Await(context.Background(), OffHook)
			done <- err
		}()
		time.Sleep(time.Second)
		c.Close()
		for range 2 {
			if err := <-done; !errors.Is(err, tdm.ErrClosed) {
				t.Errorf("error %v, want %v", err, tdm.ErrClosed)
			}
		}
	})
}
