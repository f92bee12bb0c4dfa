package si3050

import (
	"tipring/hw/board"
	"tipring/hw/pair"
	"tipring/hw/register"
)

// A Model is an Si3050 with its line side as a board.Device: it answers on SPI, detects rings and polarity from the voltage on
// its pair, and carries speech. See the package comment for what it does not do.
type Model struct {
	Office pair.Exchange // what feeds the line; nil: nothing, or another model that drives this one as a pair.Terminal
	Pair   pair.Pair
	// Path is the echo that the line returns of what the chip sends, by samples of delay; the hybrid coefficients subtract.
	Path [8]float32
	// LinkBroken breaks the isolation link.
	LinkBroken bool

	lsid  uint8
	cid   uint8
	masks [128]register.Masks
	known [128]bool
	reset [128]uint8

	half     int64
	bus      spiState
	reg      [128]uint8
	linkUp   bool
	linkLeft int // halves until the link is up
	srLeft   int

	line lineState
}

// A spiState is where the chip is in a frame of three bytes.
type spiState struct {
	pos     int
	control uint8
	addr    uint8
}

// NewModel returns a chip fresh from reset at a position of its chain, 0 when it is alone; with small its line side is an
// Si3018, otherwise an Si3019.
func NewModel(position int, small bool) *Model {
	m := &Model{cid: chainID(position), lsid: lsidSi3019}
	if small {
		m.lsid = lsidSi3018
	}
	for _, r := range Registers {
		m.masks[r.Addr], m.known[r.Addr], m.reset[r.Addr] = r.Masks(), true, r.Reset
	}
	m.Reset()
	return m
}

// chainID is the chip's address in the control byte: the position with its four bits reversed.
func chainID(position int) uint8 {
	p := uint8(position)
	return p&1<<3 | p&2<<1 | p&4>>1 | p&8>>3
}

// Revisions that the model shows.
const (
	systemRevision = 0x05
	lineRevision   = 0x06
)

// Reset implements board.Device.
func (m *Model) Reset() {
	m.reg = m.reset
	m.reg[regRevision] = systemRevision
	m.bus = spiState{}
	m.srLeft = 0
	m.unlink()
	m.line = lineState{offFor: -1}
}

// Select implements board.Device. As on its neighbour, an edge aligns bits and not bytes.
func (m *Model) Select(bool) {}

// Shift implements board.Device.
func (m *Model) Shift(mosi uint8) (miso uint8, driven bool) {
	b := &m.bus
	switch b.pos {
	case 0:
		b.control, b.pos = mosi, 1
	case 1:
		b.addr, b.pos = mosi&0x7f, 2
	case 2:
		b.pos = 0
		if b.control&0x0f != m.cid || m.srLeft > 0 {
			break
		}
		switch b.control & 0xf0 {
		case controlRead:
			return m.read(b.addr), true
		case controlWrite:
			m.write(b.addr, mosi)
		}
	}
	return 0, false
}

// Interrupt implements board.Device.
func (m *Model) Interrupt() bool {
	return m.reg[regControl2]&bitINTE != 0 && m.reg[regIntSource]&m.reg[regIntMask] != 0
}

// raise sets an interrupt source. The mask keeps it from the pin, not from the register.
func (m *Model) raise(bit uint8) { m.reg[regIntSource] |= bit }

// lineSide are the registers that live behind the isolation link.
func lineSide(addr uint8) bool {
	switch addr {
	case regLineStatus, regLineRevision, regInternational4, regLoopCurrent, regLineVoltage:
		return true
	}
	return false
}

func (m *Model) read(addr uint8) uint8 {
	if !m.known[addr] || lineSide(addr) && !m.linkUp {
		return 0
	}
	l := &m.line
	switch addr {
	case regRevision:
		if m.linkUp {
			return m.lsid<<4 | m.reg[addr]
		}
	case regLineRevision:
		return lineRevision << 2
	case regDAA1:
		return m.reg[addr]&(bitOH|bitONHM) | l.ringBits()
	case regLineStatus:
		return bitLock | m.currentSense()
	case regLoopCurrent:
		return m.currentSense2()
	case regLineVoltage:
		return l.lvs
	case regInternational4:
		if l.dropped {
			return 0x02
		}
		return 0
	}
	return m.reg[addr]
}

func (m *Model) write(addr, v uint8) {
	if !m.known[addr] {
		return
	}
	old := m.reg[addr]
	m.reg[addr] = m.masks[addr].Written(old, v)
	switch addr {
	case regControl1:
		if v&bitSR != 0 {
			m.Reset()
			m.srLeft = resetHalves
		}
	case regDAA2:
		if v&bitPDL != 0 {
			m.unlink()
		} else if old&bitPDL != 0 {
			m.linkLeft = linkHalves
		}
	case regIntSource:
		// Receive overload and billing tone show in register 17 too; clearing one clears the other.
		if m.reg[addr]&bitROV == 0 {
			m.reg[regInternational2] &^= bitROVf
		}
		if m.reg[addr]&bitBTD == 0 {
			m.reg[regInternational2] &^= bitBTDf
		}
	case regInternational2:
		if m.reg[addr]&bitROVf == 0 {
			m.reg[regIntSource] &^= bitROV
		}
		if m.reg[addr]&bitBTDf == 0 {
			m.reg[regIntSource] &^= bitBTD
		}
	case regDAA1:
		m.hook(v&bitOH != 0)
	}
}

// How long the chip takes: after a software reset it does not answer, and the link needs a while. The drivers in the open
// wait 100 ms and up to 2 s; data sheet figures are not known.
const (
	resetHalves = 20 * 16
	linkHalves  = 40 * 16
)

func (m *Model) unlink() { m.linkUp, m.linkLeft = false, 0 }

// Step implements board.Device.
func (m *Model) Step(half int64) {
	m.half = half
	if m.srLeft > 0 {
		m.srLeft--
	}
	if m.linkUp && m.LinkBroken {
		m.unlink()
		m.raise(bitFDT)
	}
	if m.linkLeft > 0 {
		if m.linkLeft--; m.linkLeft == 0 {
			if m.LinkBroken {
				m.linkLeft = linkHalves
				return
			}
			m.linkUp = true
			m.raise(bitRDT) // a ring interrupt may fire when the link comes up
		}
	}
}

var _ board.Device = (*Model)(nil)
var _ pair.Terminal = (*Model)(nil)
