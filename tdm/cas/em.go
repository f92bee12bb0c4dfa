package cas

import (
	"strings"

	"tipring/tdm"
)

// EMStart is how an E&M trunk tells that digits may come.
type EMStart uint8

// The ways to start.
const (
	Immediate EMStart = iota // after a time
	Wink                     // when the far end has gone off hook and on hook again
	FGD                      // Feature Group D: wink, two fields, another wink
)

// EMConfig describes an E&M channel.
type EMConfig struct {
	Config
	Start EMStart
}

// What an E&M trunk waits for, in milliseconds.
const (
	emStartWaitMs   = 4000  // GR-506-CORE: for a wink after a seizure, and for the end of glare
	emWinkMinMs     = 100   // GR-506-CORE: of a wink that comes
	emWinkMaxMs     = 350   //
	emWinkDelayMs   = 150   // TIA-464-B: from a seizure to our wink, 100 and more
	emWinkMs        = 200   // GR-506-CORE: of our wink, 140 to 290
	emDigitDelayMs  = 150   // GR-506-CORE: from a seizure to the digits of an immediate start, 70 from the end of a wink
	emFirstDigitMs  = 10000 // GR-506-CORE: permanent signal
	emNextDigitMs   = 4000  // GR-506-CORE: partial dial
	emAckWaitMs     = 5000  // GR-690-CORE: from ST to the acknowledgement wink
	emDisconnectMs  = 300   // TIA-464-B: on hook that clears
	emGuardMs       = 800   // GR-506-CORE: 750 and more on hook between two seizures
	emReleaseWaitMs = 30000 // project: for the far end to go on hook
)

// emOffHook is sent off hook: B is A where it says anything at all (TIA-464-B), and is 1 in timeslot 16 when unused (ITU-T G.704
// 5.1.3.2.2).
const emOffHook = A | B

type emState uint8

const (
	emFailed      emState = iota // the line is not usable, or has not begun
	emIdle                       // both ends on hook
	emSeized                     // we have seized, no wink yet
	emWinking                    // the far end is off hook
	emGlare                      // and has been for too long: it has seized too
	emDelay                      // digits in a moment
	emDialing                    // digits on their way
	emAckWait                    // Feature Group D: all sent
	emAckWinking                 // the far end is off hook
	emAwaitAnswer                //
	emTalking                    // both ends off hook
	emSuspended                  // the far end is on hook
	emReleasing                  // we are on hook, the far end is not yet
	emStuck                      // and has not been for long
	emGuard                      // both ends on hook, a moment ago
	emSeizing                    // the far end has seized
	emWinkOut                    // our wink is on its way
	emCollecting                 // digits come
	emAckOut                     // Feature Group D: our second wink is on its way
	emOffered                    // the call has the number
	emTreated                    // no call; the caller hears why, or nothing
	numEMStates
)

var emStateNames = [numEMStates]string{"out of service", "idle", "seized", "winking", "glare", "start delay", "dialing", "acknowledgement wait",
	"acknowledged", "await answer", "talking", "suspended", "releasing", "far end stuck", "guard", "seizing", "wink", "collecting",
	"acknowledging", "offered", "treated"}

func (s emState) String() string { return emStateNames[s] }

// em is one end of an E&M trunk.
type em struct {
	core
	mode    EMStart
	state   emState
	fields  []string // to be sent
	next    int      // of them
	started int64    // when the far end's wink began
}

// NewEM returns the signalling of an E&M channel.
func NewEM(cfg EMConfig) Machine {
	return &em{core: core{cfg: cfg.Config}, mode: cfg.Start}
}

func (m *em) Looks() Bits          { return A }
func (m *em) State() string        { return m.state.String() }
func (m *em) Timer(t Timer) string { return timerNames[t] }

func (m *em) Condition() Condition {
	switch {
	case m.state == emFailed, m.state == emStuck:
		return OutOfService
	case m.blocked && (m.state == emIdle || m.state == emTreated):
		return Blocked
	case m.state == emIdle:
		return Idle
	}
	return Busy
}

func (m *em) Step(in Input) []Output {
	if !m.take(in) {
		return m.out
	}
	e, ok := eventOf(&m.in)
	if in.Kind == Line {
		e, ok = farIdles, true
		if in.Bits&A != 0 {
			e = farSeizes
		}
	}
	if ok {
		m.state, _ = emTable.Step(m, m.state, e, &m.in)
	}
	return m.out
}

// Guards.

func (m *em) isImmediate(*Input) bool    { return m.mode == Immediate }
func (m *em) immediateHolds(*Input) bool { return m.mode == Immediate && m.cfg.Hold }
func (m *em) holds(*Input) bool          { return m.cfg.Hold }
func (m *em) isFGD(*Input) bool          { return m.mode == FGD }
func (m *em) isBlocked(*Input) bool      { return m.blocked }
func (m *em) farOffHook(*Input) bool     { return m.bits&A != 0 }
func (m *em) farOnHook(*Input) bool      { return m.bits&A == 0 }
func (m *em) hasField(*Input) bool       { return m.next < len(m.fields) }
func (m *em) ackBegun(*Input) bool       { return m.mode == FGD && m.bits&A != 0 }
func (m *em) isShort(in *Input) bool     { return in.At-m.started < emWinkMinMs*tdm.Quantum }
func (m *em) noSpeech(in *Input) bool    { return !bears(&in.Prim) }
func (m *em) hasNumber(*Input) bool {
	return m.cfg.Register == DTMF && m.mode != FGD && len(m.digits) > 0
}

