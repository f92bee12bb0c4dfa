package tone

import (
	"maps"
	"slices"
)

// Names of tones that the zone table does not have and that WithTreatment adds.
const (
	HowlerName       = "howler"
	UnobtainableName = "unobtainable"
)

// With returns the plan with one more tone, listed last, or with another one in place of what it has by that name.
func (p *Plan) With(name string, s Spec) *Plan {
	q := *p
	q.names = slices.Clone(p.names)
	q.specs = maps.Clone(p.specs)
	q.heard = new(compiled)
	if _, ok := q.specs[name]; !ok {
		q.names = append(q.names, name)
	}
	q.specs[name] = s
	return &q
}

// WithTreatment returns the plan with everything that an exchange of the country sends to a line whose call has ended or
// failed: besides the tones of the zone table the howler, and the number-unobtainable tone where the zone has one of its own.
// The four frequencies of the North American howler are in all zones without another.
func (p *Plan) WithTreatment() *Plan {
	p.heard.treatOnce.Do(func() {
		q := p.With(HowlerName, p.Howler())
		for _, r := range unobtainable {
			if r.Zone == p.ID {
				q = q.With(UnobtainableName, r.Spec)
			}
		}
		p.heard.treated = q
	})
	return p.heard.treated
}
