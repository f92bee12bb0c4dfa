package ds26522

import (
	"fmt"
	"time"

	"tipring/tdm"
)

// A Bus is a full-duplex SPI connection: w goes out while r comes in, of equal length.
type Bus interface {
	Tx(w, r []byte) error
}

// A Port is how one line of the chip is used. HDB3, B8ZS or AMI; the signalling bits are not touched.
type Port struct {
	Framing  tdm.Framing
	LineCode tdm.LineCode
	Ohm120   bool // an E1 on a symmetric pair, not on 75 ohm coaxial cable
}

// Config describes a chip.
type Config struct {
	Bus   Bus
	Ports []Port // all of one rate
	// Sleep waits for at least the time; the chip needs it after a reset.
	Sleep func(time.Duration)
}

// A Chip is a brought-up chip.
type Chip struct {
	cfg  Config
	w, r [3]byte
}

// ids are the numbers in bits 7 to 3 of IDR and how many ports they stand for.
var ids = map[uint8]int{0x0e: 1, 0x0d: 2, 0x0c: 4, 0x0b: 8}

const (
	resetTime   = time.Millisecond // at least 100 µs
	readFlag    = 0x80
	addressBits = 14
)

// New returns a Chip that has not been touched. Start brings it up.
func New(cfg Config) (*Chip, error) {
	if len(cfg.Ports) == 0 {
		return nil, fmt.Errorf("ds26522: no ports")
	}
	for i, p := range cfg.Ports {
		switch {
		case p.Framing > tdm.J1SF:
			return nil, fmt.Errorf("ds26522 port %d: framing %d is not known", i, p.Framing)
		case p.Framing.E1() != cfg.Ports[0].Framing.E1():
			return nil, fmt.Errorf("ds26522 port %d: %v beside %v: one clock serves all ports", i, p.Framing, cfg.Ports[0].Framing)
		case p.LineCode > tdm.AMI, p.Framing.E1() && p.LineCode == tdm.B8ZS, !p.Framing.E1() && p.LineCode == tdm.HDB3:
			return nil, fmt.Errorf("ds26522 port %d: %v does not go with %v", i, p.LineCode, p.Framing)
		}
	}
	return &Chip{cfg: cfg}, nil
}

// transfer is 24 bits: read flag and the high seven bits of the address, the low seven and the burst flag, data.
func (c *Chip) transfer(read bool, addr uint16, data uint8) (uint8, error) {
	c.w = [3]byte{byte(addr >> 7), byte(addr << 1), data}
	if read {
		c.w[0] |= readFlag
	}
	if err := c.cfg.Bus.Tx(c.w[:], c.r[:]); err != nil {
		return 0, fmt.Errorf("ds26522: register %#03x: %w", addr, err)
	}
	return c.r[2], nil
}

func address(port int, reg uint16) uint16 {
	for _, b := range banks {
		if reg >= b.first && reg <= b.last {
			return reg + uint16(port)*b.stride
		}
	}
	return reg
}

func (c *Chip) read(port int, reg uint16) (uint8, error) {
	return c.transfer(true, address(port, reg), 0)
}

// A write is a register and what goes into it.
type write struct {
	reg  uint16
	data uint8
}

func (c *Chip) write(port int, ws ...write) error {
	for _, w := range ws {
		if _, err := c.transfer(false, address(port, w.reg), w.data); err != nil {
			return err
		}
	}
	return nil
}

// pick returns bits, or nothing.
func pick(on bool, bits uint8) uint8 {
	if on {
		return bits
	}
	return 0
}

// Start brings the chip up: clocks, resets, registers to zero, mode, framing, backplane, line interface, transmitters last.
func (c *Chip) Start() error {
	id, err := c.read(0, regIDR)
	if err != nil {
		return err
	}
	ports, known := ids[id>>3]
	if !known {
		return fmt.Errorf("ds26522: IDR reads %#02x, which is no chip of the family: check wiring, chip select and bit order", id)
	}
	if len(c.cfg.Ports) > ports {
		return fmt.Errorf("ds26522: %d ports configured, the chip has %d", len(c.cfg.Ports), ports)
	}
	t1 := !c.cfg.Ports[0].Framing.E1()
	all := uint8(1<<ports - 1)
	if err := c.write(0, write{regGTCCR, refClockIn | pick(t1, clock1544)}, write{regGTCR2, 0}, write{regGFCR, 0}, write{regGTCR1, 0},
		write{regGLSRR, all}, write{regGFSRR, all}); err != nil {
		return err
	}
	c.cfg.Sleep(resetTime)
	if err := c.write(0, write{regGLSRR, 0}, write{regGFSRR, 0}); err != nil {
		return err
	}
	for i, p := range c.cfg.Ports {
		if err := c.startPort(i, p); err != nil {
			return fmt.Errorf("port %d: %w", i, err)
		}
	}
	for i := range c.cfg.Ports {
		if err := c.write(i, write{regLMCR, lmcrTE}); err != nil {
			return fmt.Errorf("port %d: %w", i, err)
		}
	}
	return nil
}

