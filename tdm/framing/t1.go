package framing

import "tipring/tdm"

const (
	enough   = 24  // framing bits in succession that must be right before an alignment is taken
	yellowMs = 335 // of bit 2 being zero in every timeslot of a superframe (ANSI T1.403 9.1)
	j1Yellow = 3   // equal F bits 12 of a J1 superframe in succession
	lossOf   = 0xf // of the last four alignment bits
	lossBits = 2   // wrong ones of them that lose alignment (ANSI T1.231 6.1.2.2.1, 2 of 4)
)

// A t1Receiver is what a Receiver of 1,544 kbit/s needs.
type t1Receiver struct {
	// The search keeps for every place of the framing bit its last values, a pattern window long, and how often in
	// succession the window has been a part of the endless framing pattern.
	window []uint16
	run    []uint8
	place  int
	mask   uint16
	part   []uint8 // by window: 0, or the number of the pattern's bit that the newest one is, from 1

	number  int   // of the frame at hand in its superframe, from 0
	f       uint8 // its F bit
	pending bool  // the next bit of the line is an F bit
	errors  uint8 // history of wrong alignment bits
	crc     uint8
	last    uint8 // CRC of the last superframe, computed
	got     uint8
	primed  bool // last is that of a whole superframe
	whole   bool

	ones   int // bits 2 that were one
	frames int
	j1     int
}

func (t *t1Receiver) init(f tdm.Framing) {
	places, length, words := 193, 12, []uint16{sfWord}
	switch {
	case f.ESF():
		places, length, words = 772, 6, []uint16{fpsWord}
	case f.Japanese():
		words = append(words, sfWord|1)
	}
	t.window, t.run = make([]uint16, places), make([]uint8, places)
	t.mask = 1<<length - 1
	t.part = make([]uint8, 1<<length)
	for _, w := range words {
		for last := range length {
			// The window that ends with bit last.
			rotated := (w>>(length-1-last) | w<<(last+1)) & t.mask
			t.part[rotated] = uint8(last + 1)
		}
	}
}

// restart begins a search.
func (t *t1Receiver) restart() {
	clear(t.window)
	clear(t.run)
	t.pending = false
}

func (r *Receiver) octetT1(o byte) {
	t := &r.t1
	if !r.aligned {
		for i := 7; i >= 0; i-- {
			r.bits++
			if r.search(o >> i & 1) {
				r.acc, r.carry = uint32(o), uint(i)
				r.bits += int64(i)
				return
			}
		}
		return
	}
	r.bits += 8
	r.acc, r.carry = r.acc<<8|uint32(o), r.carry+8
	if !t.pending && r.n < 23 {
		r.carry -= 8
		r.n++
		r.frame[r.n] = byte(r.acc >> r.carry)
		return
	}
	for {
		if t.pending {
			if r.carry == 0 {
				return
			}
			r.carry--
			t.f, t.pending = uint8(r.acc>>r.carry&1), false
		}
		if r.carry < 8 {
			return
		}
		r.carry -= 8
		r.n++
		r.frame[r.n] = byte(r.acc >> r.carry)
		if r.n < 24 {
			continue
		}
		r.n, t.pending = 0, true
		r.frameT1()
		if !r.aligned {
			// What is left of the octet is not searched: seven bits at most.
			return
		}
	}
}

// search takes a bit and reports whether it is the F bit of an alignment.
func (r *Receiver) search(b uint8) bool {
	t := &r.t1
	p := t.place
	if t.place++; t.place == len(t.window) {
		t.place = 0
	}
	w := (t.window[p]<<1 | uint16(b)) & t.mask
	t.window[p] = w
	which := t.part[w]
	if which == 0 {
		t.run[p] = 0
		return false
	}
	t.run[p]++
	if int(t.run[p])+lengthOf(t.mask)-1 < enough {
		return false
	}
	r.found(1)
	t.number = int(which) - 1
	if r.framing.ESF() {
		t.number = 4*int(which) - 1
	}
	t.f, t.pending, t.errors = b, false, 0
	t.primed, t.whole, t.crc, t.got = false, false, 0, 0
	t.ones, t.frames, t.j1 = 0, 0, 0
	return true
}

func lengthOf(mask uint16) int {
	if mask == 0x3f {
		return 6
	}
	return 12
}

func (r *Receiver) frameT1() {
	t := &r.t1
	n := t.number
	esf := r.framing.ESF()
	if esf {
		r.frameESF(n)
	} else {
		r.frameSF(n)
	}
	if t.errors&lossOf&(t.errors&lossOf-1) != 0 {
		r.lost()
		t.restart()
		r.link.reset()
		return
	}
	if r.cas {
		r.robbed.frame(n, esf, r.frame[:])
	}
	t.number++
	if t.number == 24 || !esf && t.number == 12 {
		t.number = 0
	}
	r.sink(r.frame[:25])
}

// alignment counts an alignment bit.
func (r *Receiver) alignment(want uint8) {
	t := &r.t1
	t.errors <<= 1
	if t.f != want {
		t.errors |= 1
		r.counts.framing++
	}
}

func (r *Receiver) frameESF(n int) {
	t := &r.t1
	if n == 0 {
		t.last, t.crc, t.got = t.crc, 0, 0
	}
	counted := uint8(1)
	if r.framing.Japanese() {
		counted = t.f
	}
	t.crc = crc6(crc6Bit(t.crc, counted), r.frame[1:25])
	switch {
	case n&1 == 0:
		r.link.bit(t.f)
	case n&2 == 0:
		t.got = t.got<<1 | t.f
		if n == 21 {
			if t.primed && t.got != t.last {
				r.counts.path++
			}
		}
	default:
		r.alignment(fpsWord >> (5 - n/4) & 1)
		// The superframe after the first whole one is the first that carries a CRC that can be compared.
		if n == 23 {
			t.primed = t.whole
			t.whole = true
		}
	}
	r.rai = r.link.yellow
}

func (r *Receiver) frameSF(n int) {
	t := &r.t1
	want := uint8(uint16(sfWord) >> (11 - n) & 1)
	japanese := r.framing.Japanese()
	switch {
	case n&1 == 0:
		r.alignment(want) // a terminal framing bit
	case japanese && n == 11:
		if rai := t.f == 1; rai == r.rai {
			t.j1 = 0
		} else if t.j1++; t.j1 == j1Yellow {
			r.rai, t.j1 = rai, 0
		}
	case t.f != want:
		r.counts.framing++
	}
	if japanese {
		return
	}
	for _, o := range r.frame[1:25] {
		t.ones += int(o >> 6 & 1)
	}
	if t.frames++; t.frames == yellowMs*tdm.Quantum {
		// One bit 2 in 64 may be wrong.
		r.rai = t.ones < yellowMs*tdm.Quantum*24/64
		t.ones, t.frames = 0, 0
	}
}
