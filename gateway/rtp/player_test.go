package rtp

import (
	"math/rand/v2"
	"slices"
	"testing"

	"tipring/dsp/cng"
)

// An undisturbed stream comes out sample by sample, once the buffer has learned how little delay it needs.
func TestPlayout(t *testing.T) {
	for _, c := range []struct {
		pt uint8
		n  int
	}{{0, 160}, {8, 160}, {0, 80}, {0, 200}, {8, 240}, {0, 320}, {0, 480}, {0, 800}} {
		r := newRig(t, 80, params())
		k := newTalker()
		k.PayloadType = c.pt
		law := lawOf(c.pt)
		total := max(24000, 60*c.n)
		pcm := speech(total, 5)
		var out []int16
		for i := 0; i+c.n <= len(pcm); i += c.n {
			r.arrive(k.say(pcm[i : i+c.n]))
			for int(r.at) < i+c.n {
				out = append(out, r.run(80)...)
			}
		}
		st := r.s.Stats()
		want := make([]int16, 8000)
		for i, v := range pcm[total-12000 : total-4000] {
			want[i] = law.DecodeSample(law.EncodeSample(v))
		}
		if find(out, want) < 0 {
			t.Errorf("packets of %d samples, type %d: what is played is not what was sent", c.n, c.pt)
		}
		if int(st.Received) != total/c.n || st.Lost != 0 || st.Late != 0 || st.ConcealedSamples != 0 || st.Strangers != 0 {
			t.Errorf("packets of %d samples, type %d: %+v", c.n, c.pt, st)
		}
	}
}

func TestNothingWithoutConfigure(t *testing.T) {
	w := newWire()
	e, err := NewEngine(Config{IP: localIP, ListenPacket: w.listen})
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.Open("")
	if err != nil {
		t.Fatal(err)
	}
	tx := []int16{1, 2, 3, 4, 5, 6, 7, 8}
	s.Tick(0, make([]int16, 8), tx)
	if !slices.Equal(tx, make([]int16, 8)) {
		t.Error("a stream that was not configured plays something")
	}
	s.Close()
	s.Close()
	tx[0] = 1
	s.Tick(8, make([]int16, 8), tx)
	if tx[0] != 0 {
		t.Error("a closed stream plays something")
	}
	e.readers.Wait()
	if e.Streams() != 0 || len(w.conns) != 0 {
		t.Errorf("%d streams, %d sockets left", e.Streams(), len(w.conns))
	}
}

// The cut of the blocks does not show in what is played: audio with a lost packet, a digit, and a pause with noise.
func TestPlayoutIsAnyCut(t *testing.T) {
	play := func(seed uint64) (out []int16) {
		r := newRig(t, 0, digitParams())
		r.s.player.noise = cng.NewGenerator(1)
		rng := rand.New(rand.NewPCG(seed, 1))
		k := newTalker()
		pcm := speech(48000, 6)
		for i := 0; i < len(pcm); i += 160 {
			b := k.say(pcm[i : i+160])
			switch n := i / 160; {
			case n%17 == 3: // lost
			case n >= 120 && n < 130:
				r.arrive(k.telephone(k.Timestamp-uint32(160*(n-119)), n == 120, telephoneEvent{
					event: 6, volume: 10, duration: uint16(160 * (n - 119)), end: n > 126,
				}))
			case n == 200:
				k.PayloadType = 13
				r.arrive(k.raw([]byte{50}))
				k.PayloadType = 0
			case n > 200 && n < 250:
			default:
				r.arrive(b)
			}
			for left := 160; left > 0; {
				cut := min(left, 8*(1+rng.IntN(20)))
				out = append(out, r.tick(make([]int16, cut))...)
				left -= cut
			}
		}
		return out
	}
	want := play(0)
	if decode(want) != "6" {
		t.Errorf("digits %q", decode(want))
	}
	for seed := range uint64(6) {
		if !slices.Equal(play(seed), want) {
			t.Errorf("seed %d: the cut shows", seed)
		}
	}
}
