package bert

import (
	"testing"

	"tipring/tdm"
)

func patterns(f func(p tdm.Pattern)) {
	for p := tdm.PRBS9; p <= tdm.Alternating; p++ {
		f(p)
	}
}

// The sequences have the period and the longest runs that O.150 table 1 gives.
func TestSequences(t *testing.T) {
	if testing.Short() {
		t.Skip("millions of bits")
	}
	for p, want := range map[tdm.Pattern]struct{ length, zeros, ones int }{
		tdm.PRBS9:  {9, 8, 9},
		tdm.PRBS11: {11, 10, 11},
		tdm.PRBS15: {15, 15, 14},
		tdm.QRSS:   {20, 14, 20},
		tdm.PRBS20: {20, 19, 20},
		tdm.PRBS23: {23, 23, 22},
	} {
		period := 1<<want.length - 1
		r := registers[p]
		state := uint32(1<<r.length - 1)
		start := state
		var longest [2]int
		run, last := 0, uint8(2)
		for i := range period {
			b := r.next(&state)
			if b != last {
				run, last = 0, b
			}
			run++
			longest[b] = max(longest[b], run)
			if state == start && i != period-1 {
				t.Fatalf("%v repeats after %d bits, want %d", p, i+1, period)
			}
		}
		if state != start {
			t.Errorf("%v does not repeat after %d bits", p, period)
		}
		if longest[0] != want.zeros || longest[1] < want.ones {
			t.Errorf("%v: runs of %d zeros and %d ones, want %d and %d", p, longest[0], longest[1], want.zeros, want.ones)
		}
	}
}

// The first bits, first on the line first, with the register at all ones.
func TestVectors(t *testing.T) {
	for p, want := range map[tdm.Pattern]uint32{
		tdm.PRBS9:       0b00000111101111100010111001100100,
		tdm.ThreeIn24:   0b01000100000000000000010001000100,
		tdm.OneIn8:      0b01000000010000000100000001000000,
		tdm.AllOnes:     0xffffffff,
		tdm.Alternating: 0xaaaaaaaa,
	} {
		g := NewGenerator(p)
		var got uint32
		for range 4 {
			got = got<<8 | uint32(g.Next())
		}
		if got != want {
			t.Errorf("%v begins with %032b, want %032b", p, got, want)
		}
	}
}

// Every pattern is found at any place, and errors that are inserted are counted, each once.
func TestAnalyzer(t *testing.T) {
	patterns(func(p tdm.Pattern) {
		g, a := NewGenerator(p), NewAnalyzer(p)
		for range 12345 {
			g.Next()
		}
		for range 100 {
			a.Write(0x5a) // not the pattern
		}
		for range 100 {
			a.Write(g.Next())
		}
		if sync, _, _, _ := a.Status(); !sync {
			t.Errorf("%v: no synchronism after 800 bits", p)
			return
		}
		_, bits, errors, losses := a.Status()
		g.Insert(5)
		for range 10000 {
			a.Write(g.Next())
		}
		sync, bits2, errors2, losses2 := a.Status()
		if !sync || bits2-bits != 80000 || errors2-errors != 5 || losses2 != losses {
			t.Errorf("%v: synchronism %v, %d bits, %d errors, %d losses", p, sync, bits2-bits, errors2-errors, losses2-losses)
		}
	})
}

// A line that is dead has no synchronism with a sequence, and one that dies loses it without a bit of it being counted.
func TestDeadLine(t *testing.T) {
	patterns(func(p tdm.Pattern) {
		for _, dead := range []byte{0, 0xff, 0x5a} {
			if p == tdm.AllOnes && dead == 0xff {
				continue
			}
			a := NewAnalyzer(p)
			for range 2000 {
				a.Write(dead)
			}
			if sync, _, _, _ := a.Status(); sync {
				t.Errorf("%v: synchronism with %02x", p, dead)
			}
		}
	})
	g, a := NewGenerator(tdm.PRBS15), NewAnalyzer(tdm.PRBS15)
	for range 1000 {
		a.Write(g.Next())
	}
	for range 1000 {
		a.Write(0)
	}
	sync, _, errors, losses := a.Status()
	if sync || losses != 1 || errors > lossWindow {
		t.Errorf("dead line: synchronism %v, %d errors, %d losses", sync, errors, losses)
	}
}

func BenchmarkBERT(b *testing.B) {
	g, a := NewGenerator(tdm.QRSS), NewAnalyzer(tdm.QRSS)
	for b.Loop() {
		a.Write(g.Next())
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N), "ns/octet")
}
