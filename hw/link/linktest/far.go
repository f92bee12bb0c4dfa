package linktest

import (
	"context"
	"math"
	"time"

	"tipring/dsp/dtmf"
	"tipring/hw/pair"
	"tipring/tdm"
)

// A Phone plays a telephone at the end of a chip model's pair for hwtest and for stories: what it is told to do it does in the
// board's time. Its methods may be called from one goroutine.
type Phone struct {
	*pair.Phone
	far
}

// NewPhone returns a telephone on board, on hook.
func NewPhone(b *Board) *Phone {
	p := &Phone{Phone: &pair.Phone{REN: 1}, far: far{board: b}}
	p.Phone.Mouth, p.Phone.Ear = p.mouth, p.ear
	return p
}

// OffHook lifts the handset.
func (p *Phone) OffHook() error { return p.hook(true) }

// OnHook puts it down.
func (p *Phone) OnHook() error { return p.hook(false) }

func (p *Phone) hook(off bool) error {
	p.board.Do(func() { p.Phone.Hook(off) })
	return nil
}

// Dial sends digits, as pulses of 60 ms and 40 ms with 800 ms after each digit, or as DTMF.
func (p *Phone) Dial(ctx context.Context, digits string, pulse bool) error {
	if !pulse {
		return p.Play(ctx, Keys(digits))
	}
	var s []step
	for _, d := range digits {
		n := int(d - '0')
		if n == 0 {
			n = 10
		}
		for range n {
			s = append(s, step{60, func() { p.Phone.Hook(false) }}, step{40, func() { p.Phone.Hook(true) }})
		}
		s = append(s, step{800, func() {}})
	}
	return p.perform(ctx, s)
}

// Keys is digits as DTMF, 100 ms each and 100 ms apart.
func Keys(digits string) []int16 {
	var out []int16
	for _, d := range digits {
		tone := make([]int16, tdm.Rate/10)
		lo, hi, _ := dtmf.Hz(byte(d))
		for i := range tone {
			t := 2 * math.Pi * float64(i) / tdm.Rate
			tone[i] = int16(5000*math.Sin(t*float64(lo)) + 6000*math.Sin(t*float64(hi)))
		}
		out = append(append(out, tone...), make([]int16, tdm.Rate/10)...)
	}
	return out
}

// An Office plays the exchange before an FXO chip's model.
type Office struct {
	*pair.Office
	far
	tripped bool
}

// Ringing of an Office in ms.
const (
	OfficeRingMs  = 1000
	OfficePauseMs = 2000
)

// NewOffice returns an exchange on board.
func NewOffice(b *Board) *Office {
	o := &Office{Office: &pair.Office{}, far: far{board: b}}
	o.Office.Mouth, o.Office.Ear = o.mouth, func(v float32) {
		o.ear(v)
		o.ring()
	}
	return o
}

// ring trips the ringing when the line is taken.
func (o *Office) ring() {
	if o.script == nil || !o.Office.LoopClosed() || !o.tripped {
		return
	}
	o.script, o.Office.Ringing, o.tripped = nil, false, false
}

// Ring rings in the cadence until the line is taken or StopRing.
func (o *Office) Ring() error {
	o.board.Do(func() {
		o.tripped = true
		o.script = []step{{OfficeRingMs, func() { o.Office.Ringing = true }}, {OfficePauseMs, func() { o.Office.Ringing = false }}}
		o.forever, o.at, o.left = true, 0, 0
	})
	return nil
}

// StopRing ends it.
func (o *Office) StopRing() error {
	o.board.Do(func() { o.script, o.forever, o.Office.Ringing = nil, false, false })
	return nil
}

// Reverse changes the polarity.
func (o *Office) Reverse() error {
	o.board.Do(func() { o.Office.Reversed = !o.Office.Reversed })
	return nil
}

// Cut takes the battery off the line for 600 ms.
func (o *Office) Cut() error {
	o.board.Do(func() {
		o.script = []step{{600, func() { o.Office.Cut = true }}, {1, func() { o.Office.Cut = false }}}
		o.forever, o.at, o.left = false, 0, 0
	})
	return nil
}

// A step is held for so many ms.
type step struct {
	ms int
	do func()
}

// A far is what both ends have: it sends and hears a sample at a time, and performs a script.
type far struct {
	board   *Board
	say     []int16
	said    chan struct{}
	rec     []int16
	want    int
	heard   chan struct{}
	script  []step
	forever bool
	at      int // step
	left    int // samples of it
	ended   chan struct{}
}

func (f *far) mouth() float32 {
	if len(f.say) == 0 {
		return 0
	}
	v := f.say[0]
	if f.say = f.say[1:]; len(f.say) == 0 {
		close(f.said)
	}
	return float32(v)
}

// ear is called for every sample of the board's time.
func (f *far) ear(v float32) {
	if f.want > 0 {
		f.rec = append(f.rec, int16(max(-32768, min(32767, v))))
		if f.want--; f.want == 0 {
			close(f.heard)
		}
	}
	if f.script == nil {
		return
	}
	if f.left > 0 {
		f.left--
		return
	}
	if f.at == len(f.script) {
		if !f.forever {
			f.script = nil
			if f.ended != nil {
				close(f.ended)
				f.ended = nil
			}
			return
		}
		f.at = 0
	}
	f.script[f.at].do()
	f.left = f.script[f.at].ms*tdm.Quantum - 1
	f.at++
}

func (f *far) perform(ctx context.Context, s []step) error {
	done := make(chan struct{})
	f.board.Do(func() { f.script, f.forever, f.at, f.left, f.ended = s, false, 0, 0, done })
	return wait(ctx, done)
}

func wait(ctx context.Context, done <-chan struct{}) error {
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Play says pcm and returns when it has been said.
func (f *far) Play(ctx context.Context, pcm []int16) error {
	done := make(chan struct{})
	f.board.Do(func() { f.say, f.said = append([]int16(nil), pcm...), done })
	return wait(ctx, done)
}

// Record returns what is heard from now on for d.
func (f *far) Record(ctx context.Context, d time.Duration) ([]int16, error) {
	done := make(chan struct{})
	f.board.Do(func() { f.rec, f.want, f.heard = nil, int(tdm.Samples(d)), done })
	err := wait(ctx, done)
	var rec []int16
	f.board.Do(func() { rec, f.want = f.rec, 0 })
	return rec, err
}
