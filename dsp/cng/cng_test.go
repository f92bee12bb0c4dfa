package cng_test

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tipring/dsp/cng"
	"tipring/dsp/level"
)

func read(n cng.Noise, seed uint64, samples int) []int16 {
	g := cng.NewGenerator(seed)
	g.Set(n)
	g.Read(make([]int16, 800)) // past the glide
	pcm := make([]int16, samples)
	g.Read(pcm)
	return pcm
}

func TestPayload(t *testing.T) {
	for _, tt := range []struct {
		payload []byte
		level   level.DBm0
		order   int
		k0      float64
	}{
		{[]byte{0}, 6.18, 0, 0},
		{[]byte{78}, -71.82, 0, 0},
		{[]byte{127, 127}, -120.82, 1, 0},
		{[]byte{50, 0, 254}, -43.82, 2, -258 * 127.0 / 32768}, // RFC 3389 §3.2: k = 258 (N-127) / 32768
		{append([]byte{50, 200}, make([]byte, 20)...), -43.82, 10, 258 * 73.0 / 32768},
	} {
		n, err := cng.FromRFC3389(tt.payload)
		if err != nil || math.Abs(float64(n.Level-tt.level)) > 1e-9 || n.Order != tt.order || math.Abs(float64(n.Reflection[0])-tt.k0) > 1e-6 {
			t.Errorf("%v = %+v, %v", tt.payload, n, err)
		}
		if got := n.AppendRFC3389(nil); !bytes.Equal(got, tt.payload[:1+tt.order]) {
			t.Errorf("%v, read and written, is %v", tt.payload, got)
		}
	}
	for _, tt := range []struct {
		payload []byte
		want    string
	}{{nil, "empty"}, {[]byte{128}, "level octet 128"}, {[]byte{60, 127, 255}, "coefficient 2"}} {
		if _, err := cng.FromRFC3389(tt.payload); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v: error %v, want one with %q", tt.payload, err, tt.want)
		}
	}
	if got := (cng.Noise{Level: 20}).AppendRFC3389(nil); got[0] != 0 {
		t.Errorf("a level above overload is sent as %d", got[0])
	}
	if got := cng.White(level.Silence - 60).AppendRFC3389(nil); got[0] != 127 {
		t.Errorf("a level below -127 dBov is sent as %d", got[0])
	}
}

func FuzzFromRFC3389(f *testing.F) {
	f.Add([]byte{60})
	f.Add([]byte{60, 1, 2, 3, 254})
	f.Fuzz(func(t *testing.T, payload []byte) {
		n, err := cng.FromRFC3389(payload)
		if err != nil {
			return
		}
		if got := n.AppendRFC3389(nil); !bytes.Equal(got, payload[:len(got)]) {
			t.Fatalf("%v is written as %v", payload, got)
		}
		// The most that a filter of this order can make of the level, sustained, is the level.
		pcm := read(n, 1, 2000)
		if got, most := level.Of(pcm), max(n.Level, -70)+12; got > most {
			t.Fatalf("%v makes %.1f dBm0 of %.1f", payload, got, n.Level)
		}
	})
}

func TestGeneratorLevel(t *testing.T) {
	for _, d := range []level.DBm0{-30, -45, -55, -60} {
		for _, n := range []cng.Noise{
			cng.White(d),
			{Level: d, Order: 1, Reflection: [cng.MaxOrder]float32{-0.9}},
			{Level: d, Order: 4, Reflection: [cng.MaxOrder]float32{-0.8, 0.5, -0.3, 0.2}},
		} {
			if got := level.Of(read(n, 7, 40000)); math.Abs(float64(got-d)) > 0.5 {
				t.Errorf("noise of %v dBm0, order %d, has %.2f", d, n.Order, got)
			}
		}
	}
	if got := level.Of(read(cng.White(level.Silence), 1, 800)); got != level.Silence {
		t.Errorf("noise at the level of silence has %.1f dBm0", got)
	}
}

