package pulse

import (
	"testing"

	"tipring/dsp/tone"
)

func TestEveryZoneHasARow(t *testing.T) {
	have := map[string]bool{}
	for _, z := range Zones() {
		if have[z.ID] || z.Source == "" {
			t.Errorf("%s: twice or without a source", z.ID)
		}
		have[z.ID] = true
	}
	for _, id := range tone.Zones() {
		if !have[id] {
			t.Errorf("%s: no row", id)
		}
		delete(have, id)
	}
	for id := range have {
		t.Errorf("%s is no zone", id)
	}
}

// In every zone the standard pulses are digits, the standard flash is a flash and nothing lies between flash and on-hook
// unclaimed by more than 100 ms.
func TestZonesKeepPulseAndFlashApart(t *testing.T) {
	for _, z := range Zones() {
		c := ForZone(z.ID)
		if c.BreakMaxMs >= c.FlashMinMs || c.FlashMaxMs >= c.HangupMs || c.HangupMs-c.FlashMaxMs > 100 {
			t.Errorf("%s: windows %+v", z.ID, c)
		}
		for _, percent := range []int{60, 67} {
			s := c
			s.BreakMs, s.MakeMs, s.PauseMs = percent, 100-percent, 300
			runs, err := Encode("1234567890", s)
			if err != nil {
				t.Fatal(err)
			}
			if got := story(play(NewDecoder(c), runs)); got != "off-hook 1 2 3 4 5 6 7 8 9 0" {
				t.Errorf("%s, %d %% break: %s", z.ID, percent, got)
			}
		}
		flash := 600
		if c.FlashMaxMs < 600 {
			flash = 100
		}
		if got := story(play(NewDecoder(c), []Run{{false, flash}, {true, 2000}})); got != "off-hook flash" {
			t.Errorf("%s: flash of %d ms: %s", z.ID, flash, got)
		}
	}
}
