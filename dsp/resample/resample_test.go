package resample_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"tipring/dsp/level"
	"tipring/dsp/resample"
)

// sine returns n samples at a rate.
func sine(hz float64, rate int, d level.DBm0, n int) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(math.Round(d.Amplitude() * math.Sin(2*math.Pi*hz/float64(rate)*float64(i))))
	}
	return pcm
}

func run(r *resample.Resampler, in []int16) []int16 {
	out := make([]int16, r.Max(len(in)))
	return out[:r.Process(out, in)]
}

// residue fits one sine of that frequency and a constant to pcm and returns its level and that of all else.
func residue(pcm []int16, hz float64, rate int) (tone, rest level.DBm0) {
	var cc, cs, ss, xc, xs float64
	w := 2 * math.Pi * hz / float64(rate)
	for i, v := range pcm {
		s, c := math.Sincos(w * float64(i))
		cc, cs, ss = cc+c*c, cs+c*s, ss+s*s
		xc, xs = xc+float64(v)*c, xs+float64(v)*s
	}
	det := cc*ss - cs*cs
	a, b := (xc*ss-xs*cs)/det, (xs*cc-xc*cs)/det
	var left float64
	for i, v := range pcm {
		s, c := math.Sincos(w * float64(i))
		e := float64(v) - a*c - b*s
		left += e * e
	}
	return level.OfSine(math.Hypot(a, b)), level.OfPower(left / float64(len(pcm)))
}

var pairs = [][2]int{{7200, 8000}, {8000, 7200}, {9600, 8000}, {8000, 9600}, {11025, 8000}, {8000, 11025}, {16000, 8000}, {8000, 16000}, {44100, 8000}, {48000, 8000}, {8000, 8001}}

// TestTonesStayOneLine: a tone below 92 % of half of the lower rate keeps its level, and everything else is 65 dB below it
// (rounding to 16 bits alone would be 98 dB below 0 dBm0).
func TestTonesStayOneLine(t *testing.T) {
	for _, p := range pairs {
		top := 0.92 * float64(min(p[0], p[1], 8000)) / 2
		for _, hz := range []float64{50, 300, 1004, 2100, top} {
			r := resample.New(p[0], p[1])
			out := run(r, sine(hz, p[0], -3, 2*p[0]))
			tone, rest := residue(out[len(out)/10:], hz, p[1])
			if math.Abs(float64(tone+3)) > 0.1 || rest > tone-65 {
				t.Errorf("%d to %d: %.0f Hz has %.2f dBm0 and the rest %.1f", p[0], p[1], hz, tone, rest)
			}
		}
	}
}

// TestNothingFolds: what lies beyond half of the lower rate by 8 % does not come out as something else.
func TestNothingFolds(t *testing.T) {
	for _, p := range pairs {
		if p[0] <= p[1] {
			continue
		}
		hz := min(1.08*float64(p[1])/2, 0.49*float64(p[0]))
		if hz < 1.08*float64(p[1])/2 {
			continue
		}
		out := run(resample.New(p[0], p[1]), sine(hz, p[0], 0, 2*p[0]))
		if got := level.Of(out[len(out)/10:]); got > -65 {
			t.Errorf("%d to %d: %.0f Hz leaves %.1f dBm0", p[0], p[1], hz, got)
		}
	}
}

// TestCount: as many samples come out as time has passed, at every moment.
func TestCount(t *testing.T) {
	for _, p := range pairs {
		r := resample.New(p[0], p[1])
		in, total, dst := 0, 0, make([]int16, 2000)
		for n := range 300 {
			in += n
			total += r.Process(dst[:r.Max(n)], make([]int16, n))
			if want := (in*p[1] + p[0] - 1) / p[0]; total != want {
				t.Fatalf("%d to %d: %d samples after %d, want %d", p[0], p[1], total, in, want)
			}
		}
	}
}

func TestDelay(t *testing.T) {
	for _, p := range pairs {
		r := resample.New(p[0], p[1])
		in := make([]int16, p[0])
		in[p[0]/2] = 30000
		out := run(r, in)
		best := 0
		for i, v := range out {
			if v > out[best] {
				best = i
			}
		}
		want := float64(p[0]/2+r.Delay()) * float64(p[1]) / float64(p[0])
		if math.Abs(float64(best)-want) > float64(p[1])/float64(p[0])/2+0.5 {
			t.Errorf("%d to %d: a pulse comes out at %d, want %.1f", p[0], p[1], best, want)
		}
	}
}

