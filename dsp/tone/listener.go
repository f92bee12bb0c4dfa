package tone

import (
	"math"
	"slices"
)

// A listener is what all detectors of one plan share: signatures, patterns and how long a dip of level can last. It is
// compiled once a plan and read-only.
type listener struct {
	bins     []bin
	groups   []group // of the bins, where the machine measures several at once
	sigs     []*signature
	patterns []*pattern
	hold     int // frames of 5 ms over which the level must be down to count as silence
	hyps     int // most hypotheses at once
	await    bool
	wide     []*wideTone
}

// maxHold is bounded by how far ahead of the judged frame the audio is known.
const maxHold = 6

func compile(p *Plan) *listener {
	l := &listener{await: p.await}
	type key struct {
		hz        [MaxFrequencies]float64
		modulated bool
	}
	var keys []key
	beat := 0.010 // s
	binOf := func(hz float64) int {
		if i := slices.IndexFunc(l.bins, func(b bin) bool { return b.hz == hz }); i >= 0 {
			return i
		}
		l.bins = append(l.bins, newBin(hz))
		return len(l.bins) - 1
	}
	type tone struct {
		name string
		segs []Segment
		sigs []int
	}
	var tones []tone
	for _, name := range p.names {
		if isWide(p.specs[name]) {
			l.wide = append(l.wide, newWideTone(name, p.specs[name]))
			continue
		}
		t := tone{name: name, segs: p.specs[name].Segments}
		for _, seg := range t.segs {
			if seg.N == 0 {
				t.sigs = append(t.sigs, silent)
				continue
			}
			hz, modulated := describe(seg)
			k := key{modulated: modulated}
			copy(k.hz[:], hz)
			i := slices.Index(keys, k)
			if i < 0 {
				i = len(keys)
				keys = append(keys, k)
			}
			t.sigs = append(t.sigs, i)
			beat = max(beat, dip(hz, modulated))
		}
		tones = append(tones, t)
	}
	// Bins of one rate lie together, so that the bank can take four at a time.
	var all []float64
	for _, k := range keys {
		for _, hz := range k.hz {
			if hz != 0 {
				all = append(all, hz)
			}
		}
	}
	slices.Sort(all)
	for _, hz := range all {
		binOf(hz)
	}
	if vectors() {
		l.groups = groups(l.bins)
	}
	for _, k := range keys {
		var bins []int
		for _, hz := range k.hz {
			if hz != 0 {
				bins = append(bins, binOf(hz))
			}
		}
		l.sigs = append(l.sigs, newSignature(l.bins, bins, k.modulated))
	}
	for _, s := range l.sigs {
		// A carrier modulated below the audible is written as a sum, and some exchanges send it unmodulated.
		if s.modulated && l.bins[s.bins[0]].hz-l.bins[s.bins[1]].hz > barelyHz {
			s.plain = slices.IndexFunc(l.sigs, func(q *signature) bool { return len(q.bins) == 1 && q.bins[0] == s.bins[0] })
		}
	}
	l.hold = min(maxHold, int(math.Ceil(beat/0.005)))
	sit := func(sig int) bool {
		s := l.sigs[sig]
		return len(s.bins) == 1 && l.bins[s.bins[0]].hz >= sitFromHz
	}
	for _, t := range tones {
		pat := newPattern(t.name, t.segs, t.sigs, sit)
		l.patterns = append(l.patterns, pat)
		l.hyps += len(pat.steps)
	}
	classify(l.patterns)
	return l
}

// dip returns over how many seconds the power of a tone has to be averaged for it to stay within 9 dB of its mean when its
// components cancel.
func dip(hz []float64, modulated bool) float64 {
	if modulated { // 90% modulation: 42% of the period
		return 0.42 / math.Abs(hz[0]-hz[1])
	}
	least := math.Inf(1)
	for i, a := range hz {
		for _, b := range hz[:i] {
			least = min(least, math.Abs(a-b))
		}
	}
	return 0.27 / least // 27% of the beat; 0 for a single frequency
}
