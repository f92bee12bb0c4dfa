package app

import (
	"testing"
	"time"

	"tipring/dsp/dsptest"
	"tipring/hw/emu"
	"tipring/tdm"
)

func speech(d time.Duration) []int16 { return dsptest.Speech(1, -18, int(tdm.Samples(d))) }

// crossed checks that speech passes between two ends of one card, sample exact but for the loops' own loss and companding.
func (w *world) crossed(a, b anEar) {
	w.Helper()
	in := dsptest.Speech(7, -15, 3*tdm.Rate)
	rec := make(chan []int16, 1)
	go func() {
		pcm, err := b.Record(w.Context(), 4*time.Second)
		w.must(err)
		rec <- pcm
	}()
	time.Sleep(100 * time.Millisecond)
	w.must(a.Play(w.Context(), in))
	out := <-rec
	median, lag, windows := dsptest.SpeechCorrelation(in, out)
	if median < 0.99 || windows < 2 {
		w.Errorf("correlation %.3f over %d windows", median, windows)
	}
	for i, win := range dsptest.SpeechWindows(in, out, lag) {
		if win.Lag != lag {
			w.Errorf("window %d is %d samples from where it should be", i, win.Lag-lag)
		}
	}
}

// Call 5: phone to phone and phone to FXO, without a packet.
func TestPhoneToPhone(t *testing.T) {
	play(t, "", nil, func(w *world) {
		a := w.dial("fxs1", "202")
		b := w.phone("fxs2")
		w.await(b, "ringing", emu.Ringing)
		w.await(a, "ringback", emu.Tone("ring"))
		w.await(b, "caller ID", func(s emu.Status) bool { return s.CallerID.Number == "201" })
		w.must(b.OffHook())
		time.Sleep(time.Second)
		w.crossed(a, b)
		w.crossed(b, a)
		if n := w.app.engine.Streams(); n != 0 {
			t.Errorf("%d RTP streams for a call inside the card", n)
		}
		w.must(b.OnHook())
		w.await(a, "the tone of a cleared call", emu.Tone("congestion"))
		if r := w.record(); r.Detector != "onhook" || r.Peer != "fxs2" {
			t.Errorf("record is %+v", r)
		}
	})
}

func TestPhoneToExchange(t *testing.T) {
	play(t, "", nil, func(w *world) {
		x := w.exchange("fxo1")
		w.must(x.SetScript(emu.Script{AnswerMs: 6000, Reversal: true}))
		a := w.dial("fxs1", "95556677")
		w.await(x, "digits", emu.Digits("5556677"))
		w.await(a, "the exchange's ringing tone", emu.Tone("ring"))
		time.Sleep(8 * time.Second)
		w.crossed(a, x)
		w.crossed(x, a)
		if n := w.app.engine.Streams(); n != 0 {
			t.Errorf("%d RTP streams for a call inside the card", n)
		}
		w.must(x.Hangup(emu.SignalCPC))
		w.await(a, "the tone of a cleared call", emu.Tone("congestion"))
		if r := w.record(); r.Detector != "cpc" || r.AnswerBasis != "polarity" {
			t.Errorf("record is %+v", r)
		}
	})
}

// The far number is busy: the phone hears the exchange's busy tone, then ours.
func TestFarNumberBusy(t *testing.T) {
	play(t, "", nil, func(w *world) {
		w.must(w.exchange("fxo1").Busy(true))
		a := w.dial("fxs1", "95556677")
		w.await(a, "busy tone", emu.Tone("busy"))
		time.Sleep(8 * time.Second)
		if r := w.record(); r.Cause != tdm.CauseUserBusy || r.Detector != "tone" {
			t.Errorf("record is %+v", r)
		}
	})
}

// The echo test returns speech while the line's own echo is cancelled.
func TestEchoTest(t *testing.T) {
	play(t, "", nil, func(w *world) {
		a := w.dial("fxs1", "*43")
		time.Sleep(time.Second)
		in := speech(4 * time.Second)
		rec := make(chan []int16, 1)
		go func() {
			pcm, err := a.Record(w.Context(), 5*time.Second)
			w.must(err)
			rec <- pcm
		}()
		w.must(a.Play(w.Context(), in))
		if median, _, windows := dsptest.SpeechCorrelation(in, <-rec); median < 0.9 || windows < 3 {
			t.Errorf("correlation %.3f over %d windows", median, windows)
		}
		w.must(a.OnHook())
	})
}
