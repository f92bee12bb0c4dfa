package ds26522

import "tipring/tdm"

// A Model is a chip behind a Bus: registers with their kinds of access, resets, latches, and lines whose alarms and counts the
// caller sets. What a real chip would not forgive is kept in Faults.
type Model struct {
	Faults []string
	regs   [1 << addressBits]uint8
	reset  bool // the global reset has been given and ended
	lines  [8]modelLine
	access map[uint16]Access // of the registers of port 0
	ports  int
}

type modelLine struct {
	alarms tdm.Alarms
	seen   uint8
	counts [4]uint16
}

// NewModel returns a chip of that many ports: 1, 2, 4 or 8.
func NewModel(ports int) *Model {
	m := &Model{access: map[uint16]Access{}, ports: ports}
	for _, r := range Table {
		m.access[r.Addr] = r.Access
	}
	for id, n := range ids {
		if n == ports {
			m.regs[regIDR] = id<<3 | 1
		}
	}
	return m
}

// Tx carries one transfer.
func (m *Model) Tx(w, r []byte) error {
	addr := uint16(w[0]&^readFlag)<<7 | uint16(w[1]>>1)
	if w[0]&readFlag != 0 {
		r[2] = m.load(addr)
		return nil
	}
	m.store(addr, w[2])
	return nil
}

// split finds the port and the register of port 0 of an address.
func split(addr uint16) (port int, reg uint16) {
	switch {
	case addr >= 0x1100:
		return int(addr-0x1100) / 0x10, 0x1100 + (addr-0x1100)%0x10
	case addr >= 0x1000:
		return int(addr-0x1000) / 0x20, 0x1000 + (addr-0x1000)%0x20
	}
	return int(addr / 0x200), addr % 0x200
}

func (m *Model) load(addr uint16) uint8 {
	port, reg := split(addr)
	if reg == regRRTS1 && port < m.ports {
		return m.status(port)
	}
	return m.regs[addr]
}

// status is RRTS1: a framer that is not set up sees neither signal nor frames.
func (m *Model) status(port int) (v uint8) {
	mode := m.regs[address(port, regRMMR)]
	if mode&(frmEN|initDone) != frmEN|initDone {
		return rtsLOS | rtsLOF
	}
	for _, x := range []struct {
		a   tdm.Alarms
		bit uint8
	}{{tdm.LOS, rtsLOS | rtsLOF}, {tdm.AIS, rtsAIS | rtsLOF}, {tdm.LOF, rtsLOF}, {tdm.RAI, rtsRAI}} {
		if m.lines[port].alarms&x.a != 0 {
			v |= x.bit
		}
	}
	return v
}

func (m *Model) fault(what string) { m.Faults = append(m.Faults, what) }

func (m *Model) store(addr uint16, v uint8) {
	port, reg := split(addr)
	if reg >= banks[Global].first && reg <= banks[Global].last {
		switch {
		case port != 0:
			m.fault("a global register of another port")
		case reg == regGFSRR && m.regs[addr] != 0 && v == 0:
			m.reset = true
		}
	} else if !m.reset {
		m.fault("a port's register before the global reset has ended")
	} else if port >= m.ports {
		m.fault("a port that the chip does not have")
	}
	switch reg {
	case regRCR1, regTCR3:
		if m.regs[address(port, regRMMR)]&initDone != 0 {
			m.fault("framing is changed after INIT_DONE")
		}
	case regRMMR, regTMMR:
		if v&initDone != 0 && v&frmEN == 0 {
			m.fault("INIT_DONE of a framer that is not enabled")
		}
	case regLMCR:
		if v&lmcrTE != 0 && m.regs[address(port, regTMMR)]&initDone == 0 {
			m.fault("the transmitter is on before the framer is set up")
		}
	}
	switch m.access[reg] {
	case ReadOnly:
	case Latched:
		m.regs[addr] &^= v
	default:
		m.regs[addr] = v
	}
	if reg == regRMMR {
		m.notice(port)
	}
}

// Line sets what a port receives: alarms at once, and what its counters show at the end of the next Second.
func (m *Model) Line(port int, alarms tdm.Alarms, counts tdm.SpanCounts) {
	l := &m.lines[port]
	l.alarms = alarms
	for i, n := range []uint64{counts.LineCodeViolations, counts.PathViolations, counts.FramingErrors, counts.FarEndBlocks} {
		l.counts[i] = uint16(min(n, 0xffff))
	}
	m.notice(port)
}

// notice latches changes of the alarms into RLS1: set in the low nibble, cleared in the high one.
func (m *Model) notice(port int) {
	now := m.status(port)
	was := m.lines[port].seen
	m.lines[port].seen = now
	m.regs[address(port, regRLS1)] |= now&^was | (was&^now)<<4
}

// Second ends a second: the counters are latched.
func (m *Model) Second() {
	for p := range m.ports {
		for i, n := range m.lines[p].counts {
			at := address(p, regLCVCR) + uint16(2*i)
			m.regs[at], m.regs[at+1] = uint8(n>>8), uint8(n)
		}
		m.lines[p].counts = [4]uint16{}
		m.regs[address(p, regRLS4)] |= rls4Second
	}
}

// Reg returns a register of a port as it stands.
func (m *Model) Reg(port int, name string) uint8 {
	for _, r := range Table {
		if r.Name == name {
			return m.load(address(port, r.Addr))
		}
	}
	return 0
}

// Transmits reports whether a port's line driver is on.
func (m *Model) Transmits(port int) bool { return m.regs[address(port, regLMCR)]&lmcrTE != 0 }
