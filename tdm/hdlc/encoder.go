package hdlc

import "tipring/tdm"

// A frame waits in the queue behind its length.
const lengthOctets = 3

const flagOctet = 0x7e

// A stuffed octet is an octet of a frame after a run of ones, zeros inserted, first bit on the line highest.
type stuffed struct {
	bits uint16
	n    uint8
	run  uint8
}

var stuffing = func() (t [5][256]stuffed) {
	for run := range t {
		for octet := range t[run] {
			s := stuffed{run: uint8(run)}
			for i := range 8 {
				bit := uint16(octet >> i & 1)
				s.bits, s.n = s.bits<<1|bit, s.n+1
				if bit == 0 {
					s.run = 0
				} else if s.run++; s.run == 5 {
					s.bits, s.n, s.run = s.bits<<1, s.n+1, 0
				}
			}
			t[run][octet] = s
		}
	}
	return t
}()

// An Encoder puts frames into a stream of octets. It has one owner.
type Encoder struct {
	queue []byte // ring of frames behind their lengths
	head  int
	used  int
	max   int
	fill  Fill

	left   int    // octets of the frame at hand that are not yet sent, FCS not counted
	tail   int    // octets of its FCS that are not yet sent
	fcs    uint16 // running; complemented once the last octet has gone
	inside bool   // a frame is being sent
	primed bool   // the last octet sent was a flag: a frame may begin
	run    uint8
	acc    uint32 // bits not yet on the line, the next one highest of the lowest nAcc
	nAcc   uint8

	mask    uint8
	rate    int
	part    uint16
	nPart   int
	scatter [256]uint8
	refused uint64
}

// NewEncoder returns an Encoder. It panics on a configuration that Validate refuses.
func NewEncoder(c Config) *Encoder {
	if err := c.Validate(); err != nil {
		panic(err)
	}
	c = c.resolved()
	e := &Encoder{queue: make([]byte, c.Queue), max: c.MaxFrame, fill: c.Fill, mask: c.Mask, rate: c.rate()}
	for i := range e.scatter {
		e.scatter[i] = scatter(c.Mask, uint8(i))
	}
	return e
}

// Send queues a copy of frame and reports whether there was room. An empty frame and one of more than MaxFrame octets
// are refused too; Refused counts.
func (e *Encoder) Send(frame []byte) bool {
	if len(frame) == 0 || len(frame) > e.max || e.used+lengthOctets+len(frame) > len(e.queue) {
		e.refused++
		return false
	}
	e.push(byte(len(frame)))
	e.push(byte(len(frame) >> 8))
	e.push(byte(len(frame) >> 16))
	n := copy(e.queue[e.index(e.used):], frame)
	copy(e.queue, frame[n:])
	e.used += len(frame)
	return true
}

// Refused counts the frames that Send refused.
func (e *Encoder) Refused() uint64 { return e.refused }

// Pending is the number of octets of frames that are not on the line yet.
func (e *Encoder) Pending() int { return e.used + e.tail }

func (e *Encoder) index(n int) int {
	if n += e.head; n >= len(e.queue) {
		n -= len(e.queue)
	}
	return n
}

func (e *Encoder) push(b byte) {
	e.queue[e.index(e.used)] = b
	e.used++
}

func (e *Encoder) pop() byte {
	b := e.queue[e.head]
	e.head = e.index(1)
	e.used--
	return b
}

// Read fills octets of the channel in line order.
func (e *Encoder) Read(octets []byte) {
	for i := range octets {
		octets[i] = e.slot()
	}
}

// ReadBlock fills the channel that is made of slots, in line order, of a block to be sent.
func (e *Encoder) ReadBlock(b tdm.Block, slots []int) {
	for i := range b.N {
		for _, s := range slots {
			b.Data[s*b.N+i] = e.slot()
		}
	}
}

func (e *Encoder) slot() byte {
	if e.mask == 0xff {
		return e.octet()
	}
	if e.nPart < e.rate {
		e.part = e.part<<8 | uint16(e.octet())
		e.nPart += 8
	}
	e.nPart -= e.rate
	return e.scatter[uint8(e.part>>e.nPart)&(1<<e.rate-1)]
}

func (e *Encoder) octet() byte {
	for e.nAcc < 8 {
		e.more()
	}
	e.nAcc -= 8
	return byte(e.acc >> e.nAcc)
}

// more puts the next octet of a frame, a flag or a mark onto the line.
func (e *Encoder) more() {
	switch {
	case e.left > 0:
		b := e.pop()
		e.fcs = fcsOctet(e.fcs, b)
		if e.left--; e.left == 0 {
			e.fcs, e.tail = ^e.fcs, 2
		}
		e.stuff(b)
	case e.tail > 0:
		e.tail--
		b := byte(e.fcs)
		e.fcs >>= 8
		e.stuff(b)
	case e.inside:
		e.inside = false
		e.flag()
	case e.used == 0 && e.fill == Marks:
		e.primed = false
		e.acc, e.nAcc = e.acc<<8|0xff, e.nAcc+8
	case e.used == 0 || !e.primed:
		e.flag()
	default:
		e.left = int(e.pop()) | int(e.pop())<<8 | int(e.pop())<<16
		e.fcs, e.run, e.inside, e.primed = fcsPreset, 0, true, false
	}
}

func (e *Encoder) stuff(b byte) {
	s := &stuffing[e.run][b]
	e.acc, e.nAcc, e.run = e.acc<<s.n|uint32(s.bits), e.nAcc+s.n, s.run
}

func (e *Encoder) flag() {
	e.primed = true
	e.acc, e.nAcc = e.acc<<8|flagOctet, e.nAcc+8
}
