package echo

import (
	"slices"
	"testing"
	"unsafe"

	"tipring/dsp/dsptest"
	"tipring/dsp/level"
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

// TestAnyCut: the output does not depend on how the input is cut.
func TestAnyCut(t *testing.T) {
	rin := dsptest.Mix(dsptest.CSS(-15, 2*second), dsptest.Sine(697, -40, second))
	near := append(make([]int16, second), dsptest.Speech(3, -25, second)...)
	whole := newLine(Config{TailMs: 32, NLP: true}, dsptest.EchoPath("D.4", 8, 20), mulaw)
	whole.chunk = len(rin)
	want := whole.run(rin, near).sout
	for _, chunk := range []int{1, 7, 63, 64, 65, 80, 160, 1001} {
		l := newLine(Config{TailMs: 32, NLP: true}, dsptest.EchoPath("D.4", 8, 20), mulaw)
		l.chunk = chunk
		if got := l.run(rin, near).sout; !slices.Equal(got, want) {
			t.Errorf("pieces of %d samples give another output", chunk)
		}
	}
}

// TestInPlace: Sout may overwrite Sin.
func TestInPlace(t *testing.T) {
	rin, sin := dsptest.White(1, -15, second), dsptest.White(2, -25, second)
	a, b := New(Config{TailMs: 16}), New(Config{TailMs: 16})
	out := make([]int16, second)
	a.Process(out, sin, rin)
	b.Process(sin, sin, rin)
	if !slices.Equal(out, sin) {
		t.Error("output differs when it overwrites the input")
	}
}

func TestNoAllocation(t *testing.T) {
	rin, sin, out := dsptest.Speech(1, -15, second), dsptest.Speech(2, -25, second), make([]int16, 80)
	k := New(Config{TailMs: 128, NLP: true})
	at := 0
	if n := testing.AllocsPerRun(99, func() {
		k.Process(out, sin[at:at+80], rin[at:at+80])
		at += 80
	}); n != 0 {
		t.Errorf("Process allocates %v times", n)
	}
}

// TestDisabled: bit-exact pass-through, the model is kept and works at once when it is enabled again.
func TestDisabled(t *testing.T) {
	l := newLine(Config{TailMs: 32, NLP: true}, dsptest.EchoPath("D.3", 8, 0), mulaw)
	l.run(dsptest.CSS(-15, 5*second), nil)
	l.SetEnabled(false)
	pass := l.run(dsptest.CSS(-15, 5*second), dsptest.White(4, -20, 5*second))
	if !slices.Equal(pass.sin, pass.sout) {
		t.Error("Sin does not pass unchanged")
	}
	if s := l.Stats(); s.State != Disabled || s.State.String() != "disabled" {
		t.Errorf("state %v", s.State)
	}
	l.SetEnabled(true)
	l.SetNLP(false)
	if loss := l.run(dsptest.CSS(-15, second), nil).loss(0, second); loss < 28 {
		t.Errorf("%.1f dB after being enabled again", loss)
	}
}

// TestReset: a canceller that was reset behaves as a new one.
func TestReset(t *testing.T) {
	run := func(k *Canceller) []int16 {
		rin, sin := dsptest.Speech(5, -15, second), dsptest.Speech(6, -25, second)
		out := make([]int16, second)
		k.Process(out, sin, rin)
		return out
	}
	used := newLine(Config{TailMs: 48, NLP: true}, dsptest.EchoPath("D.5", 6, 30), mulaw)
	used.run(dsptest.CSS(-10, 3*second+17), dsptest.Speech(9, -20, second))
	used.Reset()
	if s := used.Stats(); s != (Stats{}) {
		t.Errorf("after Reset %+v", s)
	}
	if !slices.Equal(run(used.Canceller), run(New(Config{TailMs: 48, NLP: true}))) {
		t.Error("something of the past is left")
	}
}

// TestSlip: after lost samples the model still stands, and echo of what is not known any more is not invented.
func TestSlip(t *testing.T) {
	for _, lost := range []int{1, 80, 240} {
		l := newLine(Config{TailMs: 32}, dsptest.EchoPath("D.2", 8, 40), linear)
		rin := dsptest.White(1, -15, 6*second)
		l.run(rin[:3*second], nil)
		l.Slip(0)
		if loss := l.run(rin[3*second:4*second], nil).loss(0, second); loss < 50 {
			t.Errorf("a slip of nothing leaves %.1f dB", loss)
		}
		// The canceller misses the samples, the line does not.
		k := l.Canceller
		l.Canceller = New(Config{})
		l.run(rin[4*second:4*second+lost], nil)
		l.Canceller = k
		l.Slip(lost)
		after := l.run(rin[4*second+lost:], nil)
		if in, out := level.Of(after.sin[:256]), level.Of(after.sout[:256]); out > in+1 {
			t.Errorf("%d samples lost: %.1f dBm0 of echo, %.1f behind the canceller", lost, in, out)
		}
		if loss := after.loss(512, second); loss < 40 {
			t.Errorf("%d samples lost: %.1f dB from 64 ms on", lost, loss)
		}
	}
}

// TestTails: each tail covers a path as late as it is long, and no later one.
func TestTails(t *testing.T) {
	for _, ms := range []int{8, 9, 16, 24, 48, 64, 100, 128} {
		covered := (ms + 7) / 8 * 64
		for _, tt := range []struct {
			at   int
			want bool
		}{{covered - 1, true}, {0, true}, {covered, false}} {
			path := make([]float64, tt.at+1)
			path[tt.at] = 0.4
			l := newLine(Config{TailMs: ms}, path, linear)
			rin := dsptest.White(1, -15, 5*second)
			l.run(rin[:4*second], nil)
			loss := l.run(rin[4*second:], nil).loss(0, second)
			if (loss > 45) != tt.want || !tt.want && loss < -1 {
				t.Errorf("%d ms: an echo after %d samples is reduced by %.1f dB", ms, tt.at, loss)
			}
			if s := l.Stats(); tt.want && s.DelayMs != float32(tt.at)/8 {
				t.Errorf("%d ms: delay %v ms for %d samples", ms, s.DelayMs, tt.at)
			}
		}
	}
	for _, ms := range []int{-8, 7, 129} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("a tail of %d ms is accepted", ms)
				}
			}()
			New(Config{TailMs: ms})
		}()
	}
	if got := len(New(Config{}).Response(nil)); got != 512 {
		t.Errorf("without a tail length: %d taps", got)
	}
}

