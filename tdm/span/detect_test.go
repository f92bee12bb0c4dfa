package span

import (
	"fmt"
	"slices"
	"testing"

	"tipring/dsp/dtmf"
	"tipring/dsp/tone"
)

// A digitRecorder is a leg that writes down in which order it is called.
type digitRecorder struct {
	recorder
	t     *testing.T
	block int64 // at of the last Digits
	kinds []dtmf.Kind
	first int64 // sample at which the first Suspect was told
}

func (r *digitRecorder) Digits(at int64, evs []dtmf.Event) {
	if len(evs) == 0 {
		r.t.Error("Digits without any")
	}
	r.block = at
	r.log = append(r.log, fmt.Sprint("digits ", at))
	for _, e := range evs {
		r.kinds = append(r.kinds, e.Kind)
		if e.Kind == dtmf.Suspect && r.first == 0 {
			r.first = at
		}
	}
}

func (r *digitRecorder) Tick(at int64, rx, tx []int16) {
	r.log = append(r.log, fmt.Sprint("tick ", at))
	r.recorder.Tick(at, rx, tx)
}

// A digit reaches the leg before the block's Tick, as a suspicion while it is fresh and then for certain, and becomes
// events with the samples of its edges.
func TestDigits(t *testing.T) {
	for _, ms := range blockLengths {
		c := newTestCard(1, 0)
		digit := dtmf.NewSource("5", 80, 0, -10)
		pcm := make([]int16, 640)
		digit.Read(pcm)
		c.receive(0, func(at int64) int16 {
			if at >= 1003 && at < 1003+640 {
				return pcm[at-1003]
			}
			return 0
		})
		p := newTestPump(t, c, ms)
		leg := &digitRecorder{t: t}
		p.Attach(0, leg)
		p.Detect(0, Detect{Digits: true})
		evs := run(t, p, 3200)
		if len(evs) != 2 || evs[0].Kind != DigitStart || evs[1].Kind != DigitEnd || evs[0].Digit != '5' || evs[1].Digit != '5' {
			t.Fatalf("%d ms: events %+v", ms, evs)
		}
		if d := evs[0].At - 1003; d < -40 || d > 40 {
			t.Errorf("%d ms: digit starts at %d, want 1003", ms, evs[0].At)
		}
		if d := evs[1].At - 1643; d < -40 || d > 40 || evs[1].Dur < 600 || evs[1].Dur > 680 {
			t.Errorf("%d ms: digit ends at %d after %d samples, want 1643 and 640", ms, evs[1].At, evs[1].Dur)
		}
		if !slices.Equal(leg.kinds, []dtmf.Kind{dtmf.Suspect, dtmf.Start, dtmf.End}) {
			t.Errorf("%d ms: leg was told %v", ms, leg.kinds)
		}
		if late := leg.first + int64(p.n) - 1003; late > 16*8+int64(p.n) {
			t.Errorf("%d ms: suspected %d samples after the start", ms, late)
		}
		for i, l := range leg.log {
			var at int64
			if _, err := fmt.Sscanf(l, "digits %d", &at); err == nil && leg.log[i+1] != fmt.Sprint("tick ", at) {
				t.Errorf("%d ms: %s is followed by %s", ms, l, leg.log[i+1])
			}
		}
		if st := p.Stats(nil); st[0].Digits != 1 {
			t.Errorf("%d ms: %d digits counted", ms, st[0].Digits)
		}
		p.Detect(0, Detect{})
		if evs := run(t, p, 800); len(evs) != 0 {
			t.Errorf("%d ms: events with nothing to detect: %+v", ms, evs)
		}
	}
}

func TestActivityEvents(t *testing.T) {
	c := newTestCard(1, 0)
	talk := speech(-20)
	c.receive(0, func(at int64) int16 {
		if at >= 16000 && at < 40000 {
			return int16(talk(int(at)))
		}
		return 0
	})
	p := newTestPump(t, c, 10)
	p.Detect(0, Detect{SilenceMs: 1500, Voice: true})
	evs := run(t, p, 80000)
	if len(evs) != 3 || evs[0].Kind != Silence || evs[1].Kind != Voice || evs[2].Kind != Silence {
		t.Fatalf("events %+v", evs)
	}
	if evs[0].At != 12000 || evs[1].At < 15900 || evs[1].At > 24000 || evs[2].At < 50000 || evs[2].At > 52400 {
		t.Errorf("events %+v", evs)
	}
}

func TestToneEvents(t *testing.T) {
	plan, _ := tone.Zone("us")
	busy, _ := plan.Tone("busy")
	source := tone.NewGenerator(busy, -15)
	pcm := make([]int16, 32000)
	source.Read(pcm)
	c := newTestCard(1, 0)
	c.receive(0, func(at int64) int16 {
		if at >= 5000 && at < 37000 {
			return pcm[at-5000]
		}
		return 0
	})
	p := newTestPump(t, c, 10)
	p.Detect(0, Detect{Tones: plan})
	evs := run(t, p, 50000)
	recognised := kinds(evs, ToneRecognised)
	if len(recognised) != 1 || recognised[0].Tone != "busy" {
		t.Fatalf("events %+v", evs)
	}
	first, last := evs[0], evs[len(evs)-1]
	if first.Kind != ToneStart || first.At < 4900 || first.At > 5100 || last.Kind != ToneEnd || last.Tone != "busy" || last.At < 32000 || last.At > 37100 {
		t.Errorf("events %+v", evs)
	}
}
