package app

import (
	"context"
	"math"
	"sync"
	"testing"
	"time"

	"tipring/dsp/dsptest"
	"tipring/dsp/level"
	"tipring/gateway/config"
	"tipring/hw/emu"
	"tipring/tdm"
)

// A talker is one end of a connection whose level is measured.
type talker interface {
	Record(context.Context, time.Duration) ([]int16, error)
	Play(context.Context, []int16) error
}

// rtpTalker makes a talker of a SIP peer's audio.
type rtpTalker struct{ m *media }

func (r rtpTalker) Play(_ context.Context, pcm []int16) error { r.m.say(pcm); return nil }
func (r rtpTalker) Record(_ context.Context, d time.Duration) ([]int16, error) {
	return r.m.listen(d), nil
}

// levels sends a tone from each side, one after the other, and returns how it arrives at the other: from a to b, from b to a.
func (w *world) levels(a, b talker) (there, back level.DBm0) {
	w.Helper()
	one := func(from, to talker) level.DBm0 {
		var wg sync.WaitGroup
		wg.Go(func() { w.must(from.Play(w.Context(), dsptest.Sine(1004, -15, 3*tdm.Rate))) })
		time.Sleep(time.Second)
		pcm, err := to.Record(w.Context(), time.Second)
		w.must(err)
		wg.Wait()
		return dsptest.ToneLevel(pcm, 1004)
	}
	// Speech from both sides, so that the cancellers know the hybrids.
	for _, side := range []talker{a, b} {
		w.must(side.Play(w.Context(), dsptest.Speech(3, -15, 4*tdm.Rate)))
	}
	return one(a, b), one(b, a)
}

// within checks a level to 0.2 dB.
func (w *world) within(what string, got, want level.DBm0) {
	w.Helper()
	if math.Abs(float64(got-want)) > 0.2 {
		w.Errorf("%s: %.2f dBm0, want %.2f", what, got, want)
	}
}

// The loss plan lies on every kind of connection, in each direction its own, on top of the gains of ports.
func TestLossPlan(t *testing.T) {
	play(t, "", func(cfg *config.Config) {
		for i := range cfg.Ports {
			if cfg.Ports[i].Kind == config.FXO {
				cfg.Ports[i].RxGain, cfg.Ports[i].TxGain = 1.5, -2
			}
		}
		cfg.Loss = config.Loss{
			FXS: config.LossTo{FXS: 4, FXO: 2, IP: 3}, FXO: config.LossTo{FXS: 1, IP: -2}, IP: config.LossTo{FXS: 5, FXO: 6, IP: 7},
		}
	}, func(w *world) {
		a, b := w.dial("fxs1", "202"), w.phone("fxs2")
		w.await(b, "ringing", emu.Ringing)
		w.must(b.OffHook())
		time.Sleep(time.Second)
		there, back := w.levels(a, b)
		w.within("phone to phone", there, -15-4)
		w.within("phone to phone, back", back, -15-4)
		w.must(b.OnHook())
		w.must(a.OnHook())
		time.Sleep(2 * time.Second)

		x := w.exchange("fxo1")
		w.must(x.SetScript(emu.Script{AnswerMs: 1000, Reversal: true}))
		w.dial("fxs1", "95556677")
		w.await(x, "digits", emu.Digits("5556677"))
		time.Sleep(8 * time.Second)
		there, back = w.levels(a, x)
		w.within("phone to line", there, -15-2-2)
		w.within("line to phone", back, -15+1.5-1)
		w.must(a.OnHook())
		time.Sleep(2 * time.Second)

		trunk := w.trunk()
		w.dial("fxs1", "6001")
		d := trunk.answered(0)
		time.Sleep(time.Second)
		there, back = w.levels(a, rtpTalker{trunk.media})
		w.within("phone to trunk", there, -15-3)
		w.within("trunk to phone", back, -15-5)
		d.Send("BYE", "", "")
		trunk.Await("200 BYE")
		w.must(a.OnHook())
		time.Sleep(2 * time.Second)

		invite := trunk.call("95556677")
		d = trunk.established(invite)
		time.Sleep(time.Second)
		there, back = w.levels(rtpTalker{trunk.media}, x)
		w.within("trunk to line", there, -15-6-2)
		w.within("line to trunk", back, -15+1.5+2)
		d.Send("BYE", "", "")
		trunk.Await("200 BYE")

		soft := w.peer("127.0.0.1:5090", "127.0.0.1:7100", "8000")
		soft.Register("8000", "secret", 3600)
		invite = soft.challenged("6001", "secret")
		trunk.answered(0)
		near := soft.established(invite)
		time.Sleep(time.Second)
		there, back = w.levels(rtpTalker{soft.media}, rtpTalker{trunk.media})
		w.within("account to trunk", there, -15-7)
		w.within("trunk to account", back, -15-7)
		near.Send("BYE", "", "")
		soft.Await("200 BYE")
		trunk.Respond(trunk.Expect("BYE"), "200 OK", "", "", "")

		// A tone of the gateway's own is no part of a connection: dial tone is as loud as ever.
		w.lift("fxs1")
		pcm, err := a.Record(w.Context(), time.Second)
		w.must(err)
		for _, hz := range []float64{350, 440} {
			w.within("dial tone", dsptest.ToneLevel(pcm, hz), -13-3)
		}
		w.must(a.OnHook())
	})
}
