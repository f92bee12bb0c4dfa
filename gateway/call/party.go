package call

import (
	"tipring/tdm"
	"tipring/tdm/span"
)

// A Party is one side of a call: a telephone, a trunk line, a SIP dialog, a prompt. Its methods are safe from any
// goroutine and never block.
type Party interface {
	// Send delivers a primitive down to the party. After the party's Release it does nothing.
	Send(tdm.Primitive)
	// End is where the party's audio is. It is constant from the first primitive that promises audio (Progress or Alerting
	// with InBand, Connect; for an originating party from Setup) to the Release.
	End() span.End
	// Name is the stable name of the line, account or trunk behind the party: for records, metrics and logs.
	Name() string
}

// Up is how a party talks to its call. It never blocks; a call that cannot keep up is cleared with cause 42.
type Up func(tdm.Primitive)

// An Endpoint can be called: a line, a hunt group's member, an account, a trunk.
type Endpoint interface {
	// Call starts a call towards the endpoint with a Setup primitive. Everything after, refusal included, comes through up.
	Call(setup tdm.Primitive, up Up) Party
}

// Incoming is what an originator of calls (a line group, a SIP server) is configured with: it hands over the party and
// its Setup, and gets the way to send the rest. It never blocks.
type Incoming func(p Party, setup tdm.Primitive) Up
