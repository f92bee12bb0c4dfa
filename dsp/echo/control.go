package echo

import "math"

const (
	active     = 1e-7 // mean power of Rin below which nothing is adapted: about -64 dBm0
	patience   = 30   // blocks that an unexplained error is watched before the background starts again
	backoff    = 90   // blocks before it may start once more
	narrowband = 0.93 // share of power in three neighbouring bins that makes Rin a tone
)

// control decides when to adapt and which filter is heard.
type control struct {
	skip    int // blocks to sit out after a slip
	x2      float32
	energyX float32 // smoothed powers a sample
	energyD float32
	energyY float32
	better  int // blocks in which the background left clearly less
	lost    int // blocks in which much echo stayed
	wait    int // blocks until the background may start again
	tone    int // blocks of narrowband Rin
	frozen  bool
	resets  int64
	erle    float32 // smoothed, dB
	state   State
}

func power(v *[blockLen]float32) float32 {
	var s float32
	for _, x := range v {
		s += x * x
	}
	return s / blockLen
}

// step measures the block and reports whether to adapt.
func (c *control) step(k *Canceller) bool {
	var x2 float32
	for _, x := range k.x[:blockLen] {
		x2 += x * x
	}
	c.x2 = x2 / blockLen
	const a = 0.85
	c.energyX = a*c.energyX + (1-a)*c.x2
	c.energyD = a*c.energyD + (1-a)*power(&k.d)
	k.fg.energy = a*k.fg.energy + (1-a)*power(&k.fg.e)
	k.bg.energy = a*k.bg.energy + (1-a)*power(&k.bg.e)
	if c.wait > 0 {
		c.wait--
	}
	if c.skip > 0 {
		c.skip--
		return false
	}
	if c.isTone(k) {
		c.tone = min(c.tone+1, 8)
	} else if c.tone > 0 {
		c.tone--
	}
	c.frozen = c.tone >= 2
	return k.enabled && !c.frozen && c.energyX > active
}

// isTone reports whether Rin's newest spectrum is one or two lines.
func (c *control) isTone(k *Canceller) bool {
	re, im := k.spectrum(0)
	var total float32
	var pw [bins]float32
	for b := range bins {
		pw[b] = re[b]*re[b] + im[b]*im[b]
		total += pw[b]
	}
	if total < 1e-4 {
		return false
	}
	// Rectangular blocks leak: a line counts with two bins on either side; two lines are a DTMF digit or a dual tone.
	var found float32
	for range 2 {
		best := 0
		for b := range bins {
			if pw[b] > pw[best] {
				best = b
			}
		}
		for b := max(best-2, 0); b <= min(best+2, bins-1); b++ {
			found += pw[b]
			pw[b] = 0
		}
	}
	return found > narrowband*total
}

// choose compares the two filters after a block.
func (c *control) choose(k *Canceller) {
	defer c.report(k)
	if c.energyX <= active || c.frozen || !k.enabled || c.skip > 0 {
		return
	}
	f, b := k.fg.energy, k.bg.energy
	switch {
	case b < 0.9*f && power(&k.bg.e) < power(&k.fg.e):
		c.better++
		if c.better >= 3 || b < 0.25*f {
			k.fg.adopt(&k.bg)
			c.better = 0
		}
	case b > 2*f:
		k.bg.adopt(&k.fg)
		c.better = 0
	default:
		c.better = 0
	}
	// Much of Sin is left although Rin is loud enough to be heard in it: a talker, or a path that is not the one modelled.
	if k.fg.energy > 0.1*c.energyD && c.energyD > 1e-6 && c.energyX > 0.3*c.energyD {
		c.lost++
	} else if c.lost > 0 {
		c.lost -= min(c.lost, 2)
	}
	if c.lost > patience && c.wait == 0 {
		k.openVariance()
		c.wait, c.lost = backoff, 0
		c.resets++
	}
}

// adopt takes over coefficients, their contribution to the block and the energy they would have had.
func (f *filter) adopt(g *filter) {
	copy(f.re, g.re)
	copy(f.im, g.im)
	f.taps, f.energy = g.taps, g.energy
}

func (c *control) report(k *Canceller) {
	if c.energyX > active && c.energyD > 1e-8 {
		db := float32(10 * math.Log10(float64(c.energyD/(k.fg.energy+1e-12))))
		c.erle += 0.05 * (db - c.erle)
	}
	switch {
	case !k.enabled:
		c.state = Disabled
	case c.frozen:
		c.state = Tone
	case c.energyX <= active:
		c.state = Idle
	case c.erle >= 20:
		c.state = Converged
	case k.fg.energy > c.energyX/4 && c.resets == 0 && c.erle > 3:
		c.state = DoubleTalk
	default:
		c.state = Converging
	}
}

// Stats returns what the canceller knows. It must be called by the goroutine that calls Process; it costs next to nothing.
func (k *Canceller) Stats() Stats {
	s := Stats{State: k.control.state, ERLE: max(k.control.erle, 0), Resets: k.control.resets}
	if erl := k.shape.loss(); erl > 0 {
		s.ERL, s.DelayMs = erl, float32(k.shape.peak())/8
	}
	return s
}

// Response appends the modelled impulse response, one tap a sample of the tail, to dst.
func (k *Canceller) Response(dst []float32) []float32 {
	for p := range k.parts {
		k.plan.Inverse(k.scratch[:], k.fg.re[p][:], k.fg.im[p][:])
		dst = append(dst, k.scratch[:blockLen]...)
	}
	return dst
}
