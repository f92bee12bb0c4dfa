package rtp

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	pion "github.com/pion/rtp"
)

// A network delays, loses, doubles and reorders the packets of one direction; times are in samples.
type network struct {
	rng    *rand.Rand
	loss   float64
	dup    float64
	jitter func(*rand.Rand) float64
	ppm    float64 // by which the sender's clock is faster than the card's

	flight []inFlight
	clock  float64 // when the next packet begins, by the card
}

type inFlight struct {
	arrival float64
	b       []byte
}

// carry sends pcm in packets of n samples and returns what r plays meanwhile; what is still on its way arrives in the next
// call.
func (w *network) carry(r *rig, k *talker, pcm []int16, n int) []int16 {
	w.clock = max(w.clock, float64(r.at))
	for i := 0; i+n <= len(pcm); i += n {
		b := k.say(pcm[i : i+n])
		w.clock += float64(n) / (1 + w.ppm/1e6)
		times := 1
		if w.rng.Float64() < w.loss {
			times = 0
		} else if w.rng.Float64() < w.dup {
			times = 2
		}
		for range times {
			arrival := w.clock + 400
			if w.jitter != nil {
				arrival += w.jitter(w.rng)
			}
			w.flight = append(w.flight, inFlight{arrival, b})
		}
	}
	slices.SortStableFunc(w.flight, func(a, b inFlight) int { return cmp.Compare(a.arrival, b.arrival) })
	var out []int16
	for float64(r.at) < w.clock {
		for len(w.flight) > 0 && w.flight[0].arrival < float64(r.at+int64(r.block)) {
			r.s.receive(w.flight[0].b, peer, ns(w.flight[0].arrival))
			w.flight = w.flight[1:]
		}
		out = append(out, r.run(r.block)...)
	}
	return out
}

func uniform(most float64) func(*rand.Rand) float64 {
	return func(rng *rand.Rand) float64 { return most * rng.Float64() }
}

func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 99)) }

// exact returns the share of want's samples that are in got at one offset for long stretches: pieces of 10 ms that occur
// within 300 ms of where they are expected.
func exactShare(got, want []int16) float64 {
	const piece = 80
	found, total := 0, 0
	for i := 0; i+piece <= len(want); i += piece {
		total++
		lo, hi := max(0, i-800), min(len(got), i+3200)
		if lo < hi && find(got[lo:hi], want[i:i+piece]) >= 0 {
			found++
		}
	}
	return float64(found) / float64(total)
}

func TestLossIsConcealedInPlace(t *testing.T) {
	for seed := range uint64(3) {
		r := newRig(t, 80, params())
		k := newTalker()
		pcm := speech(80000, seed)
		out := (&network{rng: seeded(seed), loss: 0.05}).carry(r, k, pcm, 160)
		st := r.s.Stats()
		if st.Lost < 10 || st.Lost > 45 {
			t.Fatalf("seed %d: %d packets lost, want some 25", seed, st.Lost)
		}
		// Each lost packet is concealed for its length and nothing around it moves.
		if want := uint64(st.Lost) * 160; st.ConcealedSamples < want-2*160 || st.ConcealedSamples > want+2*160 {
			t.Errorf("seed %d: %d samples concealed for %d lost packets", seed, st.ConcealedSamples, st.Lost)
		}
		if st.Late != 0 || st.StretchedSamples != 0 {
			t.Errorf("seed %d: %+v", seed, st)
		}
		want := coded(pcm)
		// What follows a loss is blended for up to 8 ms.
		if share := exactShare(out[8000:], want[8000:]); share < 0.85 {
			t.Errorf("seed %d: %.1f%% of the audio is as it was sent", seed, 100*share)
		}
		if mos := st.MOS; mos < 3.2 || mos > 4.1 {
			t.Errorf("seed %d: MOS %.2f for 5%% loss", seed, mos)
		}
	}
}

func TestDuplicatesAndReordering(t *testing.T) {
	r := newRig(t, 80, params())
	k := newTalker()
	pcm := speech(160000, 4)
	// Two packets in ten are overtaken by their successors.
	w := &network{rng: seeded(1), dup: 0.2, jitter: func(rng *rand.Rand) float64 {
		if rng.Float64() < 0.2 {
			return 400
		}
		return 0
	}}
	out := w.carry(r, k, pcm, 160)
	st := r.s.Stats()
	if st.Duplicated < 120 || st.Duplicated > 280 || st.Reordered < 100 {
		t.Errorf("%d duplicates and %d reordered of 1000 packets", st.Duplicated, st.Reordered)
	}
	if st.Lost != -int64(st.Duplicated) {
		t.Errorf("lost %d with %d duplicates (RFC 3550 appendix A.3 has them balance)", st.Lost, st.Duplicated)
	}
	want := coded(pcm[60000:140000])
	if find(out, want) < 0 {
		t.Error("after the delay was learned the audio is not as it was sent")
	}
	if st.Depth < ms(40) || st.Depth > ms(90) {
		t.Errorf("depth %v for packets up to 50 ms late", st.Depth)
	}
}

