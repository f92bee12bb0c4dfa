package tone

import "tipring/dsp/level"

// A Detector listens for all tones of a plan.
//
// It measures power in steps of 5 ms and, every 10 ms, fits each combination of frequencies that the plan has to the last
// 60 ms. From that it divides the audio into runs of silence, of a known combination and of anything else, and compares
// the lengths of the runs with the cadences of all tones at once. A tone is recognised when its frequencies and cadence
// have been heard and no other tone of the plan can still be meant. Two tones of a plan that are one and the same signal
// are reported by the name that comes first in Plan.Names.
//
// Limits: -30 to 0 dBm0 for the whole tone (a component of reduced level down to -41), frequencies within 1.2% (those of
// 900 Hz and more within 48 Hz), lengths within 10% and 15 ms, noise 15 dB or more below the tone. Busy and congestion tone
// need two whole cycles; a tone without cadence 300 ms, and as long as it can still be a burst of another tone more: on a
// plan from Plan.AwaitDial dial tone is recognised within 600 ms.
type Detector struct {
	l    *listener
	bank bank
	cad  cadence
	wide []wideListener
	sink sink

	taken  int64 // samples taken in all
	open   run
	loud   bool    // sound, by power alone
	level  float32 // smoothed power while loud
	frames int     // that it was smoothed over
	last   float32 // greatest power of a tone in this stretch; 0: none
	holds  int     // windows that none of the open run's signatures explains, in a row
	since  int64   // where that began
	count  int     // windows in the sums

	before   run  // the silence before the open run
	doubtful bool // the open run may be a click; before was not reported
	sums     []float32
	sum      float32 // of power, over those windows
	kept     [history]hop
	near     []int8 // error of frequency of each signature, see signature.score
	hops     int64
}

// hop is the finding of one window.
type hop struct {
	centre int64
	power  float32
	scores []score
}

// history is the number of windows kept, for bursts too short to be judged while they last.
const history = 8

const (
	// floor is the least power of a tone in 5 ms.
	floorDBm0 level.DBm0 = -44
	// A pause may be this much louder than the floor if it is quieter than the tone before it by so much: 11.5 dB, below the
	// reduced level of a component marked so.
	pauseRatio = 0.07
	// A tone has ended when its power has fallen by 12 dB.
	endRatio = 0.06
	clickLen = 15 * 8
	// Sound that is no tone gives way to another when its power rises by 9 dB.
	onsetRatio = 8
	// A signature fits a run if it explains this share of its power; a window goes on with it at less.
	fitShare, goOnShare = 0.80, 0.55
	// A short burst is judged by one window, in which the silence around it is too.
	burstShare = 0.62
	// Of one frequency and several close ones, that which explains less by this share is not meant.
	parsimony = 0.10
	// A carrier is modulated if the carrier alone explains less than this share of what carrier and sidebands do: half
	// depth.
	plainShare = 0.93
	edgeMs     = 20 // of a run, at each end, where windows reach beyond it
)

// NewDetector returns a Detector for the tones of a plan.
func NewDetector(p *Plan) *Detector {
	l := p.listener()
	d := &Detector{l: l}
	d.bank.init(l.bins, l.groups)
	d.sums = make([]float32, len(l.sigs))
	d.near = make([]int8, len(l.sigs))
	for i := range d.near {
		d.near[i] = offsets / 2
	}
	for i := range d.kept {
		d.kept[i].scores = make([]score, len(l.sigs))
	}
	d.cad.init(l)
	for _, w := range l.wide {
		d.wide = append(d.wide, newWideListener(w))
	}
	d.open = run{kind: runSilence}
	return d
}

// sink collects events.
type sink struct {
	base int64 // sample of the slice's beginning
	evs  []Event
}

func (s *sink) add(k Kind, name string, at int64, hz float32) {
	s.evs = append(s.evs, Event{Name: name, Kind: k, At: int(at - s.base), Hz: hz})
}

