package framing

import (
	"fmt"

	"tipring/tdm"
)

// A Performance is a performance report message: the last four seconds of the far end's receiver, newest first (ANSI T1.403
// 9.4.2). Number is the newest second's, modulo 4.
type Performance struct {
	Seconds [4]tdm.FarSecond
	Number  uint8
}

// performanceLen is the length of a message without its FCS; its address, from the customer's side or the carrier's.
const (
	performanceLen = 11
	performanceTEI = 0x01
	performanceUI  = 0x03
)

// grades are the lower bounds of G1 to G6 and their places in a second's two octets.
var grades = [...]struct {
	from int
	bit  uint16
}{{1, 0x0010}, {2, 0x0004}, {6, 0x8000}, {11, 0x2000}, {101, 0x0400}, {320, 0x0100}}

// The other bits of a second.
const (
	prmLV = 0x4000
	prmSL = 0x0200
	prmFE = 0x0080
	prmSE = 0x0040
	prmLB = 0x0020
)

// Append appends the message without its FCS.
func (p Performance) Append(b []byte) []byte {
	b = append(b, 0x38, performanceTEI, performanceUI)
	for i, s := range p.Seconds {
		var v uint16
		for g := len(grades) - 1; g >= 0; g-- {
			if s.CRC >= grades[g].from {
				v |= grades[g].bit
				break
			}
		}
		for _, f := range [...]struct {
			on  bool
			bit uint16
		}{{s.LineViolation, prmLV}, {s.Slip, prmSL}, {s.FramingError, prmFE}, {s.SevereFraming, prmSE}, {s.PayloadLoop, prmLB}} {
			if f.on {
				v |= f.bit
			}
		}
		v |= uint16(p.Number-uint8(i)) & 3
		b = append(b, byte(v>>8), byte(v))
	}
	return b
}

// ParsePerformance reads a message without its FCS.
func ParsePerformance(b []byte) (p Performance, err error) {
	if len(b) != performanceLen {
		return p, fmt.Errorf("performance report: %d octets, want %d (T1.403 9.4.2)", len(b), performanceLen)
	}
	if b[0]&^0x02 != 0x38 || b[1] != performanceTEI || b[2] != performanceUI {
		return p, fmt.Errorf("performance report: address and control %x, want 380103 or 3a0103 (T1.403 9.4.2)", b[:3])
	}
	p.Number = b[4] & 3
	for i := range p.Seconds {
		v := uint16(b[3+2*i])<<8 | uint16(b[4+2*i])
		s := tdm.FarSecond{
			Valid: true, LineViolation: v&prmLV != 0, Slip: v&prmSL != 0, FramingError: v&prmFE != 0,
			SevereFraming: v&prmSE != 0, PayloadLoop: v&prmLB != 0,
		}
		for _, g := range grades {
			if v&g.bit != 0 {
				s.CRC = g.from
			}
		}
		p.Seconds[i] = s
	}
	return p, nil
}
