package echo

import "math"

const (
	active     = 1e-8 // mean power of Rin, emphasised, below which nothing is adapted: about -64 dBm0 of speech
	narrowband = 0.93 // share of power in two lines that makes Rin a tone
	lineBins   = 5    // bins that a line leaks into, itself among them
	enough     = 60   // blocks of broadband Rin that make a model worth keeping from a tone
	average    = 0.15 // of a new block in the powers: about 7 blocks

	adoptGain = 0.95 // the background must leave so much less power than the foreground to be taken
	adoptLoud = 0.6  // the same while much of Sin is left, which may be a talker, unless it lasts
	adoptLong = 5    // blocks in a row
	adoptNew  = 0.2  // the same after a start that a talker may have caused
	adoptSure = 2    // blocks in a row
	astray    = 3    // the background starts from the foreground again when it leaves so many times more

	muchLeft    = 0.2 // share of Sin's power after the foreground that needs an explanation
	patience    = 20  // blocks that it is watched before the background starts again
	backoff     = 60  // blocks before it may start once more, doubled each time until that has helped
	backoffMost = 960
	movedAfter  = 4   // blocks of a wrong echo that show a changed path
	movedCorr   = 0.4 // correlation of error and predicted echo that shows a wrong echo
	lostCorr    = 0.2 // the same, that lets a lasting error start the background again
	calm        = 0.1 // what stays of the error power when the path changed: it was no talker

	converged = 20   // dB of enhancement
	lossRise  = 0.05 // of a block in the reported enhancement
)

// control decides when to adapt and which filter is heard.
type control struct {
	adapting bool
	broad    int     // blocks of broadband Rin that the model has stood, up to enough
	fresh    int     // blocks that the background goes over more than once
	frozen   bool    // Rin is a tone
	s2       float32 // power a sample of Sin in this block
	rin      float32 // the same over the last blocks
	err      float32 // of the foreground's error, emphasised
	echo     float32 // of the echo that the foreground predicts, emphasised
	cross    float32 // of these two, multiplied
	sin      float32 // power of Sin over the last blocks

	skip    int  // blocks to sit out after a slip
	better  int  // blocks in which the background left clearly less
	lost    int  // blocks in which much echo stayed
	changed int  // blocks in which the predicted echo was wrong
	wait    int  // blocks until the background may start again
	backoff int  // of the next start
	proven  bool // the foreground has been trusted: there is something to lose
	tone    int  // blocks of narrowband Rin
	resets  int64
	erle    float32 // dB
	state   State
}

func follow(mean *float32, v float32) { *mean += average*(v-*mean) + least*least }

// measure takes the sum of the squares of the block's error.
func (f *filter) measure(sum float32) {
	f.power = sum / blockLen
	follow(&f.energy, f.power)
}

// measure takes the powers of the block and decides whether to adapt.
func (c *control) measure(k *Canceller) {
	var x2, e2, y2, ey float32
	for i, x := range k.x[:blockLen] {
		e := k.fg.e[i]
		y := k.d[i] - e
		x2, e2, y2, ey = x2+x*x, e2+e*e, y2+y*y, ey+e*y
	}
	c.s2 = k.sin2 / blockLen
	follow(&c.rin, x2/blockLen)
	follow(&c.sin, c.s2)
	follow(&c.err, e2/blockLen)
	follow(&c.echo, y2/blockLen)
	follow(&c.cross, ey/blockLen)
	k.fg.measure(k.fg.power)
	var b2 float32
	for _, e := range k.bg.e {
		k.bg.out = e + emphasis*k.bg.out + least
		b2 += k.bg.out * k.bg.out
	}
	k.bg.measure(b2)
	k.sin2 = 0

	c.wait = max(c.wait-1, 0)
	if c.skip > 0 {
		c.skip--
		c.adapting = false
		return
	}
	if isTone(&k.power) {
		c.tone = min(c.tone+1, 8)
	} else {
		c.tone = max(c.tone-1, 0)
	}
	// From cold there is nothing that a tone could spoil, and its own echo can be taken out.
	if c.tone == 0 && c.rin > active && c.erle >= trustERLE {
		c.broad = min(c.broad+1, enough)
	}
	c.frozen = c.tone >= 2 && c.broad == enough
	c.adapting = k.enabled && !c.frozen && c.rin > active
}

