package level_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"tipring/dsp/level"
)

func sine(hz float64, d level.DBm0, n int) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(math.Round(d.Amplitude() * math.Sin(2*math.Pi*hz/8000*float64(i))))
	}
	return pcm
}

func TestConversions(t *testing.T) {
	// G.711: the reference's distance from full scale, +3.14 to +3.17 dBm0.
	if full := level.OfSine(32767); full < 3.14 || full > 3.17 {
		t.Errorf("full-scale sine = %.3f dBm0, want 3.14..3.17", full)
	}
	if got := level.DBm0(0).RMS(); got != 16124 {
		t.Errorf("0 dBm0 RMS = %v", got)
	}
	for d := level.DBm0(-70); d <= 3; d++ {
		if got := level.OfRMS(level.RMS(d)); math.Abs(float64(got-d)) > 1e-9 {
			t.Errorf("OfRMS(RMS(%v)) = %v", d, got)
		}
		if got := level.OfSine(d.Amplitude()); math.Abs(float64(got-d)) > 1e-9 {
			t.Errorf("OfSine(Amplitude(%v)) = %v", d, got)
		}
	}
	if got := level.DB(level.Gain(-7.5)); math.Abs(got+7.5) > 1e-12 {
		t.Errorf("DB(Gain(-7.5)) = %v", got)
	}
	for _, got := range []level.DBm0{level.OfRMS(0), level.Of(nil), level.Of(make([]int16, 80)), level.NewMeter(20).Level()} {
		if got != level.Silence {
			t.Errorf("no signal = %v, want %v", got, level.Silence)
		}
	}
	if got := level.Of([]int16{-32768, -32768}); math.Abs(float64(got)-6.16) > 0.01 {
		t.Errorf("square at the negative limit = %.3f dBm0, want 6.16", got)
	}
}

func TestMeterReadsSines(t *testing.T) {
	for _, want := range []level.DBm0{3, 0, -10, -30, -45} {
		m := level.NewMeter(200)
		m.Process(sine(1004, want, 4000))
		if got := m.Level(); math.Abs(float64(got-want)) > 0.1 {
			t.Errorf("level of a %v dBm0 sine = %.2f", want, got)
		}
		if got := m.Peak(); math.Abs(float64(got-want)) > 0.1 {
			t.Errorf("peak of a %v dBm0 sine = %.2f", want, got)
		}
	}
}

func TestMeterWindowSlides(t *testing.T) {
	m := level.NewMeter(80)
	m.Process(sine(1000, -10, 8*80))
	m.Process(make([]int16, 8*40))
	if got := m.Level(); math.Abs(float64(got)+13.01) > 0.1 {
		t.Errorf("half a window after the end = %.2f dBm0, want -13.01", got)
	}
	if got := m.Peak(); math.Abs(float64(got)+10) > 0.1 {
		t.Errorf("peak still in the window = %.2f dBm0, want -10", got)
	}
	m.Process(make([]int16, 8*40))
	if m.Level() != level.Silence || m.Peak() != level.Silence {
		t.Errorf("a window after the end: level %v, peak %v", m.Level(), m.Peak())
	}
	m.Process(sine(1000, 0, 640))
	m.Reset()
	if m.Level() != level.Silence || m.Samples() != 0 {
		t.Error("Reset keeps signal")
	}
}

func TestMeterAnyCut(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	pcm := make([]int16, 20000)
	for i := range pcm {
		pcm[i] = int16(rng.IntN(65536) - 32768)
	}
	whole := level.NewMeter(50)
	whole.Process(pcm)
	for range 50 {
		cut := level.NewMeter(50)
		for rest := pcm; len(rest) > 0; {
			n := min(len(rest), rng.IntN(200))
			cut.Process(rest[:n])
			rest = rest[n:]
		}
		if *cut != *whole {
			t.Fatal("the cut of the input changes the meter")
		}
	}
}

func TestMeterAllocatesNothing(t *testing.T) {
	m, pcm := level.NewMeter(20), sine(1000, -10, 80)
	if n := testing.AllocsPerRun(100, func() { m.Process(pcm); m.Level(); m.Peak() }); n != 0 {
		t.Errorf("%v allocations a block", n)
	}
}

func BenchmarkMeter(b *testing.B) {
	m, pcm := level.NewMeter(200), sine(1004, -10, 80)
	b.ReportAllocs()
	for b.Loop() {
		m.Process(pcm)
	}
	ns := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / float64(len(pcm))
	b.ReportMetric(ns, "ns/sample")
	b.ReportMetric(125000/ns, "channels/core")
}
