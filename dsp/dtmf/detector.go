package dtmf

import (
	"math"

	"tipring/dsp/level"
)

// A Config sets a Detector's limits. Zero fields take the defaults, which meet the AT&T, Danish and Brazilian columns of
// ITU-T Q.24 Annex A at once, apart from twist.
type Config struct {
	// MinDBm0 is the least level of each component; default -40 (AT&T: accept -25, reject -55).
	MinDBm0 level.DBm0
	// TwistDB is how much weaker than the low tone the high tone may be; default 8 (AT&T).
	TwistDB float64
	// ReverseTwistDB is how much weaker than the high tone the low tone may be; default 4 (AT&T).
	ReverseTwistDB float64
	// BridgeMs is the longest interruption that does not end a digit; default 10 (AT&T). A pause of 5 ms more than it ends
	// one. Values are rounded up to whole hops of 3 ms.
	BridgeMs int
}

// Profile returns the limits of an administration of ITU-T Q.24 Annex A: "AT&T", "NTT", "Denmark", "Australia" or "Brazil". The
// zero Config is AT&T's. Levels lie between what an administration accepts and what it refuses, where it refuses any.
func Profile(administration string) (c Config, ok bool) {
	c, ok = profiles[administration]
	return c, ok
}

var profiles = map[string]Config{
	"AT&T":      {MinDBm0: -40, TwistDB: 8, ReverseTwistDB: 4, BridgeMs: 10},
	"NTT":       {MinDBm0: -26.5, TwistDB: 5, ReverseTwistDB: 5, BridgeMs: 10},
	"Denmark":   {MinDBm0: -40, TwistDB: 6, ReverseTwistDB: 6, BridgeMs: 20},
	"Australia": {MinDBm0: -28.5, TwistDB: 10, ReverseTwistDB: 10, BridgeMs: 12},
	"Brazil":    {MinDBm0: -40, TwistDB: 9, ReverseTwistDB: 9, BridgeMs: 10},
}

func (c Config) withDefaults() Config {
	if c.MinDBm0 == 0 {
		c.MinDBm0 = -40
	}
	if c.TwistDB == 0 {
		c.TwistDB = 8
	}
	if c.ReverseTwistDB == 0 {
		c.ReverseTwistDB = 4
	}
	if c.BridgeMs == 0 {
		c.BridgeMs = 10
	}
	return c
}

// Times in samples from the first of a tone.
const (
	guard   = 29 * rate / 1000 // a tone this long is examined exactly
	retries = 8                // examinations on consecutive hops; later ones are sparse
	sparse  = 4
)

type state uint8

const (
	idle    state = iota
	suspect       // two steady tones, not yet examined
	digit         // confirmed
	other         // two steady tones that are no digit
)

// A Detector finds digits in a signal. It takes any cut of its input, allocates nothing in Process, and belongs to one
// goroutine.
type Detector struct {
	minPower       float32 // of a component's amplitude squared
	floor          float32 // energy of a hop that is 10 dB short of a digit's
	twist, reverse float64 // exact, as amplitude ratios squared: high to low at least, at most
	bridge         int     // hops without the digit that end it

	buf    [1024]int16
	fill   int   // samples in buf
	end    int   // of the last hop in buf
	at     int64 // samples until there, since the start
	frames [16]frame
	n      int // hops done

	state  state
	high   int        // band of the high tone
	turn   [2]phasor  // mean rotation per hop, low and high, scaled by power
	ref    [2]float32 // power of each tone's phasor, slowly following
	first  int64      // estimated first sample
	tries  int
	passed int
	absent int // hops in a row without the digit
	lost   int64
	found  digitFound
}

// NewDetector returns a Detector.
func NewDetector(c Config) *Detector {
	c = c.withDefaults()
	min := c.MinDBm0.Amplitude()
	d := &Detector{
		minPower: float32(min * min),
		floor:    float32(min*min) * screenGain(lowHz[0]) * hop / 2 / 10,
		twist:    math.Pow(10, -c.TwistDB/10),
		reverse:  math.Pow(10, c.ReverseTwistDB/10),
		bridge:   c.BridgeMs*rate/1000/hop + 2,
	}
	d.Reset()
	return d
}

