package span

import "tipring/dsp/dtmf"

// detectors is what listens on a slot, and what it found in the block at hand.
type detectors struct {
	digits []dtmf.Event
}

func newDetectors(d Detect) *detectors {
	if d == (Detect{}) {
		return nil
	}
	return &detectors{}
}

func (p *Pump) detect(i int, at int64) {}
