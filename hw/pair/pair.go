// Package pair computes the copper pair between a feeding end (an FXS chip, an exchange) and a terminal (a telephone, an FXO
// chip), one sample of 125 us after the other: voltages and currents from battery, loop, ringer and leakage by Kirchhoff's
// laws, and speech as samples that the two ends hand each other.
//
// Direct current and ringing are real quantities, in volts, amperes and ohms to ground, so that a line test finds what is
// there. Speech is not: it is a number in 16-bit units of the codec, without loss, delay or noise; a test that wants a real
// line puts one between (hw/emu has them). Loop resistance counts for each branch of the terminal by itself, leakage sits at
// the feeding end, and wire capacity is not modelled.
package pair

import "math"

// Rate is the number of samples a second.
const Rate = 8000

// A Feed is what drives the pair during one sample.
type Feed struct {
	Tip, Ring       float64 // open-circuit volts to ground
	TipOhm, RingOhm float64 // behind them; +Inf: high impedance
	LimitA          float64 // metallic current limit; 0: none
	MeterV          float64 // rms volts of a pulse-metering tone beside it
}

// A Load is what a terminal is during one sample, between tip and ring.
type Load struct {
	Ohm         float64 // direct-current path; +Inf: on hook
	Volts       float64 // in series with Ohm, tip positive
	RingerOhm   float64 // ringer; +Inf: none
	RingerVolts float64 // charge of the ringer's capacitor
	Z           complex128
}

// A Terminal hangs on a pair.
type Terminal interface {
	Load() Load
	// Settle tells what the sample came to.
	Settle(Arrived)
	// Sound takes the sample of speech that arrives and returns the one that the terminal sends.
	Sound(in float32) float32
}

// An Arrived is what one sample came to at the terminal.
type Arrived struct {
	Volts      float64 // between tip and ring, positive when tip is
	Amps       float64 // through the direct-current path
	RingerAmps float64
	MeterV     float64 // rms volts of a pulse-metering tone
}

// A Leak is a resistance to something that should not be there; Ohm 0 is none.
type Leak struct {
	Ohm   float64
	Volts float64 // of what it leads to
	Hz    float64 // frequency of Volts, then rms; 0: direct current
}

// A Pair is two wires.
type Pair struct {
	LoopOhm    float64 // both wires together
	TipGround  Leak
	RingGround Leak
	TipRing    Leak // Volts are not used

	at int // samples, for the phase of an induced voltage
}

// A State is one sample's voltages to ground and currents at the feeding end.
type State struct {
	Tip, Ring         float64
	TipAmps, RingAmps float64 // out of tip, into ring
}

// Volts is the voltage between tip and ring, positive when tip is.
func (s State) Volts() float64 { return s.Tip - s.Ring }

// Metallic is the current that flows out through one wire and back through the other.
func (s State) Metallic() float64 { return (s.TipAmps + s.RingAmps) / 2 }

// Longitudinal is the current that flows to ground.
func (s State) Longitudinal() float64 { return s.TipAmps - s.RingAmps }

// leakOhm is what a pair without faults has to ground.
const leakOhm = 1e8

// Step computes one sample and settles the terminal; t may be nil, an open pair.
func (p *Pair) Step(f Feed, t Terminal) State {
	p.at++
	load := Load{Ohm: math.Inf(1), RingerOhm: math.Inf(1)}
	if t != nil {
		load = t.Load()
	}
	var n network
	n.branch(p.LoopOhm+load.Ohm, load.Volts)
	n.branch(p.LoopOhm+load.RingerOhm, load.RingerVolts)
	if p.TipRing.Ohm > 0 {
		n.branch(p.TipRing.Ohm, 0)
	}
	n.tipGround, n.tipVolts = p.leak(p.TipGround)
	n.ringGround, n.ringVolts = p.leak(p.RingGround)
	s := n.solve(f)
	if f.LimitA > 0 && math.Abs(s.Metallic()) > f.LimitA {
		s = n.limit(f, math.Copysign(f.LimitA, s.Metallic()))
	}
	if t != nil {
		v := s.Volts()
		dc := (v - load.Volts) / (p.LoopOhm + load.Ohm)
		ringer := (v - load.RingerVolts) / (p.LoopOhm + load.RingerOhm)
		t.Settle(Arrived{Volts: v - (dc+ringer)*p.LoopOhm, Amps: dc, RingerAmps: ringer, MeterV: f.MeterV})
	}
	return s
}

// leak returns a fault's conductance and voltage now.
func (p *Pair) leak(l Leak) (siemens, volts float64) {
	if l.Ohm <= 0 {
		return 1 / leakOhm, 0
	}
	volts = l.Volts
	if l.Hz != 0 {
		volts *= math.Sqrt2 * math.Sin(2*math.Pi*l.Hz*float64(p.at)/Rate)
	}
	return 1 / l.Ohm, volts
}

// A network is the pair as conductances and sources.
type network struct {
	across, source        float64 // siemens between tip and ring, amperes of its sources into tip
	tipGround, tipVolts   float64
	ringGround, ringVolts float64
}

func (n *network) branch(ohm, volts float64) {
	if math.IsInf(ohm, 1) {
		return
	}
	g := 1 / max(ohm, 1e-3)
	n.across += g
	n.source += g * volts
}

// solve is nodal analysis of the two nodes tip and ring.
func (n *network) solve(f Feed) State {
	gt, gr := 1/f.TipOhm, 1/f.RingOhm
	a, d := gt+n.across+n.tipGround, gr+n.across+n.ringGround
	x := gt*f.Tip + n.source + n.tipGround*n.tipVolts
	y := gr*f.Ring - n.source + n.ringGround*n.ringVolts
	det := a*d - n.across*n.across
	s := State{Tip: (d*x + n.across*y) / det, Ring: (a*y + n.across*x) / det}
	s.TipAmps, s.RingAmps = gt*(f.Tip-s.Tip), gr*(s.Ring-f.Ring)
	return s
}

// limit lowers the feed's metallic voltage until the metallic current is amps; the network is linear, so two points do.
func (n *network) limit(f Feed, amps float64) State {
	common := (f.Tip + f.Ring) / 2
	at := func(half float64) State {
		f.Tip, f.Ring = common+half, common-half
		return n.solve(f)
	}
	none, one := at(0).Metallic(), at(1).Metallic()
	return at((amps - none) / (one - none))
}
