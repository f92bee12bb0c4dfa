package tdm

import (
	"testing"
	"time"
)

// The slots of a block share nothing and cover it, and none can be appended into its neighbour.
func TestBlockSlots(t *testing.T) {
	for _, n := range []int{8, 80, 160} {
		b := NewBlock(5, n)
		if b.N != n || len(b.Data) != 5*n || len(b.Sig) != 5*n/Quantum {
			t.Fatalf("block of %d: %d octets, %d signalling octets", n, len(b.Data), len(b.Sig))
		}
		for i := range 5 {
			for j := range b.Slot(i) {
				b.Slot(i)[j]++
			}
			for q := range b.SigSlot(i) {
				b.SigSlot(i)[q]++
			}
			if s := append(b.Slot(i), 9); len(s) != n+1 {
				t.Fatal("append")
			}
			if s := append(b.SigSlot(i), 9); len(s) != n/Quantum+1 {
				t.Fatal("append")
			}
		}
		for j, v := range b.Data {
			if v != 1 {
				t.Fatalf("octet %d of a block of %d belongs to %d slots", j, n, v)
			}
		}
		for q, v := range b.Sig {
			if v != 1 {
				t.Fatalf("signalling octet %d of a block of %d belongs to %d slots", q, n, v)
			}
		}
	}
}

func TestBlockLength(t *testing.T) {
	for _, n := range []int{0, -8, 7, 81} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("block of %d octets is taken", n)
				}
			}()
			NewBlock(1, n)
		}()
	}
}

func TestSamples(t *testing.T) {
	for d, want := range map[time.Duration]int64{
		0: 0, time.Millisecond: 8, time.Second: 8000, 125 * time.Microsecond: 1, 124 * time.Microsecond: 0,
		time.Hour: 28_800_000, 365 * 24 * time.Hour: 252_288_000_000,
	} {
		got := Samples(d)
		if got != want {
			t.Errorf("%v is %d samples, want %d", d, got, want)
		}
		if back := Duration(got); back > d || d-back >= 125*time.Microsecond {
			t.Errorf("%v comes back as %v", d, back)
		}
	}
}
