package spidev

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/spi"

	"tipring/hw/board"
	"tipring/hw/pair"
	"tipring/hw/si3050"
	"tipring/hw/si3210"
)

// absent is a chip select without a chip.
type absent struct{}

func (absent) Reset()                    {}
func (absent) Select(bool)               {}
func (absent) Shift(uint8) (uint8, bool) { return 0, false }
func (absent) Step(int64)                {}
func (absent) Frame(*board.Frame)        {}
func (absent) Interrupt() bool           { return false }

// A bench is a host with an Si3210, an Si3215, an Si3050 and an empty place.
type bench struct {
	*Host
	b      *board.Board
	phone  *pair.Phone
	office *pair.Office
}

func newBench() *bench {
	k := &bench{phone: &pair.Phone{REN: 1}, office: &pair.Office{}}
	fxs, small, fxo := si3210.NewModel(false), si3210.NewModel(true), si3050.NewModel(0, false)
	fxs.Terminal, fxo.Office = k.phone, k.office
	k.b = board.New(fxs, small, fxo, absent{})
	names := []string{"cs0", "cs1", "cs2", "cs3"}
	k.Host = &Host{
		Ports: func() []string { return names },
		Open: func(name string) (spi.PortCloser, error) {
			if i := slices.Index(names, name); i >= 0 {
				return k.b.Port(i), nil
			}
			return nil, fmt.Errorf("no port %q", name)
		},
		Pin:   func(string) (gpio.PinIn, error) { return k.b.Interrupt(), nil },
		Sleep: k.b.Sleep,
		Now:   k.b.Now,
	}
	return k
}

func TestFind(t *testing.T) {
	k := newBench()
	for i, want := range []string{"Si3210", "Si3215", "Si3050+line side 0"} {
		l, err := k.Find(k.Ports()[i], Config{})
		if err != nil {
			t.Fatal(err)
		}
		if name, _ := l.Part(); name != want {
			t.Errorf("%s is %s, want %s", l.Port, name, want)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := k.Find("cs3", Config{}); !errors.Is(err, ErrNothing) {
		t.Errorf("an empty place: %v", err)
	}
	if _, err := k.Find("cs9", Config{}); err == nil {
		t.Error("a port that is not there opens")
	}
	if _, err := k.Find("cs0", Config{Country: "xx"}); err == nil {
		t.Error("a country that is not there is taken")
	}
}

// Looking for chips changes nothing at one in service.
func TestFindDisturbsNothing(t *testing.T) {
	k := newBench()
	for _, name := range []string{"cs0", "cs1", "cs2"} {
		l, err := k.Find(name, Config{})
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Start(); err != nil {
			t.Fatal(err)
		}
		k.b.Sleep(500 * time.Millisecond)
		before := dump(t, l)
		for range 2 {
			if _, err := k.Find(name, Config{}); err != nil {
				t.Fatal(err)
			}
		}
		if after := dump(t, l); !slices.Equal(before, after) {
			t.Errorf("%s: registers % x, before % x", name, after, before)
		}
	}
}

func dump(t *testing.T, l *Line) (out []uint8) {
	for _, r := range l.Registers() {
		v, err := l.ReadRegister(r.Addr)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}

// Watch reports what happens on the lines, by the interrupt line and by looking alone; a chip that dies does not stop the others.
func TestWatch(t *testing.T) {
	for _, withPin := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			k := newBench()
			start := time.Now()
			k.Sleep, k.Now = time.Sleep, func() time.Duration { return time.Since(start) }
			var lines []*Line
			for _, name := range k.Ports()[:3] {
				l, err := k.Find(name, Config{})
				if err != nil {
					t.Fatal(err)
				}
				lines = append(lines, l)
			}
			var pin gpio.PinIn
			if withPin {
				pin, _ = k.Pin("INT")
			}
			ctx, cancel := context.WithCancel(t.Context())
			var seen []string
			var late time.Duration
			var wg sync.WaitGroup
			wg.Go(func() {
				err := k.Watch(ctx, lines, pin, func(l *Line, now time.Duration, e fmt.Stringer) {
					seen = append(seen, l.Port+" "+e.String())
					late = now
				})
				if err != nil {
					t.Error(err)
				}
			})
			run := func(d time.Duration) {
				for range d / time.Millisecond {
					time.Sleep(time.Millisecond)
					k.b.Sleep(time.Millisecond)
				}
				synctest.Wait()
			}
			want := func(what string, events ...string) {
				t.Helper()
				slices.Sort(seen)
				if !slices.Equal(seen, events) {
					t.Errorf("%s, pin %v: events %q, want %q", what, withPin, seen, events)
				}
				seen = nil
			}
			run(3 * time.Second)
			want("brought up", "cs0 ready", "cs1 ready", "cs2 battery on", "cs2 ready")
			k.b.SetFault(1, board.DeadHigh)
			run(time.Second)
			want("one dies", "cs1 chip lost: register 0 reads 0xff instead of 0x05: no Si3210 answers")
			from := time.Since(start)
			k.b.Do(func() { k.phone.Hook(true); k.office.Ringing = true })
			run(time.Second)
			want("a call", "cs0 off hook", "cs2 ringing on")
			if late-from > 200*time.Millisecond {
				t.Errorf("pin %v: reported after %v", withPin, late-from)
			}
			cancel()
			run(200 * time.Millisecond)
			wg.Wait()
		})
	}
}

// An edge that is lost is made up for.
func TestLostEdge(t *testing.T) {
	k := newBench()
	l, err := k.Find("cs0", Config{})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Start(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		k.b.Sleep(time.Second)
		l.service(k.b.Now())
	}
	synctest.Test(t, func(t *testing.T) {
		k.b.Do(func() { k.phone.Hook(true) })
		k.b.Sleep(100 * time.Millisecond) // before anybody waits for an edge
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		got := 0
		k.Watch(ctx, []*Line{l}, k.b.Interrupt(1), func(*Line, time.Duration, fmt.Stringer) { got++; cancel() })
		if got != 1 {
			t.Errorf("%d events", got)
		}
	})
}
