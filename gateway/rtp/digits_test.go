package rtp

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"tipring/dsp/dtmf"
	"tipring/dsp/g711"
)

func digitParams() Params {
	p := params()
	p.DTMFPT = 101
	return p
}

// line runs pcm through the detector and the stream, as the pump does.
func (r *rig) line(det *dtmf.Detector, pcm []int16) {
	var evs []dtmf.Event
	for i := 0; i+r.block <= len(pcm); i += r.block {
		evs = det.Process(pcm[i:i+r.block], evs[:0])
		if len(evs) > 0 {
			r.s.Digits(r.at, evs)
		}
		r.tick(pcm[i : i+r.block])
	}
}

// audio puts the audio that was sent back on the card's timeline; samples that were not sent are zero.
func (r *rig) audio() []int16 {
	out := make([]int16, r.at)
	offset := r.s.sender.offset
	for _, sp := range r.sent {
		if sp.PayloadType == 0 {
			at := int(sp.Timestamp - offset)
			g711.MuLaw.Decode(out[at:], sp.Payload)
		}
	}
	return out
}

// reports returns the telephone-event packets that were sent.
func (r *rig) reports() (out []sentEvent) {
	for _, sp := range r.sent {
		if sp.PayloadType != 101 {
			continue
		}
		te, ok := parseEvent(sp.Payload)
		if !ok || len(sp.Payload) != eventLen {
			r.t.Errorf("telephone-event of %d octets", len(sp.Payload))
		}
		out = append(out, sentEvent{int(sp.Timestamp - r.s.sender.offset), sp.Marker, te, sp.at})
	}
	return out
}

type sentEvent struct {
	start  int
	marker bool
	telephoneEvent
	at int64
}

// leaked counts the samples of pcm's [from, to) that are not silent in sent.
func leaked(sent []int16, from, to int) (n int) {
	for _, v := range sent[from:to] {
		if v > 8 || v < -8 {
			n++
		}
	}
	return n
}

// Q.24 digits of every length, phase of the block and packet time: at most 20 ms of each leaves in the audio, and each
// leaves as one event of its length.
func TestDigitsLeaveTheAudio(t *testing.T) {
	const most = 160
	worst := 0
	for _, block := range []int{8, 40, 80, 160} {
		for _, ptime := range []int{10, 20, 30, 60} {
			p := digitParams()
			p.PtimeMs = ptime
			r := newRig(t, block, p)
			rng := rand.New(rand.NewPCG(uint64(block), uint64(ptime)))
			det := dtmf.NewDetector(dtmf.Config{})
			pcm := make([]int16, 3000)
			type key struct{ from, to int }
			var keys []key
			for i := range 16 {
				on := 45 + rng.IntN(120)
				from := len(pcm)
				src := dtmf.NewSource(eventDigits[i:i+1], on, 0, -7)
				tone := make([]int16, on*8)
				src.Read(tone)
				pcm = append(pcm, tone...)
				keys = append(keys, key{from, len(pcm)})
				pcm = append(pcm, make([]int16, 600+rng.IntN(1500))...)
			}
			pcm = append(pcm, make([]int16, 4000)...)
			r.line(det, pcm)
			sent, reports := r.audio(), r.reports()
			name := fmt.Sprintf("block %d, ptime %d", block, ptime)
			for i, k := range keys {
				if n := leaked(sent, k.from, k.to); n > most {
					t.Errorf("%s: %d samples of digit %c leave in the audio", name, n, eventDigits[i])
				} else {
					worst = max(worst, n)
				}
				mine := slices.DeleteFunc(slices.Clone(reports), func(e sentEvent) bool { return e.event != uint8(i) })
				checkReports(t, name, mine, k.from, k.to-k.from)
				n := k.to - k.from
				if want := max(1, n/(ptime*8)-3); len(mine)-finals < want {
					t.Errorf("%s: %d reports of a digit of %d samples before the final ones", name, len(mine)-finals, n)
				}
			}
			for i := 1; i < len(r.sent); i++ {
				if r.sent[i].SequenceNumber != r.sent[i-1].SequenceNumber+1 {
					t.Fatalf("%s: sequence number %d follows %d", name, r.sent[i].SequenceNumber, r.sent[i-1].SequenceNumber)
				}
			}
			if n := r.s.Stats().DigitsSent; n != 16 {
				t.Errorf("%s: %d digits counted", name, n)
			}
		}
	}
	t.Logf("longest leak: %d samples", worst)
}

