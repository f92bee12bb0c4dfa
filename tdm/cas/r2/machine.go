package r2

import (
	"tipring/tdm"
	"tipring/tdm/cas"
)

// What is sent and received (Q.421): the same bits say other things in the two directions.
const (
	idleBits   = cas.A         // idle, clear forward, release guard
	seizeBits  = cas.Bits(0)   // seizure; backward forced release
	answerBits = cas.B         //
	backBits   = cas.A | cas.B // seizure acknowledgement, clear back, blocked
)

// machine is the signalling of one channel.
type machine struct {
	cfg   Config
	v     *Variant
	state state

	in         cas.Input
	out        []cas.Output
	bits       cas.Bits // received
	at         int64
	call       bool // one has the channel
	running    [numTimers]bool
	sounding   bool
	hearing    cas.Listen
	blocked    bool
	clear      bool // the call can be cleared by bits: it was answered
	fwd        outgoing
	fwdNext    outgoing // after the signal at hand
	answer     answer   // to it
	signal     byte     // the backward signal at hand
	farAnswers bool     // the answer has come while the tones are not over
	units      int64    // of charge
	back       incoming
	backNext   incoming
	request    request
	connect    bool // the call has answered while the tones are not over
	ring       bool // the caller hears a ringing tone from us
}

// New returns the signalling of a channel, both sides.
func New(cfg Config) (cas.Machine, error) {
	v, err := cfg.check()
	if err != nil {
		return nil, err
	}
	return &machine{cfg: cfg, v: v}, nil
}

func (m *machine) Looks() cas.Bits          { return cas.A | cas.B }
func (m *machine) State() string            { return m.state.String() }
func (m *machine) Timer(t cas.Timer) string { return timerNames[t] }

func (m *machine) Condition() cas.Condition {
	switch m.state {
	case failed, stuck:
		return cas.OutOfService
	case farBlocked:
		return cas.Blocked
	case idle:
		if m.blocked {
			return cas.Blocked
		}
		return cas.Idle
	}
	return cas.Busy
}

func (m *machine) Step(in cas.Input) []cas.Output {
	m.in, m.out, m.at = in, m.out[:0], in.At
	if e, ok := m.eventOf(&m.in); ok {
		m.state, _ = table.Step(m, m.state, e, &m.in)
	}
	return m.out
}

// eventOf is what an input means to the rows.
func (m *machine) eventOf(in *cas.Input) (event, bool) {
	switch in.Kind {
	case cas.Line:
		m.bits = in.Bits & (cas.A | cas.B)
		return far00 + event(m.bits>>2), true
	case cas.Begin, cas.Restore:
		m.bits = in.Bits & (cas.A | cas.B)
		return evRestore, true
	case cas.Fail:
		return evFail, true
	case cas.Expired:
		if in.Timer >= numTimers || !m.running[in.Timer] {
			return 0, false
		}
		m.running[in.Timer] = false
		if in.Timer == tBackward {
			m.numberEnds()
		}
		return seizeDue + event(in.Timer), true
	case cas.Signal:
		return signalOn, m.hear(in.Digit)
	case cas.SignalEnd:
		return signalOff, m.hearing != cas.Listen{}
	case cas.Block:
		m.blocked = true
		return evBlock, true
	case cas.Unblock:
		m.blocked = false
		return evUnblock, true
	case cas.Down:
		switch in.Prim.Kind {
		case tdm.Setup:
			return evSetup, true
		case tdm.Alerting:
			if in.Prim.InBand {
				return evInBand, true
			}
			return evAlerting, true
		case tdm.Progress:
			return evInBand, in.Prim.InBand
		case tdm.Connect:
			return evConnect, true
		case tdm.Disconnect:
			return evDisconnect, true
		}
	}
	return 0, false
}

// hear works out what a register signal leads to, for the rows to see.
func (m *machine) hear(name byte) bool {
	if n := m.v.meaningIndex(name); n == 0 {
		return false
	}
	switch m.hearing.Register {
	case cas.R2Backward:
		m.signal = name
	case cas.R2Forward:
		m.backNext = m.back
		m.request = m.backNext.request(m, name)
	default:
		return false
	}
	return true
}

// numberEnds works out what follows when no digit has come for long enough.
func (m *machine) numberEnds() {
	m.backNext = m.back
	m.backNext.ended = true
	m.request = m.backNext.ask(m)
}

func (m *machine) emit(o cas.Output)          { m.out = append(m.out, o) }
func (m *machine) up(p tdm.Primitive)         { m.emit(cas.Output{Kind: cas.Up, Prim: p}) }
func (m *machine) upKind(k tdm.PrimitiveKind) { m.up(tdm.Primitive{Kind: k, At: m.at}) }
func (m *machine) count(name string)          { m.emit(cas.Output{Kind: cas.Count, Name: name}) }

// release is a call's last word.
func (m *machine) release(c tdm.Cause) {
	if m.call {
		m.call = false
		m.up(tdm.Primitive{Kind: tdm.Release, Cause: c, At: m.at})
	}
}

func (m *machine) refuse(c tdm.Cause) {
	m.emit(cas.Output{Kind: cas.Refuse, Prim: tdm.Primitive{Kind: tdm.Release, Cause: c, At: m.at}})
}

func (m *machine) start(t cas.Timer, ms int) {
	m.running[t] = true
	m.emit(cas.Output{Kind: cas.Start, Timer: t, Ms: ms})
}

func (m *machine) stop(ts ...cas.Timer) {
	for _, t := range ts {
		if m.running[t] {
			m.running[t] = false
			m.emit(cas.Output{Kind: cas.Stop, Timer: t})
		}
	}
}

// hold sends a register signal until quiet.
func (m *machine) hold(r cas.Register, name byte) {
	m.sounding = true
	m.emit(cas.Output{Kind: cas.Hold, Register: r, Digits: string(rune(name))})
}

func (m *machine) play(name string) {
	m.sounding = true
	m.emit(cas.Output{Kind: cas.Play, Name: name})
}

func (m *machine) quiet() {
	if m.sounding {
		m.sounding = false
		m.emit(cas.Output{Kind: cas.Quiet})
	}
}

func (m *machine) listen(r cas.Register) {
	if l := (cas.Listen{Register: r}); m.hearing != l {
		m.hearing = l
		m.emit(cas.Output{Kind: cas.ListenTo, Listen: l})
	}
}

// rest stops all that is under way.
func (m *machine) rest() {
	for t := range numTimers {
		m.stop(t)
	}
	m.quiet()
	m.listen(cas.NoRegister)
	m.fwd, m.back = outgoing{}, incoming{}
	m.clear, m.connect, m.ring, m.farAnswers, m.units = false, false, false, false, 0
}

// send sends A and B; C and D have fixed values (Q.421 3.1.1).
func (m *machine) send(runs ...tdm.SigRun) {
	for i := range runs {
		runs[i].Bits |= m.v.CD
	}
	m.emit(cas.Output{Kind: cas.Send, Runs: runs})
}

func (m *machine) sendBits(b cas.Bits) { m.send(tdm.SigRun{Bits: uint8(b)}) }
