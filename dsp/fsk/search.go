package fsk

import "math"

// Limits of the search for characters.
const (
	// ahead is how many bits beyond a time must have come before it is looked at: a character that begins late by three
	// quarters of a bit, and a quarter.
	ahead = frameBits + 1
	// accept and hold are the least share of the signal's power that the bits of a first and of a later character must
	// explain. Noise gives about 0.3.
	accept = 0.5
	hold   = 0.35
	// maxErrors is how many characters in a row may lack their stop bit before the timing is given up.
	maxErrors  = 3
	maxStretch = 0.06
	// firstStretch is how much longer and shorter bits than those expected are tried on a first character.
	firstStretch = 0.035
	// poorShare is the share below which they are taken when they explain more.
	poorShare = 0.80
)

// A search looks for the edge from mark to space that begins a character.
type search struct {
	marks         float64 // samples of mark before the present time
	ref           float64 // correlation of a bit of that mark
	rising        bool
	best          float64    // score at the edge so far
	edge          float64    // its time
	prev          float64    // score one sample before the present
	before, after float64    // scores around the best
	twist         complex128 // with the skew
	twistAt       float64    // time that it is of
}

// width is how much of the mark before the present time is looked at: one bit at least, and three at most.
func (s *search) width(tr *tracking) float64 {
	switch {
	case s.marks <= tr.bit:
		return tr.bit
	case s.marks >= 3*tr.bit:
		return 3 * tr.bit
	}
	return s.marks
}

// characters decides what has come.
func (d *Demodulator) characters(evs []Event) []Event {
	for {
		if due := d.at + ahead*d.track.bit + 1; due > float64(d.n) {
			d.due = int64(math.Ceil(due))
			return evs
		}
		if d.state == hunt {
			t, ok := d.hunt()
			if !ok {
				continue
			}
			d.at = t
		}
		evs = d.character(evs)
	}
}

// hunt looks at one more sample and tells when it has passed an edge.
func (d *Demodulator) hunt() (edge float64, ok bool) {
	t, tr, s := d.at, &d.track, &d.search
	d.at++
	here, width := d.sum(t), s.width(tr)
	bit := d.sum(t + tr.bit).minus(here)
	if s.twistAt != t {
		s.twist = d.twist(t) * conj(tr.skew)
	}
	space := bit.space * s.twist
	s.twist, s.twistAt = s.twist*d.step1, t+1
	past := here.minus(d.sum(t - width))
	// What comes, whichever it is, adds to the mark before it.
	score := power(past.mark+space) - power(past.mark+bit.mark)

	if !s.rising {
		if width > tr.bit {
			past = here.minus(d.sum(t - tr.bit))
		}
		s.marks++
		switch {
		case power(past.space) > power(past.mark):
			s.marks = 0
		case score > 0:
			s.rising, s.best, s.edge, s.before, s.after = true, score, t, s.prev, score
		}
		s.prev = score
		return 0, false
	}
	if t == s.edge+1 {
		s.after = score
	}
	if score > s.best {
		s.best, s.edge, s.before, s.after = score, t, s.prev, score
	}
	s.prev = score
	if t < s.edge+tr.bit/2 {
		return 0, false
	}
	edge = s.edge
	if curve := s.before - 2*s.best + s.after; curve < 0 {
		edge += min(max(0.5*(s.before-s.after)/curve, -0.5), 0.5)
	}
	ref := d.sum(edge).mark - d.sum(edge-width).mark
	a := abs(ref) / width * tr.bit
	if tr.amp[1] == 0 {
		tr.amp = [2]float64{a, a}
	}
	tr.phase = ref * complex(tr.amp[1], 0)
	s.ref, s.rising = a, false
	return edge, true
}

// A reading is a frame decided on one guess of its time.
type reading struct {
	at    float64
	bits  uint
	share float64 // of the signal's energy that the bits explain
	mark  float64 // mean correlation of a mark
	track tracking
}

func (d *Demodulator) read(t float64) reading {
	r := reading{at: t, track: d.track}
	f := &d.frame
	d.correlate(f, t, &r.track)
	r.bits = f.decide(&r.track)
	var energy float64
	energy, r.mark = f.follow(r.bits, &r.track)
	r.share = energy / max(1, d.past.energy[uint(t+frameBits*d.track.bit)%keep]-d.past.energy[uint(t)%keep])
	return r
}

func (r *reading) start() bool { return r.bits&1 == 0 }
func (r *reading) stop() bool  { return r.bits>>(frameBits-1) == 1 }

// character decides the character at the present time, if there is one.
func (d *Demodulator) character(evs []Event) []Event {
	r := d.read(d.at)
	if d.state == hunt && d.search.marks > frameBits*d.track.bit {
		// The first character behind a mark: nothing is known of the sender's rate yet.
		bit := d.track.bit
		for _, stretch := range [2]float64{1 - firstStretch, 1 + firstStretch} {
			d.track.bit = bit * stretch
			if x := d.read(d.at); x.start() && x.stop() && r.share < poorShare && x.share > r.share+0.08 {
				r = x
			}
		}
		d.track.bit = bit
	}
	if d.state == hunt && (!r.start() || !r.stop() || r.share < accept || d.search.ref < 0.6*r.mark) {
		d.at = r.at + d.track.bit/2
		d.search = search{}
		return evs
	}
	if d.state == data && r.share < d.share-0.08 {
		// A sender may leave a part of a bit between two characters, or more than one bit.
		for q := range 3 {
			if x := d.read(d.at + float64(q+1)/4*d.track.bit); x.share > r.share+0.08 {
				r = x
			}
		}
	}
	if d.state == data && (!r.start() || r.share < max(hold, 0.6*d.share)) {
		d.state = hunt
		d.at -= d.track.bit / 2
		d.search = search{marks: d.track.bit}
		return evs
	}
	if r.stop() {
		d.errors = 0
	} else {
		d.errors++
	}
	if d.share == 0 {
		d.share = r.share
	}
	d.share += (r.share - d.share) / 10
	evs = append(evs, Event{Kind: Byte, Byte: byte(r.bits >> 1), Bad: !r.stop(), At: d.offset(r.at)})

	off := d.late(r.at, r.bits, &r.track)
	if d.state == hunt {
		off *= 0.7
	} else {
		off *= 0.4
	}
	tr := &r.track
	tr.bit = min(max(tr.bit+0.2*off/frameBits, d.bit*(1-maxStretch)), d.bit*(1+maxStretch))
	d.track = r.track
	d.at = r.at + off + frameBits*tr.bit
	d.state = data
	if d.errors >= maxErrors {
		d.state, d.errors = hunt, 0
		d.search = search{}
	}
	return evs
}
