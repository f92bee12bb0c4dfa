package hdlc

import (
	"fmt"
	"math/bits"
)

// Fill is what goes over the line between frames.
type Fill uint8

// The fills of Q.921 §2.2 and of I.430: a primary rate D channel idles on flags, a basic rate one on marks.
const (
	Flags Fill = iota
	Marks
)

// Config describes a channel. The zero value is a D channel: 64 kbit/s, flags between frames, 260 octets of information.
type Config struct {
	// Mask has a one for each bit of a timeslot that belongs to the channel; 0 means all of them. 0xfe is 56 kbit/s as
	// robbed-bit trunks need it, 0xc0 a 16 kbit/s subrate channel in the first two bits.
	Mask uint8
	// MaxFrame is the longest frame in octets, FCS not counted; 0 means N201 of Q.921 §5.9.3 and the four octets before it.
	MaxFrame int
	// Queue is the room for frames that wait to be sent, in octets with three more a frame; 0 means 16 frames of MaxFrame.
	Queue int
	Fill  Fill
}

const defaultMaxFrame = 260 + 4

func (c Config) resolved() Config {
	if c.Mask == 0 {
		c.Mask = 0xff
	}
	if c.MaxFrame == 0 {
		c.MaxFrame = defaultMaxFrame
	}
	if c.Queue == 0 {
		c.Queue = 16 * (c.MaxFrame + lengthOctets)
	}
	return c
}

// Validate says what is wrong with a configuration, or nil.
func (c Config) Validate() error {
	c = c.resolved()
	switch {
	case c.MaxFrame < 1 || c.MaxFrame > 1<<16-1:
		return fmt.Errorf("hdlc: frames of up to %d octets: give 1 to 65535", c.MaxFrame)
	case c.Queue < c.MaxFrame+lengthOctets:
		return fmt.Errorf("hdlc: a queue of %d octets does not hold a frame of %d: give %d or more", c.Queue, c.MaxFrame, c.MaxFrame+lengthOctets)
	case c.Fill > Marks:
		return fmt.Errorf("hdlc: no such fill: %d", c.Fill)
	}
	return nil
}

// rate is the number of bits a timeslot carries.
func (c Config) rate() int { return bits.OnesCount8(c.Mask) }

// gather and scatter move the bits under mask to the low end, first bit on the line highest, and back.
func gather(mask, octet uint8) (v uint8) {
	for b := uint8(0x80); b != 0; b >>= 1 {
		if mask&b != 0 {
			v <<= 1
			if octet&b != 0 {
				v |= 1
			}
		}
	}
	return v
}

func scatter(mask, v uint8) uint8 {
	octet := ^mask
	for b := uint8(1); b != 0; b <<= 1 {
		if mask&b != 0 {
			if v&1 != 0 {
				octet |= b
			}
			v >>= 1
		}
	}
	return octet
}
