package q931

import (
	"errors"

	"tipring/tdm"
)

// ext is the extension bit: clear when another octet of the same group follows.
const ext = 0x80

var errContents = errors.New("q931: information element contents in error")

var errNoMaintenance = errors.New("q931: this switch type has no SERVICE messages")

// Cause is the cause element, Q.931 §4.5.12 and Q.850 §2.1.
type causeElement struct {
	Location    uint8 // 0 user, 1 private network serving the local user, 2 public network serving it ...
	Value       tdm.Cause
	Diagnostics []byte
}

// Locations of Q.850 §2.2.3 that we give.
const (
	locationUser         = 0
	locationLocalPrivate = 1
	locationLocalPublic  = 2
)

func parseCause(c []byte) (causeElement, error) {
	if len(c) < 2 {
		return causeElement{}, errContents
	}
	e := causeElement{Location: c[0] & 0x0f}
	i := 1
	if c[0]&ext == 0 { // octet 3a: recommendation
		i = 2
	}
	if len(c) <= i {
		return causeElement{}, errContents
	}
	e.Value = tdm.Cause(c[i] & 0x7f)
	e.Diagnostics = c[i+1:]
	if e.Value == 0 {
		return causeElement{}, errContents
	}
	return e, nil
}

func appendCause(b []byte, location uint8, v tdm.Cause, diagnostics ...byte) []byte {
	b = append(b, byte(elCause), byte(2+len(diagnostics)), ext|location, ext|byte(v))
	return append(b, diagnostics...)
}

// A Bearer is the bearer capability, Q.931 §4.5.5, as far as circuits need it.
type Bearer struct {
	Capability uint8 // octet 3, bits 5-1: 0 speech, 8 unrestricted, 9 restricted, 16 3.1 kHz audio
	Rate       uint8 // octet 4: 0x10 is 64 kbit/s circuit mode
	Layer1     uint8 // octet 5, bits 5-1: 2 mu-law, 3 A-law; 0 when absent
}

const circuit64 = 0x10

func parseBearer(c []byte) (Bearer, error) {
	if len(c) < 2 {
		return Bearer{}, errContents
	}
	b := Bearer{Capability: c[0] & 0x1f, Rate: c[1] & 0x7f}
	rest := c[2:]
	if b.Rate == 0x18 && len(rest) > 0 { // multirate: octet 4.1
		rest = rest[1:]
	}
	if len(rest) > 0 && rest[0]&0x60 == 0x20 {
		b.Layer1 = rest[0] & 0x1f
	}
	return b, nil
}

func appendBearer(b []byte, x Bearer) []byte {
	if x.Layer1 == 0 {
		return appendElement(b, elBearer, ext|x.Capability, ext|x.Rate)
	}
	return appendElement(b, elBearer, ext|x.Capability, ext|x.Rate, ext|0x20|x.Layer1)
}

// A channelElement is the channel identification, Q.931 §4.5.13.
type channelElement struct {
	Interface    int // explicit identifier, or -1
	Exclusive    bool
	DChannel     bool
	Selection    uint8  // 0 none, 1 as indicated, 3 any
	Map          bool   // the channels come as a slot map
	Channels     uint32 // bit n: channel n, of a list or a map
	notB, noUnit bool   // channel type other than B; basic interface
}

const (
	selectNone      = 0
	selectIndicated = 1
	selectAny       = 3
)

func parseChannel(c []byte) (channelElement, error) {
	if len(c) < 1 {
		return channelElement{}, errContents
	}
	e := channelElement{Interface: -1, Exclusive: c[0]&0x08 != 0, DChannel: c[0]&0x04 != 0, Selection: c[0] & 3}
	hasInterface, primary := c[0]&0x40 != 0, c[0]&0x20 != 0
	e.noUnit = !primary
	c = c[1:]
	if hasInterface {
		v, n := 0, 0
		for {
			if n == len(c) || n == 2 {
				return e, errContents
			}
			v = v<<7 | int(c[n]&0x7f)
			n++
			if c[n-1]&ext != 0 {
				break
			}
		}
		e.Interface, c = v, c[n:]
	}
	if !primary || e.Selection != selectIndicated || e.DChannel {
		return e, nil
	}
	if len(c) < 1 { // RESTART of an interface gives no channel
		return e, nil
	}
	e.notB, e.Map = c[0]&0x0f != 3, c[0]&0x10 != 0
	if c[0]&0x60 != 0 { // coding standard other than ITU-T
		return e, errContents
	}
	c = c[1:]
	if e.Map {
		// Figure 4-19: octet 3.3 holds the highest numbered eight, the last one channels 8 to 1.
		if len(c) != 3 && len(c) != 4 {
			return e, errContents
		}
		for _, o := range c {
			e.Channels = e.Channels<<8 | uint32(o)
		}
		e.Channels <<= 1 // bit 0 is channel 1; what bit 31 would be is timeslot 32, which none has
		return e, nil
	}
	if len(c) == 0 {
		return e, errContents
	}
	for i, o := range c {
		if o&0x7f > 31 || o&0x7f == 0 && len(c) > 1 {
			return e, errContents
		}
		e.Channels |= 1 << (o & 0x7f)
		if o&ext != 0 && i < len(c)-1 {
			break // some set it in each octet: what follows is no channel of this list
		}
	}
	return e, nil
}

