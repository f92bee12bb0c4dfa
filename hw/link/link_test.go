package link_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/spi"

	"tipring/hw/link"
	"tipring/hw/link/linktest"
	"tipring/hw/link/wire"
)

// A world is a card and a link to it.
type world struct {
	*testing.T
	card *linktest.Card
	loop *linktest.Loop
	host *linktest.End // the host's end of the control stream
	far  *linktest.End
	conn *link.Conn
	up   func(wire.PCM)
}

// run runs f in a bubble with a session over a stream with these faults, in both directions.
func run(t *testing.T, faults linktest.Faults, cfg linktest.Config, f func(w *world)) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, loop: &linktest.Loop{}}
		cfg := cfg
		if cfg.Hardware == nil {
			cfg.Hardware = w.loop
		}
		w.card = linktest.New(cfg)
		back := faults
		back.Seed++
		w.host, w.far = linktest.Pipe(faults, back)
		var card sync.WaitGroup
		ctx, stop := context.WithCancel(t.Context())
		card.Go(func() { w.card.Run(ctx, w.far, nil) })
		conn, err := link.Dial(t.Context(), link.Config{Control: w.host, Up: func(p wire.PCM) {
			if w.up != nil {
				w.up(p)
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		w.conn = conn
		defer func() {
			conn.Close()
			stop()
			card.Wait()
		}()
		f(w)
	})
}

// bad is what the link has to live with: 1 % of everything.
func bad(seed uint64) linktest.Faults {
	return linktest.Faults{Lose: .01, Repeat: .01, Corrupt: .01, Reorder: .01, Seed: seed}
}

func (w *world) register(device int, write bool, addr, v byte) (byte, error) {
	p := w.conn.Port(device)
	c, err := p.Connect(0, spi.Mode3, 8)
	if err != nil {
		return 0, err
	}
	tx := []byte{0x60, addr, 0}
	if write {
		tx = []byte{0x20, addr, v}
	}
	rx := make([]byte, 3)
	err = c.Tx(tx, rx)
	return rx[2], err
}

func TestHello(t *testing.T) {
	run(t, linktest.Faults{}, linktest.Config{Hello: wire.HelloAnswer{Board: "lc8", Serial: "X1"}}, func(w *world) {
		h := w.conn.Hello()
		if h.Board != "lc8" || h.Serial != "X1" || h.Role != wire.Application || h.Slot != 0 || h.Timeslots != 8 {
			w.Errorf("%+v", h)
		}
	})
}

// Every write is carried out once and reads give what was written, whatever the link does to frames.
func TestRegistersUnderFaults(t *testing.T) {
	var lost, repeated, corrupted, reordered int
	for seed := range uint64(10) {
		run(t, bad(seed), linktest.Config{}, func(w *world) {
			const each = 200
			var callers sync.WaitGroup
			for d := range 4 {
				callers.Go(func() {
					for i := range each {
						addr, v := byte(i), byte(i*3+d)
						if _, err := w.register(d, true, addr, v); err != nil {
							w.Errorf("write: %v", err)
							return
						}
						if got, err := w.register(d, false, addr, 0); err != nil || got != v {
							w.Errorf("chip %d register %d reads %d, %v, want %d", d, addr, got, err, v)
							return
						}
					}
				})
			}
			callers.Wait()
			w.card.Do(func() {
				if w.loop.Writes != 4*each {
					w.Errorf("%d writes carried out, want %d", w.loop.Writes, 4*each)
				}
			})
			there, back := w.host.Counts(), w.far.Counts()
			card, host := w.card.Statistics(), w.conn.Stats()
			// The counters tell the truth: what was corrupted was noticed on the other side, as one bad frame or torn in two.
			if bad := card.CRC + card.Frame; bad < uint32(there.Corrupted) || bad > uint32(2*there.Corrupted) {
				w.Errorf("%d frames to the card were corrupted, it counts %d", there.Corrupted, bad)
			}
			if bad := host.CRC + host.Frame; bad < uint32(back.Corrupted) || bad > uint32(2*back.Corrupted) {
				w.Errorf("%d frames from the card were corrupted, the host counts %d", back.Corrupted, bad)
			}
			if card.Requests < 8*each || card.Requests > host.Requests {
				w.Errorf("%d requests carried out of %d, and %d were made by the test", card.Requests, host.Requests, 8*each)
			}
			if host.Repeats == 0 && there.Lost+back.Lost > 0 {
				w.Errorf("%d frames lost and no request repeated", there.Lost+back.Lost)
			}
			lost, repeated = lost+there.Lost+back.Lost, repeated+there.Repeated+back.Repeated
			corrupted, reordered = corrupted+there.Corrupted+back.Corrupted, reordered+there.Reordered+back.Reordered
		})
	}
	if min(lost, repeated, corrupted, reordered) < 50 {
		t.Errorf("%d frames lost, %d repeated, %d corrupted, %d reordered: too few to say anything", lost, repeated, corrupted, reordered)
	}
}

// Events arrive once and in order.
func TestEventsUnderFaults(t *testing.T) {
	f := bad(3)
	f.Lose = .05
	run(t, f, linktest.Config{}, func(w *world) {
		const n = 300
		go func() {
			for i := range n {
				w.card.Log(fmt.Sprint(i))
				time.Sleep(20 * time.Millisecond)
			}
		}()
		for i := range n {
			e := <-w.conn.Events()
			if e.Kind != wire.EventLog || e.Text != fmt.Sprint(i) {
				w.Fatalf("event %d is %+v", i, e)
			}
		}
		time.Sleep(time.Second)
		select {
		case e := <-w.conn.Events():
			w.Errorf("one event more: %+v", e)
		default:
		}
		if s := w.card.Statistics(); s.Events != n || s.EventsLost != 0 || s.EventsAgain == 0 {
			w.Errorf("%d events, %d lost, %d sent again", s.Events, s.EventsLost, s.EventsAgain)
		}
	})
}

// Events that the host does not take stay on the card; more than it keeps are lost and counted on both sides.
func TestEventsKept(t *testing.T) {
	run(t, linktest.Faults{}, linktest.Config{}, func(w *world) {
		const n = 200
		for i := range n {
			w.card.Log(fmt.Sprint(i))
			time.Sleep(5 * time.Millisecond)
		}
		got, last := 0, -1
		for idle := time.After(2 * time.Second); idle != nil; {
			select {
			case e := <-w.conn.Events():
				var i int
				fmt.Sscan(e.Text, &i)
				if i <= last {
					w.Fatalf("event %d after %d", i, last)
				}
				got, last = got+1, i
			case <-idle:
				idle = nil
			}
		}
		s := w.card.Statistics()
		if last != n-1 || got+int(w.conn.Stats().EventsLost) != n || s.EventsLost != w.conn.Stats().EventsLost {
			w.Errorf("%d events of %d came, the host counts %d lost, the card %d", got, n, w.conn.Stats().EventsLost, s.EventsLost)
		}
		if got < 64 {
			w.Errorf("%d events kept", got)
		}
	})
}

// An interrupt line is seen when it falls, and again while it stays low.
func TestInterrupt(t *testing.T) {
	run(t, linktest.Faults{}, linktest.Config{}, func(w *world) {
		pin, err := w.conn.Interrupt(0)
		if err != nil {
			w.Fatal(err)
		}
		if err := pin.In(gpio.PullUp, gpio.FallingEdge); err != nil {
			w.Fatal(err)
		}
		if pin.WaitForEdge(time.Second) {
			w.Error("an edge of a line that is high")
		}
		w.card.Do(func() { w.loop.Low = true })
		for range 3 {
			if began := time.Now(); !pin.WaitForEdge(time.Second) || time.Since(began) > 300*time.Millisecond {
				w.Errorf("no edge of a line that is low within %v", time.Since(began))
			}
		}
		w.card.Do(func() { w.loop.Low = false })
		for pin.WaitForEdge(500 * time.Millisecond) {
		}
		go func() { time.Sleep(time.Second); pin.Halt() }()
		if pin.WaitForEdge(-1) {
			w.Error("an edge after Halt")
		}
		if _, err := w.conn.Interrupt(9); err == nil {
			w.Error("interrupt line 9 exists")
		}
	})
}

// Packets of one octet raise the chip select after each, and a long list goes in several messages.
func TestTransfers(t *testing.T) {
	run(t, linktest.Faults{}, linktest.Config{}, func(w *world) {
		c, err := w.conn.Port(3).Connect(0, spi.Mode3, 8)
		if err != nil {
			w.Fatal(err)
		}
		var packets []spi.Packet
		in := make([][]byte, 200)
		for i := range in {
			in[i] = make([]byte, 3)
			packets = append(packets, spi.Packet{W: []byte{0x20, byte(i), byte(i * 5)}, R: in[i]})
		}
		if err := c.TxPackets(packets); err != nil {
			w.Fatal(err)
		}
		for i := range packets {
			packets[i].W = []byte{0x60, byte(i), 0}
		}
		if err := c.TxPackets(packets); err != nil {
			w.Fatal(err)
		}
		for i, got := range in {
			if got[2] != byte(i*5) {
				w.Fatalf("register %d reads %d", i, got[2])
			}
		}
		var status *link.StatusError
		none, _ := w.conn.Port(30).Connect(0, spi.Mode3, 8)
		if err := none.Tx([]byte{1, 2, 3}, nil); !errors.As(err, &status) || status.Status != wire.NoDevice {
			w.Errorf("chip select 30: %v", err)
		}
		for name, p := range map[string]spi.Packet{"kept chip select": {W: []byte{1}, KeepCS: true}, "empty": {}, "too long": {W: make([]byte, 65)},
			"unequal": {W: []byte{1, 2}, R: make([]byte, 1)}} {
			if err := c.TxPackets([]spi.Packet{p}); err == nil {
				w.Errorf("a packet with %s is taken", name)
			}
		}
		if _, err := w.conn.Port(1).Connect(0, spi.Mode0, 8); err == nil {
			w.Error("mode 0 is taken")
		}
	})
}

// loopback runs PCM for so many frames and checks that everything that comes back is where it belongs.
func (w *world) loopback(frames, ms, slots, lead int) (got, holes int) {
	ups := make(chan wire.PCM, 1000)
	w.up = func(p wire.PCM) {
		p.Sig, p.Data = bytes.Clone(p.Sig), bytes.Clone(p.Data)
		ups <- p
	}
	start, err := w.conn.Start(ms, slots, 0xff)
	if err != nil {
		w.Fatal(err)
	}
	octet := func(slot int, sample uint32) byte { return byte(sample*13+uint32(slot)*7) &^ 1 }
	send := func(tick uint32) {
		p := w.conn.Down(tick)
		for s := range slots {
			for i := range ms * 8 {
				p.Data[s*ms*8+i] = octet(s, tick*8+uint32(i))
			}
			for i := range ms {
				p.Sig[s*ms+i] = 255
			}
		}
		w.conn.Send()
	}
	for i := 0; i < lead; i += ms {
		send(start + uint32(i))
	}
	seen := map[uint32]bool{}
	end := start + uint32(frames*ms)
	for p := range ups {
		if int32(p.Tick-end) >= 0 {
			break
		}
		send(p.Tick + uint32(lead))
		if seen[p.Tick] {
			continue
		}
		seen[p.Tick] = true
		got++
		if int32(p.Tick-start) < int32(lead) {
			continue // these go by while the answer to PCM START is on its way
		}
		for s := range slots {
			for i := range ms * 8 {
				at := p.Tick*8 + uint32(i)
				// The highway returns an octet a frame later. An underrun repeats a tick and then is silence.
				switch v := p.Data[s*ms*8+i]; {
				case v == octet(s, at-1):
				case v == 0xff || v == octet(s, at-1-8):
					holes++
				default:
					w.Fatalf("sample %d of slot %d is %#x, want %#x", at, s, v, octet(s, at-1))
				}
			}
		}
	}
	return got, holes
}

func TestLoopback(t *testing.T) {
	for _, c := range []struct{ ms, slots, lead int }{{1, 8, 4}, {1, 1, 8}, {4, 32, 16}, {2, 62, 8}, {8, 8, 24}} {
		t.Run(fmt.Sprintf("ms=%d/slots=%d", c.ms, c.slots), func(t *testing.T) {
			run(t, linktest.Faults{}, linktest.Config{Hello: wire.HelloAnswer{Timeslots: 64}}, func(w *world) {
				const frames = 500
				got, holes := w.loopback(frames, c.ms, c.slots, c.lead)
				s := w.card.Statistics()
				if got != frames || holes != 0 || s.UnderrunMs != 0 || s.DownLate+s.DownEarly+s.DownTwice+s.UpDropped != 0 {
					w.Errorf("%d of %d frames, %d octets missing, card %+v", got, frames, holes, s)
				}
			})
		})
	}
}

// A media frame that is lost leaves a hole where it was, one that comes twice or late changes nothing, and the counters
// tell what happened.
func TestLoopbackUnderFaults(t *testing.T) {
	run(t, bad(7), linktest.Config{}, func(w *world) {
		const frames = 5000
		got, holes := w.loopback(frames, 1, 8, 8)
		s, up, down := w.card.Statistics(), w.far.Counts(), w.host.Counts()
		gone := up.Lost + up.Corrupted
		if missing := frames - got; missing > gone || missing < gone/2 {
			w.Errorf("%d up frames missing, %d lost or corrupted", missing, gone)
		}
		// A down frame is lost with its up frame, its credit, too.
		if bad := down.Lost + down.Corrupted + gone; int(s.UnderrunMs) > bad || int(s.UnderrunMs) < bad/2 || holes == 0 {
			w.Errorf("%d ms of underrun with %d frames lost or corrupted", s.UnderrunMs, bad)
		}
		if s.DownTwice == 0 || int(s.DownTwice) > down.Repeated+up.Repeated {
			w.Errorf("%d down frames came twice, %d were repeated", s.DownTwice, down.Repeated+up.Repeated)
		}
	})
}

// Whatever state the link is in when the card is pulled out, every call returns, and soon.
func TestUnplug(t *testing.T) {
	for _, state := range []string{"idle", "requests", "media", "update", "held"} {
		for after := range 8 {
			t.Run(fmt.Sprintf("%s/%d", state, after), func(t *testing.T) {
				run(t, linktest.Faults{}, linktest.Config{}, func(w *world) {
					var calls sync.WaitGroup
					switch state {
					case "requests":
						for d := range 6 {
							calls.Go(func() {
								for err := error(nil); err == nil; {
									_, err = w.register(d, true, 1, 1)
									time.Sleep(100 * time.Microsecond)
								}
							})
						}
					case "media":
						start, err := w.conn.Start(1, 8, 0xff)
						if err != nil {
							w.Fatal(err)
						}
						calls.Go(func() {
							for tick := start; w.conn.Err() == nil; tick++ {
								w.conn.Down(tick)
								w.conn.Send()
								time.Sleep(time.Millisecond)
							}
						})
					case "update":
						calls.Go(func() {
							if w.conn.Write(w.Context(), 1, make([]byte, 4000), false, nil) == nil {
								<-w.conn.Done()
							}
						})
					case "held":
						w.host.Hold()
						calls.Go(func() { w.register(0, true, 1, 1) })
					}
					time.Sleep(time.Duration(after*after)*3*time.Millisecond + time.Microsecond)
					w.far.Close()
					began := time.Now()
					calls.Wait()
					<-w.conn.Done()
					if d := time.Since(began); d > time.Millisecond {
						w.Errorf("the calls have returned after %v", d)
					}
					if !errors.Is(w.conn.Err(), link.ErrLost) {
						w.Errorf("ended with %v", w.conn.Err())
					}
					if _, err := w.conn.Info(); !errors.Is(err, link.ErrLost) {
						w.Errorf("a call afterwards: %v", err)
					}
				})
			})
		}
	}
}

// A link that stands still for a while goes on; one that does for longer is given up, and no call waits for ever.
func TestStall(t *testing.T) {
	for _, c := range []struct {
		stall time.Duration
		lost  bool
	}{{900 * time.Millisecond, false}, {10 * time.Second, true}} {
		t.Run(c.stall.String(), func(t *testing.T) {
			run(t, linktest.Faults{}, linktest.Config{}, func(w *world) {
				release := w.host.Hold()
				began := time.Now()
				defer time.AfterFunc(c.stall, release).Stop()
				_, err := w.register(1, true, 2, 3)
				took := time.Since(began)
				if c.lost {
					if !errors.Is(err, link.ErrLost) || took > 3*time.Second {
						w.Errorf("%v after %v", err, took)
					}
					return
				}
				if err != nil || took > c.stall+100*time.Millisecond {
					w.Errorf("%v after %v", err, took)
				}
				if v, err := w.register(1, false, 2, 0); err != nil || v != 3 {
					w.Errorf("the register reads %d, %v", v, err)
				}
				w.card.Do(func() {
					if w.loop.Writes != 1 {
						w.Errorf("%d writes", w.loop.Writes)
					}
				})
			})
		})
	}
}

// No card, and a card that answers late.
func TestDialWithoutCard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host, far := linktest.Pipe(linktest.Faults{}, linktest.Faults{})
		began := time.Now()
		if _, err := link.Dial(t.Context(), link.Config{Control: host}); err == nil || time.Since(began) != 3*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		far.Close()

		host, far = linktest.Pipe(linktest.Faults{}, linktest.Faults{})
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go func() {
			time.Sleep(time.Second)
			linktest.New(linktest.Config{}).Run(ctx, far, nil)
		}()
		c, err := link.Dial(t.Context(), link.Config{Control: host})
		if err != nil {
			t.Fatal(err)
		}
		c.Close()

		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		host, _ = linktest.Pipe(linktest.Faults{}, linktest.Faults{})
		if _, err := link.Dial(ctx, link.Config{Control: host}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
	})
}

