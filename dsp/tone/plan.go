package tone

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
)

// The table of zones, with its source.
//
//go:embed zones.json
var zonesJSON []byte

// A Plan is the set of tones of one country.
type Plan struct {
	ID          string // "us", "de", ... as in the zone table
	Description string
	// RingCadenceMs is how a telephone rings: ring, pause, ring, pause ... in milliseconds.
	RingCadenceMs []int
	// DTMF is the level of each of the two frequencies of a digit that an exchange of the country sends, in dBm0.
	DTMF struct{ Low, High float64 }
	// CallerID is what the zone table's source says about caller identification; nil where it says nothing.
	CallerID *CallerID
	// Notes says, by tone, where this copy departs from the source and why.
	Notes map[string]string

	names []string
	specs map[string]Spec
	await bool // made by AwaitDial
	heard *compiled
}

// compiled is what is made of a plan when it is first wanted.
type compiled struct {
	once, awaitOnce, treatOnce sync.Once
	l                          *listener
	await                      *Plan
	treated                    *Plan
}

func (p *Plan) listener() *listener {
	p.heard.once.Do(func() { p.heard.l = compile(p) })
	return p.heard.l
}

// CallerID is how a zone sends the caller's number, as far as the zone table's source states it.
type CallerID struct {
	Signalling string `json:"signalling"` // "bell202", "v23", "v23_jp", "dtmf"
	Start      string `json:"start"`      // "ring", "polarity_in"; empty: not stated
	AfterRings int    `json:"after_rings"`
	Source     string `json:"source"`
}

// order is the one in which names are listed and, of two tones that are the same signal, which name is reported.
var order = []string{"dial", "busy", "ring", "congestion", "info", "stutter", "dialrecall", "callwaiting", "record"}

// Names lists the tones of the plan, the most important first: those of dial, busy, ring, congestion, info, stutter,
// dialrecall, callwaiting and record that the country has.
func (p *Plan) Names() []string { return slices.Clone(p.names) }

// Tone returns a tone by name.
func (p *Plan) Tone(name string) (Spec, bool) {
	s, ok := p.specs[name]
	return s, ok
}

// Only returns the plan restricted to some of its tones, for a detector that is to listen for no others. Names that the
// plan does not have are left out.
func (p *Plan) Only(names ...string) *Plan {
	q := *p
	q.names = nil
	q.specs = make(map[string]Spec)
	q.heard = new(compiled)
	for _, name := range p.names {
		if slices.Contains(names, name) {
			q.names = append(q.names, name)
			q.specs[name] = p.specs[name]
		}
	}
	return &q
}

// AwaitDial returns the plan restricted to what an exchange sends before a digit is dialled: dial tone in its three forms
// and the tones of an exchange that cannot serve. Where ringing and dial tone share a frequency, as in most of Europe, a
// detector on the full plan must wait until the tone is longer than a ring to call it dial tone; on this one it does not.
// What still can be something else after 500 ms, as a busy tone of 750 ms, is then called dial tone until it ends.
func (p *Plan) AwaitDial() *Plan {
	p.heard.awaitOnce.Do(func() {
		q := p.Only("dial", "stutter", "dialrecall", "busy", "congestion")
		q.await = true
		p.heard.await = q
	})
	return p.heard.await
}

var zones = sync.OnceValue(func() []*Plan { return parseZones(zonesJSON) })

// Zones lists the ids of all plans, in the order of the source.
func Zones() []string {
	var ids []string
	for _, p := range zones() {
		ids = append(ids, p.ID)
	}
	return ids
}

// Zone returns the plan of a country by its id. Plans are shared and must not be changed.
func Zone(id string) (*Plan, bool) {
	for _, p := range zones() {
		if p.ID == id {
			return p, true
		}
	}
	return nil, false
}

// parseZones panics on a fault: the table is part of the program.
func parseZones(data []byte) []*Plan {
	var table struct {
		Zones []struct {
			ID            string                      `json:"id"`
			Description   string                      `json:"description"`
			RingCadenceMs []int                       `json:"ring_cadence_ms"`
			Tones         map[string]string           `json:"tones"`
			DTMF          struct{ Low, High float64 } `json:"dtmf_dbm0"`
			CallerID      *CallerID                   `json:"caller_id"`
			Notes         map[string]string           `json:"notes"`
		} `json:"zones"`
	}
	if err := json.Unmarshal(data, &table); err != nil {
		panic(fmt.Sprintf("tone: zones.json: %v", err))
	}
	plans := make([]*Plan, 0, len(table.Zones))
	for _, z := range table.Zones {
		p := &Plan{ID: z.ID, Description: z.Description, RingCadenceMs: z.RingCadenceMs, DTMF: z.DTMF, CallerID: z.CallerID,
			Notes: z.Notes, specs: make(map[string]Spec), heard: new(compiled)}
		for _, name := range order {
			if s, ok := z.Tones[name]; ok {
				p.names = append(p.names, name)
				p.specs[name] = must(s)
				delete(z.Tones, name)
			}
		}
		if len(z.Tones) > 0 {
			panic(fmt.Sprintf("tone: zones.json: zone %s has tones of unknown names: %v", z.ID, z.Tones))
		}
		plans = append(plans, p)
	}
	return plans
}
