package si3050_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"tipring/hw/board"
	"tipring/hw/si3050"
	"tipring/tdm"
)

// take returns the kinds seen since the last take.
func (r *rig) take() (out []si3050.Kind) {
	for _, e := range r.seen {
		out = append(out, e.Kind)
	}
	r.seen = nil
	return out
}

// want checks the kinds seen since the last take.
func (r *rig) want(what string, kinds ...si3050.Kind) {
	r.Helper()
	seen := r.seen
	if got := r.take(); !slices.Equal(got, kinds) {
		r.Errorf("%s: events %v, want %v", what, seen, kinds)
	}
}

// idle is a started chip on a line at rest.
func idle(t *testing.T, cfg si3050.Config) *rig {
	t.Helper()
	r := started(t, cfg)
	r.run(300)
	r.want("started", si3050.BatteryOn)
	return r
}

// works checks that a call can be taken.
func (r *rig) works(what string) {
	r.Helper()
	r.board.Do(func() { r.office.Ringing = true })
	r.run(500)
	r.board.Do(func() { r.office.Ringing = false })
	if err := r.chip.SetHook(true); err != nil {
		r.Fatal(err)
	}
	r.run(500)
	if !r.office.LoopClosed() {
		r.Errorf("%s: the exchange sees no loop", what)
	}
	if err := r.chip.SetHook(false); err != nil {
		r.Fatal(err)
	}
	r.run(500)
	r.want(what, si3050.RingOn, si3050.RingOff, si3050.CurrentOn, si3050.CurrentOff)
}

func TestDeadBus(t *testing.T) {
	for _, f := range []board.Fault{board.DeadHigh, board.DeadLow, board.Broken} {
		r := idle(t, si3050.Config{})
		if err := r.chip.SetHook(true); err != nil {
			t.Fatal(err)
		}
		r.run(300)
		r.want("seized", si3050.CurrentOn)
		r.board.SetFault(0, f)
		r.run(5000)
		r.want("dead", si3050.CurrentOff, si3050.BatteryOff, si3050.Lost)
		if err := r.chip.SetHook(true); err == nil {
			t.Error("a chip that does not answer seizes the line")
		}
		r.board.SetFault(0, board.Healthy)
		r.run(3000)
		r.want("alive", si3050.Ready, si3050.BatteryOn)
		if r.model.OffHook() {
			t.Error("the line is seized after recovery")
		}
		r.works("after a dead bus")
	}
}

func TestNoChip(t *testing.T) {
	for _, f := range []board.Fault{board.DeadHigh, board.DeadLow} {
		r := newRig(t, si3050.Config{}, false)
		r.board.SetFault(0, f)
		if err := r.chip.Start(); !errors.Is(err, si3050.ErrNoChip) {
			t.Errorf("nothing on the bus: %v", err)
		}
	}
}

// dump returns the control registers as the model holds them.
func (r *rig) dump() string {
	var b strings.Builder
	for _, reg := range si3050.Registers {
		if m := reg.Masks().Write; m != 0 {
			v, err := r.chip.ReadRegister(reg.Addr)
			if err != nil {
				r.Fatal(err)
			}
			b.WriteString(reg.Name + " " + reg.Explain(v&m) + "\n")
		}
	}
	return b.String()
}

// The driver finds out that a clock was lost wherever it happens, brings the chip back into step, and no register is left wrong.
func TestBitSlip(t *testing.T) {
	r := idle(t, si3050.Config{})
	before := r.dump()
	for n := range 200 {
		r.board.SlipBit(0, n%30)
		r.run(5)
		if !r.chip.Ready() {
			t.Fatalf("slip %d: the chip is not ready: %v", n, r.seen)
		}
		if got := r.take(); len(got) > 0 && !slices.Equal(got, []si3050.Kind{si3050.Glitch}) {
			t.Fatalf("slip %d: events %v, want a glitch at most", n, got)
		}
		if after := r.dump(); after != before {
			t.Fatalf("slip %d: registers\n%s\nwant\n%s", n, after, before)
		}
	}
	r.works("after slips")
}