func (m *em) badNumber(in *Input) bool {
	for _, f := range m.compose(&in.Prim) {
		if !m.cfg.Register.Has(f) {
			return true
		}
	}
	return in.Prim.Called == "" || strings.Trim(in.Prim.Called, "0123456789") != ""
}

// st reports whether a signal of R1 ends a field (Q.320; the variants tell operator positions apart).
func st(d byte) bool { return strings.IndexByte("STUV", d) >= 0 }

// twoFields reports whether the digit at hand ends the second field of Feature Group D.
func (m *em) twoFields(in *Input) bool {
	if m.mode != FGD {
		return false
	}
	if m.cfg.Register == R1 {
		n := 0
		for _, d := range m.digits {
			if st(d) {
				n++
			}
		}
		return n == 1 && st(in.Digit) && m.inField()
	}
	return in.Digit == '*' && strings.Count(string(m.digits), "*") == 2
}

// inField reports whether KP has begun a field that ST has not ended.
func (m *em) inField() bool {
	kp := strings.LastIndexByte(string(m.digits), 'K')
	return kp >= 0 && !strings.ContainsAny(string(m.digits[kp:]), "STUV")
}

// completes reports whether the digit at hand ends a number.
func (m *em) completes(in *Input) bool {
	switch {
	case m.mode == FGD:
		return false
	case m.cfg.Register == R1:
		return st(in.Digit) && m.inField()
	}
	return m.numberComplete(in.Digit)
}

func (m *em) offHook() { m.send(emOffHook) }

func (m *em) onHook() {
	if m.cfg.E1 {
		m.send(B)
	} else {
		m.send(0)
	}
}

// Calls that go out.

// compose makes the fields of a number. II is 00 for a line whose number is known, 02 for a failure to know it.
func (m *em) compose(p *tdm.Primitive) []string {
	ani := "02"
	if n := strings.TrimPrefix(p.Calling.Digits, "+"); n != "" && strings.Trim(n, "0123456789") == "" && p.Calling.Presentation == tdm.Allowed {
		ani = "00" + n
	}
	switch {
	case m.mode == FGD && m.cfg.Register == R1:
		return []string{"K" + ani + "S", "K" + p.Called + "S"}
	case m.mode == FGD:
		return []string{"*" + ani[2:] + "*" + p.Called + "*"}
	case m.cfg.Register == R1:
		return []string{"K" + p.Called + "S"}
	}
	return []string{p.Called}
}

func (m *em) occupy(in *Input) {
	m.begin(&in.Prim)
	m.fields, m.next = m.compose(&in.Prim), 0
	m.offHook()
	m.count("seizures")
}

func (m *em) seize(in *Input) {
	m.occupy(in)
	m.start(tWait, emStartWaitMs)
}

func (m *em) seizeAtOnce(in *Input) {
	m.occupy(in)
	m.start(tDelay, emDigitDelayMs)
}

func (m *em) winkBegins(in *Input) {
	m.started = in.At
	m.start(tWink, emWinkMaxMs)
}

func (m *em) shortWink(*Input) {
	m.stop(tWink)
	m.count("short winks")
}

func (m *em) winkEnds(*Input) {
	m.stop(tWink, tWait)
	m.start(tDelay, emDigitDelayMs)
}

// fall is the end of a call that has not come about.
func (m *em) fall(c tdm.Cause, why string) {
	m.count(why)
	m.clearWith(c)
}

func (m *em) noWink(*Input) {
	m.fall(tdm.CauseCircuitUnavailable, "no wink")
	m.start(tGuard, emGuardMs)
}

func (m *em) noAck(*Input) {
	m.fall(tdm.CauseNetworkOutOfOrder, "no acknowledgement")
	m.start(tGuard, emGuardMs)
}

func (m *em) bothHold(*Input) {
	m.fall(tdm.CauseCircuitUnavailable, "no way out of glare")
	m.start(tRelease, emReleaseWaitMs)
}

func (m *em) holdOn(*Input) {
	m.quiet()
	m.next = 0
	m.stop(tDelay, tWink)
	m.count("glare")
	m.start(tWait, emStartWaitMs)
}

// giveWay leaves the trunk to the far end. Our going on hook is its signal to start.
func (m *em) giveWay(in *Input) {
	m.count("glare")
	m.rest()
	m.release(tdm.CauseCircuitUnavailable, "")
	m.onHook()
	m.collect(in)
}

func (m *em) outpulse(*Input) {
	m.dial(m.cfg.Register, m.fields[m.next])
	m.next++
}

func (m *em) awaitAck(*Input) { m.start(tWait, emAckWaitMs) }

