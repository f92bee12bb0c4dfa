package framing

import (
	"math/bits"

	"tipring/tdm"
	"tipring/tdm/hdlc"
)

// A Code is a bit-oriented message of the data link of an extended superframe: six bits that go as 11111111 0xxxxxx0, the
// lowest first (ANSI T1.403 table 4).
type Code uint8

// The messages that are known here.
const (
	Yellow            Code = 0b000000
	LineLoopUp        Code = 0b000111
	LineLoopDown      Code = 0b011100
	PayloadLoopUp     Code = 0b001010
	PayloadLoopDown   Code = 0b011001
	UniversalLoopDown Code = 0b010010
	noCode            Code = 0xff
	sixteenOnes       Code = 0xfe // the remote alarm of a J1
)

const (
	codeRepeats = 10 // of a command (T1.403 9.4.1)
	codeHits    = 7  // of ten intervals of 16 bits that must agree
	codeSpan    = 10
)

// word is a code as it goes on the line, first bit highest.
func (c Code) word() uint16 { return 0xff00 | uint16(bits.Reverse8(uint8(c)<<1)) }

// codeOf is the code that the last 16 bits are, or noCode.
func codeOf(w uint16) Code {
	if w&0xff81 != 0xff00 {
		return noCode
	}
	return Code(bits.Reverse8(uint8(w>>1)) >> 2)
}

// A linkSender gives the bits of the data link: a message that is asked for, else frames, else flags.
type linkSender struct {
	japanese bool
	yellow   bool
	word     uint16
	left     int // bits of word still to be sent
	frames   *hdlc.Encoder
	octet    [1]byte
	n        int // bits of octet still to be sent
}

func (l *linkSender) init(f tdm.Framing) {
	l.japanese = f.Japanese()
	if f.ESF() {
		l.frames = hdlc.NewEncoder(hdlc.Config{})
	}
}

// command sends a code ten times.
func (l *linkSender) command(c Code) { l.word, l.left = c.word(), 16*codeRepeats }

func (l *linkSender) bit() uint8 {
	if l.left == 0 && l.yellow {
		if l.japanese {
			return 1
		}
		l.word, l.left = Yellow.word(), 16
	}
	if l.left > 0 {
		l.left--
		return uint8(l.word >> (l.left & 15) & 1)
	}
	if l.n == 0 {
		l.frames.Read(l.octet[:])
		l.n = 8
	}
	l.n--
	return l.octet[0] >> l.n & 1
}

// A linkReceiver takes the bits of the data link.
type linkReceiver struct {
	japanese bool
	w        uint16
	ones     int
	yellow   bool
	idle     int // bits since the last yellow
	code     Code
	hits     int
	age      int // bits since the first of hits
	got      Code
	octet    [1]byte
	n        int
	frames   *hdlc.Decoder
	report   Performance
	reported bool // report is new
}

func (l *linkReceiver) init(f tdm.Framing) {
	l.japanese, l.code, l.got = f.Japanese(), noCode, noCode
	if f.ESF() {
		l.frames = hdlc.NewDecoder(hdlc.Config{MaxFrame: 64}, func(frame []byte) {
			if p, err := ParsePerformance(frame); err == nil {
				l.report, l.reported = p, true
			}
		})
	}
}

// reset forgets what was on its way when the alignment was lost.
func (l *linkReceiver) reset() { l.code, l.hits, l.w, l.ones = noCode, 0, 0, 0 }

// command returns a code that has arrived, once, or noCode.
func (l *linkReceiver) command() Code {
	c := l.got
	l.got = noCode
	return c
}

func (l *linkReceiver) bit(b uint8) {
	l.octet[0] = l.octet[0]<<1 | b
	if l.n++; l.n == 8 {
		l.n = 0
		l.frames.Write(l.octet[:])
	}
	l.w = l.w<<1 | uint16(b)
	l.age++
	if l.ones++; b == 0 {
		l.ones = 0
	}
	if l.japanese && l.ones == 16 {
		l.ones = 0
		l.hit(sixteenOnes)
	} else if c := codeOf(l.w); c != noCode {
		l.hit(c)
	}
	if l.idle++; l.idle > 16*codeSpan {
		l.yellow = false
	}
}

// hit counts an interval with a code. Seven of ten make it valid.
func (l *linkReceiver) hit(c Code) {
	if c != l.code || l.age >= 16*codeSpan {
		l.code, l.hits, l.age = c, 0, 0
	}
	l.hits++
	alarm := Yellow
	if l.japanese {
		alarm = sixteenOnes
	}
	if c == alarm && (l.yellow || l.hits >= codeHits) {
		l.yellow, l.idle = true, 0
	}
	if c != alarm && l.hits == codeHits {
		l.got = c
	}
}
