package emu

import (
	"context"
	"fmt"
	"time"

	"tipring/dsp/callerid"
	"tipring/dsp/dtmf"
	"tipring/dsp/level"
	"tipring/dsp/pulse"
	"tipring/dsp/tone"
	"tipring/tdm"
)

// A Phone is the telephone behind an FXS port. Its methods are safe from any goroutine; they return when the card's time
// has reached the end of what was asked for, so that the card has to be running (a pump calls Exchange).
type Phone struct {
	far
	slic    slic
	flashMs int
	pulse   pulse.Config
	rings   bool // a cadence ran in the last millisecond
	off     bool // the handset
	digits  string
	display display

	steps             []step // what is being dialled
	stepsJob          *job
	keys              *dtmf.Generator
	lowDBm0, highDBm0 level.DBm0
}

// A step holds the hook switch for a time, in which a digit may sound.
type step struct {
	off    bool
	ms     int
	digit  byte // begins with this step
	sounds bool
}

// The length of a recall: of the R key where the country has timed-break recall, else of a hook flash.
const (
	recallMs    = 100
	hookFlashMs = 500
)

func (p *Phone) init(plan *tone.Plan, l *Line) {
	p.slic.tripMs, p.pulse = l.Loop.RingTripMs, pulsing(plan.ID, l.Pulse)
	p.flashMs = l.FlashMs
	if p.flashMs == 0 {
		p.flashMs = recallMs
		if p.pulse.FlashMinMs > recallMs {
			p.flashMs = hookFlashMs
		}
	}
	p.keys = dtmf.NewGenerator()
	p.display.zone = callerid.ForZone(plan.ID)
	p.lowDBm0, p.highDBm0 = level.DBm0(plan.DTMF.Low), level.DBm0(plan.DTMF.High)
}

// OffHook lifts the handset.
func (p *Phone) OffHook() error { return p.offHook(context.Background()) }

func (p *Phone) offHook(ctx context.Context) error {
	return p.wrap("offhook", p.card.do(ctx, func() error {
		if p.off {
			return ErrOffHook
		}
		p.off, p.digits, p.dirty = true, "", true
		p.display.deafen()
		if z := &p.display.zone; z.InCall() {
			p.display.waiting = callerid.NewWaitingReceiver(p.highDBm0, *z)
		}
		p.ear.attune(!p.slic.ringing) // who answers waits for no dial tone
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
		p.display.waiting = nil
		p.endSteps(ErrOnHook)
		*p.keys = dtmf.Generator{}
		p.ear.deafen()
		if p.playJob != nil {
			p.endPlay(ErrOnHook)
		}
		return nil
	}))
}

// Flash opens the loop for the line's flash time and returns when it is closed again.
func (p *Phone) Flash() error { return p.flash(context.Background()) }

func (p *Phone) flash(ctx context.Context) error {
	return p.runSteps(ctx, "flash", []step{{ms: p.flashMs}})
}

// Dial sends digits, by dial pulses or by DTMF, and returns when the last one has been sent. ',' pauses for half a second.
func (p *Phone) Dial(ctx context.Context, digits string, pulse bool) error {
	steps, err := p.dialSteps(digits, pulse)
	if err != nil {
		return p.wrap("dial", err)
	}
	return p.runSteps(ctx, "dial", steps)
}

// dtmfMs is how long a digit sounds, and how long the pause after it is.
const dtmfMs = 80

func (p *Phone) dialSteps(digits string, pulses bool) ([]step, error) {
	var steps []step
	for _, d := range []byte(digits) {
		_, _, isDigit := dtmf.Hz(d)
		switch {
		case d == ',' || d == 'w':
			steps = append(steps, step{off: true, ms: dtmf.PauseMs})
		case pulses:
			runs, err := pulse.Encode(string(d), p.pulse)
			if err != nil {
				return nil, err
			}
			for _, r := range runs {
				steps = append(steps, step{off: r.Closed, ms: r.Ms})
			}
			steps[len(steps)-len(runs)].digit = d
		case isDigit:
			steps = append(steps, step{off: true, ms: dtmfMs, digit: d, sounds: true}, step{off: true, ms: dtmfMs})
		default:
			return nil, fmt.Errorf("%q in %q cannot be dialled: use 0-9 * # A-D, and , for a pause", d, digits)
		}
	}
	return steps, nil
}

