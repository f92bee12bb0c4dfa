package tone_test

import (
	"math"
	"math/cmplx"
	"math/rand/v2"
	"slices"
	"testing"

	"tipring/dsp/level"
	"tipring/dsp/tone"
)

// amplitude is the peak value of the component at hz in pcm, by projection.
func amplitude(pcm []int16, hz float64) float64 {
	var sum complex128
	for i, s := range pcm {
		sum += complex(float64(s), 0) * cmplx.Exp(complex(0, -2*math.Pi*hz/8000*float64(i)))
	}
	return 2 * cmplx.Abs(sum) / float64(len(pcm))
}

func generate(t testing.TB, spec string, d level.DBm0, ms int) []int16 {
	t.Helper()
	s, err := tone.Parse(spec)
	if err != nil {
		t.Fatal(err)
	}
	pcm := make([]int16, ms*8)
	return pcm[:tone.NewGenerator(s, d).Read(pcm)]
}

func TestGeneratorFrequenciesAndLevel(t *testing.T) {
	for _, tt := range []struct {
		spec string
		hz   []float64 // expected components
		part []float64 // each one's share of the amplitude of a sine of the whole level
	}{
		{"425", []float64{425}, []float64{1}},
		{"350+440", []float64{350, 440}, []float64{math.Sqrt(0.5), math.Sqrt(0.5)}},
		{"1400+2060+2450+2600", []float64{1400, 2060, 2450, 2600}, []float64{0.5, 0.5, 0.5, 0.5}},
		{"400*25", []float64{375, 400, 425}, []float64{0.45 / math.Sqrt(1.405), 1 / math.Sqrt(1.405), 0.45 / math.Sqrt(1.405)}},
	} {
		for _, d := range []level.DBm0{-5, -13, -30} {
			pcm := generate(t, tt.spec, d, 2000)[8000:]
			if got := level.Of(pcm); math.Abs(float64(got-d)) > 0.05 {
				t.Errorf("%s at %v dBm0 has %.2f", tt.spec, d, got)
			}
			for i, f := range tt.hz {
				if got, want := amplitude(pcm, f), tt.part[i]*d.Amplitude(); math.Abs(got/want-1) > 0.01 {
					t.Errorf("%s at %v dBm0: %v Hz has amplitude %.1f, want %.1f", tt.spec, d, f, got, want)
				}
			}
		}
	}
}

func TestGeneratorReducedLevel(t *testing.T) {
	pcm := generate(t, "425/500,425@/500", -10, 1000)
	full, low := level.Of(pcm[800:3200]), level.Of(pcm[4800:7200])
	if d := float64(full - low); math.Abs(d-10.46) > 0.05 {
		t.Errorf("@ reduces by %.2f dB, want 10.46 (x0.3)", d)
	}
}

// TestGeneratorCadence reads the cadence of every tone of every zone back from the samples.
func TestGeneratorCadence(t *testing.T) {
	for _, id := range tone.Zones() {
		plan, _ := tone.Zone(id)
		for _, name := range plan.Names() {
			spec, _ := plan.Tone(name)
			g := tone.NewGenerator(spec, -10)
			at := 0
			segs := slices.Clone(spec.Segments)
			for _, s := range spec.Segments { // once more: the repetition
				if !s.Once {
					segs = append(segs, s)
				}
			}
			for i, seg := range segs {
				ms := seg.Ms
				if ms == 0 {
					ms = 300
				}
				pcm := make([]int16, ms*8)
				if n := g.Read(pcm); n != len(pcm) {
					t.Fatalf("%s %s ends in segment %d", id, name, i)
				}
				body := pcm[min(16, len(pcm)):] // after the edge
				want := level.DBm0(-10)
				switch {
				case seg.N == 0:
					want = level.Silence
				case seg.Low:
					want -= 10.46
				}
				// A burst shorter than a beat of its two frequencies has no level of its own.
				tolerance := 0.5
				if seg.N > 1 {
					tolerance = 3.2
				}
				if got := level.Of(body); math.Abs(float64(got-want)) > tolerance {
					t.Errorf("%s %s segment %d (%s at %d ms): %.2f dBm0, want %.2f", id, name, i, seg, at, got, want)
				}
				at += ms
				if seg.Ms == 0 {
					break
				}
			}
		}
	}
}

