package span

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"tipring/dsp/callerid"
	"tipring/dsp/dsptest"
	"tipring/dsp/dtmf"
	"tipring/dsp/echo"
	"tipring/dsp/mf"
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

func TestCallerIDEvent(t *testing.T) {
	standard, ok := callerid.Lookup("bell202")
	if !ok {
		t.Fatal("no standard bell202")
	}
	tx := callerid.NewTransmitter(standard, callerid.Message{Number: "5551234", Name: "A CALLER", Time: "11230930"}, -13)
	pcm := make([]int16, tx.Samples())
	tx.Read(pcm)
	c := newTestCard(1, 0)
	c.receive(0, func(at int64) int16 {
		if at >= 4003 && at < 4003+int64(len(pcm)) {
			return pcm[at-4003]
		}
		return 0
	})
	p := newTestPump(t, c, 10)
	p.Detect(0, Detect{CallerID: true})
	evs := run(t, p, 16000)
	if len(evs) != 1 || evs[0].Kind != CallerID {
		t.Fatalf("events %+v", evs)
	}
	m, end := evs[0].CallerID, int64(4003+len(pcm))
	if !m.ChecksumOK || m.Number != "5551234" || m.Name != "A CALLER" || m.Time != "11230930" {
		t.Errorf("message %+v", m)
	}
	if evs[0].At < end-800 || evs[0].At > end+1600 {
		t.Errorf("message at %d, its signal ends at %d", evs[0].At, end)
	}
}

// The tone of a fax machine, from whichever side, switches the slot and its leg to voice-band data until the leg goes.
func TestFaxTone(t *testing.T) {
	cng := dsptest.Sine(1100, -15, 4000)
	say := func(i int64) int16 {
		if i >= 8000 && i < 12000 {
			return cng[i-8000]
		}
		return 0
	}
	for _, fromLeg := range []bool{false, true} {
		c := newTestCard(1, 0)
		p := newTestPump(t, c, 10)
		leg := &recorder{}
		if fromLeg {
			leg.say = say
		} else {
			c.receive(0, say)
		}
		p.Attach(0, leg)
		p.Echo(0, true)
		p.Detect(0, Detect{Fax: true})
		evs := run(t, p, 16000)
		if len(evs) != 1 || evs[0].Kind != FaxTone || evs[0].Tone != "cng" || evs[0].FromLeg != fromLeg {
			t.Fatalf("from leg %v: events %+v", fromLeg, evs)
		}
		if d := evs[0].At - 8000; d < -100 || d > 200 {
			t.Errorf("from leg %v: tone at %d", fromLeg, evs[0].At)
		}
		if !slices.Equal(leg.band, []bool{true}) || !p.Stats(nil)[0].VoiceBand {
			t.Errorf("from leg %v: leg was told %v, %+v", fromLeg, leg.band, p.Stats(nil)[0])
		}
		p.Attach(0, &recorder{})
		run(t, p, 1600)
		if !slices.Equal(leg.band, []bool{true, false}) || p.Stats(nil)[0].VoiceBand {
			t.Errorf("from leg %v: leg was told %v, %+v", fromLeg, leg.band, p.Stats(nil)[0])
		}
	}
}

// ANS with phase reversals, from the far end of the leg, turns the canceller off; when neither direction has carried a signal
// for 250 ms it is on again, until the next such tone or the next call.
func TestAnswerToneDisablesCanceller(t *testing.T) {
	const (
		second = 8000
		tone   = 3 * second // from the start on, and again
		data   = 4 * second // from the line, while nothing is said
		pause  = data + second/2
		again  = 5 * second
	)
	ans := func(i int64) int16 {
		if i >= tone && i < again {
			return 0
		}
		phase := 2 * math.Pi * 2100 * float64(i) / 8000
		if i/3600%2 == 1 {
			phase += math.Pi
		}
		return int16(4000 * math.Sin(phase))
	}
	c := newTestCard(1, 0)
	hiss := noise(9, 1000)
	l := &loopback{card: c, path: []float64{0.3}, near: func(at int64) int16 {
		if at >= tone && at < data {
			return hiss(at)
		}
		return 0
	}}
	l.attach()
	p := newTestPump(t, c, 10)
	leg := &recorder{say: ans}
	p.Attach(0, leg)
	p.Echo(0, true)
	p.Detect(0, Detect{Fax: true})
	var tones []string
	until := func(at int64, disabled bool) {
		t.Helper()
		for _, e := range run(t, p, int(at-p.Now())) {
			if e.FromLeg {
				tones = append(tones, e.Tone)
			}
		}
		if s := p.slots[0].echo.Stats().State; (s == echo.Disabled) != disabled {
			t.Errorf("at %d ms the canceller is %v", p.Now()/8, s)
		}
	}
	until(second/2, false)
	until(tone, true)
	until(data+800, true) // the other end's modem sends
	until(pause, false)
	until(again, false)
	until(again+2*second, true)
	if want := []string{"ced", "ans-pr", "ced", "ans-pr"}; !slices.Equal(tones, want) {
		t.Errorf("tones %q, want %q", tones, want)
	}
	p.Attach(0, &recorder{say: noise(2, 8000)})
	run(t, p, 16000)
	if st := p.Stats(nil)[0]; st.Echo.State == echo.Disabled {
		t.Error("canceller is off in the next call")
	}
}

// The register signals of one system are events with the samples of their edges.
func TestMFEvents(t *testing.T) {
	g := mf.NewGenerator(mf.R1, -10)
	if err := g.Digits("K42S"); err != nil {
		t.Fatal(err)
	}
	pcm := make([]int16, 8000)
	g.Read(pcm)
	c := newTestCard(1, 0)
	c.receive(0, func(at int64) int16 {
		if at >= 1003 && at < 1003+8000 {
			return pcm[at-1003]
		}
		return 0
	})
	p := newTestPump(t, c, 10)
	p.Detect(0, Detect{MF: mf.R1})
	evs := run(t, p, 12000)
	at := int64(1003)
	for i, name := range []byte("K42S") {
		if len(evs) < 2*i+2 {
			t.Fatalf("events %+v", evs)
		}
		on, off := evs[2*i], evs[2*i+1]
		dur := int64(mf.PulseMs * 8)
		if name == 'K' {
			dur = mf.KPMs * 8
		}
		if on.Kind != MFStart || on.Digit != name || on.At < at-40 || on.At > at+40 {
			t.Errorf("%c begins with %+v, want sample %d", name, on, at)
		}
		if off.Kind != MFEnd || off.Digit != name || off.At < at+dur-60 || off.At > at+dur+60 {
			t.Errorf("%c ends with %+v, want sample %d", name, off, at+dur)
		}
		at += dur + mf.GapMs*8
	}
}
