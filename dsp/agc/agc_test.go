package agc_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"tipring/dsp/agc"
	"tipring/dsp/dsptest"
	"tipring/dsp/level"
)

type processor interface{ Process([]int16) }

var makers = map[string]func() processor{
	"fixed": func() processor { return agc.NewGain(6) },
	"agc":   func() processor { return agc.New(agc.Config{}) },
}

// active is the level of the loud 10 ms pieces of speech.
func active(pcm []int16) level.DBm0 {
	var loudest float64
	var powers []float64
	for at := 0; at+80 <= len(pcm); at += 80 {
		r := level.Of(pcm[at : at+80]).RMS()
		powers = append(powers, r*r)
		loudest = max(loudest, r*r)
	}
	var sum float64
	var n int
	for _, p := range powers {
		if p > loudest/16 {
			sum, n = sum+p, n+1
		}
	}
	return level.OfPower(sum / float64(n))
}

func TestFixedGain(t *testing.T) {
	for _, dB := range []float64{-20, -3, 0, 6} {
		pcm := dsptest.Sine(1004, -10, 8000)
		agc.NewGain(dB).Process(pcm)
		if got := float64(level.Of(pcm)); math.Abs(got-(-10+dB)) > 0.05 {
			t.Errorf("-10 dBm0 and %v dB make %.2f dBm0", dB, got)
		}
	}
	g := agc.NewGain(-10)
	pcm := dsptest.Sine(1004, -10, 8000)
	g.Process(pcm[:4000])
	g.Set(0)
	g.Process(pcm[4000:])
	if n := dsptest.Discontinuities(pcm); n != 0 {
		t.Errorf("a change of gain makes %d clicks", n)
	}
	if got := float64(level.Of(pcm[4160:])); math.Abs(got+10) > 0.05 {
		t.Errorf("20 ms after the change %.2f dBm0", got)
	}
}

// TestLimiter: a tone that a gain would drive 10 dB beyond 16 bits stays a tone.
func TestLimiter(t *testing.T) {
	pcm := dsptest.Sine(1004, -5, 16000)
	agc.NewGain(18).Process(pcm)
	for _, v := range pcm {
		if v > 32000 || v < -32000 {
			t.Fatalf("sample %d", v)
		}
	}
	tone := dsptest.ToneLevel(pcm[4000:], 1004)
	third := dsptest.ToneLevel(pcm[4000:], 3012)
	if tone < 2 || third > tone-40 {
		t.Errorf("the tone has %.1f dBm0, its third harmonic %.1f", tone, third)
	}
}

// TestHolds: talkers from -32 to -8 dBm0 come out within 2 dB of the target after 5 s, and their pauses are no louder than
// the gain makes them.
func TestHolds(t *testing.T) {
	for d := level.DBm0(-32); d <= -8; d += 6 {
		in := dsptest.AtLevel(dsptest.Speech(3, -20, 160000), d-3) // pauses cost 3 dB or so
		in = dsptest.Mix(in, dsptest.White(1, -60, len(in)))
		out := slices.Clone(in)
		a := agc.New(agc.Config{})
		a.Process(out)
		if got := active(out[40000:]); math.Abs(float64(got+20)) > 2.5 {
			t.Errorf("a talker of %.1f dBm0 comes out at %.1f", active(in), got)
		}
	}
}

// TestBackgroundStays: noise alone after a talker is not pulled up.
func TestBackgroundStays(t *testing.T) {
	a := agc.New(agc.Config{})
	a.Process(dsptest.Speech(3, -30, 80000))
	before := a.GainDB()
	noise := dsptest.White(1, -55, 160000)
	a.Process(noise)
	if a.GainDB() != before {
		t.Errorf("20 s of noise move the gain from %.1f to %.1f dB", before, a.GainDB())
	}
}

func TestAnyCut(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	in := dsptest.Speech(1, -5, 40000)
	for name, make1 := range makers {
		want := slices.Clone(in)
		make1().Process(want)
		for range 5 {
			got, f := slices.Clone(in), make1()
			for rest := got; len(rest) > 0; {
				n := min(len(rest), rng.IntN(300))
				f.Process(rest[:n])
				rest = rest[n:]
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%s: the cut of the input changes the output", name)
			}
		}
	}
}

func TestResetAndAllocations(t *testing.T) {
	a, speech := agc.New(agc.Config{Target: -15, MinDB: -6, MaxDB: 12}), dsptest.Speech(1, -35, 40000)
	first := slices.Clone(speech)
	a.Process(first)
	if a.GainDB() != 12 {
		t.Errorf("a faint talker gets %.1f dB, the most allowed is 12", a.GainDB())
	}
	a.Reset()
	second := slices.Clone(speech)
	a.Process(second)
	if !slices.Equal(first, second) {
		t.Error("Reset keeps signal")
	}
	for name, make1 := range makers {
		f := make1()
		if n := testing.AllocsPerRun(50, func() { f.Process(first[:160]) }); n != 0 {
			t.Errorf("%s: %v allocations a block", name, n)
		}
	}
}

func BenchmarkAGC(b *testing.B) {
	for _, name := range []string{"fixed", "agc"} {
		b.Run(name, func(b *testing.B) {
			f, speech, pcm, at := makers[name](), dsptest.Speech(1, -25, 16000), make([]int16, 80), 0
			b.ReportAllocs()
			for b.Loop() {
				copy(pcm, speech[at:])
				f.Process(pcm)
				at = (at + 80) % len(speech)
			}
			ns := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / 80
			b.ReportMetric(ns, "ns/sample")
			b.ReportMetric(125000/ns, "channels/core")
		})
	}
}
