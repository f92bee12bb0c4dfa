package emu

import (
	"context"
	"errors"
	"time"

	"tipring/dsp/callerid"
	"tipring/dsp/dtmf"
	"tipring/dsp/pulse"
	"tipring/dsp/tone"
	"tipring/tdm"
)

// An Exchange is what stands behind an FXO port: the line circuit, register and tones of a telephone exchange, and the far
// party of each call. Its methods are safe from any goroutine; they return when the card's time has reached the end of
// what was asked for, so that the card has to be running (a pump calls Exchange).
type Exchange struct {
	far
	script     Script
	busyNumber bool

	state      officeState
	timer      int   // ms until timerOut; 0: none
	now        int64 // ms of activity, the time base of hook
	rested     int   // ms since the last edge of the loop
	hook       *pulse.Decoder
	hookEvs    []pulse.Event
	seen       bool // the loop as the line circuit sees it
	tripMs     int
	debounceMs int
	trip       int // ms of loop current under ringing voltage
	receiver   *dtmf.Detector
	digitEvs   []dtmf.Event
	digits     string

	tones   officeTones
	tone    tone.Generator
	toneOn  bool
	plan    *tone.Plan
	call    *incoming
	sent    CallerID
	glare   *incoming // waits for a seizure
	step    int       // of call.steps
	left    int       // ms left of it
	burstOn bool

	second   *callerid.WaitingSender // while a second call is told of
	secondID CallerID
	secondMs int // of its tone still to come
}

// officeTones are generators at their start, ready to be copied.
type officeTones struct {
	dial, busy, congestion, ringback, unobtainable tone.Generator
	sit                                            bool // unobtainable is the special information tone, and congestion follows it
}

// toneDBm0 is the level of the exchange's tones: ITU-T E.180 recommends -10 dBm0 for steady tones.
const toneDBm0 = -10

func newOfficeTones(p *tone.Plan) officeTones {
	gen := func(name string) tone.Generator {
		spec, _ := p.Tone(name)
		return *tone.NewGenerator(spec, toneDBm0)
	}
	info, _ := p.Tone("info")
	return officeTones{
		dial:         gen("dial"),
		busy:         gen("busy"),
		congestion:   gen("congestion"),
		ringback:     gen("ring"),
		unobtainable: *tone.NewGenerator(p.NumberUnobtainable(), toneDBm0),
		sit:          p.NumberUnobtainable().String() == info.String(),
	}
}

// flashMaxMs is the longest break that is a flash; a longer one is on-hook. It is shorter than the 1,000 ms of TIA-464, so
// that a line whose guard time is shorter than that is found idle at its end.
const flashMaxMs = 600

// sitMs is how long the special information tone lasts before congestion tone takes its place: three of its rounds.
const sitMs = 4000

func (x *Exchange) init(plan *tone.Plan, l *Line) {
	x.script, x.tripMs, x.plan = l.Script.withDefaults(), l.Loop.RingTripMs, plan
	x.tones = newOfficeTones(plan)
	hook := pulsing(plan.ID, l.Pulse)
	if l.Pulse.FlashMaxMs == 0 && hook.FlashMaxMs > flashMaxMs {
		hook.FlashMaxMs, hook.HangupMs = flashMaxMs, flashMaxMs+1
	}
	x.debounceMs = hook.DebounceMs
	x.hook = pulse.NewDecoder(hook)
	x.hookEvs = make([]pulse.Event, 0, 8)
	x.receiver = dtmf.NewDetector(dtmf.Config{})
	x.digitEvs = make([]dtmf.Event, 0, 8)
}

// order sends an actor's order to the line circuit.
func (x *Exchange) order(ctx context.Context, verb string, e officeEvent, in officeIn) error {
	return x.wrap(verb, x.card.do(ctx, func() error {
		if !x.event(e, in) {
			if x.state == officeIdle {
				return ErrIdle
			}
			return errState(x.state)
		}
		return nil
	}))
}

// errState is what an actor is told whose order does not fit.
type errState officeState

func (e errState) Error() string { return "not now: the line is in state " + officeState(e).String() }

// SetScript changes how the exchange behaves from now on.
func (x *Exchange) SetScript(s Script) error {
	return x.wrap("script", x.card.do(context.Background(), func() error {
		x.script = s.withDefaults()
		return nil
	}))
}

// Ring delivers a call: it rings the line in the country's cadence and sends number and name in the country's caller-ID
// standard. It returns when ringing has begun (with OnSeizure: at once). A line in a call is told of it as a second call, by tone and
// number, where the standard has a form for that; the conversation stays.
func (x *Exchange) Ring(number, name string, opts ...RingOption) error {
	call, err := x.newCall(number, name, opts...)
	if err != nil {
		return x.wrap("ring", err)
	}
	return x.ring(context.Background(), call)
}

// newCall lays out a call.
func (x *Exchange) newCall(number, name string, opts ...RingOption) (*incoming, error) {
	call := &incoming{number: number, name: name, at: time.Now()}
	for _, o := range opts {
		o(call)
	}
	return call, call.prepare(x.plan)
}

func (x *Exchange) ring(ctx context.Context, call *incoming) error {
	if !call.onSeizure {
		return x.order(ctx, "ring", ringOrder, officeIn{call: call})
	}
	return x.wrap("ring", x.card.do(ctx, func() error {
		x.glare = call
		return nil
	}))
}

// Answer has the far party answer the call that our side has dialled.
func (x *Exchange) Answer() error { return x.answer(context.Background()) }

func (x *Exchange) answer(ctx context.Context) error {
	return x.order(ctx, "answer", answerOrder, officeIn{})
}

// Hangup has the far party hang up: a call that rings is abandoned, one that our side has dialled refused, one in talk ended
// with the given signal.
func (x *Exchange) Hangup(s Signal) error { return x.hangup(context.Background(), s) }

func (x *Exchange) hangup(ctx context.Context, s Signal) error {
	return x.order(ctx, "hangup", hangupOrder, officeIn{signal: s})
}

// Busy makes the far number busy, or free again.
func (x *Exchange) Busy(on bool) error { return x.busyFar(context.Background(), on) }

func (x *Exchange) busyFar(ctx context.Context, on bool) error {
	return x.wrap("busy", x.card.do(ctx, func() error {
		x.busyNumber = on
		return nil
	}))
}

// Play has the far party speak pcm into the line, which must be off hook.
func (x *Exchange) Play(ctx context.Context, pcm []int16) error { return x.startPlay(ctx, pcm) }

// Record returns what the exchange hears from our side in the next dur of the card's time.
func (x *Exchange) Record(ctx context.Context, dur time.Duration) ([]int16, error) {
	return x.startRecord(ctx, dur)
}

// Unplug takes the line out of the port (on), so that there is no battery, or plugs it in again.
func (x *Exchange) Unplug(on bool) error {
	return x.wrap("unplug", x.card.do(context.Background(), func() error {
		x.circuit.plugged, x.dirty = !on, true
		return nil
	}))
}

func (x *Exchange) control(*tdm.Command) error {
	return errors.New("an FXO slot has no linefeed and no ringing: its hook rides in the signalling bits")
}

func (x *Exchange) shared() *far { return &x.far }

func (x *Exchange) status() Status {
	s := Status{
		Port:          x.name,
		Hook:          "on",
		Ringing:       x.state == officeRinging,
		Polarity:      x.circuit.polarity(),
		LoopCurrentMA: x.circuit.milliamps(),
		Tone:          x.ear.tone,
		Digits:        x.digits,
		CallerID:      x.sent,
	}
	if x.circuit.closed {
		s.Hook = "off"
	}
	return s
}
