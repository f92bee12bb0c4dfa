// Package modemtest is the conformance suite of voice modem lines: whatever modem is behind a modem.Modem, its line does the
// same. Every model that hw/emu emulates passes it, and a real modem on a line to an emulated exchange could.
//
// Run plays whole scenes in the fake time of testing/synctest: the modem over a port in memory, its telephone line with the
// emulated exchange at the far end, and a gateway's side made of one clock that calls the conversation's Leg.
package modemtest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tipring/hw/emu"
	"tipring/hw/modem"
	"tipring/hw/serial"
	"tipring/hw/serial/serialtest"
	"tipring/tdm"
	"tipring/tdm/slip"
)

// A Bench is a modem with both of its ends. It lives in a synctest bubble.
type Bench struct {
	T      *testing.T
	Emu    *emu.Modem
	Office *emu.Exchange
	Modem  *modem.Modem

	mu      sync.Mutex
	far     *serialtest.Far
	gone    bool // nothing can be opened
	opened  int
	calls   chan *Party
	clock   atomic.Int64                                      // the gateway's, in samples
	attend  func(context.Context, *modem.Call, tdm.Primitive) // nil: calls go to Incoming
	stop    context.CancelFunc
	stopped chan struct{}
}

// A Party is the gateway's side of a call.
type Party struct {
	Call  *modem.Call
	Setup tdm.Primitive
	up    chan tdm.Primitive
}

// Up returns the next primitive of the call.
func (p *Party) Up(t *testing.T) tdm.Primitive {
	t.Helper()
	select {
	case v := <-p.up:
		return v
	case <-time.After(2 * time.Minute):
		t.Fatal("no primitive within two minutes")
	}
	return tdm.Primitive{}
}

// Await skips to the first primitive of a kind.
func (p *Party) Await(t *testing.T, kind tdm.PrimitiveKind) tdm.Primitive {
	t.Helper()
	for {
		v := p.Up(t)
		if v.Kind == kind {
			return v
		}
		if v.Kind == tdm.Release {
			t.Fatalf("%v when %v was awaited: %+v", v.Kind, kind, v)
		}
	}
}

// Scene runs f on a bench with that model of modem, in a bubble. edit may change the configurations.
func Scene(t *testing.T, model string, edit func(*emu.ModemConfig, *modem.Config), f func(*Bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ec := emu.ModemConfig{Model: model, Line: emu.Line{Name: "modem1"}}
		b := &Bench{T: t, calls: make(chan *Party, 4), stopped: make(chan struct{})}
		mc := modem.Config{Name: "modem1", Open: b.open, NewPipe: NewPipe, Incoming: b.incoming}
		if !full.fits(model) {
			mc.Incoming, mc.Attend = nil, b.attended
		}
		if edit != nil {
			edit(&ec, &mc)
		}
		if mc.Attend != nil {
			mc.Incoming, mc.Attend = nil, b.attended
		}
		e, err := emu.NewModem(ec)
		if err != nil {
			t.Fatal(err)
		}
		b.Emu, b.Office = e, e.Office()
		if mc.Dialect == "" {
			mc.Dialect = e.Model().Dialect
		}
		if e.Model().Cellular {
			mc.OpenAudio = func() (serial.Port, error) { return Plug(e, true) }
		}
		if b.Modem, err = modem.New(mc); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		b.stop = cancel
		var both sync.WaitGroup
		both.Go(func() { e.Run(t.Context()) })
		both.Go(func() {
			b.Modem.Run(ctx)
			close(b.stopped)
		})
		f(b)
		cancel()
		<-b.stopped
		e.Close()
		both.Wait()
	})
}

// NewPipe is the gateway's: room for what a modem's buffers hold back, and a least delay that covers its portions.
func NewPipe(leastMs int) modem.Pipe {
	return slip.NewPipe(slip.Config{MinDelay: 8 * leastMs, StartDelay: 8 * leastMs, MaxDelay: 8 * (modem.BufferMs + 100)})
}

