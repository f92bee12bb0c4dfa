package si3210_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tipring/hw/board"
	"tipring/hw/pair"
	"tipring/hw/si3210"
	"tipring/tdm"
)

func started(t *testing.T, cfg si3210.Config) *rig {
	t.Helper()
	r := newRig(t, cfg, false)
	if err := r.chip.Start(); err != nil {
		t.Fatal(err)
	}
	r.run(300) // the driver does not listen while the line charges
	r.want("started")
	return r
}

// take returns the kinds seen since the last take.
func (r *rig) take() (out []si3210.Kind) {
	for _, e := range r.seen {
		out = append(out, e.Kind)
	}
	r.seen = nil
	return out
}

// want checks the kinds seen since the last take.
func (r *rig) want(what string, kinds ...si3210.Kind) {
	r.Helper()
	seen := r.seen
	if got := r.take(); !slices.Equal(got, kinds) {
		r.Errorf("%s: events %v, want %v", what, seen, kinds)
	}
}

// lift lifts the handset or puts it down.
func (r *rig) lift(off bool) { r.board.Do(func() { r.phone.Hook(off) }) }

// works checks that a call can be made.
func (r *rig) works(what string) {
	r.Helper()
	r.lift(true)
	r.run(100)
	r.want(what+": lifted", si3210.OffHook)
	r.lift(false)
	r.run(1200)
	r.want(what+": put down", si3210.OnHook)
	if lf := r.model.Linefeed(); lf != 2 {
		r.Errorf("%s: linefeed %d at rest, want on-hook transmission", what, lf)
	}
}

func TestDeadBus(t *testing.T) {
	for _, f := range []board.Fault{board.DeadHigh, board.DeadLow, board.Broken} {
		r := started(t, si3210.Config{})
		r.lift(true)
		r.run(100)
		r.want("lifted", si3210.OffHook)
		r.board.SetFault(0, f)
		r.run(5000)
		r.want("dead", si3210.OnHook, si3210.Lost)
		if r.chip.Ready() {
			t.Error("a chip that does not answer is ready")
		}
		if err := r.chip.Ring(cadence(2000, 4000)); err == nil {
			t.Error("a chip that does not answer rings")
		}
		r.lift(false)
		r.board.SetFault(0, board.Healthy)
		r.run(3000)
		r.want("alive", si3210.Ready)
		r.works("after a dead bus")
	}
}

// The driver finds out that a clock was lost wherever it happens, brings the chip back into step, and no register is left wrong.
func TestBitSlip(t *testing.T) {
	r := started(t, si3210.Config{})
	r.run(10)
	before := r.dump()
	for n := range 200 {
		// The slip hits another byte of the transfer each time: so many bytes are sent before.
		r.board.SlipBit(0, n%20)
		r.run(5)
		if !r.chip.Ready() {
			t.Fatalf("slip %d: the chip is not ready: %v", n, r.seen)
		}
		if got := r.take(); len(got) > 0 && !slices.Equal(got, []si3210.Kind{si3210.Glitch}) {
			t.Fatalf("slip %d: events %v, want a glitch at most", n, got)
		}
		if after := r.dump(); after != before {
			t.Fatalf("slip %d: registers\n%s\nwant\n%s", n, after, before)
		}
	}
	r.works("after slips")
}

