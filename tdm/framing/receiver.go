package framing

import "tipring/tdm"

// counts are what a Receiver counts; the Framer adds the rest.
type counts struct {
	path    uint64 // blocks with a wrong CRC
	framing uint64
	far     uint64 // E bits that are 0
	losses  uint64
	moved   uint64
}

// A Receiver finds frames in a line's octets and gives them to a function.
type Receiver struct {
	framing tdm.Framing
	cas     bool
	sink    func(frame []byte)
	block   func(good bool) // is told of each CRC-4 block, for the E bits; may be nil

	bits    int64 // of the line since the start
	aligned bool
	began   int64 // place of the frame's first bit modulo the frame, when aligned; -1: never yet
	frame   [32]byte
	n       int    // octets of the frame at hand
	acc     uint32 // the last octets of the line
	carry   uint   // bits of acc that are not consumed
	counts  counts
	rai     bool

	e1     e1Receiver
	t1     t1Receiver
	ts16   casReceiver
	robbed robbedReceiver
	link   linkReceiver
}

// NewReceiver returns a Receiver that calls sink with each frame that it finds. The octets are valid until sink returns.
func NewReceiver(c Config, sink func(frame []byte)) *Receiver {
	r := &Receiver{framing: c.Framing, cas: c.CAS, sink: sink, began: -1}
	if c.Framing.E1() {
		r.e1.primary.reset()
		r.ts16.reset()
	} else {
		r.t1.init(c.Framing)
		r.link.init(c.Framing)
	}
	return r
}

// Aligned reports whether the frames are found.
func (r *Receiver) Aligned() bool { return r.aligned }

// ABCD returns the last signalling bits of a timeslot. While no alignment is there they stand still.
func (r *Receiver) ABCD(slot int) uint8 {
	if r.framing.E1() {
		return r.ts16.abcd[slot]
	}
	return r.robbed.abcd[slot]
}

// Write takes the next octets of the line.
func (r *Receiver) Write(line []byte) {
	if r.framing.E1() {
		for len(line) > 0 {
			if r.aligned && !r.e1.hunting {
				line = line[r.octetsE1(line):]
				continue
			}
			r.octetE1(line[0])
			line = line[1:]
		}
		return
	}
	for _, o := range line {
		r.octetT1(o)
	}
}

// found begins the frame whose first bit is back bits behind the end of what has arrived.
func (r *Receiver) found(back int64) {
	at := (r.bits - back) % int64(r.framing.Bits())
	if r.began >= 0 && r.began != at {
		r.counts.moved++
	}
	r.began = at
	r.aligned, r.n = true, 0
}

func (r *Receiver) lost() {
	r.aligned = false
	r.counts.losses++
}
