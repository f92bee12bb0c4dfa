package config

import (
	"slices"
	"testing"
	"time"
)

// What needs a restart stays, and Diff says so at every reload until there is one; everything else is as in the file.
func TestKeep(t *testing.T) {
	running, err := Default("")
	if err != nil {
		t.Fatal(err)
	}
	next, err := Default("fxs=3,fxo=1")
	if err != nil {
		t.Fatal(err)
	}
	next.Data.Dir, next.SIP.Realm, next.Timers.NoAnswer = "elsewhere", "example.org", time.Minute/2
	next.Ports[0].RxGain = -3
	next.RTP.JitterMax = 300 * time.Millisecond
	next.Cards[0].Seed = 9

	changes, cannot := Diff(running, next)
	kept, plan := Keep(running, next)
	if got, _ := Diff(running, kept); !slices.Equal(got, changes) {
		t.Errorf("applied is %q, want %q", got, changes)
	}
	for range 3 {
		got, still := Diff(kept, next)
		if len(got) != 0 || !slices.Equal(still, cannot) {
			t.Errorf("left are %q and %q, want nothing and %q", got, still, cannot)
		}
		kept, plan = Keep(kept, next)
	}
	if kept.Data.Dir != running.Data.Dir || kept.RTP.JitterMax != running.RTP.JitterMax || kept.Cards[0].Seed != 1 {
		t.Errorf("kept is %+v", kept)
	}
	if kept.SIP.Realm != "example.org" || kept.Timers.NoAnswer != 30*time.Second {
		t.Errorf("not applied: %+v", kept)
	}
	byName := func(c *Config) map[string]Port {
		m := map[string]Port{}
		for _, p := range c.Lines() {
			m[p.Name] = p
		}
		return m
	}
	lines := byName(kept)
	if len(lines) != 4 || lines["fxs1"].RxGain != -3 || lines["fxo1"].Slot != 2 || lines["fxo2"].Number != "5550102" {
		t.Errorf("lines are %+v", lines)
	}
	if lines := byName(plan); len(lines) != 5 || lines["fxs3"].Number != "203" {
		t.Errorf("lines of the plan are %+v", lines)
	}
	if _, err := plan.Table(nil); err != nil {
		t.Error(err)
	}
	back, _ := Keep(kept, running)
	if changes, cannot := Diff(back, running); len(changes)+len(cannot) != 0 {
		t.Errorf("after the way back: %q, %q", changes, cannot)
	}
}
