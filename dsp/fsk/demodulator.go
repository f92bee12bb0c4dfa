package fsk

import (
	"math"

	"tipring/dsp/level"
)

// Kind is what an Event says.
type Kind uint8

// The findings of a Demodulator. Bytes come between CarrierOn and CarrierOff only.
const (
	CarrierOn Kind = iota + 1
	Byte
	CarrierOff
)

// An Event is one finding.
type Event struct {
	Kind Kind
	Byte byte
	// Bad is set on a Byte whose stop bit was a space.
	Bad bool
	// At is the sample at which the character's start bit began, or at which the carrier was found or missed, as an offset
	// from the first sample of the slice given to Process; negative when it lies in an earlier slice.
	At int
}

// A Config sets a Demodulator's limits. Zero fields take the defaults.
type Config struct {
	Spec    Spec
	MinDBm0 level.DBm0 // least level of the carrier; default -48
}

// Sizes of the store of prefix sums, in samples.
const (
	keep  = 256
	store = 2048
	block = 8 // samples per carrier decision
)

// The carrier is judged by the share of a block's energy that the stronger tone holds, averaged over 16 ms: 1 for a steady
// tone, 0.75 for random bits, 0.55 for alternating ones, 0.37 for white noise.
const (
	smooth = 16
	found  = 0.56
	missed = 0.42
)

type state uint8

const (
	silent state = iota // no carrier
	hunt                // carrier, no character timing
	data                // the next character is due at a known time
)

// A Demodulator finds a carrier and the characters on it.
type Demodulator struct {
	spec     Spec
	bit      float64 // nominal length in samples
	minPower float64
	ref      [2]reference // space, mark

	// Prefix sums of the signal times each tone's conjugate, index i holding the sum of the samples before i.
	sum   [2][store]complex128
	fill  int   // samples in the sums
	base  int64 // absolute number of the sums' first sample
	begin int64 // absolute number of the first sample of the present slice

	inBlock int
	energy  float64 // of the present block
	power   float64 // smoothed energy of a block
	tones   float64 // smoothed energy of the stronger tone in a block
	quiet   int     // blocks in a row without energy

	state  state
	at     float64 // next time to look at: a start bit tried (hunt) or expected (data), in samples of the sums
	track  tracking
	search search
	errors int // characters in a row with a bad stop bit
	share  float64
}

// A reference is one tone as a table of its period.
type reference struct {
	table []complex128
	i     int
}

