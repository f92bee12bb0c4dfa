package rtp

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tipring/dsp/dtmf"
	"tipring/dsp/level"
)

// A keypad is a peer that presses keys: packets for every 20 ms, told as card samples at which they are sent.
type keypad struct {
	k      *talker
	pcm    []int16 // what it says
	every  int     // samples between reports
	inband bool    // it leaves the tone in the audio too
	stops  bool    // it sends no audio during an event
	keys   []keyPress
}

type keyPress struct {
	code      uint8
	start, on int
}

// play runs the peer against r, with each packet passed through net (which returns how often it arrives), and returns what
// went to the line.
func (kp *keypad) play(r *rig, n int, net func(i int, te *telephoneEvent) int) []int16 {
	if kp.every == 0 {
		kp.every = 160
	}
	base := kp.k.Timestamp
	audio := make([]int16, n)
	copy(audio, kp.pcm)
	for _, key := range kp.keys {
		clear(audio[key.start : key.start+key.on])
		if kp.inband {
			dtmf.NewSource(eventDigits[key.code:key.code+1], key.on/8, 0, -10).Read(audio[key.start : key.start+key.on])
		}
	}
	var out []int16
	count := 0
	deliver := func(b []byte, te *telephoneEvent) {
		times := 1
		if net != nil {
			times = net(count, te)
		}
		count++
		for range times {
			r.arrive(b)
		}
	}
	for now := 160; now <= n; now += 160 {
		during := false
		for _, key := range kp.keys {
			ts := base + uint32(key.start)
			since := now - key.start
			if since > 0 && since <= key.on+2*160+159 {
				dur := min(since, key.on)
				te := telephoneEvent{event: key.code, volume: 10, duration: uint16(dur), end: since >= key.on}
				first := since <= 160
				if first || te.end || since/kp.every != (since-160)/kp.every {
					deliver(kp.k.telephone(ts, first, te), &te)
				}
				during = during || !te.end
			}
		}
		if during && kp.stops {
			kp.k.Timestamp += 160
		} else {
			deliver(kp.k.say(audio[now-160:now]), nil)
		}
		out = append(out, r.run(160)...)
	}
	return out
}

// bursts returns the lengths of the tones in pcm: stretches above a level with no gap of 5 ms.
func bursts(pcm []int16) (lengths []int) {
	from, last := -1, -1
	for i, v := range pcm {
		if v > 40 || v < -40 {
			if from < 0 {
				from = i
			}
			last = i
		} else if from >= 0 && i-last > 40 {
			lengths = append(lengths, last-from+1)
			from = -1
		}
	}
	if from >= 0 {
		lengths = append(lengths, last-from+1)
	}
	return lengths
}

func near(got, want []int, tolerance int) bool {
	return slices.EqualFunc(got, want, func(a, b int) bool { return a-b <= tolerance && b-a <= tolerance })
}

// toneEdge is by how much a tone's first and last samples may be too faint to be told from silence.
const toneEdge = 4

