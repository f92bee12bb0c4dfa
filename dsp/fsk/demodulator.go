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
	keep  = 512 // prefix sums kept, a power of two: what a character, its neighbours and the search reach back, and most
	back  = 220 // samples that the search goes back when a carrier is found
	block = 8   // samples per carrier decision
	most  = 10  // blocks that run through the front at once
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
	ref      [][4]float64 // conjugates of the tones (re, im of space and mark), a period of both and most blocks
	period   int
	apart    float64    // angle that the difference of the two tones runs through in a sample
	step1    complex128 // rotation of twist from sample to sample
	nominal  complex128 // and over a bit of the nominal length
	phase    int        // index in ref of the next sample
	tuning   tuner      // how far the line has shifted the carrier

	front front
	past  past
	n     int64        // the present: samples of which the carrier is judged
	end   int64        // samples that ran through the front; most blocks more at most
	part  [block]int16 // those of a block that is not full
	held  int          // in it
	begin int64        // samples before the present slice

	power float64 // smoothed energy of a block
	tones float64 // smoothed energy of the stronger tone in a block
	quiet int     // blocks in a row without energy
	age   int     // blocks since the averages began

	state  state
	at     float64 // next time to look at: a start bit tried (hunt) or expected (data)
	due    int64   // present from which that can be done
	track  tracking
	search search
	frame  frame // the one at work, and sums at its bits' ends
	ends   [2]ends
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
	d := &Demodulator{spec: c.Spec, bit: c.Spec.bit(), minPower: a * a / 2 * filterGain}
	d.apart = 2 * math.Pi * (c.Spec.SpaceHz - c.Spec.MarkHz) / rate
	d.step1, d.nominal = d.angle(1), d.angle(d.bit)
	// Moved by any number of steps, both tones are still multiples of what they and a step have in common.
	common := gcd(gcd(rate, tuneStep), gcd(int(math.Round(c.Spec.SpaceHz)), int(math.Round(c.Spec.MarkHz))))
	d.ref = make([][4]float64, 0, rate/common+most*block)
	d.Reset()
	return d
}

// Reset forgets the signal.
func (d *Demodulator) Reset() {
	// The first sample has the number keep, so that the search can look behind it.
	d.n, d.end, d.begin = keep, keep, keep
	d.front = front{}
	d.past = past{}
	d.tuning = tuner{}
	d.tune(0)
	d.held, d.power, d.tones, d.quiet, d.age = 0, 0, 0, 0, 0
	d.state, d.share = silent, 0
}

// Carrier reports whether a carrier is there.
func (d *Demodulator) Carrier() bool { return d.state != silent }

// Share returns how much of the signal's power the characters of the present or the last carrier have explained, averaged
// over the last ten or so: it tells which of two demodulators has the right modulation.
func (d *Demodulator) Share() float64 { return d.share }

// Process takes the next samples and appends what it found to evs, in order.
func (d *Demodulator) Process(pcm []int16, evs []Event) []Event {
	d.begin = d.n + int64(d.held)
	for len(pcm) > 0 {
		if d.held > 0 || len(pcm) < block {
			n := copy(d.part[d.held:], pcm)
			pcm = pcm[n:]
			if d.held += n; d.held < block {
				break
			}
			d.held = 0
			d.add(d.part[:])
		} else {
			pcm = pcm[d.add(pcm):]
		}
		for d.n < d.end {
			d.n += block
			evs = d.step(evs)
		}
	}
	return evs
}

// add runs whole blocks through the front, as many as there is room for in a row, and returns how many samples those have.
func (d *Demodulator) add(pcm []int16) int {
	at := int(uint(d.end) % keep)
	blocks := min(len(pcm)/block, most, (keep-at)/block)
	add(&d.front, pcm, d.ref[d.phase:], &d.past, at, blocks)
	n := blocks * block
	if p := &d.past; at+n == keep {
		p.tone[0], p.energy[0] = p.tone[keep], p.energy[keep]
	}
	d.phase = (d.phase + n) % d.period
	d.end += int64(n)
	return n
}

// restart lets the sums begin from zero again, before they grow so large that they lose precision.
func (d *Demodulator) restart() {
	now := uint(d.n) % keep
	tone, energy := d.past.tone[now], d.past.energy[now]
	for i := range d.past.tone {
		for k := range tone {
			d.past.tone[i][k] -= tone[k]
		}
		d.past.energy[i] -= energy
	}
	for k := range tone {
		d.front.tones[k] -= tone[k]
	}
	d.front.energy -= energy
}

// step follows the carrier by one block and looks for characters.
func (d *Demodulator) step(evs []Event) []Event {
	now, then := uint(d.n)%keep, uint(d.n-block)%keep
	energy := d.past.energy[now] - d.past.energy[then]
	last := d.between(then, now)
	mark := power(last.mark)
	best := max(power(last.space), mark)
	d.power += (energy - d.power) / smooth
	d.tones += (best*2/block - d.tones) / smooth
	if energy < d.minPower*(block/2) || energy < d.power*0.01 {
		d.quiet++
	} else {
		d.quiet = 0
	}
	d.age++
	if d.state == data && d.share > poorShare {
		d.tuning.run = 0 // the characters explain all there is: the tones are where they should be
	} else if off, ok := d.tuning.listen(last.mark, mark, energy); ok {
		d.retune(off)
	}

	if d.state == silent {
		if d.past.energy[now] > 1e15 {
			d.restart()
		}
		if d.age < smooth || d.power < d.minPower*block || d.tones < found*d.power || d.quiet > 0 {
			return evs
		}
		d.state = hunt
		d.at, d.due = float64(d.n-back), 0
		d.track = tracking{bit: d.bit, skew: 1, turn: 1}
		d.search = search{}
		d.share = 0
		evs = append(evs, Event{Kind: CarrierOn, At: int(d.n - d.begin)})
	}
	if d.n >= d.due {
		evs = d.characters(evs)
	}
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

// sum returns the prefix sums at time t.
func (d *Demodulator) sum(t float64) pair { return d.past.sumAt(t) }

// between returns the correlations between two indices of the sums.
func (d *Demodulator) between(a, b uint) pair {
	p, q := &d.past.tone[a], &d.past.tone[b]
	return pair{complex(q[0]-p[0], q[1]-p[1]), complex(q[2]-p[2], q[3]-p[3])}
}

func power(c complex128) float64 { return real(c)*real(c) + imag(c)*imag(c) }