func TestAnyCut(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	in := make([]int16, 20000)
	for i := range in {
		in[i] = int16(rng.IntN(65536) - 32768)
	}
	for name, make1 := range makers() {
		want := run(make1(), in)
		for range 5 {
			r := make1()
			var got []int16
			for rest := in; len(rest) > 0; {
				n := min(len(rest), rng.IntN(500))
				got = append(got, run(r, rest[:n])...)
				rest = rest[n:]
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%s: the cut of the input changes the output", name)
			}
			r.Reset()
			if !slices.Equal(run(r, in), want) {
				t.Fatalf("%s: Reset keeps signal", name)
			}
		}
	}
}

func makers() map[string]func() *resample.Resampler {
	m := map[string]func() *resample.Resampler{
		"drift=200ppm": func() *resample.Resampler { r := resample.NewDrift(); r.SetPPM(200); return r },
	}
	for _, p := range pairs {
		m[fmt.Sprintf("from=%d/to=%d", p[0], p[1])] = func() *resample.Resampler { return resample.New(p[0], p[1]) }
	}
	return m
}

// TestDrift: a tone through 200 ppm comes out as one line 200 ppm higher, spurs 65 dB below it (the bar is 50), and the
// count of samples is right to one in ten seconds.
func TestDrift(t *testing.T) {
	for _, ppm := range []float64{-5000, -200, -50, 0, 0.5, 50, 200, 5000} {
		for _, hz := range []float64{300, 425, 1004, 2100, 3400} {
			r := resample.NewDrift()
			r.SetPPM(ppm)
			in := sine(hz, 8000, -3, 80000)
			out := run(r, in)
			if want := 80000 / (1 + ppm/1e6); math.Abs(float64(len(out))-want) > 1 {
				t.Errorf("%v ppm: %d samples, want %.1f", ppm, len(out), want)
			}
			tone, rest := residue(out[800:], hz*(1+ppm/1e6), 8000)
			if math.Abs(float64(tone+3)) > 0.1 || rest > tone-65 {
				t.Errorf("%v ppm: %.0f Hz has %.2f dBm0 and the rest %.1f", ppm, hz, tone, rest)
			}
		}
	}
}

// TestDriftChanges: a servo that moves the drift from block to block makes no click: no sample of a tone jumps by more than
// the tone's slope allows.
func TestDriftChanges(t *testing.T) {
	r := resample.NewDrift()
	rng := rand.New(rand.NewPCG(3, 4))
	in := sine(1004, 8000, 0, 80000)
	var out []int16
	for at := 0; at < len(in); at += 80 {
		r.SetPPM(rng.Float64()*400 - 200)
		out = append(out, run(r, in[at:at+80])...)
	}
	// The second difference of a sine is at most amplitude times (2 pi f/rate) squared.
	w := 2 * math.Pi * 1004 * 1.0002 / 8000
	most := level.DBm0(0).Amplitude()*w*w + 4
	for i := 402; i < len(out); i++ {
		if d := float64(out[i]) - 2*float64(out[i-1]) + float64(out[i-2]); math.Abs(d) > most {
			t.Fatalf("sample %d jumps by %.0f, a tone does by %.0f", i, d, most)
		}
	}
}

func TestRefuses(t *testing.T) {
	for name, f := range map[string]func(){
		"rate 0":                 func() { resample.New(0, 8000) },
		"rate too high":          func() { resample.New(8000, 1_000_000) },
		"drift of fixed rates":   func() { resample.New(8000, 9600).SetPPM(1) },
		"no room for the output": func() { resample.New(8000, 16000).Process(nil, make([]int16, 10)) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: accepted", name)
				}
			}()
			f()
		}()
	}
}

func TestAllocatesNothing(t *testing.T) {
	for name, make1 := range makers() {
		r := make1()
		in := make([]int16, 160)
		out := make([]int16, r.Max(160))
		if n := testing.AllocsPerRun(50, func() { r.Process(out, in) }); n != 0 {
			t.Errorf("%s: %v allocations a block", name, n)
		}
	}
}

func BenchmarkResample(b *testing.B) {
	for _, p := range append(pairs[:6:6], [2]int{}) {
		r, name := resample.NewDrift(), "drift"
		r.SetPPM(200)
		if p[0] != 0 {
			r, name = resample.New(p[0], p[1]), fmt.Sprintf("from=%d/to=%d", p[0], p[1])
		}
		b.Run(name, func(b *testing.B) {
			rate := max(p[0], 8000)
			in := sine(1004, rate, -15, rate/100)
			out := make([]int16, r.Max(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				r.Process(out, in)
			}
			ns := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / 80
			b.ReportMetric(ns, "ns/sample")
			b.ReportMetric(125000/ns, "channels/core")
		})
	}
}
