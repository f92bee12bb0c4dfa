package app

import (
	"tipring/gateway/call"
	"tipring/gateway/cdr"
	"tipring/tdm"
	"tipring/tdm/loop"
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
func (c lineCall) Quality() cdr.Quality {
	end := c.End()
	s := end.Pump.Stats(nil)[end.Slot]
	return cdr.Quality{Port: c.Name(), Line: &cdr.Line{
		RxDBm0: cdr.Float(s.RxDBm0), TxDBm0: cdr.Float(s.TxDBm0), ERL: cdr.Float(s.Echo.ERL), ERLE: cdr.Float(s.Echo.ERLE),
	}}
}
