package tone

import (
	"math/bits"
	"slices"
)

// A run is a stretch of audio of one kind: silence, one signature, or something else.
type run struct {
	kind       runKind
	mask       uint32 // signatures that fit
	start, end int64
	power      float32 // mean
	hz         float32
}

type runKind uint8

const (
	runSilence runKind = iota
	runPending         // sound, not yet known what
	runTone
	runOther
)

// A hypothesis is that the run now open is step at of a pattern.
type hypothesis struct {
	pattern, at int
	exact       int     // steps so far whose length was right
	ref         float32 // power of the tone's full level; 0: not known yet
	first       bool    // the open run is the first one heard: it may be cut short
	whole       bool    // the pattern was heard from its beginning
}

// bit reports whether a mask has a signature.
func bit(mask uint32, sig int) bool { return mask>>sig&1 != 0 }

// A cadence follows the hypotheses of one stretch of tones.
type cadence struct {
	l     *listener
	hyps  []hypothesis
	spare []hypothesis

	onset      bool // no tone came before: what starts now starts at its beginning
	active     bool // there are hypotheses
	started    bool // Start was reported, for pattern name
	name       int
	recognised int // pattern, or -1
	first      int64
	lastTone   int64
}

func (c *cadence) init(l *listener) {
	*c = cadence{l: l, hyps: make([]hypothesis, 0, 2*l.hyps), spare: make([]hypothesis, 0, 2*l.hyps), recognised: -1}
}

// begin opens a stretch with a run that is known to be a tone.
func (c *cadence) begin(r *run) {
	c.hyps = c.hyps[:0]
	for pi, p := range c.l.patterns {
		for i := range p.steps {
			if p.steps[i].sig == silent || !bit(r.mask, p.steps[i].sig) {
				continue
			}
			// An introduction that began after silence is heard from its beginning; its later steps are not joined.
			if c.onset && p.joined > 0 && i != 0 {
				continue
			}
			c.hyps = append(c.hyps, hypothesis{pattern: pi, at: i, first: true, whole: i == 0})
		}
	}
	c.active = len(c.hyps) > 0
	c.first = r.start
}

// closed takes a run that has ended.
func (c *cadence) closed(r *run, sink *sink) {
	length := int(r.end - r.start)
	switch r.kind {
	case runSilence:
		if !c.active {
			if length >= onsetSilence {
				c.onset = true
			}
			return
		}
	case runTone:
		if !c.active {
			c.begin(r)
		}
		if c.active {
			c.start(r, sink)
			c.lastTone = r.end
		}
	default:
		c.finish(sink)
		c.onset = length >= onsetSilence
		return
	}
	c.advance(r, length)
	if len(c.hyps) > 0 {
		c.drop(sink)
		return
	}
	// A recognised tone is cut off within a burst; any other burst that does not fit may be the first of another tone.
	if r.kind == runTone && c.recognised < 0 {
		c.onset = false
		c.begin(r)
		if c.advance(r, length); len(c.hyps) > 0 {
			c.lastTone = r.start
			c.end(sink)
			c.start(r, sink)
			c.lastTone = r.end
			return
		}
	}
	c.finish(sink)
	c.onset = r.kind == runSilence
}

const onsetSilence = 300 * 8

// advance moves every hypothesis over a run that has ended and removes those that it refutes.
func (c *cadence) advance(r *run, length int) {
	next := c.spare[:0]
	for _, h := range c.hyps {
		p := c.l.patterns[h.pattern]
		st := &p.steps[h.at]
		if r.kind == runTone && st.optional { // a short silence that was not noticed
			h.at = p.next(h.at)
			st = &p.steps[h.at]
		}
		if r.kind == runSilence && st.sig != silent {
			// A short silence where a tone changes without one.
			if length <= (shortGapMs+toleranceMs)*8 && !h.first {
				next = append(next, h)
			}
			continue
		}
		if !fits(st, r) || length > st.max || st.ms == 0 || length < st.min && !h.first {
			continue
		}
		if r.kind == runTone && !h.levelFits(st, r) {
			continue
		}
		if length >= st.min || p.loop < 0 {
			h.exact++
		}
		h.first = false
		if h.at = p.next(h.at); h.at < 0 || len(next) == cap(next) {
			continue
		}
		next = append(next, h)
	}
	c.hyps, c.spare = next, c.hyps
}

func fits(st *step, r *run) bool {
	if st.sig == silent {
		return r.kind == runSilence
	}
	return r.kind == runTone && bit(r.mask, st.sig)
}

// levelFits compares the level of a run with that of the tone before it: a reduced one is 10 dB below, others are equal.
func (h *hypothesis) levelFits(st *step, r *run) bool {
	if r.power <= 0 {
		return true
	}
	full := r.power
	if st.low {
		full /= lowLevel * lowLevel
	}
	if h.ref == 0 {
		h.ref = full
		return true
	}
	const most = 3.2 // 5 dB
	return full < h.ref*most && full > h.ref/most
}

// update looks at the open run as it is at sample now: which hypotheses are still possible, and whether that makes a tone
// certain. Audio is known up to heard.
func (c *cadence) update(r *run, now, heard int64, sink *sink) {
	length := int(now - r.start)
	switch r.kind {
	case runPending:
		return
	case runOther:
		if c.active && length > otherPatience {
			c.finish(sink)
		}
		return
	case runTone:
		if !c.active {
			c.join(r, length, sink)
		}
	}
	if !c.active {
		return
	}
	if c.expire(r, length); len(c.hyps) == 0 {
		if r.kind == runTone { // it fitted until the open run
			c.lastTone = r.start
		}
		c.finish(sink)
		c.onset = r.kind == runSilence
		if r.kind == runTone {
			c.join(r, length, sink)
		}
		if !c.active {
			return
		}
	}
	if r.kind == runTone {
		c.lastTone = now
	}
	c.drop(sink)
	c.decide(r, length, heard, sink)
}