func (p *Phone) runSteps(ctx context.Context, verb string, steps []step) error {
	return p.wrap(verb, p.card.act(ctx, func(j *job) {
		switch {
		case !p.off:
			p.card.finish(j, ErrOnHook)
		case p.stepsJob != nil:
			p.card.finish(j, ErrBusy)
		case len(steps) == 0:
			p.card.finish(j, nil)
		default:
			p.steps, p.stepsJob = steps, j
			p.enterStep()
		}
	}, func(j *job) {
		if p.stepsJob == j {
			p.endSteps(nil)
		}
	}))
}

// enterStep begins the first of the steps.
func (p *Phone) enterStep() {
	s := &p.steps[0]
	if s.digit != 0 {
		if p.digits == "" {
			p.ear.attune(false)
		}
		p.digits += string(s.digit)
		p.dirty = true
	}
	if s.sounds {
		p.keys.Digit(s.digit, s.ms, 0, p.lowDBm0, p.highDBm0)
	}
}

func (p *Phone) endSteps(err error) {
	p.card.finish(p.stepsJob, err)
	p.steps, p.stepsJob = nil, nil
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
	for len(p.steps) > 0 && p.steps[0].ms == 0 {
		if p.steps = p.steps[1:]; len(p.steps) > 0 {
			p.enterStep()
		}
	}
	if len(p.steps) == 0 {
		if p.stepsJob != nil {
			p.endSteps(nil)
		}
		return p.off
	}
	p.steps[0].ms--
	return p.steps[0].off
}

// resting reports whether nothing can happen on the line for as long as the card sends silence.
func (p *Phone) resting() bool {
	return !p.off && !p.circuit.closed && !p.slic.ringing && !p.rings && p.display.listen == 0 && p.circuit.feed == tdm.FeedForward && p.wire.silent() && !p.busy()
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
	wasRinging, wasMA := p.rings, c.milliamps()
	c.closed = p.switchHook()
	if p.display.loops(c.feed == tdm.FeedReverse) && !p.off {
		c.closed = true
	}
	sig := p.slic.step(c)
	p.rings = p.slic.ringing
	shows := p.display.ring(c.ringingOn, p.rings && !wasRinging, p.card.at)

	var mouth, ear, echo quantum
	through := c.plugged && c.feed != tdm.FeedOpen && !c.ringingOn
	if !through {
		tx = nil
	}
	sounds := p.wire.send(tx, &ear, &echo)
	p.sing(&mouth)
	var heard [tdm.Quantum]int16
	for i, v := range ear {
		heard[i] = round(v)
	}
	if through && p.off && p.display.converse(&mouth, &heard, p.card.at) {
		shows = true
	}
	if through && c.flows() {
		for i := range mouth {
			echo[i] += mouth[i] * p.wire.loss
		}
		p.wire.hiss(&echo)
	}
	p.wire.encode(rx, &echo)
	p.hear(&heard)
	if !p.off && p.display.hear(&heard, sounds, c.feed == tdm.FeedReverse, p.card.at) {
		shows = true
	}
	p.dirty = p.dirty || shows || wasRinging != p.rings || wasMA != c.milliamps()
	return sig
}

// sing adds everything that the telephone sends.
func (p *Phone) sing(mouth *quantum) {
	p.speak(mouth)
	if p.keys.Samples() > 0 {
		p.add(mouth, p.keys)
	}
}

func (p *Phone) status() Status {
	s := Status{
		Port:          p.name,
		Hook:          "on",
		Ringing:       p.slic.ringing && p.circuit.rings && p.circuit.plugged,
		Polarity:      p.circuit.polarity(),
		LoopCurrentMA: p.circuit.milliamps(),
		Tone:          p.ear.tone,
		CallerID:      p.display.shown,
		Digits:        p.digits,
	}
	if p.off {
		s.Hook = "off"
	}
	return s
}

func (p *Phone) control(cmd *tdm.Command) error { return p.slic.apply(&p.circuit, cmd) }

func (p *Phone) shared() *far { return &p.far }
