package emu

import (
	"tipring/dsp/tone"
	"tipring/tdm"
)

// An ear recognises the call-progress tones that a far end hears.
type ear struct {
	plan, dialPlan *tone.Plan
	detector       *tone.Detector // nil: not listening
	evs            []tone.Event
	tone           string
}

func newEar(p *tone.Plan) ear {
	return ear{plan: p.WithTreatment(), dialPlan: p.AwaitDial(), evs: make([]tone.Event, 0, 16)}
}

// attune listens anew. awaitDial narrows the plan to what comes before a digit, so that dial tone is known sooner where it
// has the frequency of ringing tone.
func (e *ear) attune(awaitDial bool) {
	p := e.plan
	if awaitDial {
		p = e.dialPlan
	}
	e.detector, e.tone = tone.NewDetector(p), ""
}

// deafen stops listening.
func (e *ear) deafen() { e.detector, e.tone = nil, "" }

// listen takes one quantum and reports whether another tone, or none, is heard now.
func (e *ear) listen(pcm *[tdm.Quantum]int16) (changed bool) {
	if e.detector == nil {
		return false
	}
	was := e.tone
	e.evs = e.detector.Process(pcm[:], e.evs[:0])
	for _, ev := range e.evs {
		switch {
		case ev.Kind == tone.Recognised:
			e.tone = ev.Name
		case ev.Kind == tone.End && ev.Name == e.tone:
			e.tone = ""
		}
	}
	return e.tone != was
}
