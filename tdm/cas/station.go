package cas

import "tipring/tdm"

// What a station waits for, in milliseconds.
const (
	stationGroundWaitMs  = 5000 // project: from ring ground to tip ground
	stationDialDelayMs   = 1500 // project: from the closed loop to the digits; an office gives dial tone within 3 s, most at once
	stationRingPauseMs   = 6000 // GR-506-CORE: no ring for so long is the end of ringing; the longest pause is 4 s
	stationDisconnectMs  = 350  // TIA-464-B: tip open that clears
	stationGuardPeriodMs = 1000 // TIA-464-B: on hook before the loop is closed again
)

// What a station sends: A says that the loop is closed, B at 0 with it that the ring is grounded.
const (
	stationOnHook     = B
	stationOffHook    = A | B
	stationRingGround = Bits(0)
)

type stationState uint8

const (
	stationFailed      stationState = iota // the line is not usable, or has not begun
	stationIdle                            //
	stationSeized                          // ground start: tip ground, no ring yet
	stationRinging                         // the call has been told
	stationDeclined                        // rings on without a call
	stationGrounding                       // ground start: our ring ground waits for tip ground
	stationDelay                           // the loop is closed; digits in a moment
	stationDialing                         //
	stationAwaitAnswer                     //
	stationTalking                         //
	stationGuard                           // on hook since a moment
	numStationStates
)

var stationStateNames = [numStationStates]string{"out of service", "idle", "seized", "ringing", "declined", "grounding", "start delay", "dialing",
	"await answer", "talking", "guard"}

func (s stationState) String() string { return stationStateNames[s] }

// station is our end of a line to an exchange.
type station struct {
	core
	isGroundStart bool
	state         stationState
}

// NewFXO returns the signalling of a channel that faces an exchange.
func NewFXO(cfg LoopConfig) Machine {
	cfg.Register = DTMF
	return &station{core: core{cfg: cfg.Config}, isGroundStart: cfg.Ground}
}

func (m *station) Looks() Bits          { return A | B }
func (m *station) State() string        { return m.state.String() }
func (m *station) Timer(t Timer) string { return timerNames[t] }

func (m *station) Condition() Condition {
	switch {
	case m.state == stationFailed:
		return OutOfService
	case m.blocked && (m.state == stationIdle || m.state == stationSeized):
		return Blocked
	case m.state == stationIdle:
		return Idle
	}
	return Busy
}

func (m *station) Step(in Input) []Output {
	if !m.take(in) {
		return m.out
	}
	e, ok := eventOf(&m.in)
	if in.Kind == Line {
		e, ok = farTipGround, true
		switch {
		case in.Bits&A != 0:
			e = farTipOpen
		case in.Bits&B == 0:
			e = farRings
		}
	}
	if ok {
		m.state, _ = stationTable.Step(m, m.state, e, &m.in)
	}
	return m.out
}

// Guards.

func (m *station) isGround(*Input) bool     { return m.isGroundStart }
func (m *station) isBlocked(*Input) bool    { return m.blocked }
func (m *station) isRung(*Input) bool       { return !m.blocked && m.bits&(A|B) == 0 }
func (m *station) tipGround(*Input) bool    { return m.isGroundStart && m.bits&A == 0 }
func (m *station) noSpeech(in *Input) bool  { return !bears(&in.Prim) }
func (m *station) badNumber(in *Input) bool { return !DTMF.Has(in.Prim.Called) }

// Actions.

func (m *station) seizedByFar(*Input) { m.count("seizures") }

func (m *station) rings(*Input) {
	m.count("rings")
	m.offer(m.cfg.Number, tdm.PartyNumber{Presentation: tdm.Unavailable})
	m.start(tRing, stationRingPauseMs)
}

func (m *station) ringsOn(*Input) { m.start(tRing, stationRingPauseMs) }

func (m *station) ringingEnds(in *Input) {
	m.release(tdm.CauseNormalClearing, "onhook")
	m.beginGuard(in)
}

func (m *station) answer(*Input) {
	m.stop(tRing)
	m.send(stationOffHook)
	m.listen(Listen{Tones: true})
}

func (m *station) decline(in *Input) { m.release(in.Prim.Cause, "") }

func (m *station) groundRing(in *Input) {
	m.begin(&in.Prim)
	m.count("seizures")
	m.send(stationRingGround)
	m.start(tWait, stationGroundWaitMs)
}

func (m *station) closeLoop(in *Input) {
	m.begin(&in.Prim)
	m.count("seizures")
	m.loopAfterGround(in)
}

func (m *station) loopAfterGround(*Input) {
	m.stop(tWait)
	m.send(stationOffHook)
	m.start(tDelay, stationDialDelayMs)
}

func (m *station) withdraw(in *Input) {
	m.count("glare")
	m.rest()
	m.release(tdm.CauseCircuitUnavailable, "")
	m.send(stationOnHook)
	m.rings(in)
}

func (m *station) noTipGround(in *Input) {
	m.count("no tip ground")
	m.release(tdm.CauseCircuitUnavailable, "")
	m.beginGuard(in)
}

func (m *station) dialNumber(*Input) { m.dial(DTMF, m.called) }

func (m *station) proceeding(*Input) {
	m.listen(Listen{Tones: true, Voice: true})
	m.upKind(tdm.Proceeding)
	m.up(tdm.Primitive{Kind: tdm.Progress, InBand: true, At: m.at})
}

func (m *station) answeredByVoice(*Input) {
	m.listen(Listen{Tones: true})
	m.up(tdm.Primitive{Kind: tdm.Connect, AnswerBasis: "voice", At: m.at})
}

func (m *station) calledBusy(in *Input) {
	c := tdm.CauseUserBusy
	if in.Name != "busy" {
		c = tdm.CauseSwitchingCongestion
	}
	m.release(c, "tone")
	m.beginGuard(in)
}

func (m *station) clearedByTone(in *Input) {
	m.release(tdm.CauseNormalClearing, "tone")
	m.beginGuard(in)
}

func (m *station) tipOpens(*Input) { m.start(tDisconnect, stationDisconnectMs) }
func (m *station) tipBack(*Input)  { m.stop(tDisconnect) }

func (m *station) officeGone(in *Input) {
	m.release(tdm.CauseNormalClearing, "cpc")
	m.beginGuard(in)
}

func (m *station) clear(in *Input) {
	m.release(in.Prim.Cause, "")
	m.beginGuard(in)
}

func (m *station) beginGuard(*Input) {
	m.rest()
	m.send(stationOnHook)
	m.start(tGuard, stationGuardPeriodMs)
}

func (m *station) restore(in *Input) { m.beginGuard(in) }

func (m *station) dtmf(in *Input) { m.dialDTMF(in.Prim.Digit) }

func (m *station) fail(*Input) {
	m.rest()
	m.release(tdm.CauseNetworkOutOfOrder, "")
	m.send(stationOnHook)
}
