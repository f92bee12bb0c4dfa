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

const (
	keep  = 512 // prefix sums kept, a power of two: what a character, its neighbours and the search reach back
	back  = 220 // samples that the search goes back when a carrier is found
	block = 8   // samples per carrier decision
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
	ref      [][2]complex128 // conjugates of the tones, a period of both
	phase    int             // index in ref of the next sample

	// Prefix sums of the signal times each tone's conjugate: that of all samples before number i is at index i%keep. Times
	// are such numbers, and fractions of them.
	sum   [keep]sums
	n     int64 // samples taken
	begin int64 // of them before the present slice

	inBlock int
	power   float64 // smoothed energy of a block
	tones   float64 // smoothed energy of the stronger tone in a block
	quiet   int     // blocks in a row without energy
	age     int     // blocks since the averages began

	state  state
	at     float64 // next time to look at: a start bit tried (hunt) or expected (data)
	track  tracking
	search search
	errors int // characters in a row with a bad stop bit
	share  float64
}

// A sums is the prefix sums at one index: of the samples before it times the conjugate of each tone, and of their energy.
type sums struct {
	tone   [2]complex128 // space, mark
	energy float64
}

// references returns the conjugates of both tones over a common period.
func references(s Spec) [][2]complex128 {
	n := rate / gcd(rate, gcd(int(math.Round(s.SpaceHz)), int(math.Round(s.MarkHz))))
	ref := make([][2]complex128, n)
	for i := range ref {
		for t, hz := range [2]float64{s.SpaceHz, s.MarkHz} {
			sin, cos := math.Sincos(-2 * math.Pi * hz / rate * float64(i))
			ref[i][t] = complex(cos, sin)
		}
	}
	return ref
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
	d.ref = references(c.Spec)
	d.Reset()
	return d
}

// Reset forgets the signal.
func (d *Demodulator) Reset() {
	// The first sample has the number keep, so that the search can look behind it.
	d.n, d.begin = keep, keep
	d.phase = keep % len(d.ref)
	clear(d.sum[:])
	d.inBlock, d.power, d.tones, d.quiet, d.age = 0, 0, 0, 0, 0
	d.state, d.share = silent, 0
}

// Carrier reports whether a carrier is there.
func (d *Demodulator) Carrier() bool { return d.state != silent }

// Share returns how much of the signal's power the characters of the present or the last carrier have explained, averaged
// over the last ten or so: it tells which of two demodulators has the right modulation.
func (d *Demodulator) Share() float64 { return d.share }

// Process takes the next samples and appends what it found to evs, in order.
func (d *Demodulator) Process(pcm []int16, evs []Event) []Event {
	d.begin = d.n
	for len(pcm) > 0 {
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

// add extends the prefix sums by samples of one block.
func (d *Demodulator) add(pcm []int16) {
	at := int(d.n) % keep
	last := d.sum[at]
	for _, s := range pcm {
		v := float64(s)
		c := &d.ref[d.phase]
		if d.phase++; d.phase == len(d.ref) {
			d.phase = 0
		}
		last.tone[0] += complex(v*real(c[0]), v*imag(c[0]))
		last.tone[1] += complex(v*real(c[1]), v*imag(c[1]))
		last.energy += v * v
		at = (at + 1) % keep
		d.sum[at] = last
	}
	d.n += int64(len(pcm))
}

// restart lets the sums begin from zero again, before they grow so large that they lose precision.
func (d *Demodulator) restart() {
	zero := d.sum[d.n%keep]
	for i := range d.sum {
		s := &d.sum[i]
		s.tone[0] -= zero.tone[0]
		s.tone[1] -= zero.tone[1]
		s.energy -= zero.energy
	}
}

// step follows the carrier by one block and looks for characters.
func (d *Demodulator) step(evs []Event) []Event {
	now, then := &d.sum[d.n%keep], &d.sum[uint64(d.n-block)%keep]
	energy := now.energy - then.energy
	best := max(power(now.tone[0]-then.tone[0]), power(now.tone[1]-then.tone[1]))
	d.power += (energy - d.power) / smooth
	d.tones += (best*2/block - d.tones) / smooth
	if energy < max(d.minPower*block/2, d.power/100) {
		d.quiet++
	} else {
		d.quiet = 0
	}
	d.age++

	if d.state == silent {
		if now.energy > 1e15 {
			d.restart()
		}
		if d.age < smooth || d.power < d.minPower*block || d.tones < found*d.power || d.quiet > 0 {
			return evs
		}
		d.state = hunt
		d.at = float64(d.n - back)
		d.track = tracking{bit: d.bit, skew: 1, turn: 1}
		d.search = search{}
		d.share = 0
		evs = append(evs, Event{Kind: CarrierOn, At: int(d.n - d.begin)})
	}
	evs = d.characters(evs)
	if d.quiet >= 4 || d.tones < missed*d.power {
		d.state = silent
		d.power, d.tones, d.age = 0, 0, 0
		evs = append(evs, Event{Kind: CarrierOff, At: int(d.n - d.begin)})
	}
	return evs
}

// offset turns a time into one relative to the present slice.
func (d *Demodulator) offset(t float64) int {
	return int(int64(math.Round(t)) - d.begin)
}

// corr returns the correlation with a tone (0 space, 1 mark) from time a to time b.
func (d *Demodulator) corr(tone int, a, b float64) complex128 {
	return d.prefix(tone, b) - d.prefix(tone, a)
}

func (d *Demodulator) prefix(tone int, t float64) complex128 {
	i := uint64(t)
	f := t - float64(i)
	a, b := d.sum[i%keep].tone[tone], d.sum[(i+1)%keep].tone[tone]
	return complex(real(a)+f*(real(b)-real(a)), imag(a)+f*(imag(b)-imag(a)))
}

func power(c complex128) float64 { return real(c)*real(c) + imag(c)*imag(c) }
