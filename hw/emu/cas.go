package emu

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tipring/dsp/g711"
	"tipring/dsp/tone"
	"tipring/tdm"
	"tipring/tdm/cas"
)

// CASConfig describes the switch at the far end of a span with channel-associated signalling.
type CASConfig struct {
	Framing   tdm.Framing
	Timeslots []int // that carry calls
	// Machine makes the signalling of a channel: the other side of the gateway's.
	Machine func() cas.Machine
	Zone    string // country of its tones; "us" when empty
	// AnswerMs is as in ISDNConfig.
	AnswerMs int
}

// A CASSwitch is a switch, or a private branch exchange, that signals by bits (package cas): it takes calls to any number, rings
// and answers them, and makes calls. It implements Switch.
type CASSwitch struct {
	law      g711.Law
	zone     *tone.Plan
	after    int // AnswerMs
	ms       int64
	began    bool
	channels []*casChannel
	calls    []*casCall // in the order of their beginning
	stage
}

// casDebounceMs is how long bits have to last at the switch.
const casDebounceMs = 20

// casStartMs is when the switch brings its channels into use: both ends have frame and multiframe alignment by then.
const casStartMs = 500

type casChannel struct {
	s        *CASSwitch
	slot     int
	m        cas.Machine
	timers   cas.Timers
	debounce cas.Debouncer
	runs     []tdm.SigRun
	left     int
	bits     uint8 // sent
	source   cas.Source
	dialing  bool // the source's end is Sent
	listen   cas.Listen
	ear      *cas.Receiver
	call     *casCall
}

type casCall struct {
	ch       *casChannel
	number   string // of the other side
	called   string
	name     string
	incoming bool // to the switch
	state    string
	answerAt int64
	talk
}

// NewCASSwitch makes a switch.
func NewCASSwitch(cfg CASConfig) (*CASSwitch, error) {
	plan, ok := tone.Zone(or(cfg.Zone, "us"))
	if !ok {
		return nil, fmt.Errorf("emulated switch: zone %q is not known", cfg.Zone)
	}
	law := g711.MuLaw
	if cfg.Framing.E1() {
		law = g711.ALaw
	}
	if cfg.AnswerMs == 0 {
		cfg.AnswerMs = 3000
	}
	s := &CASSwitch{law: law, zone: plan, after: cfg.AnswerMs, stage: newStage()}
	for _, t := range cfg.Timeslots {
		m := cfg.Machine()
		s.channels = append(s.channels, &casChannel{s: s, slot: t - 1, m: m, debounce: cas.Debouncer{Ms: casDebounceMs, Looks: m.Looks()}, ear: cas.NewReceiver(cas.NoRegister)})
	}
	return s, nil
}

// Exchange implements Switch.
func (s *CASSwitch) Exchange(tx, rx tdm.Block) {
	s.ms++
	s.enter()
	fill(tx.Data, s.law)
	if s.ms == 1 {
		for _, c := range s.channels {
			c.step(cas.Input{Kind: cas.Fail})
		}
	}
	if s.ms == casStartMs {
		for _, c := range s.channels {
			c.debounce.Jump(cas.Bits(rx.SigSlot(c.slot)[0]))
			c.step(cas.Input{Kind: cas.Begin, Bits: c.debounce.Bits()})
		}
		s.began = true
		s.publish()
	}
	for _, c := range s.channels {
		c.signal(tx, rx)
	}
	for _, c := range slices.Clone(s.calls) {
		if c.answerAt > 0 && c.answerAt <= s.ms {
			s.connect(c)
		}
	}
}

