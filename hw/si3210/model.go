package si3210

import (
	"math/rand/v2"

	"tipring/hw/board"
	"tipring/hw/pair"
	"tipring/hw/register"
)

// A Model is an Si3210 (or Si3215) as a board.Device with the line circuit around it: it answers on SPI, keeps its timers on
// the board's time, and puts voltages and speech on a pair. See the package comment for what it does not do.
type Model struct {
	Terminal pair.Terminal // what hangs on tip and ring; nil: nothing
	Pair     pair.Pair
	// LeakyBattery makes the DC-DC converter lose its charge fast, as a defective module does.
	LeakyBattery bool

	small bool
	masks [128]register.Masks
	known [128]bool
	reset [128]uint8
	rng   *rand.Rand

	half int64
	bus  spiState
	reg  [128]uint8
	ind  [256]uint16

	indWrite bool // IDA was written since the last access
	indDue   bool

	calLeft   int // halves
	dcCalLeft int

	line lineState
}

// A spiState is where the chip is in a frame of two bytes, or of three with the select byte of a daisy chain.
type spiState struct {
	selected bool
	pos      int
	mine     bool // the select byte of this frame names the chip
	cmd      uint8
}

// NewModel returns a chip fresh from reset; small makes it an Si3215.
func NewModel(small bool) *Model {
	m := &Model{small: small, rng: rand.New(rand.NewPCG(3210, 0))}
	for _, r := range table(small) {
		m.masks[r.Addr], m.known[r.Addr], m.reset[r.Addr] = r.Masks(), true, r.Reset
	}
	m.Reset()
	return m
}

// What the model says it is: an Si3210 of revision E, as the drivers in the open print it.
const revision = 0x05

// Reset implements board.Device.
func (m *Model) Reset() {
	m.reg = m.reset
	m.reg[regSPIMode] = revision
	m.reg[regPCMMode] &^= bitPNI2
	if m.small {
		m.reg[regPCMMode] |= bitPNI2
	}
	for i := range m.ind {
		m.ind[i] = uint16(m.rng.Uint32()) // undefined after reset
	}
	m.bus = spiState{}
	m.indWrite, m.indDue, m.calLeft, m.dcCalLeft = false, false, 0, 0
	m.line = lineState{vbat: m.line.vbat, state: m.line.state, ringer: m.line.ringer}
	m.retune()
}

// Select implements board.Device. An edge does not change where the chip is in a frame: only the bits within a byte are
// aligned anew (data sheet section 2.10), so a host that lost a byte has to send one more.
func (m *Model) Select(on bool) { m.bus.selected = on }

// Shift implements board.Device.
func (m *Model) Shift(mosi uint8) (miso uint8, driven bool) {
	b := &m.bus
	if m.reg[regSPIMode]&bitSPIDC != 0 && b.pos == 0 {
		b.mine, b.pos = mosi&1 != 0, 1
		return 0, false
	}
	if b.pos < 2 {
		if m.reg[regSPIMode]&bitSPIDC == 0 {
			b.mine = true
		}
		b.cmd, b.pos = mosi, 2
		return 0, false
	}
	b.pos = 0
	if !b.mine {
		return 0, false
	}
	if b.cmd&0x80 != 0 {
		return m.read(b.cmd & 0x7f), true
	}
	m.write(b.cmd, mosi)
	return 0, false
}

// Interrupt implements board.Device.
func (m *Model) Interrupt() bool {
	return m.reg[regIntStatus1]|m.reg[regIntStatus2]|m.reg[regIntStatus3] != 0
}

// raise sets a status bit if it is enabled.
func (m *Model) raise(status int, bit uint8) {
	m.reg[status] |= bit & m.reg[status+regIntEnable1-regIntStatus1] & m.masks[status].OneClears
}

