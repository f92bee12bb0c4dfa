package loop

import (
	"slices"
	"strings"
	"testing"

	"tipring/tdm"
)

func TestDistinctiveRing(t *testing.T) {
	for _, c := range []struct {
		header string
		want   []int
	}{
		{"Bellcore-dr1", nil},
		{"Bellcore-dr2", distinctive["dr2"]},
		{"<http://127.0.0.1/Bellcore-dr3>", distinctive["dr3"]},
		{"<http://example.com/BELLCORE-DR4>;x=y", distinctive["dr4"]},
		{"Bellcore-dr8", distinctive["dr8"]},
		{"Bellcore-dr9", nil},
		{"Bellcore-dr0", nil},
		{"Bellcore-dr12", nil},
		{"Bellcore-dr", nil},
		{"info=alert-internal", distinctive["dr2"]},
		{"<http://127.0.0.1>;info=alert-internal", distinctive["dr2"]},
		{`<http://127.0.0.1>;info="alert-internal"`, nil},
		{"info=alert-external;x=y", nil},
		{"<sip:x>;info=alert-priority ", distinctive["dr3"]},
		{"info=alert-nonsense", nil},
		{"<http://www.example.com/sounds/moo.wav>", nil},
		{"", nil},
		{strings.Repeat("x", 600) + "Bellcore-dr3", nil},
	} {
		if got := distinctiveRing(c.header); !slices.Equal(got, c.want) {
			t.Errorf("%q gives %v, want %v", c.header, got, c.want)
		}
	}
}

func TestDistinctivePatternsAreCadences(t *testing.T) {
	for name, p := range distinctive {
		if p == nil {
			continue
		}
		c, ok := cadence(p)
		if !ok {
			t.Errorf("%s is no cadence", name)
		}
		if long := c.Ms[longestPause(&c)]; long < 750 {
			t.Errorf("%s pauses for %d ms only", name, long)
		}
	}
	for name, p := range alertNames {
		if _, ok := distinctive[p]; !ok {
			t.Errorf("alert-%s leads to %s, which is not there", name, p)
		}
	}
}

// FuzzDistinctiveRing: whatever a SIP peer sends gives one of the known patterns or none.
func FuzzDistinctiveRing(f *testing.F) {
	for _, s := range []string{"Bellcore-dr3", "<http://127.0.0.1/Bellcore-dr5>", "info=alert-group", "info=alert-\x00", "bellcore-drbellcore-dr2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := distinctiveRing(s)
		if got == nil {
			return
		}
		for _, p := range distinctive {
			if slices.Equal(got, p) {
				return
			}
		}
		t.Errorf("%q gives %v", s, got)
	})
}

// FuzzDialable: whatever a caller dials, only digits and pauses reach the line.
func FuzzDialable(f *testing.F) {
	f.Add("+1 (555) 123-4567")
	f.Add("9,w*#abcd\x00\xff")
	f.Fuzz(func(t *testing.T, s string) {
		got := dialable(s)
		if strings.Trim(got, "0123456789ABCD*#,w") != "" {
			t.Errorf("%q gives %q", s, got)
		}
		if again := dialable(got); again != got {
			t.Errorf("%q gives %q and then %q", s, got, again)
		}
	})
}

func TestBurstInTheLongestPause(t *testing.T) {
	plan := func(ms ...int) alerting {
		c, ok := cadence(ms)
		if !ok {
			t.Fatal(ms)
		}
		return alerting{cadence: c}
	}
	for _, c := range []struct {
		name  string
		a     alerting
		burst int
		rings int
		first string
	}{
		{"us", plan(2000, 4000), 900, 1, ""},
		{"fits to the millisecond", plan(2000, 4000), 3300, 1, ""},
		{"one too long", plan(2000, 4000), 3301, 1, "2000/4000 once"},
		{"double ring", plan(400, 200, 400, 2000), 1300, 2, ""},
		{"double ring, long name", plan(400, 200, 400, 2000), 1301, 2, "400/200/400/2000 once"},
		{"pause in the middle", plan(400, 3000, 400, 200), 2400, 1, "400/3000 once"},
	} {
		c.a.withBurst(c.burst, 500, 200)
		first := ""
		if c.a.first.N > 0 {
			first = cadenceText(c.a.first)
		}
		if c.a.rings != c.rings || first != c.first {
			t.Errorf("%s: after ring %d, first %q; want %d, %q", c.name, c.a.rings, first, c.rings, c.first)
		}
	}
}

func TestTreatment(t *testing.T) {
	resolved := func(zone, clear string) *settings {
		s, err := resolve(LineConfig{Zone: zone, FXS: FXSConfig{ClearTone: clear}}, tdm.Info{Slots: []tdm.Slot{{Kind: tdm.FXS, Name: "fxs1"}}})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for cause, want := range map[tdm.Cause]string{
		1: toneUnobtainable, 2: toneUnobtainable, 3: toneUnobtainable, 22: toneUnobtainable, 28: toneUnobtainable,
		17: "busy", 21: "busy", 34: "congestion", 38: "congestion", 41: "congestion", 42: "congestion", 44: "congestion",
		47: "congestion", 18: "congestion", 19: "congestion", 27: "congestion", 127: "congestion", 0: "congestion",
	} {
		if got := resolved("us", "").treatment(cause); got != want {
			t.Errorf("cause %d gives %s, want %s", cause, got, want)
		}
	}
	for _, c := range []struct{ zone, set, want string }{{"us", "", "congestion"}, {"de", "", "busy"}, {"de", "dial", "dial"}, {"us", "none", "none"}} {
		if got := resolved(c.zone, c.set).treatment(16); got != c.want {
			t.Errorf("normal clearing in %s, set to %q, gives %s, want %s", c.zone, c.set, got, c.want)
		}
	}
	// A special information tone that would be followed by an announcement is followed by congestion tone.
	spec := resolved("us", "").unobtainable()
	if n := len(spec.Segments); n != 6 || !spec.Segments[3].Once || spec.Segments[4].Once || spec.Segments[4].N != 2 {
		t.Errorf("us: %+v", spec.Segments)
	}
	if spec := resolved("uk", "").unobtainable(); len(spec.Segments) != 1 || spec.Segments[0].Hz[0] != 400 {
		t.Errorf("uk: %+v", spec.Segments)
	}
}