// Process takes the next samples and appends what they led to to evs.
func (d *Detector) Process(pcm []int16, evs []Event) []Event {
	d.sink = sink{d.taken, evs}
	d.taken += int64(len(pcm))
	for i := range d.wide {
		d.wide[i].process(pcm, &d.sink)
	}
	for len(pcm) > 0 {
		n, full := d.bank.push(pcm)
		pcm = pcm[n:]
		if full {
			d.bank.analyse()
			d.hop()
		}
	}
	evs = d.sink.evs
	d.sink.evs = nil
	return evs
}

// hop judges the audio 30 ms back, at the centre of the last window: what follows is known for as long.
func (d *Detector) hop() {
	block := d.bank.block - window/2 - 1 // its frames are judged now
	if block < 0 {
		return
	}
	centre := (block + 1) * blockLen
	h := &d.kept[d.hops%history]
	d.hops++
	h.centre, h.power = centre, d.bank.windowPower()
	if audible := h.power > floorPower/4; audible {
		for i, s := range d.l.sigs {
			h.scores[i] = s.score(&d.bank, &d.near[i], h.power)
		}
	} else {
		clear(h.scores)
	}
	for f := 2 * block; f < 2*block+2; f++ {
		d.frame(f)
	}
	if d.loud {
		if centre-d.open.start >= clickLen {
			d.confirm()
		}
		d.judge(h)
	}
	d.cad.update(&d.open, centre, d.bank.block*blockLen, &d.sink)
	if !d.cad.active {
		d.last = 0
	}
}

func (d *Detector) power(frame int64) float32 { return d.bank.power[frame%ring] }

// frame follows the power of 5 ms into and out of sound.
func (d *Detector) frame(f int64) {
	p := d.power(f)
	floor := max(floorPower, d.last*pauseRatio)
	if !d.loud {
		next := d.power(f + 1)
		if p < floor || next < floor {
			return
		}
		d.loud = true
		d.level, d.frames = 0, 0
		d.follow(p)
		// The onset lies within the frame in proportion to its power.
		at := (f + 1) * frameLen
		at -= int64(frameLen * min(1, p/next))
		d.change(at)
		return
	}
	if next := d.power(f + 1); d.open.kind != runTone && p > onsetRatio*d.level && next > onsetRatio*d.level {
		// A tone that begins in noise.
		d.level, d.frames = 0, 0
		d.follow(p)
		d.change(f * frameLen)
		return
	}
	d.follow(p)
	var ahead float32
	for i := range int64(d.l.hold) {
		ahead += d.power(f + i)
	}
	if ahead >= float32(d.l.hold)*max(floor/2, d.level*endRatio) {
		return
	}
	d.loud = false
	d.change(f * frameLen)
}

// follow smooths the power of sound, over all of it at first and then over 50 ms.
func (d *Detector) follow(p float32) {
	d.frames = min(d.frames+1, 10)
	d.level += (p - d.level) / float32(d.frames)
}

// change closes the open run and opens another, of silence or of sound. Sound that ends within 15 ms was a click: the
// silence goes on.
func (d *Detector) change(at int64) {
	switch {
	case d.loud && d.open.kind == runSilence:
		d.before = d.open
		d.before.end = at
		d.doubtful = true
		d.open = run{kind: runPending, start: at}
		return
	case d.doubtful && at-d.open.start < clickLen:
		if d.doubtful = d.loud; d.loud {
			d.open.start, d.before.end = at, at
		} else {
			d.open = d.before
		}
		return
	}
	d.confirm()
	if d.open.kind == runPending {
		d.burst(at)
	}
	d.shut(at)
	if d.loud {
		d.open.kind = runPending
	}
}

// confirm reports the silence before a sound that is more than a click.
func (d *Detector) confirm() {
	if d.doubtful {
		d.doubtful = false
		d.cad.closed(&d.before, &d.sink)
	}
}

