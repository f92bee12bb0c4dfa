package tone_test

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tipring/dsp/dsptest"
	"tipring/dsp/level"
	"tipring/dsp/tone"
)

var full = flag.Bool("tone.full", false, "run the whole matrix of levels and frequency errors")

// heard is an event with its places in ms since the start of the audio.
type heard struct {
	tone.Event
	at        int // what the event says
	delivered int // the end of the slice that brought it
}

func (h heard) String() string { return fmt.Sprintf("%s %s @%d", h.Kind, h.Name, h.at) }

// listen runs a detector over audio in blocks of 10 ms.
func listen(d *tone.Detector, pcm []int16) (out []heard) {
	for at := 0; at < len(pcm); at += 80 {
		n := min(80, len(pcm)-at)
		for _, e := range d.Process(pcm[at:at+n], nil) {
			out = append(out, heard{e, (at + e.At) / 8, (at + n) / 8})
		}
	}
	return
}

// inOrder checks that every Start is followed by Recognised or End, every Recognised by End, and the places they name.
func inOrder(t *testing.T, what string, evs []heard) {
	t.Helper()
	var last *heard
	for i := range evs {
		e := &evs[i]
		ok := false
		switch {
		case e.Kind == tone.Start:
			ok = last == nil || last.Kind == tone.End
		case last == nil || last.Kind == tone.End:
		case e.Kind == tone.Recognised:
			ok = last.Kind == tone.Start
		case e.Kind == tone.End:
			ok = last.Kind == tone.Start || last.Name == e.Name
		}
		if !ok || e.at > e.delivered || last != nil && e.Kind != tone.End && e.at < last.at && last.Kind == tone.End {
			t.Errorf("%s: %v out of order in %v", what, *e, evs)
			return
		}
		last = e
	}
}

func recognised(evs []heard) (names []string) {
	for _, e := range evs {
		if e.Kind == tone.Recognised {
			names = append(names, e.Name)
		}
	}
	return
}

// detune multiplies all frequencies but those of modulation.
func detune(s tone.Spec, by float64) tone.Spec {
	out := tone.Spec{}
	for _, seg := range s.Segments {
		n := seg.N
		if seg.Modulated {
			n = 1
		}
		for i := range n {
			seg.Hz[i] *= by
		}
		out.Segments = append(out.Segments, seg)
	}
	return out
}

// enough is how many ms of a tone are needed to hear it all: its introduction and three cycles.
func enough(s tone.Spec) int {
	ms, loop := 0, 0
	for _, seg := range s.Segments {
		if seg.Ms == 0 {
			return ms + 2500
		}
		ms += seg.Ms
		if !seg.Once {
			loop += seg.Ms
		}
	}
	return min(ms+2*loop+600, 45000)
}

// steady returns the part of a tone that repeats, neighbours of the same sound joined, in the rotation that sorts first:
// two tones with the same one are one signal.
func steady(s tone.Spec) string {
	var segs []tone.Segment
	for _, seg := range s.Segments {
		if seg.Once {
			continue
		}
		if n := len(segs); n > 0 && sound(segs[n-1]) == sound(seg) {
			segs[n-1].Ms += seg.Ms
			continue
		}
		segs = append(segs, seg)
	}
	best := ""
	for i := range segs {
		text := fmt.Sprint(append(slices.Clone(segs[i:]), segs[:i]...))
		if best == "" || text < best {
			best = text
		}
	}
	return best
}

func sound(s tone.Segment) string {
	s.Ms, s.Once = 0, false
	return s.String()
}

var dialTones = []string{"dial", "stutter", "dialrecall"}

// acceptable lists the names under which a tone of a plan may be reported: its own, those of tones that are the same
// signal, and for the special forms of dial tone also "dial", as long as they sound like it.
func acceptable(plan *tone.Plan, name string) []string {
	spec, _ := plan.Tone(name)
	names := []string{name}
	for _, other := range plan.Names() {
		s, _ := plan.Tone(other)
		if other != name && steady(s) == steady(spec) && !slices.ContainsFunc(append(s.Segments, spec.Segments...), func(g tone.Segment) bool { return g.Once }) {
			names = append(names, other)
		}
	}
	dial, _ := plan.Tone("dial")
	if slices.Contains(dialTones, name) && dial.Segments[0].Ms == 0 && near(dial.Segments[0], spec.Segments[0]) {
		names = append(names, "dial")
	}
	return names
}

func near(a, b tone.Segment) bool {
	for i := range a.Hz {
		if math.Abs(a.Hz[i]-b.Hz[i]) > 0.03*a.Hz[i] {
			return false
		}
	}
	return true
}