// Plug opens a port in memory of an emulated modem, that of the commands or of the audio; the modem is unplugged from what it
// was on before. A pseudo-terminal, which a goroutine waits for outside of the bubble, would keep fake time from advancing.
func Plug(m *emu.Modem, audio bool) (serial.Port, error) {
	p, far := serialtest.Pair()
	if audio {
		m.PlugVoice(far)
		return p, nil
	}
	far.OnLines(func(l serial.Lines) { m.SetLines(serial.DTR, l&serial.DTR != 0) })
	m.Plug(far)
	return p, nil
}

var errUnplugged = errors.New("no such device")

func (b *Bench) open() (serial.Port, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.gone {
		return nil, errUnplugged
	}
	p, far := serialtest.Pair()
	far.OnLines(func(l serial.Lines) {
		b.Emu.SetLines(serial.DTR, l&serial.DTR != 0)
	})
	b.far = far
	b.opened++
	b.Emu.Plug(far)
	return p, nil
}

// Far is the device's end of the port that is open now.
func (b *Bench) Far() *serialtest.Far {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.far
}

// Opened is how many times the modem was opened.
func (b *Bench) Opened() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.opened
}

// Unplug takes the modem away; Replug brings it back.
func (b *Bench) Unplug() {
	b.mu.Lock()
	b.gone = true
	far := b.far
	b.mu.Unlock()
	far.Unplug()
	b.Emu.Unplug()
}

// Replug brings an unplugged modem back.
func (b *Bench) Replug() {
	b.mu.Lock()
	b.gone = false
	b.mu.Unlock()
}

func (b *Bench) incoming(c *modem.Call, setup tdm.Primitive) func(tdm.Primitive) {
	p := &Party{Call: c, Setup: setup, up: make(chan tdm.Primitive, 32)}
	b.calls <- p
	return p.take
}

// SetAttend has f serve the calls of a half-duplex line.
func (b *Bench) SetAttend(f func(context.Context, *modem.Call, tdm.Primitive)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.attend = f
}

// attended serves the calls of a half-duplex line: as SetAttend says, or by handing them to the scene.
func (b *Bench) attended(ctx context.Context, c *modem.Call, setup tdm.Primitive) {
	b.mu.Lock()
	f := b.attend
	b.mu.Unlock()
	if f != nil {
		f(ctx, c, setup)
		return
	}
	p := &Party{Call: c, Setup: setup, up: make(chan tdm.Primitive, 32)}
	b.calls <- p
	<-c.Done()
	p.up <- c.Final()
}

func (p *Party) take(v tdm.Primitive) { p.up <- v }

// Dial places a call on the line.
func (b *Bench) Dial(number string) *Party {
	p := &Party{up: make(chan tdm.Primitive, 32)}
	p.Call = b.Modem.Call(tdm.Primitive{Kind: tdm.Setup, Called: number}, p.take)
	return p
}

// Incoming returns the next call that is offered.
func (b *Bench) Incoming() *Party {
	b.T.Helper()
	select {
	case p := <-b.calls:
		return p
	case <-time.After(time.Minute):
		b.T.Fatalf("no call within a minute: %+v", b.Modem.Status())
	}
	return nil
}

// State waits until the line is in a state.
func (b *Bench) State(want string) modem.Status {
	b.T.Helper()
	for range 12000 {
		if s := b.Modem.Status(); s.State == want {
			return s
		}
		time.Sleep(10 * time.Millisecond)
	}
	b.T.Fatalf("the line is not %q within two minutes: %+v", want, b.Modem.Status())
	return modem.Status{}
}

// Must fails the test on an error.
func (b *Bench) Must(err error) {
	b.T.Helper()
	if err != nil {
		b.T.Fatal(err)
	}
}

// Talk runs the gateway's clock: for as long as said lasts and half a second more, it says said into the line and returns
// what it heard meanwhile.
func (b *Bench) Talk(leg *modem.Leg, said []int16) (heard []int16) {
	const block = 80
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	tx := make([]int16, block)
	for at := 0; at < len(said)+4000; at += block {
		clear(tx)
		if at < len(said) {
			copy(tx, said[at:])
		}
		rx := make([]int16, block)
		leg.Tick(b.clock.Add(block), tx, rx)
		heard = append(heard, rx...)
		<-tick.C
	}
	return heard
}
