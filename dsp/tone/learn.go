package tone

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"tipring/dsp/level"
)

// Learned is a tone as found in a recording.
type Learned struct {
	Spec   Spec        // to 1 Hz and 5 ms; of a cadence one cycle, the longest pause last
	Level  level.DBm0  // while it sounds
	From   int         // first sample that belongs to it
	To     int         // and the one after the last
	Cycles int         // whole cycles heard; 1 for a tone without cadence
	Like   []Reference // tones of the zone table that are the same to a Detector, in the table's order
}

// A Reference names a tone of the zone table.
type Reference struct{ Zone, Name string }

const (
	learnFrame    = 40 // 5 ms
	learnMostMs   = 60_000
	learnGap      = 5 // frames: shorter dips are beats of the tone's frequencies
	learnShortest = 6 // frames of a burst; shorter ones are clicks
	// A tone ends where its power has fallen by 13 dB, which leaves a component marked "@" in.
	learnRatio = 0.05
	// Of what is no tone less than this share lies at a few frequencies.
	learnPure = 0.6
	// Two cycles must be whole: from the second burst on, since the first may be cut short.
	learnCycles      = 2
	learnItems       = 12 // most bursts and pauses of a cycle
	learnContinuous  = 2000
	learnLongestPure = 8192 // samples looked at for the frequencies
)

// Learn finds the tone that repeats in a recording of a line, 8 kHz, such as what an exchange sends when the far end has
// hung up: its frequencies and its cadence, in the notation of the zone table. Talk before the tone does no harm as long
// as the tone fills the recording's last half. It works on the whole recording and allocates; Plan.With makes a plan of
// what it returns.
func Learn(pcm []int16) (Learned, error) {
	if len(pcm) < sampleRate {
		return Learned{}, fmt.Errorf("the recording has %d ms of audio; record the tone for two whole cycles and a burst more, or for %d s if it has no cadence",
			len(pcm)/8, learnContinuous/1000)
	}
	if len(pcm) > 8*learnMostMs {
		pcm = pcm[len(pcm)-8*learnMostMs:]
	}
	var best Learned
	err := errors.New("there is no tone in the recording: no sound whose power lies at up to four frequencies")
	for _, from := range []int{0, len(pcm) / 4, len(pcm) / 2} {
		l, e := learn(pcm[from:])
		switch {
		case e == nil && l.To-l.From > best.To-best.From:
			l.From, l.To = l.From+from, l.To+from
			best = l
		case e != nil && from == 0:
			err = e
		}
	}
	if best.To == 0 {
		return Learned{}, err
	}
	best.Like = like(best.Spec)
	return best, nil
}

// An item is a burst or a pause of a recording.
type item struct {
	from, to int // samples
	seg      Segment
	power    float64
	other    bool // sound that is no tone
}

func (it *item) ms() float64 { return float64(it.to-it.from) / 8 }

func learn(pcm []int16) (Learned, error) {
	items := newAnalyser().bursts(pcm)
	if len(items) == 0 {
		return Learned{}, errors.New("there is no sound in the recording above -44 dBm0")
	}
	if l, ok := cycle(items); ok {
		return l, nil
	}
	longest := -1
	for i := range items {
		if it := &items[i]; it.seg.N > 0 && (longest < 0 || it.ms() > items[longest].ms()) {
			longest = i
		}
	}
	if longest < 0 {
		return Learned{}, errors.New("there is no tone in the recording: no sound whose power lies at up to four frequencies")
	}
	it := &items[longest]
	if it.ms() < learnContinuous {
		return Learned{}, fmt.Errorf("%s Hz is heard, but no cadence twice over: record two whole cycles and a burst more", it.seg.rounded())
	}
	seg := it.seg.rounded()
	return Learned{Spec: Spec{[]Segment{seg}}, Level: level.OfPower(it.power), From: it.from, To: it.to, Cycles: 1}, nil
}

// bursts divides a recording.
func (a *analyser) bursts(pcm []int16) []item {
	n := len(pcm) / learnFrame
	power := make([]float64, n)
	for f := range power {
		power[f] = level.Of(pcm[f*learnFrame : (f+1)*learnFrame]).RMS()
		power[f] *= power[f]
	}
	sorted := slices.Sorted(slices.Values(power))
	threshold := max(float64(floorPower), learnRatio*sorted[n*95/100])
	on := make([]bool, n)
	for f, p := range power {
		on[f] = p > threshold
	}
	fill(on, true, learnGap)
	fill(on, false, learnShortest)
	var items []item
	for f := 0; f < n; {
		end := f
		for end < n && on[end] == on[f] {
			end++
		}
		it := item{from: border(power, f, on[f]), to: border(power, end, !on[f])}
		if on[f] {
			items = append(items, a.split(pcm, it)...)
		} else {
			items = append(items, it)
		}
		f = end
	}
	if len(items) == 1 && items[0].seg.N == 0 && !items[0].other {
		return nil
	}
	return items
}