// TestMatrix: every tone of every zone, at levels of -30 to -5 dBm0, frequencies 1% off, 25 dB of noise below it, is
// recognised under its name and under no other.
func TestMatrix(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	levels, errors := []level.DBm0{-30, -17, -5}, []float64{0.99, 1, 1.01}
	for zi, id := range tone.Zones() {
		plan, _ := tone.Zone(id)
		for ni, name := range plan.Names() {
			spec, _ := plan.Tone(name)
			accept := acceptable(plan, name)
			for i := range len(levels) * len(errors) {
				if !*full && i != (zi+ni)%(len(levels)*len(errors)) {
					continue
				}
				d, by := levels[i%3], errors[i/3]
				lead := 4000 + rng.IntN(500)
				pcm := make([]int16, lead+enough(spec)*8)
				tone.NewGenerator(detune(spec, by), d).Read(pcm[lead:])
				pcm = dsptest.Mix(pcm, dsptest.White(rng.Uint64(), d-25, len(pcm)))
				evs := listen(tone.NewDetector(plan), pcm)
				inOrder(t, id+" "+name, evs)
				got := recognised(evs)
				if len(got) == 0 || !slices.Contains(accept, got[0]) || !slices.Contains(accept, got[len(got)-1]) || len(got) > 2 ||
					len(got) == 2 && got[0] != "dial" {
					t.Errorf("%s %s %s at %v dBm0, frequency x %v: %v, want one of %v; %v", id, name, spec, d, by, got, accept, evs)
				}
			}
		}
	}
}

// TestJoinedMidway: a listener that is connected at any point of a tone recognises it too.
func TestJoinedMidway(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 1))
	for _, id := range tone.Zones() {
		plan, _ := tone.Zone(id)
		for _, name := range []string{"dial", "busy", "ring", "congestion"} {
			spec, _ := plan.Tone(name)
			for range 2 {
				g := tone.NewGenerator(spec, -15)
				g.Read(make([]int16, rng.IntN(60000)))
				pcm := make([]int16, (enough(spec)+7000)*8)
				g.Read(pcm)
				if got := recognised(listen(tone.NewDetector(plan), pcm)); len(got) == 0 || slices.ContainsFunc(got, func(n string) bool { return !slices.Contains(acceptable(plan, name), n) }) {
					t.Errorf("%s %s joined midway: %v", id, name, got)
				}
			}
		}
	}
}

// TestDialToneInTime: with a plan for that purpose, dial tone is delivered within 600 ms in every zone where it is steady.
func TestDialToneInTime(t *testing.T) {
	for _, id := range tone.Zones() {
		plan, _ := tone.Zone(id)
		spec, _ := plan.Tone("dial")
		if spec.Segments[0].Ms != 0 {
			continue // Italy, Greece, Czech Republic: a cadence has to be heard
		}
		for _, lead := range []int{0, 4037} {
			pcm := make([]int16, lead+8000)
			tone.NewGenerator(spec, -20).Read(pcm[lead:])
			evs := listen(tone.NewDetector(plan.AwaitDial()), pcm)
			i := slices.IndexFunc(evs, func(h heard) bool { return h.Kind == tone.Recognised })
			if i < 0 || evs[i].Name != "dial" || evs[i].delivered-lead/8 > 600 {
				t.Errorf("%s after %d samples: %v", id, lead, evs)
			}
			s := slices.IndexFunc(evs, func(h heard) bool { return h.Kind == tone.Start })
			if s < 0 || s > i || evs[s].delivered-lead/8 > 130 || math.Abs(float64(evs[s].at-lead/8)) > 6 {
				t.Errorf("%s after %d samples: start %v", id, lead, evs)
			}
		}
	}
}

// TestBusyNeedsTwoCycles: a call is cleared on no less.
func TestBusyNeedsTwoCycles(t *testing.T) {
	for _, id := range tone.Zones() {
		plan, _ := tone.Zone(id)
		for _, name := range []string{"busy", "congestion"} {
			spec, _ := plan.Tone(name)
			cycle := 0
			for _, seg := range spec.Segments {
				if !seg.Once {
					cycle += seg.Ms
				}
			}
			pcm := make([]int16, 800+(4*cycle+3000)*8)
			tone.NewGenerator(spec, -15).Read(pcm[800:])
			evs := listen(tone.NewDetector(plan), pcm)
			i := slices.IndexFunc(evs, func(h heard) bool { return h.Kind == tone.Recognised })
			if i < 0 {
				t.Errorf("%s %s: %v", id, name, evs)
			} else if ms := evs[i].delivered - 100; ms < 2*cycle || ms > 3*cycle+700 {
				t.Errorf("%s %s, cycle of %d ms, recognised after %d ms", id, name, cycle, ms)
			}
		}
	}
}

