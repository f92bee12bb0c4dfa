package echo

import "math"

const (
	active     = 1e-8 // mean power of Rin, emphasised, below which nothing is adapted: about -64 dBm0 of speech
	narrowband = 0.93 // share of power in two lines that makes Rin a tone
	lineBins   = 5    // bins that a line leaks into, itself among them
	enough     = 60   // blocks of broadband Rin that make a model worth keeping from a tone
	lasting    = 0.95 // of the loudest Rin is left a block later: half in 110 ms
	average    = 0.15 // of a new block in the powers: about 7 blocks

	// The background is taken for the foreground when it leaves so much less power, for so many blocks.
	adoptBetter, betterAfter = 0.95, 5
	adoptMuch, muchAfter     = 0.6, 30
	adoptSure, sureAfter     = 0.2, 5 // and no more of Sin than
	sureOfSin                = 0.1
	// A foreground that has been good, and leaves more of Sin than this, is in doubt: there may be a talker.
	doubtful, doubtAfter = 0.03, 8
	astray               = 3 // the background starts from the foreground again when it leaves so many times more

	muchLeft    = 0.2 // share of Sin's power after the foreground that needs an explanation
	patience    = 20  // blocks that it is watched before the background starts again
	backoff     = 60  // blocks before it may start once more, doubled each time until that has helped
	backoffMost = 960
	movedAfter  = 4   // blocks of a wrong echo that show a changed path
	movedCorr   = 0.4 // correlation of error and predicted echo that shows a wrong echo
	lostCorr    = 0.2 // the same, that lets a lasting error start the background again
	calm        = 0.1 // what stays of the error power when the path changed: it was no talker

	// A line is calm when the background has not left so much less than the foreground for so many blocks a partition; then one of so many is
	// enough to follow it.
	teaches, calmAfter, restOf = 0.985, 15, 4

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
	far      float32 // the loudest that it has been as long as an echo lasts
	err      float32 // of the foreground's error, emphasised
	echo     float32 // of the echo that the foreground predicts, emphasised
	cross    float32 // of these two, multiplied
	sin      float32 // power of Sin over the last blocks

	skip               int  // blocks to sit out after a slip
	better, much, sure int  // blocks in which the background left less
	lost               int  // blocks in which much echo stayed
	changed            int  // blocks in which the predicted echo was wrong
	wait               int  // blocks until the background may start again
	backoff            int  // of the next start
	restarted          bool // the background began anew, and has not been taken since
	proven             bool // the foreground has been trusted: there is something to lose
	tone               int  // blocks of narrowband Rin
	calm               int  // blocks in which the background had nothing to teach
	resets, blocks     int64
	erle               float32 // dB
	state              State
}

func follow(mean *float32, v float32) { *mean += average*(v-*mean) + least*least }

// measure takes the sum of the squares of the block's error, and its last sample.
func (f *filter) measure(sum, out float32) {
	f.power, f.out = sum/blockLen, out
	follow(&f.energy, f.power)
}

// rest has a filter leave what another one leaves, over a block in which it was not looked at.
func (f *filter) rest(g *filter) { f.measure(g.power*blockLen, g.out) }

// rests counts blocks of a calm line, of which some are enough to follow it.
func (c *control) rests(parts int) bool { return c.calm >= calmAfter*parts && c.blocks%restOf != 0 }

// measure takes the powers of the block and decides whether to adapt: total and squares are sums over Rin's power spectrum.
func (c *control) measure(k *Canceller, total, squares float32) {
	m := momentsOf((*[blockLen]float32)(k.x[:]), &k.d, &k.fg.e)
	c.blocks++
	c.s2 = sum(&k.running.sin) / blockLen
	follow(&c.rin, m[0]/blockLen)
	c.far = max(c.rin, lasting*c.far)
	follow(&c.sin, c.s2)
	follow(&c.err, m[1]/blockLen)
	follow(&c.echo, m[2]/blockLen)
	follow(&c.cross, m[3]/blockLen)
	k.fg.measure(sum(&k.running.power), k.running.last)

	c.wait = max(c.wait-1, 0)
	if c.skip > 0 {
		c.skip--
		c.adapting = false
		return
	}
	if isTone(&k.power, total, squares) {
		c.tone = min(c.tone+1, 8)
	} else {
		c.tone = max(c.tone-1, 0)
	}
	// From cold there is nothing that a tone could spoil, and its own echo can be taken out.
	if c.tone == 0 && c.rin > active && c.erle >= trustERLE {
		c.broad = min(c.broad+1, enough)
	}
	c.frozen = c.tone >= 2 && c.broad == enough
	// A tone from the line that the far end returns is predicted by its own echo, but a hybrid does not make it louder.
	talker := c.erle < trustERLE && c.tone > 0 && c.sin > c.far
	c.adapting = k.enabled && !c.frozen && !talker && c.rin > active
}

