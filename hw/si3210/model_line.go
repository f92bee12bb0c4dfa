package si3210

import (
	"math"

	"tipring/hw/board"
	"tipring/hw/pair"
)

// A lineState is what the model's line circuit does now.
type lineState struct {
	vbat    float64 // volts below ground
	lf      uint8   // linefeed, in the register and at work
	ringOn  bool
	ringFor int // frames left of the ring or the pause; negative: no timer
	ringer  generator

	meterOn  bool
	meterFor int

	state    pair.State // of the last frame
	absSum   float64    // of metallic amperes since the last monitor sample
	amps     float64    // mean of absSum
	loopFilt float64
	tripFilt float64
	loopRaw  bool
	tripRaw  bool
	loopWait int // monitor samples until the debounced bit follows
	tripWait int
	loop     bool // LCR
	trip     bool // RTP
	heat     [3]float64
}

// shadow is LFS: in ringing it alternates with on-hook transmission.
func (l *lineState) shadow() uint8 {
	if l.lf == lfRinging && !l.ringOn {
		return lfForwardOnHook
	}
	return l.lf
}

func (m *Model) lf() uint8 { return m.line.lf }

// setLF enters a linefeed state.
func (m *Model) setLF(lf uint8) {
	l := &m.line
	m.reg[regLinefeed] = lf
	if l.lf == lf {
		return
	}
	l.lf = lf
	l.tripFilt, l.tripRaw, l.tripWait = 0, false, 0
	if lf == lfRinging {
		l.ringer.at = 0
		l.trip = false
		m.startRing(true)
	}
}

// startRing begins a ring or a pause; its timer is loaded now.
func (m *Model) startRing(on bool) {
	l := &m.line
	l.ringOn, l.ringFor = on, -1
	switch {
	case on && m.reg[regRingOsc]&bitRTAE != 0:
		l.ringFor = m.timer(regRingOnLow)
	case !on && m.reg[regRingOsc]&bitRTIE != 0:
		l.ringFor = m.timer(regRingOffLow)
	}
}

// timer returns a 16-bit timer in frames.
func (m *Model) timer(low int) int { return int(m.reg[low+1])<<8 | int(m.reg[low]) }

// startMeter follows a write to the metering control.
func (m *Model) startMeter() {
	l := &m.line
	on := m.reg[regMeterOsc]&bitPMOE != 0
	if on == l.meterOn {
		return
	}
	l.meterOn, l.meterFor = on, -1
	if on && m.reg[regMeterOsc]&bitMeterOn != 0 {
		l.meterFor = m.timer(regMeterOnLow)
	}
}

// Frame implements board.Device: one sample of the line, and of the highway.
func (m *Model) Frame(f *board.Frame) {
	m.battery()
	m.timers()
	l := &m.line
	l.state = m.Pair.Step(m.feed(), m.Terminal)
	l.absSum += math.Abs(l.state.Metallic())
	m.sound(f)
}

func (m *Model) timers() {
	l := &m.line
	if l.lf == lfRinging && l.ringFor >= 0 {
		if l.ringFor--; l.ringFor < 0 {
			bit := uint8(bitRGI)
			if l.ringOn {
				bit = bitRGA
			}
			m.raise(regIntStatus1, bit)
			m.startRing(!l.ringOn)
		}
	}
	if l.meterOn && l.meterFor >= 0 {
		if l.meterFor--; l.meterFor < 0 {
			m.raise(regIntStatus1, bitPMA)
			m.reg[regMeterOsc] &^= bitPMOE
			l.meterOn = false
		}
	}
}

// The DC-DC converter: how fast it charges and, switched off, loses its charge.
const (
	chargeVolts = 2.0 / 8    // a frame: 2 V/ms
	holdFrames  = 0.3 * 8000 // time constant
	leakFrames  = 0.02 * 8000
	overhead    = 3.0 // volts that the output stage needs
)

// battery advances the converter by a frame.
func (m *Model) battery() {
	l := &m.line
	if m.reg[regPowerdown1]&bitDCOF != 0 {
		tau := holdFrames
		if m.LeakyBattery {
			tau = leakFrames
		}
		l.vbat -= l.vbat / tau
		return
	}
	target := loopVolts * float64(m.reg[regBatteryHigh])
	if m.drives() && l.loop {
		// Off hook the converter follows the line to save power, or falls back to the low battery.
		low := loopVolts * float64(m.reg[regBatteryLow])
		if m.reg[regBatteryFeed]&bitTRACK != 0 {
			low = math.Abs(l.state.Volts()) + loopVolts*float64(m.reg[regCommonMode]) + 2*overhead
		}
		target = min(target, low)
	}
	l.vbat += max(min(target-l.vbat, chargeVolts), -chargeVolts)
}

