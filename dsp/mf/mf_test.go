package mf_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"tipring/dsp/dsptest"
	"tipring/dsp/g711"
	"tipring/dsp/level"
	"tipring/dsp/mf"
)

var systems = []*mf.System{mf.R1, mf.R2Forward, mf.R2Backward}

// signal is a pair of frequencies, off by some hertz, at two levels, between silences.
func signal(hz [2]float64, off [2]float64, first, second level.DBm0, ms int) []int16 {
	pcm := make([]int16, 8*(ms+200))
	copy(pcm[800:], dsptest.Mix(dsptest.Sine(hz[0]+off[0], first, 8*ms), dsptest.Sine(hz[1]+off[1], second, 8*ms)))
	return pcm
}

// frequencies of signal n, from the definition of the numbers: the k-th frequency joins all before it.
func frequencies(s *mf.System, n int) [2]float64 {
	for k := 1; k < 6; k++ {
		if n <= k {
			return [2]float64{s.Hz[n-1], s.Hz[k]}
		}
		n -= k
	}
	panic("no such signal")
}

func starts(evs []mf.Event) (list []int) {
	for _, e := range evs {
		if e.Kind == mf.Start {
			list = append(list, e.Signal)
		}
	}
	return list
}

func check(t *testing.T, s *mf.System, what string, pcm []int16, want ...int) {
	t.Helper()
	if got := starts(mf.NewDetector(s).Process(pcm, nil)); !slices.Equal(got, want) {
		t.Errorf("%s, %s: heard %v, sent %v", s.Name, what, got, want)
	}
}

// TestKnownPairs holds the numbering to a few rows of the tables of Q.441 and of R1.
func TestKnownPairs(t *testing.T) {
	for _, tt := range []struct {
		s    *mf.System
		name byte
		a, b float64
	}{
		{mf.R1, '1', 700, 900}, {mf.R1, '5', 900, 1300}, {mf.R1, '9', 1100, 1500}, {mf.R1, '0', 1300, 1500}, {mf.R1, 'K', 1100, 1700}, {mf.R1, 'S', 1500, 1700},
		{mf.R2Forward, '1', 1380, 1500}, {mf.R2Forward, '6', 1620, 1740}, {mf.R2Forward, '0', 1740, 1860}, {mf.R2Forward, 'F', 1860, 1980},
		{mf.R2Backward, '1', 1140, 1020}, {mf.R2Backward, '3', 1020, 900}, {mf.R2Backward, 'B', 1140, 540},
	} {
		n := tt.s.Number(tt.name)
		if got := frequencies(tt.s, n); got != [2]float64{tt.a, tt.b} {
			t.Errorf("%s %q is signal %d of %v Hz, want %v and %v", tt.s.Name, tt.name, n, got, tt.a, tt.b)
		}
		check(t, tt.s, fmt.Sprintf("%q", tt.name), signal([2]float64{tt.a, tt.b}, [2]float64{}, -10, -10, 68), n)
	}
	if mf.R1.Number('X') != 0 {
		t.Error("X is a signal")
	}
}

// TestLimits: every signal at the limits of level, difference of level and frequency that a receiver must accept.
func TestLimits(t *testing.T) {
	for _, s := range systems {
		top, bottom, twist := level.DBm0(0), level.DBm0(-22), level.DBm0(6)
		if s != mf.R1 {
			top, bottom = -5, -35
		}
		for n := 1; n <= 15; n++ {
			hz := frequencies(s, n)
			off := [2]float64{10, 10}
			switch {
			case s != mf.R1 && math.Abs(hz[0]-hz[1]) < 121:
				twist = 5
			case s != mf.R1:
				twist = 7
			default:
				off = [2]float64{0.015*hz[0] + 5, 0.015*hz[1] + 5}
			}
			for _, sign := range [][2]float64{{0, 0}, {1, 1}, {-1, -1}, {1, -1}, {-1, 1}} {
				o := [2]float64{off[0] * sign[0], off[1] * sign[1]}
				for _, l := range [][2]level.DBm0{{top - 3, top - 3}, {bottom, bottom}, {-15, -15 - twist}, {-15 - twist, -15}, {bottom + twist, bottom}} {
					check(t, s, fmt.Sprintf("signal %d off by %.0f and %.0f Hz at %v dBm0", n, o[0], o[1], l), signal(hz, o, l[0], l[1], 60), n)
				}
			}
		}
	}
}