// border is the sample at which sound begins in frame f, or ended in the one before: what its power says it fills of it.
func border(power []float64, f int, rises bool) int {
	switch {
	case f <= 0 || f >= len(power)-1:
		return f * learnFrame
	case rises:
		return (f+1)*learnFrame - int(learnFrame*min(1, power[f]/max(power[f+1], 1)))
	case f < 2:
		return f * learnFrame
	}
	return (f-1)*learnFrame + int(learnFrame*min(1, power[f-1]/max(power[f-2], 1)))
}

// fill turns stretches that are not v and shorter than so many frames into v, those at the ends excepted.
func fill(on []bool, v bool, shorter int) {
	for f := 0; f < len(on); {
		end := f
		for end < len(on) && on[end] == on[f] {
			end++
		}
		if on[f] != v && f > 0 && end < len(on) && end-f <= shorter {
			for i := f; i < end; i++ {
				on[i] = v
			}
		}
		f = end
	}
}

// cycle finds the longest stretch of items that repeats.
func cycle(items []item) (l Learned, ok bool) {
	// The ends of a recording cut a burst or a pause short.
	inner := items[1:max(1, len(items)-1)]
	for p := 1; p <= min(learnItems, len(inner)); p++ {
		for s := 0; s+2*p <= len(inner); s++ {
			if !inner[s].tone() || p == 1 {
				continue
			}
			n := 0
			for s+n+p < len(inner) && same(&inner[s+n], &inner[s+n+p]) {
				n++
			}
			if n < (learnCycles-1)*p {
				continue
			}
			from, to := inner[s].from, inner[s+n+p-1].to
			if to-from <= l.To-l.From {
				continue
			}
			l, ok = describeCycle(inner[s:s+n+p], p), true
		}
	}
	return l, ok
}

func (it *item) tone() bool { return it.seg.N > 0 }

// same compares bursts and pauses as a Detector does.
func same(a, b *item) bool {
	d, longer := math.Abs(a.ms()-b.ms()), max(a.ms(), b.ms())
	if a.other || b.other || d > longer*toleranceShare+toleranceMs || a.tone() != b.tone() {
		return false
	}
	return !a.tone() || sameSound(a.seg, b.seg) && a.power < 2.5*b.power && b.power < 2.5*a.power
}

// rounded returns the segment to 1 Hz.
func (s Segment) rounded() Segment {
	for i := range s.N {
		s.Hz[i] = math.Round(s.Hz[i])
	}
	return s
}

// sameSound compares frequencies: within 1.2 %, or 4 Hz.
func sameSound(a, b Segment) bool {
	if a.N != b.N || a.Modulated != b.Modulated {
		return false
	}
	x, y := slices.Clone(a.Hz[:a.N]), slices.Clone(b.Hz[:b.N])
	if !a.Modulated {
		slices.Sort(x)
		slices.Sort(y)
	}
	for i := range x {
		if math.Abs(x[i]-y[i]) > max(4, 0.012*x[i]) {
			return false
		}
	}
	return true
}

// describeCycle averages items of period p.
func describeCycle(items []item, p int) Learned {
	l := Learned{From: items[0].from, To: items[len(items)-1].to, Cycles: len(items) / p}
	segs := make([]Segment, p)
	powers := make([]float64, p)
	loudest, last := 0.0, p-1
	for i := range p {
		var ms, n float64
		var hz [MaxFrequencies]float64
		for k := i; k < len(items); k += p {
			it := &items[k]
			ms, n = ms+it.ms(), n+1
			powers[i] += it.power
			for j := range it.seg.N {
				hz[j] += it.seg.Hz[j]
			}
		}
		segs[i] = items[i].seg
		segs[i].Ms = max(5, 5*int(math.Round(ms/n/5)))
		for j := range segs[i].N {
			segs[i].Hz[j] = math.Round(hz[j] / n)
		}
		powers[i] /= n
		loudest = max(loudest, powers[i])
		if !items[i].tone() && (items[last].tone() || segs[i].Ms > segs[last].Ms) {
			last = i
		}
	}
	for i := range segs {
		segs[i].Low = segs[i].N > 0 && powers[i] < loudest/4
	}
	l.Level = level.OfPower(loudest)
	l.Spec.Segments = slices.Concat(segs[last+1:], segs[:last+1])
	return l
}

// like lists the tones of the zone table with the same cycle.
func like(s Spec) (found []Reference) {
	want := s.loop()
	for _, p := range zones() {
		for _, name := range p.names {
			have := p.specs[name].loop()
			for n := range have {
				if slices.EqualFunc(want, slices.Concat(have[n:], have[:n]), sameSegment) {
					found = append(found, Reference{p.ID, name})
					break
				}
			}
		}
	}
	return found
}

func sameSegment(a, b Segment) bool {
	return sameSound(a, b) && a.Low == b.Low && (a.Ms == 0) == (b.Ms == 0) &&
		math.Abs(float64(a.Ms-b.Ms)) <= max(float64(a.Ms), float64(b.Ms))*toleranceShare
}

// loop returns the part that repeats.
func (s Spec) loop() []Segment {
	if at := s.repeat(); at >= 0 {
		return s.Segments[at:]
	}
	return nil
}
