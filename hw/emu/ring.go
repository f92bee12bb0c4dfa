package emu

import "tipring/dsp/tone"

// prepare lays out what the exchange puts on the line for the call.
func (c *incoming) prepare(plan *tone.Plan) error {
	for i, ms := range plan.RingCadenceMs {
		c.steps = append(c.steps, ringStep{ms: ms, ring: i%2 == 0})
	}
	return nil
}
