package emu

import (
	"math"
	"sync/atomic"

	"tipring/tdm"
)

var _ tdm.Meter = (*Card)(nil)

// A gauge shows the direct-current state of a line to any goroutine: microamperes and millivolts in one word, so that a
// reader never sees the current of one moment with the voltage of another.
type gauge struct {
	openV     float64 // battery
	closedOhm float64 // of what hangs on the card's, or before an FXO port the exchange's, two wires
	fxo       bool
	word      atomic.Uint64
}

// init takes over a loop that has its defaults. An FXS port sees the pair with the telephone at its end, an FXO port is
// itself the terminal and measures across its own two wires.
func (g *gauge) init(l Loop, kind tdm.Kind) {
	g.openV, g.fxo = l.BatteryV, kind == tdm.FXO
	g.closedOhm = l.TerminalOhm
	if kind == tdm.FXS {
		g.closedOhm += l.Km * l.OhmPerKm
	}
}

// read takes the state of the circuit.
func (g *gauge) read(c *circuit) {
	mA := c.milliamps()
	volts := g.openV
	switch {
	case c.feed == tdm.FeedOpen, g.fxo && !c.plugged:
		volts = 0
	case mA > 0:
		volts = mA / 1000 * g.closedOhm
	}
	if c.feed == tdm.FeedReverse {
		volts = -volts
	}
	g.word.Store(uint64(uint32(math.Round(mA*1000)))<<32 | uint64(uint32(int32(math.Round(volts*1000)))))
}

// Measure returns the loop current and the voltage at the card's port at the end of the last block; tdm.Meter describes it.
// An open loop has the battery's voltage, also an FXS port whose telephone is unplugged; an FXO port whose line is unplugged
// has none. A slot that the card does not have measures nothing.
func (c *Card) Measure(slot int) tdm.Measurement {
	if slot < 0 || slot >= len(c.lines) {
		return tdm.Measurement{}
	}
	w := c.lines[slot].shared().dc.word.Load()
	return tdm.Measurement{LoopAmperes: float64(uint32(w>>32)) / 1e6, LineVolts: float64(int32(uint32(w))) / 1e3}
}
