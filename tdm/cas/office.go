package cas

import "tipring/tdm"

// A LoopConfig describes a channel that carries the states of a two-wire loop.
type LoopConfig struct {
	Config
	Ground bool // ground start, else loop start
}

// What an office waits for, in milliseconds.
const (
	officeGroundWaitMs  = 3000  // project: from tip ground to the closed loop
	officeFirstDigitMs  = 16000 // GR-506-CORE: dial tone
	officeNextDigitMs   = 4000  // GR-506-CORE: between digits
	officeRingMs        = 2000  // GR-506-CORE: ringing
	officePauseMs       = 4000  //
	officeDisconnectMs  = 300   // TIA-464-B: loop open that clears
	officeOpenMs        = 800   // TIA-464-B: open switching interval, 600 and more
	officeTreatmentMs   = 30000 // project: of the tone to who stays
	officeGuardPeriodMs = 500   // GR-506-CORE: after which the line is used again
)

// What an office sends (TR-NWT-000057, ANSI T1.403.02): A says that the tip is open, B at 0 that the ring is rung.
const (
	officeTipOpen   = A | B
	officeTipGround = B
	officeRingsOut  = Bits(0)
)

type officeState uint8

const (
	officeFailed     officeState = iota // the line is not usable, or has not begun
	officeIdle                          //
	officeGrounding                     // ground start: we have answered ring ground by tip ground
	officeCollecting                    // dial tone, digits
	officeOffered                       // the call has the number
	officeRinging                       // we ring
	officePausing                       // between two rings
	officeTalking                       //
	officeSuspended                     // the loop is open, for a moment
	officeTreated                       // no call; a tone, or the tip is open
	officeLockedOut                     // nothing more is said
	officeGuard                         // the loop was closed a moment ago
	numOfficeStates
)

var officeStateNames = [numOfficeStates]string{"out of service", "idle", "grounding", "collecting", "offered", "ringing", "ringing pause",
	"talking", "suspended", "treated", "locked out", "guard"}

func (s officeState) String() string { return officeStateNames[s] }

// office is our end of a line to a telephone.
type office struct {
	core
	isGroundStart bool
	state         officeState
}

// NewFXS returns the signalling of a channel that faces a telephone, or a private branch exchange that acts as one.
func NewFXS(cfg LoopConfig) Machine {
	cfg.Register = DTMF
	return &office{core: core{cfg: cfg.Config}, isGroundStart: cfg.Ground}
}

func (m *office) Looks() Bits          { return A | B }
func (m *office) State() string        { return m.state.String() }
func (m *office) Timer(t Timer) string { return timerNames[t] }

func (m *office) Condition() Condition {
	switch m.state {
	case officeFailed:
		return OutOfService
	case officeIdle, officeLockedOut:
		switch {
		case m.blocked:
			return Blocked
		case m.state == officeIdle:
			return Idle
		}
		return OutOfService
	}
	return Busy
}

func (m *office) Step(in Input) []Output {
	if !m.take(in) {
		return m.out
	}
	e, ok := eventOf(&m.in)
	if in.Kind == Line {
		e, ok = farIdles, true
		switch {
		case in.Bits&A != 0:
			e = farSeizes
		case in.Bits&B == 0:
			e = farRingGround
		}
	}
	if ok {
		m.state, _ = officeTable.Step(m, m.state, e, &m.in)
	}
	return m.out
}

// Guards.

func (m *office) isGround(*Input) bool       { return m.isGroundStart }
func (m *office) isBlocked(*Input) bool      { return m.blocked }
func (m *office) loopClosed(*Input) bool     { return m.bits&A != 0 }
func (m *office) blockedOffHook(*Input) bool { return m.blocked && m.bits&A != 0 }
func (m *office) ringGround(*Input) bool     { return m.isGroundStart && !m.blocked && m.bits&(A|B) == 0 }
func (m *office) hasNumber(*Input) bool      { return len(m.digits) > 0 }
func (m *office) noSpeech(in *Input) bool    { return !bears(&in.Prim) }
func (m *office) completes(in *Input) bool   { return m.numberComplete(in.Digit) }

