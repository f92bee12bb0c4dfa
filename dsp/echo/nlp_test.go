package echo

import (
	"testing"

	"tipring/dsp/dsptest"
	"tipring/dsp/level"
)

// TestComfortNoise is G.168 test 9: with NLP the line sounds as noisy while the far end talks as in its pauses, within 2 dB,
// at first and after the noise went down and up by 10 dB.
func TestComfortNoise(t *testing.T) {
	for _, noise := range []level.DBm0{-65, -55, -45, -40} {
		c := condition{path: 1, erl: 8, rin: -12, coding: linear, tail: 32}
		l := c.line(true)
		css := c.css(10.5)
		l.run(make([]int16, second), dsptest.White(3, noise, second))
		for i, step := range []level.DBm0{0, -10, 0} {
			got := l.run(css, dsptest.White(uint64(10+i), noise+step, len(css)))
			n := len(css)
			if d := level.Of(got.sout[n-28*second/10:]) - (noise + step); d < -2 || d > 2 {
				t.Errorf("noise %v then %+v dB: comfort noise is %+.1f dB off", noise, step, d)
			}
		}
	}
}

// TestNearTalker: the near end is heard as it is, in double talk and alone, by level and by correlation.
func TestNearTalker(t *testing.T) {
	for _, cod := range []coding{mulaw, linear} {
		for _, near := range []level.DBm0{-15, -20, -26} {
			c := condition{path: 3, erl: 10, rin: -18, coding: cod, tail: 32}
			l := c.line(true)
			l.run(c.css(3.5), nil)
			voice := dsptest.Speech(4, near, 10*second)
			for what, rin := range map[string][]int16{"far end silent": make([]int16, 10*second), "double talk": dsptest.Speech(8, -18, 10*second)} {
				got := l.run(rin, voice)
				corr, lag, windows := dsptest.SpeechCorrelation(voice, got.sout)
				t.Logf("near %v %s %s: %.4f", near, cod, what, corr)
				if corr < 0.98 || lag != 0 || windows < 7 {
					t.Errorf("near %v %s %s: correlation %.3f, lag %d in %d windows", near, cod, what, corr, lag, windows)
				}
				if d := level.Of(got.sout) - level.Of(voice); d < -1 || d > 1 {
					t.Errorf("near %v %s %s: level changed by %.1f dB", near, cod, what, d)
				}
			}
		}
	}
}

// TestNLPOff: without the processor Sout is Sin less the echo and nothing else.
func TestNLPOff(t *testing.T) {
	l := newLine(Config{TailMs: 32}, []float64{0}, linear)
	noise := dsptest.White(3, -60, 2*second)
	got := l.run(make([]int16, 2*second), noise)
	for i := range noise {
		if got.sout[i] != noise[i] {
			t.Fatalf("sample %d: %d came out as %d", i, noise[i], got.sout[i])
		}
	}
	l.SetNLP(true)
	if out := l.run(make([]int16, second), noise[:second]).sout; level.Of(out) < -60.5 || level.Of(out) > -59.5 {
		t.Errorf("with nothing to cancel, noise of -60 dBm0 comes out with %.1f", level.Of(out))
	}
}
