package emu

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"tipring/dsp/dsptest"
	"tipring/dsp/dtmf"
	"tipring/dsp/tone"
	"tipring/tdm"
)

// The handset goes down in the middle of whatever is under way, and says so to those who wait.
func TestOnHookEndsEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := running(t, twoPorts).Phone("fxs1")
		if err := p.Play(t.Context(), make([]int16, 80)); !errors.Is(err, ErrOnHook) {
			t.Errorf("play on hook: %v", err)
		}
		if err := p.Flash(); !errors.Is(err, ErrOnHook) {
			t.Errorf("flash on hook: %v", err)
		}
		if err := p.OffHook(); err != nil {
			t.Fatal(err)
		}
		if err := p.OffHook(); !errors.Is(err, ErrOffHook) {
			t.Errorf("off hook twice: %v", err)
		}
		results := make(chan error, 2)
		go func() { results <- p.Play(t.Context(), make([]int16, tdm.Rate)) }()
		go func() { results <- p.Dial(t.Context(), "0123456789", false) }()
		time.Sleep(100 * time.Millisecond)
		if err := p.Play(t.Context(), make([]int16, 80)); !errors.Is(err, ErrBusy) {
			t.Errorf("two plays: %v", err)
		}
		if err := p.Dial(t.Context(), "1", true); !errors.Is(err, ErrBusy) {
			t.Errorf("two dials: %v", err)
		}
		if err := p.OnHook(); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := <-results; !errors.Is(err, ErrOnHook) {
				t.Errorf("%v, want %v", err, ErrOnHook)
			}
		}
		if s := p.Status(); s.Digits != "0" || s.Hook != "on" {
			t.Errorf("status %+v", s)
		}
	})
}

// Dial returns when the last digit has been sent, and a cancelled one stops at once.
func TestDialDurations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := running(t, twoPorts).Phone("fxs1")
		if err := p.OffHook(); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			digits string
			pulse  bool
			ms     time.Duration
		}{
			{"12", false, 4 * dtmfMs},
			{"1,2", false, 4*dtmfMs + dtmf.PauseMs},
			{"12", true, 60 + 800 + 60 + 40 + 60 + 800},
		} {
			start := time.Now()
			if err := p.Dial(t.Context(), c.digits, c.pulse); err != nil {
				t.Fatal(err)
			}
			if d := time.Since(start) - c.ms*time.Millisecond; d < 0 || d > 20*time.Millisecond {
				t.Errorf("%s: %v more than %d ms", c.digits, d, c.ms)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if err := p.Dial(ctx, "0000000000", true); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		if err := p.Dial(t.Context(), "1", true); err != nil {
			t.Error(err)
		}
		if s := p.Status(); s.LoopCurrentMA == 0 {
			t.Errorf("the loop stays open: %+v", s)
		}
	})
}

// The digits that a telephone sends are those that a receiver hears.
func TestDialledDTMF(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 80, Line{Kind: tdm.FXS, Name: "fxs1", Loop: Loop{NoiseDBm0: -50, LossDB: 6}})
		p := b.c.Phone("fxs1")
		b.then(p.OffHook)
		b.heard[0] = nil
		const digits = "0123456789*#ABCD"
		b.then(func() error { return p.Dial(t.Context(), digits, false) })
		got := ""
		for _, e := range dtmf.NewDetector(dtmf.Config{}).Process(b.heard[0], nil) {
			if e.Kind == dtmf.End {
				got += string(e.Digit)
			}
		}
		if got != digits {
			t.Errorf("heard %q, want %q", got, digits)
		}
	})
}

// An on-hook telephone hears what the card sends, as caller ID needs, and cannot be heard.
func TestOnHookTransmission(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 80, Line{Kind: tdm.FXS, Name: "fxs1"})
		p := b.c.Phone("fxs1")
		b.said[0] = play(dsptest.Sine(1200, -13, tdm.Rate))
		var rec []int16
		b.then(func() (err error) { rec, err = p.Record(t.Context(), 500*time.Millisecond); return err })
		if l := dsptest.ToneLevel(rec[800:], 1200); l < -13.2 || l > -12.8 {
			t.Errorf("heard at %.1f dBm0, want -13", l)
		}
		b.c.Control(0, tdm.Command{Op: tdm.OpLinefeed, Linefeed: tdm.FeedOpen})
		b.then(func() (err error) { rec, err = p.Record(t.Context(), 200*time.Millisecond); return err })
		for i, v := range rec[160:] {
			if v != 0 {
				t.Fatalf("sample %d is %d without a feed", i, v)
			}
		}
	})
}

