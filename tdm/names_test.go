package tdm

import (
	"slices"
	"testing"
)

// Names are in logs, metrics and records: they do not change by accident, and every kind has its own.
func TestNames(t *testing.T) {
	for k, want := range map[Kind]string{Bearer: "bearer", FXS: "fxs", FXO: "fxo"} {
		if k.String() != want {
			t.Errorf("kind %d is %q", k, k)
		}
	}
	var names []string
	for k := Setup; k <= Notify; k++ {
		names = append(names, k.String())
	}
	want := []string{"SETUP", "SETUP ACK", "INFORMATION", "PROCEEDING", "PROGRESS", "ALERTING", "CONNECT", "DISCONNECT", "RELEASE", "NOTIFY"}
	if !slices.Equal(names, want) {
		t.Errorf("primitives %q", names)
	}
	if s := (Notify + 1).String(); s != "?" {
		t.Errorf("a kind that does not exist is %q", s)
	}
}

func TestCauseNames(t *testing.T) {
	seen := map[string]Cause{}
	for c := Cause(1); c <= 127; c++ {
		s := c.String()
		if other, twice := seen[s]; twice {
			t.Errorf("causes %d and %d are both %q", other, c, s)
		}
		seen[s] = c
	}
	for c, want := range map[Cause]string{16: "normal call clearing", 17: "user busy", 44: "requested circuit not available", 120: "cause 120"} {
		if c.String() != want {
			t.Errorf("cause %d is %q", c, c)
		}
	}
}

// The bits of one direction of one kind of slot are distinct.
func TestSigBits(t *testing.T) {
	for name, bits := range map[string][]uint8{
		"fxs": {SigLoopClosed, SigRingTrip, SigRinging},
		"fxo": {SigRing, SigBattery, SigReversed, SigLoopCurrent},
	} {
		var all uint8
		for _, b := range bits {
			if b == 0 || b&(b-1) != 0 || all&b != 0 {
				t.Errorf("%s: bit %#x", name, b)
			}
			all |= b
		}
	}
}
