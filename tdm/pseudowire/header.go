package pseudowire

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// A Header is the control word of a packet and, where it is used, its RTP header.
//
//	 0                   1                   2                   3
//	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|0|0|0|0|L|R| M |FRG|   LEN     |       Sequence number         |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
type Header struct {
	// L: the payload is not to be believed, the attachment circuit has failed (RFC 4553 4.3, RFC 5086 4.4).
	L bool
	// R: the sender loses packets.
	R bool
	// M modifies L; of SAToP it is reserved and 0.
	M Modifier
	// Fragment says which part of a multiframe structure the packet is.
	Fragment Fragment
	Seq      uint16
	// Timestamp and SSRC are of the RTP header.
	Timestamp uint32
	SSRC      uint32
}

// A Modifier is the M field of CESoPSN (RFC 5086 table 2).
type Modifier uint8

// The modifiers that are known with L clear. With L set any of them means an invalid payload.
const (
	Normal     Modifier = 0
	RemoteRDI  Modifier = 2 // the far attachment circuit tells of a remote defect
	Signalling Modifier = 3 // no timeslots: a packet of signalling (RFC 5086 5.2.2)
)

// A Fragment is the FRG field (RFC 5086 4.4).
type Fragment uint8

// The fragments.
const (
	Whole Fragment = iota
	First
	Last
	Middle
)

const (
	wordLen = 4
	rtpLen  = 12
	// minLen is the length below which LEN tells it, so that padding of a link can be taken off.
	minLen      = 64
	payloadType = 96
)

var (
	errShort    = errors.New("pseudowire packet: shorter than its headers (RFC 4553 4.2)")
	errNibble   = errors.New("pseudowire packet: the first four bits of the control word are not 0 (RFC 4553 4.3)")
	errRTP      = errors.New("pseudowire packet: no plain RTP header where the configuration wants one (RFC 4553 4.3.2)")
	errReserved = errors.New("pseudowire packet: modifier 1 is reserved (RFC 5086 4.4)")
)

// HeaderLen is the length of what stands before the payload.
func HeaderLen(rtp bool) int {
	if rtp {
		return rtpLen + wordLen
	}
	return wordLen
}

// Append appends the header of a packet whose payload has n octets.
func (h Header) Append(b []byte, rtp bool, n int) []byte {
	if rtp {
		b = append(b, 0x80, payloadType)
		b = binary.BigEndian.AppendUint16(b, h.Seq)
		b = binary.BigEndian.AppendUint32(b, h.Timestamp)
		b = binary.BigEndian.AppendUint32(b, h.SSRC)
	}
	first := byte(h.M & 3)
	if h.L {
		first |= 0x08
	}
	if h.R {
		first |= 0x04
	}
	second := byte(h.Fragment&3) << 6
	if total := n + HeaderLen(rtp); total < minLen {
		second |= byte(total)
	}
	b = append(b, first, second)
	return binary.BigEndian.AppendUint16(b, h.Seq)
}

// Parse reads a packet. The payload is part of b.
func Parse(b []byte, rtp bool) (h Header, payload []byte, err error) {
	all := b
	if len(b) < HeaderLen(rtp) {
		return h, nil, errShort
	}
	if rtp {
		// No padding, extension or contributing sources (RFC 4553 4.3.2).
		if b[0] != 0x80 {
			return h, nil, errRTP
		}
		h.Timestamp, h.SSRC = binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:])
		b = b[rtpLen:]
	}
	if b[0]&0xf0 != 0 {
		return h, nil, errNibble
	}
	h.L, h.R, h.M = b[0]&0x08 != 0, b[0]&0x04 != 0, Modifier(b[0]&3)
	if !h.L && h.M == 1 {
		return h, nil, errReserved
	}
	h.Fragment = Fragment(b[1] >> 6)
	h.Seq = binary.BigEndian.Uint16(b[2:])
	payload = b[wordLen:]
	if n := int(b[1] & 0x3f); n != 0 {
		if n < HeaderLen(rtp) || n > len(all) {
			return h, nil, fmt.Errorf("pseudowire packet: length field %d in a packet of %d octets (RFC 4553 4.3)", n, len(all))
		}
		payload = payload[:n-HeaderLen(rtp)]
	}
	return h, payload, nil
}
