package emu

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"testing"
	"testing/synctest"

	"tipring/dsp/dsptest"
	"tipring/dsp/dtmf"
	"tipring/dsp/level"
	"tipring/tdm"
)

func TestLoopCurrent(t *testing.T) {
	for _, c := range []struct {
		name string
		loop Loop
		mA   float64
		ring bool
	}{
		{"default, limited by the feed", Loop{}, 25, true},
		{"no limit: 48 V over 400 + 168 + 200 Ω", Loop{LimitMA: 1000}, 62.5, true},
		{"10 km", Loop{Km: 10}, 21.1, true},
		{"40 km: too little current, and ringing of 32 V", Loop{Km: 40}, 6.6, true},
		{"5 REN on 30 km: ringing of 14 V", Loop{Km: 30, REN: 5}, 8.5, false},
		{"24 V battery", Loop{BatteryV: 24, LimitMA: 100}, 31.3, true},
	} {
		l := newCircuit(c.loop.withDefaults(0, tdm.FXS))
		l.closed = true
		if l.milliamps() != c.mA || l.rings != c.ring {
			t.Errorf("%s: %g mA, rings %v; want %g, %v", c.name, l.milliamps(), l.rings, c.mA, c.ring)
		}
	}
}

func TestBadLines(t *testing.T) {
	for _, l := range []Line{
		{Kind: tdm.FXS},
		{Kind: tdm.Bearer, Name: "b"},
		{Kind: tdm.FXS, Name: "a", Zone: "atlantis"},
		{Kind: tdm.FXS, Name: "a", Loop: Loop{Km: -1}},
		{Kind: tdm.FXS, Name: "a", Loop: Loop{Path: 9}},
		{Kind: tdm.FXS, Name: "a", Loop: Loop{ERLDB: -3}},
		{Kind: tdm.FXS, Name: "a", Loop: Loop{RingTripMs: 201}},
		{Kind: tdm.FXS, Name: "a", Loop: Loop{NoiseDBm0: 6}},
	} {
		if _, err := NewCard(Config{Lines: []Line{l}}); err == nil {
			t.Errorf("%+v: no error", l)
		}
	}
	twice := Line{Kind: tdm.FXS, Name: "a"}
	if _, err := NewCard(Config{Lines: []Line{twice, twice}}); err == nil {
		t.Error("two lines of one name: no error")
	}
}

// A line that is too long carries neither the off-hook nor the ring.
func TestLongLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 80, Line{Kind: tdm.FXS, Name: "fxs1", Loop: Loop{Km: 40, REN: 5}})
		p := b.c.Phone("fxs1")
		b.c.Control(0, tdm.Command{Op: tdm.OpRing, Cadence: tdm.Cadence{N: 2, Ms: [16]uint16{2000, 4000}}})
		wantEdges(t, b.edges(0, 100), edge{0, tdm.SigRinging})
		if p.Status().Ringing {
			t.Error("a bell rings on too little voltage")
		}
		b.c.Control(0, tdm.Command{Op: tdm.OpRingStop})
		b.then(p.OffHook)
		wantEdges(t, b.edges(0, 100), edge{0, 0})
		if s := p.Status(); s.Hook != "off" || s.LoopCurrentMA >= detectMA {
			t.Errorf("status %+v", s)
		}
	})
}

// The paths are those of G.168 Annex D: the loss of the composite source signal is the ERL on each.
func TestEchoReturnLoss(t *testing.T) {
	css := dsptest.CSS(-15, 4*tdm.Rate)
	for path := range 8 {
		w := newWire(Loop{Path: path + 1, ERLDB: 10}.withDefaults(0, tdm.FXS), tdm.MuLaw, 24, 1)
		var in, out []int16
		for len(css[len(in):]) >= tdm.Quantum {
			var octets [tdm.Quantum]byte
			var far, echo quantum
			tdm.MuLaw.Encode(octets[:], css[len(in):][:tdm.Quantum])
			w.send(octets[:], &far, &echo)
			for i := range echo {
				in = append(in, tdm.MuLaw.DecodeSample(octets[i]))
				out = append(out, round(echo[i]))
			}
		}
		if erl := level.Of(in) - level.Of(out); math.Abs(float64(erl)-10) > 0.3 {
			t.Errorf("path %d: ERL %.2f dB, want 10", path+1, erl)
		}
		want := dsptest.Convolve(dsptest.EchoPath(paths()[path].Table, 10, 24), in)
		for i := range want {
			if d := int(out[i]) - int(want[i]); d < -1 || d > 1 {
				t.Fatalf("path %d: echo sample %d is %d, want %d", path+1, i, out[i], want[i])
			}
		}
	}
}

