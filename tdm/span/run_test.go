package span

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tipring/tdm"
)

// A clockCard paces Exchange by the clock of its bubble, in absolute time.
type clockCard struct {
	*testCard
	start  time.Time
	closed chan struct{}
	fault  chan error
}

func newClockCard(slots int) *clockCard {
	return &clockCard{testCard: newTestCard(slots, 0), closed: make(chan struct{}), fault: make(chan error)}
}

func (c *clockCard) Exchange(tx, rx tdm.Block) (int, error) {
	if c.start.IsZero() {
		c.start = time.Now()
	}
	if _, err := c.testCard.Exchange(tx, rx); err != nil {
		return 0, err
	}
	select {
	case <-c.closed:
		return 0, tdm.ErrClosed
	case err := <-c.fault:
		return 0, err
	case <-time.After(time.Until(c.start.Add(tdm.Duration(c.at)))):
	}
	return 0, nil
}

func (c *clockCard) Close() error { close(c.closed); return nil }

// After a late wake-up blocks run back to back until the card's time is reached; they are counted, and nothing is lost.
func TestLateBlocksRunBackToBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClockCard(1)
		p := newTestPump(t, c, 10)
		var ticks int
		p.Attach(0, tickFunc(func(at int64, rx, tx []int16) {
			if want := int64(ticks * 80); at != want {
				t.Errorf("tick at %d, want %d", at, want)
			}
			ticks++
			switch at {
			case 1600:
				time.Sleep(35 * time.Millisecond)
			case 8000:
				time.Sleep(72 * time.Millisecond)
			}
		}))
		ctx, cancel := context.WithCancel(t.Context())
		var done sync.WaitGroup
		done.Go(func() {
			if err := p.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		time.Sleep(2 * time.Second)
		cancel()
		done.Wait()
		st := p.PumpStats()
		// 35 ms hold up the blocks that end 10, 20 and 30 ms later; 72 ms seven.
		if st.Late != 3+7 || st.MaxLate != 7 || st.Slips != 0 {
			t.Errorf("statistics %+v", st)
		}
		if ticks < 199 || ticks > 201 || st.MaxBusy != 72*time.Millisecond || st.Busy != 107*time.Millisecond {
			t.Errorf("%d ticks, %+v", ticks, st)
		}
	})
}

// Run ends with its context and with its card, and reports a card's fault.
func TestRunEnds(t *testing.T) {
	boom := errors.New("boom")
	for name, end := range map[string]func(c *clockCard, cancel func()){
		"context": func(_ *clockCard, cancel func()) { cancel() },
		"close":   func(c *clockCard, _ func()) { c.Close() },
		"fault":   func(c *clockCard, _ func()) { c.fault <- boom },
	} {
		synctest.Test(t, func(t *testing.T) {
			c := newClockCard(1)
			p := newTestPump(t, c, 10)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			result := make(chan error, 1)
			go func() { result <- p.Run(ctx) }()
			time.Sleep(time.Second)
			end(c, cancel)
			err := <-result
			if name == "fault" != errors.Is(err, boom) || name != "fault" && err != nil {
				t.Errorf("%s: %v", name, err)
			}
			for range 2 * cap(p.commands) {
				p.Detach(0) // nobody applies it, and it does not wait
			}
			if err := p.Run(ctx); err == nil {
				t.Errorf("%s: ran twice", name)
			}
		})
	}
}

// Commands of many goroutines and readers of the statistics go along with a running pump.
func TestConcurrentUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClockCard(8)
		p := newTestPump(t, c, 10)
		ctx, cancel := context.WithCancel(t.Context())
		var pump, users sync.WaitGroup
		pump.Go(func() { p.Run(ctx) })
		pump.Go(func() {
			for {
				select {
				case <-p.Events():
				case <-ctx.Done():
					return
				}
			}
		})
		for slot := range 8 {
			users.Go(func() {
				var st []SlotStats
				for i := range 50 {
					p.Attach(slot, &EchoTest{})
					p.Detect(slot, Detect{Digits: true, Voice: i%2 == 0})
					p.Echo(slot, i%2 == 1)
					p.Gain(slot, float64(i%7), -3)
					p.Play(slot, uint32(i), p.Now()+123, &samples{left: ramp(100)})
					p.Sig(slot, uint32(i), 0, []tdm.SigRun{{Bits: uint8(i), Ms: 20}})
					p.Control(slot, tdm.Command{Op: tdm.OpRingStop})
					p.VoiceBand(slot, i%3 == 0)
					time.Sleep(7 * time.Millisecond)
					st = p.Stats(st[:0])
					if st[slot].RxDBm0 > 0 || p.PumpStats().EventsLost > 0 {
						t.Errorf("statistics %+v %+v", st[slot], p.PumpStats())
					}
					if i%10 == 9 {
						p.Connect(slot, (slot+1)%8)
					}
				}
				p.Detach(slot)
				p.Detect(slot, Detect{})
				p.Play(slot, 0, 0, nil)
			})
		}
		users.Wait()
		time.Sleep(100 * time.Millisecond)
		cancel()
		pump.Wait()
		for i, s := range p.Stats(nil) {
			if s.Active || s.Leg || s.Connected {
				t.Errorf("slot %d is left as %+v", i, s)
			}
		}
		if len(p.active) != 0 {
			t.Errorf("slots %v are left active", p.active)
		}
	})
}
