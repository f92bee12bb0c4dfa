package soft

import (
	"sync"
	"time"

	"tipring/tdm"
)

// sample is the length of one sample of a timeslot; it is exact.
const sample = time.Second / tdm.Rate

// DefaultDepth is how far a caller may fall behind a Clock before samples are lost.
const DefaultDepth = 500 * time.Millisecond

// A Clock paces a card by the host's monotonic clock, in absolute sample time: a caller that comes late is let through
// at once, block after block, until it has caught up, so that no error adds up. Under testing/synctest it runs in the
// bubble's time; it must then be made inside the bubble.
//
// One goroutine calls Begin, Wait, Adjust and Now; Close and Done are safe from any.
type Clock struct {
	depth  int64     // samples
	ppb    int64     // parts in a thousand million that it is fast
	epoch  time.Time // of sample base; zero until the first Begin
	base   int64
	now    int64
	timer  *time.Timer
	closed chan struct{}
	once   sync.Once
}

// NewClock makes a clock that loses samples when its caller is more than depth behind (DefaultDepth when depth is zero) and
// that runs ppm parts in a million fast (slow when negative), as the crystal of a real card does. Its time begins with
// the first call of Begin.
func NewClock(depth time.Duration, ppm int) *Clock {
	if depth <= 0 {
		depth = DefaultDepth
	}
	return &Clock{depth: int64(depth / sample), ppb: int64(ppm) * 1000, closed: make(chan struct{})}
}

// Begin is called at the start of each block. It returns the number of samples that were lost since the last block
// because the caller came later than the depth, a multiple of tdm.Quantum, and adds them to Now.
func (c *Clock) Begin() (slip int) {
	if c.epoch.IsZero() {
		c.epoch = time.Now()
		return 0
	}
	late := int64(-time.Until(c.due(c.now)) / sample)
	if late <= c.depth {
		return 0
	}
	lost := (late - c.depth + tdm.Quantum - 1) / tdm.Quantum * tdm.Quantum
	c.now += lost
	return int(lost)
}

// Wait returns when the clock has advanced by n samples since the end of the last Wait, at once when that moment has
// passed, or with tdm.ErrClosed after Close.
func (c *Clock) Wait(n int) error {
	select {
	case <-c.closed:
		return tdm.ErrClosed
	default:
	}
	c.now += int64(n)
	d := time.Until(c.due(c.now))
	if d <= 0 {
		return nil
	}
	if c.timer == nil {
		c.timer = time.NewTimer(d)
	} else {
		c.timer.Reset(d)
	}
	select {
	case <-c.timer.C:
		return nil
	case <-c.closed:
		c.timer.Stop()
		return tdm.ErrClosed
	}
}

// due is the moment at which the sample with number at begins.
func (c *Clock) due(at int64) time.Time {
	// One sample is 125,000 ns, so that ppb of n of them is n*ppb/8,000 ns.
	n := at - c.base
	return c.epoch.Add(time.Duration(n)*sample - time.Duration(n*c.ppb/8000))
}

// Adjust makes the clock run ppb parts in a thousand million fast from now on, as one that follows a line does. The samples
// until now keep their time.
func (c *Clock) Adjust(ppb int64) {
	if !c.epoch.IsZero() {
		c.epoch, c.base = c.due(c.now), c.now
	}
	c.ppb = ppb
}

// Now is the number of samples passed, lost ones included.
func (c *Clock) Now() int64 { return c.now }

// Close unblocks Wait and makes every later one return tdm.ErrClosed.
func (c *Clock) Close() { c.once.Do(func() { close(c.closed) }) }

// Done is closed by Close.
func (c *Clock) Done() <-chan struct{} { return c.closed }
