package link_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"

	"tipring/hw/link"
	"tipring/hw/link/linktest"
	"tipring/hw/link/wire"
)

// The link over SPI carries requests, events and media, with an attention line and without; the bus rests when nothing is
// to be said.
func TestOverSPI(t *testing.T) {
	for _, withLine := range []bool{true, false} {
		t.Run(fmt.Sprintf("attention=%v", withLine), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				bus := linktest.NewSPI()
				card := linktest.New(linktest.Config{Hello: wire.HelloAnswer{Timeslots: 32}})
				ctx, stop := context.WithCancel(t.Context())
				var running sync.WaitGroup
				running.Go(func() { card.Run(ctx, bus, nil) })
				var attention gpio.PinIn
				if withLine {
					attention = bus.Attention()
				}
				s, err := link.OverSPI(bus.Port(), attention)
				if err != nil {
					t.Fatal(err)
				}
				w := &world{T: t, card: card}
				conn, err := link.Dial(ctx, link.Config{Control: s, Up: func(p wire.PCM) {
					if w.up != nil {
						w.up(p)
					}
				}})
				if err != nil {
					t.Fatal(err)
				}
				w.conn = conn
				for i := range 100 {
					if _, err := w.register(1, true, byte(i), byte(i*3)); err != nil {
						t.Fatal(err)
					}
					if v, err := w.register(1, false, byte(i), 0); err != nil || v != byte(i*3) {
						t.Fatalf("register %d reads %d, %v", i, v, err)
					}
				}
				began := time.Now()
				card.Log("x")
				if e := <-conn.Events(); e.Text != "x" || time.Since(began) > 5*time.Millisecond {
					t.Errorf("%+v after %v", e, time.Since(began))
				}
				before := bus.Transfers()
				time.Sleep(time.Second)
				if n := bus.Transfers() - before; n > 1100 {
					t.Errorf("%d transfers in a second without news", n)
				}
				if got, holes := w.loopback(500, 2, 32, 8); got != 500 || holes != 0 {
					t.Errorf("%d frames of 500, %d octets missing; %+v", got, holes, card.Statistics())
				}
				stop()
				running.Wait()
				<-conn.Done()
				if !errors.Is(conn.Err(), link.ErrLost) {
					t.Errorf("a card that is gone: %v", conn.Err())
				}
				conn.Close()
			})
		})
	}
}

// A wire takes its time: so many octets a second, in each direction.
type wireAt struct {
	*linktest.End
	rate int
}

func (w wireAt) Write(p []byte) (int, error) {
	time.Sleep(time.Duration(len(p)) * time.Second / time.Duration(w.rate))
	return w.End.Write(p)
}

// slow runs f over a wire of so many octets a second.
func slow(t *testing.T, rate, slots int, f func(w *world)) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, loop: &linktest.Loop{}}
		w.card = linktest.New(linktest.Config{Hello: wire.HelloAnswer{Timeslots: uint8(slots), Window: 8}, Hardware: w.loop})
		host, far := linktest.Pipe(linktest.Faults{}, linktest.Faults{})
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { w.card.Run(ctx, wireAt{far, rate}, nil) })
		conn, err := link.Dial(ctx, link.Config{Control: wireAt{host, rate}, Up: func(p wire.PCM) {
			if w.up != nil {
				w.up(p)
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		w.conn = conn
		f(w)
		conn.Close()
		stop()
		running.Wait()
	})
}

// Control that takes all that the wire has left does not disturb media: it waits for one frame of the other class at most.
func TestMediaDoesNotWaitForControl(t *testing.T) {
	slow(t, 300_000, 8, func(w *world) { // 3 Mbaud
		var requests atomic.Int64
		stop := make(chan struct{})
		var callers sync.WaitGroup
		for range 8 {
			callers.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					// 16384 octets of flash to sum, and 240 to send: the longest message while PCM runs.
					if _, err := w.conn.Statistics(); err != nil {
						w.Error(err)
						return
					}
					err := w.conn.Write(w.Context(), 1, bytes.Repeat([]byte{1}, 2000), true, nil)
					var refused *link.StatusError
					if err != nil && !errors.As(err, &refused) {
						w.Error(err)
						return
					}
					requests.Add(1)
				}
			})
		}
		// A frame of media is 170 octets or 0.6 ms, one of control 0.9 ms at most; so 8 ms of lead are plenty.
		const lead = 8
		got, holes := w.loopback(2000, 2, 8, lead)
		close(stop)
		callers.Wait()
		// The card may run dry while the answer to PCM START waits its turn behind control and the first frames are under way, not later.
		if s := w.card.Statistics(); got != 2000 || holes != 0 || s.UnderrunMs > lead {
			w.Errorf("%d of 2000 frames, %d octets missing, %+v", got, holes, s)
		}
		if n := requests.Load(); n < 100 {
			w.Errorf("%d requests beside media", n)
		}
	})
}

// Media that asks for more than the wire has does not keep control from getting through.
func TestControlDoesNotWaitForMedia(t *testing.T) {
	slow(t, 300_000, 32, func(w *world) {
		// 32 slots in frames of 1 ms are 308 octets a ms, and the wire has 300.
		var ticks atomic.Int64
		w.up = func(p wire.PCM) { ticks.Add(1) }
		start, err := w.conn.Start(1, 32, 0xff)
		if err != nil {
			w.Fatal(err)
		}
		stop := make(chan struct{})
		var pump sync.WaitGroup
		pump.Go(func() {
			for tick := start; ; tick++ {
				select {
				case <-stop:
					return
				default:
				}
				w.conn.Down(tick + 20)
				w.conn.Send()
				time.Sleep(time.Millisecond)
			}
		})
		time.Sleep(10 * time.Second) // all queues are full by now
		worst := time.Duration(0)
		for i := range 200 {
			began := time.Now()
			if _, err := w.register(2, true, byte(i), 1); err != nil {
				w.Fatal(err)
			}
			worst = max(worst, time.Since(began))
		}
		close(stop)
		pump.Wait()
		// Each way: the frame that is under way, one of media before it, and itself; and what waits in the pipe.
		if worst > 35*time.Millisecond {
			w.Errorf("a register access takes up to %v beside media", worst)
		}
		if s := w.card.Statistics(); s.UpDropped == 0 || w.conn.Stats().DownDropped == 0 {
			w.Errorf("the wire was not full: card %+v, host %+v", s, w.conn.Stats())
		}
	})
}
