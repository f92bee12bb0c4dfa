// Package plc conceals lost audio by the method of ITU-T G.711 Appendix I: it repeats the last pitch periods of what was
// heard before the gap, fades them out, and blends back into what comes after it.
//
//   - The pitch is the lag of 5 to 15 ms with the largest normalised correlation over the last 20 ms.
//   - The first 10 ms repeat one pitch period, the next 10 ms two, the rest three, so that no buzz arises.
//   - From 10 ms on the signal falls by a fifth every 10 ms; after 60 ms there is silence.
//   - Good audio is blended in over a quarter of a pitch period and 4 ms more for each further 10 ms lost.
//
// Delay: none. The Appendix holds every good sample back for 3.75 ms, so that at the start of a gap it can still blend the
// end of the good audio into the repetition. Here that blend lies behind the start of the gap instead: the difference in
// value and slope between the end of the good audio and the repetition is added to the repetition and fades over the
// same quarter period. Audio without losses passes unchanged and in time, so that a concealer can sit in any path, be
// switched in and out, and costs nothing while nothing is lost.
//
// Losses and good audio may come in pieces of any length: the Appendix's 10 ms steps are counted in samples from the start
// of the gap. A Concealer belongs to one goroutine and allocates nothing after New. It knows nothing of packets: for
// voice-band data (ITU-T V.152), where invented signal does harm, the caller leaves it out.
package plc

import "math"

// The figures of G.711 Appendix I, in samples at 8 kHz.
const (
	pitchMin   = 40           // 5 ms, 200 Hz
	pitchMax   = 120          // 15 ms, 66.7 Hz
	overlapMax = pitchMax / 4 // quarter of the longest period
	corrLen    = 160          // 20 ms of correlation
	step       = 80           // 10 ms: one more pitch period is repeated, the attenuation moves on
	fadeEnd    = 6 * step     // 60 ms: silence
	resumeStep = 32           // 4 ms more of blending back per further 10 ms lost
	resumeMax  = step         // at most 10 ms of it
	history    = 3*pitchMax + overlapMax
	minPower   = 250 // floor of the normalising energy: no pitch in silence
)

// A Concealer keeps what was last heard on one stream and fills its gaps.
type Concealer struct {
	past [2 * history]int16 // the newest sample is past[end-1]
	end  int

	lost   int // samples of the gap so far
	inGap  bool
	pitch  int
	blend  int // quarter of the pitch
	wave   [3 * pitchMax]float32
	waves  int              // length of wave in use: 1 to 3 pitch periods
	pos    int              // next sample of wave
	before [history]float32 // good audio before the gap, oldest first

	old      [overlapMax]float32 // continuation of the shorter wave, blended out at the start of a longer one
	oldAt    int
	gap0     float32 // difference in value at the start of the gap
	gap1     float32 // and in slope
	resume   int     // samples of blending back, in all
	resumeAt int     // and done
}

// New returns a Concealer that has heard silence.
func New() *Concealer {
	c := new(Concealer)
	c.Reset()
	return c
}

// Reset forgets all audio.
func (c *Concealer) Reset() {
	*c = Concealer{end: history, oldAt: overlapMax}
}

// Good takes the next samples as they were received and, just after a gap, blends their beginning with the end of the
// concealment, in place. Otherwise it leaves them as they are.
func (c *Concealer) Good(frame []int16) {
	if c.inGap {
		c.inGap = false
		c.resumeAt = 0
		c.resume = min(resumeMax, c.blend+(c.lost-1)/step*resumeStep)
	}
	n := min(len(frame), c.resume-c.resumeAt)
	for i := range n {
		w := (float32(c.resumeAt) + 1) / (float32(c.resume) + 1)
		frame[i] = round(w*float32(frame[i]) + (1-w)*c.next())
		c.resumeAt++
	}
	c.remember(frame)
}

// Lost fills frame with what was probably in the audio that did not arrive.
func (c *Concealer) Lost(frame []int16) {
	if !c.inGap {
		c.inGap = true
		c.start()
	}
	for i := range frame {
		if c.lost > 0 && c.lost%step == 0 && c.waves < 3*c.pitch {
			c.lengthen()
		}
		frame[i] = round(c.next())
	}
	c.remember(frame)
}

