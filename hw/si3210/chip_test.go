package si3210_test

import (
	"slices"
	"testing"
	"time"

	"periph.io/x/conn/v3/spi"

	"tipring/hw/board"
	"tipring/hw/pair"
	"tipring/hw/si3210"
	"tipring/tdm"
)

// A rig is one chip on a board with a telephone.
type rig struct {
	*testing.T
	board *board.Board
	model *si3210.Model
	chip  *si3210.Chip
	phone *pair.Phone
	seen  []si3210.Event
}

func newRig(t *testing.T, cfg si3210.Config, small bool) *rig {
	t.Helper()
	r := &rig{T: t, model: si3210.NewModel(small), phone: &pair.Phone{REN: 1}}
	r.model.Terminal = r.phone
	r.model.Pair.LoopOhm = 168
	r.board = board.New(r.model)
	cfg.Sleep = r.board.Sleep
	var err error
	if r.chip, err = si3210.New(connect(t, r.board), cfg); err != nil {
		t.Fatal(err)
	}
	return r
}

// connect returns the connection to the first chip of a board.
func connect(t testing.TB, b *board.Board) spi.Conn {
	t.Helper()
	conn, err := si3210.Connect(b.Port(0))
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// run lets ms milliseconds pass with a look each.
func (r *rig) run(ms int) {
	for range ms {
		r.board.Sleep(time.Millisecond)
		r.seen = append(r.seen, r.chip.Service(r.board.Now())...)
	}
}

func TestACall(t *testing.T) {
	for _, small := range []bool{false, true} {
		r := newRig(t, si3210.Config{}, small)
		if err := r.chip.Start(); err != nil {
			t.Fatal(err)
		}
		r.run(300)
		r.board.Do(func() { r.phone.Hook(true) })
		r.run(100)
		r.board.Do(func() { r.phone.Hook(false) })
		r.run(2000)
		if err := r.chip.Ring(tdm.Cadence{N: 4, Ms: [16]uint16{400, 200, 400, 1000}}); err != nil {
			t.Fatal(err)
		}
		r.run(2100)
		r.board.Do(func() { r.phone.Hook(true) })
		r.run(300)
		var got []si3210.Kind
		for _, e := range r.seen {
			got = append(got, e.Kind)
		}
		want := []si3210.Kind{si3210.OffHook, si3210.OnHook, si3210.RingOn, si3210.RingOff, si3210.RingOn, si3210.RingOff, si3210.RingOn, si3210.RingOff, si3210.RingTrip, si3210.OffHook}
		if !slices.Equal(got, want) {
			t.Errorf("events %v, want %v", r.seen, want)
		}
	}
}