func TestReceivedEventsBecomeTones(t *testing.T) {
	ends := 0
	networks := map[string]func(int, *telephoneEvent) int{
		"clean":      nil,
		"duplicated": func(int, *telephoneEvent) int { return 2 },
		"start lost": func(_ int, te *telephoneEvent) int {
			if te != nil && te.duration <= 320 {
				return 0
			}
			return 1
		},
		"two ends lost": func(_ int, te *telephoneEvent) int {
			if te != nil && te.end {
				if ends++; ends%3 != 0 {
					return 0
				}
			}
			return 1
		},
		"only ends": func(_ int, te *telephoneEvent) int {
			if te != nil && !te.end {
				return 0
			}
			return 1
		},
	}
	for name, net := range networks {
		for _, every := range []int{160, 400} {
			for _, mode := range []string{"audio goes on", "audio stops", "tone in band"} {
				ends = 0
				r := newRig(t, 80, digitParams())
				kp := keypad{k: newTalker(), every: every, inband: mode == "tone in band", stops: mode == "audio stops"}
				want, digits := []int{}, ""
				at := 4000
				for i := range 16 {
					// Of a digit whose tone is in the audio, what was played before the first report cannot be taken back, so the
					// report must not be late.
					on := 480 + 56*i
					kp.keys = append(kp.keys, keyPress{uint8(i), at, on})
					want, digits = append(want, on), digits+eventDigits[i:i+1]
					at += on + 1200 + 24*i
				}
				id := fmt.Sprintf("%s, reports every %d, %s", name, every, mode)
				out := kp.play(r, (at+4000)/160*160, net)
				if kp.inband && (name == "only ends" || name == "start lost") {
					continue // nobody can tell before the first report
				}
				if got := bursts(out); !near(got, want, toneEdge) {
					t.Errorf("%s: tones of %v samples, want %v", id, got, want)
				}
				if got := decode(out); got != digits {
					t.Errorf("%s: digits %q", id, got)
				}
				told := ""
				for _, ev := range r.events {
					switch ev.Kind {
					case Digit:
						told += string(ev.Digit)
					case DigitEnd:
						told += fmt.Sprintf(":%d ", ev.Dur)
					}
				}
				wantTold := ""
				for i, n := range want {
					wantTold += fmt.Sprintf("%c:%d ", eventDigits[i], n)
				}
				if told != wantTold {
					t.Errorf("%s: told\n%q, want\n%q", id, told, wantTold)
				}
				if n := r.s.Stats().DigitsReceived; n != 16 {
					t.Errorf("%s: %d digits counted", id, n)
				}
			}
		}
	}
}

// When all final reports are lost, the tone ends soon after the last report.
func TestEventWithoutEnd(t *testing.T) {
	r := newRig(t, 80, digitParams())
	kp := keypad{k: newTalker(), keys: []keyPress{{3, 4000, 1600}, {4, 12000, 800}}}
	out := kp.play(r, 16000, func(_ int, te *telephoneEvent) int {
		if te != nil && te.event == 3 && te.end {
			return 0
		}
		return 1
	})
	got := bursts(out)
	if len(got) != 2 || got[0] < 1440-toneEdge || got[0] > 1440+unheard*160 || !near(got[1:], []int{800}, toneEdge) {
		t.Errorf("tones of %v samples, want 1440 to %d and 800", got, 1440+unheard*160)
	}
	if decode(out) != "34" {
		t.Errorf("digits %q, want 34", decode(out))
	}
}

// Segments of a long event make one tone and one digit (RFC 4733 §2.5.1.3).
func TestSegmentsJoin(t *testing.T) {
	r := newRig(t, 80, digitParams())
	k := newTalker()
	const dur = maxSegment + 8000
	base := k.Timestamp
	var out []int16
	for now := 160; now < dur+2400; now += 160 {
		switch {
		case now <= maxSegment:
			r.arrive(k.telephone(base, now == 160, telephoneEvent{event: 9, volume: 10, duration: uint16(now)}))
		case now < dur:
			if now-160 <= maxSegment {
				r.arrive(k.telephone(base, false, telephoneEvent{event: 9, volume: 10, duration: maxSegment}))
			}
			r.arrive(k.telephone(base+maxSegment, false, telephoneEvent{event: 9, volume: 10, duration: uint16(now - maxSegment)}))
		case now < dur+480:
			r.arrive(k.telephone(base+maxSegment, false, telephoneEvent{event: 9, volume: 10, duration: dur - maxSegment, end: true}))
		}
		out = append(out, r.run(160)...)
	}
	if got := bursts(out); !near(got, []int{dur}, toneEdge) {
		t.Errorf("tones of %v samples, want %d", got, dur)
	}
	if n := r.s.Stats().DigitsReceived; n != 1 {
		t.Errorf("%d digits counted", n)
	}
}

// Digits pressed faster than Q.24 allows are still told apart on the line.
func TestFastDigits(t *testing.T) {
	r := newRig(t, 80, digitParams())
	kp := keypad{k: newTalker(), keys: []keyPress{{1, 3200, 160}, {1, 3520, 160}, {2, 3840, 160}, {1, 4160, 160}}}
	out := kp.play(r, 12800, nil)
	if got := bursts(out); !near(got, []int{minTone, minTone, minTone, minTone}, toneEdge) {
		t.Errorf("tones of %v samples, want four of %d", got, minTone)
	}
	if got := decode(out); got != "1121" {
		t.Errorf("digits %q, want 1121", got)
	}
}