// Reset forgets the signal; a digit in progress gets no End.
func (d *Detector) Reset() {
	d.fill, d.end = history, history
	clear(d.buf[:history])
	d.at, d.n, d.state, d.lost = 0, 0, idle, 0
	clear(d.frames[:])
}

// Process takes the next samples and appends what it found to evs, in order.
func (d *Detector) Process(pcm []int16, evs []Event) []Event {
	base := d.at + int64(d.fill-d.end)
	for len(pcm) > 0 {
		if d.fill == len(d.buf) {
			d.fill = copy(d.buf[:], d.buf[d.end-history:])
			d.end = history
		}
		n := copy(d.buf[d.fill:], pcm)
		d.fill += n
		pcm = pcm[n:]
		for d.fill-d.end >= hop {
			d.end += hop
			d.at += hop
			evs = d.step(base, evs)
		}
	}
	return evs
}

// frame returns the frame of i hops ago.
func (d *Detector) frame(i int) *frame { return &d.frames[(d.n-1-i)&(len(d.frames)-1)] }

// centre returns the sample at the centre of the window of i hops ago.
func (d *Detector) centre(i int) int64 { return d.at - half - int64(i*hop) }

// step takes one hop's samples.
func (d *Detector) step(base int64, evs []Event) []Event {
	f := &d.frames[d.n&(len(d.frames)-1)]
	d.n++
	var floor float32
	if d.state == idle && d.frame(1).energy < d.floor {
		floor = d.floor
	}
	if !f.look((*[window]int16)(d.buf[d.end-window:d.end]), floor) {
		return evs
	}
	switch d.state {
	case digit:
		evs = d.stepDigit(base, evs)
	case suspect, other:
		evs = d.stepTones(base, evs)
	}
	switch {
	case d.state != idle:
	case d.suspicious():
		d.state, d.tries, d.passed = suspect, 0, 0
		evs = d.report(Suspect, d.first, base, evs)
	case d.n%2 == 0 && d.lingering():
		d.state, d.tries, d.passed = other, 0, 0
	}
	return evs
}

// report appends an event that happened at an absolute sample.
func (d *Detector) report(k Kind, at, base int64, evs []Event) []Event {
	e := Event{Kind: k, Digit: d.found.digit, At: int(at - base)}
	if k == Start || k == End {
		e.LowDBm0, e.HighDBm0 = d.found.low, d.found.high
	}
	if k == End {
		e.Dur = int(at - d.first)
	}
	return append(evs, e)
}

// stepDigit waits for the end of a digit.
func (d *Detector) stepDigit(base int64, evs []Event) []Event {
	switch loud := d.loud(0); {
	case loud && d.steady(0):
		d.absent = 0
		d.follow()
		return evs
	case loud && !d.loud(1):
		return evs // back after a gap, perhaps: the next frame has a rotation to judge by
	}
	if d.absent++; d.absent == 1 {
		d.lost = d.edge(0, 1)
	}
	if d.absent < d.bridge {
		return evs
	}
	d.state = idle
	return d.report(End, d.lost, base, evs)
}

// stepTones follows two steady tones until they are examined, or gone.
func (d *Detector) stepTones(base int64, evs []Event) []Event {
	if !d.loud(0) || !d.steady(0) {
		if d.state == suspect {
			evs = d.report(Clear, d.at, base, evs)
		}
		d.state = idle
		return evs
	}
	d.follow()
	if d.at-d.first < guard {
		return evs
	}
	if d.tries++; d.tries > retries && d.tries%sparse != 0 {
		return evs
	}
	found, ok := d.examine()
	if !ok {
		// One bad look may be a click; the second one is the verdict, which later looks can still reverse.
		if d.state == suspect && d.tries > 1 {
			d.state = other
			evs = d.report(Clear, d.at, base, evs)
		}
		return evs
	}
	if d.passed++; d.passed < found.passes {
		return evs
	}
	d.found = found
	if d.state == other {
		evs = d.report(Suspect, d.first, base, evs)
	}
	d.state, d.absent = digit, 0
	return d.report(Start, d.first, base, evs)
}
