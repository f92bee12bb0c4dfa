package echo

import (
	"slices"
	"testing"

	"tipring/dsp/dsptest"
)

// TestBulk: an echo that comes so much later than the tail reaches is found, wherever it is, by every signal, and
// cancelled as one that comes at once.
func TestBulk(t *testing.T) {
	paths, tails, delays := []int{0}, []int{32, 128}, []int{20, 333, 500}
	if *long {
		paths, tails, delays = []int{0, 1, 2, 3, 4, 5, 6, 7}, []int{16, 32, 64, 128}, []int{0, 20, 150, 333, 500}
	}
	for _, tail := range tails {
		for _, sig := range signals {
			var last, least float64 = 0, 100
			for _, p := range paths {
				for _, ms := range delays {
					if sig == "CSS" && ms == 500 {
						continue // the signal repeats after 350 ms, inverted: 150 ms explain the echo as well
					}
					delay := 8 * ms
					c := condition{path: p, erl: 8, rin: -15, coding: mulaw, delay: delay, tail: tail}
					l := newLine(Config{TailMs: tail, BulkMs: 500}, nil, mulaw)
					l.path = c.echoPath(0)
					got := l.run(signal(sig, c.rin, 10*second), nil)
					to20, steady := got.reaches(20), got.loss(5*second, 10*second)
					last, least = max(last, to20), min(least, steady)
					if s := l.Stats(); s.DelayMs < float32(delay)/8 || s.DelayMs > float32(delay)/8+12 || s.BulkMs > s.DelayMs {
						t.Errorf("%s %v, %d ms late: found at %v ms, bulk %v", sig, c, delay/8, s.DelayMs, s.BulkMs)
					}
				}
			}
			t.Logf("tail %d ms, %s: 20 dB after %.2f s at the latest, %.1f dB from 5 to 10 s at least", tail, sig, last, least)
			if limit := map[string]float64{"CSS": 2, "white": 2, "speech": 4}[sig]; last > limit || least < 30 {
				t.Errorf("tail %d ms, %s: limits 20 dB after %v s, 30 dB", tail, sig, limit)
			}
		}
	}
}

// TestBulkAnyCut: the search counts samples too, finds the delay at the same one however the input is cut, and allocates
// nothing.
func TestBulkAnyCut(t *testing.T) {
	late := func(chunk int) *line {
		l := newLine(Config{TailMs: 32, BulkMs: 300}, dsptest.EchoPath("D.4", 8, 200*8), mulaw)
		l.chunk = chunk
		return l
	}
	rin := dsptest.White(1, -15, 3*second)
	want := late(len(rin)).run(rin, nil).sout
	for _, chunk := range []int{1, 7, 80, 1001} {
		l := late(chunk)
		if got := l.run(rin, nil).sout; !slices.Equal(got, want) {
			t.Errorf("pieces of %d samples give another output", chunk)
		}
		l.Reset()
		if s := l.Stats(); s != (Stats{}) {
			t.Errorf("after Reset %+v", s)
		}
	}
	k, out, at := late(80), make([]int16, 80), 0
	if n := testing.AllocsPerRun(200, func() {
		k.Process(out, rin[at:at+80], rin[at:at+80])
		at = (at + 80) % second
	}); n != 0 {
		t.Errorf("Process allocates %v times", n)
	}
	for _, ms := range []int{-1, 1001} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("a bulk delay of %d ms is accepted", ms)
				}
			}()
			New(Config{BulkMs: ms})
		}()
	}
}
