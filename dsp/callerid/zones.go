package callerid

// Certainty is how well a row of the zone table is sourced.
type Certainty uint8

// The grades.
const (
	// Stated: the zone table of package tone, or the country's own document, says so.
	Stated Certainty = iota
	// Secondary: a list in another product's documentation names the country.
	Secondary
	// Assumed: nothing found; what the region's other countries use. Set the standard of the line where it is wrong.
	Assumed
)

// String returns the grade's name.
func (c Certainty) String() string { return [...]string{"stated", "secondary", "assumed", ""}[c&3] }

// A Zone is a row of the zone table.
type Zone struct {
	ID        string
	Standard  string
	Certainty Certainty
	Source    string
}

// Sources named more than once. The spandsp list is the one in the comment that opens its adsi.h; only facts were taken.
const (
	dahdi      = "asterisk configs/samples/chan_dahdi.conf.sample"
	adsiBell   = "spandsp adsi.h: GR-30 CLASS in North America, Australia, China, Taiwan and Hong Kong"
	adsiETSI   = "spandsp adsi.h: ETSI FSK in France, Germany, Norway, Italy, Spain, South Africa, Turkey and the UK; the alert is assumed"
	adsiDTMF   = "spandsp adsi.h: DTMF variant 1 in Belgium, Brazil, Denmark, Finland, Iceland, India, Netherlands, Saudi Arabia, Sweden and Uruguay"
	weeBell    = "danjulio/weeBell_bluetooth international.c"
	noneETSI   = "no source found; EN 300 659-1 as elsewhere in Europe"
	noneBell   = "no source found; GR-30-CORE as elsewhere in the region"
	noneGulf   = "no source found; EN 300 659-1, since the zone's tones and ringing are European"
	taiwanETS  = "\"Overview of Caller ID Standard and Market in Taiwan\": ETS 300 659-1, FSK behind DT-AS or DTMF by exchange; spandsp adsi.h also lists GR-30"
	denmarkWay = dahdi + " (DTMF); callerid.c of asterisk 1.2 treats D1#, D2# and D3# as the Danish codes"
)

// zones has a row for every zone of package tone.
var zones = []Zone{
	{"us", "bell202", Stated, dahdi},
	{"au", "bell202", Secondary, adsiBell + "; " + weeBell},
	{"fr", "etsi-ring", Secondary, adsiETSI},
	{"nl", "dtmf", Stated, dahdi + " (DTMF); form: " + adsiDTMF},
	{"uk", "sin227", Stated, dahdi + " (V.23); alert: BT SIN 227, " + weeBell},
	{"fi", "dtmf", Secondary, adsiDTMF},
	{"es", "etsi-ring", Secondary, adsiETSI},
	{"jp", "jclip", Stated, dahdi + " (v23_jp): NTT J-CLIP, sent to a line that the called side has looped"},
	{"no", "etsi-ring", Secondary, adsiETSI},
	{"at", "etsi-ring", Assumed, noneETSI},
	{"nz", "bell202", Secondary, weeBell},
	{"it", "etsi-ring", Secondary, adsiETSI},
	{"us-old", "bell202", Stated, dahdi},
	{"gr", "etsi-ring", Assumed, noneETSI},
	{"tw", "etsi-dtas", Secondary, taiwanETS},
	{"cl", "bell202", Assumed, noneBell},
	{"se", "dtmf", Stated, dahdi + " (DTMF); form: " + adsiDTMF},
	{"be", "dtmf", Secondary, adsiDTMF},
	{"sg", "etsi-ring", Secondary, "spandsp adsi.c: A-CLIP uses V.23 with the messages of GR-30; the alert is assumed"},
	{"il", "etsi-ring", Assumed, noneETSI},
	{"br", "dtmf", Secondary, adsiDTMF},
	{"hu", "etsi-ring", Assumed, noneETSI},
	{"lt", "etsi-ring", Assumed, noneETSI},
	{"pl", "etsi-ring", Assumed, noneETSI},
	{"za", "etsi-ring", Secondary, adsiETSI},
	{"pt", "etsi-ring", Assumed, noneETSI},
	{"ee", "etsi-ring", Assumed, noneETSI},
	{"mx", "bell202", Assumed, noneBell},
	{"in", "dtmf-lr", Stated, dahdi + " (DTMF, start by polarity); " + weeBell},
	{"de", "etsi-ring", Secondary, adsiETSI},
	{"ch", "etsi-ring", Assumed, noneETSI},
	{"dk", "dtmf-dk", Stated, denmarkWay},
	{"cz", "etsi-ring", Assumed, noneETSI},
	{"cn", "bell202", Secondary, adsiBell},
	{"ar", "bell202", Assumed, noneBell},
	{"my", "bell202", Assumed, noneBell},
	{"th", "bell202", Assumed, noneBell},
	{"bg", "etsi-ring", Assumed, noneETSI},
	{"ve", "bell202", Assumed, noneBell},
	{"ph", "bell202", Assumed, noneBell},
	{"ru", "etsi-ring", Assumed, noneETSI},
	{"tr", "etsi-ring", Secondary, adsiETSI},
	{"pa", "bell202", Assumed, noneBell},
	{"mo", "bell202", Secondary, adsiBell + "; Macao as Hong Kong"},
	{"cr", "bell202", Assumed, noneBell},
	{"ae", "etsi-ring", Assumed, noneGulf},
}

// Zones lists the zone table.
func Zones() []Zone { return append([]Zone(nil), zones...) }

// ForZone returns the standard of a zone of package tone; of an unknown zone that of North America.
func ForZone(id string) Standard {
	name := "bell202"
	for _, z := range zones {
		if z.ID == id {
			name = z.Standard
		}
	}
	s, _ := Lookup(name)
	return s
}
