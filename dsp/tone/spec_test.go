package tone_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"tipring/dsp/tone"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want []tone.Segment
	}{
		{"425", []tone.Segment{{Hz: hz(425), N: 1}}},
		{"350+440/100,0/40", []tone.Segment{{Hz: hz(350, 440), N: 2, Ms: 100}, {Ms: 40}}},
		{"!950/330, !0/15, 400*25", []tone.Segment{{Hz: hz(950), N: 1, Ms: 330, Once: true}, {Ms: 15, Once: true}, {Hz: hz(400, 25), N: 2, Modulated: true}}},
		{"425@/375,0", []tone.Segment{{Hz: hz(425), N: 1, Low: true, Ms: 375}, {}}},
		{"1400+2060+2450+2600/100", []tone.Segment{{Hz: hz(1400, 2060, 2450, 2600), N: 4, Ms: 100}}},
		{"16.667", []tone.Segment{{Hz: hz(16.667), N: 1}}},
	} {
		got, err := tone.Parse(tt.in)
		if err != nil || !slices.Equal(got.Segments, tt.want) {
			t.Errorf("Parse(%q) = %+v, %v; want %+v", tt.in, got.Segments, err, tt.want)
		}
		again, err := tone.Parse(got.String())
		if err != nil || !slices.Equal(again.Segments, got.Segments) {
			t.Errorf("Parse(%q), written and read again, = %+v, %v", tt.in, again, err)
		}
	}
}

func hz(f ...float64) (a [tone.MaxFrequencies]float64) {
	copy(a[:], f)
	return
}

func TestParseRefuses(t *testing.T) {
	for in, want := range map[string]string{
		"":                         "no component",
		"425/500,":                 "not a frequency",
		"425,0/500":                "has no length",
		"425/0":                    "milliseconds",
		"425/-1":                   "milliseconds",
		"425/500ms":                "milliseconds",
		"4000":                     "not a frequency",
		"10000/400":                "not a frequency",
		"NaN":                      "not a frequency",
		"1e3":                      "not a frequency",
		"0x20":                     "not a frequency",
		"-425":                     "not a frequency",
		"350+440+480+620+1400":     "5 frequencies",
		"400*25*2":                 "3 frequencies",
		"400+0":                    "silence",
		"!400/100!0/100,400":       "milliseconds",
		"425/500,!0/500":           "move it to the front",
		"425/500;0/500":            "milliseconds",
		"\x00":                     "not a frequency",
		"425//500":                 "milliseconds",
		strings.Repeat("4", 30):    "not a frequency",
		"425/99999999999999999999": "milliseconds",
	} {
		if got, err := tone.Parse(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%q) = %v, %v; want an error with %q", in, got, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, id := range tone.Zones() {
		plan, _ := tone.Zone(id)
		for _, name := range plan.Names() {
			spec, _ := plan.Tone(name)
			f.Add(spec.String())
		}
	}
	f.Add("!400/100!0/100")
	f.Fuzz(func(t *testing.T, s string) {
		spec, err := tone.Parse(s)
		if err != nil {
			return
		}
		again, err := tone.Parse(spec.String())
		if err != nil || !slices.Equal(again.Segments, spec.Segments) {
			t.Fatalf("%q reads as %v, written %q reads as %v, %v", s, spec.Segments, spec, again.Segments, err)
		}
		var pcm [80]int16
		tone.NewGenerator(spec, -10).Read(pcm[:])
	})
}

func TestZones(t *testing.T) {
	ids := tone.Zones()
	if len(ids) != 46 {
		t.Fatalf("%d zones, want the 46 of the source", len(ids))
	}
	for _, id := range ids {
		plan, ok := tone.Zone(id)
		if !ok || plan.ID != id || plan.Description == "" {
			t.Fatalf("zone %q = %+v, %v", id, plan, ok)
		}
		for _, name := range []string{"dial", "busy", "ring", "congestion", "info", "stutter", "callwaiting", "dialrecall"} {
			if spec, ok := plan.Tone(name); !ok || len(spec.Segments) == 0 {
				t.Errorf("%s has no %s", id, name)
			}
		}
		if len(plan.RingCadenceMs) == 0 || len(plan.RingCadenceMs)%2 != 0 {
			t.Errorf("%s rings %v", id, plan.RingCadenceMs)
		}
		if plan.DTMF.Low > -5 || plan.DTMF.Low < -15 || plan.DTMF.High > -5 || plan.DTMF.High < -15 {
			t.Errorf("%s sends DTMF at %+v dBm0", id, plan.DTMF)
		}
	}
	if _, ok := tone.Zone("atlantis"); ok {
		t.Error("a zone that does not exist was found")
	}
	uk, _ := tone.Zone("uk")
	if uk.CallerID == nil || uk.CallerID.Signalling != "v23" || uk.CallerID.AfterRings != 2 {
		t.Errorf("uk caller id = %+v", uk.CallerID)
	}
}

func TestTableKeepsItsSource(t *testing.T) {
	data, err := os.ReadFile("zones.json")
	if err != nil || !strings.Contains(string(data), `"source": "asterisk/dahdi-tools zonedata.c`) {
		t.Errorf("zones.json has lost its source field: %v", err)
	}
}

func TestOnly(t *testing.T) {
	de, _ := tone.Zone("de")
	some := de.Only("busy", "dial", "no such tone")
	if got := some.Names(); !slices.Equal(got, []string{"dial", "busy"}) {
		t.Errorf("Only(busy, dial) has %v", got)
	}
	if _, ok := some.Tone("ring"); ok {
		t.Error("Only keeps a tone that was not named")
	}
	if _, ok := de.Tone("ring"); !ok {
		t.Error("Only changed the shared plan")
	}
	if once, twice := de.AwaitDial(), de.AwaitDial(); once != twice {
		t.Error("AwaitDial makes a plan a call")
	}
	if slices.Contains(de.AwaitDial().Names(), "ring") {
		t.Error("AwaitDial listens for ringing tone")
	}
}

func TestTreatments(t *testing.T) {
	for _, r := range append(tone.Howlers(), tone.NumbersUnobtainable()...) {
		if _, ok := tone.Zone(r.Zone); !ok || r.Source == "" || !slices.Contains([]string{"high", "medium", "low"}, r.Certainty) {
			t.Errorf("row %+v", r)
		}
	}
	if got := tone.Howler("us").String(); got != "1400+2060+2450+2600/100,0/100" {
		t.Errorf("US howler = %s", got)
	}
	if tone.Howler("fi").String() != tone.Howler("us").String() {
		t.Error("a zone without a howler of its own does not get the default")
	}
	for id, want := range map[string]string{"uk": "400", "au": "425/2500,0/500", "us": "!950/330,!1400/330,!1800/330,0"} {
		plan, _ := tone.Zone(id)
		if got := plan.NumberUnobtainable().String(); got != want {
			t.Errorf("%s number unobtainable = %s, want %s", id, got, want)
		}
	}
	us, _ := tone.Zone("us")
	if got := us.Only("congestion").NumberUnobtainable().String(); got != "480+620/250,0/250" {
		t.Errorf("without a special information tone: %s, want congestion", got)
	}
}