// isTone reports whether a power spectrum is one or two lines: a tone, a DTMF digit or another pair. A block without window
// leaks, so that a line counts with two bins on either side.
// Most signals are told by their sum of squares, which is the least that so few bins can have with so much of the power.
func isTone(x2 *spectrum, total, squares float32) bool {
	if total < 1e-4 || squares < narrowband*narrowband/(2*lineBins)*total*total {
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

// choose compares the two filters after a block: the background is taken when it leaves less, at once while Sin is explained.
// With much of Sin left there may be a talker, and the background better by chance, so that it must show it for longer; a
// model that has been good is given up only for one that is clearly so.
func (c *control) choose(k *Canceller) {
	f, b := k.fg.energy, k.bg.energy
	if b > astray*f {
		k.bg.adopt(&k.fg)
	}
	lasts := func(n *int, yes bool) int {
		if !yes {
			*n = 0
		} else if k.bg.power < k.fg.power { // the blocks in which it was not do not count
			*n++
		}
		return *n
	}
	better := lasts(&c.better, b < adoptBetter*f)
	much := lasts(&c.much, b < adoptMuch*f)
	sure := lasts(&c.sure, b < adoptSure*f && b < sureOfSin*c.sin)
	var take bool
	switch {
	case c.proven && (c.restarted || c.left(k)):
		take = sure >= sureAfter || much >= muchAfter
	case c.proven && f > doubtful*c.sin:
		take = better >= doubtAfter
	case !c.left(k):
		take = better > 0
	default:
		take = much > 0 || better >= betterAfter
	}
	if take {
		k.fg.adopt(&k.bg)
		c.better, c.much, c.sure, c.backoff, c.restarted = 0, 0, 0, 0, false
	}
	if c.restarted && c.wait == 0 { // the path was what it had been
		k.bg.adopt(&k.fg)
		k.openVariance(known)
		c.restarted = false
	}
	if c.erle < converged || c.left(k) || c.fresh > 0 || b < teaches*f {
		c.calm = 0
	} else {
		c.calm = min(c.calm+1, calmAfter*k.parts)
	}
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
	if c.lost > 0 || c.changed > 0 {
		c.calm = 0
	}
	if c.wait > 0 || c.lost <= patience && c.changed < movedAfter {
		return
	}
	if c.changed >= movedAfter {
		for b := range k.psi {
			k.psi[b] *= calm
		}
	}
	k.openVariance(1)
	c.fresh, c.restarted = refresh, true
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

// decibels is 10 log10 x within a thousandth, for normal numbers.
func decibels(x float32) float32 {
	const half = 0x3f3504f3 // bits of the root of one half: the mantissa is taken from there to twice that
	e := int32(math.Float32bits(x)-half) >> 23
	m := math.Float32frombits(math.Float32bits(x) - uint32(e)<<23)
	t := (m - 1) / (m + 1)
	t2 := t * t
	return 3.0102999*float32(e) + 8.6858896*t*(1+t2*(1.0/3+t2*(1.0/5)))
}

// report works out the state and the enhancement. A talker says nothing of the enhancement, so that it is kept meanwhile.
func (c *control) report(k *Canceller) {
	talker := c.adapting && c.erle >= trustERLE && c.left(k) && !c.wrong()
	if c.adapting && !talker && c.sin > 1e-9 {
		c.erle += lossRise * (decibels(c.sin/(k.fg.energy+1e-12)) - c.erle)
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
	k.nlp.block(k.fg.power, k.running.envY, c.erle, c.rin <= active, c.wait > 0 || c.left(k))
}

// Stats returns what the canceller knows. It must be called by the goroutine that calls Process; it costs next to nothing.
func (k *Canceller) Stats() Stats {
	s := Stats{State: k.control.state, ERLE: max(k.control.erle, 0), Resets: k.control.resets, Blocks: k.control.blocks}
	if k.bulk != nil {
		s.BulkMs = float32(k.bulk.delay) / 8
	}
	if erl := k.shape.loss(); erl > 0 {
		s.ERL, s.DelayMs = erl, s.BulkMs+float32(k.shape.peak())/8
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