// A card of another major version answers what is about its firmware and nothing else.
func TestOtherVersion(t *testing.T) {
	run(t, linktest.Faults{}, linktest.Config{Hello: wire.HelloAnswer{Major: 2}}, func(w *world) {
		if _, err := w.conn.Start(1, 8, 0xff); !errors.Is(err, link.ErrVersion) {
			w.Errorf("PCM START: %v", err)
		}
		if _, err := w.conn.Info(); err != nil {
			w.Errorf("FIRMWARE INFO: %v", err)
		}
	})
}

// A card that no longer hears its host stops and makes the lines safe, and says so to the next session.
func TestHostLost(t *testing.T) {
	run(t, linktest.Faults{}, linktest.Config{}, func(w *world) {
		d := wire.Drive{Slot: 2, Device: 2, N: 2, Lost: 1}
		d.Values[0] = wire.Write{N: 3, Data: [8]byte{0x20, 9, 1}}
		d.Values[1] = wire.Write{N: 3, Data: [8]byte{0x20, 9, 7}}
		if err := w.conn.Drive(d); err != nil {
			w.Fatal(err)
		}
		w.conn.Close() // this end says nothing when it goes
		var last byte
		ctx, stop := context.WithCancel(w.Context())
		defer stop()
		host, far := linktest.Pipe(linktest.Faults{}, linktest.Faults{})
		go w.card.Run(ctx, far, nil)
		time.Sleep(1100 * time.Millisecond)
		w.card.Do(func() { last = w.loop.Registers[2][9] })
		if last != 7 {
			w.Errorf("the safe value has not been written: the register is %d", last)
		}
		c, err := link.Dial(w.Context(), link.Config{Control: host})
		if err != nil {
			w.Fatal(err)
		}
		defer c.Close()
		if e := <-c.Events(); e.Kind != wire.EventHostLost {
			w.Errorf("event %+v", e)
		}
		if s, err := c.Statistics(); err != nil || s.HostLost != 1 {
			w.Errorf("the card counts %d, %v", s.HostLost, err)
		}
	})
}

