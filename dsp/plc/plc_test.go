package plc_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"tipring/dsp/dsptest"
	"tipring/dsp/level"
	"tipring/dsp/plc"
)

// voiced is a periodic signal with the harmonics of a voice.
func voiced(hz float64, d level.DBm0, n int) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		var v float64
		for h := 1; h <= 8; h++ {
			v += math.Cos(2*math.Pi*hz*float64(h)*float64(i)/8000+float64(h*h)) / float64(h)
		}
		pcm[i] = int16(v * d.RMS() / 0.874)
	}
	return pcm
}

func noise(rng *rand.Rand, d level.DBm0, n int) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(rng.NormFloat64() * d.RMS())
	}
	return pcm
}

// run conceals the samples of lost in blocks of n.
func run(pcm []int16, n int, lost func(at int) bool) []int16 {
	c := plc.New()
	out := slices.Clone(pcm)
	for at := 0; at < len(out); at += n {
		frame := out[at:min(at+n, len(out))]
		if lost(at) {
			c.Lost(frame)
		} else {
			c.Good(frame)
		}
	}
	return out
}

func snr(want, got []int16) float64 {
	var s, e float64
	for i := range want {
		d := float64(want[i]) - float64(got[i])
		s += float64(want[i]) * float64(want[i])
		e += d * d
	}
	return 10 * math.Log10(s/e)
}

func TestNoLossChangesNothing(t *testing.T) {
	pcm := noise(rand.New(rand.NewPCG(1, 1)), -10, 8000)
	if got := run(pcm, 80, func(int) bool { return false }); !slices.Equal(got, pcm) {
		t.Error("audio without losses is changed or delayed")
	}
}

// TestPeriodicSignal: 10 ms of a steady voice, at any pitch in the range of lags, are recovered closely.
func TestPeriodicSignal(t *testing.T) {
	for hz := 70.0; hz <= 200; hz += 6.5 {
		pcm := voiced(hz, -15, 4000)
		got := run(pcm, 80, func(at int) bool { return at == 2000 || at == 3200 })
		// The lag is a whole number of samples: half a sample off costs the harmonics their phase.
		if s := snr(pcm[2000:2080], got[2000:2080]); s < 9 {
			t.Errorf("%.1f Hz: SNR of the concealed 10 ms = %.1f dB, want 9", hz, s)
		}
		if s := snr(pcm[3280+30:3900], got[3280+30:3900]); !math.IsInf(s, 1) {
			t.Errorf("%.1f Hz: good audio after the gap is changed (SNR %.1f dB)", hz, s)
		}
	}
	for _, lag := range []float64{40, 57, 80, 100, 119} { // exact lags
		pcm := voiced(8000/lag, -15, 4000)
		got := run(pcm, 80, func(at int) bool { return at >= 2000 && at < 2080 })
		if s := snr(pcm[2000:2080], got[2000:2080]); s < 25 {
			t.Errorf("period %v samples: SNR of the concealed 10 ms = %.1f dB, want 25", lag, s)
		}
	}
}

// TestSpeech: with 5% of 20 ms frames lost at random the result is nearer to the original than with silence in their place,
// as loud as it, and few gaps leave an audible edge.
func TestSpeech(t *testing.T) {
	for seed := range uint64(4) {
		pcm := dsptest.Speech(seed, -20, 160000)
		rng := rand.New(rand.NewPCG(seed, 5))
		lost := make([]bool, len(pcm)/160)
		for i := range lost {
			lost[i] = rng.IntN(20) == 0
		}
		concealed := run(pcm, 160, func(at int) bool { return lost[at/160] })
		muted := slices.Clone(pcm)
		for i, l := range lost {
			if l {
				clear(muted[160*i : 160*i+160])
			}
		}
		if a, b := snr(pcm, concealed), snr(pcm, muted); a < b+0.5 {
			t.Errorf("seed %d: SNR %.1f dB concealed, %.1f dB muted", seed, a, b)
		}
		if a, b := level.Of(concealed), level.Of(pcm); math.Abs(float64(a-b)) > 0.4 {
			t.Errorf("seed %d: level %.2f dBm0 becomes %.2f", seed, b, a)
		}
		if n := dsptest.Discontinuities(concealed) - dsptest.Discontinuities(pcm); n > len(lost)/20/3 {
			t.Errorf("seed %d: %d discontinuities in some %d gaps", seed, n, len(lost)/20)
		}
	}
}

// TestFade: full for 15 ms, silence after 70 ms, and a straight line between.
func TestFade(t *testing.T) {
	pcm := voiced(100, -15, 8000)
	got := run(pcm, 80, func(at int) bool { return at >= 4000 && at < 4800 })
	base := level.Of(pcm[4000:4080])
	for i, want := range []float64{0, -0.2, -1.8, -4.0, -7.0, -11.5} {
		if d := float64(level.Of(got[4000+80*i:4080+80*i]) - base); math.Abs(d-want) > 1 {
			t.Errorf("%d to %d ms into the gap: %.1f dB, want %.1f", 10*i, 10*i+10, d, want)
		}
	}
	for i, s := range got[4000+560 : 4800] {
		if s != 0 {
			t.Fatalf("sample %d after 70 ms is %d, want silence", i, s)
		}
	}
}

