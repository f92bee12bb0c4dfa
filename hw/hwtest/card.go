package hwtest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"tipring/tdm"
)

func testInfo(r *rig) {
	i := r.info
	if i.Name == "" || i.Model == "" {
		r.Errorf("name %q and model %q must not be empty", i.Name, i.Model)
	}
	if len(i.Slots) == 0 {
		r.Error("no slots")
	}
	if i.Law != tdm.MuLaw && i.Law != tdm.ALaw {
		r.Errorf("law %d", i.Law)
	}
	if i.Delay < 0 || i.SigResolution < 1 {
		r.Errorf("delay %d samples, signalling resolution %d ms", i.Delay, i.SigResolution)
	}
	names := map[string]int{}
	for n, s := range i.Slots {
		if s.Kind > tdm.FXO {
			r.Errorf("slot %d: kind %d", n, s.Kind)
		}
		if s.Kind != tdm.Bearer && s.Name == "" {
			r.Errorf("slot %d: a line without a name", n)
		}
		if m, twice := names[s.Name]; s.Name != "" && twice {
			r.Errorf("slots %d and %d are both %q", m, n, s.Name)
		}
		names[s.Name] = n
		if _, ok := r.h.Card.(tdm.Controller); s.Kind == tdm.FXS && !ok {
			r.Errorf("slot %d is FXS and the card is no Controller", n)
		}
	}
	r.run(20)
	again := r.h.Card.Info()
	if again.Name != i.Name || len(again.Slots) != len(i.Slots) || again.Delay != i.Delay {
		r.Error("Info changes while the card is open")
	}
}

// clock is the time since start in samples.
func clock(start time.Time) int64 { return int64(time.Since(start) / (time.Second / tdm.Rate)) }

// aside is how far a caller that has just returned may be from the clock in samples: a block, and in real time as much as the
// host may be late with it.
func (r *rig) aside() int64 {
	if r.h.RateTolerance > 0 {
		return 4 * Block
	}
	return Block
}

func testClockRate(r *rig) {
	r.block() // starts the clock
	start, from := time.Now(), r.at
	r.run(3000)
	got, want := r.at-from, clock(start)
	tolerance := int64(float64(want) * r.h.RateTolerance)
	if tolerance > 0 {
		tolerance += r.aside()
	}
	if diff := got - want; diff > tolerance || diff < -tolerance {
		r.Errorf("%d samples in the time of %d", got, want)
	}
	if r.slips != 0 {
		r.Errorf("%d samples lost by a caller in time", r.slips)
	}
}

func testLate(r *rig) {
	if r.h.Depth == 0 {
		r.Skip("no depth")
	}
	r.block()
	start, from := time.Now(), r.at
	time.Sleep(r.h.Depth / 2)
	behind := clock(start)
	for r.at-from < behind/Block*Block {
		before := time.Now()
		r.block()
		if d := time.Since(before); r.h.RateTolerance == 0 && d != 0 {
			r.Fatalf("a late caller waited %v for a block", d)
		}
	}
	r.run(500)
	if r.slips != 0 {
		r.Errorf("%d samples lost within the depth", r.slips)
	}
	if diff := clock(start) - (r.at - from); diff < -r.aside() || diff > r.aside() {
		r.Errorf("the caller has caught up to within %d samples, want %d", diff, r.aside())
	}
}

func testOverrun(r *rig) {
	if r.h.Depth == 0 {
		r.Skip("no depth")
	}
	r.block()
	start, from := time.Now(), r.at
	time.Sleep(4 * r.h.Depth)
	r.run(int(6 * r.h.Depth / time.Millisecond))
	if r.slips <= 0 || r.slips%tdm.Quantum != 0 {
		r.Errorf("slip %d after an overrun, want a positive multiple of %d", r.slips, tdm.Quantum)
	}
	if diff := clock(start) - (r.at - from); diff < -r.aside() || diff > r.aside() {
		r.Errorf("samples exchanged and lost differ from the clock by %d, want %d at most", diff, r.aside())
	}
}

func testClose(r *rig) {
	done := make(chan error)
	go func() {
		for {
			if _, err := r.h.Card.Exchange(r.tx, r.rx); err != nil {
				done <- err
				return
			}
		}
	}()
	time.Sleep(55 * time.Millisecond)
	if err := r.h.Card.Close(); err != nil {
		r.Errorf("close: %v", err)
	}
	if err := <-done; !errors.Is(err, tdm.ErrClosed) {
		r.Errorf("Exchange of a closed card: %v, want ErrClosed", err)
	}
	if _, err := r.h.Card.Exchange(r.tx, r.rx); !errors.Is(err, tdm.ErrClosed) {
		r.Errorf("Exchange after Close: %v, want ErrClosed", err)
	}
	r.h.Card.Close() // twice is allowed
}

