package emu

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tipring/tdm"
)

// Many actors do what they like, several to a port, while the card runs. Nobody is left waiting, and when all have put down
// and hung up, every line is idle again.
func TestActorsTogether(t *testing.T) {
	for seed := range uint64(2) {
		synctest.Test(t, func(t *testing.T) {
			cfg := Config{}
			for i := range 3 {
				cfg.Lines = append(cfg.Lines,
					Line{Kind: tdm.FXS, Name: fmt.Sprint("fxs", i)},
					Line{Kind: tdm.FXO, Name: fmt.Sprint("fxo", i), Script: Script{AnswerMs: 500, HangupMs: 3000, Hangup: Signal(i)}})
			}
			c := running(t, cfg)
			var wg sync.WaitGroup
			for a := range 18 {
				wg.Go(func() {
					rng := rand.New(rand.NewPCG(seed, uint64(a)))
					for range 40 {
						ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rng.IntN(3000)+1)*time.Millisecond)
						act(ctx, c, rng)
						cancel()
						time.Sleep(time.Duration(rng.IntN(500)) * time.Millisecond)
					}
				})
			}
			wg.Wait()
			for i := range 3 {
				c.Phone(fmt.Sprint("fxs", i)).OnHook()
				c.Office(fmt.Sprint("fxo", i)).Hangup(SignalNone)
				c.Control(2*i, tdm.Command{Op: tdm.OpRingStop})
				c.Control(2*i, tdm.Command{Op: tdm.OpLinefeed})
			}
			time.Sleep(5 * time.Second)
			var restless []string
			c.do(t.Context(), func() error { // where the lines are nobody else's
				for i := range 3 {
					p, x := c.Phone(fmt.Sprint("fxs", i)), c.Office(fmt.Sprint("fxo", i))
					if !p.resting() || len(p.waiters) > 0 || p.stepsJob != nil {
						restless = append(restless, fmt.Sprint("fxs", i))
					}
					if !x.resting() || len(x.waiters) > 0 {
						restless = append(restless, fmt.Sprintf("fxo%d in state %v", i, x.state))
					}
				}
				return nil
			})
			if len(restless) > 0 {
				t.Errorf("seed %d: %v do not rest", seed, restless)
			}
		})
	}
}

func act(ctx context.Context, c *Card, rng *rand.Rand) {
	slot := rng.IntN(len(c.lines))
	if p, ok := c.lines[slot].(*Phone); ok {
		switch rng.IntN(8) {
		case 0:
			p.offHook(ctx)
		case 1:
			p.onHook(ctx)
		case 2:
			p.flash(ctx)
		case 3:
			p.Dial(ctx, "159#", false)
		case 4:
			p.Dial(ctx, "31", true)
		case 5:
			p.Play(ctx, make([]int16, rng.IntN(tdm.Rate)))
		case 6:
			c.Control(slot, tdm.Command{Op: tdm.Op(rng.IntN(5)), Cadence: tdm.Cadence{N: 2, Ms: [16]uint16{400, 600}}, Linefeed: tdm.Linefeed(rng.IntN(3))})
		default:
			p.Await(ctx, Ringing)
		}
		return
	}
	x := c.lines[slot].(*Exchange)
	switch rng.IntN(6) {
	case 0:
		if call, err := x.newCall("123", "A", InStandard([]string{"bell202", "etsi-lr", "etsi-rpas", "dtmf"}[rng.IntN(4)])); err == nil {
			x.ring(ctx, call)
		}
	case 1:
		x.answer(ctx)
	case 2:
		x.hangup(ctx, Signal(rng.IntN(4)))
	case 3:
		x.busyFar(ctx, rng.IntN(2) == 0)
	case 4:
		x.Record(ctx, time.Duration(rng.IntN(2000)+1)*time.Millisecond)
	default:
		x.Await(ctx, OffHook)
	}
}

// FuzzHandler: whatever comes over HTTP is answered, with one JSON object when it is a fault. The card is closed, so that
// nothing waits for its time.
func FuzzHandler(f *testing.F) {
	f.Add("fxs1", "dial", []byte(`{"digits":"12","pulse":true}`))
	f.Add("fxs1", "play", []byte("RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data\x00\x00\x00\x00"))
	f.Add("fxo1", "ring", []byte(`{"number":"1","name":"\u0007"}`))
	f.Add("fxo1", "hangup", []byte(`{"signal":"cpc"}`))
	f.Add("fxo1", "busy", []byte(`{"on":null}`))
	f.Add("..", "%2e", []byte(nil))
	f.Add("\x00", "", []byte(nil))
	c, err := NewCard(twoPorts)
	if err != nil {
		f.Fatal(err)
	}
	c.Close()
	h := c.Handler()
	f.Fuzz(func(t *testing.T, port, verb string, body []byte) {
		r := httptest.NewRequest("POST", "/emu/x/y", bytes.NewReader(body))
		r.URL.Path = "/emu/" + port + "/" + verb
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		var e errorBody
		if w.Code < 300 || w.Code >= 400 {
			if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil || e.Error == "" || strings.ContainsAny(e.Error, "\x00\x1b") {
				t.Errorf("POST %q %q: %d %q", port, verb, w.Code, w.Body)
			}
		}
	})
}
