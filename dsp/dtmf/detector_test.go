package dtmf

import (
	"slices"
	"testing"
)

const all16 = "123A456B789C*0#D"

func ordinary(seed uint64) []float64 {
	rnd := newRand(seed)
	sig := make([]float64, 801)
	for i := range len(all16) {
		sig = add(sig, at(all16[i], 50, 50, -8), rnd)
	}
	addNoise(sig, -30, rnd)
	return sig
}

func TestDetectorAnyCut(t *testing.T) {
	pcm := samples(ordinary(1))
	absolute := func(cut func() int) []Event {
		d := NewDetector(Config{})
		var out, evs []Event
		for done := 0; done < len(pcm); {
			n := min(cut(), len(pcm)-done)
			evs = d.Process(pcm[done:done+n], evs[:0])
			for _, e := range evs {
				e.At += done
				out = append(out, e)
			}
			done += n
		}
		return out
	}
	want := absolute(func() int { return len(pcm) })
	if digitsOf(want) != all16 {
		t.Fatalf("in one cut: %s", digitsOf(want))
	}
	rnd := newRand(2)
	for name, cut := range map[string]func() int{
		"1":      func() int { return 1 },
		"80":     func() int { return 80 },
		"5000":   func() int { return 5000 },
		"random": func() int { return rnd.IntN(300) },
	} {
		if got := absolute(cut); !slices.Equal(got, want) {
			t.Errorf("cut %s: %v, want %v", name, got, want)
		}
	}
}

func TestDetectorOrder(t *testing.T) {
	var open Kind
	for _, e := range detect(Config{}, ordinary(3)) {
		ok := e.Kind == Suspect && open == 0 || (e.Kind == Clear || e.Kind == Start) && open == Suspect || e.Kind == End && open == Start
		if !ok {
			t.Fatalf("%v after kind %d", e, open)
		}
		if open = e.Kind; open == Clear || open == End {
			open = 0
		}
	}
	if open != 0 {
		t.Errorf("kind %d was left open", open)
	}
}

func TestDetectorResets(t *testing.T) {
	pcm := samples(ordinary(4))
	d := NewDetector(Config{})
	first := d.Process(pcm, nil)
	d.Process(pcm[:1000], nil)
	d.Reset()
	if again := d.Process(pcm, nil); !slices.Equal(first, again) {
		t.Errorf("after Reset: %v, want %v", again, first)
	}
}

func TestDetectorAllocatesNothing(t *testing.T) {
	pcm := samples(ordinary(5))
	d := NewDetector(Config{})
	evs := make([]Event, 0, 100)
	if n := testing.AllocsPerRun(5, func() { evs = d.Process(pcm, evs[:0]) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
