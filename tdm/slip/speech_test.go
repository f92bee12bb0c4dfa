package slip

import (
	"testing"

	"tipring/dsp/dsptest"
)

// Speech survives: one-second windows, each aligned, correlate with what was said, and hardly a click is heard, with clocks
// 200 ppm apart, with jitter and with loss.
func TestSpeech(t *testing.T) {
	const seconds = 20
	said := dsptest.Speech(21, -20, (seconds+2)*8000)
	signal := func(i int64) int16 { return said[i] }
	clicks := dsptest.Discontinuities(said)
	for _, row := range []struct {
		name   string
		ppm    float64
		jitter float64
		loss   float64
		least  float64 // median correlation
		clicks int     // more than in what was said
	}{
		{"clean", 0, 0, 0, 0.999, 0},
		{"-200 ppm", -200, 0, 0, 0.99, 1},
		{"jitter 80 ms", -50, 640, 0, 0.98, 2},
		{"loss 1%", 0, 160, 0.01, 0.98, 2},
	} {
		b := New(Config{})
		s := sender{signal: signal, size: 160, ppm: row.ppm, delay: func(i int) float64 {
			if hash(i+5000) < row.loss {
				return -1
			}
			return row.jitter * hash(i)
		}}
		var heard []int16
		playOut(b, s.packets((seconds+1)*50), 80, seconds*100, func(_ int64, dst []int16) { heard = append(heard, dst...) })
		median, _, windows := dsptest.SpeechCorrelation(said[:seconds*8000], heard)
		n := dsptest.Discontinuities(heard) - clicks
		if median < row.least || windows < seconds-8 || n > row.clicks {
			t.Errorf("%s: median correlation %.4f of %d windows, %d discontinuities more", row.name, median, windows, n)
			t.Logf("%+v", b.Stats())
		}
	}
}
