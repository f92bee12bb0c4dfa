package emu

import (
	"context"
	"errors"
	"time"

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
	x.debounceMs = or(l.Pulse.DebounceMs, pulse.Default.DebounceMs)
	x.tones = newOfficeTones(plan)
	hook := l.Pulse
	hook.FlashMaxMs = or(hook.FlashMaxMs, flashMaxMs)
	x.hook = pulse.NewDecoder(hook)
	x.hookEvs = make([]pulse.Event, 0, 8)
	x.receiver = dtmf.NewDetector(dtmf.Config{})
	x.digitEvs = make([]dtmf.Event, 0, 8)
}

// do sends an actor's order to the line circuit.
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
// standard. It returns when ringing has begun (with OnSeizure: at once).
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

// event steps the line circuit and reports whether the diagram has an arrow for it.
func (x *Exchange) event(e officeEvent, in officeIn) bool {
	next, row := office.Step(x, x.state, e, in)
	x.state, x.dirty = next, true
	return row != nil
}

// startTone puts a tone on the line.
func (x *Exchange) startTone(g *tone.Generator) { x.tone, x.toneOn = *g, true }

// The actions of the diagram.

func (x *Exchange) seize(officeIn) {
	x.digits, x.timer = "", 0
	x.ear.attune(false)
}

func (x *Exchange) seizeForDialTone(in officeIn) {
	x.seize(in)
	x.timer = x.script.DialToneDelayMs
}

func (x *Exchange) giveDialTone(officeIn) {
	x.timer = x.script.DialToneMs
	x.startTone(&x.tones.dial)
}

func (x *Exchange) firstDigit(in officeIn) {
	x.toneOn = false
	x.nextDigit(in)
}

func (x *Exchange) nextDigit(in officeIn) {
	x.digits += string(in.digit)
	x.timer = x.script.CompleteMs
	if x.script.NumberDigits > 0 && len(x.digits) >= x.script.NumberDigits {
		x.timer = 1
	}
}

func (x *Exchange) permanentSignal(officeIn) {
	x.timer = 0
	x.startTone(&x.tones.congestion)
}

func (x *Exchange) failBusy(officeIn) {
	x.timer = 0
	x.startTone(&x.tones.busy)
}

func (x *Exchange) failCongestion(officeIn) {
	x.timer = 0
	x.startTone(&x.tones.congestion)
}

func (x *Exchange) failUnobtainable(officeIn) {
	x.timer = 0
	if x.tones.sit {
		x.timer = sitMs
	}
	x.startTone(&x.tones.unobtainable)
}

func (x *Exchange) nextTone(officeIn) { x.startTone(&x.tones.congestion) }

func (x *Exchange) giveRingback(officeIn) {
	x.timer = x.script.AnswerMs
	x.startTone(&x.tones.ringback)
}

func (x *Exchange) answered(officeIn) {
	x.toneOn = false
	x.timer = x.script.HangupMs
	if x.script.Reversal {
		x.circuit.feed = tdm.FeedReverse
	}
}

func (x *Exchange) clear(in officeIn) {
	x.timer = 0
	signal := in.signal
	if in.byScript {
		signal = x.script.Hangup
	}
	switch signal {
	case SignalCPC:
		x.timer = x.script.CPCMs
		x.circuit.feed = tdm.FeedOpen
	case SignalPolarity:
		if x.circuit.feed == tdm.FeedReverse {
			x.circuit.feed = tdm.FeedForward
		} else {
			x.circuit.feed = tdm.FeedReverse
		}
	case SignalTone:
		x.startTone(&x.tones.busy)
	}
	if x.playJob != nil {
		x.endPlay(ErrIdle)
	}
}

func (x *Exchange) clearByScript(officeIn) { x.clear(officeIn{byScript: true}) }

func (x *Exchange) restoreBattery(officeIn) { x.circuit.feed = tdm.FeedForward }

func (x *Exchange) startRinging(in officeIn) {
	x.call, x.sent, x.step, x.digits = in.call, in.call.id, 0, ""
	x.timer = x.call.abandonMs
	x.enterStep()
}

func (x *Exchange) tripped(officeIn) {
	x.stopRinging()
	x.ear.attune(false)
	x.timer = x.script.HangupMs
}

// rest returns to the idle line.
func (x *Exchange) rest(officeIn) {
	x.stopRinging()
	x.timer, x.toneOn = 0, false
	x.ear.deafen()
	x.circuit.feed = tdm.FeedForward
	if x.playJob != nil {
		x.endPlay(ErrOnHook)
	}
}

func (x *Exchange) stopRinging() {
	x.call, x.burstOn, x.circuit.ringingOn = nil, false, false
	x.circuit.feed = tdm.FeedForward
}

func (x *Exchange) enterStep() {
	s := &x.call.steps[x.step]
	x.left = s.ms
	x.circuit.ringingOn = s.ring
	x.circuit.feed = tdm.FeedForward
	if s.reverse {
		x.circuit.feed = tdm.FeedReverse
	}
	if s.burst {
		x.burstOn = true
	}
}

