package framing

import "tipring/tdm"

const (
	crcSearch    = 64   // frames in which two multiframe signals must come: 8 ms (ITU-T G.706 4.2)
	crcGiveUp    = 3200 // frames after which the far end counts as one without CRC-4: 400 ms (G.706 B.2.3)
	crcBlocks    = 1000 // blocks of a second
	crcMisplaced = 915  // errored ones that show a false alignment (G.706 4.3.2)
	raiFrames    = 3    // equal A bits in succession that count (2 to 5, ITU-T O.162 2.1.5)
	lossWords    = 3    // wrong words, or wrong bits 2 of the frames between, in succession (G.706 4.1.1)
)

// An e1Receiver is what a Receiver of 2,048 kbit/s needs.
type e1Receiver struct {
	primary hunter
	// parallel looks for another alignment beside the one in use while no CRC multiframe is found (G.706 B.2.3).
	parallel hunter
	hunting  bool

	odd      bool // the frame at hand is one without the alignment word
	wrongFAS int
	wrongBit int
	aBits    int // consecutive A bits unlike rai

	// CRC-4
	multi    bool // the multiframe is found
	noCRC    bool // the far end sends none
	search   int  // frames since frame alignment
	marks    markFinder
	number   int // of the frame in its multiframe
	crc      uint8
	expected uint8 // of the block before the one at hand, computed
	got      uint8 // C bits so far
	blocks   int
	bad      int
	primed   bool // expected is that of a whole block
}

// A markFinder looks for two multiframe alignment signals at a distance of whole multiframes.
type markFinder struct {
	si    uint8
	seen  bool
	since int // frames without alignment word since the first signal
}

// odd takes the Si bit of a frame without alignment word and reports whether this frame is number 11 of a multiframe, as
// two signals say.
func (m *markFinder) odd(bit uint8) bool {
	m.si = m.si<<1 | bit
	m.since++
	if m.si&0x3f != mfas {
		return false
	}
	if m.seen && m.since%8 == 0 {
		return true
	}
	m.seen, m.since = true, 0
	return false
}

// A hunter looks bit by bit for frame alignment: the word, a frame later bit 2, another frame later the word again (ITU-T
// G.706 4.1.2). A wrong candidate is given up at the first of the two that fails. Once it has it, it follows the Si bits.
type hunter struct {
	reg   uint16
	warm  int // bits missing in reg
	step  int // 0: no candidate; 1, 2: checks passed so far; 3: aligned
	wait  int // bits to the end of the next octet that is to be checked
	marks markFinder
	odd   bool // the octet just looked at was that of a frame without the word
	age   int  // frames since alignment
}

func (h *hunter) reset() { *h = hunter{warm: 8} }

// bit takes the next bit. It reports alignment when the last eight bits are the first octet of a frame with the word, and
// mark when they are that of frame 11 of a multiframe.
func (h *hunter) bit(b uint8) (aligned, mark bool) {
	h.reg = h.reg<<1 | uint16(b)
	if h.warm > 0 {
		if h.warm--; h.warm > 0 {
			return false, false
		}
	}
	if h.step == 0 {
		if h.reg&fasMask == fas {
			h.step, h.wait = 1, 256
		}
		return false, false
	}
	if h.wait--; h.wait > 0 {
		return false, false
	}
	h.wait = 256
	switch h.step {
	case 1:
		h.step = 2
		if h.reg&0x40 == 0 {
			h.step = 0
		}
	case 2:
		h.step = 3
		if h.reg&fasMask != fas {
			h.step = 0
			return false, false
		}
		h.marks, h.odd, h.age = markFinder{}, false, 0
		return true, false
	case 3:
		h.age++
		if h.odd = !h.odd; !h.odd {
			break // the word of a frame that is aligned by now is not checked again
		}
		if h.marks.odd(uint8(h.reg >> 7 & 1)) {
			return false, true
		}
		if h.age > crcSearch {
			h.step = 0
		}
	}
	return false, false
}

func (r *Receiver) octetE1(o byte) {
	e := &r.e1
	r.acc = r.acc<<8 | uint32(o)
	if e.hunting && r.huntParallel(o) {
		return
	}
	if !r.aligned {
		r.hunt(o)
		return
	}
	r.bits += 8
	r.frame[r.n] = byte(r.acc >> r.carry)
	if r.n++; r.n == 32 {
		r.n = 0
		r.frameE1()
	}
}

// octetsE1 takes the rest of a frame, or what there is of it, and returns how much that was.
func (r *Receiver) octetsE1(line []byte) int {
	frame := r.frame[r.n:]
	if len(line) > len(frame) {
		line = line[:len(frame)]
	}
	acc, carry := r.acc, r.carry
	for i, o := range line {
		acc = acc<<8 | uint32(o)
		frame[i] = byte(acc >> carry)
	}
	r.acc = acc
	r.bits += int64(8 * len(line))
	if r.n += len(line); r.n == len(r.frame) {
		r.n = 0
		r.frameE1()
	}
	return len(line)
}

