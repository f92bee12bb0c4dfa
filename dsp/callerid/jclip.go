package callerid

import "math/bits"

// NTT's form (number display, "J-CLIP") is that of a data link of ISO 1745: octets of seven bits with even parity,
//
//	DLE SOH header DLE STX 40h length parameters... DLE ETX CRC CRC
//
// in which an octet of the header or the text that is DLE is sent twice, and a CRC-16 (x^16 + x^12 + x^5 + 1, lowest bit first,
// from 0) over everything behind SOH as sent. It comes without channel seizure, by V.23, on a line whose called side has closed
// the loop for it: the exchange reverses the polarity and rings in short bursts, the telephone closes the loop, the message is
// sent, the telephone opens the loop and is then rung as usual.
//
// Sources: the parameters are those of NTT in Dialogic's "NaturalAccess CAS API Developer's Manual" and of spandsp's adsi.h,
// framing and CRC those of asterisk's callerid.c, which reads real lines.
const (
	soh = 0x01
	stx = 0x02
	etx = 0x03
	dle = 0x10

	jclipHeader = 0x07
	// TypeJCLIP is NTT's only message type.
	TypeJCLIP = 0x40
)

// Parameters of NTT that have other numbers than in EN 300 659-3.
const (
	ParamJCLIPCalled          = 0x09
	ParamJCLIPNumberExtension = 0x21 // type of number and numbering plan
	ParamJCLIPCalledExtension = 0x22
)

// JCLIP is NTT's way of sending. Telephones take a ring and a pause of 250 to 600 ms each for the activating signal (the limits of
// an ADSL gateway's firmware for NTT lines, cubieb/2PORTONT Ntt_sRing_det.h); it lasts for 6 s at most, and then the line rings
// as any.
var JCLIP = Standard{Name: "jclip", Physical: V23Loop, Alert: LoopClosure, Format: NTT,
	Clause: "NTT technical reference, number display service (J-CLIP)", ReversalMs: 150, RingPulseMs: 500, LoopCloseMs: 6000,
	AfterAlertMs: 150, LoopOpenMs: 1000, BeforeRingMs: 200, MarkBits: 100, TailBits: 12, DBm0: -13.5}

// LongestActivationMs is the longest ring of the activating signal; a longer one is a ring.
const LongestActivationMs = 600

// even returns an octet of seven bits with its parity bit.
func even(b byte) byte { return b&0x7f | byte(bits.OnesCount8(b&0x7f)&1)<<7 }

// crc16 is the CRC of octets; behind its own two octets, low one first, it is 0.
func crc16(p []byte) (crc uint16) {
	for _, b := range p {
		crc ^= uint16(b)
		for range 8 {
			if crc&1 != 0 {
				crc = crc>>1 ^ 0x8408
			} else {
				crc >>= 1
			}
		}
	}
	return crc
}

// encodeNTT returns the octets of a message from DLE SOH to its CRC.
func encodeNTT(m Message) []byte {
	var text []byte
	add := func(p byte, v string) { text = append(append(text, p, byte(len(v))), v...) }
	number, _ := cleanNumber(m.Number)
	switch {
	case m.NumberReason != 0:
		add(ParamNumberAbsence, string([]byte{m.NumberReason}))
	case number == "":
		add(ParamNumberAbsence, string([]byte{Unavailable}))
	default:
		add(ParamCallingNumber, number[:min(len(number), MaxNumber)])
	}
	if c, _ := cleanNumber(m.Called); c != "" {
		add(ParamJCLIPCalled, c[:min(len(c), MaxNumber)])
	}
	p := []byte{even(dle), even(soh)}
	put := func(octets ...byte) {
		for _, b := range octets {
			if p = append(p, even(b)); b == dle {
				p = append(p, even(b))
			}
		}
	}
	put(jclipHeader)
	p = append(p, even(dle), even(stx))
	put(TypeJCLIP, byte(len(text)))
	put(text...)
	p = append(p, even(dle), even(etx))
	crc := crc16(p[2:])
	return append(p, byte(crc), byte(crc>>8))
}

// isNTT tells whether octets begin as a message of NTT's does.
func isNTT(p []byte) bool { return len(p) >= 2 && p[0] == even(dle) && p[1] == even(soh) }

// endsNTT tells whether octets end as one does, with two octets of CRC.
func endsNTT(p []byte) bool {
	n := len(p)
	return n >= shortestNTT && p[n-4] == even(dle) && p[n-3] == even(etx)
}

// shortestNTT is the number of octets of a message with one reason.
const shortestNTT = 2 + 1 + 2 + 2 + 3 + 2 + 2

// textNTT returns what lies between STX and ETX, parity and doubled octets undone; ok is false when it is cut off.
func textNTT(p []byte) (text []byte, ok bool) {
	begun := false
	for i := 2; i < len(p); i++ {
		b := p[i] & 0x7f
		if b == dle {
			if i++; i == len(p) {
				return nil, false
			}
			switch b = p[i] & 0x7f; b {
			case stx:
				text, begun = nil, true
				continue
			case etx:
				return text, begun
			case dle:
			default:
				return nil, false
			}
		}
		text = append(text, b)
	}
	return nil, false
}

// decodeNTT reads a message whose CRC is right.
func (m *Message) decodeNTT() bool {
	text, ok := textNTT(m.Raw)
	if !ok || len(text) < 2 || text[0] != TypeJCLIP || int(text[1]) != len(text)-2 {
		return false
	}
	read := *m
	for body := text[2:]; len(body) > 0; body = body[2+int(body[1]):] {
		if len(body) < 2 || len(body) < 2+int(body[1]) {
			return false
		}
		switch v := body[2 : 2+int(body[1])]; body[0] {
		case ParamJCLIPCalled:
			read.Called = read.number(v)
		case ParamNumberAbsence:
			// C: from a coin telephone, S: a conflict of services.
			if len(v) == 1 && (v[0] == 'C' || v[0] == 'S') {
				v = []byte{Unavailable}
			}
			read.NumberReason = read.reason(v)
		case ParamTime, ParamCallingNumber, ParamCallingName, ParamNameAbsence:
			read.set(body[0], v)
		}
	}
	if read.NumberReason != 0 {
		read.Number = ""
	}
	*m = read
	return true
}
