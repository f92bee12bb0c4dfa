package wire

import (
	"encoding/binary"
	"hash/crc32"
)

// Lengths in octets.
const (
	Header     = 4
	MaxMessage = 1200
	MaxBody    = MaxMessage - Header - 4
	MaxFrame   = MaxMessage + MaxMessage/254 + 1 // encoded, without the zeros around it
	// MaxControl is the longest control message while PCM runs.
	MaxControl = 256
)

// Type is the type of a message.
type Type uint8

// Requests, and the bit that makes the type of an answer.
const (
	TypeHello Type = 0x01 + iota
	TypeTime
	TypeTransfer
	TypeSense
	TypeDrive
	TypeStart
	TypeStop
	TypeStatistics
	TypeReset

	TypeInfo     Type = 0x10
	TypeErase    Type = 0x11
	TypeWrite    Type = 0x12
	TypeSum      Type = 0x13
	TypeCommit   Type = 0x14
	TypeConfirm  Type = 0x15
	TypeRollback Type = 0x16

	TypeCrashRead  Type = 0x20
	TypeCrashClear Type = 0x21

	Answer Type = 0x80
)

// Messages without an answer.
const (
	TypeEvent    Type = 0x40
	TypeUp       Type = 0x41
	TypeDown     Type = 0x42
	TypeEventAck Type = 0x43
)

var typeNames = map[Type]string{
	TypeHello: "HELLO", TypeTime: "TIME", TypeTransfer: "TRANSFER", TypeSense: "SENSE", TypeDrive: "DRIVE",
	TypeStart: "PCM START", TypeStop: "PCM STOP", TypeStatistics: "STATISTICS", TypeReset: "RESET",
	TypeInfo: "FIRMWARE INFO", TypeErase: "FIRMWARE ERASE", TypeWrite: "FIRMWARE WRITE", TypeSum: "FIRMWARE SUM",
	TypeCommit: "FIRMWARE COMMIT", TypeConfirm: "FIRMWARE CONFIRM", TypeRollback: "FIRMWARE ROLLBACK",
	TypeCrashRead: "CRASH READ", TypeCrashClear: "CRASH CLEAR",
	TypeEvent: "EVENT", TypeUp: "PCM UP", TypeDown: "PCM DOWN", TypeEventAck: "EVENT ACK",
}

// String returns the name in the protocol's description.
func (t Type) String() string {
	name, ok := typeNames[t&^Answer]
	switch {
	case !ok:
		return "message " + hex8(uint8(t))
	case t&Answer != 0:
		return name + " answer"
	}
	return name
}

func hex8(v uint8) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[v>>4], digits[v&15]})
}

// Request reports whether t wants an answer.
func (t Type) Request() bool { return t > 0 && t < 0x40 }

// A Message is a frame's content.
type Message struct {
	Type    Type
	Session uint8
	Seq     uint16
	Body    []byte
}

// Begin appends a message's header to dst; the body follows, then End.
func Begin(dst []byte, t Type, session uint8, seq uint16) []byte {
	return append(dst, byte(t), session, byte(seq), byte(seq>>8))
}

// End appends the CRC of the message that begins at dst[start].
func End(dst []byte, start int) []byte {
	return binary.LittleEndian.AppendUint32(dst, crc32.ChecksumIEEE(dst[start:]))
}

// AppendFrame appends a message, which End has finished, as it goes over the wire.
func AppendFrame(dst, message []byte) []byte {
	return append(AppendCOBS(append(dst, 0), message), 0)
}

// Faults counts what a Decoder has dropped.
type Faults struct {
	CRC   uint32 // frames with a wrong CRC
	Frame uint32 // frames that are no COBS, too long or too short
}

// A Decoder finds messages in a stream of octets.
type Decoder struct {
	Faults
	buf  [MaxFrame]byte
	n    int
	long bool
}

// Next consumes octets of in until a message is complete. It returns the message, whose Body is valid until the next call,
// and what is left of in; ok is false when in is used up.
func (d *Decoder) Next(in []byte) (m Message, rest []byte, ok bool) {
	for i, b := range in {
		switch {
		case b != 0 && d.n < len(d.buf):
			d.buf[d.n] = b
			d.n++
		case b != 0:
			d.long = true
		case d.n > 0:
			m, ok = d.frame()
			d.n, d.long = 0, false
			if ok {
				return m, in[i+1:], true
			}
		}
	}
	return Message{}, nil, false
}

// Reset forgets a frame that has begun.
func (d *Decoder) Reset() { d.n, d.long = 0, false }

func (d *Decoder) frame() (Message, bool) {
	data, err := DecodeCOBS(d.buf[:d.n])
	if err != nil || d.long || len(data) < Header+4 || len(data) > MaxMessage {
		d.Faults.Frame++
		return Message{}, false
	}
	end := len(data) - 4
	if crc32.ChecksumIEEE(data[:end]) != binary.LittleEndian.Uint32(data[end:]) {
		d.Faults.CRC++
		return Message{}, false
	}
	return Message{Type(data[0]), data[1], binary.LittleEndian.Uint16(data[2:]), data[Header:end]}, true
}