// signal carries a millisecond of a channel.
func (c *casChannel) signal(tx, rx tdm.Block) {
	now := c.s.ms * tdm.Quantum
	c.debounce.Set(cas.Bits(rx.SigSlot(c.slot)[0]), now)
	if c.s.began {
		if b, since, ok := c.debounce.Due(now); ok {
			c.step(cas.Input{Kind: cas.Line, Bits: b, At: since})
		}
		for t, _, ok := c.timers.Due(now); ok; t, _, ok = c.timers.Due(now) {
			c.step(cas.Input{Kind: cas.Expired, Timer: t})
		}
	}
	for len(c.runs) > 0 && c.left == 0 {
		c.bits, c.left = c.runs[0].Bits, int(c.runs[0].Ms)
		c.runs = c.runs[1:]
	}
	c.left = max(0, c.left-1)
	tx.SigSlot(c.slot)[0] = c.bits
	c.audio(tx.Slot(c.slot), rx.Slot(c.slot))
}

func (c *casChannel) audio(tx, rx []byte) {
	if c.source != nil {
		var pcm [tdm.Quantum]int16
		if n := c.source.Read(pcm[:]); n < len(pcm) {
			sent := c.dialing
			c.source, c.dialing = nil, false
			if sent {
				c.step(cas.Input{Kind: cas.Sent})
			}
		}
		c.s.law.Encode(tx, pcm[:])
	} else if c.call != nil {
		c.call.exchange(c.s.law, tx, rx)
	}
	if c.listen.Register == cas.NoRegister {
		return
	}
	var pcm [tdm.Quantum]int16
	c.s.law.Decode(pcm[:], rx)
	c.ear.Process(pcm[:], func(in cas.Input) {
		in.At += c.s.ms * tdm.Quantum
		c.step(in)
	})
}

// step gives the machine an input and does what it wants.
func (c *casChannel) step(in cas.Input) (refused *tdm.Primitive) {
	if in.At == 0 {
		in.At = c.s.ms * tdm.Quantum
	}
	out := c.m.Step(in)
	for i := range out {
		o := &out[i]
		c.timers.Do(o, c.s.ms*tdm.Quantum)
		switch o.Kind {
		case cas.Send:
			c.runs, c.left = o.Runs, 0
		case cas.Up:
			c.up(o.Prim)
		case cas.Refuse:
			refused = &o.Prim
		case cas.Dial:
			c.source, _ = cas.NewSource(o.Register, o.Digits) // a machine dials what its register has
			c.dialing = c.source != nil
		case cas.Hold:
			c.source, _ = cas.NewHeld(o.Register, o.Digits[0])
			c.dialing = false
		case cas.Play:
			c.source, c.dialing = c.s.generator(o.Name), false
		case cas.Quiet:
			c.source, c.dialing = nil, false
		case cas.ListenTo:
			c.listen, c.ear = o.Listen, cas.NewReceiver(o.Listen.Register)
		}
	}
	return refused
}

// generator makes a tone of the switch's country.
func (s *CASSwitch) generator(name string) cas.Source {
	spec, ok := s.zone.Tone(name)
	if !ok {
		spec, _ = s.zone.Tone("congestion")
	}
	return tone.NewGenerator(spec, ringingLevel)
}

// up is what the machine says. A call to the switch rings at once.
func (c *casChannel) up(p tdm.Primitive) {
	s, call := c.s, c.call
	switch p.Kind {
	case tdm.Setup:
		call = &casCall{ch: c, number: p.Calling.Digits, called: p.Called, incoming: true, state: "ringing"}
		c.call = call
		s.calls = append(s.calls, call)
		if busy, _ := s.busy(); busy {
			call.state = "refused"
			c.later(tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseUserBusy})
			break
		}
		if s.after >= 0 {
			call.answerAt = s.ms + int64(s.after)
		}
		c.later(tdm.Primitive{Kind: tdm.Alerting})
	case tdm.Release:
		if call != nil {
			call.end()
			c.call = nil
			s.calls = slices.DeleteFunc(slices.Clone(s.calls), func(x *casCall) bool { return x == call })
		}
	case tdm.Alerting, tdm.Progress:
		call.state = "ringing"
	case tdm.Connect:
		call.state = "talking"
	}
	s.publish()
}