// checkReports checks the reports of one event that is not longer than a segment.
func checkReports(t *testing.T, name string, evs []sentEvent, start, dur int) {
	t.Helper()
	if len(evs) < 1+finals {
		t.Errorf("%s: %d reports", name, len(evs))
		return
	}
	last := uint16(0)
	for i, e := range evs {
		if e.marker != (i == 0) || e.end != (i >= len(evs)-finals) || e.start != evs[0].start || e.duration < last ||
			i > 0 && i < len(evs)-finals && e.duration == last {
			t.Errorf("%s: report %d of %d: %+v after duration %d", name, i, len(evs), e, last)
		}
		if e.volume != 4 {
			t.Errorf("%s: volume %d of two tones of -7 dBm0", name, e.volume)
		}
		last = e.duration
	}
	const tolerance = 48 // samples by which the detector may be wrong
	if d := evs[0].start - start; d < -tolerance || d > tolerance {
		t.Errorf("%s: event begins %d samples after the tone", name, d)
	}
	if d := int(last) - dur; d < -tolerance || d > tolerance {
		t.Errorf("%s: event of %d samples for a tone of %d", name, last, dur)
	}
}

// A suspicion that turns out wrong costs only what has left meanwhile: the packet that waits is sent as it was.
func TestClearRestoresWhatWaits(t *testing.T) {
	p := digitParams()
	p.PtimeMs = 40
	r := newRig(t, 80, p)
	pcm := speech(3200, 9)
	for i := range pcm {
		if pcm[i] > -20 && pcm[i] < 20 {
			pcm[i] = 20 // so that silence can be told
		}
	}
	block := func(i int, evs ...dtmf.Event) {
		if len(evs) > 0 {
			r.s.Digits(r.at, evs)
		}
		r.tick(pcm[i*80 : i*80+80])
	}
	block(0)
	block(1)
	block(2)
	block(3) // packet 0 is gone
	block(4)
	block(5, dtmf.Event{Kind: dtmf.Suspect, At: -40}) // from 360 on
	block(6, dtmf.Event{Kind: dtmf.Clear, At: 10})
	block(7) // packet 1 leaves
	block(8)
	block(9, dtmf.Event{Kind: dtmf.Suspect, At: -100}) // from 620 on, of which 640.. waits
	block(10)
	block(11) // packet 2 leaves, muted
	block(12, dtmf.Event{Kind: dtmf.Clear, At: 3})
	for i := 13; i < 40; i++ {
		block(i)
	}
	sent := r.audio()
	for i, v := range pcm {
		want := g711.MuLaw.DecodeSample(g711.MuLaw.EncodeSample(v))
		if i >= 640 && i < 960 {
			want = 0
		}
		if sent[i] != want {
			t.Fatalf("sample %d is sent as %d, want %d", i, sent[i], want)
		}
	}
	if n := len(r.reports()); n != 0 {
		t.Errorf("%d reports of no digit", n)
	}
	if len(r.sent) != 10 {
		t.Errorf("%d packets, want 10: a suspicion does not stop them", len(r.sent))
	}
}

// A tone longer than 0xFFFF samples is sent in segments (RFC 4733 §2.5.1.3).
func TestLongDigit(t *testing.T) {
	r := newRig(t, 80, digitParams())
	const start, dur = 400, 2*maxSegment + 5000
	r.run(800)
	r.s.Digits(r.at, []dtmf.Event{{Kind: dtmf.Suspect, At: start - 800, Digit: '5'}, {Kind: dtmf.Start, At: start - 800, Digit: '5', LowDBm0: -10, HighDBm0: -10}})
	r.run(dur - 400 + 80)
	r.s.Digits(r.at, []dtmf.Event{{Kind: dtmf.End, At: int(start + dur - r.at), Digit: '5', Dur: dur}})
	r.run(1600)
	type segment struct {
		start, last, ends, markers, repeats int
	}
	var got []segment
	for _, e := range r.reports() {
		if len(got) == 0 || got[len(got)-1].start != e.start {
			got = append(got, segment{start: e.start})
		}
		s := &got[len(got)-1]
		if int(e.duration) < s.last {
			t.Fatalf("duration %d after %d", e.duration, s.last)
		}
		if int(e.duration) == s.last {
			s.repeats++
		} else {
			s.repeats = 1
		}
		s.last = int(e.duration)
		if e.marker {
			s.markers++
		}
		if e.end {
			s.ends++
		}
	}
	want := []segment{
		{start, maxSegment, 0, 1, finals},
		{start + maxSegment, maxSegment, 0, 0, finals},
		{start + 2*maxSegment, 5000, finals, 0, finals},
	}
	if !slices.Equal(got, want) {
		t.Errorf("segments %+v\nwant %+v", got, want)
	}
	if n := leaked(r.audio(), start, start+dur); n != 0 {
		t.Errorf("%d samples in the audio", n)
	}
}