// shut closes the open run and opens one of silence, if nothing else is said.
func (d *Detector) shut(at int64) {
	r := d.open
	r.end = at
	if d.count > 0 {
		r.power = d.sum / float32(d.count)
	}
	if r.kind == runTone {
		d.last = max(d.last, r.power)
	}
	d.cad.closed(&r, &d.sink)
	d.open = run{kind: runSilence, start: at}
	d.holds, d.count, d.sum = 0, 0, 0
	clear(d.sums)
}

// burst judges a run that ends before enough windows lay within it, by the window that lies best.
func (d *Detector) burst(end int64) {
	best := &d.kept[(d.hops-1)%history]
	middle := (d.open.start + end) / 2
	for i := range d.kept {
		if h := &d.kept[i]; abs(h.centre-middle) < abs(best.centre-middle) && int64(i) < d.hops {
			best = h
		}
	}
	d.open.kind = runOther
	d.open.mask = 0
	for i, s := range best.scores {
		if s.explained >= burstShare {
			d.open.mask |= 1 << i
		}
	}
	if d.open.mask != 0 {
		d.open.kind = runTone
		d.open.hz = d.hertz(d.open.mask, best)
		d.sum, d.count = best.power*float32(window*blockLen)/2/float32(max(1, end-d.open.start)), 1
	}
}

func abs(v int64) int64 { return max(v, -v) }

func (d *Detector) hertz(mask uint32, h *hop) float32 {
	sig := lowest(mask)
	return float32(d.l.bins[d.l.sigs[sig].bins[0]].hz) + h.scores[sig].off
}

// judge adds a window to the open run, or finds that another one has begun.
func (d *Detector) judge(h *hop) {
	if h.centre < d.open.start+edgeMs*8 || !d.loudThrough(h.centre+edgeMs*8) {
		return
	}
	within := d.within(h)
	if d.open.kind == runTone && within&d.open.mask == 0 || d.open.kind == runOther && within != 0 {
		if d.holds == 0 {
			d.since = h.centre
		}
		if d.holds++; d.holds < 3 {
			return
		}
		// The window in which the old run no longer dominates lies half in the new one.
		d.shut(d.since)
		d.open.kind = runPending
		d.loud = true
		return
	}
	d.holds = 0
	d.count++
	d.sum += h.power
	for i, s := range h.scores {
		d.sums[i] += s.explained * h.power
	}
	if d.count < 3 {
		return
	}
	d.open.mask = d.fitting()
	switch {
	case d.open.mask != 0:
		d.open.kind = runTone
		d.open.hz = d.hertz(d.open.mask, h)
	case d.count >= 4:
		d.open.kind = runOther
	}
}

// loudThrough reports whether sound goes on until a sample that is at most 20 ms ahead.
func (d *Detector) loudThrough(sample int64) bool {
	f := (sample - 1) / frameLen
	return d.power(f) >= d.level*endRatio || d.power(f-1) >= d.level*endRatio
}

// within returns the signatures that explain a window well enough to go on.
func (d *Detector) within(h *hop) (mask uint32) {
	share := float32(goOnShare)
	if d.open.kind == runOther {
		share = fitShare
	}
	for i, s := range h.scores {
		if s.explained >= share {
			mask |= 1 << i
		}
	}
	return mask
}

// fitting returns the signatures that explain the run so far.
func (d *Detector) fitting() uint32 {
	if d.sum == 0 {
		return 0
	}
	var mask uint32
	var one, several float32
	for i, s := range d.l.sigs {
		share := d.sums[i] / d.sum
		if len(s.bins) == 1 {
			one = max(one, share)
		}
		if share < fitShare {
			continue
		}
		mask |= 1 << i
		if len(s.bins) > 1 && s.narrow && !s.modulated {
			several = max(several, share)
		}
	}
	for i, s := range d.l.sigs {
		share := d.sums[i] / d.sum
		switch {
		case len(s.bins) == 1 && share < several-parsimony,
			s.narrow && !s.modulated && one > share-parsimony,
			s.plain >= 0 && d.sums[s.plain] > plainShare*d.sums[i]:
			mask &^= 1 << i
		}
	}
	return mask
}
