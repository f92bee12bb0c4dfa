package echo

import (
	"testing"

	"tipring/dsp/dsptest"
)

// TestStats: what is reported is what the path was, and reading it allocates nothing.
func TestStats(t *testing.T) {
	for _, delay := range []int{0, 100, 300} {
		l := newLine(Config{TailMs: 64}, dsptest.EchoPath("D.2", 12, delay), linear)
		if s := l.Stats(); s != (Stats{}) {
			t.Errorf("a canceller that heard nothing reports %+v", s)
		}
		l.run(dsptest.White(1, -15, 4*second), nil)
		s := l.Stats()
		// The strongest tap of D.2 is at 6; white noise sees 0.9 dB more loss than the composite source signal.
		if want := float32(delay+6) / 8; s.DelayMs != want {
			t.Errorf("delay %v ms, want %v", s.DelayMs, want)
		}
		if s.ERL < 12.4 || s.ERL > 13.4 || s.ERLE < 40 || s.State != Converged {
			t.Errorf("after a delay of %d samples: %+v", delay, s)
		}
		if n := testing.AllocsPerRun(100, func() { s = l.Stats() }); n != 0 {
			t.Errorf("Stats allocates %v times", n)
		}
	}
}
