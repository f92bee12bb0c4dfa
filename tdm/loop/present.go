package loop

import (
	"tipring/tdm"
	"tipring/tdm/span"
)

// alertSource is the caller-ID burst of the call at hand.
type alertSource struct {
	source span.Source
}

// plan decides how the telephone is rung for a Setup, and prepares the caller-ID burst.
func (l *Line) plan(p *tdm.Primitive) alerting {
	a := alerting{cadence: l.m.set.cadence}
	if ring := distinctiveRing(p.AlertInfo); ring != nil {
		a.cadence, _ = cadence(ring)
	}
	return a
}