// Concealing reports whether the last samples were made up.
func (c *Concealer) Concealing() bool { return c.inGap }

// start finds the pitch of what was heard and makes the first wave of it.
func (c *Concealer) start() {
	for i := range c.before {
		c.before[i] = float32(c.past[c.end-history+i])
	}
	c.pitch = findPitch(c.before[history-corrLen-pitchMax:])
	c.blend = c.pitch / 4
	c.lost, c.pos, c.oldAt = 0, 0, overlapMax
	c.makeWave(1)
	b := &c.before
	last, prev := history-1, history-1-c.pitch
	c.gap0 = b[last] - b[prev]
	c.gap1 = (b[last] - b[last-1]) - (b[prev] - b[prev-1])
	// A slope that differs strongly is noise or an onset; carrying it on would overshoot.
	limit := float32(math.Abs(float64(c.gap0)))/float32(c.blend) + 1
	c.gap1 = max(-limit, min(limit, c.gap1))
}

// makeWave fills wave with the last k pitch periods; the end of it flows into its beginning over a quarter period.
func (c *Concealer) makeWave(k int) {
	c.waves = k * c.pitch
	from := history - c.waves
	copy(c.wave[:], c.before[from:])
	for i := range c.blend {
		w := (float32(i) + 1) / (float32(c.blend) + 1)
		c.wave[c.waves-c.blend+i] = (1-w)*c.before[history-c.blend+i] + w*c.before[from-c.blend+i]
	}
}

// lengthen adds one pitch period to the wave and blends from the shorter to the longer one.
func (c *Concealer) lengthen() {
	pos := c.pos
	for i := range c.blend {
		c.old[i] = c.wave[pos]
		if pos++; pos == c.waves {
			pos = 0
		}
	}
	c.oldAt = 0
	c.pos %= c.pitch
	c.makeWave(c.waves/c.pitch + 1)
}

// next returns the next sample of the concealment, attenuated.
func (c *Concealer) next() float32 {
	if c.lost >= fadeEnd {
		c.lost++
		return 0
	}
	v := c.wave[c.pos]
	if c.pos++; c.pos == c.waves {
		c.pos = 0
	}
	if c.oldAt < c.blend {
		w := (float32(c.oldAt) + 1) / (float32(c.blend) + 1)
		v = w*v + (1-w)*c.old[c.oldAt]
		c.oldAt++
	}
	if c.lost < c.blend {
		t := float32(c.lost+1) / float32(c.blend+1)
		w := (1 - t) * (1 - t) * (1 + 2*t) // from 1 to 0 with no slope at either end
		v += w * (c.gap0 + c.gap1*float32(c.lost+1))
	}
	if c.lost > step {
		v *= float32(fadeEnd-c.lost) / (fadeEnd - step)
	}
	c.lost++
	return v
}

// remember appends to the past.
func (c *Concealer) remember(frame []int16) {
	for len(frame) > 0 {
		if c.end == len(c.past) {
			copy(c.past[:history], c.past[c.end-history:])
			c.end = history
		}
		n := copy(c.past[c.end:], frame)
		c.end += n
		frame = frame[n:]
	}
}

// findPitch returns the lag of pitchMin to pitchMax at which the last corrLen samples of x resemble what came before them
// most: first at every second sample and lag, then exactly around the best.
func findPitch(x []float32) int {
	best := search(x, pitchMin, pitchMax, 2)
	return search(x, max(pitchMin, best-1), min(pitchMax, best+1), 1)
}

func search(x []float32, from, to, by int) int {
	tail := x[pitchMax:]
	bestLag, best := to, float32(math.Inf(-1))
	for lag := from; lag <= to; lag += by {
		ref := x[pitchMax-lag:][:corrLen]
		var corr, energy float32
		for i := 0; i < corrLen; i += by {
			corr += tail[i] * ref[i]
			energy += ref[i] * ref[i]
		}
		if r := corr / float32(math.Sqrt(float64(max(energy, minPower)))); r > best {
			bestLag, best = lag, r
		}
	}
	return bestLag
}

func round(v float32) int16 {
	return int16(max(-32768, min(32767, math.RoundToEven(float64(v)))))
}
