// Package vad tells a voice from the background of a line.
//
// The Detector measures the power of 10 ms blocks between 200 and 3400 Hz, keeps the least of the last two seconds as the
// background's, and calls a block active that lies 6 dB above it; background fluctuates less than that, syllables more.
// Activity is reported once it has lasted 30 ms, with the place where it began, and its end after it has been gone for a
// settable time, since a talker's gaps between words are part of his talking.
//
// It judges change, not meaning: a tone is activity until it has lasted so long that it is background, and of a line that
// starts in the middle of a word the voice is known from its first gap on. A Detector belongs
// to one goroutine, counts time in samples, allocates nothing but room in the caller's slice and finds the same for any cut
// of the audio.
package vad

import (
	"math"

	"tipring/dsp/level"
)

const (
	sampleRate = 8000
	block      = 80 // 10 ms
)

// Kind is what an Event says.
type Kind uint8

// The findings of a Detector.
const (
	Voice   Kind = iota + 1 // somebody began to talk at At
	Silence                 // the voice ended at At, and has been gone for the hang-over since
)

// String returns "voice" or "silence".
func (k Kind) String() string { return [...]string{"none", "voice", "silence", "none"}[k&3] }

// An Event is one finding of a Detector.
type Event struct {
	Kind Kind
	// At is a sample, as an offset from the first sample of the slice given to Process; negative when it lies in an earlier
	// slice.
	At int
}

// Config sets a Detector; zero fields have the defaults named.
type Config struct {
	HangMs int        // how long a voice must be gone; 200
	Floor  level.DBm0 // nothing below this is a voice; -50
	Above  float64    // dB over the background; 6
}

const (
	// The background is the least block, smoothed over 5, of the last parts*partBlocks: 2 s.
	parts      = 8
	partBlocks = 25
	onBlocks   = 3
	settled    = 5 // blocks before which there is no background
	// Within a voice a block belongs to it at 3 dB less: the ends of words are faint.
	stay = 0.5
)

// A Detector listens on one line.
type Detector struct {
	hang  int
	floor float64
	above float64

	fill  int
	sum   float64
	taken int64
	now   int64 // blocks so far
	band  bandPass

	smooth float64
	least  [parts]float64
	part   int
	inPart int

	run   int   // active blocks in a row
	first int64 // block that began them
	last  int64 // last active block
	on    bool
}

// NewDetector returns a Detector that has heard nothing.
func NewDetector(cfg Config) *Detector {
	if cfg.HangMs == 0 {
		cfg.HangMs = 200
	}
	if cfg.Floor == 0 {
		cfg.Floor = -50
	}
	if cfg.Above == 0 {
		cfg.Above = 6
	}
	d := &Detector{hang: (cfg.HangMs + 9) / 10, floor: cfg.Floor.RMS() * cfg.Floor.RMS(), above: math.Pow(10, cfg.Above/10)}
	d.Reset()
	return d
}

// Reset forgets everything heard, without reporting Silence.
func (d *Detector) Reset() {
	*d = Detector{hang: d.hang, floor: d.floor, above: d.above}
	for i := range d.least {
		d.least[i] = math.Inf(1)
	}
}

// Active reports whether somebody talks, hang-over included.
func (d *Detector) Active() bool { return d.on }

// Background returns the level of the background as measured; level.Silence before there was any.
func (d *Detector) Background() level.DBm0 {
	if b := d.background(); !math.IsInf(b, 1) {
		return level.OfPower(b)
	}
	return level.Silence
}

func (d *Detector) background() float64 {
	b := math.Inf(1)
	for _, l := range d.least {
		b = min(b, l)
	}
	return b
}

// Process takes the next samples and appends what they led to to evs.
func (d *Detector) Process(pcm []int16, evs []Event) []Event {
	base := d.taken
	d.taken += int64(len(pcm))
	for len(pcm) > 0 {
		n := min(len(pcm), block-d.fill)
		d.sum = d.band.energy(pcm[:n], d.sum)
		pcm = pcm[n:]
		if d.fill += n; d.fill == block {
			evs = d.judge(d.sum/block, base, evs)
			d.fill, d.sum = 0, 0
		}
	}
	return evs
}

// judge takes the mean square of a block.
func (d *Detector) judge(p float64, base int64, evs []Event) []Event {
	now := d.now
	d.now++
	if now == 0 {
		d.smooth = p
	}
	d.smooth += (p - d.smooth) / 5
	if now >= settled {
		d.least[d.part] = min(d.least[d.part], d.smooth)
	}
	if d.inPart++; d.inPart == partBlocks {
		d.inPart = 0
		d.part = (d.part + 1) % parts
		d.least[d.part] = math.Inf(1)
	}
	threshold := max(d.floor, d.background()*d.above)
	if d.on {
		threshold *= stay
	}
	if p < threshold {
		d.run = 0
		if d.on && now-d.last >= int64(d.hang) {
			d.on = false
			evs = append(evs, Event{Silence, int((d.last+1)*block - base)})
		}
		return evs
	}
	if d.run == 0 {
		d.first = now
	}
	d.run++
	if d.on || d.run >= onBlocks {
		d.last = now
	}
	if !d.on && d.run >= onBlocks {
		d.on = true
		evs = append(evs, Event{Voice, int(d.first*block - base)})
	}
	return evs
}

// bandPass is a high-pass and a low-pass of first order: hum does not make a voice, nor hide one.
type bandPass struct{ x, high, low float32 }

const (
	highPass = 1 - 2*math.Pi*200/sampleRate
	lowPass  = 0.85
)

func (b *bandPass) energy(pcm []int16, sum float64) float64 {
	x1, high, low := b.x, b.high, b.low
	for _, s := range pcm {
		x := float32(s)
		high = x - x1 + highPass*high
		x1 = x
		low += lowPass * (high - low)
		sum += float64(low * low)
	}
	b.x, b.high, b.low = x1, high, low
	return sum
}
