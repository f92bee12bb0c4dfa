package modem_test

import (
	"testing"

	"tipring/hw/emu"
	"tipring/hw/modem/modemtest"
)

// Every model that is emulated passes the suite.
func TestConformance(t *testing.T) {
	for _, m := range emu.ModemModels() {
		t.Run(m.ID, func(t *testing.T) { modemtest.Run(t, m.ID) })
	}
}
