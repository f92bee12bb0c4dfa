package linecard_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"tipring/cmd/peers"
	"tipring/hw/board"
	"tipring/hw/hwtest"
	"tipring/hw/linecard"
	"tipring/hw/link"
	"tipring/hw/link/linktest"
	"tipring/hw/link/wire"
	"tipring/hw/serial"
	"tipring/hw/serial/pty"
	"tipring/hw/si3050"
	"tipring/hw/si3210"
	"tipring/tdm"
)

// A bench is a board of chip models with far ends, a card on it and what plays the card.
type bench struct {
	board   *linktest.Board
	card    *linktest.Card
	lines   []linecard.Line
	phones  map[int]*linktest.Phone
	offices map[int]*linktest.Office
}

// newBench solders an Si3210 for each 's' and an Si3050 for each 'o' of kinds.
func newBench(kinds string) *bench {
	b := &bench{phones: map[int]*linktest.Phone{}, offices: map[int]*linktest.Office{}}
	var devices []board.Device
	for i, k := range kinds {
		l := linecard.Line{Slot: i, Name: fmt.Sprintf("line%d", i+1)}
		if k == 's' {
			l.Kind, l.Country = tdm.FXS, "de" // whose impedance a telephone of 600 ohms does not match: there is an echo
			devices = append(devices, si3210.NewModel(false))
		} else {
			l.Kind = tdm.FXO
			devices = append(devices, si3050.NewModel(0, false))
		}
		b.lines = append(b.lines, l)
	}
	b.board = linktest.OnBoard(board.New(devices...))
	for i, d := range devices {
		switch m := d.(type) {
		case *si3210.Model:
			p := linktest.NewPhone(b.board)
			m.Terminal, m.Pair.LoopOhm = p.Phone, 168
			b.phones[i] = p
		case *si3050.Model:
			o := linktest.NewOffice(b.board)
			m.Office, m.Pair.LoopOhm = o.Office, 168
			b.offices[i] = o
		}
	}
	b.card = linktest.New(linktest.Config{Hello: wire.HelloAnswer{Timeslots: uint8(max(1, len(devices))), Devices: uint8(len(devices)), DownlinkMs: 200}, Hardware: b.board})
	return b
}

// plug runs the card at the far end of a new pipe and returns the host's end.
func (b *bench) plug(t *testing.T) func(context.Context) (link.Stream, link.Stream, error) {
	var cards sync.WaitGroup
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(func() { stop(); cards.Wait() })
	return func(context.Context) (link.Stream, link.Stream, error) {
		host, far := linktest.Pipe(linktest.Faults{}, linktest.Faults{})
		cards.Go(func() { b.card.Run(ctx, far, nil) })
		return host, nil, nil
	}
}

// open opens the card and returns when it is in service.
func (b *bench) open(t *testing.T, cfg linecard.Config) *linecard.Card {
	t.Helper()
	up := make(chan error, 100)
	cfg.Name, cfg.Lines, cfg.State = "lc", b.lines, func(err error) { up <- err }
	c, err := linecard.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var keeper sync.WaitGroup
	keeper.Go(func() { c.Run(context.Background()) })
	t.Cleanup(func() {
		c.Close()
		keeper.Wait()
		if t.Failed() {
			t.Logf("host %+v, card %+v", c.Stats(), b.card.Statistics())
		}
	})
	if err := <-up; err != nil {
		t.Fatal(err)
	}
	return c
}

func (b *bench) harness(c tdm.Card) hwtest.Harness {
	return hwtest.Harness{
		Card: c, Depth: 256 * time.Millisecond, LevelDB: 1,
		RingMs: linktest.OfficeRingMs, PauseMs: linktest.OfficePauseMs,
		Telephone: func(slot int) hwtest.Telephone {
			if p := b.phones[slot]; p != nil {
				return p
			}
			return nil
		},
		Office: func(slot int) hwtest.Office {
			if o := b.offices[slot]; o != nil {
				return o
			}
			return nil
		},
	}
}

// The suite passes for chip models under the real drivers, through link and line card, in fake time.
func TestConformance(t *testing.T) {
	for _, kinds := range []string{"s", "o", "so"} {
		t.Run(kinds, func(t *testing.T) {
			hwtest.Run(t, hwtest.Options{Bubble: true}, func(t *testing.T) hwtest.Harness {
				b := newBench(kinds)
				return b.harness(b.open(t, linecard.Config{Streams: b.plug(t)}))
			})
		})
	}
}

// The suite passes over a pseudo-terminal that tarm/serial opens, in real time.
func TestConformanceOverPty(t *testing.T) {
	peers.Lock(t)
	hwtest.Run(t, hwtest.Options{Parallel: true}, func(t *testing.T) hwtest.Harness {
		b := newBench("so")
		// A host that is busy wakes late: the lead has room for that.
		h := b.harness(b.open(t, linecard.Config{Streams: b.pty(t), Lead: 120 * time.Millisecond}))
		h.RateTolerance = 0.02
		return h
	})
}

// pty runs the card at the far side of a pseudo-terminal whose near side is opened as a serial port.
func (b *bench) pty(t testing.TB) func(context.Context) (link.Stream, link.Stream, error) {
	var cards sync.WaitGroup
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(func() { stop(); cards.Wait() })
	return func(context.Context) (link.Stream, link.Stream, error) {
		far, path, err := pty.Open()
		if err != nil {
			return nil, nil, err
		}
		port, err := serial.Open(serial.Config{Path: path, Baud: 3_000_000})
		if err != nil {
			far.Close()
			return nil, nil, err
		}
		cards.Go(func() { b.card.Run(ctx, far, nil) })
		return port, nil, nil
	}
}

// A card of bearers, as one with two T1 or E1 spans is, passes what the suite has for such a card: every octet comes back
// where the highway puts it, on 64 slots.
func TestConformanceOfBearers(t *testing.T) {
	for _, slots := range []int{1, 31, 62, 64} {
		t.Run(fmt.Sprint(slots), func(t *testing.T) {
			hwtest.Run(t, hwtest.Options{Bubble: true}, func(t *testing.T) hwtest.Harness {
				b := &bench{card: linktest.New(linktest.Config{Hello: wire.HelloAnswer{Timeslots: 64}})}
				const lead = 30
				c := b.open(t, linecard.Config{Streams: b.plug(t), Slots: slots, Lead: lead * time.Millisecond})
				h := b.harness(c)
				h.Peer = func(slot int) int { return slot }
				h.PeerDelay = lead*tdm.Quantum + 1 // the highway returns an octet a frame later
				return h
			})
		})
	}
}

// How long a card takes from plug to service, over a pseudo-terminal: all chips are brought up at once.
func BenchmarkBringUp(b *testing.B) {
	for _, kinds := range []string{"s", "o", "ssssssss", "ssssoooo"} {
		b.Run(kinds, func(b *testing.B) {
			for b.Loop() {
				bench := newBench(kinds)
				up := make(chan error, 10)
				c, err := linecard.New(linecard.Config{Name: "lc", Lines: bench.lines, Streams: bench.pty(b), State: func(err error) { up <- err }})
				if err != nil {
					b.Fatal(err)
				}
				var keeper sync.WaitGroup
				keeper.Go(func() { c.Run(context.Background()) })
				if err := <-up; err != nil {
					b.Fatal(err)
				}
				c.Close()
				keeper.Wait()
			}
		})
	}
}
