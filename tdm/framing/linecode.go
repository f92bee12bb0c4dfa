package framing

import (
	"math/bits"

	"tipring/tdm"
)

// Pulses are the symbols of a line, eight to an octet, first highest: a bit in Plus or in Minus is a pulse, in neither none.
type Pulses struct {
	Plus, Minus []byte
}

// NewPulses returns room for the symbols of n octets.
func NewPulses(n int) Pulses { return Pulses{make([]byte, n), make([]byte, n)} }

// Cut returns the first n octets.
func (p Pulses) Cut(n int) Pulses { return Pulses{p.Plus[:n], p.Minus[:n]} }

// A Coder makes pulses of bits. Without a line code (tdm.NRZ) the positive ones are the bits, and nothing is late.
type Coder struct {
	code        tdm.LineCode
	plus, minus uint32 // the last symbols, newest lowest
	positive    bool   // polarity of the last pulse
	zeros       int
	odd         bool // number of pulses since the last violation (HDB3)
}

// NewCoder returns a Coder whose first pulse is positive.
func NewCoder(c tdm.LineCode) *Coder { return &Coder{code: c} }

// codeDelay is the number of symbols by which a Coder, and by as many a Decoder, is late: a substitution reaches so far
// back. One octet keeps the octets of the line whole.
const codeDelay = 8

// Encode turns the bits of line into as many pulses, codeDelay symbols later.
func (c *Coder) Encode(out Pulses, line []byte) {
	limit := 4
	switch c.code {
	case tdm.NRZ:
		copy(out.Plus, line)
		clear(out.Minus)
		return
	case tdm.B8ZS:
		limit = 8
	case tdm.AMI:
		limit = 1 << 30
	}
	for i, o := range line {
		if s := &shapes[o]; c.zeros+int(s.lead) < limit && int(s.inner) < limit && int(s.trail) < limit {
			c.octet(o, s)
		} else {
			for b := 7; b >= 0; b-- {
				c.bit(o >> b & 1)
			}
		}
		out.Plus[i], out.Minus[i] = byte(c.plus>>codeDelay), byte(c.minus>>codeDelay)
	}
}

// A shape is what coding needs to know of eight bits.
type shape struct {
	first              uint8 // every second one, from the first on
	lead, inner, trail uint8 // zeros before the first one, in the longest run, after the last one
	odd                bool  // the number of ones
}

var shapes = func() (t [256]shape) {
	for o := range t {
		s, run, take := &t[o], uint8(0), true
		s.lead, s.trail = uint8(bits.LeadingZeros8(uint8(o))), uint8(bits.TrailingZeros8(uint8(o)))
		s.odd = bits.OnesCount(uint(o))&1 != 0
		for b := 7; b >= 0; b-- {
			if o>>b&1 == 0 {
				run++
				s.inner = max(s.inner, run)
				continue
			}
			if run = 0; take {
				s.first |= 1 << b
			}
			take = !take
		}
	}
	return t
}()

// octet codes eight bits in which nothing has to be substituted.
func (c *Coder) octet(o uint8, s *shape) {
	first, second := uint32(s.first), uint32(o^s.first)
	if c.positive {
		first, second = second, first
	}
	c.plus, c.minus = c.plus<<8|first, c.minus<<8|second
	if o == 0 {
		c.zeros += 8
		return
	}
	c.zeros = int(s.trail)
	c.positive, c.odd = c.positive != s.odd, c.odd != s.odd
}

func (c *Coder) bit(b uint8) {
	c.plus, c.minus = c.plus<<1, c.minus<<1
	if b != 0 {
		c.positive = !c.positive
		c.pulse(0, c.positive)
		c.zeros, c.odd = 0, !c.odd
		return
	}
	c.zeros++
	switch {
	case c.code == tdm.HDB3 && c.zeros == 4:
		// 000V after an odd number of pulses, B00V after an even one, so that violations alternate.
		if !c.odd {
			c.positive = !c.positive
			c.pulse(3, c.positive)
		}
		c.pulse(0, c.positive)
		c.zeros, c.odd = 0, false
	case c.code == tdm.B8ZS && c.zeros == 8:
		// 000VB0VB
		c.pulse(4, c.positive)
		c.pulse(3, !c.positive)
		c.pulse(1, !c.positive)
		c.pulse(0, c.positive)
		c.zeros = 0
	}
}