// drives reports whether both wires are fed for speech.
func (m *Model) drives() bool {
	switch m.line.shadow() {
	case lfForward, lfForwardOnHook, lfReverse, lfReverseOnHook:
		return true
	}
	return false
}

// wireOhm is what is in each wire between the output stage and the pair, senseOhm what the sensing inputs take of a wire that
// is not fed (both recalled).
const (
	wireOhm  = 50
	senseOhm = 200e3
)

// feed is what the output stage puts on the pair.
func (m *Model) feed() pair.Feed {
	l := &m.line
	if m.reg[regPowerdown1]&(bitBIASOF|bitSLICOF) != 0 || l.lf == lfOpen {
		return pair.Feed{TipOhm: senseOhm, RingOhm: senseOhm}
	}
	floor := -max(l.vbat-1, 0)
	if l.shadow() == lfRinging {
		half := l.ringer.next() / 2
		mid := floor / 2
		return pair.Feed{Tip: max(min(mid+half, 0), floor), Ring: max(min(mid-half, 0), floor), TipOhm: wireOhm, RingOhm: wireOhm}
	}
	cm := loopVolts * float64(m.reg[regCommonMode])
	voc := loopVolts * float64(m.reg[regOnHookVolts]&0x3f)
	f := pair.Feed{
		Tip: max(-cm, floor), Ring: max(-cm-voc, floor), TipOhm: wireOhm, RingOhm: wireOhm,
		LimitA: 0.020 + 0.003*float64(m.reg[regLoopLimit]),
	}
	switch l.shadow() {
	case lfReverse, lfReverseOnHook:
		f.Tip, f.Ring = f.Ring, f.Tip
	case lfTipOpen:
		f.Tip, f.TipOhm = 0, senseOhm
	case lfRingOpen:
		f.Ring, f.RingOhm = 0, senseOhm
	}
	if l.meterOn && m.reg[regPowerdown1]&bitPMON != 0 {
		f.MeterV = m.meterVolts()
	}
	return f
}

// monitor is one sample of the monitor ADC, every 1.25 ms: detectors, debounce, power.
func (m *Model) monitor() {
	l := &m.line
	l.amps = l.absSum / (debounceHalf / 2)
	l.absSum = 0
	m.detectTrip()
	m.detectLoop()
	m.power()
}

// pole applies the filter of an indirect register: coefficient 4096/(800 tau) << 3.
func (m *Model) pole(addr uint8) float64 { return min(float64(m.indirect(addr))/32768, 1) }

// threshold is a detector's current.
func (m *Model) threshold(addr uint8) float64 {
	return float64(m.indirect(addr)>>9&0x3f) * detectAmps
}

// debounce makes *out follow in once it has differed for limit samples, and reports a change.
func debounce(in bool, out *bool, wait *int, limit uint8) bool {
	if in == *out {
		*wait = 0
		return false
	}
	if *wait++; *wait < int(limit) {
		return false
	}
	*wait, *out = 0, in
	return true
}

// detectTrip looks for the loop current of a lifted handset while ringing voltage is on.
func (m *Model) detectTrip() {
	l := &m.line
	if l.shadow() != lfRinging {
		return
	}
	l.tripFilt += (l.amps - l.tripFilt) * m.pole(indNRTP)
	l.tripRaw = l.tripFilt > m.threshold(indRPTP)
	if debounce(l.tripRaw, &l.trip, &l.tripWait, m.reg[regTripDebounce]) && l.trip {
		m.raise(regIntStatus2, bitRTI)
		if m.reg[regAutomatic]&bitAORD != 0 {
			m.setLF(lfForward)
		}
	}
}