// TestNoClicks: no sample-to-sample step of the repaired signal is much larger than the signal itself has.
func TestNoClicks(t *testing.T) {
	largest := func(pcm []int16) (m float64) {
		for i := 1; i < len(pcm); i++ {
			m = max(m, math.Abs(float64(pcm[i])-float64(pcm[i-1])))
		}
		return
	}
	rng := rand.New(rand.NewPCG(5, 6))
	for range 40 {
		hz := 70 + 130*rng.Float64()
		pcm := voiced(hz, -15, 8000)
		for i := range pcm { // a voice is not quite steady
			pcm[i] = int16(float64(pcm[i]) * (1 + 0.3*math.Sin(float64(i)/900)))
		}
		at, n := 2000+rng.IntN(200), 8*(1+rng.IntN(50))
		got := run(pcm, 8, func(i int) bool { return i >= at && i < at+n })
		if l, want := largest(got), largest(pcm); l > 1.6*want {
			t.Errorf("%.0f Hz, %d samples lost at %d: step of %.0f, the signal has %.0f", hz, n, at, l, want)
		}
	}
}

func TestLossFromTheStartIsSilence(t *testing.T) {
	frame := []int16{1, 2, 3, 4, 5, 6, 7, 8}
	plc.New().Lost(frame)
	if !slices.Equal(frame, make([]int16, 8)) {
		t.Errorf("nothing heard yet, and the gap has %v", frame)
	}
}

func TestReset(t *testing.T) {
	c := plc.New()
	c.Good(voiced(100, -10, 800))
	c.Lost(make([]int16, 80))
	if !c.Concealing() {
		t.Error("Concealing is false in a gap")
	}
	c.Reset()
	if *c != *plc.New() {
		t.Error("Reset keeps something")
	}
}

func TestAnyCut(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	pcm := voiced(130, -12, 16000)
	for i, s := range noise(rng, -35, len(pcm)) {
		pcm[i] += s
	}
	lost := make([]bool, len(pcm)) // by sample
	for at := 500; at < len(pcm)-1000; at += 100 + rng.IntN(1500) {
		n := 1 + rng.IntN(700)
		for i := at; i < min(at+n, len(pcm)); i++ {
			lost[i] = true
		}
		at += n
	}
	conceal := func(cut func() int) []int16 {
		c, out := plc.New(), slices.Clone(pcm)
		for at := 0; at < len(out); {
			n := 1
			for most := cut(); n < most && at+n < len(out) && lost[at+n] == lost[at]; n++ {
			}
			if lost[at] {
				c.Lost(out[at : at+n])
			} else {
				c.Good(out[at : at+n])
			}
			at += n
		}
		return out
	}
	whole := conceal(func() int { return len(pcm) })
	for range 20 {
		if !slices.Equal(conceal(func() int { return 1 + rng.IntN(200) }), whole) {
			t.Fatal("the cut of the input changes the output")
		}
	}
}

// TestExtremes: full scale and random bits neither overflow nor panic, and what is not lost stays itself.
func TestExtremes(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	pcm := make([]int16, 8000)
	for i := range pcm {
		pcm[i] = []int16{-32768, 32767, 0}[rng.IntN(3)]
	}
	got := run(pcm, 80, func(at int) bool { return at%800 == 400 })
	for at := 0; at < len(pcm); at += 800 {
		if !slices.Equal(got[at:at+400], pcm[at:at+400]) {
			t.Fatal("good audio far from a gap is changed")
		}
	}
}

func TestAllocatesNothing(t *testing.T) {
	c, frame := plc.New(), voiced(100, -10, 160)
	if n := testing.AllocsPerRun(100, func() { c.Good(frame); c.Lost(frame) }); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

func BenchmarkConcealer(b *testing.B) {
	speech := voiced(120, -15, 16000)
	for _, bb := range []struct {
		name string
		lost func(i int) bool
	}{
		{"loss=0", func(int) bool { return false }},
		{"loss=10%", func(i int) bool { return i%10 == 9 }},
	} {
		b.Run(bb.name, func(b *testing.B) {
			c, frame, i := plc.New(), make([]int16, 160), 0
			b.ReportAllocs()
			for b.Loop() {
				if bb.lost(i) {
					c.Lost(frame)
				} else {
					copy(frame, speech[i%100*160:])
					c.Good(frame)
				}
				i++
			}
			ns := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / 160
			b.ReportMetric(ns, "ns/sample")
			b.ReportMetric(125000/ns, "channels/core")
		})
	}
}