func (m *em) ackBegins(*Input) {
	m.started = m.since
	m.start(tWink, emWinkMaxMs)
}

func (m *em) proceeding(*Input) {
	m.stop(tWait, tWink)
	m.upKind(tdm.Proceeding)
	m.up(tdm.Primitive{Kind: tdm.Progress, InBand: true, At: m.at})
}

func (m *em) sentAndAnswered(in *Input) {
	m.proceeding(in)
	m.answered(in)
}

func (m *em) answered(*Input) { m.upKind(tdm.Connect) }

// Calls that come in.

func (m *em) ignoreSeizure(*Input) { m.stop(tGuard) }

func (m *em) seized(*Input) {
	m.stop(tGuard)
	m.count("seizures")
	m.start(tDelay, emWinkDelayMs)
}

func (m *em) wink(*Input) {
	m.listen(Listen{Register: m.cfg.Register})
	m.sendRuns(emOffHook, emWinkMs)
	m.start(tWink, emWinkMs)
	m.start(tDigit, emFirstDigitMs)
}

func (m *em) collect(*Input) {
	m.stop(tGuard)
	m.listen(Listen{Register: m.cfg.Register})
	m.start(tDigit, emFirstDigitMs)
}

func (m *em) digit(in *Input) {
	m.addDigit(in.Digit)
	m.start(tDigit, emNextDigitMs)
}

func (m *em) acknowledge(in *Input) {
	m.addDigit(in.Digit)
	m.stop(tDigit)
	m.sendRuns(emOffHook, emWinkMs)
	m.start(tWink, emWinkMs)
}

func (m *em) digitAndOffer(in *Input) {
	m.addDigit(in.Digit)
	m.offerNumber(in)
}

func (m *em) offerNumber(*Input) {
	called, calling := m.parse(string(m.digits))
	m.offer(called, calling)
}

// parse reads what has been received.
func (m *em) parse(s string) (called string, calling tdm.PartyNumber) {
	var fields []string
	if m.cfg.Register == R1 {
		for _, f := range strings.FieldsFunc(s, func(r rune) bool { return st(byte(r)) }) {
			fields = append(fields, f[strings.LastIndexByte(f, 'K')+1:])
		}
	} else if fields = []string{dialled(m.digits)}; m.mode == FGD {
		fields = strings.Split(strings.Trim(s, "*"), "*")
	}
	calling.Presentation = tdm.Unavailable
	if len(fields) > 1 {
		ani := fields[0]
		if m.cfg.Register == R1 {
			ani = ani[min(2, len(ani)):]
		}
		if ani != "" {
			calling = tdm.PartyNumber{Digits: ani}
		}
	}
	return fields[len(fields)-1], calling
}

func (m *em) permanent(*Input) {
	m.count("permanent signals")
	m.rest()
	m.play("congestion")
	m.start(tRelease, emReleaseWaitMs)
}

func (m *em) ringback(*Input)  { m.play("ring") }
func (m *em) passAudio(*Input) { m.quiet() }

func (m *em) accept(*Input) {
	m.quiet()
	m.offHook()
}

func (m *em) treat(in *Input) {
	m.quiet()
	m.play(treatment(in.Prim.Cause))
	m.release(in.Prim.Cause, "")
	m.start(tRelease, emReleaseWaitMs)
}

func (m *em) callerGone(in *Input) {
	m.release(tdm.CauseNormalClearing, "onhook")
	m.beginGuard(in)
}

func (m *em) abandoned(in *Input) {
	m.count("abandoned")
	m.onHook() // a wink may be under way
	m.beginGuard(in)
}

// The end.

func (m *em) suspend(*Input) { m.start(tDisconnect, emDisconnectMs) }
func (m *em) resume(*Input)  { m.stop(tDisconnect) }

func (m *em) farGone(in *Input) {
	m.release(tdm.CauseNormalClearing, "onhook")
	m.onHook()
	m.beginGuard(in)
}

func (m *em) clearWith(c tdm.Cause) {
	m.rest()
	m.fields, m.next = nil, 0
	m.onHook()
	m.release(c, "")
}

func (m *em) clear(in *Input) {
	m.clearWith(in.Prim.Cause)
	m.start(tGuard, emGuardMs)
}

func (m *em) clearAndWait(in *Input) {
	m.clearWith(in.Prim.Cause)
	m.start(tRelease, emReleaseWaitMs)
}

func (m *em) beginGuard(*Input) {
	m.rest()
	m.start(tGuard, emGuardMs)
}

func (m *em) stuck(*Input) {
	m.rest()
	m.count("stuck")
}

func (m *em) dtmf(in *Input) { m.dialDTMF(in.Prim.Digit) }

func (m *em) fail(*Input) {
	m.rest()
	m.fields, m.next = nil, 0
	m.release(tdm.CauseNetworkOutOfOrder, "")
	m.onHook()
}

func (m *em) restoreIdle(*Input) { m.onHook() }

func (m *em) restore(in *Input) {
	m.onHook()
	m.beginGuard(in)
}