// isTone reports whether a power spectrum is one or two lines: a tone, a DTMF digit or another pair. A block without window
// leaks, so that a line counts with two bins on either side.
func isTone(x2 *spectrum) bool {
	var total, top float32
	for _, v := range x2 {
		total += v
		if v > top {
			top = v
		}
	}
	if total < 1e-4 || top < narrowband/(2*lineBins)*total {
		return false
	}
	pw := *x2
	var found float32
	for range 2 {
		best := 0
		for b, v := range pw {
			if v > pw[best] {
				best = b
			}
		}
		for b := max(best-lineBins/2, 0); b <= min(best+lineBins/2, bins-1); b++ {
			found += pw[b]
			pw[b] = 0
		}
	}
	return found > narrowband*total
}

// choose compares the two filters after a block.
func (c *control) choose(k *Canceller) {
	f, b := k.fg.energy, k.bg.energy
	switch {
	case b < adoptGain*f:
		if k.bg.power >= k.fg.power {
			break // not this one, but the others count
		}
		if c.better++; c.better >= c.due(k, b/f) {
			k.fg.adopt(&k.bg)
			c.better, c.backoff = 0, 0
		}
	case b > astray*f:
		k.bg.adopt(&k.fg)
		c.better = 0
	default:
		c.better = 0
	}
	c.start(k)
}

// due is how many blocks in a row the background must be better to be taken; ratio is what it leaves to what the foreground
// leaves. With much left there may be a talker, and the background better by chance; after a new start, which a talker may
// have caused too, chance goes far, and a path that has really changed shows by more.
func (c *control) due(k *Canceller, ratio float32) int {
	switch {
	case !c.left(k):
		return 1
	case c.proven && c.wait > 0 && ratio > adoptNew:
		return math.MaxInt
	case c.proven && c.wait > 0:
		return adoptSure
	case ratio > adoptLoud:
		return adoptLong
	}
	return 1
}

// start lets the background begin anew when it has to look for another path.
func (c *control) start(k *Canceller) {
	if c.left(k) && c.sin > 1e-7 && c.rin > 0.3*c.sin && (c.erle < trustERLE || c.correlated(lostCorr)) {
		c.lost++
	} else {
		c.lost = max(c.lost-2, 0)
	}
	if c.wrong() {
		c.changed++
	} else {
		c.changed = max(c.changed-1, 0)
	}
	if c.wait > 0 || c.lost <= patience && c.changed < movedAfter {
		return
	}
	if c.changed >= movedAfter {
		for b := range k.psi {
			k.psi[b] *= calm
		}
	}
	k.openVariance()
	c.fresh = refresh
	c.backoff = min(max(2*c.backoff, backoff), backoffMost)
	c.wait, c.lost, c.changed = c.backoff, 0, 0
	c.resets++
}

// left reports that much of Sin stays although Rin should explain it: a talker, or a path that is not the one modelled.
func (c *control) left(k *Canceller) bool { return k.fg.energy > muchLeft*c.sin }

// wrong reports that what the foreground takes for echo is not in Sin: its error is then that wrong echo, inverted, and what
// Sin has instead. A talker's voice is not correlated with the echo.
func (c *control) wrong() bool {
	return c.err > 0.05*c.echo && c.correlated(movedCorr)
}

// correlated reports that the error and the predicted echo are.
func (c *control) correlated(least float32) bool {
	return c.cross*c.cross > least*least*c.err*c.echo
}

// adopt takes over coefficients and the energy they would have had.
func (f *filter) adopt(g *filter) {
	copy(f.re, g.re)
	copy(f.im, g.im)
	f.taps, f.out, f.energy = g.taps, g.out, g.energy
}

// report works out the state and the enhancement. A talker says nothing of the enhancement, so that it is kept meanwhile.
func (c *control) report(k *Canceller) {
	talker := c.adapting && c.erle >= trustERLE && c.left(k) && !c.wrong()
	if c.adapting && !talker && c.sin > 1e-9 {
		db := float32(10 * math.Log10(float64(c.sin/(k.fg.energy+1e-12))))
		c.erle += lossRise * (db - c.erle)
		c.proven = c.proven || c.erle >= trustERLE
	}
	switch {
	case !k.enabled:
		c.state = Disabled
	case c.frozen:
		c.state = Tone
	case c.rin <= active:
		c.state = Idle
	case talker:
		c.state = DoubleTalk
	case c.erle >= converged:
		c.state = Converged
	default:
		c.state = Converging
	}
	k.nlp.block(c.erle, c.rin <= active, c.wait > 0)
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
		k.inverse(k.scratch[:], &k.fg.re[p], &k.fg.im[p])
		dst = append(dst, k.scratch[:blockLen]...)
	}
	return dst
}