func TestJitterIsLearnedAndForgotten(t *testing.T) {
	for _, most := range []float64{80, 240, 640, 1200} {
		r := newRig(t, 80, params())
		k := newTalker()
		pcm := speech(240000, 4)
		w := &network{rng: seeded(uint64(most)), jitter: uniform(most)}
		w.carry(r, k, pcm[:80000], 160)
		before := r.s.Stats()
		w.carry(r, k, pcm[:160000], 160)
		st := r.s.Stats()
		bad := float64(st.Late-before.Late) / 1000
		if bad > 0.03 {
			t.Errorf("jitter of %.0f ms: %.1f%% of the packets are late", most/8, 100*bad)
		}
		if conc := float64(st.ConcealedSamples-before.ConcealedSamples) / 160000; conc > 0.03 {
			t.Errorf("jitter of %.0f ms: %.1f%% of the audio is concealed", most/8, 100*conc)
		}
		if deep := float64(st.Depth) / float64(ms(1)); deep > most/8+30 {
			t.Errorf("jitter of %.0f ms: depth %v", most/8, st.Depth)
		}
		// Mean |D| of two independent uniform delays is a third of the range.
		if j, want := float64(st.Jitter)/float64(ms(1)), most/24; math.Abs(j-want) > 0.4*want {
			t.Errorf("jitter of %.0f ms is measured as %.2f ms, want %.2f", most/8, j, want)
		}
		w.jitter = nil
		w.carry(r, k, pcm, 160)
		if st := r.s.Stats(); st.Depth > ms(25) {
			t.Errorf("30 s after a jitter of %.0f ms the depth is still %v", most/8, st.Depth)
		}
	}
}

func TestClockDrift(t *testing.T) {
	for _, ppm := range []float64{-300, -80, 80, 300} {
		r := newRig(t, 80, params())
		k := newTalker()
		const seconds = 180
		w := &network{rng: seeded(5), ppm: ppm, jitter: uniform(40)}
		pcm := speech(seconds*8000, 3)
		w.carry(r, k, pcm, 160)
		st := r.s.Stats()
		if math.Abs(st.DriftPPM-ppm) > 40 {
			t.Errorf("drift of %.0f ppm is measured as %.1f", ppm, st.DriftPPM)
		}
		moved := float64(st.CutSamples) - float64(st.StretchedSamples) - float64(st.ConcealedSamples)
		if want := ppm / 1e6 * seconds * 8000; math.Abs(moved-want) > 500 {
			t.Errorf("drift of %.0f ppm: %.0f samples gained, want %.0f", ppm, moved, want)
		}
		if st.ConcealedSamples > seconds*8000/200 || st.Late > 9000/100 {
			t.Errorf("drift of %.0f ppm: %+v", ppm, st)
		}
	}
}

func TestVoiceBandKeepsTheBufferStill(t *testing.T) {
	r := newRig(t, 80, params())
	k := newTalker()
	k.Timestamp = 5000
	pcm := speech(160000, 8)
	w := &network{rng: seeded(2), jitter: uniform(300)}
	w.carry(r, k, pcm[:16000], 160)
	r.s.VoiceBand(true)
	w.carry(r, k, pcm[:8000], 160)
	before := r.s.Stats()
	w.loss = 0.01
	out := w.carry(r, k, pcm, 160)
	st := r.s.Stats()
	if st.StretchedSamples != before.StretchedSamples || st.CutSamples != before.CutSamples || st.Late != before.Late {
		t.Errorf("the buffer moved: before %+v\nafter %+v", before, st)
	}
	if st.Depth != samples(voiceBandDelay) {
		t.Errorf("depth %v", st.Depth)
	}
	lost := int(st.Lost - before.Lost)
	want := coded(pcm)
	from := find(out, want[4000:4160]) - 4000 // the first packets are not lost with this seed
	if from < -4000 {
		t.Fatal("what was sent is not in what was played")
	}
	silent, wrong := 0, 0
	for i, v := range want {
		if from+i < 0 || from+i >= len(out) {
			continue
		}
		switch out[from+i] {
		case v:
		case 0:
			silent++
		default:
			wrong++
		}
	}
	if wrong != 0 || silent == 0 || silent > lost*160 {
		t.Errorf("%d samples invented, %d silent with %d packets lost", wrong, silent, lost)
	}
}

func TestSourceRestarts(t *testing.T) {
	pcm := speech(48000, 6)
	want := coded(pcm[36000:44000])
	for name, restart := range map[string]func(*pion.Header){
		"new SSRC":                 func(h *pion.Header) { h.SSRC, h.SequenceNumber, h.Timestamp = 77, 9, 1234567 },
		"sequence number and time": func(h *pion.Header) { h.SequenceNumber += 30000; h.Timestamp += 1 << 30 },
		"time goes back":           func(h *pion.Header) { h.Timestamp -= 400000 },
		"time jumps forward":       func(h *pion.Header) { h.Timestamp += 400000 },
		"nothing but the marker":   func(h *pion.Header) { h.Marker = true },
		"a second is missing":      func(h *pion.Header) { h.Timestamp += 8000; h.SequenceNumber += 50 },
		"the clock stood for hold": func(h *pion.Header) {},
	} {
		r := newRig(t, 80, params())
		k := newTalker()
		w := &network{rng: seeded(1)}
		w.carry(r, k, pcm[:40000], 160)
		if name == "the clock stood for hold" {
			r.run(80000)
		}
		restart(&k.Header)
		out := w.carry(r, k, pcm, 160)
		st := r.s.Stats()
		if find(out, want) < 0 {
			t.Errorf("%s: the audio does not come back as it was sent", name)
		}
		if c := st.SSRCChanges; (c == 1) != (name == "new SSRC") {
			t.Errorf("%s: %d changes of SSRC", name, c)
		}
		if name == "a second is missing" && st.Lost != 50 || name == "new SSRC" && st.Lost != 0 {
			t.Errorf("%s: %d packets lost", name, st.Lost)
		}
	}
}
