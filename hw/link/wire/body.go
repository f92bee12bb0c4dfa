package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrMalformed is what Parse of a body returns that the protocol does not allow.
var ErrMalformed = errors.New("malformed body")

// Status is the first octet of an answer.
type Status uint8

// Statuses.
const (
	OK Status = iota
	Pending
	Busy
	LinesBusy
	Malformed
	Unknown
	NoDevice
	Refused
	FlashError
	WrongState
)

var statusNames = [...]string{"ok", "pending", "busy", "refused while audio runs", "malformed request", "request unknown to the card",
	"no such device", "image refused", "flash memory error", "not possible in this state"}

// String returns the status in words.
func (s Status) String() string {
	if int(s) < len(statusNames) {
		return statusNames[s]
	}
	return fmt.Sprintf("status %d", uint8(s))
}

// A reader takes fields off the front of a body. Reading past its end gives zeros and sets short.
type reader struct {
	b     []byte
	short bool
}

func (r *reader) take(n int) []byte {
	if n > len(r.b) {
		r.short, r.b = true, nil
		return nil
	}
	p := r.b[:n:n]
	r.b = r.b[n:]
	return p
}

func (r *reader) u8() uint8 {
	if p := r.take(1); p != nil {
		return p[0]
	}
	return 0
}

func (r *reader) u16() uint16 {
	if p := r.take(2); p != nil {
		return binary.LittleEndian.Uint16(p)
	}
	return 0
}

func (r *reader) u32() uint32 {
	if p := r.take(4); p != nil {
		return binary.LittleEndian.Uint32(p)
	}
	return 0
}

func (r *reader) u64() uint64 {
	if p := r.take(8); p != nil {
		return binary.LittleEndian.Uint64(p)
	}
	return 0
}

// text reads n octets of ASCII padded with zeros; octets that cannot be printed become question marks.
func (r *reader) text(n int) string { return clean(r.take(n)) }

func clean(p []byte) string {
	out := make([]byte, 0, len(p))
	for _, c := range p {
		if c == 0 {
			break
		}
		if c < ' ' || c > '~' {
			c = '?'
		}
		out = append(out, c)
	}
	return string(out)
}

// err is the verdict of a Parse whose values are allowed when ok.
func (r *reader) err(ok bool) error {
	if r.short || !ok {
		return ErrMalformed
	}
	return nil
}

// appendText appends s cut or padded with zeros to n octets.
func appendText(b []byte, s string, n int) []byte {
	for i := range n {
		var c byte
		if i < len(s) {
			c = s[i]
		}
		b = append(b, c)
	}
	return b
}

var le = binary.LittleEndian