func TestNoiseLevel(t *testing.T) {
	w := newWire(Loop{NoiseDBm0: -50}.withDefaults(0, tdm.FXS), tdm.MuLaw, 0, 7)
	var pcm []int16
	for range 4000 {
		var q quantum
		w.hiss(&q)
		for _, v := range q {
			pcm = append(pcm, round(v))
		}
	}
	if l := level.Of(pcm); math.Abs(float64(l)+50) > 0.3 {
		t.Errorf("noise of %.2f dBm0, want -50", l)
	}
}

// The copy of the echo paths says where it comes from.
func TestPathsKeepTheirSource(t *testing.T) {
	var f struct{ Source string }
	if err := json.Unmarshal(pathsJSON, &f); err != nil || f.Source == "" || len(paths()) != 8 {
		t.Errorf("source %q, %d paths, %v", f.Source, len(paths()), err)
	}
	if b, err := os.ReadFile("g168-paths.json"); err != nil || !bytes.Equal(b, pathsJSON) {
		t.Errorf("embedded copy differs from the file: %v", err)
	}
}

// TestAnyCut: what a card sends, signals and tells its actors does not depend on the block length.
func TestAnyCut(t *testing.T) {
	type result struct {
		data, sig [2][]byte
		seen      [2]Status
	}
	var want result
	for _, n := range []int{160, 80, 40, 8} {
		synctest.Test(t, func(t *testing.T) {
			loop := Loop{NoiseDBm0: -45, LossDB: 2}
			b := newBench(t, n,
				Line{Kind: tdm.FXS, Name: "fxs1", Loop: loop},
				Line{Kind: tdm.FXO, Name: "fxo1", Loop: loop, Script: Script{AnswerMs: 700, Reversal: true, HangupMs: 2000}})
			p, x := b.c.Phone("fxs1"), b.c.Office("fxo1")
			var got result
			// run is 20 ms long at least, so that what comes between two runs meets the same sample in each cut.
			run := func(ms int) {
				for range ms * tdm.Quantum / n {
					b.block()
					for slot := range 2 {
						got.data[slot] = append(got.data[slot], b.rx.Slot(slot)...)
						got.sig[slot] = append(got.sig[slot], b.rx.SigSlot(slot)...)
					}
				}
			}
			start := func(f func() error) {
				go f()
				synctest.Wait()
			}
			b.said[0] = play(dsptest.White(1, -20, 9*tdm.Rate))
			run(100)
			b.c.Control(0, tdm.Command{Op: tdm.OpRing, Cadence: tdm.Cadence{N: 4, Ms: [16]uint16{400, 200, 400, 2000}}})
			start(func() error { return x.Ring("1", "A") })
			run(700)
			start(p.OffHook)
			start(func() error { return p.Dial(t.Context(), "159D", false) })
			b.off(1, true)
			run(800)
			start(func() error { return p.Play(t.Context(), dsptest.White(2, -15, 3000)) })
			start(func() error { return x.Play(t.Context(), dsptest.White(3, -15, 3000)) })
			run(400)
			start(func() error { return p.Dial(t.Context(), "13", true) })
			b.off(1, false)
			run(3000)
			start(p.Flash)
			b.off(1, true)
			run(1000)
			b.said[1] = dtmf.NewSource("5551", 80, 80, -12)
			run(6000)
			start(p.OnHook)
			b.off(1, false)
			run(2000)
			got.seen = [2]Status{p.Status(), x.Status()}
			switch {
			case n == 160:
				want = got
				if got.seen[0].Digits != "159D13" || got.seen[1].Digits != "5551" {
					t.Fatalf("the scene did not play: %+v", got.seen)
				}
			case got.seen != want.seen:
				t.Errorf("N %d: %+v, want %+v", n, got.seen, want.seen)
			}
			for slot := range 2 {
				if !bytes.Equal(got.data[slot], want.data[slot]) || !bytes.Equal(got.sig[slot], want.sig[slot]) {
					t.Errorf("N %d: slot %d differs from N 160", n, slot)
				}
			}
		})
	}
}

// play is the source of a recording.
func play(pcm []int16) source { return &recording{pcm} }

type recording struct{ pcm []int16 }

func (r *recording) Read(dst []int16) int {
	n := copy(dst, r.pcm)
	r.pcm = r.pcm[n:]
	return n
}