func testAllocs(r *rig) {
	if raceDetector {
		r.Skip("the race detector allocates")
	}
	for slot := range r.info.Slots {
		r.offHook(slot, true)
	}
	exchange := func() {
		if _, err := r.h.Card.Exchange(r.tx, r.rx); err != nil {
			r.Fatal(err)
		}
	}
	// Lines are seized and some sound is under way first, so that what is measured is a card at work.
	pcm := make([]int16, Block)
	for range 50 {
		sine(r.at, pcm)
		for slot := range r.info.Slots {
			r.info.Law.Encode(r.tx.Slot(slot), pcm)
		}
		exchange()
		r.at += Block
	}
	if n := testing.AllocsPerRun(100, exchange); n != 0 {
		r.Errorf("%v allocations an Exchange", n)
	}
}

func testWrongBlocks(r *rig) {
	n := len(r.info.Slots)
	for _, c := range []struct {
		name   string
		tx, rx tdm.Block
	}{
		{"two lengths", tdm.NewBlock(n, 80), tdm.NewBlock(n, 160)},
		{"a slot too few", tdm.NewBlock(n-1, 80), tdm.NewBlock(n-1, 80)},
		{"no samples", tdm.Block{}, tdm.Block{}},
	} {
		if _, err := r.h.Card.Exchange(c.tx, c.rx); err == nil {
			r.Errorf("%s: no error", c.name)
		}
	}
	r.run(20) // the card is none the worse
}

func testPeer(r *rig) {
	if r.h.Peer == nil {
		r.Skip("no wired slots")
	}
	octet := func(slot int, at int64) byte { return byte(at*7 + at>>8 + int64(slot)*31) }
	for range 50 {
		for slot := range r.info.Slots {
			for i := range r.tx.Slot(slot) {
				r.tx.Slot(slot)[i] = octet(slot, r.at+int64(i))
			}
			for i := range r.tx.SigSlot(slot) {
				r.tx.SigSlot(slot)[i] = uint8(slot+i) & 15
			}
		}
		from := r.at
		r.block()
		for slot := range r.info.Slots {
			for i, got := range r.rx.Slot(r.h.Peer(slot)) {
				at := from + int64(i-r.h.PeerDelay)
				if at >= 0 && got != octet(slot, at) {
					r.Fatalf("octet %d of slot %d arrives as %#x, want %#x", at, slot, got, octet(slot, at))
				}
			}
		}
	}
}

func testControl(r *rig) {
	ctl := r.controller()
	slot := -1
	for i, s := range r.info.Slots {
		if s.Kind == tdm.FXS {
			slot = i
		}
	}
	if slot < 0 {
		r.Skip("no FXS slot")
	}
	r.run(50)
	feeds := []tdm.Linefeed{tdm.FeedReverse, tdm.FeedForward, tdm.FeedOpen, tdm.FeedForward}
	var last tdm.Event
	for i, f := range feeds {
		ev := r.command(slot, tdm.Command{Op: tdm.OpLinefeed, ID: uint32(i + 1), Linefeed: f})
		if ev.Err != nil {
			r.Errorf("linefeed %d: %v", f, ev.Err)
		}
		if ev.At%Block != 0 || ev.At < last.At || ev.At > r.at {
			r.Errorf("linefeed %d took effect at sample %d after %d, by %d: want a block boundary", f, ev.At, last.At, r.at)
		}
		last = ev
	}
	if ev := r.command(slot, tdm.Command{Op: 200, ID: 90}); ev.Err == nil {
		r.Error("an unknown command has no error")
	}
	if ev := r.command(slot, tdm.Command{Op: tdm.OpRing, ID: 91}); ev.Err == nil {
		r.Error("ringing without a cadence has no error")
	}
	if ev := r.command(len(r.info.Slots), tdm.Command{Op: tdm.OpRingStop, ID: 92}); ev.Err == nil {
		r.Error("a command for a slot that is not there has no error")
	}
	// Two in one block are both answered, in order.
	ctl.Control(slot, tdm.Command{Op: tdm.OpLinefeed, ID: 93})
	ctl.Control(slot, tdm.Command{Op: tdm.OpLinefeed, ID: 94})
	r.run(40)
	a, b := <-ctl.Events(), <-ctl.Events()
	if a.ID != 93 || b.ID != 94 || a.At > b.At {
		r.Errorf("events %+v and %+v: want 93 before 94", a, b)
	}
}

// Control, Events and Exchange are used at once; the race detector looks on.
func testControlBeside(r *rig) {
	ctl := r.controller()
	const each = 50
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range each {
				ctl.Control(g%len(r.info.Slots), tdm.Command{Op: tdm.OpRingStop, ID: uint32(g*each + i + 1)})
				time.Sleep(time.Millisecond)
			}
		})
	}
	seen := map[uint32]bool{}
	var last int64
	r.until("every command is answered", 5000, func() bool {
		for {
			select {
			case ev := <-ctl.Events():
				if seen[ev.ID] || ev.At < last {
					r.Errorf("event %+v comes twice or after one of sample %d", ev, last)
				}
				seen[ev.ID], last = true, ev.At
				continue
			default:
			}
			return len(seen) == 4*each
		}
	})
	wg.Wait()
}
