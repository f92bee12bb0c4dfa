package pulse

// A Zone is a row of the zone table: how a country's telephones pulse and flash.
type Zone struct {
	ID     string // of package tone
	Config Config
	Source string
	// Assumed is set where no source names the country and the region's other countries are followed.
	Assumed bool
}

// europe tells the timed-break recall of the R key from a dialled 1 at 74 ms. A telephone that dials 8 pulses a second with
// 67 % break (84 ms) flashes with every lone 1 there; raise BreakMaxMs and FlashMinMs for it, or set Clash. The
// window ends above the 270 ms of French recall keys.
var europe = Config{BreakMaxMs: 74, FlashMinMs: 75, FlashMaxMs: 320, HangupMs: 400, BreakMs: 60, MakeMs: 40}

func with(c Config, digits string) Config {
	c.Digits = digits
	return c
}

// Sources named more than once.
const (
	tia464  = "EIA/TIA-464: hook flash 300 to 1000 ms"
	necEU   = "NEC SL2100 Quick Install Guide p. 24: in the EU timed-break recall of 90 to 120 ms, to be detected from 70 to 125 ms; upper end widened to France's 270 ms"
	asEU    = "no source found; as the European rows"
	asUS    = "no source found; as North America"
	sweden  = "Televerket's dial: 0 in the first place, one pulse"
	pulseNZ = "danjulio/weeBell_bluetooth international.c: reversed dial; flash: no source found, as North America"
)

// zones has a row for every zone of package tone.
var zones = []Zone{
	{"us", Config{}, tia464, false},
	{"au", europe, asEU, true},
	{"fr", europe, necEU, false},
	{"nl", europe, necEU, false},
	{"uk", europe, necEU, false},
	{"fi", europe, necEU, false},
	{"es", europe, necEU, false},
	{"jp", Config{}, asUS, true},
	{"no", europe, asEU, true},
	{"at", europe, necEU, false},
	{"nz", with(Config{}, DigitsNewZealand), pulseNZ, true},
	{"it", europe, necEU, false},
	{"us-old", Config{}, tia464, false},
	{"gr", europe, necEU, false},
	{"tw", Config{}, asUS, true},
	{"cl", Config{}, asUS, true},
	{"se", with(europe, DigitsSweden), sweden + "; flash: " + necEU, false},
	{"be", europe, necEU, false},
	{"sg", europe, asEU, true},
	{"il", europe, asEU, true},
	{"br", Config{}, asUS, true},
	{"hu", europe, necEU, false},
	{"lt", europe, necEU, false},
	{"pl", europe, necEU, false},
	{"za", europe, asEU, true},
	{"pt", europe, necEU, false},
	{"ee", europe, necEU, false},
	{"mx", Config{}, asUS, true},
	{"in", Config{}, asUS, true},
	{"de", europe, necEU, false},
	{"ch", europe, asEU, true},
	{"dk", europe, necEU, false},
	{"cz", europe, necEU, false},
	{"cn", Config{}, asUS, true},
	{"ar", Config{}, asUS, true},
	{"my", europe, asEU, true},
	{"th", Config{}, asUS, true},
	{"bg", europe, necEU, false},
	{"ve", Config{}, asUS, true},
	{"ph", Config{}, asUS, true},
	{"ru", europe, asEU, true},
	{"tr", europe, asEU, true},
	{"pa", Config{}, asUS, true},
	{"mo", Config{}, asUS, true},
	{"cr", Config{}, asUS, true},
	{"ae", europe, asEU, true},
}

// Zones lists the zone table.
func Zones() []Zone { return append([]Zone(nil), zones...) }

// ForZone returns the limits of a zone of package tone with every field set; of an unknown zone those of Default.
func ForZone(id string) Config {
	var c Config
	for _, z := range zones {
		if z.ID == id {
			c = z.Config
		}
	}
	return c.withDefaults()
}
