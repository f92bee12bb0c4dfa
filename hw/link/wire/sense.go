package wire

import "math/bits"

// Test is what SENSE does with a value it has read.
type Test uint8

// Tests.
const (
	TestBits Test = iota
	TestMagnitude
	TestAtLeast
)

// MaxSense is the most entries of a Sense.
const MaxSense = 4

// A Probe is one entry of a Sense: a transaction whose last octet received is tested.
type Probe struct {
	Device uint8
	Flags  uint8
	N      uint8 // octets of Data
	Data   [4]byte
	Test   Test
	Mask   uint8
	Arg    uint8
}

// Eval returns what a value read adds to the slot's signalling octet.
func (p Probe) Eval(v uint8) uint8 {
	switch p.Test {
	case TestMagnitude:
		if m := int(int8(v)); max(m, -m) >= int(p.Arg) {
			return p.Mask
		}
	case TestAtLeast:
		if v&0x7f >= p.Arg {
			return p.Mask
		}
	case TestBits:
		return bits.RotateLeft8(v&p.Mask, int(p.Arg&7))
	}
	return 0
}

// Sense says how a slot's signalling octet is made.
type Sense struct {
	Slot   uint8
	N      uint8
	Probes [MaxSense]Probe
}

// Append appends the body to b.
func (s Sense) Append(b []byte) []byte {
	b = append(b, s.Slot, s.N)
	for _, p := range s.Probes[:s.N] {
		b = append(append(b, p.Device, p.Flags, p.N), p.Data[:]...)
		b = append(b, byte(p.Test), p.Mask, p.Arg)
	}
	return b
}

// Parse reads a body.
func (s *Sense) Parse(body []byte) error {
	r := reader{b: body}
	*s = Sense{Slot: r.u8(), N: r.u8()}
	ok := s.N <= MaxSense
	for i := 0; i < int(s.N) && ok; i++ {
		p := &s.Probes[i]
		p.Device, p.Flags, p.N = r.u8(), r.u8(), r.u8()
		copy(p.Data[:], r.take(len(p.Data)))
		p.Test, p.Mask, p.Arg = Test(r.u8()), r.u8(), r.u8()
		ok = p.Flags <= BytewiseCS && p.N >= 1 && p.N <= 4 && p.Test <= TestAtLeast
	}
	return r.err(ok && s.Slot < 64)
}

// MaxDrive is the most values of a Drive.
const MaxDrive = 8

// A Drive says what is written to a slot's chip for each value of its signalling octet.
type Drive struct {
	Slot   uint8
	Device uint8
	Flags  uint8
	N      uint8 // values
	Lost   uint8 // value for when the host is lost
	Now    uint8 // value that holds already
	Values [MaxDrive]Write
}

// A Write is up to eight octets for a chip.
type Write struct {
	N    uint8
	Data [8]byte
}

// Append appends the body to b.
func (d Drive) Append(b []byte) []byte {
	b = append(b, d.Slot, d.Device, d.Flags, d.N, d.Lost, d.Now)
	for _, w := range d.Values[:d.N] {
		b = append(append(b, w.N), w.Data[:]...)
	}
	return b
}

// Parse reads a body.
func (d *Drive) Parse(body []byte) error {
	r := reader{b: body}
	*d = Drive{Slot: r.u8(), Device: r.u8(), Flags: r.u8(), N: r.u8(), Lost: r.u8(), Now: r.u8()}
	ok := d.N <= MaxDrive && d.Flags <= BytewiseCS && (d.N == 0 || d.Lost < d.N && d.Now < d.N)
	for i := 0; i < int(d.N) && ok; i++ {
		w := &d.Values[i]
		w.N = r.u8()
		copy(w.Data[:], r.take(len(w.Data)))
		ok = w.N <= 8 && (d.Flags&BytewiseCS != 0 || w.N%3 == 0)
	}
	return r.err(ok && d.Slot < 64)
}