func (c *Chip) startPort(i int, p Port) error {
	if err := c.write(i, write{regRMMR, sftRST}, write{regTMMR, sftRST}); err != nil {
		return err
	}
	c.cfg.Sleep(resetTime)
	for _, b := range []Bank{Receive, Transmit, LIU, BERT} {
		for reg := banks[b].first; reg <= banks[b].last; reg++ {
			if err := c.write(i, write{reg, 0}); err != nil {
				return err
			}
		}
	}
	e1 := p.Framing.E1()
	mode := pick(e1, modeE1)
	japan := p.Framing.Japanese()
	d4 := p.Framing == tdm.T1SF || p.Framing == tdm.J1SF
	coded := p.LineCode != tdm.AMI
	var framing []write
	if e1 {
		crc := p.Framing == tdm.E1CRC4
		framing = []write{
			{regRCR1, rcr1CCS | pick(coded, rcr1HDB3) | pick(crc, rcr1CRC4)},
			{regTCR1, pick(coded, tcr1HDB3) | pick(crc, tcr1CRC4)},
			{regTCR2, tcr2ARA | pick(crc, tcr2AEBE)}, {regTCR3, 0},
		}
	} else {
		framing = []write{
			{regRCR1, pick(coded, rcr1B8ZS) | pick(d4, rcr1D4) | pick(japan, rcr1Japan)},
			{regTCR1, pick(coded, tcr1B8ZS) | pick(japan, tcr1J)},
			{regTCR2, 0}, {regTCR3, pick(d4, tcr3D4)},
		}
	}
	impedance := pick(e1 && p.Ohm120, 0x31) | pick(!e1, 0x10) // 120 ohm, 100 ohm, else 75 ohm
	steps := []write{{regRMMR, mode}, {regTMMR, mode}, {regRMMR, mode | frmEN}, {regTMMR, mode | frmEN}}
	steps = append(steps, framing...)
	steps = append(steps, write{regRIOCR, backplane2048}, write{regTIOCR, backplane2048}, write{regRESCR, elastic}, write{regTESCR, elastic})
	if e1 {
		steps = append(steps, write{regE1TAF, tafWord}, write{regE1TNAF, tnafWord})
	}
	steps = append(steps,
		write{regRMMR, mode | frmEN | initDone}, write{regTMMR, mode | frmEN | initDone},
		write{regLTRCR, pick(!e1, ltrcrT1)}, write{regLTITSR, impedance}, write{regLRISMR, impedance & 0x30}, write{regERCNT, 0})
	return c.write(i, steps...)
}

// Defects reads the alarms of a port as they are now.
func (c *Chip) Defects(port int) (tdm.Alarms, error) {
	v, err := c.read(port, regRRTS1)
	switch {
	case err != nil:
		return 0, err
	case v&rtsLOS != 0:
		return tdm.LOS, nil
	case v&rtsAIS != 0:
		return tdm.AIS, nil
	case v&rtsLOF != 0:
		return tdm.LOF, nil
	case v&rtsRAI != 0:
		return tdm.RAI, nil
	}
	return 0, nil
}

// Second returns the counts of the last second. It is not ok when that was read already: the chip latches its counters once a
// second and says so.
func (c *Chip) Second(port int) (s tdm.SpanCounts, ok bool, err error) {
	latched, err := c.read(port, regRLS4)
	if err != nil || latched&rls4Second == 0 {
		return s, false, err
	}
	if err := c.write(port, write{regRLS4, latched & (rls4Second | rls4Slip)}); err != nil {
		return s, false, err
	}
	far := uint64(0)
	for _, r := range []struct {
		reg uint16
		to  *uint64
	}{{regLCVCR, &s.LineCodeViolations}, {regPCVCR, &s.PathViolations}, {regFOSCR, &s.FramingErrors}, {regEBCR, &far}} {
		hi, err := c.read(port, r.reg)
		if err != nil {
			return s, false, err
		}
		lo, err := c.read(port, r.reg+1)
		if err != nil {
			return s, false, err
		}
		*r.to = uint64(hi)<<8 | uint64(lo)
	}
	if c.cfg.Ports[port].Framing == tdm.E1CRC4 {
		s.FarEndBlocks = far
	}
	return s, true, nil
}

// modify changes bits of a register.
func (c *Chip) modify(port int, reg uint16, clear, set uint8) error {
	v, err := c.read(port, reg)
	if err != nil {
		return err
	}
	return c.write(port, write{reg, v&^clear | set})
}

// Control makes a loop, AIS or a remote alarm. It returns an error for what the driver cannot do.
func (c *Chip) Control(port int, cmd tdm.SpanCommand) error {
	if port < 0 || port >= len(c.cfg.Ports) {
		return fmt.Errorf("ds26522: port %d is not configured", port)
	}
	switch cmd.Op {
	case tdm.SpanSetLoop:
		framer := pick(cmd.Loop == tdm.LoopPayload, rcr3PLB) | pick(cmd.Loop == tdm.LoopLocal, rcr3FLB)
		if err := c.modify(port, regRCR3, rcr3PLB|rcr3FLB, framer); err != nil {
			return err
		}
		return c.modify(port, regLMCR, lmcrRLB, pick(cmd.Loop == tdm.LoopLine, lmcrRLB))
	case tdm.SpanSetAIS:
		return c.modify(port, regTCR1, tcr1AIS, pick(cmd.On, tcr1AIS))
	case tdm.SpanSetRAI:
		if c.cfg.Ports[port].Framing.E1() {
			return c.modify(port, regE1TNAF, tnafA, pick(cmd.On, tnafA))
		}
		return c.modify(port, regTCR1, tcr1RAI, pick(cmd.On, tcr1RAI))
	}
	return fmt.Errorf("ds26522 port %d: command %d is not supported by this driver", port, cmd.Op)
}
