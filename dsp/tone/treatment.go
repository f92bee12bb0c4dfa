package tone

// A Row is one line of a table of tones that the zone table does not have, with where it comes from.
type Row struct {
	Zone      string
	Spec      Spec
	Source    string
	Certainty string // "high", "medium", "low"
}

// howlers are the tones for a receiver left off the hook, by zone. They are to be sent loud: GR-506 asks for +3 dBm0 to
// -6 dBm0 a frequency at the exchange, Turkey and others raise the level step by step.
var howlers = []Row{
	{"us", must("1400+2060+2450+2600/100,0/100"), "Telcordia GR-506-CORE 17.2.8, receiver off-hook tone", "high"},
	{"us-old", must("480"), "high tone, 480 Hz, of older exchanges (permanent signal tone, ITU Operational Bulletin 781)", "medium"},
	{"tr", must("1400/200,0/200,2060/200,0/200,2460/200,0/200,2600/200,0/200"), "ITU Operational Bulletin 781, howler tone", "high"},
	{"cn", must("950"), "national signalling rules, howler tone 950 Hz, level rising in steps; from memory", "low"},
}

// unobtainable are the tones for a number that does not exist, where a zone has its own. Elsewhere the special
// information tone of E.180 clause 9 (the plan's "info") serves; in Australia, New Zealand and China the zone table's "info"
// is the national number-unobtainable tone itself.
var unobtainable = []Row{
	{"uk", must("400"), "ITU Operational Bulletin 781, number unobtainable tone; BT SIN 350", "high"},
	{"tr", must("450/200,0/200"), "ITU Operational Bulletin 781, number unobtainable tone", "high"},
}

// Howlers lists the zones with a receiver-off-hook tone of their own.
func Howlers() []Row { return append([]Row(nil), howlers...) }

// NumbersUnobtainable lists the zones with a number-unobtainable tone of their own.
func NumbersUnobtainable() []Row { return append([]Row(nil), unobtainable...) }

// Howler returns the tone for a receiver left off the hook in a zone. Where no source states the national one it is the
// North American: four frequencies that no speech makes, which is what analog gateways send everywhere.
func Howler(zone string) Spec {
	for _, r := range howlers {
		if r.Zone == zone {
			return r.Spec
		}
	}
	return howlers[0].Spec
}

// Howler returns the plan's tone for a receiver left off the hook; see the function Howler.
func (p *Plan) Howler() Spec { return Howler(p.ID) }

// NumberUnobtainable returns the tone for a number that does not exist or cannot be reached: the zone's own, else its
// special information tone, else its congestion tone.
func (p *Plan) NumberUnobtainable() Spec {
	for _, r := range unobtainable {
		if r.Zone == p.ID {
			return r.Spec
		}
	}
	if s, ok := p.specs["info"]; ok {
		return s
	}
	return p.specs["congestion"]
}