// supervise advances one millisecond: the loop, the timer, the ringing.
func (x *Exchange) supervise(closed bool) {
	c := &x.circuit
	if closed != c.closed {
		c.closed, x.dirty, x.rested = closed, true, 0
		if closed && x.glare != nil && x.state == officeIdle {
			x.event(ringOrder, officeIn{call: x.glare})
			x.glare = nil
		}
		if x.state == officeCollecting { // a loop that moves is a digit on its way
			x.timer = max(x.timer, x.script.CompleteMs)
		}
	}
	x.now++
	x.rested++
	x.look()
	if x.timer > 0 {
		if x.timer--; x.timer == 0 {
			x.event(timerOut, officeIn{})
		}
	}
	if x.call != nil {
		for x.left == 0 {
			if x.step++; x.step == len(x.call.steps) {
				x.step = x.call.repeat
			}
			x.enterStep()
		}
		x.left--
	}
}

// look feeds the loop to the pulse decoder as far as the line circuit can see it: ringing voltage hides it until the trip
// time has passed, and an open feed hides it altogether.
func (x *Exchange) look() {
	c := &x.circuit
	switch {
	case c.plugged && c.feed == tdm.FeedOpen:
	case c.ringingOn && c.flows():
		if x.trip++; x.trip > x.tripMs-x.debounceMs { // the decoder adds that
			x.seen = true
		}
	default:
		x.seen, x.trip = c.flows(), 0
	}
	x.hookEvs = x.hook.Edge(x.now, x.seen, x.hookEvs[:0])
	for _, e := range x.hookEvs {
		switch e.Kind {
		case pulse.OffHook:
			x.event(loopClosed, officeIn{})
		case pulse.OnHook:
			x.event(loopOpened, officeIn{})
		case pulse.Digit:
			x.received(e.Digit)
		case pulse.Pulse:
			if x.state == officeDialTone {
				x.toneOn = false
			}
		case pulse.Flash:
			x.digits += "!"
			x.dirty = true
		}
	}
}

func (x *Exchange) received(digit byte) {
	if x.state == officeTalking {
		x.digits += string(digit)
	}
	x.event(digitIn, officeIn{digit: digit})
}

// resting reports whether nothing can happen on the line for as long as our side stays on hook.
func (x *Exchange) resting() bool {
	return x.state == officeIdle && !x.circuit.closed && x.rested > 100 && x.wire.silent() && !x.busy() && !x.dirty
}

func (x *Exchange) run(tx, rx []byte, txSig, sig []uint8) {
	if x.resting() && isClear(txSig) {
		s, bits := x.wire.law.Silence(), x.bits()
		for i := range rx {
			rx[i] = s
		}
		for i := range sig {
			sig[i] = bits
		}
		return
	}
	for q := range sig {
		sig[q] = x.millisecond(tx[q*tdm.Quantum:][:tdm.Quantum], rx[q*tdm.Quantum:][:tdm.Quantum], txSig[q])
	}
}

func isClear(sig []uint8) bool {
	var all uint8
	for _, s := range sig {
		all |= s
	}
	return all&tdm.SigOffHook == 0
}

// bits are the signalling bits that our side receives now.
func (x *Exchange) bits() (sig uint8) {
	c := &x.circuit
	if c.plugged && c.feed != tdm.FeedOpen {
		sig |= tdm.SigBattery
		if c.feed == tdm.FeedReverse {
			sig |= tdm.SigReversed
		}
	}
	if c.ringingOn && c.rings && c.plugged {
		sig |= tdm.SigRing
	}
	if c.flows() {
		sig |= tdm.SigLoopCurrent
	}
	return sig
}

func (x *Exchange) millisecond(tx, rx []byte, txSig uint8) (sig uint8) {
	x.supervise(txSig&tdm.SigOffHook != 0)
	c := &x.circuit
	through := c.plugged && c.feed != tdm.FeedOpen && !c.ringingOn
	talking := through && c.flows()

	var mouth, ear, back quantum
	if !talking {
		tx = nil
	}
	heard := x.wire.send(tx, &ear, &back)
	x.sing(&mouth)
	if through {
		for i := range mouth {
			back[i] += mouth[i] * x.wire.loss
		}
	}
	if talking {
		x.wire.hiss(&back)
	}
	x.wire.encode(rx, &back)
	x.listen(&ear, talking, heard)
	return x.bits()
}

// sing adds everything that the exchange sends.
func (x *Exchange) sing(mouth *quantum) {
	x.speak(mouth)
	if x.toneOn {
		x.toneOn = x.add(mouth, &x.tone)
	}
	if x.burstOn {
		x.burstOn = x.add(mouth, x.call.burst)
	}
}

// listen gives what has arrived to the recorder, the tone detector and the digit receiver.
func (x *Exchange) listen(ear *quantum, talking, sounds bool) {
	var pcm [tdm.Quantum]int16
	if sounds {
		for i, v := range ear {
			pcm[i] = round(v)
		}
	}
	x.hear(&pcm)
	if !talking {
		return
	}
	x.digitEvs = x.receiver.Process(pcm[:], x.digitEvs[:0])
	for _, e := range x.digitEvs {
		if e.Kind == dtmf.Start {
			x.received(e.Digit)
		}
	}
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
