package rtp

import (
	"math"
	"testing"
	"time"
)

func TestEModel(t *testing.T) {
	// G.107 annex B, table B.1: ratings and their scores.
	for r, want := range map[float64]float64{90: 4.34, 80: 4.03, 70: 3.60, 60: 3.10, 50: 2.58, -5: 1, 120: 4.5} {
		if got := score(r); math.Abs(got-want) > 0.007 { // the table rounds up
			t.Errorf("score of R = %v is %.3f, want %v", r, got, want)
		}
	}
	for _, c := range []struct {
		loss  float64
		delay time.Duration
		want  float64 // R by hand
	}{
		{0, 0, 93.2},
		{0, 100 * time.Millisecond, 93.2},
		{0, 400 * time.Millisecond, 93.2 - 24.07},
		{0.05, 50 * time.Millisecond, 93.2 - 95*5/30.1},
		{1, 0, 93.2 - 95*100/125.1},
	} {
		if got, want := EModel(c.loss, c.delay), score(c.want); math.Abs(got-want) > 0.005 {
			t.Errorf("loss %v, delay %v: %.3f, want %.3f", c.loss, c.delay, got, want)
		}
	}
}