// TestGeneratorSpectrum measures the first autocorrelation, which a first reflection coefficient k makes -k.
func TestGeneratorSpectrum(t *testing.T) {
	for _, k := range []float32{-0.7, 0, 0.7} {
		pcm := read(cng.Noise{Level: -30, Order: 1, Reflection: [cng.MaxOrder]float32{k}}, 3, 40000)
		var r0, r1 float64
		for i := 1; i < len(pcm); i++ {
			r0 += float64(pcm[i]) * float64(pcm[i])
			r1 += float64(pcm[i]) * float64(pcm[i-1])
		}
		if got := r1 / r0; math.Abs(got+float64(k)) > 0.03 {
			t.Errorf("k = %v: autocorrelation %.3f, want %v", k, got, -k)
		}
	}
}

func TestGeneratorGlides(t *testing.T) {
	g := cng.NewGenerator(1)
	pcm := make([]int16, 160)
	g.SetLevel(-30)
	g.Read(pcm)
	if first, last := level.Of(pcm[:40]), level.Of(pcm[120:]); first > last-10 {
		t.Errorf("a new level begins at %.1f and goes to %.1f dBm0 within 20 ms", first, last)
	}
}

func TestSeeds(t *testing.T) {
	a, b := read(cng.White(-30), 1, 8000), read(cng.White(-30), 2, 8000)
	var dot, pa, pb float64
	for i := range a {
		dot += float64(a[i]) * float64(b[i])
		pa += float64(a[i]) * float64(a[i])
		pb += float64(b[i]) * float64(b[i])
	}
	if r := dot / math.Sqrt(pa*pb); math.Abs(r) > 0.05 {
		t.Errorf("two seeds correlate by %.3f", r)
	}
	if !slices.Equal(a, read(cng.White(-30), 1, 8000)) {
		t.Error("one seed gives two noises")
	}
}

func TestEstimatorLevel(t *testing.T) {
	for _, d := range []level.DBm0{-40, -50, -60} {
		e := cng.NewEstimator()
		e.Process(read(cng.White(d), 5, 24000))
		if got := e.Level(); math.Abs(float64(got-d)) > 1.5 {
			t.Errorf("white noise of %v dBm0 is taken for %.1f", d, got)
		}
		// Words of 300 ms with pauses of 200 ms on top.
		pcm := read(cng.White(d), 6, 40000)
		for i := range pcm {
			if i%4000 < 2400 {
				pcm[i] += int16(level.DBm0(-20).Amplitude() * math.Sin(float64(i)*0.3))
			}
		}
		e.Process(pcm)
		if got := e.Level(); math.Abs(float64(got-d)) > 2.5 {
			t.Errorf("noise of %v dBm0 under words is taken for %.1f", d, got)
		}
	}
}

func TestEstimatorFollows(t *testing.T) {
	e := cng.NewEstimator()
	if e.Level() != level.Silence {
		t.Errorf("before any audio: %v", e.Level())
	}
	e.Process(read(cng.White(-60), 1, 16000))
	e.Process(read(cng.White(-45), 2, 16000))
	if got := e.Level(); math.Abs(float64(got)+45) > 1.5 {
		t.Errorf("2 s after noise rises to -45 dBm0: %.1f", got)
	}
	e.Process(read(cng.White(-65), 3, 1600))
	if got := e.Level(); math.Abs(float64(got)+65) > 2.5 {
		t.Errorf("200 ms after noise falls to -65 dBm0: %.1f", got)
	}
	e.Reset()
	if e.Level() != level.Silence {
		t.Error("Reset keeps the level")
	}
}

func TestEstimatorSpectrum(t *testing.T) {
	want := cng.Noise{Level: -40, Order: 2, Reflection: [cng.MaxOrder]float32{-0.8, 0.4}}
	e := cng.NewEstimator()
	e.Process(read(want, 9, 40000))
	got := e.Noise()
	if math.Abs(float64(got.Reflection[0]+0.8)) > 0.07 || math.Abs(float64(got.Reflection[1]-0.4)) > 0.12 {
		t.Errorf("spectrum %v, want -0.8, 0.4", got.Reflection[:2])
	}
	if again := level.Of(read(got, 10, 40000)); math.Abs(float64(again-got.Level)) > 0.5 {
		t.Errorf("noise made of the estimate has %.1f dBm0, estimate %.1f", again, got.Level)
	}
	if silent := cng.NewEstimator().Noise(); silent.Order != 0 || silent.Level != level.Silence {
		t.Errorf("spectrum of nothing: %+v", silent)
	}
}