func TestResetInService(t *testing.T) {
	r := idle(t, si3050.Config{Slot: 9, Country: "australia"})
	if err := r.chip.SetGain(-35, 21); err != nil {
		t.Fatal(err)
	}
	if err := r.chip.SetHybrid([8]int8{-3, 5, 0, 1}); err != nil {
		t.Fatal(err)
	}
	before := r.dump()
	r.board.ResetChip(0)
	r.run(2000)
	r.want("reset", si3050.BatteryOff, si3050.WasReset, si3050.Ready, si3050.BatteryOn)
	if after := r.dump(); after != before {
		t.Errorf("registers after recovery\n%s\nwant\n%s", after, before)
	}
	r.works("after a reset")
}

func TestResetDuringRecovery(t *testing.T) {
	r := idle(t, si3050.Config{})
	for i := range 20 {
		r.board.ResetChip(0)
		r.run(23 * (i + 1))
	}
	r.run(3000)
	r.take()
	if !r.chip.Ready() {
		t.Fatal("the chip did not recover")
	}
	r.works("after resets")
}

func TestLinkLoss(t *testing.T) {
	r := idle(t, si3050.Config{})
	r.board.Do(func() { r.model.LinkBroken = true })
	r.run(10_000)
	r.want("link broken", si3050.BatteryOff, si3050.LinkLost)
	r.board.Do(func() { r.model.LinkBroken = false })
	r.run(5000)
	r.want("link mended", si3050.Ready, si3050.BatteryOn)
	r.works("after a loss of the link")

	r = newRig(t, si3050.Config{}, false)
	r.model.LinkBroken = true
	if err := r.chip.Start(); !errors.Is(err, si3050.ErrLink) {
		t.Errorf("start without a link: %v", err)
	}
}

// Something else that writes the hook register is found and put right.
func TestHookBit(t *testing.T) {
	r := idle(t, si3050.Config{})
	for _, v := range []uint8{0x20, 5, 0} {
		r.board.Select(0, true)
		r.board.Shift(0, v)
		r.board.Select(0, false)
	}
	r.run(5)
	r.want("wrong hook register", si3050.Glitch)
	if v, _ := r.chip.ReadRegister(5); v&0x09 != 0x08 {
		t.Errorf("register 5 reads %#02x", v)
	}
}

// A clock that is lost while something is set leaves the chip set as asked, or the call says that it is not.
func TestBitSlipInSettings(t *testing.T) {
	for name, f := range map[string]func(c *si3050.Chip) error{
		"gain":    func(c *si3050.Chip) error { return c.SetGain(-33, 66) },
		"country": func(c *si3050.Chip) error { return c.SetCountry("australia") },
		"slot":    func(c *si3050.Chip) error { return c.SetSlot(17) },
		"law":     func(c *si3050.Chip) error { return c.SetLaw(tdm.ALaw) },
		"hybrid":  func(c *si3050.Chip) error { return c.SetHybrid([8]int8{33, 32, -1, 5, -96, 1, 2, 3}) },
		"hook":    func(c *si3050.Chip) error { return c.SetHook(true) },
	} {
		good := idle(t, si3050.Config{})
		if err := f(good.chip); err != nil {
			t.Fatal(err)
		}
		good.run(50)
		want := good.dump()
		for n := 0; n < 90; n += stride(1) {
			r := idle(t, si3050.Config{})
			r.board.SlipBit(0, n)
			if err := f(r.chip); err != nil {
				t.Errorf("%s, slip at byte %d: %v", name, n, err)
				continue
			}
			r.run(50)
			if got := r.dump(); got != want {
				t.Fatalf("%s, slip at byte %d: registers\n%s\nwant\n%s", name, n, got, want)
			}
		}
	}
}

// A clock that is lost during the start does not end in a chip that is wrong.
func TestBitSlipInStart(t *testing.T) {
	var want string
	for n := 900; n >= 0; n -= stride(7) {
		r := newRig(t, si3050.Config{Country: "australia"}, false)
		r.board.SlipBit(0, n)
		if err := r.chip.Start(); err != nil {
			t.Fatalf("slip at byte %d: %v", n, err)
		}
		r.run(100)
		got := r.dump()
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