// Without telephone-event the tone stays in the audio, unharmed.
func TestDigitsWithoutTelephoneEvent(t *testing.T) {
	r := newRig(t, 80, params())
	pcm := make([]int16, 8000)
	src := dtmf.NewSource("159D", 80, 80, -7)
	src.Read(pcm[800:])
	r.line(dtmf.NewDetector(dtmf.Config{}), pcm)
	if len(r.reports()) != 0 {
		t.Error("telephone-events that nobody negotiated")
	}
	if !slices.Equal(r.audio(), coded(pcm)) {
		t.Error("the audio is not what came from the line")
	}
}

func TestSendDigit(t *testing.T) {
	r := newRig(t, 80, digitParams())
	for _, d := range []byte("7#!") {
		if err := r.s.SendDigit(d, 100); err != nil {
			t.Fatal(err)
		}
	}
	pcm := speech(8000, 2)
	for i := 0; i < len(pcm); i += 80 {
		r.tick(pcm[i : i+80])
	}
	var codes []uint8
	var starts []int
	for _, e := range r.reports() {
		if e.marker {
			codes, starts = append(codes, e.event), append(starts, e.start)
		}
		if e.end && e.duration != 800 {
			t.Errorf("event %d lasted %d samples, want 800", e.event, e.duration)
		}
	}
	if !slices.Equal(codes, []uint8{7, 11, 16}) || !slices.Equal(starts, []int{0, 1200, 2400}) {
		t.Errorf("events %v at %v", codes, starts)
	}
	sent := r.audio()
	for _, at := range starts {
		if n := leaked(sent, at, at+800); n != 0 {
			t.Errorf("%d samples of audio under the event at %d", n, at)
		}
	}
	if n := leaked(sent, 3200, 8000); n < 4000 {
		t.Error("the audio did not come back")
	}
	if err := r.s.SendDigit('x', 100); err == nil {
		t.Error("digit x was taken")
	}
	if err := r.s.SendDigit('1', 0); err == nil {
		t.Error("a digit of 0 ms was taken")
	}
}

func TestSendDigitAsTone(t *testing.T) {
	r := newRig(t, 80, params())
	for _, d := range []byte("70!2") {
		if err := r.s.SendDigit(d, 60); err != nil {
			t.Fatal(err)
		}
	}
	r.run(8000)
	if got := decode(r.audio()); got != "702" {
		t.Errorf("digits %q in the audio, want 702", got)
	}
}

// decode returns the digits in pcm.
func decode(pcm []int16) (digits string) {
	for _, e := range dtmf.NewDetector(dtmf.Config{}).Process(pcm, nil) {
		if e.Kind == dtmf.Start {
			digits += string(e.Digit)
		}
	}
	return digits
}

// The tone of a received event comes back from the line as echo; it is no key of the telephone's.
func TestEchoOfAReceivedDigit(t *testing.T) {
	r := newRig(t, 80, digitParams())
	det := dtmf.NewDetector(dtmf.Config{})
	k := newTalker()
	const delay = 320 // from the card to the hybrid and back
	line := make([]int16, 48000)
	key := make([]int16, 800)
	dtmf.NewSource("7", 100, 0, -8).Read(key)
	var evs []dtmf.Event
	for at := 0; at+80+delay <= len(line); at += 80 {
		if at == 1600 {
			r.arrive(k.telephone(k.Timestamp, true, telephoneEvent{event: 3, volume: 8, duration: 1600, end: true}))
		}
		if at >= 12000 && at < 12800 { // then somebody presses a key
			copy(line[at:], key[at-12000:][:80])
		}
		rx := line[at : at+80]
		if evs = det.Process(rx, evs[:0]); len(evs) > 0 {
			r.s.Digits(r.at, evs)
		}
		for i, v := range r.tick(rx) {
			line[at+delay+i] += v / 4 // an echo return loss of 12 dB
		}
	}
	if got := decode(line); got != "37" {
		t.Fatalf("digits %q on the line", got)
	}
	codes := map[uint8]int{}
	for _, e := range r.reports() {
		codes[e.event]++
	}
	if codes[3] != 0 || codes[7] == 0 || len(codes) != 1 {
		t.Errorf("reports by event: %v", codes)
	}
}