// TestStates: what the canceller says it does, in each situation.
func TestStates(t *testing.T) {
	l := newLine(Config{TailMs: 32}, dsptest.EchoPath("D.2", 8, 0), mulaw)
	state := func(want State, rin, near []int16) {
		t.Helper()
		l.run(rin, near)
		if s := l.Stats(); s.State != want {
			t.Errorf("state %v (%+v), want %v", s.State, s, want)
		}
	}
	white := dsptest.White(1, -15, 4*second)
	state(Idle, make([]int16, second), nil)
	state(Converging, white[:second/10], nil)
	state(Converged, white, nil)
	state(DoubleTalk, white[:second/2], dsptest.White(2, -20, second))
	state(Converged, white[:second/2], nil)
	state(Tone, dsptest.Sine(2100, -12, second), nil)
	state(Idle, make([]int16, second), dsptest.White(2, -20, second))
	state(Converged, white[:second], nil)
	before := l.Stats().Resets
	l.path = dsptest.EchoPath("D.7", 6, 30)
	l.run(white[:second], nil)
	if s := l.Stats(); s.Resets == before || s.State != Converged {
		t.Errorf("after a change of path %+v", s)
	}
}

// TestPhase: cancellers of different phases transform at different samples, and cancel as well.
func TestPhase(t *testing.T) {
	rin := dsptest.White(1, -15, 2*second)
	for _, phase := range []int{0, 1, 40, 63, 64 + 17, -1} {
		l := newLine(Config{TailMs: 16, Phase: phase}, dsptest.EchoPath("D.2", 8, 0), linear)
		for range 2 {
			// The first block ends where the phase says: the spectrum of Rin is there from then on.
			first := 64 - (phase&63+64)&63
			l.run(rin[:first-1], nil)
			before := l.xre[l.head]
			l.run(rin[first-1:first], nil)
			if before != (spectrum{}) || l.xre[l.head] == (spectrum{}) {
				t.Errorf("phase %d: the first block does not end after %d samples", phase, first)
			}
			l.run(rin, nil)
			if loss := l.run(rin[:second], nil).loss(0, second); loss < 50 {
				t.Errorf("phase %d: %.1f dB", phase, loss)
			}
			l.Reset()
			l.past = make([]float64, longestPath)
		}
	}
}

// TestSize: what a channel with the longest tail keeps stays in the cache of a core with that of its neighbours.
func TestSize(t *testing.T) {
	k := New(Config{TailMs: 128})
	size := int(unsafe.Sizeof(*k)) + 2*4*blockLen // scratch of the plan
	for _, s := range k.spectra() {
		size += len(*s) * int(unsafe.Sizeof((*s)[0]))
	}
	t.Logf("%d bytes", size)
	if size >= 48<<10 {
		t.Errorf("%d bytes a channel", size)
	}
}

// A tone that a talker's line brings and the far end's hybrid returns is predictable from its own echo, but no hybrid makes a tone
// louder: from cold, it goes through.
func TestReturnedTone(t *testing.T) {
	for _, hz := range []float64{440, 1004, 2600} {
		for _, delay := range []int{0, 100, 400} {
			const n = 3 * 8000
			tone := dsptest.Sine(hz, -15, n)
			returned := make([]int16, n)
			for i := delay; i < n; i++ {
				returned[i] = tone[i-delay] / 4
			}
			k := New(Config{TailMs: 64, NLP: true})
			out := make([]int16, n)
			k.Process(out, tone, returned)
			for at := 0; at < n; at += 4000 {
				if l := dsptest.ToneLevel(out[at:at+4000], hz); l < -16 || l > -14 {
					t.Errorf("%.0f Hz, returned after %d samples: %.1f dBm0 from sample %d on, want -15", hz, delay, l, at)
				}
			}
		}
	}
}
