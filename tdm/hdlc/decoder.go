package hdlc

import "tipring/tdm"

// Counters of a Decoder.
type Counters struct {
	Frames     uint64 // handed on
	Octets     uint64 // in those
	BadFCS     uint64
	Aborts     uint64 // seven ones within a frame
	Misaligned uint64 // not a whole number of octets between two flags
	TooShort   uint64 // no octet beside the FCS
	TooLong    uint64 // more than MaxFrame
}

// A run is the number of ones since the last zero: 7 stands for seven and more, an abort or idle marks.
const runs = 8

type event uint8

const (
	none  event = iota
	flag        // a flag ended
	abort       // the seventh one
	many        // two events in one octet: take it bit by bit
)

// A step is what one line octet does after a run: bits before the event, the event, bits after it. Bits are least
// significant first, as HDLC fills octets.
type step struct {
	before, after   uint8
	nBefore, nAfter uint8
	event           event
	run             uint8
}

var steps = func() (t [runs][256]step) {
	for run := range t {
		for octet := range t[run] {
			t[run][octet] = makeStep(uint8(run), uint8(octet))
		}
	}
	return t
}()

func makeStep(run, octet uint8) (s step) {
	s.run = run
	for i := 7; i >= 0; i-- {
		bit, e, data := nextBit(&s.run, octet>>i&1)
		if e != none {
			if s.event != none {
				return step{event: many}
			}
			s.event = e
		}
		switch {
		case !data:
		case s.event == none:
			s.before |= bit << s.nBefore
			s.nBefore++
		default:
			s.after |= bit << s.nAfter
			s.nAfter++
		}
	}
	return s
}

// nextBit advances the run by one line bit. data says that bit is a bit of a frame; the first seven bits of the flag
// that ends a frame count as such, and are taken off there.
func nextBit(run *uint8, bit uint8) (_ uint8, e event, data bool) {
	r := *run
	if bit == 0 {
		*run = 0
		switch r {
		case 5:
			return 0, none, false // inserted zero, Q.921 §2.6
		case 6:
			return 0, flag, false
		case 7:
			return 0, none, false // end of marks: no frame is open
		}
		return 0, none, true
	}
	switch r {
	case 6:
		*run = 7
		return 1, abort, false
	case 7:
		return 1, none, false
	}
	*run = r + 1
	return 1, none, true
}

// A Decoder takes frames out of a stream of octets. It has one owner.
type Decoder struct {
	deliver  func(frame []byte)
	buf      []byte
	n        int
	acc      uint16
	nAcc     uint8
	run      uint8
	open     bool // a flag was seen and no abort since
	fcs      uint16
	counters Counters

	mask   uint8
	rate   int
	part   uint16 // bits of a subrate channel that do not make an octet yet
	nPart  int
	gather [256]uint8
}

// NewDecoder returns a Decoder that calls deliver with each good frame, without its FCS. The octets are valid until
// deliver returns; deliver must not call the Decoder. It panics on a configuration that Validate refuses.
func NewDecoder(c Config, deliver func(frame []byte)) *Decoder {
	if err := c.Validate(); err != nil {
		panic(err)
	}
	c = c.resolved()
	d := &Decoder{deliver: deliver, buf: make([]byte, c.MaxFrame+2), mask: c.Mask, rate: c.rate(), run: 7}
	for i := range d.gather {
		d.gather[i] = gather(c.Mask, uint8(i))
	}
	return d
}

// Counters returns what has been counted so far.
func (d *Decoder) Counters() Counters { return d.counters }

// Write takes octets of the channel in line order.
func (d *Decoder) Write(octets []byte) {
	for _, o := range octets {
		d.slot(o)
	}
}

// WriteBlock takes the channel that is made of slots, in line order, out of a received block.
func (d *Decoder) WriteBlock(b tdm.Block, slots []int) {
	for i := range b.N {
		for _, s := range slots {
			d.slot(b.Data[s*b.N+i])
		}
	}
}

func (d *Decoder) slot(o byte) {
	if d.mask == 0xff {
		d.octet(o)
		return
	}
	d.part = d.part<<d.rate | uint16(d.gather[o])
	if d.nPart += d.rate; d.nPart >= 8 {
		d.nPart -= 8
		d.octet(uint8(d.part >> d.nPart))
	}
}

func (d *Decoder) octet(o byte) {
	s := &steps[d.run][o]
	if s.event == many {
		d.bits(o)
		return
	}
	d.run = s.run
	if d.open {
		d.take(s.before, s.nBefore)
	}
	if s.event == none {
		return
	}
	d.end(s.event)
	if d.open {
		d.take(s.after, s.nAfter)
	}
}

func (d *Decoder) bits(o byte) {
	for i := 7; i >= 0; i-- {
		bit, e, data := nextBit(&d.run, o>>i&1)
		if e != none {
			d.end(e)
		}
		if data && d.open {
			d.take(bit, 1)
		}
	}
}

// take appends n bits to the frame.
func (d *Decoder) take(bits, n uint8) {
	d.acc |= uint16(bits) << d.nAcc
	if d.nAcc += n; d.nAcc < 8 {
		return
	}
	b := byte(d.acc)
	d.acc >>= 8
	d.nAcc -= 8
	if d.n < len(d.buf) {
		d.buf[d.n] = b
		d.fcs = fcsOctet(d.fcs, b)
	}
	d.n++
}

// end closes the frame at hand. The first zero and the six ones of a closing flag have come in as data: seven bits are
// over, and every octet that is whole belongs to the frame. Two flags that share a zero leave six.
func (d *Decoder) end(e event) {
	n, over, wasOpen := d.n, d.nAcc, d.open
	fcs := d.fcs
	d.n, d.acc, d.nAcc, d.fcs = 0, 0, 0, fcsPreset
	d.open = e == flag
	if !wasOpen || n == 0 && over <= 7 {
		return
	}
	switch {
	case e == abort:
		d.counters.Aborts++
	case over != 7:
		d.counters.Misaligned++
	case n > len(d.buf):
		d.counters.TooLong++
	case n < 3:
		d.counters.TooShort++
	case fcs != fcsGood:
		d.counters.BadFCS++
	default:
		d.counters.Frames++
		d.counters.Octets += uint64(n - 2)
		d.deliver(d.buf[:n-2])
	}
}
