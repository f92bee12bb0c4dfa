package pulse

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// play feeds runs to a decoder that is off-hook since 1 s, and then closed until long after.
func play(d *Decoder, runs []Run) []Event {
	evs := d.Edge(0, true, nil)
	now := int64(1000)
	for _, r := range runs {
		evs = d.Edge(now, r.Closed, evs)
		now += int64(r.Ms)
	}
	return d.Advance(now+5000, evs)
}

// story writes events without their times.
func story(evs []Event) string {
	var s []string
	for _, e := range evs {
		switch e.Kind {
		case Pulse:
		case Digit:
			s = append(s, string(e.Digit))
		default:
			s = append(s, e.Kind.String())
		}
	}
	return strings.Join(s, " ")
}

func TestDigitsByRateAndRatio(t *testing.T) {
	for _, pps := range []float64{8, 9, 10, 11, 12} {
		for _, percent := range []float64{58, 60, 64, 67} {
			c := Default
			c.BreakMs = int(1000 / pps * percent / 100)
			c.MakeMs = int(1000/pps) - c.BreakMs
			c.PauseMs = 240
			runs, err := Encode("1234567890", c)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := story(play(NewDecoder(Config{}), runs)), "off-hook 1 2 3 4 5 6 7 8 9 0"; got != want {
				t.Errorf("%v pps, %v %% break (%d/%d ms): %s", pps, percent, c.BreakMs, c.MakeMs, got)
			}
		}
	}
}

func TestDigitMappings(t *testing.T) {
	for mapping, zero := range map[string]int{DigitsStandard: 10, DigitsSweden: 1, DigitsNewZealand: 10} {
		c := Config{Digits: mapping}
		runs, err := Encode("0", c)
		if err != nil || len(runs) != 2*zero {
			t.Errorf("%s: %d runs (%v) for 0, want %d", mapping, len(runs), err, 2*zero)
		}
		runs, _ = Encode("0192837465", c)
		if got := story(play(NewDecoder(c), runs)); got != "off-hook 0 1 9 2 8 3 7 4 6 5" {
			t.Errorf("%s: %s", mapping, got)
		}
	}
}

func TestEncodeRefusesWhatNoPulseCountMeans(t *testing.T) {
	if _, err := Encode("12*", Config{}); err == nil || !strings.Contains(err.Error(), `'*' in "12*"`) {
		t.Errorf("error %v", err)
	}
}

func TestEncodePauses(t *testing.T) {
	runs, err := Encode(",1w2", Config{PauseMs: 700})
	want := []Run{{true, 700}, {false, 60}, {true, 1400}, {false, 60}, {true, 40}, {false, 60}, {true, 700}}
	if err != nil || fmt.Sprint(runs) != fmt.Sprint(want) {
		t.Errorf("%v (%v), want %v", runs, err, want)
	}
}

func TestBreakByLength(t *testing.T) {
	europe := Config{BreakMaxMs: 79, FlashMinMs: 80, FlashMaxMs: 130, HangupMs: 400}
	clash := Config{FlashMinMs: 50, FlashMaxMs: 130, Clash: ClashFlash}
	for _, row := range []struct {
		name string
		cfg  Config
		ms   int
		want string
	}{
		{"bounce", Config{}, 4, ""},
		{"too short", Config{}, 24, ""},
		{"shortest pulse", Config{}, 25, "1"},
		{"longest pulse", Config{}, 110, "1"},
		{"between pulse and flash", Config{}, 200, ""},
		{"shortest flash", Config{}, 300, "flash"},
		{"longest flash", Config{}, 1000, "flash"},
		{"on-hook", Config{}, 1001, "on-hook off-hook"},
		{"Europe: pulse", europe, 67, "1"},
		{"Europe: R key", europe, 80, "flash"},
		{"Europe: R key, long", europe, 130, "flash"},
		{"Europe: between flash and on-hook", europe, 399, ""},
		{"Europe: on-hook", europe, 400, "on-hook off-hook"},
		{"clash, digit by default", Config{FlashMinMs: 50, FlashMaxMs: 130}, 60, "1"},
		{"clash, flash by choice", clash, 60, "flash"},
		{"clash, below the flash", clash, 49, "1"},
	} {
		got := story(play(NewDecoder(row.cfg), []Run{{false, row.ms}, {true, 2000}}))
		if want := strings.TrimSpace("off-hook " + row.want); got != want {
			t.Errorf("%s, %d ms: %q, want %q", row.name, row.ms, got, want)
		}
	}
}

func TestClashSecondPulseIsADigit(t *testing.T) {
	c := Config{FlashMinMs: 50, FlashMaxMs: 130, Clash: ClashFlash}
	runs, _ := Encode("25", c)
	if got := story(play(NewDecoder(c), runs)); got != "off-hook 2 5" {
		t.Error(got)
	}
}

