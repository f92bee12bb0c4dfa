package link_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tipring/hw/link"
	"tipring/hw/link/linktest"
	"tipring/hw/link/wire"
)

// A toy image is slot, security number, length and CRC before its octets; broken makes a program that never answers.
func toyImage(slot uint8, security uint32, n int) []byte {
	body := make([]byte, n)
	for i := range body {
		body[i] = byte(i*11) ^ byte(security)
	}
	out := []byte{slot, 0, 0, 0}
	out = binary.LittleEndian.AppendUint32(out, security)
	out = binary.LittleEndian.AppendUint32(out, uint32(n))
	out = binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(body))
	return append(out, body...)
}

func checkToy(slot uint8, data []byte, floor uint32) wire.SlotInfo {
	n := binary.LittleEndian.Uint32(data[8:])
	i := wire.SlotInfo{Length: 16 + n, Security: binary.LittleEndian.Uint32(data[4:])}
	switch {
	case n == 0xffffffff:
		return wire.SlotInfo{Fault: wire.Empty}
	case 16+uint64(n) > uint64(len(data)):
		i.Fault = wire.BadHeader
	case data[0] != slot:
		i.Fault = wire.WrongSlot
	case i.Security < floor:
		i.Fault = wire.TooOld
	case crc32.ChecksumIEEE(data[16:16+n]) != binary.LittleEndian.Uint32(data[12:]):
		i.Fault = wire.WrongDigest
	}
	return i
}

// A bench powers a card with a flash, and cuts its power.
type bench struct {
	t     *testing.T
	flash *linktest.Flash
	on    sync.WaitGroup
	stop  context.CancelFunc
	host  *linktest.End
}

// power starts a card on the flash; dial begins a session with it.
func (b *bench) power() {
	host, far := linktest.Pipe(linktest.Faults{}, linktest.Faults{})
	ctx, stop := context.WithCancel(b.t.Context())
	b.host, b.stop = host, stop
	card := linktest.New(linktest.Config{Flash: b.flash})
	b.on.Go(func() { card.Run(ctx, far, nil) })
}

func (b *bench) cut() {
	b.stop()
	b.on.Wait()
}

// A lent stream is closed by a Conn and goes on: the cable stays in while the card restarts.
type lent struct {
	*linktest.End
	once sync.Once
	gone chan struct{}
}

func (l *lent) Close() error {
	l.once.Do(func() { close(l.gone) })
	return nil
}

func (l *lent) Read(p []byte) (int, error) {
	type result struct {
		n   int
		err error
	}
	got := make(chan result, 1)
	buf := make([]byte, len(p))
	go func() {
		n, err := l.End.Read(buf)
		got <- result{n, err}
	}()
	select {
	case r := <-got:
		copy(p, buf[:r.n])
		return r.n, r.err
	case <-l.gone:
		return 0, errors.New("closed")
	}
}

func (b *bench) dial(ctx context.Context) (*link.Conn, error) {
	return link.Dial(ctx, link.Config{Control: &lent{End: b.host, gone: make(chan struct{})}, Greet: time.Second})
}

func (b *bench) update(ctx context.Context, image func(uint8) []byte, test func(*link.Conn) error, tell func(link.Progress)) error {
	return link.Update{Dial: b.dial, Image: func(slot uint8) ([]byte, error) { return image(slot), nil }, Test: test, Tell: tell}.Run(ctx)
}

func withFlash(t *testing.T, f func(b *bench)) {
	synctest.Test(t, func(t *testing.T) {
		b := &bench{t: t, flash: linktest.NewFlash(16384, checkToy)}
		b.power()
		f(b)
		b.cut()
	})
}

