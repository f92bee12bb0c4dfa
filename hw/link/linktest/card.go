package linktest

import (
	"context"
	"io"
	"sync"
	"time"

	"tipring/hw/link/wire"
)

// Config says what a Card is.
type Config struct {
	// Hello is what the card says about itself; what is zero has a useful value.
	Hello    wire.HelloAnswer
	Hardware Hardware // a Loop when nil
	Flash    *Flash   // one with a running application when nil
	// PPM is how much faster than the host's its crystal is, in parts in a million.
	PPM float64
}

// A Card is the far end of a link.
type Card struct {
	cfg   Config
	mu    sync.Mutex
	m     *machine
	wake  chan struct{} // something is to be written
	begin time.Time
}

// New returns a card that runs the slot its flash says.
func New(cfg Config) *Card {
	h := &cfg.Hello
	def := func(p *uint8, v uint8) {
		if *p == 0 {
			*p = v
		}
	}
	def(&h.Window, 4)
	def(&h.Timeslots, 8)
	def(&h.Devices, 8)
	def(&h.Interrupts, 1)
	def(&h.SenseMs, 1)
	def(&h.DownlinkMs, 64)
	if h.Longest == 0 {
		h.Longest = wire.MaxMessage
	}
	if h.Major == 0 {
		h.Major = wire.Major
	}
	if h.Board == "" {
		h.Board, h.Version, h.Serial = "model", "1.0.0", "MODEL1"
	}
	h.Features |= wire.FeaturePCM | wire.FeatureTransfer | wire.FeatureSense | wire.FeatureFirmware | wire.FeatureCrash
	if cfg.Hardware == nil {
		cfg.Hardware = &Loop{}
	}
	if cfg.Flash == nil {
		cfg.Flash = NewFlash(4096, func(slot uint8, _ []byte, _ uint32) wire.SlotInfo {
			return wire.SlotInfo{Fault: wire.Fault(slot), Version: h.Version} // good in A, empty in B
		})
		cfg.Flash.Next = 0
	}
	c := &Card{cfg: cfg, wake: make(chan struct{}, 1)}
	c.start(false, wire.CausePower)
	return c
}

// start is what happens after a reset.
func (c *Card) start(stay bool, why wire.Cause) {
	h := c.cfg.Hello
	h.Role, h.Slot = c.cfg.Flash.boot(stay)
	h.Cause = why
	var crash wire.Crash
	if c.m != nil {
		crash = c.m.crash
	}
	c.m = newMachine(h, c.cfg.Hardware, c.cfg.Flash)
	c.m.crash = crash // lies in memory that a reset leaves alone
	c.begin = time.Now()
}

// Do runs f while the card stands still.
func (c *Card) Do(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
}

// Log makes the card report a text.
func (c *Card) Log(text string) { c.Do(func() { c.m.events.add(c.m, wire.EventLog, 0, text) }) }

// SetCrash makes the card remember a crash.
func (c *Card) SetCrash(x wire.Crash) { c.Do(func() { c.m.crash = x }) }

// Statistics returns the card's counters.
func (c *Card) Statistics() (s wire.Statistics) {
	c.Do(func() { s = c.m.stats })
	return s
}

// ms is how many ms the card's crystal has counted.
func (c *Card) ms(now time.Time) uint32 {
	return uint32(float64(now.Sub(c.begin)) * (1 + c.cfg.PPM/1e6) / float64(time.Millisecond))
}

// Run is the card with power: until the context ends or the control stream does, it keeps time and answers. media may be
// nil. It closes the streams.
func (c *Card) Run(ctx context.Context, control, media io.ReadWriteCloser) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	streams := []io.ReadWriteCloser{control}
	if media != nil {
		streams = append(streams, media)
	}
	stop := context.AfterFunc(ctx, func() {
		for _, s := range streams {
			s.Close()
		}
	})
	defer stop()
	var tasks sync.WaitGroup
	wakes := make([]chan struct{}, len(streams))
	for i, s := range streams {
		wakes[i] = make(chan struct{}, 1)
		tasks.Go(func() { defer cancel(); c.read(i, s) })
		tasks.Go(func() { defer cancel(); c.write(ctx, i, s, wakes[i]) })
	}
	ring := func() {
		for _, w := range wakes {
			select {
			case w <- struct{}{}:
			default:
			}
		}
	}
	c.mu.Lock()
	c.begin = time.Now()
	first := c.m.ms
	c.mu.Unlock()
	clock := time.NewTicker(time.Millisecond)
	defer clock.Stop()
	for running := true; running; {
		select {
		case <-ctx.Done():
			running = false
		case <-clock.C:
			c.mu.Lock()
			for c.m.ms-first < c.ms(time.Now()) {
				if c.m.tick() {
					c.start(c.m.stay, wire.CauseAsked)
					first = 0
				}
			}
			c.mu.Unlock()
			ring()
		case <-c.wake:
			ring()
		}
	}
	tasks.Wait()
}

func (c *Card) read(i int, s io.Reader) {
	buf := make([]byte, 4096)
	for {
		n, err := s.Read(buf)
		if err != nil {
			return
		}
		c.Do(func() { c.m.input(i, buf[:n]) })
		select {
		case c.wake <- struct{}{}:
		default:
		}
	}
}

func (c *Card) write(ctx context.Context, i int, s io.Writer, wake <-chan struct{}) {
	lastMedia := false
	buf := make([]byte, 0, wire.MaxFrame+2)
	for {
		c.mu.Lock()
		frame, media := c.m.next(i, buf[:0], lastMedia)
		c.mu.Unlock()
		if frame == nil {
			select {
			case <-wake:
				continue
			case <-ctx.Done():
				return
			}
		}
		lastMedia = media
		if _, err := s.Write(frame); err != nil {
			return
		}
	}
}
