package app

import (
	"math"

	"tipring/dsp/level"
	"tipring/gateway/call"
	"tipring/gateway/cdr"
	"tipring/tdm"
	"tipring/tdm/loop"
	"tipring/tdm/span"
)

// A line is an analog line as a call sees it.
type line struct{ *loop.Line }

// Call implements call.Endpoint.
func (l line) Call(setup tdm.Primitive, up call.Up) call.Party {
	return lineCall{l.Line.Call(setup, up)}
}

// A lineCall adds to a line's side of a call what its pump measured.
type lineCall struct{ *loop.Call }

// Quality implements call.Reporter.
func (c lineCall) Quality() cdr.Quality { return lineQuality(c.Name(), c.End()) }

// lineQuality is what a card measured in the call that is on a circuit.
func lineQuality(name string, end span.End) cdr.Quality {
	s := end.Pump.Stats(nil)[end.Slot]
	q := cdr.Line{RxDBm0: heard(s.RxCallDBm0), TxDBm0: heard(s.TxCallDBm0), ERL: cdr.Float(math.NaN()), ERLE: cdr.Float(math.NaN())}
	if s.Echo.ERL != 0 { // exactly 0: nothing modelled
		q.ERL, q.ERLE = cdr.Float(s.Echo.ERL), cdr.Float(s.Echo.ERLE)
	}
	return cdr.Quality{Port: name, Line: &q}
}

// heard is the level of what was loud enough to count; unknown where nothing was.
func heard(dBm0 float32) cdr.Float {
	if dBm0 <= float32(level.Silence) {
		return cdr.Float(math.NaN())
	}
	return cdr.Float(dBm0)
}
