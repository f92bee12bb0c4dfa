package framing

import "tipring/tdm"

// A Sender makes the line's octets out of frames.
type Sender struct {
	framing tdm.Framing
	cas     bool
	clear   uint32 // timeslots of a T1 whose bits are not robbed
	source  func(frame []byte)

	frame  [32]byte
	at     int    // octets of the frame that are gone (E1)
	number int    // of the next frame in its multiframe, from 0
	acc    uint32 // bits not yet on the line, the lowest left of them (T1)
	left   uint

	crc  uint8 // running over the block at hand
	sent uint8 // the CRC of the last block, which is sent in this one
	fBit uint8 // F bit of the last frame

	rai    bool
	ais    bool
	casRAI bool
	far    uint8 // E bits not yet sent: a bit each, oldest lowest
	farN   uint8
	blind  bool // E bits are 0: no CRC multiframe alignment
	abcd   [32]uint8
	link   linkSender
}

// NewSender returns a Sender that asks source for the timeslots of each frame. Signalling, timeslot 0 and robbed bits are
// the Sender's own.
func NewSender(c Config, source func(frame []byte)) *Sender {
	s := &Sender{framing: c.Framing, cas: c.CAS, clear: c.Clear, source: source}
	s.link.init(c.Framing)
	for i := range s.abcd {
		s.abcd[i] = casIdle
	}
	return s
}

// SetABCD sets the signalling bits of a timeslot, ABCD in bits 3 to 0. Timeslots without signalling are ignored.
func (s *Sender) SetABCD(slot int, bits uint8) { s.abcd[slot] = bits & 15 }

// Read fills line with the next octets. While AIS is sent frames are not asked for.
func (s *Sender) Read(line []byte) {
	if s.ais {
		for i := range line {
			line[i] = 0xff
		}
		return
	}
	if s.framing.E1() {
		for len(line) > 0 {
			if s.at == 0 {
				s.nextE1()
			}
			n := copy(line, s.frame[s.at:])
			line = line[n:]
			s.at = (s.at + n) & 31
		}
		return
	}
	for i := range line {
		if s.left < 8 {
			if s.at == 0 {
				s.nextT1()
				s.acc, s.left = s.acc<<1|uint32(s.fBit), s.left+1
			}
			s.at++
			s.acc, s.left = s.acc<<8|uint32(s.frame[s.at]), s.left+8
			if s.at == 24 {
				s.at = 0
			}
		}
		s.left -= 8
		line[i] = byte(s.acc >> s.left)
	}
}

// The octets of timeslot 0 (ITU-T G.704 table 5A).
const (
	fas     = 0x1b // bits 2 to 8 of an even frame
	nfas    = 0x5f // bit 2 and the Sa bits of an odd one
	si      = 0x80
	bitA    = 0x20
	fasMask = 0x7f
)

// mfas is what the Si bits of frames 1, 3 ... 11 are in a CRC-4 multiframe (ITU-T G.704 table 5D).
const mfas = 0b001011

func (s *Sender) nextE1() {
	s.source(s.frame[:])
	n := s.number
	s.number = (n + 1) & 15
	if s.cas {
		s.frame[16] = s.signalling(n)
	}
	if s.framing != tdm.E1CRC4 {
		s.frame[0] = si | fas
		if n&1 != 0 {
			s.frame[0] = s.nfas() | si
		}
		return
	}
	if n&7 == 0 {
		s.sent, s.crc = s.crc, 0
	}
	if n&1 == 0 {
		s.frame[0] = fas
		s.crc = crc4(s.crc, s.frame[:])
		s.frame[0] |= s.sent << (4 + uint(n&7)/2) & si
		return
	}
	s.frame[0] = s.nfas()
	switch {
	case n < 12:
		s.frame[0] |= mfas << (2 + uint(n)/2) & si
	case !s.blind && s.farN == 0:
		s.frame[0] |= si
	case !s.blind:
		s.frame[0] |= s.far << 7
		s.far, s.farN = s.far>>1, s.farN-1
	}
	s.crc = crc4(s.crc, s.frame[:])
}

func (s *Sender) nfas() byte {
	if s.rai {
		return nfas | bitA
	}
	return nfas
}

// farBlock queues an E bit: whether the last block that was received was good. Blocks arrive as fast as E bits leave; what
// a difference of clocks leaves over is dropped.
func (s *Sender) farBlock(good bool) {
	if s.farN == 4 {
		return
	}
	if good {
		s.far |= 1 << s.farN
	} else {
		s.far &^= 1 << s.farN
	}
	s.farN++
}

// The framing bits of a T1 (ITU-T G.704 tables 1 and 3), frame 1 first.
const (
	sfWord  = 0b100011011100
	fpsWord = 0b001011
)

func (s *Sender) nextT1() {
	s.source(s.frame[:25])
	n := s.number
	payload := s.frame[1:25]
	if s.cas && (n+1)%6 == 0 {
		s.rob(n / 6)
	}
	if !s.framing.ESF() {
		if s.number++; s.number == 12 {
			s.number = 0
		}
		s.fBit = uint8(uint16(sfWord) >> (11 - n) & 1)
		switch {
		case !s.rai:
		case s.framing.Japanese():
			if n == 11 {
				s.fBit = 1
			}
		default:
			for i := range payload {
				payload[i] &^= 0x40
			}
		}
		return
	}
	if s.number++; s.number == 24 {
		s.number = 0
	}
	if n == 0 {
		s.sent, s.crc = s.crc, 0
	}
	switch {
	case n&1 == 0:
		s.fBit = s.link.bit()
	case n&2 == 0:
		s.fBit = s.sent >> (5 - n/4) & 1
	default:
		s.fBit = fpsWord >> (5 - n/4) & 1
	}
	counted := uint8(1)
	if s.framing.Japanese() {
		counted = s.fBit
	}
	s.crc = crc6(crc6Bit(s.crc, counted), payload)
}
