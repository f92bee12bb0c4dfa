package modem_test

import (
	"testing"

	"tipring/hw/emu"
	"tipring/hw/modem/modemtest"
)

// Every model that is emulated passes the suite.
func TestConformance(t *testing.T) {
	for i, m := range emu.ModemModels() {
		t.Run(m.ID, func(t *testing.T) {
			if testing.Short() && i%3 != 0 {
				t.Skip("-short: some models have the goroutines of all")
			}
			modemtest.Run(t, m.ID)
		})
	}
}