// detectLoop looks for loop current outside of ringing.
func (m *Model) detectLoop() {
	l := &m.line
	if l.shadow() == lfRinging || l.lf == lfOpen {
		l.loopRaw, l.loopWait = false, 0
		if l.lf == lfOpen && l.loop {
			l.loop = false
			m.raise(regIntStatus2, bitLCI)
		}
		return
	}
	l.loopFilt += (l.amps - l.loopFilt) * m.pole(indNCLR)
	thr := m.threshold(indLCRT)
	if l.loop && m.reg[regEnhance]&bitHYSTEN != 0 {
		thr = m.threshold(indLCRTL)
	}
	l.loopRaw = l.loopFilt > thr
	limit := m.reg[regLoopDebounce]
	if l.lf == lfRinging {
		limit = m.reg[regRingLoopDebounce]
	}
	if !debounce(l.loopRaw, &l.loop, &l.loopWait, limit) {
		return
	}
	m.raise(regIntStatus2, bitLCI)
	if !l.loop {
		l.trip = false
	}
	if l.loop && m.reg[regAutomatic]&bitAOLD != 0 {
		switch l.lf {
		case lfForwardOnHook, lfRinging:
			m.setLF(lfForward)
		case lfReverseOnHook:
			m.setLF(lfReverse)
		}
	}
}

// power heats the transistors: the pair that drives the wires takes what the battery gives and the line does not, and a wire
// to ground takes all of it.
func (m *Model) power() {
	l := &m.line
	wire := max(math.Abs(l.state.TipAmps), math.Abs(l.state.RingAmps))
	if l.shadow() == lfRinging {
		wire = l.amps
	}
	common := math.Abs(l.state.Longitudinal())
	drop := max(l.vbat-math.Abs(l.state.Volts()), 0)
	watts := [3]float64{wire*drop/4 + common*l.vbat/2, wire * drop / 40, wire*drop/4 + common*l.vbat/2}
	for i := range l.heat {
		l.heat[i] += (watts[i] - l.heat[i]) * m.pole(indNQ12+uint8(i))
		res := outerWatts
		if i == 1 {
			res = innerWatts
		}
		if l.heat[i] > float64(m.indirect(indPPT12+uint8(i)))/128*res && l.lf != lfOpen {
			m.raise(regIntStatus2, bitQ1A<<(2*i))
			if m.reg[regAutomatic]&bitAOPN != 0 {
				m.setLF(lfOpen)
			}
		}
	}
}

// sense returns a measuring register.
func (m *Model) sense(addr uint8) (uint8, bool) {
	l := &m.line
	scaled := func(v, lsb float64, top uint8) uint8 { return uint8(max(0, min(math.Round(v/lsb), float64(top)))) }
	signed := func(v, lsb float64) uint8 {
		out := scaled(math.Abs(v), lsb, 0x3f)
		if v < 0 {
			out |= 0x40
		}
		return out
	}
	s := l.state
	switch addr {
	case regHookStatus:
		v := uint8(bitDBIRAW)
		if l.loopRaw || l.tripRaw {
			v = 0
		}
		if l.trip {
			v |= bitRTP
		}
		if l.loop {
			v |= bitLCR
		}
		return v, true
	case regLoopVoltage:
		return signed(s.Volts(), loopVolts), true
	case regLoopCurrent:
		return signed(s.Metallic(), loopAmps), true
	case regTipVoltage:
		return scaled(-s.Tip, senseVolts, 255), true
	case regRingVoltage:
		return scaled(-s.Ring, senseVolts, 255), true
	case regBattery1, regBattery2:
		return scaled(l.vbat, senseVolts, 255), true
	case regPowerOutput:
		i := m.reg[regPowerPointer] / 2
		if i > 2 {
			return 0, true
		}
		return scaled(l.heat[i], []float64{outerWatts, innerWatts, outerWatts}[i], 255), true
	case regCurrentQ1, regCurrentQ2:
		return scaled(math.Abs(s.TipAmps), outerAmps, 255), true
	case regCurrentQ3, regCurrentQ4:
		return scaled(math.Abs(s.TipAmps)/60, innerAmps, 255), true
	case regCurrentQ5, regCurrentQ6:
		if l.lf == lfOpen {
			// With the line open and the battery on, what is left is the mismatch that the manual calibration steps away.
			rest := int(m.reg[regCalRing]) - 0x0c
			if addr == regCurrentQ6 {
				rest = int(m.reg[regCalTip]) - 0x0b
			}
			if l.vbat < 20 {
				rest = 0
			}
			return uint8(max(rest, 0)), true
		}
		return scaled(math.Abs(s.RingAmps), outputAmps, 255), true
	}
	return 0, false
}

// Line returns the last frame's voltages and currents.
func (m *Model) Line() pair.State { return m.line.state }

// Battery returns the converter's voltage, below ground.
func (m *Model) Battery() float64 { return m.line.vbat }

// Linefeed returns the real linefeed state, 0 to 7 as in register 64.
func (m *Model) Linefeed() int { return int(m.line.shadow()) }