func TestAnyCut(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	n := cng.Noise{Level: -40, Order: 2, Reflection: [cng.MaxOrder]float32{-0.8, 0.4}}
	whole := make([]int16, 10000)
	g := cng.NewGenerator(4)
	g.Set(n)
	g.Read(whole)
	want := cng.NewEstimator()
	want.Process(whole)
	for range 20 {
		g := cng.NewGenerator(4)
		g.Set(n)
		e := cng.NewEstimator()
		var cut []int16
		for len(cut) < len(whole) {
			buf := make([]int16, min(rng.IntN(200), len(whole)-len(cut)))
			g.Read(buf)
			e.Process(buf)
			cut = append(cut, buf...)
		}
		if !slices.Equal(cut, whole) || *e != *want {
			t.Fatal("the cut changes the result")
		}
	}
}

func TestAllocatesNothing(t *testing.T) {
	g, e, pcm := cng.NewGenerator(1), cng.NewEstimator(), make([]int16, 80)
	n := cng.Noise{Level: -40, Order: 2, Reflection: [cng.MaxOrder]float32{-0.8, 0.4}}
	payload := make([]byte, 0, 16)
	if a := testing.AllocsPerRun(100, func() {
		g.Set(n)
		g.Read(pcm)
		e.Process(pcm)
		payload = e.Noise().AppendRFC3389(payload[:0])
		n, _ = cng.FromRFC3389(payload)
	}); a != 0 {
		t.Errorf("%v allocations a block", a)
	}
}

func BenchmarkGenerator(b *testing.B) {
	for _, order := range []int{0, 10} {
		b.Run(map[int]string{0: "order=0", 10: "order=10"}[order], func(b *testing.B) {
			g, pcm := cng.NewGenerator(1), make([]int16, 80)
			g.Set(cng.Noise{Level: -50, Order: order, Reflection: [cng.MaxOrder]float32{-0.5, 0.3, -0.2, 0.1}})
			b.ReportAllocs()
			for b.Loop() {
				g.Read(pcm)
			}
			report(b, len(pcm))
		})
	}
}

func BenchmarkEstimator(b *testing.B) {
	e, pcm := cng.NewEstimator(), read(cng.White(-50), 1, 80)
	b.ReportAllocs()
	for b.Loop() {
		e.Process(pcm)
	}
	report(b, len(pcm))
}

func report(b *testing.B, samples int) {
	ns := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / float64(samples)
	b.ReportMetric(ns, "ns/sample")
	b.ReportMetric(125000/ns, "channels/core")
}

// TestHoth measures the spectrum in bands of a sixth of their frequency.
func TestHoth(t *testing.T) {
	pcm := read(cng.Hoth(-20), 1, 1<<19)
	if got := level.Of(pcm); math.Abs(float64(got+20)) > 0.3 {
		t.Errorf("level %.2f dBm0", got)
	}
	density := func(hz float64) float64 {
		const n = 1024
		var sum float64
		var bins int
		for at := 0; at+n <= len(pcm)/4; at += n {
			for f := hz / 1.08; f < hz*1.08; f += 8000.0 / n {
				var re, im float64
				for i, s := range pcm[at : at+n] {
					w := 0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/n)
					sin, cos := math.Sincos(2 * math.Pi * f / 8000 * float64(i))
					re, im = re+w*float64(s)*cos, im+w*float64(s)*sin
				}
				sum += re*re + im*im
				bins++
			}
		}
		return 10 * math.Log10(sum/float64(bins))
	}
	ref := density(1000)
	for hz, want := range map[float64]float64{100: 16.2, 125: 14.7, 200: 11.4, 315: 8.2, 500: 4.9, 2000: -4.9, 3150: -8.4} {
		if got := density(hz) - ref; math.Abs(got-want) > 3 {
			t.Errorf("%v Hz: %.1f dB against 1 kHz, P.800 has %.1f", hz, got, want)
		}
	}
}
