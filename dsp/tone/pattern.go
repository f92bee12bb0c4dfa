package tone

import (
	"math"
	"slices"
)

const (
	silent = -1 // signature of silence
	// A silence no longer than this between two different signatures may be heard or not: it is about as long as the
	// detector needs to see one.
	shortGapMs = 35
	// What is cadenced is recognised within 10% (E.180 clause 4 asks that much of an exchange) and 15 ms of measurement.
	toleranceShare = 0.10
	toleranceMs    = 15
	// The tones of the special information tone are 330 +-70 ms (E.180 clause 9.2.1).
	sitMinMs, sitMaxMs, sitToleranceMs = 250, 400, 70
)

// A step is one segment of a pattern.
type step struct {
	sig      int // index of the signature, or silent
	ms       int // 0: for ever
	min, max int // samples that count as this step
	low      bool
	optional bool // a silence that need not be noticed
	class    int  // steps of equal class have the same future
}

// A pattern is the cadence of one tone in terms of what the detector hears: neighbours of one signature are one step.
type pattern struct {
	name   string
	steps  []step
	loop   int // step after the last; -1: nothing follows
	joined int // first step of the part that repeats; 0 for a tone without an introduction
	need   int // exact steps before the tone is recognised
	dial   bool
}

// newPattern compiles a tone whose segments have these signatures.
// sit says which signatures are single frequencies of the special information tone's range.
func newPattern(name string, segs []Segment, sigs []int, sit func(sig int) bool) *pattern {
	var intro, loop []step
	for i, seg := range segs {
		part := &loop
		if seg.Once {
			part = &intro
		}
		st := step{sig: sigs[i], ms: seg.Ms, low: seg.Low}
		if n := len(*part); n > 0 && (*part)[n-1].sig == st.sig && (*part)[n-1].low == st.low {
			(*part)[n-1].ms = plusMs((*part)[n-1].ms, st.ms)
			continue
		}
		*part = append(*part, st)
	}
	// The end of the repeated part may run into its beginning, and the introduction into the repeated part.
	if n := len(loop); n > 1 && loop[0].sig == loop[n-1].sig && loop[0].low == loop[n-1].low && loop[n-1].ms > 0 {
		intro = append(intro, loop[0])
		loop[n-1].ms = plusMs(loop[n-1].ms, loop[0].ms)
		loop = loop[1:]
	}
	if len(loop) == 1 {
		loop[0].ms = 0
	}
	if n := len(intro); n > 0 && len(loop) > 0 && intro[n-1].sig == loop[0].sig && intro[n-1].low == loop[0].low {
		if loop[0].ms == 0 {
			intro = intro[:n-1]
		} else {
			st := loop[0]
			st.ms += intro[n-1].ms
			intro = append(append(intro[:n-1], st), loop[1:]...)
		}
	}
	// A detector hears no silence before the first sound.
	for len(intro) > 0 && intro[0].sig == silent {
		intro = intro[1:]
	}
	if len(loop) == 0 {
		loop = []step{{sig: silent}}
	}
	p := &pattern{name: name, steps: append(intro, loop...), loop: len(intro), joined: len(intro)}
	if len(loop) == 1 && loop[0].sig == silent {
		p.loop = -1
	}
	for i := range p.steps {
		p.finish(i, sit)
	}
	p.need = p.needed(len(loop))
	p.dial = name == "dial" || name == "dialrecall" || name == "stutter"
	return p
}

// plusMs adds lengths of which 0 means for ever.
func plusMs(a, b int) int {
	if a == 0 || b == 0 {
		return 0
	}
	return a + b
}

func (p *pattern) finish(i int, sit func(sig int) bool) {
	st := &p.steps[i]
	if st.ms == 0 {
		st.min, st.max = 0, math.MaxInt
		if st.sig == silent {
			st.max = overMs * 8
		}
		return
	}
	tolerance := float64(st.ms)*toleranceShare + toleranceMs
	if st.sig != silent && sit(st.sig) && st.ms >= sitMinMs && st.ms <= sitMaxMs {
		tolerance = sitToleranceMs
	}
	st.min = int((float64(st.ms) - tolerance) * 8)
	st.max = int((float64(st.ms) + tolerance) * 8)
	if next := p.next(i); st.sig == silent && st.ms <= shortGapMs && i > 0 && next >= 0 {
		st.optional = p.steps[i-1].sig != p.steps[next].sig
	}
}

// next returns the step that follows step i, or -1.
func (p *pattern) next(i int) int {
	if i+1 < len(p.steps) {
		return i + 1
	}
	if p.steps[i].ms == 0 {
		return -1
	}
	return p.loop
}

const (
	// Less of a cadence than this is what speech can do by chance.
	evidenceMs = 500
	// A pause longer than this is not waited for: its beginning is evidence enough, see pauseMin.
	longPauseMs = 1000
	// A tone that is played once has ended when it has been silent for this long.
	overMs = 1000
	// A single burst shorter than this is no evidence at all.
	shortBurstMs = 150
)

// needed is the number of steps of exact length that make the cadence certain, if no other tone of the plan is possible.
// Busy, congestion and disconnect tone are what clears a call: two full cycles of them. For the others half a second, and as much of
// what is played once or of a cycle as makes a pattern.
func (p *pattern) needed(loop int) int {
	if p.name == "busy" || p.name == "congestion" || p.name == "disconnect" {
		return 2*max(1, loop) + p.joined
	}
	n, ms := 0, 0
	for i := 0; i >= 0 && ms < evidenceMs && p.steps[i].ms > 0; i = p.next(i) {
		if p.steps[i].sig == silent && p.steps[i].ms > longPauseMs && ms >= shortBurstMs {
			break
		}
		ms += p.steps[i].ms
		n++
		if p.steps[i].sig == silent && p.steps[i].ms > longPauseMs {
			n++ // and the burst after it
		}
	}
	switch {
	case p.loop < 0: // played once: the three tones of special information, or as much of others
		once := 0
		for _, st := range p.steps {
			if st.ms > 0 && !st.optional {
				once++
			}
		}
		return min(once, max(3, n))
	case loop > 2:
		return max(loop-1, n)
	}
	return max(1, n)
}

// classify numbers the futures of all steps of all patterns: two steps have one class if what can be heard from there on
// is the same.
func classify(patterns []*pattern) {
	type place struct{ p, i int }
	var seen []place
	for pi, p := range patterns {
		for i := range p.steps {
			at := slices.IndexFunc(seen, func(q place) bool { return sameFuture(patterns[q.p], q.i, p, i) })
			if at < 0 {
				at = len(seen)
				seen = append(seen, place{pi, i})
			}
			p.steps[i].class = at
		}
	}
}

func sameFuture(a *pattern, i int, b *pattern, j int) bool {
	for range len(a.steps) + len(b.steps) + 2 {
		x, y := &a.steps[i], &b.steps[j]
		if x.sig != y.sig || x.low != y.low || (x.ms == 0) != (y.ms == 0) {
			return false
		}
		// Lengths within 5% cannot be told apart for certain by ear or by this detector.
		if d := x.ms - y.ms; 20*max(d, -d) > max(x.ms, y.ms) {
			return false
		}
		i, j = a.next(i), b.next(j)
		if i < 0 || j < 0 {
			return i == j
		}
	}
	return true
}