// hunt looks for frame alignment in an octet.
func (r *Receiver) hunt(o byte) {
	for i := 7; i >= 0; i-- {
		r.bits++
		if aligned, _ := r.e1.primary.bit(o >> i & 1); aligned {
			r.found(8)
			r.bits += int64(i)
			r.begin(uint(i))
			return
		}
	}
}

// begin starts with the frame whose first octet is the last but carry bits.
func (r *Receiver) begin(carry uint) {
	e := &r.e1
	r.carry = carry
	r.frame[0], r.n = byte(r.acc>>carry), 1
	*e = e1Receiver{parallel: e.parallel, primary: e.primary}
	r.ts16.reset()
}

// huntParallel looks for another alignment that has a multiframe. It reports whether it has moved to one in this octet.
func (r *Receiver) huntParallel(o byte) bool {
	e := &r.e1
	for i := 7; i >= 0; i-- {
		_, mark := e.parallel.bit(o >> i & 1)
		if !mark {
			continue
		}
		// The last eight bits were the first octet of frame 11.
		end := r.bits + int64(8-i)
		at := (end - 8) % 256
		if at == r.began {
			e.hunting = false
			return false
		}
		r.counts.moved++
		r.began = at
		r.bits += 8
		r.begin(uint(i))
		e.odd = true
		r.startMultiframe(10)
		return true
	}
	return false
}

// startMultiframe begins CRC-4 after the frame of that number in its multiframe.
func (r *Receiver) startMultiframe(number int) {
	e := &r.e1
	e.multi, e.hunting, e.number = true, false, number
	e.primed, e.blocks, e.bad, e.crc, e.got = false, 0, 0, 0, 0
}

func (r *Receiver) frameE1() {
	e := &r.e1
	first := r.frame[0]
	if !e.odd {
		if first&fasMask == fas {
			e.wrongFAS = 0
		} else {
			r.counts.framing++
			e.wrongFAS++
		}
	} else {
		if first&0x40 != 0 {
			e.wrongBit = 0
		} else {
			r.counts.framing++
			e.wrongBit++
		}
		if rai := first&bitA != 0; rai == r.rai {
			e.aBits = 0
		} else if e.aBits++; e.aBits == raiFrames {
			r.rai, e.aBits = rai, 0
		}
	}
	if e.wrongFAS == lossWords || e.wrongBit == lossWords {
		r.loseE1()
		return
	}
	if r.framing == tdm.E1CRC4 && !e.noCRC {
		if e.multi {
			r.checkCRC(first)
		} else {
			r.searchCRC(first)
		}
		if !r.aligned {
			return
		}
	}
	e.odd = !e.odd
	if r.cas {
		r.ts16.frame(r.frame[16])
	}
	r.sink(r.frame[:])
}

func (r *Receiver) loseE1() {
	r.lost()
	r.e1.multi, r.e1.noCRC, r.e1.hunting = false, false, false
	r.e1.primary.reset()
	r.ts16.reset()
}

// searchCRC looks for the CRC multiframe.
func (r *Receiver) searchCRC(first byte) {
	e := &r.e1
	e.search++
	if e.odd && e.marks.odd(first>>7) {
		r.startMultiframe(11)
		return
	}
	switch {
	case e.search >= crcGiveUp:
		e.noCRC, e.hunting = true, false
	case e.search == crcSearch:
		e.hunting = true
		e.parallel.reset()
	}
}

// checkCRC follows a frame of the CRC multiframe.
func (r *Receiver) checkCRC(first byte) {
	e := &r.e1
	n := (e.number + 1) & 15
	e.number = n
	if n&7 == 0 {
		e.expected, e.crc, e.got = e.crc, 0, 0
	}
	if n&1 == 0 {
		e.got = e.got<<1 | first>>7
		r.frame[0] &^= si
		e.crc = crc4(e.crc, r.frame[:])
		r.frame[0] = first
		if n&7 == 6 {
			r.blockEnd(e.got == e.expected)
		}
		return
	}
	e.crc = crc4(e.crc, r.frame[:])
	if n >= 13 && first&si == 0 {
		r.counts.far++
	}
}

func (r *Receiver) blockEnd(good bool) {
	e := &r.e1
	// The first block to be compared is the first whole one after the multiframe was found: frame 11 is in its middle.
	if !e.primed {
		e.primed = e.number == 6
		return
	}
	if !good {
		r.counts.path++
		e.bad++
	}
	if r.block != nil {
		r.block(good)
	}
	if e.blocks++; e.blocks == crcBlocks {
		if e.bad >= crcMisplaced {
			r.loseE1()
		}
		e.blocks, e.bad = 0, 0
	}
}