// join opens a stretch with a run that goes on.
func (c *cadence) join(r *run, length int, sink *sink) {
	c.begin(r)
	if c.expire(r, length); len(c.hyps) == 0 {
		c.active = false
		return
	}
	c.start(r, sink)
	c.lastTone = r.start
}

const otherPatience = 60 * 8

// expire removes hypotheses that the open run has outlived.
func (c *cadence) expire(r *run, length int) {
	kept := c.hyps[:0]
	for _, h := range c.hyps {
		st := c.step(&h, r)
		// What the open run is may still change with more of it; that it is too long will not.
		switch {
		case r.kind == runSilence && st.sig != silent:
			if length > (shortGapMs+toleranceMs)*8 {
				continue
			}
		case r.kind == runTone && st.sig == silent:
			continue
		case length > st.max:
			continue
		}
		kept = append(kept, h)
	}
	c.hyps = kept
}

// drop ends a recognised tone whose hypotheses are gone while others go on.
func (c *cadence) drop(sink *sink) {
	if c.recognised < 0 || slices.ContainsFunc(c.hyps, func(h hypothesis) bool { return h.pattern == c.recognised }) {
		return
	}
	c.end(sink)
}

const (
	continuousMin = 300 * 8 // of a tone without cadence
	dialMax       = 500 * 8 // dial tone is reported by then if only forms of dial tone are possible
	pauseMin      = 400 * 8 // of the silence of a tone with one burst
)

// decide recognises a tone when all that is still possible has the futures of that tone.
func (c *cadence) decide(r *run, length int, heard int64, sink *sink) {
	best, dial := -1, -1
	onlyDial := true
	for i := range c.hyps {
		h := &c.hyps[i]
		p := c.l.patterns[h.pattern]
		st := c.step(h, r)
		if !fits(st, r) { // as far as is known now
			continue
		}
		onlyDial = onlyDial && p.dial
		if p.name == "dial" && st.ms == 0 && st.sig != silent {
			dial = i
		}
		if best < 0 || better(h, &c.hyps[best]) {
			best = i
		}
	}
	if best < 0 {
		return
	}
	if dial >= 0 && length >= dialMax && (onlyDial || c.l.await) {
		best = dial
	} else if !c.evidence(&c.hyps[best], r, length) || !c.certain(c.hyps[best].pattern, r) {
		return
	}
	c.recognise(c.hyps[best].pattern, r, heard, sink)
}

// certain reports whether every hypothesis that fits the open run has a future that a pattern has too.
func (c *cadence) certain(pattern int, r *run) bool {
	for i := range c.hyps {
		h := &c.hyps[i]
		st := c.step(h, r)
		if h.pattern == pattern || !fits(st, r) {
			continue
		}
		same := false
		for j := range c.hyps {
			if g := &c.hyps[j]; g.pattern == pattern && c.step(g, r).class == st.class && (g.whole || !h.whole) {
				same = true
				break
			}
		}
		if !same {
			return false
		}
	}
	return true
}

// step is where a hypothesis is in the open run: past a short silence that was not noticed.
func (c *cadence) step(h *hypothesis, r *run) *step {
	p := c.l.patterns[h.pattern]
	st := &p.steps[h.at]
	if r.kind == runTone && st.optional {
		st = &p.steps[p.next(h.at)]
	}
	return st
}

// better prefers the tone that was heard from its beginning, then the order of names.
func better(a, b *hypothesis) bool {
	if a.whole != b.whole {
		return a.whole
	}
	return a.pattern < b.pattern
}

// evidence reports whether enough of a hypothesis was heard.
func (c *cadence) evidence(h *hypothesis, r *run, length int) bool {
	p := c.l.patterns[h.pattern]
	st := &p.steps[h.at]
	if st.ms == 0 && st.sig != silent {
		return length >= continuousMin
	}
	if h.exact < p.need {
		return false
	}
	if r.kind == runSilence && h.exact == 1 {
		return length >= min(pauseMin, st.min)
	}
	return true
}

func (c *cadence) recognise(pattern int, r *run, heard int64, sink *sink) {
	if c.recognised == pattern {
		return
	}
	if c.recognised >= 0 {
		// A longer form of the same tone.
		if c.l.patterns[pattern].dial && c.l.patterns[c.recognised].dial {
			return
		}
		c.end(sink)
	}
	c.start(r, sink)
	c.recognised = pattern
	sink.add(Recognised, c.l.patterns[pattern].name, heard, r.hz)
}

// start reports that a tone has begun, under the name of the likeliest.
func (c *cadence) start(r *run, sink *sink) {
	if c.started {
		return
	}
	best := -1
	for _, h := range c.hyps {
		if best < 0 || h.pattern < best {
			best = h.pattern
		}
	}
	if best < 0 {
		return
	}
	c.started, c.name = true, best
	sink.add(Start, c.l.patterns[best].name, r.start, r.hz)
}

// end reports that the tone of a Start has ended.
func (c *cadence) end(sink *sink) {
	if c.started {
		name := c.name
		if c.recognised >= 0 {
			name = c.recognised
		}
		sink.add(End, c.l.patterns[name].name, c.lastTone, 0)
	}
	c.started, c.recognised = false, -1
}

// finish ends the stretch.
func (c *cadence) finish(sink *sink) {
	c.end(sink)
	c.hyps = c.hyps[:0]
	c.active = false
}

// lowest returns the first signature of a mask.
func lowest(mask uint32) int { return bits.TrailingZeros32(mask) }
