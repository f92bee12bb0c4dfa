package emu

import (
	"context"
	"errors"

	"tipring/tdm"
)

// An Exchange is what stands behind an FXO port. Its methods are safe from any goroutine; they return when the card's time
// has reached the end of what was asked for, so that the card has to be running (a pump calls Exchange).
type Exchange struct {
	far
	tripMs  int
	ringing bool
	entry   int
	left    int
	closed  int
	cadence []int
}

// Ring calls the FXO port's number.
func (x *Exchange) Ring(number, name string) error {
	return x.wrap("ring", x.card.do(context.Background(), func() error {
		if x.circuit.closed {
			return ErrOffHook
		}
		x.cadence = []int{2000, 4000}
		x.ringing, x.entry, x.left, x.closed, x.dirty = true, 0, x.cadence[0], 0, true
		return nil
	}))
}

// Hangup ends the call at the far end: a call that rings is abandoned.
func (x *Exchange) Hangup() error {
	return x.wrap("hangup", x.card.do(context.Background(), func() error {
		if !x.ringing {
			return ErrIdle
		}
		x.ringing, x.circuit.ringingOn, x.dirty = false, false, true
		return nil
	}))
}

func (x *Exchange) step() {
	c := &x.circuit
	if !x.ringing {
		return
	}
	for x.left == 0 {
		x.entry = (x.entry + 1) % len(x.cadence)
		x.left = x.cadence[x.entry]
	}
	x.left--
	c.ringingOn = x.entry%2 == 0
	if !c.flows() {
		x.closed = 0
		return
	}
	if x.closed++; !c.ringingOn || x.closed > x.tripMs {
		x.ringing, c.ringingOn, x.dirty = false, false, true
	}
}

func (x *Exchange) run(tx, rx []byte, txSig, sig []uint8) {
	for q := range sig {
		sig[q] = x.millisecond(tx[q*tdm.Quantum:][:tdm.Quantum], rx[q*tdm.Quantum:][:tdm.Quantum], txSig[q])
	}
}

func (x *Exchange) millisecond(tx, rx []byte, txSig uint8) (sig uint8) {
	c := &x.circuit
	if closed := txSig&tdm.SigOffHook != 0; closed != c.closed {
		c.closed, x.dirty = closed, true
	}
	x.step()
	if c.ringingOn && c.rings && c.plugged {
		sig |= tdm.SigRing
	}
	if c.plugged && c.feed != tdm.FeedOpen {
		sig |= tdm.SigBattery
	}
	if c.feed == tdm.FeedReverse {
		sig |= tdm.SigReversed
	}
	if c.flows() {
		sig |= tdm.SigLoopCurrent
	}
	var mouth, ear, echo quantum
	if !c.flows() || c.ringingOn {
		tx = nil
	}
	x.wire.send(tx, &ear, &echo)
	spoken := x.speak(&mouth)
	if c.flows() && spoken {
		for i := range mouth {
			echo[i] += mouth[i] * x.wire.loss
		}
	}
	x.wire.encode(rx, &echo)
	var heard [tdm.Quantum]int16
	for i, v := range ear {
		heard[i] = round(v)
	}
	x.hear(&heard)
	return sig
}

func (x *Exchange) control(*tdm.Command) error {
	return errors.New("an FXO slot has no linefeed and no ringing: its hook rides in the signalling bits")
}

func (x *Exchange) shared() *far { return &x.far }

func (x *Exchange) status() Status {
	s := Status{Port: x.name, Hook: "on", Ringing: x.ringing, Polarity: x.circuit.polarity(), LoopCurrentMA: x.circuit.milliamps()}
	if x.circuit.closed {
		s.Hook = "off"
	}
	return s
}
