package modem

import (
	"tipring/dsp/g711"
	"tipring/dsp/resample"
	"tipring/hw/modem/ima"
)

// blockSamples is how many samples of the modem's are converted at a time; at 8 kHz they are at most 160, the longest block
// that a pipe between clocks takes.
const blockSamples = 128

// A decoder turns one direction's octets into 8 kHz samples. Any cut of the octets gives the same samples; nothing is
// allocated.
type decoder struct {
	coding Coding
	ima    ima.Coder
	low    byte // Linear16: the least octet that waits for its partner
	half   bool
	native [2 * blockSamples]int16 // at the modem's rate
	n      int
	rate   *resample.Resampler // nil at 8 kHz
	out    []int16
	sink   func(pcm []int16) // called with the samples, at least once every blockSamples of the modem's
}

func newDecoder(f Format, sink func([]int16)) *decoder {
	d := &decoder{coding: f.Coding, sink: sink}
	if f.Rate != 8000 {
		d.rate = resample.New(f.Rate, 8000)
		d.out = make([]int16, d.rate.Max(len(d.native)))
	}
	return d
}

// octet takes one octet of audio.
func (d *decoder) octet(b byte) {
	switch d.coding {
	case ULaw:
		d.sample(g711.MuLaw.DecodeSample(b))
	case ALaw:
		d.sample(g711.ALaw.DecodeSample(b))
	case Unsigned8:
		d.sample(int16(b^0x80) << 8)
	case Signed8:
		d.sample(int16(b) << 8)
	case Linear16:
		if d.half {
			d.sample(int16(uint16(b)<<8 | uint16(d.low)))
		}
		d.low, d.half = b, !d.half
	case IMALow:
		d.sample(d.ima.Decode(b & 15))
		d.sample(d.ima.Decode(b >> 4))
	case IMAHigh:
		d.sample(d.ima.Decode(b >> 4))
		d.sample(d.ima.Decode(b & 15))
	}
}

func (d *decoder) sample(v int16) {
	d.native[d.n] = v
	if d.n++; d.n >= blockSamples {
		d.flush()
	}
}

// pass hands over what has been decoded if it is worth the while: 10 ms.
func (d *decoder) pass() {
	if d.n >= 80 {
		d.flush()
	}
}

// flush hands over what has been decoded.
func (d *decoder) flush() {
	if d.n == 0 {
		return
	}
	pcm := d.native[:d.n]
	d.n = 0
	if d.rate != nil {
		pcm = d.out[:d.rate.Process(d.out, pcm)]
	}
	if len(pcm) > 0 {
		d.sink(pcm)
	}
}

// An encoder turns 8 kHz samples into octets for the modem, not yet shielded.
type encoder struct {
	coding Coding
	ima    ima.Coder
	first  byte // IMA: the code that waits for its partner
	half   bool
	rate   *resample.Resampler // nil at 8 kHz
	native []int16
}

func newEncoder(f Format) *encoder {
	e := &encoder{coding: f.Coding}
	if f.Rate != 8000 {
		e.rate = resample.New(8000, f.Rate)
		e.native = make([]int16, e.rate.Max(blockSamples))
	}
	return e
}

// encode appends the octets of pcm.
func (e *encoder) encode(dst []byte, pcm []int16) []byte {
	if e.rate == nil {
		return e.octets(dst, pcm)
	}
	for len(pcm) > 0 {
		n := min(len(pcm), blockSamples)
		dst = e.octets(dst, e.native[:e.rate.Process(e.native, pcm[:n])])
		pcm = pcm[n:]
	}
	return dst
}

func (e *encoder) octets(dst []byte, pcm []int16) []byte {
	for _, v := range pcm {
		switch e.coding {
		case ULaw:
			dst = append(dst, g711.MuLaw.EncodeSample(v))
		case ALaw:
			dst = append(dst, g711.ALaw.EncodeSample(v))
		case Unsigned8:
			dst = append(dst, round8(v)^0x80)
		case Signed8:
			dst = append(dst, round8(v))
		case Linear16:
			dst = append(dst, byte(v), byte(uint16(v)>>8))
		case IMALow, IMAHigh:
			code := e.ima.Encode(v)
			switch {
			case !e.half:
				e.first = code
			case e.coding == IMALow:
				dst = append(dst, e.first|code<<4)
			default:
				dst = append(dst, e.first<<4|code)
			}
			e.half = !e.half
		}
	}
	return dst
}

// round8 rounds to the eight upper bits.
func round8(v int16) byte {
	return byte(min(int32(v)+128, 32767) >> 8)
}
