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
	MinDBm0 level.DBm0 // least level of the carrier; default -58
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
	ref      [][4]float64 // conjugates of the tones (re, im of space and mark), a period of both and a block
	period   int
	step1    complex128 // rotation of twist from sample to sample
	phase    int        // index in ref of the next sample
	tuning   tuner      // how far the line has shifted the carrier

	// Prefix sums of the filtered signal times each tone's conjugate, and of its energy: those of all samples before number
	// i are at index i%keep, with those of index 0 at keep as well. Times are such numbers, and fractions of them.
	front    front
	tone     [keep + 1][4]float64
	energy   [keep + 1]float64
	filtered [keep]float64 // sample number i at index i%keep
	n        int64         // samples taken
	begin    int64         // of them before the present slice

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
		c.MinDBm0 = -58
	}
	a := c.MinDBm0.Amplitude()
	d := &Demodulator{spec: c.Spec, bit: c.Spec.bit(), minPower: a * a / 2 * filterGain, front: newFront()}
	d.step1 = d.angle(1)
	// Moved by any number of steps, both tones are still multiples of what they and a step have in common.
	common := gcd(gcd(rate, tuneStep), gcd(int(math.Round(c.Spec.SpaceHz)), int(math.Round(c.Spec.MarkHz))))
	d.ref = make([][4]float64, 0, rate/common+block)
	d.Reset()
	return d
}

// Reset forgets the signal.
func (d *Demodulator) Reset() {
	// The first sample has the number keep, so that the search can look behind it.
	d.n, d.begin = keep, keep
	d.front.state, d.front.tones, d.front.energy = [2][2]float64{}, [4]float64{}, 0
	clear(d.tone[:])
	clear(d.energy[:])
	clear(d.filtered[:])
	d.tuning = tuner{}
	d.tune(0)
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

// add extends the prefix sums by samples of one block, which never passes the end of their ring.
func (d *Demodulator) add(pcm []int16) {
	at := int(d.n % keep)
	add(&d.front, pcm, d.ref[d.phase:], d.filtered[at:], d.tone[at+1:], d.energy[at+1:])
	if at+len(pcm) == keep {
		d.tone[0], d.energy[0] = d.tone[keep], d.energy[keep]
	}
	if d.phase += len(pcm); d.phase >= d.period {
		d.phase -= d.period
	}
	d.n += int64(len(pcm))
}

// restart lets the sums begin from zero again, before they grow so large that they lose precision.
func (d *Demodulator) restart() {
	tone, energy := d.front.tones, d.front.energy
	for i := range d.tone {
		for k := range tone {
			d.tone[i][k] -= tone[k]
		}
		d.energy[i] -= energy
	}
	d.front.tones, d.front.energy = [4]float64{}, 0
}

// step follows the carrier by one block and looks for characters.
func (d *Demodulator) step(evs []Event) []Event {
	now, then := d.n%keep, (d.n-block)%keep
	energy := d.energy[now] - d.energy[then]
	space, mark := d.between(0, then, now), d.between(1, then, now)
	best := max(power(space), power(mark))
	d.power += (energy - d.power) / smooth
	d.tones += (best*2/block - d.tones) / smooth
	if energy < max(d.minPower*block/2, d.power/100) {
		d.quiet++
	} else {
		d.quiet = 0
	}
	d.age++
	if off, ok := d.tuning.listen(mark, energy); ok {
		d.retune(off)
	}

	if d.state == silent {
		if d.front.energy > 1e15 {
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
	a, b := &d.tone[i%keep], &d.tone[i%keep+1]
	re, im := a[2*tone], a[2*tone+1]
	return complex(re+float64(f*(b[2*tone]-re)), im+float64(f*(b[2*tone+1]-im)))
}

// between returns the correlation with a tone between two indices of the sums.
func (d *Demodulator) between(tone int, a, b int64) complex128 {
	return complex(d.tone[b][2*tone]-d.tone[a][2*tone], d.tone[b][2*tone+1]-d.tone[a][2*tone+1])
}

func power(c complex128) float64 { return real(c)*real(c) + imag(c)*imag(c) }