// TestRefused: what a receiver must not take for a signal.
func TestRefused(t *testing.T) {
	for _, s := range systems {
		hz := frequencies(s, 5)
		check(t, s, "one frequency", dsptest.Sine(hz[0], -10, 8000))
		check(t, s, "20 dB apart", signal(hz, [2]float64{}, -5, -25, 100))
		check(t, s, "60 Hz off", signal(hz, [2]float64{60, 60}, -10, -10, 100))
		check(t, s, "10 ms", signal(hz, [2]float64{}, -10, -10, 10))
		check(t, s, "-45 dBm0", signal(hz, [2]float64{}, -45, -45, 100))
		check(t, s, "three frequencies", dsptest.Mix(signal(hz, [2]float64{}, -10, -10, 100), signal(frequencies(s, 6), [2]float64{}, -10, -10, 100)))
		check(t, s, "noise", dsptest.White(1, -10, 80000))
		check(t, s, "dial tone", dsptest.Mix(dsptest.Sine(350, -13, 16000), dsptest.Sine(440, -13, 16000)))
	}
}

// TestNoise: every one of 300 signals through noise 15 dB below them and both laws.
func TestNoise(t *testing.T) {
	for _, s := range systems {
		for n := 1; n <= 15; n++ {
			for seed := range uint64(20) {
				pcm := signal(frequencies(s, n), [2]float64{}, -15, -15, 68)
				pcm = dsptest.Mix(pcm, dsptest.White(seed, -27, len(pcm)))
				law := g711.Law(seed & 1)
				octets := make([]byte, len(pcm))
				law.Encode(octets, pcm)
				law.Decode(pcm, octets)
				check(t, s, fmt.Sprintf("signal %d in noise", n), pcm, n)
			}
		}
	}
}

// TestSpeech: an hour of speech would take long; in ten minutes there is no signal that lasts.
func TestSpeech(t *testing.T) {
	counts := map[string]int{}
	for seed := range uint64(10) {
		pcm := dsptest.Speech(seed, -18, 60*8000)
		for _, s := range systems {
			counts[s.Name] += len(starts(mf.NewDetector(s).Process(pcm, nil)))
		}
	}
	for name, n := range counts {
		if n > 0 {
			t.Errorf("%s: %d signals in ten minutes of speech", name, n)
		}
	}
}

// TestTimes: start, length and levels are reported, and pulses 20 ms apart are told apart.
func TestTimes(t *testing.T) {
	for _, s := range systems {
		for _, ms := range []int{50, 68, 100, 300} {
			pcm := signal(frequencies(s, 7), [2]float64{}, -8, -12, ms)
			evs := mf.NewDetector(s).Process(pcm, nil)
			if len(evs) != 2 {
				t.Errorf("%s: %d ms: %v", s.Name, ms, evs)
				continue
			}
			e := evs[1]
			if d := evs[0].At - 800; d < -40 || d > 40 || e.Kind != mf.End || e.At-evs[0].At != e.Dur || math.Abs(float64(e.Dur-8*ms)) > 80 {
				t.Errorf("%s: %d ms from sample 800: %v", s.Name, ms, evs)
			}
			if math.Abs(float64(e.First)+8) > 0.5 || math.Abs(float64(e.Second)+12) > 0.5 {
				t.Errorf("%s: -8 and -12 dBm0 are measured as %.1f and %.1f", s.Name, e.First, e.Second)
			}
		}
		g := mf.NewGenerator(s, -10)
		for _, n := range []int{5, 5, 9} {
			if err := g.Pulse(n, 50, 30); err != nil {
				t.Fatal(err)
			}
		}
		pcm := make([]int16, 8*400)
		g.Read(pcm)
		check(t, s, "50 ms on, 30 ms off", pcm, 5, 5, 9)
	}
}

