package echo

import (
	"math"
	"math/cmplx"
	"math/rand/v2"
	"testing"

	"tipring/dsp/dsptest"
	"tipring/dsp/level"
)

// qam is the page of a facsimile: 2400 symbols a second of 16 points around 1700 Hz, as V.29 sends at 9600 bit/s.
func qam(seed uint64, d level.DBm0, n int) []int16 {
	const symbol, rollOff, reach = 8000.0 / 2400, 0.25, 6
	rng := rand.New(rand.NewPCG(seed, 29))
	points := make([]complex128, int(float64(n)/symbol)+2*reach+2)
	for i := range points {
		points[i] = complex(float64(2*rng.IntN(4)-3), float64(2*rng.IntN(4)-3))
	}
	pulse := func(t float64) float64 { // raised cosine, t in symbols
		x := 1 - 4*rollOff*rollOff*t*t
		if t == 0 || math.Abs(x) < 1e-9 {
			t, x = 1e-6, 1
		}
		return math.Sin(math.Pi*t) / (math.Pi * t) * math.Cos(math.Pi*rollOff*t) / x
	}
	out := make([]int16, n)
	for i := range out {
		at := float64(i) / symbol
		var v complex128
		for k := int(at); k < int(at)+2*reach; k++ {
			v += points[k] * complex(pulse(at+reach-float64(k)), 0)
		}
		out[i] = int16(1000 * real(v*cmplx.Rect(1, 2*math.Pi*1700*float64(i)/8000)))
	}
	return dsptest.AtLevel(out, d)
}

// fractional is a path that comes so many samples later.
func fractional(path []float64, shift float64) []float64 {
	out := make([]float64, len(path)+80)
	for i := range out {
		for j, v := range path {
			x := math.Pi * (float64(i-j) - shift)
			if x == 0 {
				out[i] += v
			} else {
				out[i] += v * math.Sin(x) / x
			}
		}
	}
	return out
}

// TestFigures reports what has no limit in the Recommendation, or none that could be had, at LRin -15 dBm0 and mu-law. That the
// canceller never adds to the echo is held.
func TestFigures(t *testing.T) {
	paths := func(names ...string) (sum []float64) { // each 20 ms after the last, 8 dB weaker
		for i, name := range names {
			for j, v := range dsptest.EchoPath(name, 8+8*float64(i), 160*i) {
				if j >= len(sum) {
					sum = append(sum, 0)
				}
				sum[j] += v
			}
		}
		return sum
	}
	css := dsptest.CSS(-15, 10*second)
	for _, tt := range []struct {
		name string
		path []float64
		tail int
		rin  []int16
	}{
		{"10C a facsimile's page is sent", dsptest.EchoPath("D.2", 8, 0), 32, qam(1, -15, 10*second)},
		{"10C a facsimile's page is sent, tail of 128 ms", dsptest.EchoPath("D.2", 8, 0), 128, qam(1, -15, 10*second)},
		{"14 a V.21 modem, one direction", dsptest.EchoPath("D.7", 8, 0), 64, v21(2, -15, 10*second)},
		{"two reflections 20 ms apart, CSS", paths("D.2", "D.5"), 64, css},
		{"three reflections 20 ms apart, CSS", paths("D.2", "D.5", "D.7"), 128, css},
		{"three reflections 20 ms apart, speech", paths("D.2", "D.5", "D.7"), 128, dsptest.Speech(1, -15, 10*second)},
		{"bulk delay of 64 ms inside a tail of 128 ms, CSS", dsptest.EchoPath("D.4", 8, 512), 128, css},
		{"bulk delay of 64 ms inside a tail of 128 ms, speech", dsptest.EchoPath("D.4", 8, 512), 128, dsptest.Speech(1, -15, 10*second)},
	} {
		l := newLine(Config{TailMs: tt.tail}, tt.path, mulaw)
		got := l.run(tt.rin, nil)
		t.Logf("%s: 20 dB after %.2f s, %.1f dB from 5 to 10 s", tt.name, got.reaches(20), got.loss(5*second, 10*second))
		if loss := got.loss(5*second, 10*second); loss < -0.5 {
			t.Errorf("%s: %.1f dB", tt.name, loss)
		}
	}

	l := newLine(Config{TailMs: 32, NLP: true}, dsptest.EchoPath("D.2", 8, 0), mulaw)
	l.run(qam(1, -15, 5*second), nil)
	page := qam(2, -20, 5*second)
	received := l.run(make([]int16, 5*second), page)
	t.Logf("10C a facsimile's page is received after one was sent: level changed by %.2f dB", level.Of(received.sout)-level.Of(received.sin))
	l.run(make([]int16, second), nil)
	both := l.run(v21(2, -15, second), dsptest.AtLevel(page, -20)[:second])
	t.Logf("10C a page is received while V.21 is sent: level changed by %.2f dB", level.Of(both.sout)-level.Of(page[:second]))

	// A far clock that is 50 ppm fast: the path moves by 0.4 samples a second.
	for _, sig := range signals {
		l := newLine(Config{TailMs: 64}, nil, mulaw)
		rin, h := signal(sig, -15, 20*second), dsptest.EchoPath("D.2", 8, 40)
		var sum trace
		for at := 0; at < len(rin); at += 400 {
			l.path = fractional(h, 50e-6*float64(at))
			got := l.run(rin[at:at+400], nil)
			sum.echo, sum.sout = append(sum.echo, got.echo...), append(sum.sout, got.sout...)
		}
		loss := sum.loss(10*second, 20*second)
		t.Logf("a clock that drifts by 50 ppm, %s: 20 dB after %.2f s, %.1f dB from 10 to 20 s", sig, sum.reaches(20), loss)
		if loss < 0 {
			t.Errorf("%s: the canceller adds to the echo", sig)
		}
	}
}