func (c *Coder) pulse(back uint, positive bool) {
	if positive {
		c.plus |= 1 << back
	} else {
		c.minus |= 1 << back
	}
}

// A Decoder makes bits of pulses.
type Decoder struct {
	code       tdm.LineCode
	marks      uint32 // the last bits, newest lowest
	plus       uint32 // the last symbols
	minus      uint32
	last       int8   // polarity of the last pulse, 0 before the first
	violation  int8   // polarity of the last violation that stood for zeros (HDB3)
	counted    uint32 // which of the last symbols were counted as violations (B8ZS)
	violations uint64
}

// NewDecoder returns a Decoder.
func NewDecoder(c tdm.LineCode) *Decoder { return &Decoder{code: c} }

// Violations is the number of pulses against the rule of the code: bipolar violations that are no part of a substitution,
// and with HDB3 two violations of the same polarity in succession (ITU-T O.161).
func (d *Decoder) Violations() uint64 { return d.violations }

// Decode turns pulses into the bits of line, codeDelay symbols later.
func (d *Decoder) Decode(line []byte, in Pulses) {
	if d.code == tdm.NRZ {
		copy(line, in.Plus)
		return
	}
	for i := range line {
		plus, minus := in.Plus[i], in.Minus[i]
		marks := plus | minus
		if first := shapes[marks].first; d.counted&0xff == 0 && plus&minus == 0 &&
			(d.last < 0 && plus == first || d.last > 0 && minus == first) {
			// Polarities alternate: there is no violation and no end of a substitution.
			d.plus, d.minus = d.plus<<8|uint32(plus), d.minus<<8|uint32(minus)
			d.marks, d.counted = d.marks<<8|uint32(marks), d.counted<<8
			if shapes[marks].odd {
				d.last = -d.last
			}
			line[i] = byte(d.marks >> codeDelay)
			continue
		}
		for b := 7; b >= 0; b-- {
			p, m := plus>>b&1, minus>>b&1
			d.plus, d.minus = d.plus<<1|uint32(p), d.minus<<1|uint32(m)
			d.marks, d.counted = d.marks<<1|uint32(p|m), d.counted<<1
			switch {
			case p == m:
				// No pulse; both at once cannot be.
			case p != 0:
				d.pulse(1)
			default:
				d.pulse(-1)
			}
		}
		line[i] = byte(d.marks >> codeDelay)
	}
}

// b8zs are the symbols of a substitution after a positive pulse: 000+-0-+.
const b8zsPlus, b8zsMinus = 0b00010001, 0b00001010

func (d *Decoder) pulse(polarity int8) {
	bipolar := polarity != d.last
	d.last = polarity
	switch d.code {
	case tdm.HDB3:
		if bipolar {
			return
		}
		if d.marks>>1&3 != 0 {
			d.violations++
			return
		}
		if d.violation == polarity {
			d.violations++
		}
		d.violation = polarity
		d.marks &^= 0b1001
	case tdm.B8ZS:
		// The polarities alternate at the end of a substitution; it is known by its whole.
		p, m := d.plus&0xff, d.minus&0xff
		if p == b8zsPlus && m == b8zsMinus || m == b8zsPlus && p == b8zsMinus {
			d.marks &^= 0xff
			d.violations -= uint64(bits.OnesCount8(uint8(d.counted)))
			d.counted &^= 0xff
			return
		}
		if !bipolar {
			d.violations++
			d.counted |= 1
		}
	default:
		if !bipolar {
			d.violations++
		}
	}
}
