package framing

// casIdle is what is sent before a user sets anything. At 2,048 kbit/s 0000 is forbidden in channels 1 to 15, since it
// imitates the multiframe alignment signal (ITU-T G.704 5.1.3.2.2 note 2).
const casIdle = 0b1101

// casMFAS is the first octet of a CAS multiframe: 0000xyxx, spare bits 1, y the remote alarm.
const (
	casMFAS   = 0x0b
	casRemote = 0x04
)

// signalling is timeslot 16 of frame n: channel n in the high nibble, n+15 in the low one, which are timeslots n and n+16.
func (s *Sender) signalling(n int) byte {
	if n == 0 {
		if s.casRAI {
			return casMFAS | casRemote
		}
		return casMFAS
	}
	first := s.abcd[n]
	if first == 0 {
		first = 1 // see casIdle
	}
	return first<<4 | s.abcd[n+16]
}

// rob puts signalling bit k of the superframe (0: A) into the lowest bit of every timeslot that has signalling.
func (s *Sender) rob(k int) {
	if !s.framing.ESF() {
		k &= 1
	}
	for slot := 1; slot <= 24; slot++ {
		if s.clear>>slot&1 == 0 {
			s.frame[slot] = s.frame[slot]&^1 | s.abcd[slot]>>(3-k)&1
		}
	}
}

// A casReceiver finds the multiframe of timeslot 16 and keeps the signalling bits.
type casReceiver struct {
	abcd    [32]uint8
	pending [32]uint8 // of the multiframe at hand

	aligned bool
	number  int  // of the frame last seen
	wrong   int  // consecutive wrong alignment signals
	empty   bool // the last timeslot 16 was all zeros
	silent  int  // consecutive frames whose timeslot 16 was all zeros
	zeros   int  // in timeslot 16 of this multiframe's length
	count   int  // frames of it
	ais     bool
	few     bool // the last such length had few zeros
	remote  bool
	remotes int // consecutive equal remote alarm bits
}

// reset forgets the alignment, since that of the frame is lost. The bits freeze.
func (c *casReceiver) reset() {
	abcd := c.abcd
	*c = casReceiver{abcd: abcd, empty: true}
}

// frame takes timeslot 16 of the next frame.
func (c *casReceiver) frame(o byte) {
	c.watch(o)
	if !c.aligned {
		// Alignment is there with the first signal whose predecessor is not all zeros (ITU-T G.732 5.2.2).
		if o&0xf0 == 0 && o != 0 && !c.empty {
			c.aligned, c.number, c.wrong, c.silent = true, 0, 0, 0
		}
		c.empty = o == 0
		return
	}
	c.number = (c.number + 1) & 15
	if o == 0 {
		c.silent++
	} else {
		c.silent = 0
	}
	if c.silent >= 16 {
		c.aligned, c.empty = false, true
		return
	}
	if n := c.number; n != 0 {
		c.pending[n], c.pending[n+16] = o>>4, o&15
		return
	}
	if o&0xf0 != 0 {
		if c.wrong++; c.wrong == 2 {
			c.aligned, c.empty = false, false
		}
		return
	}
	c.wrong = 0
	c.abcd = c.pending
	if remote := o&casRemote != 0; remote == c.remote {
		c.remotes = 0
	} else if c.remotes++; c.remotes == 2 {
		c.remote, c.remotes = remote, 0
	}
}

// watch finds AIS in timeslot 16: three zeros or fewer in each of two consecutive multiframe lengths (ITU-T G.775 5.4).
func (c *casReceiver) watch(o byte) {
	c.zeros += zerosOf[o]
	if c.count++; c.count < 16 {
		return
	}
	few := c.zeros <= 3
	if few == c.few {
		c.ais = few
	}
	c.few, c.zeros, c.count = few, 0, 0
}

// A robbedReceiver keeps the robbed bits of a T1. Bits count when two superframes agree, which a single bit error
// cannot bring about.
type robbedReceiver struct {
	abcd    [32]uint8
	pending [32]uint8
	last    [32]uint8
}

// frame takes the lowest bits of frame n (from 0) of a superframe of 12 or 24.
func (r *robbedReceiver) frame(n int, esf bool, f []byte) {
	if (n+1)%6 != 0 {
		return
	}
	k := n / 6
	for slot := 1; slot <= 24; slot++ {
		r.pending[slot] = r.pending[slot]<<1 | f[slot]&1
	}
	switch {
	case !esf && k == 1:
		// A and B stand for C and D too.
		for slot := 1; slot <= 24; slot++ {
			ab := r.pending[slot] & 3
			r.take(slot, ab<<2|ab)
		}
	case esf && k == 3:
		for slot := 1; slot <= 24; slot++ {
			r.take(slot, r.pending[slot]&15)
		}
	}
}

func (r *robbedReceiver) take(slot int, bits uint8) {
	if r.last[slot] == bits {
		r.abcd[slot] = bits
	}
	r.last[slot] = bits
}

var zerosOf = func() (t [256]int) {
	for i := range t {
		for b := range 8 {
			t[i] += 1 - i>>b&1
		}
	}
	return t
}()
