package tone_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"tipring/dsp/dsptest"
	"tipring/dsp/g711"
	"tipring/dsp/tone"
)

// recording is a tone as a line has it: cut in mid-cycle, through mu-law, in noise.
func recording(spec tone.Spec, ms, skipMs int) []int16 {
	g := tone.NewGenerator(spec, -18)
	g.Read(make([]int16, 8*skipMs))
	pcm := make([]int16, 8*ms)
	g.Read(pcm)
	pcm = dsptest.Mix(pcm, dsptest.White(1, -50, len(pcm)))
	octets := make([]byte, len(pcm))
	g711.MuLaw.Encode(octets, pcm)
	g711.MuLaw.Decode(pcm, octets)
	return pcm
}

// TestLearnsEveryZone: busy and congestion tone of all zones are learnt from 8 s that begin anywhere, and the
// zone's own tone is among those that are like it.
func TestLearnsEveryZone(t *testing.T) {
	for _, id := range tone.Zones() {
		plan, _ := tone.Zone(id)
		for _, name := range []string{"busy", "congestion"} {
			spec, _ := plan.Tone(name)
			for _, skip := range []int{130, 777} {
				pcm := recording(spec, 8000, skip)
				l, err := tone.Learn(pcm)
				if err != nil {
					t.Errorf("%s %s (%v): %v", id, name, spec, err)
					continue
				}
				// "!" of an introduction is not learnt: the repeated part is the tone.
				if !slices.Contains(l.Like, tone.Reference{Zone: id, Name: name}) {
					t.Errorf("%s %s (%v) is learnt as %v, like %v", id, name, spec, l.Spec, l.Like)
				}
				if math.Abs(float64(l.Level+18)) > 1 || l.Cycles < 2 || l.From < 0 || l.To > len(pcm) || l.To-l.From < len(pcm)/2 {
					t.Errorf("%s %s: level %.1f, %d cycles, from %d to %d of %d", id, name, l.Level, l.Cycles, l.From, l.To, len(pcm))
				}
			}
		}
	}
}

// TestLearns the forms that are not in every zone.
func TestLearns(t *testing.T) {
	for in, want := range map[string]string{
		"425":                                "425",
		"350+440":                            "350+440",
		"400*25/400,0/200,400*25/400,0/1000": "400*25/400,0/200,400*25/400,0/1000",
		"950/330,1400/330,1800/330,0/1000":   "950/330,1400/330,1800/330,0/1000",
		"1400+2060+2450+2600/100,0/100":      "1400+2060+2450+2600/100,0/100",
		"425/375,0/375,425@/375,0/375":       "425/375,0/375,425@/375,0/375",
		"433/310,0/290":                      "433/310,0/290",
	} {
		spec, err := tone.Parse(in)
		if err != nil {
			t.Fatal(err)
		}
		l, err := tone.Learn(recording(spec, 9000, 90))
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		wanted, _ := tone.Parse(want)
		if !sameSpec(l.Spec, wanted) {
			t.Errorf("%s is learnt as %v", in, l.Spec)
		}
	}
}

// sameSpec allows 2 Hz and 10 ms; at the ends of a modulated burst its envelope may be down, which makes it 20.
func sameSpec(a, b tone.Spec) bool {
	ms := 10.0
	if a.Segments[0].Modulated {
		ms = 20
	}
	turn := func(n int) bool {
		segs := slices.Concat(a.Segments[n:], a.Segments[:n])
		return slices.EqualFunc(segs, b.Segments, func(x, y tone.Segment) bool {
			for i := range x.Hz {
				if math.Abs(x.Hz[i]-y.Hz[i]) > 2 {
					return false
				}
			}
			return x.N == y.N && x.Modulated == y.Modulated && x.Low == y.Low && math.Abs(float64(x.Ms-y.Ms)) <= ms && (x.Ms == 0) == (y.Ms == 0)
		})
	}
	for n := range a.Segments {
		if turn(n) {
			return true
		}
	}
	return false
}

// TestLearnsAfterTalk: the recording of a call that ends.
func TestLearnsAfterTalk(t *testing.T) {
	spec, _ := tone.Parse("480+620/500,0/500")
	pcm := slices.Concat(dsptest.Speech(1, -15, 40000), recording(spec, 8000, 0))
	l, err := tone.Learn(pcm)
	if err != nil || !sameSpec(l.Spec, spec) || l.From < 36000 {
		t.Errorf("%v from %d, %v", l.Spec, l.From, err)
	}
}

func TestLearnRefuses(t *testing.T) {
	busy, _ := tone.Parse("425/500,0/500")
	for want, pcm := range map[string][]int16{
		"ms of audio":      make([]int16, 100),
		"no sound":         make([]int16, 40000),
		"no cadence twice": dsptest.Speech(3, -15, 80000),
		"no cadence":       recording(busy, 1400, 0),
		"power lies at":    dsptest.White(1, -15, 80000),
	} {
		if l, err := tone.Learn(pcm); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q: %v, %v", want, l.Spec, err)
		}
	}
}

func FuzzLearn(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4}, uint16(9000))
	f.Fuzz(func(t *testing.T, data []byte, n uint16) {
		pcm := make([]int16, n)
		for i := range pcm {
			if len(data) > 0 {
				pcm[i] = int16(data[i/40%len(data)]) << 7 * int16(1-2*(i/(1+int(data[0])%20)&1))
			}
		}
		l, err := tone.Learn(pcm)
		if err != nil {
			return
		}
		if _, err := tone.Parse(l.Spec.String()); err != nil {
			t.Errorf("%v: %v", l.Spec, err)
		}
	})
}
