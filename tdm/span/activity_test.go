package span

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"tipring/dsp/dsptest"
	"tipring/dsp/g711"
	"tipring/dsp/level"
)

// hear gives a detector a signal of n samples through G.711 and returns what it found, with positions in the signal.
func hear(a *activity, n int, cut int, signal func(i int) float64) []activityEvent {
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = g711.ALaw.DecodeSample(g711.ALaw.EncodeSample(int16(signal(i))))
	}
	var all []activityEvent
	for at := 0; at < n; at += cut {
		for _, e := range a.process(pcm[at:min(at+cut, n)], nil) {
			e.at += at
			all = append(all, e)
		}
	}
	return all
}

func tones(dBm0 float64, hz ...float64) func(i int) float64 {
	amp := level.DBm0(dBm0).Amplitude()
	return func(i int) (v float64) {
		for _, f := range hz {
			v += amp * math.Sin(2*math.Pi*f*float64(i)/8000)
		}
		return v
	}
}

func hiss(dBm0 float64) func(i int) float64 {
	rng := rand.New(rand.NewPCG(8, 8))
	rms := level.DBm0(dBm0).RMS()
	return func(int) float64 { return rms * rng.NormFloat64() }
}

func cadence(on, off int, signal func(i int) float64) func(i int) float64 {
	return func(i int) float64 {
		if i%(on+off) < on {
			return signal(i)
		}
		return 0
	}
}

func sum(fs ...func(i int) float64) func(i int) float64 {
	return func(i int) (v float64) {
		for _, f := range fs {
			v += f(i)
		}
		return v
	}
}

func speech(dBm0 level.DBm0) func(i int) float64 {
	pcm := dsptest.Speech(11, dBm0, 80000)
	return func(i int) float64 { return float64(pcm[i]) }
}

func TestVoice(t *testing.T) {
	const second = 8000
	for _, row := range []struct {
		name   string
		signal func(i int) float64
		want   bool
	}{
		{"speech at -20", speech(-20), true},
		{"speech at -30", speech(-30), true},
		{"speech at -20 in noise at -45", sum(speech(-20), hiss(-45)), true},
		{"nothing", func(int) float64 { return 0 }, false},
		{"hiss at -30", hiss(-30), false},
		{"US ringback", cadence(2*second, 4*second, tones(-16, 440, 480)), false},
		{"US ringback in noise at -35", sum(cadence(2*second, 4*second, tones(-16, 440, 480)), hiss(-38)), false},
		{"UK ringback", cadence(3200, 1600, tones(-16, 400, 450)), false},
		{"US busy", cadence(second/2, second/2, tones(-16, 480, 620)), false},
		{"congestion 425", cadence(second/4, second/4, tones(-10, 425)), false},
		{"dial tone", tones(-13, 350, 440), false},
		{"DTMF", cadence(400, 400, tones(-8, 770, 1336)), false},
		{"noisy busy", sum(cadence(second/2, second/2, tones(-25, 425)), hiss(-40)), false},
	} {
		a := &activity{voice: true}
		evs := hear(a, 10*second, 80, row.signal)
		if (len(evs) > 0) != row.want {
			t.Errorf("%s: %+v", row.name, evs)
		}
		if row.want && len(evs) > 0 && evs[0].at > 3*second/2 {
			t.Errorf("%s: found at %d", row.name, evs[0].at)
		}
	}
}

func TestSilence(t *testing.T) {
	signal := func(i int) float64 {
		if i >= 3000 && i < 20000 || i >= 24000 {
			return hiss(-50)(i)
		}
		return tones(-20, 1000)(i)
	}
	evs := hear(&activity{silence: 8000}, 60000, 160, signal)
	if len(evs) != 2 || evs[0].at < 3000+8000 || evs[0].at > 3000+8320 || evs[0].dur < 8000 || evs[1].at < 32000 || evs[1].at > 32320 {
		t.Errorf("found %+v", evs)
	}
}

func TestActivityAnyCut(t *testing.T) {
	signal := func() func(i int) float64 { return cadence(16000, 12000, speech(-22)) }
	whole := hear(&activity{silence: 4000, voice: true}, 80000, 80000, signal())
	if len(whole) < 3 {
		t.Fatalf("found %+v", whole)
	}
	for _, cut := range []int{1, 8, 80, 160, 333} {
		if got := hear(&activity{silence: 4000, voice: true}, 80000, cut, signal()); !slices.Equal(got, whole) {
			t.Errorf("cut %d: %+v, whole %+v", cut, got, whole)
		}
	}
}
