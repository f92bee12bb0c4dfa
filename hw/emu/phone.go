package emu

import (
	"context"
	"fmt"
	"time"

	"tipring/tdm"
)

// A Phone is the telephone behind an FXS port. Its methods are safe from any goroutine; they return when the card's time
// has reached the end of what was asked for, so that the card has to be running (a pump calls Exchange).
type Phone struct {
	far
	slic    slic
	flashMs int
	hook    []hookRun // program of the hook switch: dial pulses, a flash
	hookJob *job
	off     bool // hook switch
	digits  string
	lastSig uint8
}

// A hookRun holds the hook switch for a time.
type hookRun struct {
	off bool
	ms  int
}

// OffHook lifts the handset.
func (p *Phone) OffHook() error { return p.offHook(context.Background()) }

func (p *Phone) offHook(ctx context.Context) error {
	return p.wrap("offhook", p.card.do(ctx, func() error {
		if p.off {
			return ErrOffHook
		}
		p.off, p.digits, p.dirty = true, "", true
		return nil
	}))
}

// OnHook puts the handset down and ends whatever the telephone was dialling or playing.
func (p *Phone) OnHook() error { return p.onHook(context.Background()) }

func (p *Phone) onHook(ctx context.Context) error {
	return p.wrap("onhook", p.card.do(ctx, func() error {
		if !p.off {
			return ErrOnHook
		}
		p.off, p.dirty = false, true
		p.endHook(ErrOnHook)
		if p.playJob != nil {
			p.endPlay(ErrOnHook)
		}
		return nil
	}))
}

// Flash opens the loop for the line's flash time and returns when it is closed again.
func (p *Phone) Flash() error { return p.flash(context.Background()) }

func (p *Phone) flash(ctx context.Context) error {
	return p.runHook(ctx, "flash", "", []hookRun{{false, p.flashMs}})
}

// Dial sends digits, by dial pulses or by DTMF, and returns when the last one has been sent.
func (p *Phone) Dial(ctx context.Context, digits string, pulse bool) error {
	if !pulse {
		return p.wrap("dial", fmt.Errorf("DTMF is not there yet"))
	}
	var runs []hookRun
	for _, d := range []byte(digits) {
		if d < '0' || d > '9' {
			return p.wrap("dial", fmt.Errorf("%q cannot be dialled by pulses: use 0 to 9", d))
		}
		n := int(d - '0')
		if n == 0 {
			n = 10
		}
		for range n {
			runs = append(runs, hookRun{false, 60}, hookRun{true, 40})
		}
		runs[len(runs)-1].ms = 800
	}
	return p.runHook(ctx, "dial", digits, runs)
}

func (p *Phone) runHook(ctx context.Context, verb, digits string, runs []hookRun) error {
	return p.wrap(verb, p.card.act(ctx, func(j *job) {
		switch {
		case !p.off:
			p.card.finish(j, ErrOnHook)
		case p.hookJob != nil:
			p.card.finish(j, ErrBusy)
		case len(runs) == 0:
			p.card.finish(j, nil)
		default:
			p.hook, p.hookJob = runs, j
			p.digits += digits
			p.dirty = true
		}
	}, func(j *job) {
		if p.hookJob == j {
			p.endHook(nil)
		}
	}))
}

func (p *Phone) endHook(err error) {
	p.card.finish(p.hookJob, err)
	p.hook, p.hookJob = nil, nil
}

// Play speaks pcm into the handset.
func (p *Phone) Play(ctx context.Context, pcm []int16) error { return p.startPlay(ctx, pcm) }

// Record returns what arrives at the telephone in the next dur of the card's time, on hook or off.
func (p *Phone) Record(ctx context.Context, dur time.Duration) ([]int16, error) {
	return p.startRecord(ctx, dur)
}

// Unplug takes the telephone off the line (on), or plugs it in again.
func (p *Phone) Unplug(on bool) error {
	return p.wrap("unplug", p.card.do(context.Background(), func() error {
		p.circuit.plugged, p.dirty = !on, true
		return nil
	}))
}

// switchHook advances the hook switch by one millisecond and reports whether it closes the loop.
func (p *Phone) switchHook() bool {
	for len(p.hook) > 0 && p.hook[0].ms == 0 {
		p.hook = p.hook[1:]
	}
	if len(p.hook) == 0 {
		if p.hookJob != nil {
			p.endHook(nil)
		}
		return p.off
	}
	p.hook[0].ms--
	return p.hook[0].off
}

// resting reports whether nothing can happen on the line for as long as the card sends silence.
func (p *Phone) resting() bool {
	return !p.off && !p.circuit.closed && !p.slic.ringing && p.wire.silent() && !p.busy()
}

// run carries one block of the line.
func (p *Phone) run(tx, rx []byte, _, sig []uint8) {
	if p.resting() && isSilence(tx, p.wire.law) {
		s := p.wire.law.Silence()
		for i := range rx {
			rx[i] = s
		}
		sig0 := p.slic.step(&p.circuit)
		for i := range sig {
			sig[i] = sig0
		}
		return
	}
	for q := range sig {
		sig[q] = p.millisecond(tx[q*tdm.Quantum:][:tdm.Quantum], rx[q*tdm.Quantum:][:tdm.Quantum])
	}
}

func (p *Phone) millisecond(tx, rx []byte) uint8 {
	c := &p.circuit
	wasRinging, wasMA := p.slic.ringing, c.milliamps()
	c.closed = p.switchHook()
	sig := p.slic.step(c)
	p.dirty = p.dirty || wasRinging != p.slic.ringing || wasMA != c.milliamps()

	var mouth, ear, echo quantum
	through := c.plugged && c.feed != tdm.FeedOpen && !c.ringingOn
	if !through {
		tx = nil
	}
	p.wire.send(tx, &ear, &echo)
	spoken := c.closed && p.speak(&mouth)
	switch {
	case through && c.flows():
		if spoken {
			for i := range mouth {
				echo[i] += mouth[i] * p.wire.loss
			}
		}
		p.wire.hiss(&echo)
	}
	p.wire.encode(rx, &echo)
	var heard [tdm.Quantum]int16
	for i, v := range ear {
		heard[i] = round(v)
	}
	p.hear(&heard)
	return sig
}

func (p *Phone) status() Status {
	s := Status{
		Port:          p.name,
		Hook:          "on",
		Ringing:       p.slic.ringing && p.circuit.rings && p.circuit.plugged,
		Polarity:      p.circuit.polarity(),
		LoopCurrentMA: p.circuit.milliamps(),
		Digits:        p.digits,
	}
	if p.off {
		s.Hook = "off"
	}
	return s
}

func (p *Phone) control(cmd *tdm.Command) error { return p.slic.apply(&p.circuit, cmd) }

func (p *Phone) shared() *far { return &p.far }