// From an empty flash to A, to B, and back.
func TestUpdate(t *testing.T) {
	withFlash(t, func(b *bench) {
		version := func(v uint32) func(uint8) []byte {
			return func(slot uint8) []byte { return toyImage(slot, v, 9001) }
		}
		var steps []string
		tell := func(p link.Progress) {
			if n := len(steps); n == 0 || steps[n-1] != p.Step.String() {
				steps = append(steps, p.Step.String())
			}
			if p.Done > p.Total {
				b.t.Errorf("%d of %d octets", p.Done, p.Total)
			}
		}
		ctx := b.t.Context()
		for i, want := range []uint8{0, 1, 0} {
			steps = nil
			if err := b.update(ctx, version(uint32(i+1)), nil, tell); err != nil {
				b.t.Fatalf("update %d: %v", i+1, err)
			}
			if b.flash.Next != want || b.flash.Trial || b.flash.Floor != uint32(i+1) {
				b.t.Errorf("after update %d: %+v", i+1, b.flash)
			}
			order := "compare write compare check restart confirm"
			if i == 2 {
				order = "compare erase compare write compare check restart confirm"
			}
			if got := strings.Join(steps, " "); got != order {
				b.t.Errorf("update %d: steps %q, want %q", i+1, got, order)
			}
		}
		var refused *link.StatusError
		if err := b.update(ctx, version(1), nil, nil); !errors.As(err, &refused) || refused.Fault != wire.TooOld {
			b.t.Errorf("an older image: %v", err)
		}
		flipped := func(slot uint8) []byte {
			image := toyImage(slot, 9, 5000)
			image[3000] ^= 4
			return image
		}
		if err := b.update(ctx, flipped, nil, nil); !errors.As(err, &refused) || refused.Fault != wire.WrongDigest {
			b.t.Errorf("a flipped bit: %v", err)
		}
		if err := b.update(ctx, func(slot uint8) []byte { return toyImage(1-slot, 9, 5000) }, nil, nil); !errors.As(err, &refused) || refused.Fault != wire.WrongSlot {
			b.t.Errorf("the other slot's image: %v", err)
		}
		bad := errors.New("no dial tone")
		if err := b.update(ctx, version(9), func(*link.Conn) error { return bad }, nil); !errors.Is(err, bad) || b.flash.Next != 0 || b.flash.Floor != 3 {
			b.t.Errorf("a program that fails its test: %v, %+v", err, b.flash)
		}
		c, err := b.dial(ctx)
		if err != nil || c.Hello().Slot != 0 {
			b.t.Fatalf("%v, slot %d", err, c.Hello().Slot)
		}
		// The card refuses while lines are in use, and its running slot always.
		if _, err := c.Start(1, 8, 0xff); err != nil {
			b.t.Fatal(err)
		}
		if err := c.Reset(false, false); !errors.As(err, &refused) || refused.Status != wire.LinesBusy {
			b.t.Errorf("reset while PCM runs: %v", err)
		}
		if err := c.Write(ctx, 1, toyImage(1, 10, 1000), false, nil); !errors.As(err, &refused) || refused.Status != wire.LinesBusy {
			b.t.Errorf("erase while PCM runs: %v", err)
		}
		if err := c.Write(ctx, 0, toyImage(0, 10, 1000), true, nil); !errors.As(err, &refused) || refused.Status != wire.WrongState {
			b.t.Errorf("write to the running slot: %v", err)
		}
		c.Close()
	})
}

// A power cut at any moment leaves a card that can be reached, and the update that follows goes on with what is there.
func TestUpdateCutOff(t *testing.T) {
	moments := 0
	for ms := 3; ms < 1100; ms += 23 {
		withFlash(t, func(b *bench) {
			if err := b.update(b.t.Context(), func(slot uint8) []byte { return toyImage(slot, 1, 9001) }, nil, nil); err != nil {
				b.t.Fatal(err)
			}
			// What slot B held before is in the way.
			copy(b.flash.Slots[1], bytes.Repeat([]byte{0x5a}, 12000))
			next := func(slot uint8) []byte { return toyImage(slot, 2, 9001) }
			ctx, cancel := context.WithCancel(b.t.Context())
			ended := make(chan error, 1)
			go func() { ended <- b.update(ctx, next, nil, nil) }()
			time.Sleep(time.Duration(ms) * time.Millisecond)
			b.cut()
			cancel()
			b.host.Close()
			if err := <-ended; err != nil {
				moments++
			}
			b.power()
			c, err := b.dial(b.t.Context())
			if err != nil {
				b.t.Fatalf("cut after %d ms: %v", ms, err)
			}
			if c.Hello().Role != wire.Application {
				b.t.Errorf("cut after %d ms: the card runs its %s", ms, c.Hello().Role)
			}
			slot := c.Hello().Slot
			c.Close()
			if slot == 1 { // the new program, confirmed or on trial
				return
			}
			if err := b.update(b.t.Context(), next, nil, nil); err != nil {
				b.t.Errorf("update after a cut at %d ms: %v", ms, err)
			}
			if b.flash.Next != 1 || b.flash.Trial || b.flash.Floor != 2 {
				b.t.Errorf("cut after %d ms, then: %+v", ms, b.flash)
			}
		})
	}
	if moments < 15 {
		t.Errorf("%d cuts in an update: too few to say anything", moments)
	}
}

