// Package agc sets the level of a talker: by a fixed gain, or automatically.
//
// A Gain multiplies; when it is changed it glides there over 20 ms. An AGC measures how loud the talker is while he talks,
// leaves out pauses and background, and moves its gain towards the target: down by up to 40 dB a second, since what is
// too loud hurts, and up by up to 6, so that pauses are not filled with breath. Both keep what would exceed 16 bits within
// them by lowering the gain for as long as it takes, not by clipping.
//
// Both work in place without delay, belong to one goroutine, count time in samples, allocate nothing after their
// constructors and give the same for any cut of the audio. They know nothing of tones and modems: the caller switches
// them off for voice-band data.
package agc

import (
	"math"

	"tipring/dsp/level"
)

const (
	sampleRate = 8000
	glide      = 160   // samples in which a Gain moves
	most       = 32000 // greatest magnitude that is given out
	// The limiter lets go by 20 dB a second.
	release = 1.000288
)

// A Gain is a fixed gain.
type Gain struct {
	now, target, step float32
	left              int
	limit             float32 // factor of the limiter, at most 1
}

// NewGain returns a gain in dB.
func NewGain(dB float64) *Gain {
	g := float32(level.Gain(dB))
	return &Gain{now: g, target: g, limit: 1}
}

// Set changes the gain, in dB, over the next 20 ms.
func (g *Gain) Set(dB float64) {
	g.target = float32(level.Gain(dB))
	g.step = (g.target - g.now) / glide
	g.left = glide
}

// Process multiplies pcm in place.
func (g *Gain) Process(pcm []int16) {
	for i, s := range pcm {
		if g.left > 0 {
			if g.left--; g.left == 0 {
				g.now = g.target
			} else {
				g.now += g.step
			}
		}
		pcm[i] = limit(float32(s)*g.now, &g.limit)
	}
}

// limit scales v by the limiter's factor, which it lowers when that is not enough.
func limit(v float32, factor *float32) int16 {
	if *factor < 1 {
		*factor = min(1, *factor*release)
	}
	out := v * *factor
	if out > most || out < -most {
		*factor = most / float32(math.Abs(float64(v)))
		out = v * *factor
	}
	return int16(math.RoundToEven(float64(out)))
}

// Config is what an AGC is to do.
type Config struct {
	Target level.DBm0 // active speech level; 0: -20
	// Gains in dB beyond which it does not go; both 0: -15 and 15.
	MinDB, MaxDB float64
	// Floor is the level below which nothing is speech; 0: -50.
	Floor level.DBm0
}

const (
	block = 80 // 10 ms
	// What is within 12 dB of the loudest of late counts as speech: pauses and the background between words do not.
	activeRatio = 0.063
	peakDecay   = 0.99770 // of the loudest, a block: 1 dB a second
	levelBlocks = 40      // of speech over which its level is averaged
	upDB        = 6.0 * block / sampleRate
	downDB      = 40.0 * block / sampleRate
	// The gain rests while the level is this near to the target.
	restDB = 1.0
)

// An AGC holds a talker at a level.
type AGC struct {
	cfg  Config
	fill int
	sum  uint64

	peak   float64 // mean square of the loudest block of late
	speech float64 // mean square of speech
	heard  int     // blocks of speech, at most levelBlocks

	dB        float64
	now, step float32
	limit     float32
}

// New returns an AGC at 0 dB.
func New(cfg Config) *AGC {
	if cfg.Target == 0 {
		cfg.Target = -20
	}
	if cfg.MinDB == 0 && cfg.MaxDB == 0 {
		cfg.MinDB, cfg.MaxDB = -15, 15
	}
	if cfg.Floor == 0 {
		cfg.Floor = -50
	}
	a := &AGC{cfg: cfg}
	a.Reset()
	return a
}

// Reset forgets the talker; the gain returns to 0 dB, or as near as it may.
func (a *AGC) Reset() {
	*a = AGC{cfg: a.cfg, limit: 1}
	a.dB = max(a.cfg.MinDB, min(a.cfg.MaxDB, 0))
	a.now = float32(level.Gain(a.dB))
}

// GainDB returns the gain at this moment, the limiter not counted.
func (a *AGC) GainDB() float64 { return a.dB }

// Process sets the level of pcm in place.
func (a *AGC) Process(pcm []int16) {
	for i, s := range pcm {
		a.sum += uint64(uint32(int32(s) * int32(s)))
		a.now += a.step
		pcm[i] = limit(float32(s)*a.now, &a.limit)
		if a.fill++; a.fill == block {
			a.decide()
		}
	}
}

// decide looks at 10 ms of the input and sets where the gain goes in the next 10.
func (a *AGC) decide() {
	p := float64(a.sum) / block
	a.sum, a.fill = 0, 0
	a.peak = max(p, a.peak*peakDecay)
	floor := a.cfg.Floor.RMS()
	if p > a.peak*activeRatio && p > floor*floor {
		a.heard = min(a.heard+1, levelBlocks)
		a.speech += (p - a.speech) / float64(a.heard)
		want := float64(a.cfg.Target - level.OfPower(a.speech))
		want = max(a.cfg.MinDB, min(a.cfg.MaxDB, want))
		if d := want - a.dB; math.Abs(d) > restDB || want == a.cfg.MinDB || want == a.cfg.MaxDB {
			a.dB += max(-downDB, min(upDB, d))
		}
	}
	a.step = (float32(level.Gain(a.dB)) - a.now) / block
}