func TestReceivedLevel(t *testing.T) {
	for _, c := range []struct {
		volume uint8
		want   level.DBm0
	}{{0, -3}, {10, -10}, {20, -20}, {63, -22}} {
		r := newRig(t, 80, digitParams())
		k := newTalker()
		ts := k.Timestamp
		r.arrive(k.telephone(ts, true, telephoneEvent{event: 8, volume: c.volume, duration: 8000, end: true}))
		out := r.run(4000)
		if got := level.Of(out[1000:3000]); got < c.want-0.2 || got > c.want+0.2 {
			t.Errorf("volume %d: tone of %.1f dBm0, want %v", c.volume, got, c.want)
		}
	}
}

func TestFlashAndFaxEvents(t *testing.T) {
	r := newRig(t, 80, digitParams())
	k := newTalker()
	for range 3 {
		ts := k.Timestamp
		for i := range 4 {
			r.arrive(k.telephone(ts, i == 0, telephoneEvent{event: 16, duration: uint16(160 * (i + 1)), end: i > 0}))
		}
		k.Timestamp += 8000
		r.run(800)
	}
	ts := k.Timestamp
	r.arrive(k.telephone(ts, true, telephoneEvent{event: 36, duration: 160}))
	r.arrive(k.telephone(ts, false, telephoneEvent{event: 36, duration: 320}))
	out := r.run(1600)
	var kinds []EventKind
	for _, ev := range r.events {
		kinds = append(kinds, ev.Kind)
	}
	if !slices.Equal(kinds, []EventKind{Flash, Flash, Flash, FaxTone}) || r.events[3].Tone != "cng" {
		t.Errorf("events %+v", r.events)
	}
	if got := bursts(out); len(got) != 0 {
		t.Errorf("tones of %v samples", got)
	}
}

// What one stream sends of a digit, another makes the same digit of, over a network that loses and reorders.
func TestDigitsEndToEnd(t *testing.T) {
	for seed := range uint64(6) {
		rng := rand.New(rand.NewPCG(seed, 3))
		const dialled = "0123456789*#ABCD"
		pcm := make([]int16, 4000)
		for i := range len(dialled) {
			on, off := 60+rng.IntN(80), 70+rng.IntN(80)
			tone := make([]int16, (on+off)*8)
			dtmf.NewSource(dialled[i:i+1], on, off, -9).Read(tone)
			pcm = append(pcm, tone...)
		}
		pcm = append(pcm, make([]int16, 8000)...)
		a, b := newRig(t, 80, digitParams()), newRig(t, 80, digitParams())
		det := dtmf.NewDetector(dtmf.Config{})
		var out []int16
		var evs []dtmf.Event
		var late [][]byte
		loss := float64(seed) * 0.02
		for i := 0; i+80 <= len(pcm); i += 80 {
			if evs = det.Process(pcm[i:i+80], evs[:0]); len(evs) > 0 {
				a.s.Digits(a.at, evs)
			}
			a.tick(pcm[i : i+80])
			for _, d := range late {
				b.arrive(d)
			}
			late = late[:0]
			for _, sp := range a.sent {
				d, err := sp.Marshal()
				if err != nil {
					t.Fatal(err)
				}
				switch x := rng.Float64(); {
				case x < loss:
				case x < 3*loss:
					late = append(late, d)
				default:
					b.arrive(d)
				}
			}
			a.sent = a.sent[:0]
			out = append(out, b.run(80)...)
		}
		if got := decode(out); got != dialled {
			t.Errorf("loss %.0f%%: dialled %s, heard %s", 100*loss, dialled, got)
		}
		var told strings.Builder
		for _, ev := range b.events {
			if ev.Kind == Digit {
				told.WriteByte(ev.Digit)
			}
		}
		if told.String() != dialled {
			t.Errorf("loss %.0f%%: told %s", 100*loss, told.String())
		}
	}
}
