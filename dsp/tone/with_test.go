package tone_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tipring/dsp/dsptest"
	"tipring/dsp/level"
	"tipring/dsp/tone"
)

// The tones that WithTreatment adds are recognised, in every zone, and every tone of the zone table is still called what it
// was.
func TestWithTreatment(t *testing.T) {
	for _, id := range tone.Zones() {
		base, _ := tone.Zone(id)
		plan := base.WithTreatment()
		if names := base.Names(); slices.Contains(names, tone.HowlerName) {
			t.Fatalf("%s: the plan that was asked has changed: %v", id, names)
		}
		for _, name := range plan.Names() {
			spec, _ := plan.Tone(name)
			pcm := make([]int16, 8*enough(spec))
			g := tone.NewGenerator(spec, -12)
			g.Read(pcm)
			got := recognised(listen(tone.NewDetector(plan), pcm))
			if _, ok := base.Tone(name); ok {
				if was := recognised(listen(tone.NewDetector(base), pcm)); !slices.Equal(got, was) {
					t.Errorf("%s %s: %v, and without the added tones %v", id, name, got, was)
				}
				continue
			}
			if id == "us-old" {
				continue // 480 Hz alone is the beginning of other tones of that plan: it is not told from them
			}
			if !slices.Equal(got, []string{name}) {
				t.Errorf("%s %s: recognised %v", id, name, got)
			}
		}
	}
	plan, _ := tone.Zone("us")
	plan = plan.WithTreatment()
	if names := recognised(listen(tone.NewDetector(plan), dsptest.Speech(5, -15, 60*8000))); len(names) != 0 {
		t.Errorf("speech is %v", names)
	}
}

// The howler at the limits of level, frequency and noise, in any cut, without an allocation, and its end.
func TestHowler(t *testing.T) {
	us, _ := tone.Zone("us")
	plan := us.WithTreatment()
	spec, _ := plan.Tone(tone.HowlerName)
	audio := func(dBm0 level.DBm0, off float64) []int16 {
		pcm := make([]int16, 2*8000)
		tone.NewGenerator(detune(spec, off), dBm0).Read(pcm[:8*1500])
		return pcm
	}
	for _, dBm0 := range []level.DBm0{0, -12, -30} {
		for _, off := range []float64{0.99, 1, 1.01} {
			evs := listen(tone.NewDetector(plan), audio(dBm0, off))
			last := evs[len(evs)-1]
			if names := recognised(evs); !slices.Equal(names, []string{tone.HowlerName}) || last.Kind != tone.End || last.at < 1490 || last.at > 1530 {
				t.Errorf("%v dBm0, frequencies by %v: %v", dBm0, off, evs)
			}
		}
	}
	pcm := audio(-12, 1)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range pcm {
		pcm[i] += int16(r.NormFloat64() * level.DBm0(-30).RMS())
	}
	want := fmt.Sprint(listen(tone.NewDetector(plan), pcm))
	if !strings.Contains(want, tone.HowlerName) {
		t.Errorf("in noise: %s", want)
	}
	for range 20 {
		d := tone.NewDetector(plan)
		var got []heard
		for at := 0; at < len(pcm); {
			n := min(1+r.IntN(400), len(pcm)-at)
			for _, e := range d.Process(pcm[at:at+n], nil) {
				if e.Name == tone.HowlerName {
					got = append(got, heard{Event: e, at: at + e.At})
				}
			}
			at += n
		}
		if len(got) != 2 || got[0].Kind != tone.Recognised || got[1].Kind != tone.End || got[1].at/8 < 1490 {
			t.Fatalf("cut: %v", got)
		}
	}
	d, evs := tone.NewDetector(plan), make([]tone.Event, 0, 16)
	if n := testing.AllocsPerRun(100, func() { evs = d.Process(pcm[:800], evs[:0]) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
