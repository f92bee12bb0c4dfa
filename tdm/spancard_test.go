package tdm

import "testing"

func TestFramings(t *testing.T) {
	for _, row := range []struct {
		f                 Framing
		e1, esf, japanese bool
		slots, bits       int
	}{
		{E1CRC4, true, false, false, 31, 256},
		{E1DoubleFrame, true, false, false, 31, 256},
		{T1ESF, false, true, false, 24, 193},
		{T1SF, false, false, false, 24, 193},
		{J1ESF, false, true, true, 24, 193},
		{J1SF, false, false, true, 24, 193},
	} {
		f := row.f
		if f.E1() != row.e1 || f.ESF() != row.esf || f.Japanese() != row.japanese || f.Timeslots() != row.slots || f.Bits() != row.bits {
			t.Errorf("%v: E1 %v, ESF %v, J1 %v, %d timeslots, %d bits", f, f.E1(), f.ESF(), f.Japanese(), f.Timeslots(), f.Bits())
		}
	}
}

// The names of alarms are in metrics and on the command line.
func TestAlarmNames(t *testing.T) {
	for a, want := range map[Alarms]string{0: "ok", LOS: "los", LOF | RAI: "lof rai", alarmsEnd - 1: "los ais lof lomf rai lomf16 ais16 rai16"} {
		if a.String() != want {
			t.Errorf("alarms %b are %q, want %q", a, a, want)
		}
	}
	var all Alarms
	Alarms(0).Each(func(a Alarms, name string) {
		if a.String() != name {
			t.Errorf("%v is called %q", a, name)
		}
		all |= a
	})
	if all != alarmsEnd-1 {
		t.Errorf("each is %v", all)
	}
}

func TestPatternNames(t *testing.T) {
	for p := PatternNone; p <= Alternating; p++ {
		if got, ok := ParsePattern(p.String()); !ok || got != p {
			t.Errorf("pattern %d is %q, which is %d", p, p, got)
		}
	}
	if _, ok := ParsePattern("noise"); ok {
		t.Error("a pattern that does not exist has a number")
	}
}

func TestSpanCountsSub(t *testing.T) {
	a := SpanCounts{10, 20, 30, 40, 50, 60, 70, 80}
	if d := a.Sub(SpanCounts{1, 2, 3, 4, 5, 6, 7, 8}); d != (SpanCounts{9, 18, 27, 36, 45, 54, 63, 72}) {
		t.Errorf("difference %+v", d)
	}
}
