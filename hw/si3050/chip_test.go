package si3050_test

import (
	"slices"
	"testing"
	"time"

	"tipring/hw/board"
	"tipring/hw/pair"
	"tipring/hw/si3050"
)

// A rig is one chip on a board before an exchange.
type rig struct {
	*testing.T
	board  *board.Board
	model  *si3050.Model
	chip   *si3050.Chip
	office *pair.Office
	seen   []si3050.Event
}

func newRig(t *testing.T, cfg si3050.Config, small bool) *rig {
	t.Helper()
	r := &rig{T: t, model: si3050.NewModel(cfg.Position, small), office: &pair.Office{}}
	r.model.Office = r.office
	r.model.Pair.LoopOhm = 168
	r.board = board.New(r.model)
	conn, err := si3050.Connect(r.board.Port(0))
	if err != nil {
		t.Fatal(err)
	}
	cfg.Sleep = r.board.Sleep
	if r.chip, err = si3050.New(conn, cfg); err != nil {
		t.Fatal(err)
	}
	return r
}

func started(t *testing.T, cfg si3050.Config) *rig {
	t.Helper()
	r := newRig(t, cfg, false)
	if err := r.chip.Start(); err != nil {
		t.Fatal(err)
	}
	return r
}

// run lets ms milliseconds pass with a look each.
func (r *rig) run(ms int) {
	for range ms {
		r.board.Sleep(time.Millisecond)
		r.seen = append(r.seen, r.chip.Service(r.board.Now())...)
	}
}

func TestACall(t *testing.T) {
	r := started(t, si3050.Config{})
	r.run(300)
	do := func(f func()) { r.board.Do(f) }
	do(func() { r.office.Ringing = true })
	r.run(2000)
	do(func() { r.office.Ringing = false })
	r.run(1500)
	r.chip.SetHook(true)
	r.run(500)
	if !r.office.LoopClosed() {
		t.Error("the exchange sees no loop current")
	}
	do(func() { r.office.Reversed = true })
	r.run(500)
	do(func() { r.office.Cut = true })
	r.run(1500)
	do(func() { r.office.Cut = false })
	r.run(500)
	r.chip.SetHook(false)
	r.run(500)
	var got []si3050.Kind
	for _, e := range r.seen {
		got = append(got, e.Kind)
	}
	want := []si3050.Kind{si3050.BatteryOn, si3050.RingOn, si3050.RingOff, si3050.CurrentOn, si3050.Reversed, si3050.CurrentOff, si3050.BatteryOff, si3050.BatteryLost, si3050.BatteryOn, si3050.CurrentOn, si3050.CurrentOff}
	if !slices.Equal(got, want) {
		t.Errorf("events %v, want %v", r.seen, want)
	}
}
