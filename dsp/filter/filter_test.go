package filter_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"tipring/dsp/dsptest"
	"tipring/dsp/filter"
	"tipring/dsp/level"
)

type processor interface {
	Process([]int16)
	Reset()
}

var makers = map[string]func() processor{
	"dc":           func() processor { return filter.NewDC(0) },
	"hum/mains=50": func() processor { return filter.NewHum(50, 0) },
	"hum/mains=60": func() processor { return filter.NewHum(60, 0) },
}

// gain is what a filter does to a tone, once it has settled.
func gain(f processor, hz float64) float64 {
	pcm := dsptest.Sine(hz, -6, 24000)
	f.Process(pcm)
	return float64(level.Of(pcm[12000:]) + 6)
}

func TestDCGoes(t *testing.T) {
	pcm := make([]int16, 16000)
	for i := range pcm {
		pcm[i] = 1000
	}
	filter.NewDC(0).Process(pcm)
	if got := level.Of(pcm[8000:]); got != level.Silence {
		t.Errorf("a constant leaves %v dBm0", got)
	}
	for hz, most := range map[float64]float64{100: 0.1, 300: 0.02, 1000: 0.01, 3400: 0.02} {
		if g := gain(filter.NewDC(0), hz); math.Abs(g) > most {
			t.Errorf("%v Hz changes by %.3f dB", hz, g)
		}
	}
	if g := gain(filter.NewDC(160), 160); math.Abs(g+3) > 0.5 {
		t.Errorf("the corner of 160 Hz has %.2f dB", g)
	}
}

// TestHumGoes: 40 dB at the mains frequency and 0.2 Hz beside it, 25 at its harmonics.
func TestHumGoes(t *testing.T) {
	for _, mains := range []float64{50, 60} {
		for off := -0.2; off <= 0.2; off += 0.1 {
			for k := 1.0; k*mains <= 300; k++ {
				want := -40.0
				if k > 1 {
					want = -25
				}
				if g := gain(filter.NewHum(mains, 0), k*(mains+off)); g > want {
					t.Errorf("%v Hz mains: %.2f Hz falls by %.1f dB, want %v", mains, k*(mains+off), g, want)
				}
			}
		}
		for _, hz := range []float64{340, 350, 425, 440, 697, 1004, 2100, 3400} {
			if g := gain(filter.NewHum(mains, 0), hz); math.Abs(g) > 0.25 {
				t.Errorf("%v Hz mains: %v Hz changes by %.2f dB", mains, hz, g)
			}
		}
	}
}

// TestSpeechStays: speech out of hum 10 dB above it is the speech.
func TestSpeechStays(t *testing.T) {
	speech := dsptest.Speech(1, -20, 80000)
	hum := dsptest.Mix(dsptest.Sine(50, -12, 80000), dsptest.Sine(100, -18, 80000), dsptest.Sine(150, -20, 80000))
	pcm := dsptest.Mix(speech, hum)
	before, _, _ := dsptest.SpeechCorrelation(speech, pcm)
	filter.NewHum(50, 0).Process(pcm)
	after, lag, _ := dsptest.SpeechCorrelation(speech, pcm)
	if before > 0.6 || after < 0.9 || lag != 0 {
		t.Errorf("correlation %.3f becomes %.3f at lag %d", before, after, lag)
	}
}

func TestAnyCut(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	in := dsptest.White(1, 0, 20000)
	for name, make1 := range makers {
		want := slices.Clone(in)
		make1().Process(want)
		f := make1()
		for range 5 {
			got := slices.Clone(in)
			f.Reset()
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

func TestAllocatesNothing(t *testing.T) {
	pcm := dsptest.White(1, -10, 160)
	for name, make1 := range makers {
		f := make1()
		if n := testing.AllocsPerRun(50, func() { f.Process(pcm) }); n != 0 {
			t.Errorf("%s: %v allocations a block", name, n)
		}
	}
}

func BenchmarkFilter(b *testing.B) {
	for _, name := range []string{"dc", "hum/mains=50", "hum/mains=60"} {
		b.Run(name, func(b *testing.B) {
			f, speech, pcm, at := makers[name](), dsptest.Speech(1, -15, 16000), make([]int16, 80), 0
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
