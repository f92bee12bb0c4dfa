package linecard_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tipring/hw/board"
	"tipring/hw/linecard"
	"tipring/hw/link"
	"tipring/hw/link/linktest"
	"tipring/tdm"
)

// A pump exchanges blocks until it is stopped, and keeps what it has seen.
type pump struct {
	card   *linecard.Card
	mu     sync.Mutex
	bits   []uint8 // latest of each slot
	slips  int
	blocks int
	events []tdm.Event
	stop   chan struct{}
	wg     sync.WaitGroup
}

func newPump(t *testing.T, c *linecard.Card) *pump {
	n := len(c.Info().Slots)
	p := &pump{card: c, bits: make([]uint8, n), stop: make(chan struct{})}
	p.wg.Go(func() {
		tx, rx := tdm.NewBlock(n, 80), tdm.NewBlock(n, 80)
		for {
			select {
			case <-p.stop:
				return
			default:
			}
			slip, err := c.Exchange(tx, rx)
			if err != nil {
				t.Error(err)
				return
			}
			p.mu.Lock()
			p.slips += slip
			p.blocks++
			for s := range p.bits {
				p.bits[s] = rx.SigSlot(s)[9]
			}
			for len(c.Events()) > 0 {
				p.events = append(p.events, <-c.Events())
			}
			p.mu.Unlock()
		}
	})
	t.Cleanup(p.end)
	return p
}

func (p *pump) end() {
	select {
	case <-p.stop:
	default:
		close(p.stop)
	}
	p.wg.Wait()
}

func (p *pump) sees(t *testing.T, slot int, want uint8, within time.Duration) {
	t.Helper()
	for end := time.Now().Add(within); ; time.Sleep(10 * time.Millisecond) {
		p.mu.Lock()
		got := p.bits[slot]
		p.mu.Unlock()
		if got == want {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("slot %d has bits %#x after %v, want %#x", slot, got, within, want)
		}
	}
}

func (p *pump) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.blocks
}

func (p *pump) take() []tdm.Event {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := p.events
	p.events = nil
	return out
}

// With 1 % of frames lost, repeated, corrupted and overtaken, lines work, every command is answered once and in order, nothing
// slips, and the counters say what was missing.
func TestUnderLinkFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench("so")
		faults := linktest.Faults{Lose: .01, Repeat: .01, Corrupt: .01, Reorder: .01, Seed: 5}
		var far *linktest.End
		var running sync.WaitGroup
		ctx, stop := context.WithCancel(t.Context())
		c := b.open(t, linecard.Config{Streams: func(context.Context) (link.Stream, link.Stream, error) {
			var host *linktest.End
			host, far = linktest.Pipe(faults, faults)
			running.Go(func() { b.card.Run(ctx, far, nil) })
			return host, nil, nil
		}})
		p := newPump(t, c)
		for i := range 30 {
			b.phones[0].OffHook()
			p.sees(t, 0, tdm.SigLoopClosed, 200*time.Millisecond)
			c.Control(0, tdm.Command{Op: tdm.OpLinefeed, ID: uint32(2*i + 1), Linefeed: tdm.FeedReverse})
			c.Control(0, tdm.Command{Op: tdm.OpLinefeed, ID: uint32(2*i + 2), Linefeed: tdm.FeedForward})
			time.Sleep(time.Second)
			b.phones[0].OnHook()
			p.sees(t, 0, 0, 200*time.Millisecond)
			time.Sleep(time.Second)
		}
		events := p.take()
		for i, e := range events {
			if e.ID != uint32(i+1) || e.Err != nil {
				t.Fatalf("event %d is %+v", i, e)
			}
		}
		if len(events) != 60 {
			t.Errorf("%d commands of 60 were answered", len(events))
		}
		p.end()
		s, n := c.Stats(), far.Counts()
		if remote := b.card.Statistics(); s.Card.UnderrunMs == 0 || s.Card.UnderrunMs > remote.UnderrunMs || s.Card.CRC == 0 || s.Link.CRC == 0 {
			t.Errorf("the card's counters are %+v, as last asked for %+v; the host's %+v", remote, s.Card, s.Link)
		}
		// 2 ms a frame; what was overtaken has come all the same, in time or not.
		least, most := int64(2*8*(n.Lost+n.Corrupted)/2), int64(2*8*(n.Lost+n.Corrupted+n.Reordered))
		if s.Missing-s.Recovered < least || s.Missing-s.Recovered > most || s.Recovered == 0 || s.Slips != 0 || p.slips != 0 || s.Sessions != 1 {
			t.Errorf("%+v with %+v on the way up", s, n)
		}
		c.Close()
		stop()
		running.Wait()
	})
}

