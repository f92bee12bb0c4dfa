package dtmf

import (
	"slices"
	"testing"
)

func TestSourceLength(t *testing.T) {
	s := NewSource("1 2-3,*", 70, 50, -8)
	want := (4*120 + PauseMs) * 8
	if n := s.Samples(); n != want {
		t.Errorf("Samples %d, want %d", n, want)
	}
	buf := make([]int16, want+100)
	if n := s.Read(buf); n != want {
		t.Errorf("Read %d, want %d", n, want)
	}
	if got := digitsOf(NewDetector(Config{}).Process(buf, nil)); got != "123*" {
		t.Errorf("detected %s", got)
	}
	if s.Samples() != 0 || s.Read(buf) != 0 {
		t.Error("the source goes on after its end")
	}
}

func TestGeneratorAnyCut(t *testing.T) {
	whole := make([]int16, 4000)
	NewSource("19#a", 55, 45, -6).Read(whole)
	rnd := newRand(6)
	s := NewSource("19#a", 55, 45, -6)
	var cut []int16
	for len(cut) < len(whole) {
		b := make([]int16, min(rnd.IntN(200), len(whole)-len(cut)))
		n := s.Read(b)
		cut = append(cut, b...)
		if n < len(b) {
			cut = append(cut, make([]int16, len(whole)-len(cut))...)
		}
	}
	if !slices.Equal(cut, whole) {
		t.Error("a cut changed the output")
	}
}

func TestGeneratorRefusesOtherBytes(t *testing.T) {
	g := NewGenerator()
	for b := range 256 {
		_, _, ok := Hz(byte(b))
		if g.Digit(byte(b), 50, 50, -8, -8) != ok {
			t.Errorf("byte %#x: want %v", b, ok)
		}
	}
}

func TestGeneratorLevels(t *testing.T) {
	g := NewGenerator()
	g.Digit('5', 100, 20, -12, -9)
	buf := make([]int16, 960)
	g.Read(buf)
	evs := NewDetector(Config{}).Process(buf, nil)
	for _, e := range evs {
		if e.Kind != Start {
			continue
		}
		if e.LowDBm0 < -12.1 || e.LowDBm0 > -11.9 || e.HighDBm0 < -9.1 || e.HighDBm0 > -8.9 {
			t.Errorf("levels %.2f and %.2f dBm0, want -12 and -9", e.LowDBm0, e.HighDBm0)
		}
		return
	}
	t.Errorf("no digit in %v", evs)
}

func TestGeneratorAllocatesNothing(t *testing.T) {
	g := NewGenerator()
	buf := make([]int16, 80)
	for range 1000 {
		g.Digit('D', 50, 50, -8, -8)
	}
	if n := testing.AllocsPerRun(100, func() { g.Read(buf) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
