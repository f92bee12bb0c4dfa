package echo

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"tipring/dsp/dsptest"
	"tipring/dsp/level"
)

var long = flag.Bool("long", false, "test every level, loss and coding instead of one of each")

// A condition is one line on which the rows of G.168 are tested.
type condition struct {
	path   int // of dsptest.EchoPaths
	erl    float64
	rin    level.DBm0
	coding coding
	delay  int // ahead of the path, samples
	tail   int // ms
}

func (c condition) String() string {
	return fmt.Sprintf("%s ERL %v LRin %v %s", dsptest.EchoPaths()[c.path], c.erl, c.rin, c.coding)
}

func (c condition) line(nlp bool) *line {
	return newLine(Config{TailMs: c.tail, NLP: nlp}, c.echoPath(0), c.coding)
}

// echoPath is the path, or another one, so many tables further.
func (c condition) echoPath(further int) []float64 {
	names := dsptest.EchoPaths()
	return dsptest.EchoPath(names[(c.path+further)%len(names)], c.erl, c.delay)
}

func (c condition) css(seconds float64) []int16 { return dsptest.CSS(c.rin, int(seconds*second)) }

// figure11 is the residual level of G.168 figure 11 in dBm0.
func (c condition) figure11() level.DBm0 { return 25*c.rin/30 - 30 }

// freeze stops adaptation for good, as the inhibit of G.168's procedures does.
func (l *line) freeze() { l.control.skip = math.MaxInt }

// residual runs n seconds of the composite source signal and returns the peak level of Sout after the first 50 ms.
func (l *line) residual(c condition, seconds float64) level.DBm0 {
	t := l.run(c.css(seconds), nil)
	return peakLevel(t.sout, 400, len(t.sout))
}

