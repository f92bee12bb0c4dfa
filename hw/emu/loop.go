package emu

import (
	"fmt"
	"math"

	"tipring/tdm"
)

// A Loop is the pair of wires between a feeding end (our FXS port, or the exchange before our FXO port) and a terminal
// (the telephone, or our FXO port). A zero field has the default named beside it.
type Loop struct {
	BatteryV    float64 // open-circuit voltage of the feed; 48
	FeedOhm     float64 // both feed resistors together; 400
	Km          float64 // length of the pair; 1
	OhmPerKm    float64 // both wires together; 168, copper of 0.5 mm
	TerminalOhm float64 // direct-current resistance of the terminal when off hook; 200
	LimitMA     float64 // the feed's current limit; 25
	RingV       float64 // open-circuit ringing voltage, rms; 70
	REN         float64 // the terminal's ringer load; 1 REN is 7 kΩ at 20 Hz

	LossDB     float64 // attenuation in each direction; 0
	NoiseDBm0  float64 // level of the white noise that the card hears while current flows; 0 is none
	Path       int     // hybrid echo path, 1 to 8 for tables D.2 to D.9 of ITU-T G.168; by default another one a line
	ERLDB      float64 // echo return loss of the card's hybrid; 12, or none when NoEcho
	NoEcho     bool    // a perfect hybrid
	RingTripMs int     // how long loop current has to flow for ringing to be taken off; 40 from a card, 150 from an exchange, at most 200
}

// ringerVolt is the ringing voltage below which a terminal does not answer to it. ETSI EN 300 001 clause 6 has 25 V to 40 V
// rms by country.
const ringerVolt = 25

// detectMA is the current above which an end takes the loop for closed.
const detectMA = 10

// or returns v, or the default d when v is zero.
func or[T comparable](v, d T) T {
	var zero T
	if v == zero {
		return d
	}
	return v
}

// withDefaults fills in the zero fields for the line in slot.
func (l Loop) withDefaults(slot int, kind tdm.Kind) Loop {
	l.BatteryV = or(l.BatteryV, 48)
	l.FeedOhm = or(l.FeedOhm, 400)
	l.Km = or(l.Km, 1)
	l.OhmPerKm = or(l.OhmPerKm, 168)
	l.TerminalOhm = or(l.TerminalOhm, 200)
	l.LimitMA = or(l.LimitMA, 25)
	l.RingV = or(l.RingV, 70)
	l.REN = or(l.REN, 1)
	l.Path = or(l.Path, slot%len(paths())+1)
	l.ERLDB = or(l.ERLDB, 12)
	if kind == tdm.FXO {
		l.RingTripMs = or(l.RingTripMs, 150)
	}
	l.RingTripMs = or(l.RingTripMs, 40)
	return l
}

// check returns what is wrong with a loop that has its defaults.
func (l Loop) check() error {
	switch {
	case l.BatteryV < 0 || l.FeedOhm < 0 || l.Km < 0 || l.OhmPerKm < 0 || l.TerminalOhm < 0 || l.LimitMA < 0 || l.RingV < 0 || l.REN < 0:
		return fmt.Errorf("loop: a voltage, resistance, length, current or load is negative")
	case l.Path < 1 || l.Path > len(paths()):
		return fmt.Errorf("loop: echo path %d: there are 1 to %d", l.Path, len(paths()))
	case l.ERLDB < 0:
		return fmt.Errorf("loop: echo return loss %g dB is negative: a hybrid does not amplify", l.ERLDB)
	case l.RingTripMs < 1 || l.RingTripMs > 200:
		return fmt.Errorf("loop: ring trip after %d ms: ringing has to be off within 200 ms of off-hook", l.RingTripMs)
	case l.NoiseDBm0 > 3 || l.LossDB < 0:
		return fmt.Errorf("loop: noise %g dBm0, loss %g dB: noise is below 3 dBm0 and loss is not negative", l.NoiseDBm0, l.LossDB)
	}
	return nil
}

// currentMA is the loop current of a closed loop by Ohm's law, up to the feed's limit.
func (l Loop) currentMA() float64 {
	return min(1000*l.BatteryV/(l.FeedOhm+l.Km*l.OhmPerKm+l.TerminalOhm), l.LimitMA)
}

// ringAtTerminal is the ringing voltage, rms, at the terminal's end of an open loop.
func (l Loop) ringAtTerminal() float64 {
	ringer := 7000 / l.REN
	return l.RingV * ringer / (ringer + l.FeedOhm + l.Km*l.OhmPerKm)
}

// A circuit is the direct-current state of one loop, one millisecond after the other.
type circuit struct {
	closedMA  float64 // current when closed
	rings     bool    // the ringing voltage that arrives is enough
	plugged   bool
	feed      tdm.Linefeed
	closed    bool // the terminal's hook, seen through the plug
	ringingOn bool // ringing voltage now
}

func newCircuit(l Loop) circuit {
	return circuit{closedMA: math.Round(l.currentMA()*10) / 10, rings: l.ringAtTerminal() >= ringerVolt, plugged: true}
}

// milliamps is the loop current now.
func (c *circuit) milliamps() float64 {
	if c.closed && c.plugged && c.feed != tdm.FeedOpen {
		return c.closedMA
	}
	return 0
}

// flows reports whether an end sees the loop closed.
func (c *circuit) flows() bool { return c.milliamps() >= detectMA }

// polarity is the feed's, in the words of a Status.
func (c *circuit) polarity() string {
	if c.feed == tdm.FeedReverse {
		return "reverse"
	}
	return "forward"
}