func newReference(hz float64) reference {
	n := rate
	if f := int(math.Round(hz)); f > 0 {
		n = rate / gcd(rate, f)
	}
	r := reference{table: make([]complex128, n)}
	for i := range r.table {
		s, c := math.Sincos(-2 * math.Pi * hz / rate * float64(i))
		r.table[i] = complex(c, s)
	}
	return r
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// NewDemodulator returns a Demodulator of a modulation with the default limits.
func NewDemodulator(s Spec) *Demodulator { return New(Config{Spec: s}) }

// New returns a Demodulator.
func New(c Config) *Demodulator {
	if c.MinDBm0 == 0 {
		c.MinDBm0 = -48
	}
	a := c.MinDBm0.Amplitude()
	d := &Demodulator{spec: c.Spec, bit: c.Spec.bit(), minPower: a * a / 2}
	d.ref = [2]reference{newReference(c.Spec.SpaceHz), newReference(c.Spec.MarkHz)}
	d.Reset()
	return d
}

// Reset forgets the signal.
func (d *Demodulator) Reset() {
	d.fill, d.base, d.begin = keep, -keep, 0
	for t := range d.sum {
		clear(d.sum[t][:])
		d.ref[t].i = 0
	}
	d.inBlock, d.energy, d.power, d.tones, d.quiet = 0, 0, 0, 0, 0
	d.state, d.share = silent, 0
}

// Carrier reports whether a carrier is there.
func (d *Demodulator) Carrier() bool { return d.state != silent }

// Share returns how much of the signal's power the characters of the present or the last carrier have explained, averaged
// over the last ten or so: it tells which of two demodulators has the right modulation.
func (d *Demodulator) Share() float64 { return d.share }

// Process takes the next samples and appends what it found to evs, in order.
func (d *Demodulator) Process(pcm []int16, evs []Event) []Event {
	d.begin = d.base + int64(d.fill)
	for len(pcm) > 0 {
		if d.fill+block >= store {
			d.compact()
		}
		part := pcm[:min(block-d.inBlock, len(pcm))]
		d.add(part)
		pcm = pcm[len(part):]
		if d.inBlock += len(part); d.inBlock == block {
			d.inBlock = 0
			evs = d.step(evs)
		}
	}
	return evs
}

// add extends the prefix sums.
func (d *Demodulator) add(pcm []int16) {
	for t := range d.sum {
		r := &d.ref[t]
		sum := d.sum[t][d.fill : d.fill+len(pcm)+1]
		re, im := real(sum[0]), imag(sum[0])
		for k, s := range pcm {
			v := float64(s)
			c := r.table[r.i]
			if r.i++; r.i == len(r.table) {
				r.i = 0
			}
			re += v * real(c)
			im += v * imag(c)
			sum[k+1] = complex(re, im)
		}
	}
	for _, s := range pcm {
		d.energy += float64(s) * float64(s)
	}
	d.fill += len(pcm)
}

// compact moves what is still needed to the front, the sums starting from zero again.
func (d *Demodulator) compact() {
	from := d.fill - keep
	for t := range d.sum {
		s := &d.sum[t]
		zero := s[from]
		for i := range keep + 1 {
			s[i] = s[from+i] - zero
		}
	}
	d.fill = keep
	d.base += int64(from)
	d.at -= float64(from)
	d.search.edge -= float64(from)
}

// step follows the carrier by one block and looks for characters.
func (d *Demodulator) step(evs []Event) []Event {
	var best float64
	for t := range d.sum {
		s := &d.sum[t]
		best = max(best, power(s[d.fill]-s[d.fill-block]))
	}
	d.power += (d.energy - d.power) / smooth
	d.tones += (best*2/block - d.tones) / smooth
	if d.energy < max(d.minPower*block/2, d.power/100) {
		d.quiet++
	} else {
		d.quiet = 0
	}
	d.energy = 0

	if d.state == silent {
		if d.power < d.minPower*block || d.tones < found*d.power || d.quiet > 0 {
			return evs
		}
		d.state = hunt
		d.at = float64(d.fill) - 8*block
		d.track = tracking{bit: d.bit, skew: 1, turn: 1}
		d.search = search{}
		d.share = 0
		evs = append(evs, Event{Kind: CarrierOn, At: d.offset(float64(d.fill))})
	}
	evs = d.characters(evs)
	if d.quiet >= 4 || d.tones < missed*d.power {
		d.state = silent
		evs = append(evs, Event{Kind: CarrierOff, At: d.offset(float64(d.fill))})
	}
	return evs
}

// offset turns a time in the sums into one relative to the present slice.
func (d *Demodulator) offset(t float64) int {
	return int(int64(math.Round(t)) + d.base - d.begin)
}

// corr returns the correlation with a tone (0 space, 1 mark) from time a to time b.
func (d *Demodulator) corr(tone int, a, b float64) complex128 {
	return d.prefix(tone, b) - d.prefix(tone, a)
}

func (d *Demodulator) prefix(tone int, t float64) complex128 {
	i := int(t)
	s := d.sum[tone][i : i+2 : i+2]
	f := t - float64(i)
	return s[0] + complex(f*real(s[1]-s[0]), f*imag(s[1]-s[0]))
}

func power(c complex128) float64 { return real(c)*real(c) + imag(c)*imag(c) }
