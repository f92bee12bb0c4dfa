package si3050

import (
	"math"

	"tipring/hw/board"
	"tipring/hw/pair"
	"tipring/tdm"
)

// A lineState is what the model's line side sees and does.
type lineState struct {
	off    bool
	offFor int // frames since off-hook; -1 on hook

	volts, amps float64
	meter       float64
	dc          float64 // volts without ringing
	lvs         uint8
	dropped     bool

	half      int8 // ring half wave now: +1, -1, 0
	lastRise  int  // frames since the last positive half wave began
	validFor  int  // frames of ringing at a valid frequency
	ring      bool // RDT
	ringQuiet int  // frames since the last positive half wave

	incoming, outgoing float32    // of a model that an FXS chip feeds
	sent               [8]float32 // what went to the line, the newest first
}

// hook follows the OH bit.
func (m *Model) hook(off bool) {
	l := &m.line
	if off == l.off {
		return
	}
	l.off, l.offFor = off, -1
	if off {
		l.offFor = 0
		l.ring = false
	}
}

// offHook reports whether the line is seized: the line side does it only while the link is up.
func (m *Model) offHook() bool { return m.line.off && m.linkUp }

// dcVolts is DCV: the voltage at tip and ring at the least current.
var dcVolts = [4]float64{3.1, 3.2, 3.35, 3.5}

// The on-hook resistance of the line side, and the ringer that it synthesizes where a country wants one: a load for alternating
// voltage alone.
const (
	onHookOhm      = 5e6
	synthesizedOhm = 7e3
)

// Load implements pair.Terminal.
func (m *Model) Load() pair.Load {
	l := &m.line
	load := pair.Load{Ohm: onHookOhm, RingerOhm: math.Inf(1), RingerVolts: l.dc, Z: impedances[m.reg[regACTermination]&0x0f].At(1000)}
	if m.reg[regInternational1]&bitRZ != 0 {
		load.RingerOhm = synthesizedOhm
	}
	if !m.offHook() {
		return load
	}
	load.Ohm = 50
	if m.reg[regDCTermination]&bitDCR != 0 {
		load.Ohm = 800
	}
	// A diode bridge: the voltage drop has the current's direction.
	sign := math.Copysign(1, l.dc)
	if math.Abs(l.amps) > 0.001 {
		sign = math.Copysign(1, l.amps)
	}
	load.Volts = sign * dcVolts[m.reg[regDCTermination]>>6]
	if m.reg[regDCTermination]&bitILIM != 0 && math.Abs(l.amps) > 0.040 {
		// Above 40 mA the characteristic turns to 2000 ohms.
		load.Volts += sign * 0.040 * (load.Ohm - 2000)
		load.Ohm = 2000
	}
	load.RingerOhm = math.Inf(1)
	return load
}

// Settle implements pair.Terminal.
func (m *Model) Settle(a pair.Arrived) {
	l := &m.line
	l.volts, l.amps, l.meter = a.Volts, a.Amps, a.MeterV
	tau := 0.030
	if m.offHook() {
		tau = 0.002
	}
	l.dc += (l.volts - l.dc) / (tau * pair.Rate)
}

// Frame implements board.Device.
func (m *Model) Frame(f *board.Frame) {
	if m.Office != nil {
		m.Office.Settle(m.Pair.Step(m.Office.Feed(), m))
	}
	if m.linkUp {
		m.sense()
		m.detectRing()
	}
	m.sound(f)
}

// sense measures the line and raises what it finds.
func (m *Model) sense() {
	l := &m.line
	if l.offFor >= 0 {
		l.offFor++
	}
	v := math.Round(l.dc)
	if math.Abs(v) <= 3 && m.reg[regDAA4]&bitLVFD == 0 {
		v = 0
	}
	lvs := uint8(int8(max(-128, min(v, 127))))
	if (lvs^l.lvs)&0x80 != 0 {
		m.raise(bitPOL)
	}
	l.lvs = lvs
	dropped := m.settled() && math.Abs(l.amps) < m.minimum()
	if dropped && !l.dropped {
		m.raise(bitDOD)
	}
	l.dropped = dropped
	if math.Abs(l.amps) > 0.127 {
		m.raise(bitLCSO)
	}
	if l.meter > 0.2 && m.reg[regInternational2]&bitBTE != 0 {
		m.raise(bitBTD)
		m.reg[regInternational2] |= bitBTDf
	}
}