// An unplugged telephone draws no current and hears no ring.
func TestUnpluggedPhone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 80, Line{Kind: tdm.FXS, Name: "fxs1"})
		p := b.c.Phone("fxs1")
		b.then(func() error { return p.Unplug(true) })
		b.then(p.OffHook)
		wantEdges(t, b.edges(0, 100), edge{0, 0})
		b.then(func() error { return p.Unplug(false) })
		wantEdges(t, b.edges(0, 100), edge{0, tdm.SigLoopClosed})
	})
}

func TestAwait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := running(t, twoPorts)
		p := c.Phone("fxs1")
		seen := make(chan Status, 1)
		go func() {
			s, err := p.Await(t.Context(), Ringing)
			if err != nil {
				t.Error(err)
			}
			seen <- s
		}()
		time.Sleep(time.Second)
		select {
		case s := <-seen:
			t.Fatalf("too early: %+v", s)
		default:
		}
		c.Control(0, tdm.Command{Op: tdm.OpRing, Cadence: tdm.Cadence{N: 2, Ms: [16]uint16{400, 2000}}})
		if s := <-seen; !s.Ringing || s.Hook != "on" {
			t.Errorf("status %+v", s)
		}
		// What holds already is seen at once.
		if _, err := p.Await(t.Context(), OnHook); err != nil {
			t.Error(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := p.Await(ctx, OffHook); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}

// A telephone knows the tones of its country, each only while it sounds.
func TestTonesRecognised(t *testing.T) {
	for _, zone := range []string{"us", "uk", "de", "fr", "se", "au"} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, 80, Line{Kind: tdm.FXS, Name: "fxs1", Zone: zone, Loop: Loop{NoiseDBm0: -55}})
			p := b.c.Phone("fxs1")
			plan, _ := tone.Zone(zone)
			b.then(p.OffHook)
			for _, name := range []string{"dial", "busy", "congestion", "ring", ""} {
				if name == "busy" { // from the first digit on the telephone listens for everything
					b.then(func() error { return p.Dial(t.Context(), "1", false) })
				}
				delete(b.said, 0)
				b.run(3000)
				if name != "" {
					spec, _ := plan.Tone(name)
					b.said[0] = tone.NewGenerator(spec, -15)
				}
				b.run(14000)
				if got := p.Status().Tone; got != name {
					t.Errorf("%s: hears %q, want %q", zone, got, name)
				}
			}
			spec, _ := plan.Tone("dial")
			b.said[0] = tone.NewGenerator(spec, -15)
			b.then(p.OnHook)
			b.run(5000)
			if got := p.Status().Tone; got != "" {
				t.Errorf("%s: hears %q on hook", zone, got)
			}
		})
	}
}

// A dial makes as many pulses as its country wants, and a recall lasts as long.
func TestPulsesByCountry(t *testing.T) {
	for _, c := range []struct {
		zone             string
		pulses0, flashMs int
	}{{"us", 10, 500}, {"se", 1, 100}, {"nz", 10, 500}, {"uk", 10, 100}} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, 8, Line{Kind: tdm.FXS, Name: "fxs1", Zone: c.zone})
			p := b.c.Phone("fxs1")
			b.then(p.OffHook)
			go p.Dial(t.Context(), "0", true)
			synctest.Wait()
			if n := len(b.edges(0, 3000)) / 2; n != c.pulses0 {
				t.Errorf("%s: 0 is %d pulses, want %d", c.zone, n, c.pulses0)
			}
			go p.Flash()
			synctest.Wait()
			wantEdges(t, b.edges(0, 1000), edge{0, 0}, edge{c.flashMs, tdm.SigLoopClosed})
		})
	}
}