func TestEventTimes(t *testing.T) {
	d := NewDecoder(Config{})
	evs := d.Edge(10_000, true, nil)
	evs = d.Edge(11_000, false, evs)
	evs = d.Edge(11_060, true, evs)
	evs = d.Advance(11_209, evs)
	if got := story(evs); got != "off-hook" {
		t.Fatalf("before the inter-digit time: %q", got)
	}
	evs = d.Advance(11_210, evs)
	evs = d.Edge(12_000, false, evs)
	evs = d.Edge(12_500, true, evs)
	evs = d.Edge(13_000, false, evs)
	evs = d.Advance(14_000, evs)
	evs = d.Advance(14_001, evs)
	want := []Event{
		{Kind: OffHook, AtMs: 10_000},
		{Kind: Pulse, AtMs: 11_000},
		{Kind: Digit, Digit: '1', AtMs: 11_060},
		{Kind: Flash, AtMs: 12_000, Ms: 500},
		{Kind: OnHook, AtMs: 13_000},
	}
	if fmt.Sprint(evs) != fmt.Sprint(want) {
		t.Errorf("%v\nwant %v", evs, want)
	}
	if d.OffHook() {
		t.Error("still off-hook")
	}
}

func TestContactBounce(t *testing.T) {
	runs, _ := Encode("37", Config{})
	var bouncy []Run
	for _, r := range runs {
		// 4 ms of chatter behind each edge.
		for range 2 {
			bouncy = append(bouncy, Run{r.Closed, 1}, Run{!r.Closed, 1})
		}
		bouncy = append(bouncy, Run{r.Closed, r.Ms - 4})
	}
	if got := story(play(NewDecoder(Config{}), bouncy)); got != "off-hook 3 7" {
		t.Error(got)
	}
}

func TestTooManyPulsesAreNoDigit(t *testing.T) {
	runs, _ := Encode("99", Config{PauseMs: 60})
	if got := story(play(NewDecoder(Config{}), runs)); got != "off-hook" {
		t.Error(got)
	}
}

// Time told in small steps or large ones gives the same events.
func TestDecoderAnyCut(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		type edge struct {
			at     int64
			closed bool
		}
		var edges []edge
		now, closed := int64(0), false
		for range 60 {
			closed = !closed
			edges = append(edges, edge{now, closed})
			now += 1 + int64(rnd.ExpFloat64()*80)
		}
		run := func(steps bool) (evs []Event) {
			d := NewDecoder(Config{})
			t := int64(0)
			for _, e := range edges {
				for steps && t < e.at {
					evs = d.Advance(t, evs)
					t += int64(1 + rnd.IntN(20))
				}
				evs = d.Edge(e.at, e.closed, evs)
			}
			return d.Advance(now+5000, evs)
		}
		if a, b := fmt.Sprint(run(false)), fmt.Sprint(run(true)); a != b {
			t.Fatalf("edges %v\nwhole %s\nsteps %s", edges, a, b)
		}
	}
}

func TestDecoderAllocatesNothing(t *testing.T) {
	d := NewDecoder(Config{})
	runs, _ := Encode("5", Config{})
	evs := make([]Event, 0, 64)
	now := int64(0)
	if n := testing.AllocsPerRun(50, func() {
		evs = d.Edge(now, true, evs[:0])
		for _, r := range runs {
			evs = d.Edge(now, r.Closed, evs)
			now += int64(r.Ms)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkDecoder(b *testing.B) {
	d := NewDecoder(Config{})
	runs, _ := Encode("5555555555", Config{})
	evs := make([]Event, 0, 64)
	now := int64(0)
	evs = d.Edge(now, true, evs)
	b.ReportAllocs()
	for b.Loop() {
		for _, r := range runs {
			evs = d.Edge(now, r.Closed, evs[:0])
			now += int64(r.Ms)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(runs)), "ns/edge")
}

// Whatever the loop does, events alternate as a telephone's can: nothing before off-hook, and on-hook before the next.
func FuzzDecoder(f *testing.F) {
	f.Add([]byte{10, 60, 40, 60, 40, 200, 255})
	f.Add([]byte{1, 1, 2, 1, 250, 250, 250, 250, 3})
	f.Fuzz(func(t *testing.T, steps []byte) {
		d := NewDecoder(Config{FlashMinMs: 50, FlashMaxMs: 130, Clash: ClashFlash})
		var evs []Event
		now, isClosed := int64(0), false
		for _, s := range steps {
			now += int64(s)
			isClosed = !isClosed
			evs = d.Edge(now, isClosed, evs)
		}
		evs = d.Advance(now+10_000, evs)
		off := false
		last := int64(-1)
		for _, e := range evs {
			if off == (e.Kind == OffHook) || e.AtMs < last-10_000 || e.AtMs > now+10_000 {
				t.Fatalf("%v after %v", e, evs)
			}
			if e.Kind == Digit && strings.IndexByte(DigitsStandard, e.Digit) < 0 {
				t.Fatalf("digit %q", e.Digit)
			}
			off = e.Kind != OnHook
			last = e.AtMs
		}
		if off != d.OffHook() {
			t.Fatalf("OffHook is %v after %v", d.OffHook(), evs)
		}
	})
}