func silence(ms int) []int16 { return make([]int16, ms*8) }

func sounds(t *testing.T, plan *tone.Plan, name string, ms int) []int16 {
	t.Helper()
	spec, ok := plan.Tone(name)
	if !ok {
		t.Fatalf("%s has no %s", plan.ID, name)
	}
	pcm := make([]int16, ms*8)
	tone.NewGenerator(spec, -15).Read(pcm)
	return pcm
}

func digits(text string) (pcm []int16) {
	for _, d := range text {
		i := strings.IndexRune("123A456B789C*0#D", d)
		lo, hi := []float64{697, 770, 852, 941}[i/4], []float64{1209, 1336, 1477, 1633}[i%4]
		pcm = slices.Concat(pcm, dsptest.Mix(dsptest.Sine(lo, -12, 800), dsptest.Sine(hi, -10, 800)), silence(100))
	}
	return
}

// TestCallsInProgress: what a line hears during a call, in the order in which it happens.
func TestCallsInProgress(t *testing.T) {
	for _, id := range []string{"us", "de", "uk", "jp", "au"} {
		plan, _ := tone.Zone(id)
		var pcm []int16
		for _, part := range [][]int16{
			silence(400), sounds(t, plan, "dial", 2600), silence(200), digits("0123456789*#ABCD"), silence(900),
			sounds(t, plan, "ring", 14000), silence(50), dsptest.Speech(3, -20, 60000), sounds(t, plan, "busy", 4100), silence(3000),
		} {
			pcm = append(pcm, part...)
		}
		pcm = dsptest.Mix(pcm, dsptest.White(1, -55, len(pcm)))
		evs := listen(tone.NewDetector(plan), pcm)
		if got := strings.Join(recognised(evs), " "); got != "dial ring busy" {
			t.Errorf("%s: %s; %v", id, got, evs)
		}
		inOrder(t, id, evs)
		if last := evs[len(evs)-1]; last.Kind != tone.End || last.Name != "busy" {
			t.Errorf("%s: the last event is %v of %v", id, last, evs)
		}
		for _, e := range evs {
			if e.Kind == tone.End && e.Name == "dial" {
				if math.Abs(float64(e.at-3000)) > 10 || e.delivered > 3000+100 {
					t.Errorf("%s: dial tone ended at 3000 ms, said at %d to have ended at %d", id, e.delivered, e.at)
				}
				break
			}
		}
	}
}

// TestTwist: the two frequencies of a tone may differ by 6 dB, either way.
func TestTwist(t *testing.T) {
	us, _ := tone.Zone("us")
	for _, twist := range []level.DBm0{-6, 6} {
		pcm := dsptest.Mix(dsptest.Sine(350, -20+twist/2, 16000), dsptest.Sine(440, -20-twist/2, 16000))
		if got := recognised(listen(tone.NewDetector(us), pcm)); !slices.Equal(got, []string{"dial"}) {
			t.Errorf("dial tone with %v dB between its frequencies: %v", twist, got)
		}
	}
}

func TestHz(t *testing.T) {
	de, _ := tone.Zone("de")
	for _, hz := range []float64{421, 425, 429} {
		for _, e := range listen(tone.NewDetector(de), dsptest.Sine(hz, -20, 16000)) {
			if e.Kind == tone.Recognised && math.Abs(float64(e.Hz)-hz) > 0.5 {
				t.Errorf("%v Hz is said to be %.2f", hz, e.Hz)
			}
		}
	}
}

// TestSITTolerance: E.180 clause 9.2, each frequency within 50 Hz and each length 330 +-70 ms, gaps of up to 30 ms.
func TestSITTolerance(t *testing.T) {
	us, _ := tone.Zone("us")
	for _, text := range []string{
		"!913.8/274,!1370.6/274,!1776.7/380,0", "!985.2/380,!1428.5/274,!1776.7/380,0", "!913.8/380,!1370.6/380,!1776.7/380,0",
		"!950/330,!0/30,!1400/330,!0/30,!1800/330,0",
	} {
		spec, err := tone.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		pcm := make([]int16, 16000)
		tone.NewGenerator(spec, -20).Read(pcm[4000:])
		evs := listen(tone.NewDetector(us), append(pcm, make([]int16, 8000)...))
		if got := recognised(evs); !slices.Equal(got, []string{"info"}) {
			t.Errorf("%s: %v", text, got)
		}
		if last := evs[len(evs)-1]; last.Kind != tone.End || last.Name != "info" {
			t.Errorf("%s: its silence has no end: the last event is %v %s", text, last.Kind, last.Name)
		}
	}
}