func TestGeneratorEnds(t *testing.T) {
	if got := len(generate(t, "!425/100,!0/50", -10, 1000)); got != 150*8 {
		t.Errorf("a tone played once gives %d samples, want 1200", got)
	}
	if got := len(generate(t, "!425/100,0", -10, 1000)); got != 8000 {
		t.Errorf("a tone that ends in silence gives %d samples, want silence for ever", got)
	}
	if got := tone.NewGenerator(tone.Spec{}, -10).Read(make([]int16, 80)); got != 0 {
		t.Errorf("an empty tone gives %d samples", got)
	}
}

// TestGeneratorIsContinuous bounds the second difference: a jump of value or phase would exceed that of the fastest sine.
func TestGeneratorIsContinuous(t *testing.T) {
	for _, spec := range []string{"425/97,0/53", "470/400,425/400", "350+440/750,440/750", "950/330,1400/330,1800/330,0/100"} {
		pcm := generate(t, spec, -10, 4000)
		s, _ := tone.Parse(spec)
		var w float64
		for _, seg := range s.Segments {
			for _, hz := range seg.Hz {
				w = max(w, 2*math.Pi*hz/8000)
			}
		}
		limit := level.DBm0(-10).Amplitude()*(w*w+2*w/16)*1.5 + 2
		for i := 2; i < len(pcm); i++ {
			if d := math.Abs(float64(pcm[i]) - 2*float64(pcm[i-1]) + float64(pcm[i-2])); d > limit {
				t.Fatalf("%s jumps at sample %d: second difference %.0f, at most %.0f", spec, i, d, limit)
			}
		}
	}
}

func TestGeneratorAnyCut(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, text := range []string{"350+440", "400*25/400,0/200,400*25/400,0/333", "!950/33,!1400/33,!1800/33,425@/50,0/50", "!425/100,!0/50"} {
		spec, _ := tone.Parse(text)
		whole := make([]int16, 12000)
		whole = whole[:tone.NewGenerator(spec, -10).Read(whole)]
		for range 20 {
			g := tone.NewGenerator(spec, -10)
			var cut []int16
			for len(cut) < 12000 {
				buf := make([]int16, min(1+rng.IntN(170), 12000-len(cut)))
				n := g.Read(buf)
				cut = append(cut, buf[:n]...)
				if n < len(buf) {
					break
				}
			}
			if !slices.Equal(cut, whole) {
				t.Fatalf("%s: the cut of the output changes it", text)
			}
		}
	}
}

func TestGeneratorAllocatesNothing(t *testing.T) {
	spec, _ := tone.Parse("350+440/10,0/10,400*25/10")
	g, pcm := tone.NewGenerator(spec, -10), make([]int16, 80)
	if n := testing.AllocsPerRun(100, func() { g.Read(pcm) }); n != 0 {
		t.Errorf("%v allocations a block", n)
	}
}

func BenchmarkGenerator(b *testing.B) {
	for _, text := range []string{"425", "350+440", "400*25", "1400+2060+2450+2600"} {
		b.Run("tone="+text, func(b *testing.B) {
			spec, _ := tone.Parse(text)
			g, pcm := tone.NewGenerator(spec, -10), make([]int16, 80)
			b.ReportAllocs()
			for b.Loop() {
				g.Read(pcm)
			}
			report(b, len(pcm))
		})
	}
}

func report(b *testing.B, samples int) {
	ns := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / float64(samples)
	b.ReportMetric(ns, "ns/sample")
	b.ReportMetric(125000/ns, "channels/core")
}