// An update that is cut off while it writes goes on where it was, without an erase.
func TestUpdateResumes(t *testing.T) {
	for cut := 0; cut < 9000; cut += 700 {
		withFlash(t, func(b *bench) {
			image := func(slot uint8) []byte { return toyImage(slot, 1, 9001) }
			err := b.update(b.t.Context(), image, nil, func(p link.Progress) {
				if p.Step == link.StepWrite && p.Done >= cut {
					b.stop()
				}
			})
			if !errors.Is(err, link.ErrLost) {
				b.t.Fatalf("a cut at %d octets: %v", cut, err)
			}
			b.cut()
			b.power()
			first := -1
			if err := b.update(b.t.Context(), image, nil, func(p link.Progress) {
				switch {
				case p.Step == link.StepErase:
					b.t.Errorf("cut at %d octets: erased", cut)
				case p.Step == link.StepWrite && first < 0:
					first = p.Done
				}
			}); err != nil {
				b.t.Fatal(err)
			}
			if first < cut-4096 || b.flash.Next != 0 || b.flash.Trial {
				b.t.Errorf("cut at %d octets: goes on at %d, %+v", cut, first, b.flash)
			}
		})
	}
}

// A program that is never confirmed is given up by the card.
func TestUpdateNotConfirmed(t *testing.T) {
	withFlash(t, func(b *bench) {
		if err := b.update(b.t.Context(), func(slot uint8) []byte { return toyImage(slot, 1, 100) }, nil, nil); err != nil {
			b.t.Fatal(err)
		}
		c, err := b.dial(b.t.Context())
		if err != nil {
			b.t.Fatal(err)
		}
		if err := c.Write(b.t.Context(), 1, toyImage(1, 2, 100), false, nil); err != nil {
			b.t.Fatal(err)
		}
		if err := c.Commit(b.t.Context(), 1); err != nil {
			b.t.Fatal(err)
		}
		c.Close()
		for i, want := range []uint8{1, 1, 0} {
			b.cut()
			b.power()
			c, err := b.dial(b.t.Context())
			if err != nil || c.Hello().Slot != want {
				b.t.Fatalf("start %d: slot %d, %v, want %d", i, c.Hello().Slot, err, want)
			}
			c.Close()
		}
		if b.flash.GivenUp != 1 || b.flash.Floor != 1 {
			b.t.Errorf("%+v", b.flash)
		}
	})
}

// A crash is read once and forgotten.
func TestCrash(t *testing.T) {
	run(t, linktest.Faults{}, linktest.Config{}, func(w *world) {
		if x, err := w.conn.Crash(); err != nil || x.Kind != wire.NoCrash {
			w.Errorf("%+v, %v", x, err)
		}
		w.card.SetCrash(wire.Crash{Kind: wire.CrashFault, PC: 0x08020400, CFSR: 0x8200})
		if x, err := w.conn.Crash(); err != nil || x.PC != 0x08020400 || x.CFSR != 0x8200 {
			w.Errorf("%+v, %v", x, err)
		}
		if err := w.conn.ClearCrash(); err != nil {
			w.Error(err)
		}
		if x, err := w.conn.Crash(); err != nil || x.Kind != wire.NoCrash {
			w.Errorf("%+v, %v", x, err)
		}
	})
}