// later has a primitive go down once the machine has ended its step.
func (c *casChannel) later(p tdm.Primitive) {
	call := c.call
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.queue = append(c.s.queue, func() {
		if c.call == call {
			c.step(cas.Input{Kind: cas.Down, Prim: p})
		}
	})
}

func (s *CASSwitch) connect(c *casCall) {
	c.state, c.answerAt = "talking", 0
	c.ch.step(cas.Input{Kind: cas.Down, Prim: tdm.Primitive{Kind: tdm.Connect}})
	s.publish()
}

// publish refreshes what others see.
func (s *CASSwitch) publish() {
	s.show(func(shown *ISDNStatus) {
		shown.Up, shown.Calls = s.began, make([]ISDNCallStatus, 0, len(s.calls))
		for _, c := range s.calls {
			st := ISDNCallStatus{Direction: "out", Timeslot: c.ch.slot + 1, From: c.number, To: c.called, Name: c.name, State: c.state}
			if c.incoming {
				st.Direction = "in"
			}
			shown.Calls = append(shown.Calls, st)
		}
	})
}

// Call makes a call from a number, with a name that the signalling cannot carry, to another. It takes the last free channel: the
// gateway hunts upwards.
func (s *CASSwitch) Call(ctx context.Context, from, name, to string) error {
	if strings.Trim(to, "0123456789*#") != "" || to == "" || len(to) > maxDigits {
		return badRequest{fmt.Errorf("to %q: want 1 to %d digits", to, maxDigits)}
	}
	return s.do(ctx, func() error {
		for _, c := range slices.Backward(s.channels) {
			if c.m.Condition() != cas.Idle || c.call != nil {
				continue
			}
			c.call = &casCall{ch: c, number: from, name: name, called: to, state: "calling"}
			s.calls = append(s.calls, c.call)
			p := tdm.Primitive{Kind: tdm.Setup, Called: to, Calling: caller(from, name)}
			if r := c.step(cas.Input{Kind: cas.Down, Prim: p}); r != nil {
				s.calls, c.call = s.calls[:len(s.calls)-1], nil
				return fmt.Errorf("no call: %v", r.Cause)
			}
			s.publish()
			return nil
		}
		return fmt.Errorf("no call: no channel is idle")
	})
}

// Answer has the called party of the newest call that rings answer.
func (s *CASSwitch) Answer(ctx context.Context) error {
	return s.withNewest(ctx, "rings", func(c *casCall) bool { return c.incoming && c.state == "ringing" }, func(c *casCall) { s.connect(c) })
}

// Hangup has the switch's party of the newest call hang up.
func (s *CASSwitch) Hangup(ctx context.Context) error {
	return s.withNewest(ctx, "is up", func(*casCall) bool { return true }, func(c *casCall) {
		c.ch.step(cas.Input{Kind: cas.Down, Prim: tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseNormalClearing}})
	})
}

// Play has the switch's party of the newest call speak, to the end.
func (s *CASSwitch) Play(ctx context.Context, pcm []int16) error {
	return speak(ctx, s.withAudio, pcm)
}

// Record returns what the switch's party of the newest call hears in the next d, or to the end of the call.
func (s *CASSwitch) Record(ctx context.Context, d time.Duration) ([]int16, error) {
	return hear(ctx, s.withAudio, d)
}

func (s *CASSwitch) withAudio(ctx context.Context, f func(*talk) error) error {
	var err error
	found := s.withNewest(ctx, "has audio", func(c *casCall) bool { return c.state != "calling" }, func(c *casCall) { err = f(&c.talk) })
	if found != nil {
		return found
	}
	return err
}

func (s *CASSwitch) withNewest(ctx context.Context, what string, is func(*casCall) bool, f func(*casCall)) error {
	return s.do(ctx, func() error {
		for _, c := range slices.Backward(s.calls) {
			if is(c) {
				f(c)
				return nil
			}
		}
		return fmt.Errorf("no call %s", what)
	})
}