// Actions.

// idleBits are those of a line that nobody uses.
func (m *office) idleBits() Bits {
	if m.isGroundStart {
		return officeTipOpen
	}
	return officeTipGround
}

func (m *office) ground(*Input) {
	m.count("seizures")
	m.send(officeTipGround)
	m.start(tWait, officeGroundWaitMs)
}

func (m *office) collect(*Input) {
	if !m.isGroundStart {
		m.count("seizures")
	}
	m.stop(tWait)
	m.send(officeTipGround)
	m.play("dial")
	m.listen(Listen{Register: DTMF})
	m.start(tDigit, officeFirstDigitMs)
}

func (m *office) digit(in *Input) {
	m.quiet()
	m.addDigit(in.Digit)
	m.start(tDigit, officeNextDigitMs)
}

func (m *office) digitAndOffer(in *Input) {
	m.digit(in)
	m.offerNumber(in)
}

func (m *office) offerNumber(*Input) {
	m.offer(dialled(m.digits), tdm.PartyNumber{Presentation: tdm.Unavailable})
}

func (m *office) permanent(*Input) {
	m.count("permanent signals")
	m.rest()
	m.play("congestion")
	m.start(tRelease, officeTreatmentMs)
}

func (m *office) ringback(*Input)  { m.play("ring") }
func (m *office) passAudio(*Input) { m.quiet() }

func (m *office) treat(in *Input) {
	m.play(treatment(in.Prim.Cause))
	m.release(in.Prim.Cause, "")
	m.start(tRelease, officeTreatmentMs)
}

// supervise tells the far end that the call is over.
func (m *office) supervise(in *Input) {
	m.rest()
	m.release(in.Prim.Cause, "")
	m.send(officeTipOpen)
	m.start(tDelay, officeOpenMs)
	m.start(tRelease, officeTreatmentMs)
}

// batteryBack ends the open switching interval of a loop-start line; the tip of a ground-start line stays open.
func (m *office) batteryBack(*Input) {
	m.send(m.idleBits())
	m.play("congestion")
}

func (m *office) lockOut(*Input) {
	m.rest()
	m.count("lock-outs")
	m.send(m.idleBits())
}

func (m *office) ring(in *Input) {
	m.begin(&in.Prim)
	m.count("rings")
	m.upKind(tdm.Alerting)
	m.ringOn(in)
}

func (m *office) ringOn(*Input) {
	m.send(officeRingsOut)
	m.start(tRing, officeRingMs)
}

func (m *office) pause(*Input) {
	m.send(officeTipGround)
	m.start(tRing, officePauseMs)
}

func (m *office) answered(*Input) {
	m.stop(tRing)
	m.send(officeTipGround)
	m.upKind(tdm.Connect)
}

func (m *office) suspend(*Input) { m.start(tDisconnect, officeDisconnectMs) }
func (m *office) resume(*Input)  { m.stop(tDisconnect) }

func (m *office) callerGone(in *Input) {
	m.release(tdm.CauseNormalClearing, "onhook")
	m.hangUp(in)
}

func (m *office) farGone(in *Input) { m.callerGone(in) }

func (m *office) abandoned(in *Input) {
	m.count("abandoned")
	m.hangUp(in)
}

func (m *office) clear(in *Input) {
	m.release(in.Prim.Cause, "")
	m.hangUp(in)
}

func (m *office) hangUp(*Input) {
	m.rest()
	m.send(m.idleBits())
	m.start(tGuard, officeGuardPeriodMs)
}

func (m *office) restoreIdle(*Input) { m.send(m.idleBits()) }

func (m *office) dtmf(in *Input) { m.dialDTMF(in.Prim.Digit) }

func (m *office) fail(*Input) {
	m.rest()
	m.release(tdm.CauseNetworkOutOfOrder, "")
	m.send(m.idleBits())
}