func (e channelElement) append(b []byte) []byte {
	first := ext | 0x20 | e.Selection
	if e.Exclusive {
		first |= 0x08
	}
	if e.DChannel {
		first |= 0x04
	}
	at := len(b)
	b = append(b, byte(elChannel), 0, first)
	if e.Interface >= 0 {
		b[at+2] |= 0x40
		if e.Interface > 0x7f {
			b = append(b, byte(e.Interface>>7)&0x7f)
		}
		b = append(b, ext|byte(e.Interface&0x7f))
	}
	if e.Selection == selectIndicated && !e.DChannel && e.Channels != 0 {
		switch {
		case e.Map:
			b = append(b, ext|0x13, byte(e.Channels>>25), byte(e.Channels>>17), byte(e.Channels>>9), byte(e.Channels>>1))
		default:
			b = append(b, ext|0x03)
			for n := range 32 {
				if e.Channels>>n&1 != 0 {
					b = append(b, byte(n))
				}
			}
			b[len(b)-1] |= ext
		}
	}
	b[at+1] = byte(len(b) - at - 2)
	return b
}

// Progress descriptions, Q.931 §4.5.23.
const (
	progressNotISDN   = 1
	progressInBand    = 8
	progressLocNet    = locationLocalPublic
	progressLocPublic = 4
)

// A progress indicator: location and description.
func parseProgress(c []byte) (location, description uint8, err error) {
	if len(c) < 2 {
		return 0, 0, errContents
	}
	return c[0] & 0x0f, c[1] & 0x7f, nil
}

func appendProgress(b []byte, location, description uint8) []byte {
	return appendElement(b, elProgress, ext|location, ext|description)
}

// numberElement is a party number: calling §4.5.10, called §4.5.8, connected, redirecting §4.6.7 (Q.952), redirection.
type numberElement struct {
	Type, Plan   uint8
	HasScreening bool // octet 3a was there
	Presentation uint8
	Screening    uint8
	HasReason    bool // octet 3b of a redirecting number
	Reason       uint8
	Digits       []byte
}

func parseNumber(c []byte) (numberElement, error) {
	if len(c) < 1 {
		return numberElement{}, errContents
	}
	n := numberElement{Type: c[0] >> 4 & 7, Plan: c[0] & 0x0f}
	more := c[0]&ext == 0
	c = c[1:]
	if more {
		if len(c) == 0 {
			return n, errContents
		}
		n.HasScreening, n.Presentation, n.Screening = true, c[0]>>5&3, c[0]&3
		more, c = c[0]&ext == 0, c[1:]
	}
	if more {
		if len(c) == 0 {
			return n, errContents
		}
		n.HasReason, n.Reason = true, c[0]&0x0f
		c = c[1:]
	}
	n.Digits = c
	return n, nil
}

func (n numberElement) append(b []byte, id ElementID) []byte {
	at := len(b)
	b = append(b, byte(id), 0, n.Type<<4|n.Plan)
	if n.HasScreening || n.HasReason {
		b = append(b, n.Presentation<<5|n.Screening)
	}
	if n.HasReason {
		b = append(b, n.Reason)
	}
	b[len(b)-1] |= ext
	b = append(b, n.Digits...)
	b[at+1] = byte(len(b) - at - 2)
	return b
}

// appendText appends a display (§4.5.16) or keypad facility element, at most limit octets of it.
func appendText(b []byte, id ElementID, s string, limit int) []byte {
	s = s[:min(len(s), limit)]
	b = append(b, byte(id), byte(len(s)))
	return append(b, s...)
}

// displayText is a display element's text: some networks put an octet with the extension bit before it (the display type
// of AT&T's and Northern Telecom's switches).
func displayText(c []byte) string {
	if len(c) > 0 && c[0]&ext != 0 {
		c = c[1:]
	}
	return string(c)
}

// Restart classes, Q.931 §4.5.25.
const (
	restartChannels  = 0
	restartInterface = 6
	restartAll       = 7
)