// rows are the tests of G.168 that have a limit and need no equipment besides a line. Each returns what it measured, and
// what the clause allows.
var rows = []struct {
	name string
	run  func(c condition) (got, limit level.DBm0)
}{
	{"2A(a) convergence, NLP on: LRET <= -65 dBm0 from 1 s", func(c condition) (level.DBm0, level.DBm0) {
		l := c.line(true)
		l.run(make([]int16, second/5), nil)
		l.run(c.css(1), nil)
		return l.residual(c, 3), -65
	}},
	{"2A(b) reconvergence, NLP on: LRET <= -65 dBm0 from 1 s", func(c condition) (level.DBm0, level.DBm0) {
		l := c.line(true)
		l.run(c.css(4.9), nil)
		l.path = c.echoPath(3)
		l.run(c.css(1.05), nil)
		return l.residual(c, 3), -65
	}},
	{"2B(a) convergence, NLP off: LRES 20 dB below the echo at 1 s", func(c condition) (level.DBm0, level.DBm0) {
		l := c.line(false)
		l.run(c.css(1.05), nil)
		t := l.run(c.css(1.05), nil)
		echo := peakLevel(t.sin, 0, len(t.sin))
		return peakLevel(t.sout, 0, len(t.sout)), echo - 20
	}},
	{"2B(a) convergence, NLP off: LRES <= figure 11 at 10 s", func(c condition) (level.DBm0, level.DBm0) {
		l := c.line(false)
		l.run(c.css(10.15), nil)
		return l.residual(c, 1.05), c.figure11()
	}},
	{"2B(b) reconvergence, NLP off: LRES <= figure 11 at 10 s", func(c condition) (level.DBm0, level.DBm0) {
		l := c.line(false)
		l.run(c.css(4.9), nil)
		l.path = c.echoPath(3)
		l.run(c.css(10.15), nil)
		return l.residual(c, 1.05), c.figure11()
	}},
	{"2C(a) convergence in noise, NLP off: LRES <= noise", func(c condition) (level.DBm0, level.DBm0) {
		noise := min(c.rin-15, -30)
		l := c.line(false)
		l.run(c.css(1.05), dsptest.White(5, noise, second*105/100))
		l.freeze()
		return l.residual(c, 1.05), noise
	}},
	{"2C(b) convergence in noise, NLP on: LRET <= noise", func(c condition) (level.DBm0, level.DBm0) {
		noise := min(c.rin-15, -30)
		l := c.line(true)
		l.run(c.css(1.05), dsptest.White(5, noise, second*105/100))
		l.freeze()
		return l.residual(c, 1.05), noise
	}},
	{"3A double talk from cold: LRES <= LSgen", func(c condition) (level.DBm0, level.DBm0) {
		l := c.line(false)
		l.run(c.css(5.6), dsptest.DoubleTalk(c.rin-15, 56*second/10))
		l.freeze()
		return l.residual(c, 1.05), c.rin - 15
	}},
	{"3B(a) loud double talk: LRES <= figure 11 + 10 dB", func(c condition) (level.DBm0, level.DBm0) {
		l := c.line(false)
		l.run(c.css(5.6), nil)
		l.run(c.css(5.6), dsptest.DoubleTalk(c.rin, 56*second/10))
		l.freeze()
		return l.residual(c, 1.05), c.figure11() + 10
	}},
	{"3B(b) quiet double talk, 6 dB: LRES <= figure 11 + 3 dB", quietTalk(6)},
	{"3B(b) quiet double talk, 12 dB: LRES <= figure 11 + 3 dB", quietTalk(12)},
	{"3B(b) quiet double talk, 20 dB: LRES <= figure 11 + 3 dB", quietTalk(20)},
	{"3B(b) quiet double talk, 30 dB: LRES <= figure 11 + 3 dB", quietTalk(30)},
	{"3C conversation, NLP on: single talk LRET <= peak LSgen", func(c condition) (level.DBm0, level.DBm0) {
		_, single, near := conversation(c)
		return single, near
	}},
	{"3C conversation, NLP on: double talk Sout <= LSgen + 6 dB", func(c condition) (level.DBm0, level.DBm0) {
		double, _, near := conversation(c)
		return double, near + 6
	}},
	{"4 leak: LRES <= figure 11 + 10 dB after 2 minutes of silence", func(c condition) (level.DBm0, level.DBm0) {
		l := c.line(false)
		l.run(c.css(10.15), nil)
		l.run(make([]int16, 120*second), nil)
		l.freeze()
		return l.residual(c, 1.05), c.figure11() + 10
	}},
	{"5 open path: LRET <= -37 dBm0 within 1 s", func(c condition) (level.DBm0, level.DBm0) {
		l := c.line(true)
		l.run(c.css(5.6), nil)
		l.path = []float64{0}
		l.run(c.css(1.05), nil)
		return l.residual(c, 3.5), -37
	}},
	{"6 narrowband signals: LRES <= figure 11 + 10 dB after 40 s of tones", func(c condition) (level.DBm0, level.DBm0) {
		l := c.line(false)
		l.run(c.css(5.6), nil)
		for _, hz := range [][]float64{{697}, {941}, {1336}, {1633}, {697, 1209}, {770, 1336}, {852, 1477}, {941, 1633}} {
			at := level.DBm0(-9)
			if len(hz) == 1 {
				at = -11
			}
			var parts [][]int16
			for _, f := range hz {
				parts = append(parts, dsptest.Sine(f, at, 5*second))
			}
			l.run(dsptest.Mix(parts...), nil)
		}
		l.freeze()
		return l.residual(c, 1.05), c.figure11() + 10
	}},
	{"7 stability: a tone of 2 minutes from cold leaves no more than its echo", func(c condition) (level.DBm0, level.DBm0) {
		l := c.line(false)
		tone := dsptest.Sine(1004, c.rin, second)
		var worst, echo level.DBm0 = level.Silence, level.Silence
		for range 120 {
			t := l.run(tone, nil)
			worst, echo = max(worst, level.Of(t.sout)), max(echo, level.Of(t.sin))
		}
		return worst, echo + 0.1
	}},
	{"8 signalling tones of the near end: level changed by less than 2 dB", func(c condition) (level.DBm0, level.DBm0) {
		l := c.line(true)
		l.run(c.css(2.1), nil)
		var change float64
		for _, hz := range [][]float64{{2400}, {2600}, {2400, 2600}, {2040}, {2280}, {1700, 900}} { // No. 5, SSMF, R2, R1
			for _, rin := range [][]int16{make([]int16, second), c.css(1)} {
				tone := dsptest.Sine(hz[0], -13, second)
				if len(hz) == 2 {
					tone = dsptest.Mix(tone, dsptest.Sine(hz[1], -13, second))
				}
				out := l.run(rin, tone).sout
				for _, f := range hz {
					change = max(change, math.Abs(float64(dsptest.ToneLevel(out[400:], f)-dsptest.ToneLevel(tone[400:], f))))
				}
			}
		}
		return level.DBm0(change), 2
	}},
	{"10A facsimile, calling side: no more than the echo of V.21 sent, V.21 received changes by less than 2 dB", fax(false)},
	{"10B facsimile, called side: no more than the echo of CED and V.21 sent, V.21 received changes by less than 2 dB", fax(true)},
}