func (m *Model) read(addr uint8) uint8 {
	if !m.known[addr] {
		return 0
	}
	switch addr {
	case regLinefeed:
		return m.reg[addr]&maskLF | m.line.shadow()<<4
	case regRingOsc:
		v := m.reg[addr] &^ (bitRSS | bitROE)
		if m.lf() == lfRinging {
			v |= bitROE
			if m.line.ringOn {
				v |= bitRSS
			}
		}
		return v
	case regMeterOsc:
		if m.line.meterOn {
			return m.reg[addr] | bitPSTAT
		}
	case regIndirectStatus:
		if m.indDue {
			return bitIAS
		}
		return 0
	case regCalibrate1:
		if m.calLeft > 0 {
			return m.reg[addr] | bitCAL
		}
	}
	if v, ok := m.sense(addr); ok {
		return v
	}
	return m.reg[addr]
}

func (m *Model) write(addr, v uint8) {
	if !m.known[addr] {
		return
	}
	m.reg[addr] = m.masks[addr].Written(m.reg[addr], v)
	switch addr {
	case regIndirectLow, regIndirectHigh:
		m.indWrite = true
	case regIndirectAddr:
		m.indDue = true
	case regLinefeed:
		m.setLF(v & maskLF)
	case regRingOsc:
		m.retune()
	case regMeterOsc:
		m.startMeter()
	case regCalibrate1:
		if v&bitCAL != 0 {
			m.calLeft = calHalves
		}
	case regDCDelay:
		if v&bitDCCAL != 0 {
			m.dcCalLeft = dcCalHalves
		}
	case regDCPeriod:
		m.reg[addr] |= 0x40 // bit 6 is fixed
	}
}

// How long the calibrations take. The drivers in the open wait 0.6 s and 2 s at most; a data sheet figure is not known.
const (
	calHalves   = 150 * 16
	dcCalHalves = 25 * 16
)

// Step implements board.Device.
func (m *Model) Step(half int64) {
	m.half = half
	if m.indDue {
		m.serveIndirect()
	}
	if m.calLeft > 0 {
		if m.calLeft--; m.calLeft == 0 {
			m.calibrated()
		}
	}
	if m.dcCalLeft > 0 {
		if m.dcCalLeft--; m.dcCalLeft == 0 {
			m.reg[regDCDelay] &^= bitDCCAL
			m.reg[regCalPeak] = 6
		}
	}
	if half%debounceHalf == 0 {
		m.monitor()
	}
}

// serveIndirect does the access that IAA asked for.
func (m *Model) serveIndirect() {
	m.indDue = false
	addr := m.reg[regIndirectAddr]
	if m.indWrite {
		m.ind[addr] = uint16(m.reg[regIndirectHigh])<<8 | uint16(m.reg[regIndirectLow])
		m.indWrite = false
		m.retune()
	} else {
		m.reg[regIndirectHigh], m.reg[regIndirectLow] = uint8(m.ind[addr]>>8), uint8(m.ind[addr])
	}
	m.raise(regIntStatus3, bitIND)
}

// indirect returns an indirect register by its address in the Si3210; 0 where the Si3215 has none.
func (m *Model) indirect(addr uint8) uint16 {
	if at, ok := indirect(addr).at(m.small); ok {
		return m.ind[at]
	}
	return 0
}

// calibrated ends a calibration. With the converter off or the line in use the results are out of range, as on the chip.
func (m *Model) calibrated() {
	good := m.lf() == lfOpen && m.line.vbat > 20
	results := [...]uint8{regCalRing: 0x0c, regCalTip: 0x0b, regCalDifferential: 0x11, regCalCommon: 0x11, regCalLimit: 8, regCalMonitor: 0x88, regCalOffsets: 0, regCalDAC: 0, regCalBalance: 0x20}
	for addr := regCalRing; addr <= regCalBalance; addr++ {
		if m.known[addr] {
			m.reg[addr] = results[addr]
			if !good {
				m.reg[addr] = m.masks[addr].Write
			}
		}
	}
	if !good {
		m.raise(regIntStatus3, bitCMC)
	}
	m.reg[regCalibrate1], m.reg[regCalibrate2] = 0, 0
}

var _ board.Device = (*Model)(nil)