// A chip that fails takes its line along and no other; it is brought up again when it can be.
func TestChipFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench("ss")
		c := b.open(t, linecard.Config{Streams: b.plug(t)})
		p := newPump(t, c)
		b.phones[0].OffHook()
		b.phones[1].OffHook()
		p.sees(t, 0, tdm.SigLoopClosed, 200*time.Millisecond)
		p.sees(t, 1, tdm.SigLoopClosed, 200*time.Millisecond)
		for _, fault := range []board.Fault{board.DeadHigh, board.DeadLow} {
			b.board.SetFault(0, fault)
			time.Sleep(500 * time.Millisecond)
			events := p.take()
			if len(events) == 0 || events[0].Slot != 0 || events[0].ID != 0 || events[0].Err == nil {
				t.Fatalf("fault %d: events %+v", fault, events)
			}
			p.sees(t, 1, tdm.SigLoopClosed, 0)
			p.sees(t, 0, 0, 0)
			c.Control(0, tdm.Command{Op: tdm.OpRing, ID: 7, Cadence: tdm.Cadence{N: 2, Ms: [16]uint16{400, 400}}})
			time.Sleep(100 * time.Millisecond)
			if events = p.take(); len(events) == 0 || events[len(events)-1].ID != 7 || events[len(events)-1].Err == nil {
				t.Errorf("a command for a chip that is lost: %+v", events)
			}
			b.board.SetFault(0, board.Healthy)
			p.sees(t, 0, tdm.SigLoopClosed, 5*time.Second)
			if events = p.take(); len(events) != 1 || events[0].ID != 0 || events[0].Err != nil {
				t.Errorf("a chip that works again: %+v", events)
			}
		}
		b.board.ResetChip(0)
		p.sees(t, 0, 0, time.Second)
		p.sees(t, 0, tdm.SigLoopClosed, 5*time.Second)
		b.board.SlipBit(0, 1)
		time.Sleep(time.Second)
		p.sees(t, 0, tdm.SigLoopClosed, 0)
	})
}

// A card that goes away and comes back goes on, with the host's clock in between, and with the linefeeds that it had.
func TestReconnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench("s")
		var mu sync.Mutex
		var far *linktest.End
		var running sync.WaitGroup
		ctx, stop := context.WithCancel(t.Context())
		there := true
		c := b.open(t, linecard.Config{Streams: func(context.Context) (link.Stream, link.Stream, error) {
			mu.Lock()
			defer mu.Unlock()
			if !there {
				return nil, nil, errors.New("no such device")
			}
			var host *linktest.End
			host, far = linktest.Pipe(linktest.Faults{}, linktest.Faults{})
			running.Go(func() { b.card.Run(ctx, far, nil) })
			return host, nil, nil
		}})
		p := newPump(t, c)
		c.Control(0, tdm.Command{Op: tdm.OpLinefeed, ID: 1, Linefeed: tdm.FeedReverse})
		time.Sleep(100 * time.Millisecond)
		b.phones[0].OffHook()
		p.sees(t, 0, tdm.SigLoopClosed, 200*time.Millisecond)
		for range 5 {
			mu.Lock()
			there = false
			far.Close()
			mu.Unlock()
			p.sees(t, 0, 0, 100*time.Millisecond)
			p.take()
			c.Control(0, tdm.Command{Op: tdm.OpRingStop, ID: 9})
			before := p.count()
			time.Sleep(10 * time.Second)
			if n := p.count() - before; n < 999 || n > 1001 {
				t.Errorf("%d blocks of 10 ms in 10 s without a card", n)
			}
			if e := p.take(); len(e) != 1 || e[0].ID != 9 || !errors.Is(e[0].Err, linecard.ErrDown) {
				t.Errorf("a command without a card: %+v", e)
			}
			mu.Lock()
			there = true
			mu.Unlock()
			c.Appeared()
			p.sees(t, 0, tdm.SigLoopClosed, 2*time.Second)
			volts := 0.0
			b.board.Do(func() { volts = b.phones[0].Volts() })
			if volts > -1 {
				t.Errorf("%.1f V at the telephone, want reversed polarity", volts)
			}
		}
		if s := c.Stats(); s.Sessions != 6 || s.Slips != 0 {
			t.Errorf("%+v", s)
		}
		p.end()
		c.Close()
		stop()
		running.Wait()
	})
}

func TestConfigFaults(t *testing.T) {
	for name, cfg := range map[string]linecard.Config{
		"no slots":         {},
		"slot 64":          {Lines: []linecard.Line{{Slot: 64, Kind: tdm.FXS, Name: "a"}}},
		"a slot twice":     {Lines: []linecard.Line{{Slot: 1, Kind: tdm.FXS, Name: "a"}, {Slot: 1, Kind: tdm.FXO, Name: "b"}}},
		"country xx":       {Lines: []linecard.Line{{Kind: tdm.FXS, Name: "a", Country: "xx"}}},
		"a frame of 8 ms":  {Slots: 32, Frame: 8 * time.Millisecond},
		"a lead of 1 ms":   {Slots: 4, Lead: time.Millisecond},
		"a lead of 300 ms": {Slots: 4, Lead: 300 * time.Millisecond},
		"65 slots":         {Slots: 65},
	} {
		if _, err := linecard.New(cfg); err == nil {
			t.Errorf("%s: no error", name)
		} else {
			t.Logf("%s: %v", name, err)
		}
	}
}