// v21 is channel 2 of V.21 at 300 bit/s: random bits at 1650 and 1850 Hz.
func v21(seed uint64, d level.DBm0, n int) []int16 {
	rng := rand.New(rand.NewPCG(seed, 21))
	out := make([]int16, n)
	var phase, hz float64
	for i := range out {
		if i*300/8000 != (i-1)*300/8000 || i == 0 {
			hz = 1650 + 200*float64(rng.IntN(2))
		}
		phase += 2 * math.Pi * hz / 8000
		out[i] = int16(d.Amplitude() * math.Sin(phase))
	}
	return out
}

// fax is test 10: tones and V.21 from cold, first sent, then received. The worse of residual and change is returned, in dB
// above what is allowed: no limit of the residual is known, but the canceller must not add to it.
func fax(called bool) func(c condition) (got, limit level.DBm0) {
	return func(c condition) (level.DBm0, level.DBm0) {
		l, echo := c.line(true), level.Silence
		if called {
			ced := l.run(dsptest.Sine(2100, c.rin, 3*second), nil)
			echo = level.Of(ced.sout) - level.Of(ced.sin)
			l.run(make([]int16, second*75/1000), nil)
		}
		l.run(v21(1, c.rin, second), nil)
		sent := l.run(v21(2, c.rin, second), nil)
		echo = max(echo, level.Of(sent.sout)-level.Of(sent.sin))
		received := v21(3, c.rin, second)
		out := l.run(make([]int16, second), received).sout
		change := level.DBm0(math.Abs(float64(level.Of(out)-level.Of(received)))) - 2
		return max(echo, change), 0
	}
}

func quietTalk(below level.DBm0) func(c condition) (got, limit level.DBm0) {
	return func(c condition) (level.DBm0, level.DBm0) {
		l := c.line(false)
		l.run(c.css(5.6), nil)
		l.run(c.css(5.6), dsptest.DoubleTalk(c.rin-below, 56*second/10))
		l.freeze()
		return l.residual(c, 1.05), c.figure11() + 3
	}
}

// conversation is test 3C: double talk, single talk, double talk and near end alone. It returns the peak levels of Sout in
// double talk and after the first second of single talk, and of Sgen.
func conversation(c condition) (double, single, near level.DBm0) {
	n := 56 * second / 10
	sgen := dsptest.DoubleTalk(c.rin, n)
	near = peakLevel(sgen, 0, n)
	l := c.line(true)
	peak := func(rin, sgen []int16) level.DBm0 {
		t := l.run(rin, sgen)
		return peakLevel(t.sout, 0, len(t.sout))
	}
	l.run(c.css(2.1), nil)
	double = peak(c.css(5.6), sgen)
	l.run(c.css(1.4), nil)
	single = peak(c.css(5.6), nil)
	double = max(double, peak(c.css(5.6), sgen))
	return max(double, peak(make([]int16, n), sgen)), single, near
}

// conditions gives all paths at the least loss that G.168 allows; with -long also at 10 dB, all levels and both codings.
func conditions(tail int) []condition {
	levels, losses, codings := []level.DBm0{-15}, []float64{6}, []coding{mulaw}
	if *long {
		losses, levels, codings = []float64{6, 10}, []level.DBm0{-30, -20, -10, 0}, []coding{mulaw, linear}
	}
	var out []condition
	for p := range dsptest.EchoPaths() {
		for _, erl := range losses {
			for _, rin := range levels {
				for _, cod := range codings {
					out = append(out, condition{path: p, erl: erl, rin: rin, coding: cod, tail: tail})
				}
			}
		}
	}
	return out
}

// TestG168 runs each row on each path and reports the condition with the least margin.
func TestG168(t *testing.T) {
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			worst, text := level.DBm0(math.Inf(1)), ""
			failed := 0
			all := conditions(32)
			for _, c := range all {
				got, limit := row.run(c)
				if limit-got < worst {
					worst, text = limit-got, fmt.Sprintf("%.1f where %.1f is allowed, on %v", got, limit, c)
				}
				if got > limit {
					failed++
				}
			}
			t.Logf("least margin %.1f dB: %s", worst, text)
			if failed > 0 {
				t.Errorf("%d of %d conditions are over the limit; the worst: %s", failed, len(all), text)
			}
		})
	}
}