// The clock's rate is found although answers take their time.
func TestClock(t *testing.T) {
	run(t, linktest.Faults{}, linktest.Config{PPM: 80}, func(w *world) {
		time.Sleep(300 * time.Second)
		k, ok := w.conn.Clock()
		if !ok || k.PPM < 73 || k.PPM > 87 { // the model's stamps are whole ms: two in 300 s are 7 ppm
			w.Errorf("%+v, want 80 ppm", k)
		}
	})
}

// A card with two streams has media on the second.
func TestTwoStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		card := linktest.New(linktest.Config{Hello: wire.HelloAnswer{Features: wire.FeatureTwoStreams}})
		control, a := linktest.Pipe(linktest.Faults{}, linktest.Faults{})
		media, b := linktest.Pipe(linktest.Faults{}, linktest.Faults{})
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { card.Run(ctx, a, b) })
		w := &world{T: t, card: card}
		conn, err := link.Dial(ctx, link.Config{Control: control, Media: media, Up: func(p wire.PCM) { w.up(p) }})
		if err != nil {
			t.Fatal(err)
		}
		w.conn = conn
		if got, holes := w.loopback(200, 1, 8, 4); got != 200 || holes != 0 {
			t.Errorf("%d frames, %d octets missing", got, holes)
		}
		release := media.Hold() // what stands still on one does not touch the other
		for range 5 {
			if _, err := conn.Statistics(); err != nil {
				t.Error(err)
			}
		}
		release()
		conn.Close()
		stop()
		running.Wait()
	})
}