func TestGenerator(t *testing.T) {
	g := mf.NewGenerator(mf.R1, -7)
	if err := g.Digits("K5551234S"); err != nil {
		t.Fatal(err)
	}
	pcm := make([]int16, 8*(9*(mf.PulseMs+mf.GapMs)+(mf.KPMs-mf.PulseMs)))
	g.Read(pcm)
	if !g.Idle() {
		t.Error("more than the lengths of the pulses")
	}
	var got []byte
	for _, n := range starts(mf.NewDetector(mf.R1).Process(pcm, nil)) {
		got = append(got, mf.R1.Names[n-1])
	}
	if string(got) != "K5551234S" {
		t.Errorf("heard %q", got)
	}
	if lo, hi := dsptest.ToneLevel(pcm[80:80+640], 1100), dsptest.ToneLevel(pcm[80:80+640], 1700); math.Abs(float64(lo+7)) > 0.1 || math.Abs(float64(hi+7)) > 0.1 {
		t.Errorf("KP has %.2f and %.2f dBm0", lo, hi)
	}
	for name, err := range map[string]error{
		"signal 0": g.Pulse(0, 68, 68), "signal 16": g.Pulse(16, 68, 68), "no length": g.Pulse(1, 0, 68), "unknown": g.Digits("12x"), "too many": g.Digits(string(make([]byte, 65))),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if !g.Idle() {
		t.Error("a fault queued something")
	}
}

// TestCompelled: a signal lasts until it is stopped, and stops at once.
func TestCompelled(t *testing.T) {
	g, d := mf.NewGenerator(mf.R2Forward, -11.5), mf.NewDetector(mf.R2Forward)
	if err := g.Start(12); err != nil {
		t.Fatal(err)
	}
	var evs []mf.Event
	block := make([]int16, 80)
	for range 7000 { // 70 s
		g.Read(block)
		evs = d.Process(block, evs)
	}
	g.Stop()
	for range 5 {
		g.Read(block)
		evs = d.Process(block, evs)
	}
	// Q.452: operate and release time together at most 80 ms; the release alone within 40 here.
	if len(evs) != 2 || evs[1].Signal != 12 || evs[1].Dur < 70*8000-80 || evs[1].Dur > 70*8000+80 {
		t.Errorf("a signal of 70 s: %v", evs)
	}
}

func TestAnyCut(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, s := range systems {
		g := mf.NewGenerator(s, -10)
		if err := g.Digits("1234567890"); err != nil {
			t.Fatal(err)
		}
		pcm := make([]int16, 16000)
		for at := 0; at < len(pcm); {
			n := min(len(pcm)-at, rng.IntN(300))
			g.Read(pcm[at : at+n])
			at += n
		}
		whole := mf.NewDetector(s).Process(pcm, nil)
		if len(whole) != 20 {
			t.Fatalf("%s: %v", s.Name, whole)
		}
		d := mf.NewDetector(s)
		for range 5 {
			d.Reset()
			var got []mf.Event
			for at := 0; at < len(pcm); {
				n := min(len(pcm)-at, rng.IntN(300))
				for _, e := range d.Process(pcm[at:at+n], nil) {
					e.At += at
					got = append(got, e)
				}
				at += n
			}
			if !slices.Equal(got, whole) {
				t.Fatalf("%s: cut in pieces %v, whole %v", s.Name, got, whole)
			}
		}
	}
}

func TestAllocatesNothing(t *testing.T) {
	for _, s := range systems {
		g, d, evs, pcm := mf.NewGenerator(s, -10), mf.NewDetector(s), make([]mf.Event, 0, 32), make([]int16, 8000)
		if n := testing.AllocsPerRun(5, func() {
			g.Pulse(3, 68, 68)
			g.Read(pcm)
			evs = d.Process(pcm, evs[:0])
		}); n != 0 {
			t.Errorf("%s: %v allocations", s.Name, n)
		}
	}
}

func BenchmarkDetector(b *testing.B) {
	for _, s := range systems {
		for name, pcm := range map[string][]int16{"speech": dsptest.Speech(1, -18, 80000), "signal": signal(frequencies(s, 5), [2]float64{}, -10, -10, 9800)} {
			b.Run(fmt.Sprintf("system=%s/signal=%s", s.Name, name), func(b *testing.B) {
				d, evs, at := mf.NewDetector(s), make([]mf.Event, 0, 16), 0
				b.ReportAllocs()
				for b.Loop() {
					evs = d.Process(pcm[at:at+80], evs[:0])
					at = (at + 80) % (len(pcm) - 80)
				}
				ns := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / 80
				b.ReportMetric(ns, "ns/sample")
				b.ReportMetric(125000/ns, "channels/core")
			})
		}
	}
}

// TestShortest: Q.323 asks a receiver for pulses of 30 ms and gaps of 20.
func TestShortest(t *testing.T) {
	for n := 1; n <= 15; n++ {
		for phase := range 8 {
			g := mf.NewGenerator(mf.R1, -10)
			for range 3 {
				if err := g.Pulse(n, 30, 20); err != nil {
					t.Fatal(err)
				}
			}
			pcm := make([]int16, 1800+5*phase)
			g.Read(pcm[400+5*phase:])
			check(t, mf.R1, fmt.Sprintf("signal %d, 30 ms on, 20 ms off", n), pcm, n, n, n)
		}
	}
}
