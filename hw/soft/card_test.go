package soft_test

import (
	"testing"
	"testing/synctest"
	"time"

	"tipring/hw/hwtest"
	"tipring/hw/soft"
	"tipring/tdm"
)

func TestConformance(t *testing.T) {
	hwtest.Run(t, hwtest.Options{Bubble: true}, func(*testing.T) hwtest.Harness {
		return hwtest.Harness{
			Card:  soft.New("soft", 3),
			Depth: soft.DefaultDepth,
			Peer:  func(slot int) int { return slot ^ 1 },
		}
	})
}

// A crystal that is off by some parts in a million gains or loses that many samples in a million.
func TestClockPPM(t *testing.T) {
	for _, ppm := range []int{0, 100, -100} {
		synctest.Test(t, func(t *testing.T) {
			c := soft.NewClock(0, ppm)
			start := time.Now()
			const samples = 8_000_000
			for range samples / 160 {
				if slip := c.Begin(); slip != 0 {
					t.Fatalf("slip %d", slip)
				}
				if err := c.Wait(160); err != nil {
					t.Fatal(err)
				}
			}
			want := tdm.Duration(samples) - tdm.Duration(samples)/1_000_000*time.Duration(ppm)
			if got := time.Since(start); got != want {
				t.Errorf("%d ppm: %d samples in %v, want %v", ppm, samples, got, want)
			}
		})
	}
}

// After an overrun the caller is still the depth behind and catches up block by block.
func TestClockSlip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := soft.NewClock(100*time.Millisecond, 0)
		c.Begin()
		time.Sleep(250 * time.Millisecond)
		if slip := c.Begin(); slip != 150*8 {
			t.Fatalf("slip %d, want 1200", slip)
		}
		start := time.Now()
		for range 10 {
			if slip, err := c.Begin(), c.Wait(80); slip != 0 || err != nil {
				t.Fatal(slip, err)
			}
		}
		if d := time.Since(start); d != 0 {
			t.Errorf("the backlog of 100 ms took %v", d)
		}
		c.Wait(80)
		if d := time.Since(start); d != 10*time.Millisecond || c.Now() != 260*8 {
			t.Errorf("next block after %v at sample %d, want 10ms and 2080", d, c.Now())
		}
	})
}

func BenchmarkExchange(b *testing.B) {
	const pairs = 240
	c := soft.New("soft", pairs)
	tx, rx := tdm.NewBlock(2*pairs, 80), tdm.NewBlock(2*pairs, 80)
	for i := range tx.Data {
		tx.Data[i] = byte(i)
	}
	c.Exchange(tx, rx)
	c.Close() // Wait returns at once
	for b.Loop() {
		c.Exchange(tx, rx)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(2*pairs*80), "ns/sample")
}