// minimum is MINI, the least loop current that the line side works from.
func (m *Model) minimum() float64 { return 0.010 + 0.002*float64(m.reg[regDCTermination]>>4&3) }

// settled reports whether the off-hook counter has run out, so that the loop current can be read.
func (m *Model) settled() bool {
	ms := [...]int{512, 128, 64, 8}[m.reg[regDAA4]&maskFOH>>5]
	return m.offHook() && m.line.offFor > ms*tdm.Quantum
}

func (m *Model) currentSense() uint8 {
	a := math.Abs(m.line.amps)
	if !m.settled() || a < m.minimum()/2 {
		return 0
	}
	return uint8(min(a/lcsAmps, 31))
}

func (m *Model) currentSense2() uint8 {
	if !m.settled() {
		return 0
	}
	return uint8(min(math.Abs(m.line.amps)/lcs2Amps, 255))
}

// ringPeak is the alternating voltage from which a half wave counts: 15 V or 21.5 V rms.
func (m *Model) ringPeak() float64 {
	if m.reg[regInternational1]&bitRT != 0 {
		return 21.5 * math.Sqrt2
	}
	return 15 * math.Sqrt2
}

// confirm is RCC, the time that a valid frequency has to last.
var confirm = [8]int{100, 150, 200, 256, 384, 512, 640, 1024}

// detectRing looks at the alternating part of the voltage on hook.
func (m *Model) detectRing() {
	l := &m.line
	ac := l.volts - l.dc
	was := l.half
	switch peak := m.ringPeak(); {
	case l.off:
		l.half = 0
	case ac > peak:
		l.half = 1
	case ac < -peak:
		l.half = -1
	default:
		l.half = 0
	}
	l.lastRise = min(l.lastRise+1, 1<<20)
	l.ringQuiet = min(l.ringQuiet+1, 1<<20)
	if l.half == 1 && was != 1 {
		if m.validPeriod(l.lastRise) {
			l.validFor += l.lastRise
		} else {
			l.validFor = 0
		}
		l.lastRise, l.ringQuiet = 0, 0
	}
	rings := l.ringQuiet == 0
	end := m.ringTimeout()
	if m.reg[regRingValid3]&bitRNGV != 0 {
		delay := 256 * (int(m.reg[regRingValid1]>>6) | int(m.reg[regRingValid2]>>7)<<2)
		rings = l.validFor >= (confirm[m.reg[regRingValid2]&7]+delay)*tdm.Quantum
		if l.ringQuiet > end {
			l.validFor = 0
			rings = false
		}
	}
	switch {
	case rings && !l.ring:
		l.ring = true
		m.raise(bitRDT)
	case l.ring && l.ringQuiet == end+1:
		if m.reg[regControl2]&bitRDI != 0 {
			m.raise(bitRDT)
		}
		if m.reg[regRingValid3]&bitRNGV != 0 {
			l.ring = false
		}
	case l.ring && l.ringQuiet > 5*pair.Rate:
		l.ring = false
	}
}

// ringTimeout is RTO in frames: how long after the last half wave a ring has ended.
func (m *Model) ringTimeout() int {
	if rto := int(m.reg[regRingValid2] >> 3 & 0x0f); rto > 0 {
		return 128 * rto * tdm.Quantum
	}
	return 80 * tdm.Quantum
}

// validPeriod applies RAS and RMX: a period lies between those of the highest and the lowest ringing frequency.
func (m *Model) validPeriod(frames int) bool {
	ras, rmx := int(m.reg[regRingValid3]&0x3f), int(m.reg[regRingValid1]&0x3f)
	const step = 2 * 2 * tdm.Quantum // a count is 2 ms of half a period
	return frames <= ras*step && frames >= (ras-rmx)*step
}

// ringBits are RDTN, RDTP and RDT of register 5. The full-wave bit is taken to shape the RGDT pin alone.
func (l *lineState) ringBits() (v uint8) {
	switch l.half {
	case 1:
		v = bitRDTP
	case -1:
		v = bitRDTN
	}
	if l.ring {
		v |= bitRDTon
	}
	return v
}

// Volts and Amps are what the line side sees.
func (m *Model) Volts() float64 { return m.line.volts }

// Amps is the loop current.
func (m *Model) Amps() float64 { return m.line.amps }

// OffHook reports whether the chip closes the loop.
func (m *Model) OffHook() bool { return m.offHook() }