// dump returns the control registers as the model holds them.
func (r *rig) dump() string {
	var b strings.Builder
	for _, reg := range si3210.Registers {
		if m := reg.Masks().Write; m != 0 && (reg.Addr < 24 || reg.Addr > 31) && reg.Addr != 64 && reg.Addr != 107 {
			v, err := r.chip.ReadRegister(reg.Addr)
			if err != nil {
				r.Fatal(err)
			}
			b.WriteString(reg.Explain(v & m))
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func TestResetInService(t *testing.T) {
	r := started(t, si3210.Config{Slot: 5, Country: "de"})
	if err := r.chip.SetLinefeed(tdm.FeedReverse); err != nil {
		t.Fatal(err)
	}
	if err := r.chip.SetGain(-3, 2); err != nil {
		t.Fatal(err)
	}
	r.run(10)
	before := r.dump()
	r.board.ResetChip(0)
	r.run(2000)
	r.want("reset", si3210.WasReset, si3210.Ready)
	if after := r.dump(); after != before {
		t.Errorf("registers after recovery\n%s\nwant\n%s", after, before)
	}
	if v, _, _ := r.chip.ReadIndirect(27); v != 11599 {
		t.Errorf("transmit gain %d after recovery, want that of -3 dB", v)
	}
	if lf := r.model.Linefeed(); lf != 6 {
		t.Errorf("linefeed %d after recovery, want the reverse one", lf)
	}
}

// A brown-out takes the battery with it and may come back while the driver is at work.
func TestBrownOutDuringRecovery(t *testing.T) {
	r := started(t, si3210.Config{})
	for i := range 20 {
		r.board.ResetChip(0)
		r.run(37 * (i + 1))
	}
	r.run(3000)
	r.take()
	if !r.chip.Ready() {
		t.Fatal("the chip did not recover")
	}
	r.works("after brown-outs")
}

func TestPowerAlarm(t *testing.T) {
	r := started(t, si3210.Config{})
	r.run(10)
	r.board.Do(func() { r.model.Pair.RingGround = pair.Leak{Ohm: 1} })
	r.run(1500)
	if got := r.take(); !slices.Contains(got, si3210.PowerAlarm) {
		t.Fatalf("events %v, want a power alarm", got)
	}
	r.board.Do(func() { r.model.Pair.RingGround = pair.Leak{} })
	r.run(3000)
	if got := r.take(); len(got) == 0 || got[len(got)-1] == si3210.PowerAlarm {
		t.Fatalf("events %v, want the power back", got)
	}
	r.works("after a power alarm")
}

// A wire that stays grounded does not make the chip burn: ten alarms, then one try in ten seconds.
func TestPowerAlarmStorm(t *testing.T) {
	r := started(t, si3210.Config{})
	r.board.Do(func() { r.model.Pair.RingGround = pair.Leak{Ohm: 1} })
	r.run(60_000)
	var alarms int
	var off time.Duration
	for _, e := range r.seen {
		switch {
		case e.Kind == si3210.PowerAlarm:
			alarms++
		case e.Kind == si3210.PowerOff && off == 0:
			off = e.At
		}
	}
	if off == 0 || off > 20*time.Second {
		t.Errorf("the line was given up at %v, want within 20 s", off)
	}
	if alarms < 12 || alarms > 17 {
		t.Errorf("%d alarms in a minute, want ten and then one in 10 s", alarms)
	}
	r.seen = nil
	r.board.Do(func() { r.model.Pair.RingGround = pair.Leak{} })
	r.run(12_000)
	r.take()
	r.works("after a storm")
}

func TestLeakyBattery(t *testing.T) {
	r := newRig(t, si3210.Config{}, false)
	r.model.LeakyBattery = true
	if err := r.chip.Start(); err == nil || !strings.Contains(err.Error(), "the battery leaks") {
		t.Errorf("a leaking converter: %v", err)
	}
}

func TestNoChip(t *testing.T) {
	for _, f := range []board.Fault{board.DeadHigh, board.DeadLow} {
		r := newRig(t, si3210.Config{}, false)
		r.board.SetFault(0, f)
		if err := r.chip.Start(); !errors.Is(err, si3210.ErrNoChip) {
			t.Errorf("nothing on the bus: %v", err)
		}
	}
}

func cadence(ms ...uint16) tdm.Cadence {
	c := tdm.Cadence{N: len(ms)}
	copy(c.Ms[:], ms)
	return c
}

// A clock that is lost while something is set leaves the chip set as asked, or the call says that it is not.
func TestBitSlipInSettings(t *testing.T) {
	for name, f := range map[string]func(c *si3210.Chip) error{
		"gain":     func(c *si3210.Chip) error { return c.SetGain(-3, -6) },
		"country":  func(c *si3210.Chip) error { return c.SetCountry("de") },
		"slot":     func(c *si3210.Chip) error { return c.SetSlot(17) },
		"law":      func(c *si3210.Chip) error { return c.SetLaw(tdm.ALaw) },
		"hybrid":   func(c *si3210.Chip) error { return c.SetHybrid(5) },
		"linefeed": func(c *si3210.Chip) error { return c.SetLinefeed(tdm.FeedReverse) },
		"ring":     func(c *si3210.Chip) error { return c.Ring(cadence(1000, 2000)) },
		"meter":    func(c *si3210.Chip) error { return c.SetMeter(si3210.Meter16kHz, 0.5) },
	} {
		good := started(t, si3210.Config{})
		if err := f(good.chip); err != nil {
			t.Fatal(err)
		}
		good.run(50)
		want := good.dump() + good.indirects()
		failed := 0
		for n := 0; n < 60; n += stride(1) {
			r := started(t, si3210.Config{})
			r.board.SlipBit(0, n)
			if err := f(r.chip); err != nil {
				failed++
				continue
			}
			r.run(50)
			if got := r.dump() + r.indirects(); got != want {
				t.Fatalf("%s, slip at byte %d: registers\n%s\nwant\n%s", name, n, got, want)
			}
		}
		if failed > 2 {
			t.Errorf("%s: %d of 60 slips are reported and not mended", name, failed)
		}
	}
}

func (r *rig) indirects() string {
	var b strings.Builder
	for _, ind := range si3210.Indirects {
		v, _, err := r.chip.ReadIndirect(ind.Addr)
		if err != nil {
			r.Fatal(err)
		}
		fmt.Fprintf(&b, "%s=%#04x\n", ind.Name, v)
	}
	return b.String()
}

// A clock that is lost during the start does not end in a chip that is wrong.
func TestBitSlipInStart(t *testing.T) {
	var want string
	for n := 2600; n >= 0; n -= stride(13) {
		r := newRig(t, si3210.Config{}, false)
		r.board.SlipBit(0, n)
		if err := r.chip.Start(); err != nil {
			t.Fatalf("slip at byte %d: %v", n, err)
		}
		r.run(200)
		got := r.dump() + r.indirects()
		if want == "" {
			want = got // so late that it hit nothing of the start
		}
		if got != want {
			t.Fatalf("slip at byte %d: registers\n%s\nwant\n%s", n, got, want)
		}
	}
}

// stride is a step through the places where a clock can be lost, long in the short form of the tests.
func stride(n int) int {
	if testing.Short() {
		return 11 * n
	}
	return n
}
