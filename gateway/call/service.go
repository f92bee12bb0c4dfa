package call

import (
	"tipring/tdm"
	"tipring/tdm/span"
)

// Echo is the echo test: a party that answers at once and sends back what it hears.
type Echo struct{}

// Call answers the call.
func (Echo) Call(_ tdm.Primitive, up Up) Party {
	up(tdm.Primitive{Kind: tdm.Connect})
	return &echoParty{up: up}
}

type echoParty struct {
	up  Up
	leg span.EchoTest
}

func (p *echoParty) Send(m tdm.Primitive) {
	if m.Kind == tdm.Disconnect {
		p.up(tdm.Primitive{Kind: tdm.Release, Cause: m.Cause})
	}
}

func (p *echoParty) End() span.End { return span.End{Leg: &p.leg} }
func (p *echoParty) Name() string  { return "echo" }
