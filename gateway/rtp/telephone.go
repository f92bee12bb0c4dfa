package rtp

import (
	"encoding/binary"
	"math"
)

// Telephone-event codes of RFC 4733 §3.2 and, from 32 on, of RFC 4734 §6.1.
const (
	eventFlash = 16
	lastDigit  = 15 // 0-9, *, #, A-D
)

const eventDigits = "0123456789*#ABCD"

var faxTones = map[uint8]string{
	32: "ans", 33: "ans-pr", 34: "ansam", 35: "ansam-pr", 36: "cng", 37: "v21-ch1-0", 38: "v21-ch1-1", 39: "v21-ch2-0", 40: "v21-ch2-1",
}

// eventCode returns the event of a digit, or of '!' for a hook flash.
func eventCode(digit byte) (uint8, bool) {
	switch {
	case digit >= '0' && digit <= '9':
		return digit - '0', true
	case digit == '*':
		return 10, true
	case digit == '#':
		return 11, true
	case digit >= 'A' && digit <= 'D':
		return digit - 'A' + 12, true
	case digit == '!':
		return eventFlash, true
	}
	return 0, false
}

// A telephoneEvent is one report of the payload of RFC 4733 §2.3.
type telephoneEvent struct {
	event    uint8
	end      bool
	volume   uint8  // -dBm0, 0 to 63
	duration uint16 // timestamp units
}

const eventLen = 4

func (t telephoneEvent) put(b []byte) {
	b[0] = t.event
	b[1] = t.volume & 0x3F
	if t.end {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], t.duration)
}

// parseEvent reads the first report of a payload. Further ones (§2.5.1.5) repeat what earlier packets said.
func parseEvent(b []byte) (t telephoneEvent, ok bool) {
	if len(b) < eventLen {
		return t, false
	}
	return telephoneEvent{
		event:    b[0],
		end:      b[1]&0x80 != 0,
		volume:   b[1] & 0x3F,
		duration: binary.BigEndian.Uint16(b[2:]),
	}, true
}

// volumeOf returns the volume field of two tones' levels in dBm0: their joint power with the sign dropped.
func volumeOf(low, high float32) uint8 {
	p := math.Pow(10, float64(low)/10) + math.Pow(10, float64(high)/10)
	v := math.Round(-10 * math.Log10(p))
	return uint8(max(0, min(63, v)))
}
